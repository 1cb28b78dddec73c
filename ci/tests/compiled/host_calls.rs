//! The border between the host and machine code: panics of host functions, what a host function changes for the guest that
//! has called it, many values.

use ringzero::platform::{Clock, FaultHook, HostPanic, Platform, VirtualMemory};
use ringzero::{
    AsContextMut, Caller, Category, Config, Engine, Error, Extern, Func, FuncType, Instance, InterruptHandle,
    Linker, Module, ResumableCall, Store, Strategy, Trap, Val, ValType,
};
use ringzero_platform_std::StdPlatform;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The platform of an ordinary process, but that nobody catches panics.
struct Unguarded;

impl Platform for Unguarded {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        StdPlatform.virtual_memory()
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        StdPlatform.fault_hook()
    }

    fn clock(&self) -> Option<&dyn Clock> {
        StdPlatform.clock()
    }
}

/// Catches panics, but says so by the means that every platform has: one step after the other.
struct Stepwise;

impl Platform for Stepwise {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        StdPlatform.virtual_memory()
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        StdPlatform.fault_hook()
    }

    fn guard(&self, call: &mut dyn FnMut()) -> Result<(), HostPanic> {
        StdPlatform.guard(call)
    }
}

const GUEST: &str = r#"(module
    (import "host" "f" (func $f (param i32) (result i32)))
    (table 1 funcref) (elem (i32.const 0) func $f)
    (func $middle (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1)))
    (func (export "direct") (param i32) (result i32) (i32.add (call $middle (local.get 0)) (i32.const 1)))
    (func (export "indirect") (param i32) (result i32)
        (i32.add (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)) (i32.const 2)))
    (func (export "spin") (param i32) (result i32)
        (drop (call $f (local.get 0)))
        (loop $again (br $again))
        (i32.const 0))
    (func (export "trap") (unreachable)))"#;

fn compiled(platform: impl Platform + 'static) -> Config {
    Config::new().strategy(Strategy::Compiled).platform(Arc::new(platform))
}

/// A guest whose host function calls `name` again with one less, down to 0, where it panics.
fn panicking(config: &Config, name: &'static str) -> (Store<u32>, Instance) {
    let engine = Engine::new(config).unwrap();
    let mut linker = Linker::<u32>::new(&engine);
    linker
        .func_wrap("host", "f", move |mut caller: Caller<'_, u32>, left: i32| -> Result<i32, Error> {
            *caller.data_mut() += 1;
            if left == 0 {
                resume_unwind(Box::new("on purpose"));
            }
            if left < 0 {
                return Ok(left);
            }
            let again = caller.get_export(name).and_then(Extern::into_func).unwrap();
            again.typed::<i32, i32>(&caller)?.call(&mut caller, left - 1)
        })
        .unwrap();
    let module = Module::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &module).unwrap();
    (store, instance)
}

/// That a store works after whatever has happened in it.
fn works(store: &mut Store<u32>, instance: Instance) {
    for name in ["direct", "indirect"] {
        let func = instance.get_typed_func::<i32, i32>(&mut *store, name).unwrap();
        assert_eq!(func.call(&mut *store, -5).unwrap(), -3);
    }
    let trap = instance.get_typed_func::<(), ()>(&mut *store, "trap").unwrap();
    let error = trap.call(&mut *store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
    assert_eq!(error.backtrace().unwrap().frames().len(), 1);
}

fn each_panic_is_an_error(config: &Config) {
    for (name, frames) in [("direct", 2), ("indirect", 1)] {
        let (mut store, instance) = panicking(config, name);
        let func = instance.get_typed_func::<i32, i32>(&mut store, name).unwrap();
        for round in 1..100 {
            let error = func.call(&mut store, 3).unwrap_err();
            assert_eq!(error.category(), Category::HostPanic);
            assert_eq!(error.backtrace().unwrap().frames().len(), 4 * frames);
            assert_eq!(*store.data(), 4 * round);
        }
        works(&mut store, instance);
    }
}

#[test]
fn a_panic_below_machine_code_is_an_error() {
    each_panic_is_an_error(&compiled(StdPlatform));
    each_panic_is_an_error(&compiled(Stepwise));
    each_panic_is_an_error(&compiled(StdPlatform).fuel(false).interruption(true));
}

#[test]
fn a_panic_that_no_platform_catches_goes_past_machine_code() {
    for name in ["direct", "indirect"] {
        let (mut store, instance) = panicking(&compiled(Unguarded), name);
        let func = instance.get_typed_func::<i32, i32>(&mut store, name).unwrap();
        for left in [0, 3] {
            let panic = catch_unwind(AssertUnwindSafe(|| func.call(&mut store, left))).unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
        }
    }
}

/// Why a host function waits.
#[derive(Debug)]
struct SecondCall;

impl std::fmt::Display for SecondCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("for its second call")
    }
}

impl std::error::Error for SecondCall {}

#[test]
fn a_panic_after_a_call_was_resumed_is_an_error() {
    let engine = Engine::new(&compiled(StdPlatform)).unwrap();
    let mut linker = Linker::<u32>::new(&engine);
    linker
        .func_wrap("host", "f", |mut caller: Caller<'_, u32>, _: i32| -> Result<i32, Error> {
            *caller.data_mut() += 1;
            match *caller.data() {
                1 => Err(Error::wait(SecondCall)),
                2 => resume_unwind(Box::new("on purpose")),
                calls => Ok(calls as i32),
            }
        })
        .unwrap();
    let module = Module::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let func = instance.get_func(&mut store, "direct").unwrap();
    let mut results = [Val::I32(0)];
    let stopped = func.call_resumable(&mut store, &[Val::I32(9)], &mut results).unwrap();
    let ResumableCall::Suspended(suspension) = stopped else { panic!("it has not waited") };
    let error = suspension.resume(&mut store, &mut results).unwrap_err();
    assert_eq!(error.category(), Category::HostPanic);
    assert_eq!(error.backtrace().unwrap().frames().len(), 2);
    func.call(&mut store, &[Val::I32(9)], &mut results).unwrap();
    assert_eq!(results[0].i32(), Some(5));
}

/// A deadline that is set, and a request that is made, while the guest runs, or between two of its calls, is seen though
/// nothing else tells the guest to look.
#[test]
fn what_a_host_function_asks_for_is_seen() {
    let engine = Engine::new(&compiled(StdPlatform).interruption(true)).unwrap();
    let mut linker = Linker::<()>::new(&engine);
    let handle = Arc::new(OnceLock::<InterruptHandle>::new());
    let known = Arc::clone(&handle);
    linker
        .func_wrap("host", "f", move |mut caller: Caller<'_, ()>, asks: i32| -> i32 {
            match asks {
                1 => caller.as_context_mut().set_deadline_after(Duration::from_millis(2)).unwrap(),
                2 => known.get().unwrap().interrupt(),
                _ => {}
            }
            asks
        })
        .unwrap();
    let module = Module::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let handle = handle.get_or_init(|| store.interrupt_handle()).clone();
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let direct = instance.get_typed_func::<i32, i32>(&mut store, "direct").unwrap();
    let spin = instance.get_typed_func::<i32, i32>(&mut store, "spin").unwrap();
    let spins = |store: &mut Store<()>, asks| {
        assert_eq!(spin.call(&mut *store, asks).unwrap_err().trap(), Some(Trap::Interrupted));
        store.set_deadline(None).unwrap();
    };
    for _ in 0..20 {
        for asks in [1, 2] {
            assert_eq!(direct.call(&mut store, 0).unwrap(), 2);
            spins(&mut store, asks);
        }
        handle.interrupt();
        spins(&mut store, 0);
        store.set_deadline_after(Duration::from_millis(1)).unwrap();
        spins(&mut store, 0);
    }
}

/// Values are where the host has put them, however many; a stack that was small grows for them.
#[test]
fn a_thousand_values_go_both_ways() {
    const COUNT: usize = 1000;
    let (list, gets) = ("i64 ".repeat(COUNT), |from: usize| format!("(local.get {from})"));
    let reversed: String = (0..COUNT).rev().map(gets).collect();
    let text = format!(
        r#"(module (import "host" "f" (func $f (param {list}) (result {list})))
            (func (export "run") (param {list}) (result {list}) (call $f {reversed})))"#
    );
    let engine = Engine::new(&compiled(StdPlatform)).unwrap();
    let mut linker = Linker::<()>::new(&engine);
    let types = || std::iter::repeat_n(ValType::I64, COUNT);
    let add = |_: Caller<'_, ()>, params: &[Val], results: &mut [Val]| {
        for (result, param) in results.iter_mut().zip(params) {
            *result = Val::I64(param.i64().unwrap() + 1);
        }
        Ok(())
    };
    linker.func_new("host", "f", FuncType::new(types(), types()), add).unwrap();
    let module = Module::new(&engine, wat::parse_str(&text).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let run: Func = instance.get_func(&mut store, "run").unwrap();
    let params: Vec<Val> = (0..COUNT as i64).map(Val::I64).collect();
    let mut results = vec![Val::I64(0); COUNT];
    for _ in 0..3 {
        run.call(&mut store, &params, &mut results).unwrap();
        let numbers: Vec<i64> = results.iter().map(|result| result.i64().unwrap()).collect();
        assert!(numbers.iter().rev().eq((1..=COUNT as i64).collect::<Vec<_>>().iter()));
    }
}
