//! Interruption by a handle and by a deadline, in everything that a guest or a host function can be long at.

use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use crate::wasm::{linked, module};
use ringzero::platform::{
    self, Clock, FakeClock, FaultHook, Interest, Platform, Scheduler, VirtualMemory, Wait, WaitHandle,
    Waited, Waker,
};
use ringzero::{
    Caller, Category, Compilation, Config, Engine, Error, Instance, Linker, Memory, MemoryType,
    ResumableCall, Store, SuspendReason, Trap, Val,
};

/// A machine whose clock moves a millisecond each time that it is read.
#[derive(Default)]
struct Machine(FakeClock);

impl Platform for Machine {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        crate::HOST.virtual_memory()
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        crate::HOST.fault_hook()
    }

    fn clock(&self) -> Option<&dyn Clock> {
        Some(&self.0)
    }
}

/// A machine without a clock.
struct Timeless;

impl Platform for Timeless {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        crate::HOST.virtual_memory()
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        crate::HOST.fault_hook()
    }
}

fn config() -> Config {
    crate::config().interruption(true).platform(Arc::new(Machine::default()))
}

const SPIN: &str = r#"(module
    (func (export "spin") (loop (br 0)))
    (func (export "sum") (param i64) (result i64) (local i64)
        (loop $more
            (local.set 1 (i64.add (local.get 1) (local.get 0)))
            (br_if $more (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0))))
        (local.get 1)))"#;

#[test]
fn a_deadline_stops_guests_until_there_is_another() {
    let engine = Engine::new(&config()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module(&engine, SPIN), &[]).unwrap();
    let spin = instance.get_typed_func::<(), ()>(&mut store, "spin").unwrap();
    let sum = instance.get_typed_func::<i64, i64>(&mut store, "sum").unwrap();
    store.set_deadline_after(Duration::from_millis(30)).unwrap();
    assert_eq!(spin.call(&mut store, ()).unwrap_err().trap(), Some(Trap::Interrupted));
    assert_eq!(sum.call(&mut store, 1).unwrap_err().trap(), Some(Trap::Interrupted), "it is still over");
    store.set_deadline(None).unwrap();
    assert_eq!(sum.call(&mut store, 1_000).unwrap(), 500_500);
    store.set_deadline_after(Duration::MAX).unwrap();
    assert_eq!(sum.call(&mut store, 1_000).unwrap(), 500_500);
    store.set_deadline(Some(0)).unwrap();
    assert_eq!(sum.call(&mut store, 1).unwrap_err().trap(), Some(Trap::Interrupted));
}

#[test]
fn a_deadline_needs_a_clock_and_a_guest_that_looks() {
    let blind = Engine::new(&config().interruption(false)).unwrap();
    let timeless = Engine::new(&crate::config().platform(Arc::new(Timeless)).interruption(true)).unwrap();
    for (engine, text) in [(blind, "interruption"), (timeless, "clock")] {
        let mut store = Store::new(&engine, ());
        for result in [store.set_deadline(None), store.set_deadline_after(Duration::from_secs(1))] {
            let error = result.unwrap_err();
            assert_eq!(error.category(), Category::Misuse);
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}

#[test]
fn a_call_in_slices_of_time_ends_as_one_that_never_stops() {
    let engine = Engine::new(&config()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module(&engine, SPIN), &[]).unwrap();
    let sum = instance.get_func(&mut store, "sum").unwrap();
    let (mut results, mut stops) = ([Val::I64(0)], 0);
    store.set_deadline(Some(0)).unwrap();
    let mut call = sum.call_resumable(&mut store, &[Val::I64(3_000)], &mut results).unwrap();
    while let ResumableCall::Suspended(suspension) = call {
        assert_eq!(suspension.reason(), SuspendReason::Interrupted);
        stops += 1;
        store.set_deadline_after(Duration::from_millis(5)).unwrap();
        call = suspension.resume(&mut store, &mut results).unwrap();
    }
    assert!(matches!(results, [Val::I64(4_501_500)]));
    assert!(stops > 300, "{stops} stops");
}

/// Everything that does much at once; each result depends on all that was done. The argument is a seed.
const BULK: &str = r#"(module
    (memory 16 2000) (table $t 10 500000 funcref) (table $u 300000 funcref)
    (func $f) (func $g)
    (elem $e func ELEMENTS) (elem declare func $f $g)
    (data $d "BYTES")
    (func $hash (param i32 i32) (result i64) (local i64)
        (loop $more
            (local.set 2 (i64.add (i64.mul (local.get 2) (i64.const 31)) (i64.load (local.get 0))))
            (br_if $more (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 4093))) (local.get 1))))
        (local.get 2))
    (func $count (result i64) (local i32 i64)
        (loop $more
            (local.set 1 (i64.add (i64.mul (local.get 1) (i64.const 3))
                (i64.extend_i32_u (ref.is_null (table.get $t (local.get 0))))))
            (br_if $more (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 101))) (table.size $t))))
        (local.get 1))
    (func (export "run") (param i32) (result i64)
        (drop (memory.grow (i32.const 100)))
        (memory.fill (i32.const 100) (local.get 0) (i32.const 3000000))
        (memory.init $d (i32.const 70000) (i32.const 1) (i32.const 699999))
        (memory.copy (i32.const 77) (i32.const 50000) (i32.const 2000000))
        (memory.copy (i32.const 300000) (i32.const 11) (i32.const 4000000))
        (drop (memory.grow (i32.const 300)))
        (drop (table.grow $t (ref.func $g) (i32.const 399990)))
        (table.fill $u (i32.const 1000) (ref.func $f) (i32.const 200000))
        (table.copy $t $u (i32.const 33) (i32.const 55) (i32.const 150000))
        (table.copy $t $t (i32.const 90000) (i32.const 60000) (i32.const 200000))
        (table.init $t $e (i32.const 300000) (i32.const 3) (i32.const 9990))
        (drop (table.grow $t (ref.null func) (i32.const 1)))
        (i64.add (call $count) (call $hash (i32.const 0) (i32.const 20000000)))))"#;

fn bulk() -> String {
    let bytes: String = (0..700_000).map(|n| char::from(b'A' + (n % 23) as u8)).collect();
    BULK.replace("ELEMENTS", &"$f $g ".repeat(5_000)).replace("BYTES", &bytes)
}

#[test]
fn bulk_operations_stop_in_the_middle_and_go_on() {
    let text = bulk();
    let mut runs = Vec::new();
    for (config, compilation) in crate::configs().into_iter().zip([Compilation::Lazy, Compilation::Eager]) {
        for interruption in [false, true] {
            let config = config.clone().fuel(true).compilation(compilation);
            let engine = Engine::new(&config.interruption(interruption)).unwrap();
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module(&engine, &text), &[]).unwrap();
            let run = instance.get_func(&mut store, "run").unwrap();
            store.set_fuel(1 << 40).unwrap();
            let handle = store.interrupt_handle();
            let (mut results, mut stops) = ([Val::I64(0)], 0);
            handle.interrupt();
            let mut call = run.call_resumable(&mut store, &[Val::I32(0x5a)], &mut results).unwrap();
            while let ResumableCall::Suspended(suspension) = call {
                stops += 1;
                handle.interrupt();
                call = suspension.resume(&mut store, &mut results).unwrap();
            }
            let [Val::I64(result)] = results else { panic!("the function's type") };
            runs.push((result, (1 << 40) - store.get_fuel().unwrap()));
            println!("{stops} stops");
            assert_eq!(stops > 0, interruption);
            assert!(!interruption || stops > 150 + 25 + 120 + 25, "only {stops} stops");
        }
    }
    assert!(runs.iter().all(|run| *run == runs[0]), "{runs:?}");
}

#[test]
fn long_code_without_loops_stops_in_the_middle_of_an_expression() {
    // Values of every kind wait on the operand stack while the guest stops between two operators.
    let depth = 1_500;
    let ints = "(i32.add (i32.mul (local.get 0) (i32.const 3)) ".repeat(depth)
        + "(i32.const 1)"
        + &")".repeat(depth);
    let floats = "(f64.sub (f64.const 1.5) ".repeat(depth) + "(f64.const 7)" + &")".repeat(depth);
    let choices = "(local.set 0 (select (i32.const 5) (local.get 0) (i32.lt_u (local.get 0) (i32.const 9))))
        (if (i32.eq (local.get 0) (i32.const 77)) (then (local.set 0 (i32.const 6))))"
        .repeat(300);
    let text = format!(
        r#"(module (func (export "run") (param i32) (result i64)
            {choices}
            (i64.add (i64.extend_i32_u {ints}) (i64.trunc_f64_s {floats}))))"#
    );
    let mut found = Vec::new();
    let ways = crate::configs().into_iter().flat_map(|config| [(config.clone(), false), (config, true)]);
    for (config, interruption) in ways {
        let engine = Engine::new(&config.fuel(true).interruption(interruption)).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module(&engine, &text), &[]).unwrap();
        let run = instance.get_func(&mut store, "run").unwrap();
        store.set_fuel(1 << 30).unwrap();
        let handle = store.interrupt_handle();
        let (mut results, mut stops) = ([Val::I64(0)], 0);
        handle.interrupt();
        let mut call = run.call_resumable(&mut store, &[Val::I32(1234)], &mut results).unwrap();
        while let ResumableCall::Suspended(suspension) = call {
            stops += 1;
            handle.interrupt();
            call = suspension.resume(&mut store, &mut results).unwrap();
        }
        assert!(if interruption { stops > 5 } else { stops == 0 }, "{stops} stops");
        found.push((format!("{results:?}"), store.get_fuel().unwrap()));
    }
    assert!(found.iter().all(|run| *run == found[0]), "{found:?}");
}

#[test]
fn an_interrupted_growth_leaves_things_as_they_were() {
    let engine = Engine::new(&crate::config().interruption(true)).unwrap();
    let mut store = Store::new(&engine, ());
    let text = r#"(module (memory (export "m") 1) (table (export "t") 1 funcref)
        (func (export "memory") (drop (memory.grow (i32.const 100))))
        (func (export "table") (drop (table.grow (ref.null func) (i32.const 1000000)))))"#;
    let instance = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
    let memory = instance.get_memory(&mut store, "m").unwrap();
    let table = instance.get_table(&mut store, "t").unwrap();
    let handle = store.interrupt_handle();
    // Where a memory grows by pages of the platform, it grows at once.
    let paged = crate::HOST.virtual_memory().is_some();
    for name in ["memory", "table"].into_iter().filter(|name| *name == "table" || !paged) {
        let grow = instance.get_func(&mut store, name).unwrap();
        handle.interrupt();
        // At the function's entry.
        let call = grow.call_resumable(&mut store, &[], &mut []).unwrap();
        let ResumableCall::Suspended(suspension) = call else { panic!("it was interrupted") };
        handle.interrupt();
        // In the growth.
        let call = suspension.resume(&mut store, &mut []).unwrap();
        assert!(matches!(call, ResumableCall::Suspended(_)));
        assert_eq!((memory.size(&store), table.size(&store)), (1, 1));
    }
    // The host's growth, by another size, is whole, and all zero.
    memory.grow(&mut store, 3).unwrap();
    assert!(memory.data(&store).iter().all(|byte| *byte == 0));
    table.grow(&mut store, 9, Val::FuncRef(None)).unwrap();
    assert_eq!((memory.size(&store), table.size(&store)), (4, 10));
}

#[test]
fn a_memory_that_is_imported_twice_is_copied_as_one() {
    let engine = Engine::new(&crate::config().interruption(true)).unwrap();
    let mut store = Store::new(&engine, ());
    let memory = Memory::new(&mut store, MemoryType::new(20, None)).unwrap();
    let mut linker = Linker::new(&engine);
    linker.define(&store, "host", "a", memory).unwrap();
    linker.define(&store, "host", "b", memory).unwrap();
    let text = r#"(module (import "host" "a" (memory 1)) (import "host" "b" (memory 1))
        (func (export "run") (memory.copy 1 0 (i32.const 65536) (i32.const 0) (i32.const 1000000))))"#;
    let instance = linked(&mut store, &linker, text);
    let original: Vec<u8> = (0..1_000_000u32).map(|n| (n / 251) as u8).collect();
    memory.write(&mut store, 0, &original).unwrap();
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    run.call(&mut store, ()).unwrap();
    assert_eq!(memory.data(&store)[65_536..1_065_536], original);
}

/// A scheduler that really waits: for its waker, or for the time.
#[derive(Default)]
struct Sleeper {
    event: Arc<Event>,
    /// Whether it has a waker at all.
    wakes: bool,
}

#[derive(Default)]
struct Event {
    set: Mutex<bool>,
    changed: Condvar,
}

const HANDLE: WaitHandle = WaitHandle(7);

impl Waker for Event {
    fn wake(&self) {
        *self.set.lock().expect("nobody panics with the lock") = true;
        self.changed.notify_all();
    }

    fn clear(&self) {
        *self.set.lock().expect("nobody panics with the lock") = false;
    }

    fn wait_handle(&self) -> WaitHandle {
        HANDLE
    }
}

impl Scheduler for Sleeper {
    fn wait(&self, waits: &[Wait], timeout: Option<u64>) -> platform::Result<Waited> {
        let waker = waits.iter().any(|wait| wait.handle == HANDLE && wait.interest == Interest::READ);
        assert_eq!(waker, self.wakes);
        let mut set = self.event.set.lock().expect("nobody panics with the lock");
        let timeout = Duration::from_nanos(timeout.unwrap_or(u64::MAX).min(60_000_000_000));
        while !*set {
            let (guard, result) =
                self.event.changed.wait_timeout(set, timeout).expect("nobody panics with the lock");
            set = guard;
            if result.timed_out() {
                return Ok(Waited::TimedOut);
            }
        }
        Ok(Waited::Woken)
    }

    fn waker(&self) -> platform::Result<Option<Arc<dyn Waker>>> {
        Ok(self.wakes.then(|| Arc::clone(&self.event) as Arc<dyn Waker>))
    }
}

/// Sleeps for an hour, unless the guest is interrupted. Counts its calls in the store's data.
fn sleep(scheduler: &Sleeper) -> impl Fn(Caller<'_, u32>) -> Result<u32, Error> + use<> {
    let event = Arc::clone(&scheduler.event);
    let scheduler = Sleeper { event, wakes: scheduler.wakes };
    move |mut caller| {
        *caller.data_mut() += 1;
        let interruption = caller.interruption().expect("it is switched on");
        let waker = scheduler.waker().map_err(Error::host)?;
        loop {
            interruption.check()?;
            interruption
                .wait(&scheduler, waker.as_ref(), &[], Some(3_600_000_000_000))
                .map_err(Error::host)?;
        }
    }
}

const SLEEP: &str = r#"(module (import "host" "sleep" (func $sleep (result i32)))
    (func (export "run") (result i32) (i32.add (call $sleep) (i32.const 1))))"#;

#[test]
fn a_host_function_that_waits_is_woken() {
    for wakes in [true, false] {
        let engine = Engine::new(&config()).unwrap();
        let scheduler = Sleeper { wakes, ..Sleeper::default() };
        let mut linker = Linker::new(&engine);
        linker.func_wrap("host", "sleep", sleep(&scheduler)).unwrap();
        let mut store = Store::new(&engine, 0);
        let instance = linked(&mut store, &linker, SLEEP);
        let run = instance.get_func(&mut store, "run").unwrap();
        let handle = store.interrupt_handle();
        let soon = |handle: &ringzero::InterruptHandle| {
            let handle = handle.clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(20));
                handle.interrupt();
            })
        };
        // A plain call traps, with a backtrace.
        let stopper = soon(&handle);
        let error = run.call(&mut store, &[], &mut [Val::I32(0)]).unwrap_err();
        assert_eq!((error.trap(), *store.data()), (Some(Trap::Interrupted), 1));
        assert_eq!(error.backtrace().unwrap().frames().len(), 1);
        stopper.join().unwrap();
        // A resumable one goes on: the function is called again, once per stop.
        let mut results = [Val::I32(0)];
        let stopper = soon(&handle);
        let mut call = run.call_resumable(&mut store, &[], &mut results).unwrap();
        stopper.join().unwrap();
        for calls in 2..5 {
            let ResumableCall::Suspended(suspension) = call else { panic!("it sleeps") };
            assert_eq!((suspension.reason(), *store.data()), (SuspendReason::Interrupted, calls));
            let stopper = soon(&handle);
            call = suspension.resume(&mut store, &mut results).unwrap();
            stopper.join().unwrap();
        }
        // No results can be given in its stead: it has not asked for any.
        let ResumableCall::Suspended(suspension) = call else { panic!("it sleeps") };
        let error = suspension.resume_with(&mut store, &[Val::I32(1)], &mut results).unwrap_err();
        assert_eq!(error.category(), Category::Misuse);
    }
}

#[test]
fn a_deadline_ends_a_wait() {
    let engine = Engine::new(&config()).unwrap();
    let scheduler = Sleeper { wakes: true, ..Sleeper::default() };
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "sleep", sleep(&scheduler)).unwrap();
    let mut store = Store::new(&engine, 0);
    let instance = linked(&mut store, &linker, SLEEP);
    let run = instance.get_typed_func::<(), i32>(&mut store, "run").unwrap();
    store.set_deadline_after(Duration::from_millis(30)).unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap_err().trap(), Some(Trap::Interrupted));
}

#[test]
fn a_host_function_called_by_the_host_is_interrupted_once() {
    let engine = Engine::new(&config()).unwrap();
    let mut store = Store::new(&engine, 0);
    let check = |mut caller: Caller<'_, u32>| -> Result<(), Error> {
        *caller.data_mut() += 1;
        Ok(caller.interruption().expect("it is switched on").check()?)
    };
    let check = ringzero::Func::wrap(&mut store, check).unwrap();
    store.interrupt_handle().interrupt();
    let error = check.call(&mut store, &[], &mut []).unwrap_err();
    assert_eq!((error.trap(), *store.data()), (Some(Trap::Interrupted), 1));
    check.call(&mut store, &[], &mut []).unwrap();
}

#[test]
fn a_nested_interruption_is_the_host_functions_own_error() {
    // What the host function has done before it called the guest must not happen again.
    let engine = Engine::new(&config()).unwrap();
    let mut linker = Linker::<u32>::new(&engine);
    let nested = |mut caller: Caller<'_, u32>| -> Result<(), Error> {
        *caller.data_mut() += 1;
        let spin = caller.get_export("spin").and_then(ringzero::Extern::into_func).expect("it is exported");
        spin.call(&mut caller, &[], &mut [])
    };
    linker.func_wrap("host", "nested", nested).unwrap();
    let mut store = Store::new(&engine, 0);
    let text = r#"(module (import "host" "nested" (func $nested)) (func (export "spin") (loop (br 0)))
        (func (export "run") (call $nested)))"#;
    let instance = linked(&mut store, &linker, text);
    let run = instance.get_func(&mut store, "run").unwrap();
    store.set_deadline_after(Duration::from_millis(20)).unwrap();
    let error = run.call_resumable(&mut store, &[], &mut []).unwrap_err();
    assert_eq!((error.trap(), *store.data()), (Some(Trap::Interrupted), 1));
}
