//! Functions that are compiled when they are first called: by many threads at once, and each only if it is called.

use ringzero::platform::{Profiler, PublishedFunction};
use ringzero::{Compilation, Config, Engine, Linker, Module, Store, Strategy};
use ringzero_platform_std::StdPlatform;
use std::collections::BTreeMap;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

/// How often each function was published, by name.
#[derive(Default)]
struct Published(Mutex<BTreeMap<String, usize>>);

impl Profiler for Published {
    fn published(&self, function: &PublishedFunction<'_>) {
        *self.0.lock().unwrap().entry(function.name.to_string()).or_default() += 1;
    }
}

const FUNCTIONS: usize = 150;
/// The one that traps.
const LAST: usize = FUNCTIONS - 1;

/// Each function calls the next but one, directly or through the table, and adds its number and a float's.
fn wasm() -> Vec<u8> {
    let mut text = format!("(module (table {FUNCTIONS} funcref) (memory 1)");
    for number in 0..FUNCTIONS {
        let next = number + 2;
        let rest = match number {
            LAST => "(i32.load (i32.const 65533))".to_owned(),
            _ if next >= FUNCTIONS => "(local.get 0)".to_owned(),
            _ if number % 3 == 0 => format!(
                "(call_indirect (param i32 i64 f64) (result i32) (local.get 0) (local.get 1) (local.get 2) (i32.const {next}))"
            ),
            _ => format!("(call $f{next} (local.get 0) (local.get 1) (local.get 2))"),
        };
        text += &format!(
            r#"(func $f{number} (export "f{number}") (param i32 i64 f64) (result i32)
                (i32.add (i32.add (i32.const {number}) (i32.trunc_f64_s (local.get 2)))
                         (i32.add (i32.wrap_i64 (local.get 1)) {rest})))"#
        );
    }
    let all: String = (0..FUNCTIONS).map(|number| format!(" $f{number}")).collect();
    text += &format!("(elem (i32.const 0) func{all}))");
    wat::parse_str(text).unwrap()
}

fn call(engine: &Engine, module: &Module, name: &str) -> Result<i32, ringzero::Error> {
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine).instantiate(&mut store, module)?;
    let func = instance.get_typed_func::<(i32, i64, f64), i32>(&mut store, name)?;
    func.call(&mut store, (1000, 20, 3.5))
}

fn expected(first: usize) -> i32 {
    (first..FUNCTIONS).step_by(2).map(|number| number as i32 + 23).sum::<i32>() + 1000
}

#[test]
fn many_threads_call_first() {
    let wasm = wasm();
    for round in 0..8 {
        let heard = Arc::new(Published::default());
        let config = Config::new().strategy(Strategy::Compiled).platform(Arc::new(StdPlatform));
        let engine = Engine::new(&config.profiler(heard.clone())).unwrap();
        let module = Module::new(&engine, &wasm).unwrap();
        let barrier = Arc::new(Barrier::new(6));
        let threads: Vec<_> = (0..6)
            .map(|number| {
                let (engine, module, barrier) = (engine.clone(), module.clone(), Arc::clone(&barrier));
                thread::spawn(move || {
                    barrier.wait();
                    let first = 2 * ((number + round) % 3);
                    (first, call(&engine, &module, &format!("f{first}")).unwrap())
                })
            })
            .collect();
        for thread in threads {
            let (first, result) = thread.join().unwrap();
            assert_eq!(result, expected(first));
        }
        // Nobody has called an odd one. Of two threads with the same function one may have compiled it in vain, and
        // both may tell, but of the one that counts.
        let heard = heard.0.lock().unwrap();
        let functions: Vec<_> = heard.keys().filter(|name| name.starts_with('f')).collect();
        assert_eq!(functions.len(), FUNCTIONS / 2, "{functions:?}");
    }
}

#[test]
fn a_trap_in_a_function_called_first_is_the_interpreters() {
    let wasm = wasm();
    let trace = |strategy, compilation| {
        let config = Config::new().strategy(strategy).compilation(compilation);
        let engine = Engine::new(&config.platform(Arc::new(StdPlatform))).unwrap();
        let module = Module::new(&engine, &wasm).unwrap();
        let error = call(&engine, &module, "f1").unwrap_err();
        let frames = error.backtrace().unwrap().frames();
        // A backtrace of the interpreter has the innermost ones.
        let frames: Vec<_> =
            frames.iter().take(32).map(|frame| (frame.func_index(), frame.module_offset())).collect();
        (error.trap(), frames)
    };
    let interpreted = trace(Strategy::Interpreter, Compilation::Lazy);
    assert!(interpreted.1.len() > 20, "{interpreted:?}");
    assert_eq!(trace(Strategy::Compiled, Compilation::Lazy), interpreted);
    assert_eq!(trace(Strategy::Compiled, Compilation::Eager), interpreted);
}
