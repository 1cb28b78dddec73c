//! An allocator that counts what one thread asks for while it is told to.
#![expect(unsafe_code, reason = "a global allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Bytes asked for by a thread.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    /// All of them, of which some were given back.
    pub(crate) all: usize,
    /// The most at one time.
    pub(crate) peak: usize,
    /// What was not given back.
    pub(crate) now: usize,
}

thread_local! {
    static COUNTED: Cell<Option<Counted>> = const { Cell::new(None) };
}

/// A closure's result, and what it asked for.
pub(crate) fn counted<R>(run: impl FnOnce() -> R) -> (R, Counted) {
    COUNTED.set(Some(Counted::default()));
    let result = run();
    (result, COUNTED.take().unwrap_or_default())
}

fn count(taken: usize, given: usize) {
    // A thread that ends allocates when its variables are gone.
    let _ = COUNTED.try_with(|cell| {
        if let Some(mut counted) = cell.get() {
            counted.all += taken;
            counted.now = (counted.now + taken).saturating_sub(given);
            counted.peak = counted.peak.max(counted.now);
            cell.set(Some(counted));
        }
    });
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is the system's allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's promises are the ones asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller's promises are the ones asked for.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: the caller's promises are the ones asked for.
        unsafe { System.realloc(at, layout, size) }
    }
}
