//! The allocator of this crate's unit tests: it refuses what is covered by a reserve, where a test says so.
//!
//! What a library allocates under a reserve then comes from the reserve alone; where that is too small the process
//! aborts, and with it the test.
#![expect(unsafe_code, reason = "a global allocator is an unsafe trait")]

extern crate std;

use std::alloc::{GlobalAlloc, Layout, System};
use std::boxed::Box;
use std::cell::Cell;
use std::sync::Arc;
use std::thread;
use std::vec::Vec;

use super::{Reserve, ReservingAllocator, covered, open_here, try_arc};
use crate::support::OutOfMemory;

std::thread_local! {
    /// What is covered by a reserve is refused.
    static STRICT: Cell<bool> = const { Cell::new(false) };
    /// Everything is refused.
    static EMPTY: Cell<bool> = const { Cell::new(false) };
    /// The most that was used of a reserve, in thousandths.
    static MOST: Cell<usize> = const { Cell::new(0) };
}

struct Refusing;

fn refuses(size: usize) -> bool {
    if EMPTY.get() {
        return true;
    }
    if !STRICT.get() {
        return false;
    }
    let Some((used, all)) = open_here() else { return false };
    MOST.set(MOST.get().max((used + size) * 1000 / all));
    true
}

// SAFETY: every method hands its arguments to the system's allocator, or returns null, which is allowed.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise, handed on.
        if refuses(layout.size()) { std::ptr::null_mut() } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, handed on.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise, handed on.
        if refuses(size) { std::ptr::null_mut() } else { unsafe { System.realloc(memory, layout, size) } }
    }
}

fn here() -> usize {
    STRICT.with(|strict| std::ptr::from_ref(strict) as usize)
}

#[global_allocator]
static ALLOCATOR: ReservingAllocator<Refusing> = ReservingAllocator::new(Refusing, here);

/// Runs `run` on reserves alone; how much of one it used at most, in thousandths.
pub(crate) fn on_reserves_alone(run: impl FnOnce()) -> usize {
    MOST.set(0);
    STRICT.set(true);
    run();
    STRICT.set(false);
    MOST.get()
}

/// Runs `run` without any memory.
fn without_memory<R>(run: impl FnOnce() -> R) -> R {
    EMPTY.set(true);
    let result = run();
    EMPTY.set(false);
    result
}

#[test]
fn what_is_covered_is_there() {
    let mut reserve = Reserve::new();
    reserve.hold(4096).unwrap();
    let list = without_memory(|| {
        reserve.cover(2000, || {
            // Grows in steps, moves, and is given back in part.
            let mut list: Vec<u64> = (0..10).collect();
            list.extend(10..50);
            drop(Box::new([0u8; 300]));
            list
        })
    });
    let list = list.unwrap();
    assert!(list.iter().copied().eq(0..50));
    // What was given out outlives its holder.
    drop(reserve);
    assert_eq!(list.iter().sum::<u64>(), 1225);
    let mut moved = list;
    moved.extend(0..1000);
    assert_eq!(moved.len(), 1050);
}

#[test]
fn what_is_not_there_is_an_error() {
    let mut reserve = Reserve::new();
    reserve.hold(2000).unwrap();
    let called = Cell::new(false);
    assert_eq!(without_memory(|| reserve.cover(1 << 30, || called.set(true))), Err(OutOfMemory));
    assert!(!called.get());
    assert_eq!(without_memory(|| covered(1 << 30, || called.set(true))), Err(OutOfMemory));
    // Larger than any block that a test beside this one may have left, which would serve.
    assert!(without_memory(|| Reserve::for_arc::<[u8; 1 << 30]>().map(drop)).is_err());
    assert_eq!(*try_arc([7u8; 100]).unwrap(), [7; 100]);
    assert_eq!(covered(usize::MAX, || ()), Err(OutOfMemory));
}

#[test]
fn a_closed_reserve_serves_nobody() {
    let mut reserve = Reserve::new();
    let gate = reserve.hold(10_000).unwrap();
    assert!(without_memory(|| Vec::<u8>::new().try_reserve(1).is_err()));
    gate.open();
    // Nor does another thread's.
    thread::spawn(|| assert!(without_memory(|| Vec::<u8>::new().try_reserve(1).is_err()))).join().unwrap();
    assert!(without_memory(|| Vec::<u8>::new().try_reserve(1).is_ok()));
    assert!(without_memory(|| Vec::<u8>::new().try_reserve(1 << 30).is_err()));
    gate.close();
    assert!(without_memory(|| Vec::<u8>::new().try_reserve(1).is_err()));
}

#[test]
fn alignment_is_kept() {
    #[repr(align(512))]
    struct Wide(u8);
    let used = on_reserves_alone(|| {
        let wide = try_arc(Wide(3)).unwrap();
        assert_eq!((std::ptr::from_ref(&*wide) as usize % 512, wide.0), (0, 3));
    });
    assert!(used > 0);
}

#[test]
fn pieces_move_between_threads() {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            thread::spawn(|| {
                let mut kept = Vec::new();
                STRICT.set(true);
                for n in 0..2000usize {
                    kept.push(try_arc([n; 8]).unwrap());
                    if n % 3 == 0 {
                        kept.swap_remove(n % kept.len());
                    }
                }
                STRICT.set(false);
                kept
            })
        })
        .collect();
    // Freed here, while others still take.
    for thread in threads {
        let kept: Vec<Arc<[usize; 8]>> = thread.join().unwrap();
        assert!(kept.iter().all(|numbers| numbers.iter().all(|number| *number == numbers[0])));
    }
}
