//! An allocator that fails when told to, and counts.
//!
//! Counts and plans are the thread's: the harness allocates as well.
#![expect(unsafe_code, reason = "a global allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ringzero::reserve::ReservingAllocator;
use ringzero_platform_std::this_thread;

/// Which allocations fail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plan {
    None,
    /// The one with this number, from 0.
    One(u64),
    /// That one and all behind it.
    From(u64),
    /// Those that would take more bytes in use than there are now and these.
    Bytes(i64),
}

thread_local! {
    static PLAN: Cell<Plan> = const { Cell::new(Plan::None) };
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static FAILED: Cell<u64> = const { Cell::new(0) };
    /// Bytes in use; below 0 where this thread freed what another had allocated.
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static START: Cell<i64> = const { Cell::new(0) };
}

/// Runs `run` as planned; what it answers, and how many allocations failed.
pub(crate) fn run<R>(plan: Plan, run: impl FnOnce() -> R) -> (R, u64) {
    CALLS.set(0);
    FAILED.set(0);
    START.set(LIVE.get());
    PLAN.set(plan);
    let result = run();
    PLAN.set(Plan::None);
    (result, FAILED.get())
}

/// Bytes that this thread has in use.
pub(crate) fn live() -> i64 {
    LIVE.get()
}

/// Whether a request for so many more bytes fails.
fn fails(more: i64) -> bool {
    let call = CALLS.get();
    CALLS.set(call + 1);
    let fails = match PLAN.get() {
        Plan::None => false,
        Plan::One(number) => call == number,
        Plan::From(number) => call >= number,
        Plan::Bytes(budget) => LIVE.get() + more - START.get() > budget,
    };
    if fails {
        FAILED.set(FAILED.get() + 1);
    }
    fails
}

pub(crate) struct Failing;

/// Counts what was allocated.
fn counted(memory: *mut u8, bytes: i64) -> *mut u8 {
    if !memory.is_null() {
        LIVE.set(LIVE.get() + bytes);
    }
    memory
}

// SAFETY: every method hands its arguments to the system's allocator, or returns null, which is allowed.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let bytes = layout.size() as i64;
        if fails(bytes) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise, handed on.
        counted(unsafe { System.alloc(layout) }, bytes)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let bytes = layout.size() as i64;
        if fails(bytes) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise, handed on.
        counted(unsafe { System.alloc_zeroed(layout) }, bytes)
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let bytes = size as i64 - layout.size() as i64;
        if fails(bytes) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise, handed on.
        counted(unsafe { System.realloc(memory, layout, size) }, bytes)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - layout.size() as i64);
        // SAFETY: the caller's promise, handed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: ReservingAllocator<Failing> = ReservingAllocator::new(Failing, this_thread);
