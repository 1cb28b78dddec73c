//! The stack that a thread's signal handlers run on.
//!
//! In: a thread that is about to run machine code. Out: it has an alternate stack that is large enough. A stack that
//! has overflowed into its guard page has no room for a signal's frame: without another one the kernel ends the
//! process. The standard library gives its threads a small one, other threads have none.

use std::cell::{Cell, OnceCell};
use std::ptr::NonNull;

use ringzero::platform::{ErrorKind, Result, VirtualMemory};

use super::signal_stack;
use crate::os::Pages;

/// Bytes that are enough: the largest frame that processors of today need (11 KiB), our handler, and an earlier one.
const ENOUGH: usize = 32 << 10;
/// Bytes of a stack of ours. Below it is a guard page.
const SIZE: usize = 64 << 10;

thread_local! {
    static PREPARED: OnceCell<Prepared> = const { OnceCell::new() };
    /// Whether `PREPARED` is there. Each call asks: this needs no destructor, and so no look at whether it has run.
    static READY: Cell<bool> = const { Cell::new(false) };
}

/// A thread with a stack for signals.
enum Prepared {
    /// It had one.
    Before,
    /// It has one of ours.
    Ours { start: NonNull<u8>, len: usize },
}

/// Makes the calling thread ready.
#[inline]
pub(super) fn prepare() -> Result<()> {
    if READY.get() { Ok(()) } else { first() }
}

#[cold]
fn first() -> Result<()> {
    let ready = PREPARED.try_with(|prepared| {
        if prepared.get().is_none() {
            let _ = prepared.set(Prepared::new()?);
        }
        READY.set(true);
        Ok(())
    });
    // A thread that is being torn down.
    ready.unwrap_or(Err(ErrorKind::NotSupported))
}

impl Prepared {
    fn new() -> Result<Self> {
        let old = signal_stack(None)?;
        if old.ss_flags & libc::SS_DISABLE == 0 && old.ss_size >= ENOUGH {
            return Ok(Self::Before);
        }
        let guard = Pages.page_size();
        let len = SIZE.next_multiple_of(guard) + guard;
        let start = Pages.reserve(len)?;
        // From here on it is given back when dropped.
        let ours = Self::Ours { start, len };
        // SAFETY: the guard page is a part of the reservation.
        let stack = unsafe { start.add(guard) };
        // SAFETY: the rest of our own reservation, not used yet.
        unsafe { Pages.commit(stack, len - guard) }?;
        let new = libc::stack_t { ss_sp: stack.as_ptr().cast(), ss_flags: 0, ss_size: len - guard };
        signal_stack(Some(&new))?;
        Ok(ours)
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        READY.set(false);
        let Self::Ours { start, len } = *self else { return };
        let inside = |stack: &libc::stack_t| {
            let (first, stack) = (start.as_ptr() as usize, stack.ss_sp as usize);
            (first..first + len).contains(&stack)
        };
        if signal_stack(None).is_ok_and(|now| inside(&now)) {
            let none =
                libc::stack_t { ss_sp: std::ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: SIZE };
            if signal_stack(Some(&none)).is_err() {
                // It is in use; better a leak than a stack that is gone.
                return;
            }
        }
        // SAFETY: our whole reservation, which the thread's signals do not use any more.
        unsafe { Pages.release(start, len) };
    }
}
