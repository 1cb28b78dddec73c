//! The allocator that serves reserves.
//!
//! In: requests for memory. Out: what the wrapped allocator answers, or where it has none a piece of a reserve
//! that who asks holds open.
#![expect(unsafe_code, reason = "a global allocator is an unsafe trait")]

use core::alloc::{GlobalAlloc, Layout};

use super::block::{announce, give_back, is_piece, may_be_piece, take};

/// A global allocator that keeps what ringzero holds in reserve for code that cannot report a failed allocation:
/// see [the module](crate::reserve).
#[derive(Debug)]
pub struct ReservingAllocator<A> {
    inner: A,
    here: fn() -> usize,
}

impl<A> ReservingAllocator<A> {
    /// Around `inner`. `here` tells who asks: it gives the same number as long as the same code runs on, and
    /// different ones to all that may run at the same time. It must not allocate. Where only one thread ever
    /// runs, any constant will do.
    pub const fn new(inner: A, here: fn() -> usize) -> Self {
        Self { inner, here }
    }

    /// The wrapped allocator.
    pub const fn inner(&self) -> &A {
        &self.inner
    }
}

// SAFETY: memory comes from the wrapped allocator, or is a piece of a block of a reserve, which nobody else has;
// each goes back to where it came from.
unsafe impl<A: GlobalAlloc> GlobalAlloc for ReservingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        announce(self.here);
        // SAFETY: the caller's promise, handed on.
        let memory = unsafe { self.inner.alloc(layout) };
        if memory.is_null() { take(layout) } else { memory }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        announce(self.here);
        // SAFETY: the caller's promise, handed on.
        let memory = unsafe { self.inner.alloc_zeroed(layout) };
        if !memory.is_null() {
            return memory;
        }
        let piece = take(layout);
        if !piece.is_null() {
            // SAFETY: the piece has the layout's size.
            unsafe { piece.write_bytes(0, layout.size()) };
        }
        piece
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise: nobody uses the memory any more, which has this layout.
        if may_be_piece() && unsafe { give_back(memory, layout.size()) } {
            return;
        }
        // SAFETY: it is no piece, so it came from the wrapped allocator; the caller's promise, handed on.
        unsafe { self.inner.dealloc(memory, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the new size makes a layout with the old alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let moved = if may_be_piece() && is_piece(memory) {
            // SAFETY: the caller's promise: the size is not 0.
            unsafe { self.alloc(wanted) }
        } else {
            // SAFETY: it is no piece, so it came from the wrapped allocator; the caller's promise, handed on.
            let moved = unsafe { self.inner.realloc(memory, layout, size) };
            if !moved.is_null() {
                return moved;
            }
            take(wanted)
        };
        if !moved.is_null() {
            // SAFETY: both have at least so many bytes, and fresh memory overlaps nothing.
            unsafe { moved.copy_from_nonoverlapping(memory, layout.size().min(size)) };
            // SAFETY: the caller's promise; the contents have moved.
            unsafe { self.dealloc(memory, layout) };
        }
        moved
    }
}
