//! Surviving exhaustion: memory held in reserve for code that cannot report that there is none.
//!
//! Nearly everything in this crate reports a failed allocation as an [`Error`](crate::Error). What cannot do so
//! are the library that decodes and validates modules, and [`Arc`], which stable Rust offers without an answer for
//! failure: there, Rust's `handle_alloc_error` ends the program, or panics in a kernel. An embedder that wants to
//! survive that, too, puts a [`ReservingAllocator`] around its global allocator:
//!
//! ```
//! use std::alloc::System;
//! use ringzero::reserve::ReservingAllocator;
//!
//! /// Who asks: any number that differs between all that run at the same time. In a kernel without
//! /// preemption that is the processor's number, with preemption the task's; here, an address of each thread.
//! fn here() -> usize {
//!     std::thread_local! { static HERE: u8 = const { 0 } }
//!     HERE.with(|here| std::ptr::from_ref(here) as usize)
//! }
//!
//! #[global_allocator]
//! static ALLOCATOR: ReservingAllocator<System> = ReservingAllocator::new(System, here);
//! # let engine = ringzero::Engine::default();
//! # assert!(ringzero::Module::new(&engine, b"\0asm\x01\0\0\0").is_ok());
//! ```
//!
//! Then, before such code is entered, as many bytes are taken in reserve as it can need at most. If there are not
//! so many, the answer is an error of [`Category::OutOfMemory`](crate::Category::OutOfMemory). If there are, an
//! allocation that the wrapped allocator refuses meanwhile is made from the reserve. Without the wrapper no
//! reserve is taken.
//!
//! **Cost.** Where memory is plenty, a load and a branch for each allocation and each deallocation, and one
//! allocation per module loaded: the reserve is held until loading ends, and is not written to. Its size follows
//! from the module: about 150 KiB for the operators of functions, and for each other section some hundred bytes
//! per entry (a thousand per import or export).
//!
//! **What stays.** Pieces of a reserve are freed like any others; the whole reserve when the last of them is.
//!
//! A global allocator must not be called by an interrupt handler that may have interrupted it; that holds for
//! this one as for most.

mod allocator;
mod block;
#[cfg(test)]
pub(crate) mod tests;

use alloc::sync::Arc;

pub use allocator::ReservingAllocator;
pub(crate) use block::Gate;
pub use block::Reserve;
#[cfg(test)]
use block::open_here;

use super::OutOfMemory;

/// Calls what cannot report a failed allocation, with `bytes` in reserve for it: where a [`ReservingAllocator`] is
/// installed, what `call` allocates is there. What is allocated is summed up, what is freed again included, at up to
/// 16 bytes more for each allocation.
///
/// # Errors
/// [`OutOfMemory`]: there is not so much; `call` was not called. Cost: an allocation of `bytes` where a
/// [`ReservingAllocator`] is installed, a load elsewhere.
pub fn covered<R>(bytes: usize, call: impl FnOnce() -> R) -> Result<R, OutOfMemory> {
    Reserve::new().cover(bytes, call)
}

/// [`Arc::new`], which reports instead of aborting where a [`ReservingAllocator`] is installed.
///
/// # Errors
/// [`OutOfMemory`]. Cost: two allocations where a [`ReservingAllocator`] is installed, one elsewhere.
pub fn try_arc<T>(value: T) -> Result<Arc<T>, OutOfMemory> {
    Reserve::for_arc::<T>()?.into_arc(value)
}

/// What an `Arc` of a value takes: two counts, the value, and padding for its alignment.
const fn arc_bytes<T>() -> usize {
    size_of::<T>() + 2 * align_of::<T>() + 2 * size_of::<usize>() + 16
}

impl Reserve {
    /// Holds what one [`Arc`] takes, to be made later by [`into_arc`](Self::into_arc): after something that should
    /// not happen if it then cannot be made.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn for_arc<T>() -> Result<Self, OutOfMemory> {
        let mut reserve = Self::new();
        reserve.hold(arc_bytes::<T>())?;
        Ok(reserve)
    }

    /// Makes an [`Arc`].
    ///
    /// # Errors
    /// [`OutOfMemory`]; none where this is [`for_arc`](Self::for_arc) of the same type.
    pub fn into_arc<T>(mut self, value: T) -> Result<Arc<T>, OutOfMemory> {
        self.cover(arc_bytes::<T>(), || Arc::new(value))
    }
}
