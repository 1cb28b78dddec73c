//! A stack for machine code.
//!
//! In: a size. Out: memory that can be written, with a guard below it that can not. Nothing on it refers to the host's
//! stack for longer than the host is inside a call, so it can be left and taken up again.

use core::ptr::NonNull;

use crate::abi::STACK_SLACK;
use crate::platform::{ErrorKind, Kept, Result, VirtualMemory};

/// Bytes below a stack that nobody can access: a frame of up to this size cannot step over them.
const GUARD: usize = 64 << 10;

/// A stack. Dropped, its memory is given back.
pub(crate) struct Stack {
    pages: Kept<dyn VirtualMemory>,
    start: NonNull<u8>,
    reserved: usize,
    guard: usize,
}

// SAFETY: it owns its memory, which belongs to no thread.
unsafe impl Send for Stack {}
// SAFETY: a shared one gives out numbers only.
unsafe impl Sync for Stack {}

impl Stack {
    /// A stack of at least `size` bytes above its limit.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]; whatever else the platform meets.
    pub(crate) fn new(pages: &Kept<dyn VirtualMemory>, size: usize) -> Result<Self> {
        let whole = |bytes: usize| bytes.checked_next_multiple_of(pages.page_size());
        let guard = whole(GUARD).ok_or(ErrorKind::OutOfMemory)?;
        let usable = size.checked_add(STACK_SLACK).and_then(whole).ok_or(ErrorKind::OutOfMemory)?;
        let reserved = usable.checked_add(guard).ok_or(ErrorKind::OutOfMemory)?;
        let start = pages.reserve(reserved)?;
        // From here on it is given back when dropped.
        let stack = Self { pages: pages.clone(), start, reserved, guard };
        // SAFETY: the guard is a part of the reservation.
        let first = unsafe { start.add(guard) };
        // SAFETY: the rest of the reservation.
        unsafe { pages.commit(first, usable) }?;
        Ok(stack)
    }

    /// Behind its highest byte. A multiple of 16.
    pub(super) fn top(&self) -> NonNull<u8> {
        // SAFETY: the end of the reservation.
        unsafe { self.start.add(self.reserved) }
    }

    /// The lowest address that frames may reach down to.
    pub(super) fn limit(&self) -> usize {
        self.start.as_ptr() as usize + self.guard + STACK_SLACK
    }

    /// The guard: where it starts and where it ends.
    pub(super) fn guard(&self) -> [usize; 2] {
        let start = self.start.as_ptr() as usize;
        [start, start + self.guard]
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the whole reservation; calls on it borrow the stack.
        unsafe { self.pages.release(self.start, self.reserved) };
    }
}
