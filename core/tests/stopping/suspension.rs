//! Fuel, interruption, suspension: a guest that stops and goes on computes what one computes that never stops.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use crate::wasm::module;
use ringzero::{
    Caller, Config, Engine, Error, Func, Instance, Linker, ResumableCall, Store, SuspendReason, Suspension,
    Trap, Val,
};

fn engine() -> Engine {
    metered(crate::config())
}

fn metered(config: Config) -> Engine {
    Engine::new(&config.fuel(true).interruption(true)).expect("any configuration makes an engine")
}

/// Programs with one export `run (i32) -> (i64)`, and an argument each.
const PROGRAMS: &[(&str, i32)] = &[
    (
        r#"(module (func $fib (export "run") (param i32) (result i64)
            (if (result i64) (i32.lt_s (local.get 0) (i32.const 2))
                (then (i64.extend_i32_s (local.get 0)))
                (else (i64.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                               (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#,
        13,
    ),
    (
        r#"(module (memory 1)
            (func (export "run") (param i32) (result i64) (local i32 i64)
            (loop $fill
                (i32.store (i32.shl (local.get 1) (i32.const 2)) (i32.mul (local.get 1) (i32.const 0x9e3779b1)))
                (br_if $fill (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))
            (local.set 1 (i32.const 0))
            (loop $sum
                (local.set 2 (i64.add (i64.rotl (local.get 2) (i64.const 5))
                    (i64.load32_u (i32.shl (local.get 1) (i32.const 2)))))
                (br_if $sum (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))
            (local.get 2)))"#,
        400,
    ),
    (
        r#"(module (type $f (func (param i32 i64) (result i64))) (table funcref (elem $even $odd))
            (func $even (type $f)
                (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
                (return_call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1))
                    (i64.mul (local.get 1) (i64.const 3)) (i32.const 1)))
            (func $odd (type $f)
                (return_call $even (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 7))))
            (func (export "run") (param i32) (result i64) (call $even (local.get 0) (i64.const 1))))"#,
        800,
    ),
    (
        r#"(module (memory 2)
            (func (export "run") (param i32) (result i64) (local i32 i64)
            (loop $again
                (memory.fill (local.get 1) (local.get 1) (i32.const 4096))
                (memory.copy (i32.const 3000) (local.get 1) (i32.const 5000))
                (local.set 2 (i64.add (local.get 2) (i64.load (i32.const 3500))))
                (br_if $again (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 37))) (local.get 0))))
            (i64.add (local.get 2) (i64.load (i32.const 7000)))))"#,
        9000,
    ),
    (
        r#"(module
            (func (export "run") (param i32) (result i64) (local v128 f64)
            (local.set 1 (v128.const i32x4 1 2 3 4))
            (loop $again
                (local.set 1 (i32x4.add (i32x4.mul (local.get 1) (v128.const i32x4 3 5 7 9))
                    (i32x4.splat (local.get 0))))
                (local.set 2 (f64.add (f64.mul (local.get 2) (f64.const 0.5)) (f64.convert_i32_s (local.get 0))))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (i64.add (i64x2.extract_lane 0 (local.get 1))
                (i64.add (i64x2.extract_lane 1 (local.get 1)) (i64.reinterpret_f64 (local.get 2))))))"#,
        900,
    ),
];

const PLENTY: u64 = 1 << 40;

fn instantiate(engine: &Engine, text: &str) -> (Store<()>, Func) {
    let mut store = Store::new(engine, ());
    let instance =
        Instance::new(&mut store, &module(engine, text), &[]).expect("the test's module has no imports");
    let run = instance.get_func(&mut store, "run").expect("the test's module exports it");
    (store, run)
}

#[test]
fn a_call_that_stops_everywhere_ends_as_one_that_never_stops() {
    let mut stops = 0;
    for config in crate::configs() {
        let engine = metered(config);
        for (text, argument) in PROGRAMS {
            let (mut store, run) = instantiate(&engine, text);
            store.set_fuel(PLENTY).unwrap();
            let mut expected = [Val::I64(0)];
            run.call(&mut store, &[Val::I32(*argument)], &mut expected).unwrap();
            let cost = PLENTY - store.get_fuel().unwrap();
            // Give the guest what it needs for one stretch at a time.
            let (mut store, run) = instantiate(&engine, text);
            let (mut results, mut spent, mut fuel) = ([Val::I64(0)], 0, 0);
            store.set_fuel(0).unwrap();
            let mut call = run.call_resumable(&mut store, &[Val::I32(*argument)], &mut results).unwrap();
            while let ResumableCall::Suspended(suspension) = call {
                assert_eq!(suspension.reason(), SuspendReason::OutOfFuel);
                stops += 1;
                let rest = store.get_fuel().unwrap();
                spent += fuel - rest;
                fuel = rest + 1;
                store.set_fuel(fuel).unwrap();
                call = suspension.resume(&mut store, &mut results).unwrap();
            }
            spent += fuel - store.get_fuel().unwrap();
            assert_eq!(format!("{results:?}"), format!("{expected:?}"), "{text}");
            assert_eq!(spent, cost, "{text}");
        }
    }
    println!("{stops} stops");
    assert!(stops > 10_000, "only {stops} stops");
}

#[test]
fn without_fuel_a_plain_call_traps_and_the_store_goes_on() {
    let engine = engine();
    let (mut store, run) = instantiate(&engine, PROGRAMS[0].0);
    store.set_fuel(50).unwrap();
    let mut results = [Val::I64(0)];
    let error = run.call(&mut store, &[Val::I32(13)], &mut results).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::OutOfFuel));
    assert!(error.backtrace().is_some_and(|backtrace| !backtrace.frames().is_empty()));
    store.set_fuel(PLENTY).unwrap();
    run.call(&mut store, &[Val::I32(13)], &mut results).unwrap();
    assert!(matches!(results, [Val::I64(233)]));
}

#[test]
fn calls_interleave_with_a_suspended_one() {
    let engine = engine();
    let (mut store, run) = instantiate(&engine, PROGRAMS[0].0);
    let mut results = [Val::I64(0)];
    let mut calls = Vec::new();
    for n in [10, 11, 12] {
        store.set_fuel(100).unwrap();
        match run.call_resumable(&mut store, &[Val::I32(n)], &mut results).unwrap() {
            ResumableCall::Suspended(suspension) => calls.push(suspension),
            ResumableCall::Finished => panic!("100 operators are not enough"),
        }
    }
    store.set_fuel(PLENTY).unwrap();
    run.call(&mut store, &[Val::I32(7)], &mut results).unwrap();
    assert!(matches!(results, [Val::I64(13)]));
    for (suspension, expected) in calls.into_iter().zip([55, 89, 144]) {
        assert!(matches!(suspension.resume(&mut store, &mut results).unwrap(), ResumableCall::Finished));
        assert!(matches!(results, [Val::I64(found)] if found == expected));
    }
}

#[test]
fn an_endless_guest_is_interrupted_wherever_it_is() {
    let endless = [
        r#"(module (func (export "run") (param i32) (result i64) (loop (br 0)) unreachable))"#,
        r#"(module (func $f (export "run") (param i32) (result i64) (return_call $f (local.get 0))))"#,
        r#"(module (func $f (export "run") (param i32) (result i64)
            (if (local.get 0) (then
                (drop (call $f (i32.sub (local.get 0) (i32.const 1))))
                (return (call $f (i32.sub (local.get 0) (i32.const 1))))))
            (i64.const 0)))"#,
        r#"(module (memory 4096) (func (export "run") (param i32) (result i64)
            (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x10000000)) (br 0)) unreachable))"#,
    ];
    for text in endless {
        let config = crate::config().interruption(true);
        let engine = Engine::new(&config).unwrap();
        let (mut store, run) = instantiate(&engine, text);
        let handle = store.interrupt_handle();
        let waker = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            handle.interrupt();
            Instant::now()
        });
        let mut results = [Val::I64(0)];
        let error = run.call(&mut store, &[Val::I32(60)], &mut results).unwrap_err();
        let latency = waker.join().unwrap().elapsed();
        assert_eq!(error.trap(), Some(Trap::Interrupted));
        println!("latency {latency:?}");
    }
}

#[test]
fn an_interrupted_fill_goes_on_where_it_stopped() {
    let config = crate::config().interruption(true);
    let engine = Engine::new(&config).unwrap();
    let text = r#"(module (memory (export "m") 1024)
        (func (export "run") (param i32) (result i64)
            (memory.fill (i32.const 1) (i32.const 7) (i32.const 0x3fffffe))
            (memory.copy (i32.const 2) (i32.const 0) (i32.const 0x3fffff0))
            (i64.load (i32.const 0x3fffff0))))"#;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
    let run = instance.get_func(&mut store, "run").unwrap();
    let memory = instance.get_memory(&mut store, "m").unwrap();
    let handle = store.interrupt_handle();
    handle.interrupt();
    let (mut results, mut stops) = ([Val::I64(0)], 0);
    let mut call = run.call_resumable(&mut store, &[Val::I32(0)], &mut results).unwrap();
    while let ResumableCall::Suspended(suspension) = call {
        assert_eq!(suspension.reason(), SuspendReason::Interrupted);
        stops += 1;
        handle.interrupt();
        call = suspension.resume(&mut store, &mut results).unwrap();
    }
    assert!(stops > 100, "{stops} stops");
    assert!(matches!(results, [Val::I64(0x0707_0707_0707_0707)]));
    let bytes = memory.data(&store);
    assert_eq!((bytes[0], bytes[1], bytes[2], bytes[3]), (0, 7, 0, 7));
    assert!(bytes[3..0x3ff_fff2].iter().all(|byte| *byte == 7));
}

#[derive(Debug)]
struct NotYet(i32);

impl fmt::Display for NotYet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer for {} yet", self.0)
    }
}

impl std::error::Error for NotYet {}

#[test]
fn a_host_function_may_ask_to_wait() {
    let engine = Engine::new(&crate::config()).unwrap();
    let mut linker = Linker::<u32>::new(&engine);
    // Answers every second time it is asked.
    let ask = |mut caller: Caller<'_, u32>, n: i32| -> Result<i64, Error> {
        *caller.data_mut() += 1;
        if *caller.data() % 2 == 1 { Err(Error::wait(NotYet(n))) } else { Ok(i64::from(n) * 10) }
    };
    linker.func_wrap("host", "ask", ask).unwrap();
    let text = r#"(module (import "host" "ask" (func $ask (param i32) (result i64)))
        (func $tail (param i32) (result i64) (return_call $ask (local.get 0)))
        (func (export "run") (param i32) (result i64)
            (i64.add (call $ask (local.get 0)) (call $tail (i32.add (local.get 0) (i32.const 1))))))"#;
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = instance.get_func(&mut store, "run").unwrap();
    let mut results = [Val::I64(0)];
    // Asked again.
    let mut waits = Vec::new();
    let mut call = run.call_resumable(&mut store, &[Val::I32(4)], &mut results).unwrap();
    while let ResumableCall::Suspended(suspension) = call {
        assert_eq!(suspension.reason(), SuspendReason::Wait);
        waits.push(suspension.waiting_for::<NotYet>().unwrap().0);
        call = suspension.resume(&mut store, &mut results).unwrap();
    }
    assert_eq!(waits, [4, 5]);
    assert!(matches!(results, [Val::I64(90)]));
    // Answered by the embedder.
    *store.data_mut() = 0;
    let mut call = run.call_resumable(&mut store, &[Val::I32(4)], &mut results).unwrap();
    while let ResumableCall::Suspended(suspension) = call {
        *store.data_mut() = 0;
        call = suspension.resume_with(&mut store, &[Val::I64(1000)], &mut results).unwrap();
    }
    assert!(matches!(results, [Val::I64(2000)]));
    // A plain call cannot wait, and says so.
    *store.data_mut() = 0;
    let error = run.call(&mut store, &[Val::I32(4)], &mut results).unwrap_err();
    assert!(error.to_string().contains("asked to wait"), "{error}");
}

#[test]
fn a_call_resumed_deeper_finds_room_for_all_its_frames() {
    // The suspended guest's outer frame is far larger than its inner one, and is used to its end afterwards; it is
    // resumed on top of a guest that leaves little of the stack.
    let engine = engine();
    let mut linker = Linker::<Option<Suspension>>::new(&engine);
    let resume = |mut caller: Caller<'_, Option<Suspension>>| -> Result<i64, Error> {
        let suspension = caller.data_mut().take().ok_or_else(|| Error::message("nothing to resume"))?;
        let mut results = [Val::I64(0)];
        match suspension.resume(&mut caller, &mut results)? {
            ResumableCall::Finished => Ok(results[0].i64().unwrap_or(0)),
            ResumableCall::Suspended(_) => Err(Error::message("stopped again")),
        }
    };
    linker.func_wrap("host", "resume", resume).unwrap();
    let (many, values) = ("i64 ".repeat(900), "(local.get 0) ".repeat(900));
    let locals = "i64 ".repeat(3500);
    let text = format!(
        r#"(module (import "host" "resume" (func $resume (result i64)))
        (func $sum (param {many}) (result i64)
            (i64.add (local.get 0) (i64.add (local.get 450) (local.get 899))))
        (func $small (param i64) (result i64)
            (loop $again (br_if $again (i32.wrap_i64 (local.tee 0 (i64.sub (local.get 0) (i64.const 1))))))
            (i64.const 7))
        (func (export "inner") (param i64) (result i64)
            (local.set 0 (call $small (local.get 0)))
            (call $sum {values}))
        (func (export "outer") (result i64) (local {locals})
            (local.set 3499 (i64.const 5))
            (i64.add (call $resume) (local.get 3499))))"#
    );
    let mut store = Store::new(&engine, None);
    let instance = linker.instantiate(&mut store, &module(&engine, &text)).unwrap();
    let inner = instance.get_func(&mut store, "inner").unwrap();
    // The outer frame's own operators cost some 900: this is spent in the inner one.
    store.set_fuel(1_000).unwrap();
    match inner.call_resumable(&mut store, &[Val::I64(1000)], &mut [Val::I64(0)]).unwrap() {
        ResumableCall::Suspended(suspension) => *store.data_mut() = Some(suspension),
        ResumableCall::Finished => panic!("1,000 operators are not enough"),
    }
    store.set_fuel(PLENTY).unwrap();
    let outer = instance.get_typed_func::<(), i64>(&mut store, "outer").unwrap();
    assert_eq!(outer.call(&mut store, ()).unwrap(), 3 * 7 + 5);
}
