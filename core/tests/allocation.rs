//! Every allocation fails once: instantiating and calling then report it, and nothing aborts, with no reserve to
//! help. Loading is left out, and with it lazy translation and the offsets of a backtrace: wasmparser cannot report
//! a failed allocation. With a reserve, `ci/tests/exhaustion` walks through all of it.
#![expect(unsafe_code, reason = "an allocator can only be replaced by an unsafe impl")]

mod wasm;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ringzero::{
    Caller, Category, Compilation, Config, Engine, Error, ExternRef, Instance, InstancePre, Linker, Store,
    Trap, Val,
};

/// The system's allocator, which fails the one allocation of this thread that was asked for.
struct Failing;

thread_local! {
    /// Allocations until the one that fails; negative where none does.
    static COUNTDOWN: Cell<i64> = const { Cell::new(-1) };
}

/// Whether this is the allocation that fails.
fn fails() -> bool {
    let left = COUNTDOWN.get();
    COUNTDOWN.set(left.saturating_sub(1).max(-1));
    left == 0
}

// SAFETY: every method hands its arguments to the system's allocator, or returns null, which is allowed.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise, handed on.
        if fails() { std::ptr::null_mut() } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise, handed on.
        if fails() { std::ptr::null_mut() } else { unsafe { System.alloc_zeroed(layout) } }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise, handed on.
        if fails() { std::ptr::null_mut() } else { unsafe { System.realloc(start, layout, size) } }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, handed on.
        unsafe { System.dealloc(start, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

const GUEST: &str = r#"(module
    (import "host" "f" (func $f (param i32) (result i32)))
    (memory (export "memory") 2) (table 40 externref) (table $functions 10 funcref)
    (global $a i64 (i64.mul (i64.const 3) (i64.add (i64.const 1) (i64.const 2)))) (global (mut i32) (i32.const 7))
    (elem (table $functions) (i32.const 2) func $add $recurse) (data (i32.const 4) "data")
    (func $add (export "add") (param i32 i32) (result i32)
        (call $f (i32.add (local.get 0) (local.get 1))))
    (func $recurse (export "recurse") (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
            (else (i32.add (i32.const 1) (call $recurse (i32.sub (local.get 0) (i32.const 1)))))))
    (func (export "keep") (param externref) (table.set 0 (i32.const 3) (local.get 0)))
    (start $start) (func $start (drop (memory.grow (i32.const 1)))))"#;

fn linker(engine: &Engine) -> Linker<i32> {
    let mut linker = Linker::new(engine);
    let double = |mut caller: Caller<'_, i32>, a: i32| {
        *caller.data_mut() += a;
        a * 2
    };
    linker.func_wrap("host", "f", double).expect("the linker is empty");
    linker
}

/// A little of everything that a guest can make the host do.
fn run(store: &mut Store<i32>, linker: &Linker<i32>, pre: &InstancePre<i32>) -> Result<(), Error> {
    let module = pre.module();
    let instance: Instance = linker.instantiate(&mut *store, module)?;
    let add = instance.get_func(&*store, "add").ok_or_else(|| Error::message("no `add`"))?;
    let mut results = [Val::I32(0)];
    add.call(&mut *store, &[Val::I32(1), Val::I32(2)], &mut results)?;
    assert_eq!(results, [Val::I32(6)]);
    let recurse = instance.get_typed_func::<i32, i32>(&*store, "recurse")?;
    assert_eq!(recurse.call(&mut *store, 20_000)?, 20_000);
    let value = ExternRef::new(&mut *store, [7u64; 8])?;
    instance.get_typed_func::<Option<ExternRef>, ()>(&*store, "keep")?.call(&mut *store, Some(value))?;
    instance.reset(&mut *store)?;
    assert_eq!(recurse.call(&mut *store, 3)?, 3);
    pre.instantiate(&mut *store)?;
    Ok(())
}

#[test]
fn a_failed_allocation_is_an_error() {
    let config = Config::new().compilation(Compilation::Eager);
    let engine = Engine::new(&config).expect("any configuration makes an engine");
    let linker = linker(&engine);
    let mut failures = 0;
    let module = wasm::module(&engine, GUEST);
    let pre = linker.instantiate_pre(&module).expect("the linker has what it imports");
    for allocation in 0.. {
        let mut store = Store::new(&engine, 0);
        COUNTDOWN.set(allocation);
        let result = run(&mut store, &linker, &pre);
        let reached = COUNTDOWN.replace(-1) < 0;
        match result {
            Err(error) => {
                let out_of_memory = error.trap() == Some(Trap::OutOfMemory);
                assert!(out_of_memory || error.category() == Category::OutOfMemory, "{allocation}: {error}");
                failures += 1;
            }
            // Some failures are made up for: a guest is told that its memory did not grow.
            Ok(()) if reached => {}
            Ok(()) => break,
        }
        // The store is usable still.
        run(&mut store, &linker, &pre).expect("nothing fails any more");
    }
    assert!(failures > 30, "only {failures} failures");
}
