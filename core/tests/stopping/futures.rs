//! Calls that are futures: several on one thread, given up anywhere, nested, and sharing time by fuel.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::wasm::module;
use ringzero::platform::{FaultHook, HostPanic, Platform, VirtualMemory};
use ringzero::{
    AsContext, AsContextMut, Caller, Category, Engine, Error, FuncType, Instance, Linker, Store, Trap, Val,
    ValType,
};

/// Counts how often it is woken.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls until it is ready, as long as it has asked for that; the output, and how often it was pending.
fn block_on<F: Future>(future: F) -> (F::Output, usize) {
    let counting = Arc::new(Counting::default());
    let waker = Waker::from(Arc::clone(&counting));
    let mut future = pin!(future);
    for pending in 0.. {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return (output, pending);
        }
        assert!(counting.0.load(Ordering::Relaxed) > pending, "pending, and nobody woken");
    }
    unreachable!("it ends or the test fails")
}

/// Pending so many times.
async fn pend(mut times: u32) {
    poll_fn(|context| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// What host functions note, and how many of their futures are alive.
#[derive(Default)]
struct Host {
    notes: Vec<i32>,
    instance: Option<Instance>,
    alive: Arc<AtomicUsize>,
}

struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// `slow (n)`: notes n, is pending n times, notes -n, answers n + 1. `back (n)`: calls the guest's `work (n)` as a
/// future, in between. `plain (n)`: calls it as no future.
fn linker(engine: &Engine) -> Linker<Host> {
    let mut linker = Linker::<Host>::new(engine);
    let work = |host: &Host| host.instance.ok_or_else(|| Error::message("there is no guest"));
    linker
        .func_wrap_async("host", "slow", |mut caller: Caller<'_, Host>, (n,): (i32,)| {
            Box::new(async move {
                let _alive = Alive::new(&caller.data().alive);
                // A borrow of the store's data that lives across the wait.
                let notes = &mut caller.data_mut().notes;
                notes.push(n);
                pend(n as u32).await;
                notes.push(-n);
                n + 1
            })
        })
        .expect("the name is free");
    linker
        .func_wrap_async("host", "back", move |mut caller: Caller<'_, Host>, (n,): (i32,)| {
            Box::new(async move {
                let _alive = Alive::new(&caller.data().alive);
                pend(1).await;
                let work = work(caller.data())?.get_typed_func::<i32, i32>(&caller, "work")?;
                let result = work.call_async(&mut caller, n).await?;
                pend(1).await;
                Ok::<i32, Error>(result)
            })
        })
        .expect("the name is free");
    linker
        .func_wrap("host", "plain", move |mut caller: Caller<'_, Host>, n: i32| -> Result<i32, Error> {
            work(caller.data())?.get_typed_func::<i32, i32>(&caller, "work")?.call(&mut caller, n)
        })
        .expect("the name is free");
    linker
}

const GUEST: &str = r#"(module
    (import "host" "slow" (func $slow (param i32) (result i32)))
    (import "host" "back" (func $back (param i32) (result i32)))
    (import "host" "plain" (func $plain (param i32) (result i32)))
    (memory 1) (global $done (export "done") (mut i32) (i32.const 0))
    (func (export "work") (param i32) (result i32)
        (i32.store (i32.const 0) (call $slow (local.get 0)))
        (global.set $done (i32.add (global.get $done) (i32.const 1)))
        (i32.add (i32.load (i32.const 0)) (call $slow (i32.const 2))))
    (func (export "nested") (param i32) (result i32)
        (i32.add (i32.mul (local.get 0) (i32.const 1000)) (call $back (local.get 0))))
    (func (export "between") (param i32) (result i32) (call $plain (local.get 0)))
    (func (export "quick") (result i32) (i32.const 7))
    (export "slow" (func $slow)))"#;

fn guest(engine: &Engine) -> (Store<Host>, Instance) {
    let mut store = Store::new(engine, Host::default());
    let instance = linker(engine).instantiate(&mut store, &module(engine, GUEST)).expect("all is there");
    store.data_mut().instance = Some(instance);
    (store, instance)
}

async fn call(store: &mut Store<Host>, name: &str, n: i32) -> Result<i32, Error> {
    let instance = store.data().instance.ok_or_else(|| Error::message("there is no guest"))?;
    instance.get_typed_func::<i32, i32>(&*store, name)?.call_async(store, n).await
}

#[test]
fn a_call_is_pending_as_often_as_its_host_functions_are() {
    let (mut store, instance) = guest(&Engine::new(&crate::config()).unwrap());
    let (result, pending) = block_on(call(&mut store, "work", 5));
    assert_eq!((result.unwrap(), pending), (6 + 3, 7));
    assert_eq!(store.data().notes, [5, -5, 2, -2]);
    // Without types, and a host function called by the host.
    let mut results = [Val::I32(0)];
    let func = instance.get_func(&store, "work").unwrap();
    let (result, pending) = block_on(func.call_async(&mut store, &[Val::I32(0)], &mut results));
    assert!(result.is_ok() && pending == 2 && matches!(results, [Val::I32(4)]));
    assert_eq!(block_on(call(&mut store, "slow", 3)).0.unwrap(), 4);
    let misuse = block_on(func.call_async(&mut store, &[], &mut results)).0.unwrap_err();
    assert_eq!(misuse.category(), Category::Misuse);
}

type Call<'a> = Pin<Box<dyn Future<Output = Result<i32, Error>> + Send + 'a>>;

#[test]
fn two_guests_take_turns_on_one_thread() {
    let engine = Engine::new(&crate::config()).unwrap();
    let ((mut one, _), (mut two, _)) = (guest(&engine), guest(&engine));
    let mut order = Vec::new();
    {
        let mut calls: [Call<'_>; 2] =
            [Box::pin(call(&mut one, "work", 3)), Box::pin(call(&mut two, "nested", 3))];
        let mut open = vec![0, 1];
        while !open.is_empty() {
            open.retain(|at| {
                order.push(*at);
                match calls[*at].as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Pending => true,
                    Poll::Ready(result) => {
                        assert_eq!(result.unwrap(), [7, 3007][*at]);
                        false
                    }
                }
            });
        }
    }
    assert_eq!(order, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1]);
    assert_eq!((&one.data().notes[..], &two.data().notes[..]), (&[3, -3, 2, -2][..], &[3, -3, 2, -2][..]));
}

#[test]
fn a_call_may_be_given_up_wherever_it_is_pending() {
    let (mut store, instance) = guest(&Engine::new(&crate::config()).unwrap());
    let alive = Arc::clone(&store.data().alive);
    for (name, most) in [("work", 6), ("nested", 8)] {
        for polls in 0..=most {
            store.data_mut().notes.clear();
            {
                let mut future = pin!(call(&mut store, name, 4));
                for _ in 0..polls {
                    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                }
                assert_eq!(alive.load(Ordering::Relaxed) > 0, polls > 0);
            }
            // Its host functions' futures are gone, and the store is free.
            assert_eq!(alive.load(Ordering::Relaxed), 0);
            let quick = instance.get_typed_func::<(), i32>(&store, "quick").unwrap();
            assert_eq!(quick.call(&mut store, ()).unwrap(), 7);
            instance.reset(&mut store).unwrap();
            let expected = if name == "work" { 8 } else { 4008 };
            assert_eq!(block_on(call(&mut store, name, 4)).0.unwrap(), expected);
        }
        let (result, pending) = block_on(call(&mut store, name, 4));
        assert_eq!((result.is_ok(), pending), (true, most));
    }
}

#[test]
fn calls_nest_while_all_are_futures() {
    let (mut store, instance) = guest(&Engine::new(&crate::config()).unwrap());
    let (result, pending) = block_on(call(&mut store, "nested", 6));
    assert_eq!((result.unwrap(), pending), (6000 + 7 + 3, 6 + 2 + 2));
    // A call that is none, at the beginning, in between, or that could be suspended but is no future.
    let misuse = |error: Error| {
        assert_eq!(error.category(), Category::Misuse, "{error}");
        assert!(error.to_string().contains("a host function that is a future"), "{error}");
    };
    misuse(block_on(call(&mut store, "between", 1)).0.unwrap_err());
    let work = instance.get_func(&store, "work").unwrap();
    let mut results = [Val::I32(0)];
    misuse(work.call(&mut store, &[Val::I32(1)], &mut results).unwrap_err());
    misuse(work.call_resumable(&mut store, &[Val::I32(1)], &mut results).map(drop).unwrap_err());
    assert_eq!(store.data().notes.len(), 4);
    assert_eq!(block_on(call(&mut store, "work", 1)).0.unwrap(), 5);
}

#[test]
fn a_long_guest_lets_others_run_and_computes_the_same() {
    let engine = Engine::new(&crate::config().fuel(true).interruption(true)).unwrap();
    let text = r#"(module (memory 1) (func (export "run") (param i32) (result i64) (local i64)
        (loop $more
            (memory.fill (i32.const 0) (local.get 0) (i32.const 6400))
            (local.set 1 (i64.add (i64.rotl (local.get 1) (i64.const 3)) (i64.load (i32.const 8))))
            (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1)))"#;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
    let run = instance.get_typed_func::<i32, i64>(&store, "run").unwrap();
    let plenty = 1 << 30;
    store.set_fuel(plenty).unwrap();
    let expected = run.call(&mut store, 100).unwrap();
    let cost = plenty - store.get_fuel().unwrap();
    let mut before = usize::MAX;
    // An interval may be less than the next stretch or operation costs.
    for interval in [1, 10, 150, 1000, cost - 1, cost] {
        store.set_fuel(plenty).unwrap();
        store.fuel_async_yield_interval(Some(interval)).unwrap();
        let (result, pending) = block_on(run.call_async(&mut store, 100));
        assert_eq!((result.unwrap(), store.get_fuel().unwrap()), (expected, plenty - cost));
        assert!(pending < before || pending == 0, "{interval}: {pending}");
        before = pending;
        // A plain call does not care.
        store.set_fuel(plenty).unwrap();
        assert_eq!(run.call(&mut store, 100).unwrap(), expected);
    }
    assert_eq!(before, 0);
    // What is not there cannot be shared.
    for (fuel, interval) in [(cost - 1, None), (cost - 1, Some(100)), (0, Some(1))] {
        store.set_fuel(fuel).unwrap();
        store.fuel_async_yield_interval(interval).unwrap();
        let error = block_on(run.call_async(&mut store, 100)).0.unwrap_err();
        assert_eq!(error.trap(), Some(Trap::OutOfFuel));
        assert_eq!(error.backtrace().map(|backtrace| backtrace.frames().len()), Some(1));
    }
    store.set_fuel(plenty).unwrap();
    store.interrupt_handle().interrupt();
    let error = block_on(run.call_async(&mut store, 100)).0.unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Interrupted));
    assert_eq!(store.fuel_async_yield_interval(Some(0)).unwrap_err().category(), Category::Misuse);
    store.interrupt_handle().close();
    assert_eq!(block_on(run.call_async(&mut store, 100)).0.unwrap_err().category(), Category::Closed);
    let mut unpriced = Store::new(&Engine::new(&crate::config()).unwrap(), ());
    assert_eq!(unpriced.fuel_async_yield_interval(Some(5)).unwrap_err().category(), Category::Misuse);
}

#[test]
fn fuel_is_told_and_changed_whole_while_a_part_is_kept_back() {
    let engine = Engine::new(&crate::config().fuel(true)).unwrap();
    let mut linker = Linker::<Vec<u64>>::new(&engine);
    linker
        .func_wrap("host", "look", |mut caller: Caller<'_, Vec<u64>>| -> Result<(), Error> {
            let mut store = caller.as_context_mut();
            let fuel = store.as_context().get_fuel()?;
            store.data_mut().push(fuel);
            store.set_fuel(fuel - 100)
        })
        .unwrap();
    let text = r#"(module (import "host" "look" (func $look))
        (func (export "run") (call $look) (call $look) (call $look)))"#;
    let mut fuels = Vec::new();
    for interval in [None, Some(2)] {
        let mut store = Store::new(&engine, Vec::new());
        store.set_fuel(1000).unwrap();
        store.fuel_async_yield_interval(interval).unwrap();
        let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
        let run = instance.get_typed_func::<(), ()>(&store, "run").unwrap();
        block_on(run.call_async(&mut store, ())).0.unwrap();
        fuels.push((store.get_fuel().unwrap(), store.into_data()));
    }
    assert_eq!(fuels[0], fuels[1]);
    assert_eq!(fuels[0].0, 1000 - 300 - 3);
}

#[test]
fn a_start_function_may_wait_too() {
    let engine = Engine::new(&crate::config()).unwrap();
    let linker = linker(&engine);
    let text = r#"(module (import "host" "slow" (func $slow (param i32) (result i32)))
        (global $g (export "g") (mut i32) (i32.const 0))
        (func $start (global.set $g (call $slow (i32.const 4)))) (start $start))"#;
    let module = module(&engine, text);
    let pre = linker.instantiate_pre(&module).unwrap();
    for ahead in [false, true] {
        let mut store = Store::new(&engine, Host::default());
        let (instance, pending) = if ahead {
            block_on(pre.instantiate_async(&mut store))
        } else {
            block_on(linker.instantiate_async(&mut store, &module))
        };
        let global = instance.unwrap().get_global(&store, "g").unwrap();
        assert!(pending == 4 && matches!(global.get(&store), Val::I32(5)));
        assert_eq!(pre.instantiate(&mut store).unwrap_err().category(), Category::Misuse);
    }
}

struct Catching;

impl Platform for Catching {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        crate::HOST.virtual_memory()
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        crate::HOST.fault_hook()
    }

    fn guard(&self, run: &mut dyn FnMut()) -> Result<(), HostPanic> {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).map_err(|_| HostPanic)
    }
}

#[test]
fn a_future_may_fail_panic_and_answer_in_any_type() {
    let engine = Engine::new(&crate::config().platform(Arc::new(Catching))).unwrap();
    let mut linker = Linker::<()>::new(&engine);
    linker
        .func_wrap_async("host", "ends", |_: Caller<'_, ()>, (how,): (i32,)| {
            Box::new(async move {
                pend(1).await;
                match how {
                    0 => Err(Error::message("no answer")),
                    1 => panic!("the host's bug"),
                    2 => Err(Error::from(Trap::Unreachable)),
                    _ => Ok((how, 2.5f64)),
                }
            })
        })
        .unwrap();
    let ty = FuncType::new([ValType::I64, ValType::I32], [ValType::V128, ValType::I64]);
    linker
        .func_new_async("host", "dynamic", ty, |_, params, results| {
            Box::new(async move {
                pend(2).await;
                let [Val::I64(a), Val::I32(b)] = params else { panic!("it is called with its types") };
                results[1] = Val::I64(a + i64::from(*b));
                if *b == 0 {
                    results[1] = Val::I32(1);
                }
                Ok(())
            })
        })
        .unwrap();
    let text = r#"(module (import "host" "ends" (func $ends (param i32) (result i32 f64)))
        (import "host" "dynamic" (func $dynamic (param i64 i32) (result v128 i64)))
        (func $inner (export "run") (param i32) (result i32 f64) (call $ends (local.get 0)))
        (func (export "sum") (param i32) (result i64) (local i64)
            (local.set 1 (call $dynamic (i64.const 40) (local.get 0))) (drop) (local.get 1)))"#;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = instance.get_typed_func::<i32, (i32, f64)>(&store, "run").unwrap();
    let ends = [
        (0, Category::Host, "no answer"),
        (1, Category::HostPanic, "host function panicked"),
        (2, Category::Trap, "unreachable"),
    ];
    for (how, category, text) in ends {
        let (result, pending) = block_on(run.call_async(&mut store, how));
        let error = result.unwrap_err();
        assert_eq!((error.category(), pending), (category, 1));
        assert!(error.to_string().contains(text), "{error}");
        let frames = error.backtrace().expect("a guest was running").frames().len();
        assert_eq!(frames, 1, "{error:?}");
    }
    assert_eq!(block_on(run.call_async(&mut store, 9)).0.unwrap(), (9, 2.5));
    let sum = instance.get_typed_func::<i32, i64>(&store, "sum").unwrap();
    assert_eq!(block_on(sum.call_async(&mut store, 2)).0.unwrap(), 42);
    assert_eq!(block_on(sum.call_async(&mut store, 0)).0.unwrap_err().category(), Category::Misuse);
}

#[test]
fn a_host_function_that_asks_to_wait_is_called_again() {
    let engine = Engine::new(&crate::config()).unwrap();
    let mut linker = Linker::<u32>::new(&engine);
    linker
        .func_wrap("host", "third", |mut caller: Caller<'_, u32>| {
            *caller.data_mut() += 1;
            if *caller.data() < 3 {
                Err(Error::wait(ringzero::platform::ErrorKind::WouldBlock))
            } else {
                Ok(8)
            }
        })
        .unwrap();
    let text = r#"(module (import "host" "third" (func $third (result i32)))
        (func (export "run") (result i32) (call $third)))"#;
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = instance.get_typed_func::<(), i32>(&store, "run").unwrap();
    let (result, pending) = block_on(run.call_async(&mut store, ()));
    assert_eq!((result.unwrap(), pending), (8, 2));
}

#[test]
fn futures_go_to_other_threads_if_the_store_may() {
    fn sendable<F: Future + Send>(future: F) -> F {
        future
    }
    let (mut store, instance) = guest(&Engine::new(&crate::config()).unwrap());
    let work = instance.get_typed_func::<i32, i32>(&store, "work").unwrap();
    let result = std::thread::scope(|scope| {
        let mut future = Box::pin(sendable(work.call_async(&mut store, 3)));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        scope.spawn(move || block_on(future).0).join().unwrap()
    });
    assert_eq!(result.unwrap(), 7);
    let mut results = [Val::I32(0)];
    drop(sendable(work.func().call_async(&mut store, &[Val::I32(1)], &mut results)));
    let linker = linker(store.engine());
    let module = module(store.engine(), GUEST);
    drop(sendable(linker.instantiate_async(&mut store, &module)));
}
