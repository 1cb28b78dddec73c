//! Closing stores from elsewhere, and dropping them.

use std::sync::{Arc, Mutex, Weak};
use std::thread;

use crate::wasm::module;
use ringzero::{Caller, Category, Engine, Error, Instance, Linker, ResumableCall, Store, Trap, TypedFunc};

const GUEST: &str = r#"(module (memory (export "m") 1) (data (i32.const 0) "here")
    (func (export "spin") (loop (br 0))) (func (export "nothing")))"#;

fn guest(engine: &Engine) -> (Store<()>, Instance) {
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module(engine, GUEST), &[]).expect("there are no imports");
    (store, instance)
}

fn func(store: &Store<()>, instance: Instance, name: &str) -> TypedFunc<(), ()> {
    instance.get_typed_func(store, name).expect("the guest exports it")
}

#[test]
fn a_store_is_closed_under_a_call_and_stays_closed() {
    let engine = Engine::new(&crate::config().interruption(true)).unwrap();
    let (mut store, instance) = guest(&engine);
    let (spin, nothing) = (func(&store, instance, "spin"), func(&store, instance, "nothing"));
    let handle = store.interrupt_handle();
    // A call is suspended meanwhile.
    handle.interrupt();
    let call = spin.func().call_resumable(&mut store, &[], &mut []).unwrap();
    let ResumableCall::Suspended(suspension) = call else { panic!("it never returns") };
    nothing.call(&mut store, ()).unwrap();

    let (closer, running) = (handle.clone(), Arc::new(std::sync::Barrier::new(2)));
    let wait = Arc::clone(&running);
    let closer = thread::spawn(move || {
        wait.wait();
        closer.close();
        closer.close();
    });
    assert!(!store.is_closed() && !handle.is_closed());
    running.wait();
    let error = spin.call(&mut store, ()).unwrap_err();
    assert!(error.trap() == Some(Trap::Interrupted) || error.category() == Category::Closed, "{error}");
    closer.join().unwrap();

    assert!(store.is_closed() && handle.is_closed());
    let closed = |result: Result<(), Error>| assert_eq!(result.unwrap_err().category(), Category::Closed);
    for _ in 0..2 {
        closed(nothing.call(&mut store, ()));
        closed(nothing.func().call(&mut store, &[], &mut []));
        closed(nothing.func().call_resumable(&mut store, &[], &mut []).map(drop));
        closed(Instance::new(&mut store, &module(&engine, GUEST), &[]).map(drop));
        closed(Linker::new(&engine).instantiate(&mut store, &module(&engine, GUEST)).map(drop));
        closed(instance.reset(&mut store));
        // An interruption neither opens it nor is it needed.
        handle.interrupt();
    }
    closed(suspension.resume(&mut store, &mut []).map(drop));
    assert_eq!(instance.get_memory(&store, "m").unwrap().data(&store)[..4], *b"here");
}

#[test]
fn a_guest_that_does_not_look_ends_by_itself() {
    let engine = Engine::new(&crate::config()).unwrap();
    let mut linker = Linker::<()>::new(&engine);
    let handle = Arc::new(Mutex::new(None::<ringzero::InterruptHandle>));
    let found = Arc::clone(&handle);
    linker
        .func_wrap("host", "close", move |_: Caller<'_, ()>| {
            found.lock().unwrap().as_ref().expect("it is set below").close();
            7
        })
        .unwrap();
    let text = r#"(module (import "host" "close" (func $close (result i32)))
        (func (export "run") (result i32) (i32.add (call $close) (i32.const 1))))"#;
    let mut store = Store::new(&engine, ());
    *handle.lock().unwrap() = Some(store.interrupt_handle());
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = instance.get_typed_func::<(), i32>(&store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), 8);
    assert_eq!(run.call(&mut store, ()).unwrap_err().category(), Category::Closed);
}

/// Notes, when it is dropped, whether what the store holds is there still.
struct Told {
    held: Weak<()>,
    notes: Arc<Mutex<Vec<bool>>>,
}

impl Drop for Told {
    fn drop(&mut self) {
        self.notes.lock().expect("nobody panics while holding it").push(self.held.upgrade().is_some());
    }
}

#[test]
fn the_data_of_a_store_is_dropped_once_and_before_all_else() {
    let engine = Engine::new(&crate::config()).unwrap();
    for taken in [false, true] {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let held = Arc::new(());
        let data = Told { held: Arc::downgrade(&held), notes: Arc::clone(&notes) };
        let mut store = Store::new(&engine, data);
        ringzero::Func::wrap(&mut store, move || assert_eq!(*held, ())).unwrap();
        if taken {
            let data = store.into_data();
            assert!(notes.lock().unwrap().is_empty());
            drop(data);
        } else {
            drop(store);
        }
        assert_eq!(*notes.lock().unwrap(), [!taken]);
    }
}

#[test]
fn closing_and_interrupting_from_many_threads_ends_every_call() {
    let engine = Engine::new(&crate::config().interruption(true)).unwrap();
    for round in 0..40 {
        let (mut store, instance) = guest(&engine);
        let spin = func(&store, instance, "spin");
        let handles: Vec<_> = (0..3).map(|_| store.interrupt_handle()).collect();
        thread::scope(|scope| {
            for (number, handle) in handles.into_iter().enumerate() {
                scope.spawn(move || {
                    for _ in 0..round {
                        handle.interrupt();
                    }
                    if number == round % 3 {
                        handle.close();
                    }
                });
            }
            // Calls end one by one until there is no more.
            loop {
                let error = spin.call(&mut store, ()).unwrap_err();
                if error.category() == Category::Closed {
                    break;
                }
                assert_eq!(error.trap(), Some(Trap::Interrupted));
            }
        });
        assert!(store.is_closed());
    }
}
