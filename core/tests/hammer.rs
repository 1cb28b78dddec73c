//! What threads share, used by all of them at the same moment, over and over: code translated at its first call, the
//! engine's registry of types, handles that interrupt, modules that are let go of while others run them.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::fmt::Write;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ringzero::{
    Caller, Compilation, Config, Dispatch, Engine, Instance, Linker, Module, ResumableCall, Store, Trap, Val,
};

const THREADS: usize = 4;

/// Runs `work` on all threads, which start together.
fn together(work: impl Fn(usize) + Sync) {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                start.wait();
                work(number);
            });
        }
    });
}

fn engine(dispatch: Dispatch) -> Engine {
    Engine::new(&Config::new().compilation(Compilation::Lazy).dispatch(dispatch).interruption(true)).unwrap()
}

/// So many functions `f0`, `f1`, … that each call the one before, and trap at the bottom where the argument is 0.
fn chain(functions: usize) -> Vec<u8> {
    let mut text = String::from("(module (type $t (func (param i32) (result i32))) (table 1 funcref)");
    text += r#"(func $f0 (export "f0") (type $t) (i32.div_u (i32.const 1000) (local.get 0)))"#;
    for n in 1..functions {
        let before = n - 1;
        write!(
            text,
            r#"(func $f{n} (export "f{n}") (type $t) (local i64)
                (i32.add (call $f{before} (local.get 0)) (i32.const {n})))"#
        )
        .unwrap();
    }
    text += ")";
    wat::parse_str(text).unwrap()
}

fn call(store: &mut Store<()>, instance: &Instance, n: usize, argument: i32) -> Result<i32, ringzero::Error> {
    instance.get_typed_func::<i32, i32>(&mut *store, &format!("f{n}"))?.call(&mut *store, argument)
}

#[test]
fn functions_are_translated_by_many_at_once() {
    const FUNCTIONS: usize = 24;
    let bytes = chain(FUNCTIONS);
    for round in 0..400 {
        let dispatch = if round % 2 == 0 { Dispatch::Tail } else { Dispatch::Loop };
        let engine = engine(dispatch);
        let module = Module::new(&engine, &bytes).unwrap();
        together(|number| {
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[]).unwrap();
            // All at the top, or each from another side.
            for step in 0..FUNCTIONS {
                let n = match (round + number) % 3 {
                    0 => FUNCTIONS - 1 - step,
                    1 => step,
                    _ => (step * 7 + number) % FUNCTIONS,
                };
                let sum = (n * (n + 1) / 2) as i32;
                assert_eq!(call(&mut store, &instance, n, 10).unwrap(), 100 + sum);
            }
            let error = call(&mut store, &instance, FUNCTIONS - 1, 0).unwrap_err();
            assert_eq!(error.trap(), Some(Trap::IntegerDivisionByZero));
            assert_eq!(error.backtrace().unwrap().frames().len(), FUNCTIONS);
        });
    }
}

#[test]
fn types_are_registered_by_many_at_once() {
    // Modules with the same types in another order each; a function of one is called through a table of another.
    let of = |shift: usize| {
        let kinds = ["i32", "i64", "f32", "f64"];
        let mut text = String::from("(module");
        for n in 0..64 {
            let n = (n + shift * 16) % 64;
            let params = [kinds[n % 4], kinds[n / 4 % 4], kinds[n / 16]].join(" ");
            write!(text, "(type $t{n} (func (param {params}) (result i32)))").unwrap();
        }
        text += r#"(type $last (func (param i32) (result i32)))
            (import "" "table" (table 4 funcref))
            (func $f (type $last) (i32.add (local.get 0) (i32.const 1)))
            (elem func $f)
            (func (export "give") (param i32) (table.init 0 (local.get 0) (i32.const 0) (i32.const 1)))
            (func (export "take") (param i32 i32) (result i32)
                (call_indirect (type $last) (local.get 1) (local.get 0))))"#;
        wat::parse_str(text).unwrap()
    };
    let bytes: Vec<_> = (0..THREADS).map(of).collect();
    for _ in 0..400 {
        let engine = engine(Dispatch::default());
        let modules: Vec<_> = (0..THREADS).map(|_| std::sync::OnceLock::new()).collect();
        together(|number| {
            modules[number].set(Module::new(&engine, &bytes[number]).unwrap()).unwrap();
        });
        let mut store = Store::new(&engine, ());
        let table = ringzero::TableType::new(ringzero::RefType::FUNCREF, 4, None);
        let table = ringzero::Table::new(&mut store, table, Val::FuncRef(None)).unwrap();
        let instances: Vec<_> = modules
            .iter()
            .map(|module| Instance::new(&mut store, module.get().unwrap(), &[table.into()]).unwrap())
            .collect();
        for (giver, instance) in instances.iter().enumerate() {
            let give = instance.get_typed_func::<i32, ()>(&mut store, "give").unwrap();
            give.call(&mut store, giver as i32).unwrap();
            for taker in &instances {
                let take = taker.get_typed_func::<(i32, i32), i32>(&mut store, "take").unwrap();
                assert_eq!(take.call(&mut store, (giver as i32, 41)).unwrap(), 42);
            }
        }
    }
}

#[test]
fn a_guest_is_interrupted_by_many() {
    let engine = engine(Dispatch::default());
    let bytes = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#).unwrap();
    let module = Module::new(&engine, bytes).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let spin = instance.get_typed_func::<(), ()>(&mut store, "spin").unwrap();
    let handle = store.interrupt_handle();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let (handle, done) = (handle.clone(), &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    handle.interrupt();
                    drop(handle.clone());
                    thread::yield_now();
                }
            });
        }
        for _ in 0..2000 {
            assert_eq!(spin.call(&mut store, ()).unwrap_err().trap(), Some(Trap::Interrupted));
        }
        done.store(true, Ordering::Relaxed);
    });
    // A handle may outlive its store.
    drop(store);
    handle.interrupt();
}

#[test]
fn modules_and_engines_are_let_go_of_while_others_run_them() {
    let bytes = chain(12);
    for _ in 0..500 {
        let errors: Vec<_> = {
            let engine = engine(Dispatch::default());
            let module = Module::new(&engine, &bytes).unwrap();
            let workers: Vec<_> = (0..THREADS)
                .map(|number| {
                    let (engine, module) = (engine.clone(), module.clone());
                    thread::spawn(move || {
                        let mut store = Store::new(&engine, ());
                        drop(engine);
                        let instance = Instance::new(&mut store, &module, &[]).unwrap();
                        drop(module);
                        for n in 0..12 {
                            call(&mut store, &instance, (n + number) % 12, 5).unwrap();
                        }
                        call(&mut store, &instance, 11, 0).unwrap_err()
                    })
                })
                .collect();
            drop((engine, module));
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        };
        // Nothing but the backtraces holds the module now.
        for error in errors {
            let backtrace = error.backtrace().unwrap();
            assert_eq!(backtrace.frames()[11].func_name(), Some("f11"));
        }
    }
}

#[test]
fn a_linked_module_is_instantiated_by_many_at_once() {
    let engine = engine(Dispatch::default());
    let bytes = wat::parse_str(
        r#"(module (import "host" "add" (func $add (param i32) (result i32)))
            (memory 1) (data (i32.const 0) "\07")
            (func (export "run") (result i32) (call $add (i32.load (i32.const 0)))))"#,
    )
    .unwrap();
    let module = Module::new(&engine, bytes).unwrap();
    let mut linker = Linker::new(&engine);
    let add = |mut caller: Caller<'_, i32>, n: i32| {
        *caller.data_mut() += n;
        *caller.data()
    };
    linker.func_wrap("host", "add", add).unwrap();
    let linked = linker.instantiate_pre(&module).unwrap();
    together(|number| {
        for round in 0..500 {
            let mut store = Store::new(&engine, number as i32);
            for turn in 1..=1 + round % 3 {
                let instance = linked.instantiate(&mut store).unwrap();
                let run = instance.get_typed_func::<(), i32>(&mut store, "run").unwrap();
                assert_eq!(run.call(&mut store, ()).unwrap(), number as i32 + 7 * turn);
            }
        }
    });
}

/// Stores travel with their suspended calls, each step on another thread, while all share one module.
#[test]
fn suspended_calls_travel() {
    let engine = Engine::new(&Config::new().fuel(true)).unwrap();
    let bytes = wat::parse_str(
        r#"(module (func $sum (export "sum") (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
                (else (i32.add (local.get 0) (call $sum (i32.sub (local.get 0) (i32.const 1))))))))"#,
    )
    .unwrap();
    let module = Module::new(&engine, bytes).unwrap();
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| std::sync::mpsc::channel()).unzip();
    let (finished, results) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        for (number, receiver) in receivers.into_iter().enumerate() {
            let next: std::sync::mpsc::Sender<Option<(Store<usize>, ringzero::Suspension)>> =
                senders[(number + 1) % THREADS].clone();
            let finished = finished.clone();
            scope.spawn(move || {
                // Each holds the next one's sender, so that the end has to be said.
                while let Ok(Some((mut store, suspension))) = receiver.recv() {
                    store.set_fuel(50).unwrap();
                    let mut results = [Val::I32(0)];
                    match suspension.resume(&mut store, &mut results).unwrap() {
                        ResumableCall::Suspended(suspension) => next.send(Some((store, suspension))).unwrap(),
                        ResumableCall::Finished => finished.send((*store.data(), results[0])).unwrap(),
                    }
                }
            });
        }
        for n in 0..100 {
            let mut store = Store::new(&engine, n);
            let instance = Instance::new(&mut store, &module, &[]).unwrap();
            let sum = instance.get_func(&mut store, "sum").unwrap();
            store.set_fuel(1).unwrap();
            let call =
                sum.call_resumable(&mut store, &[Val::I32(n as i32 + 100)], &mut [Val::I32(0)]).unwrap();
            let ResumableCall::Suspended(suspension) = call else { panic!("fuel of 1 is not enough") };
            senders[n % THREADS].send(Some((store, suspension))).unwrap();
        }
        for _ in 0..100 {
            let (n, result) = results.recv().unwrap();
            let n = n as i32 + 100;
            assert_eq!(result, Val::I32(n * (n + 1) / 2));
        }
        for sender in &senders {
            sender.send(None).unwrap();
        }
    });
}
