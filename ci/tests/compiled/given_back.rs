//! Calls that were set aside in the middle of machine code, and are given up: stacks, memory and address space come back,
//! whether the call goes first or its store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use ringzero::{
    Config, Engine, Error, Instance, Linker, Module, ResumableCall, Store, Strategy, SuspendReason,
    Suspension, Val,
};

use crate::counting::counted;
use crate::memories::Narrow;

/// Frames of some depth, and at their end a loop without one, or a host function that asks to wait.
const GUEST: &str = r#"
    (module
        (import "host" "wait" (func $wait (param i32) (result i32)))
        (memory 3)
        (func $endless (export "endless") (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (loop $again (br $again))))
            (i32.add (local.get 0) (call $endless (i32.sub (local.get 0) (i32.const 1)))))
        (func $waits (export "waits") (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (call $wait (local.get 0)))))
            (i32.add (local.get 0) (call $waits (i32.sub (local.get 0) (i32.const 1))))))"#;

/// How deep the calls are: on some pages of a stack.
const DEPTH: i32 = 2000;

fn suspended(store: &mut Store<()>, instance: Instance, name: &str) -> Suspension {
    let func = instance.get_func(&mut *store, name).unwrap();
    match func.call_resumable(&mut *store, &[Val::I32(DEPTH)], &mut [Val::I32(0)]).unwrap() {
        ResumableCall::Suspended(suspension) => suspension,
        ResumableCall::Finished => panic!("{name} has ended"),
    }
}

/// Several calls of one store, set aside and given up; each has a stack of its own.
fn scene(platform: &Arc<Narrow>, wasm: &[u8], store_first: bool) {
    let config = Config::new().strategy(Strategy::Compiled).platform(platform.clone());
    let engine = Engine::new(&config.fuel(true).interruption(true)).unwrap();
    let module = Module::new(&engine, wasm).unwrap();
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("host", "wait", |_: i32| Err::<i32, _>(Error::wait(std::io::Error::other("later"))))
        .unwrap();
    let mut store = Store::new(&engine, ());
    store.set_fuel(1_000_000).unwrap();
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let waiting = suspended(&mut store, instance, "waits");
    assert_eq!(waiting.reason(), SuspendReason::Wait);
    let before = platform.held.load(Ordering::Relaxed);
    let out_of_fuel = suspended(&mut store, instance, "endless");
    assert_eq!(out_of_fuel.reason(), SuspendReason::OutOfFuel);
    assert!(platform.held.load(Ordering::Relaxed) > before, "it has no stack of its own");
    store.set_fuel(1_000_000).unwrap();
    store.interrupt_handle().interrupt();
    let interrupted = suspended(&mut store, instance, "endless");
    assert_eq!(interrupted.reason(), SuspendReason::Interrupted);
    // One has gone on for a while and stopped again.
    let resumed = out_of_fuel.resume(&mut store, &mut [Val::I32(0)]).unwrap();
    let ResumableCall::Suspended(resumed) = resumed else { panic!("an endless loop has ended") };
    if store_first {
        drop(store);
        drop((waiting, resumed, interrupted));
    } else {
        drop((waiting, resumed, interrupted));
        drop(store);
    }
}

#[test]
fn calls_set_aside_give_everything_back() {
    let wasm = wat::parse_str(GUEST).unwrap();
    for store_first in [false, true] {
        // What a process has once is there after the first round.
        for round in 0..3 {
            let platform = Arc::new(Narrow::default());
            let ((), counted) = counted(|| scene(&platform, &wasm, store_first));
            assert_eq!(platform.held.load(Ordering::Relaxed), 0, "address space is held");
            assert!(round == 0 || counted.now == 0, "{} bytes are in use", counted.now);
            assert!(counted.all > 10_000, "nothing was counted");
        }
    }
}
