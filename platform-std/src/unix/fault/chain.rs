//! Whoever handled a signal before.
//!
//! In: their actions, and signals that are none of ours. Out: the same as if they stood alone.

use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr::{null_mut, with_exposed_provenance};
use std::sync::atomic::{AtomicPtr, Ordering};

use super::SIGNALS;

/// The earlier actions, by position in [`SIGNALS`]. What is here is never freed: a handler may be looking at it.
static EARLIER: [AtomicPtr<libc::sigaction>; SIGNALS.len()] =
    [const { AtomicPtr::new(null_mut()) }; SIGNALS.len()];

/// Whether an action is a function.
pub(super) fn is_handler(action: &libc::sigaction) -> bool {
    action.sa_sigaction != libc::SIG_DFL && action.sa_sigaction != libc::SIG_IGN
}

/// From now on this is the earlier action.
pub(super) fn remember(index: usize, action: libc::sigaction) {
    EARLIER[index].store(Box::into_raw(Box::new(action)), Ordering::Release);
}

/// Does what would have been done without us. Everything here may be called in a signal handler.
///
/// # Safety
/// The arguments are those that the kernel called a handler of this signal with.
pub(super) unsafe fn pass_on(signal: c_int, fault: bool, info: *mut libc::siginfo_t, context: *mut c_void) {
    let Some(index) = SIGNALS.iter().position(|known| *known == signal) else {
        return;
    };
    // SAFETY: null, or what `remember` has made for ever.
    let Some(earlier) = (unsafe { EARLIER[index].load(Ordering::Acquire).as_ref() }) else {
        return by_default(signal, fault);
    };
    if !is_handler(earlier) {
        // A fault cannot be ignored: the kernel ends a process that does.
        return if fault || earlier.sa_sigaction == libc::SIG_DFL {
            by_default(signal, fault)
        };
    }
    if earlier.sa_flags & libc::SA_RESETHAND != 0 {
        // It wanted to be called once, and the default to be in force then.
        EARLIER[index].store(null_mut(), Ordering::Release);
    }
    // SAFETY: the caller's promise.
    unsafe { call(earlier, signal, info, context) }
}

/// Calls an earlier handler with the signals blocked that it wanted blocked. Returning from ours unblocks them, by the
/// mask in the context.
///
/// # Safety
/// The action is a handler; the other arguments are those that the kernel called ours with.
unsafe fn call(earlier: &libc::sigaction, signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let mut mask = earlier.sa_mask;
    if earlier.sa_flags & libc::SA_NODEFER == 0 {
        // SAFETY: a signal set of our own.
        unsafe { libc::sigaddset(&mut mask, signal) };
    }
    // SAFETY: a signal set of our own; the old mask is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &mask, null_mut()) };
    let handler = with_exposed_provenance::<()>(earlier.sa_sigaction);
    if earlier.sa_flags & libc::SA_SIGINFO != 0 {
        type Full = unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
        // SAFETY: the flag says that the function is of this type.
        let handler = unsafe { transmute::<*const (), Full>(handler) };
        // SAFETY: what the kernel would have called it with.
        unsafe { handler(signal, info, context) }
    } else {
        // SAFETY: without the flag it is of this type.
        let handler = unsafe { transmute::<*const (), unsafe extern "C" fn(c_int)>(handler) };
        // SAFETY: what the kernel would have called it with.
        unsafe { handler(signal) }
    }
}

/// Ends the process, with a core at the right place: the default is in force again, and a fault happens again as soon
/// as we return. What was sent is sent again.
fn by_default(signal: c_int, fault: bool) {
    // SAFETY: a plain record of numbers; zeros mean the default, no flags, and no signal blocked.
    let action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: the default is an action; the old one is not asked for.
    unsafe { libc::sigaction(signal, &action, null_mut()) };
    if !fault {
        // SAFETY: a signal to this thread may be sent at any time.
        unsafe { libc::raise(signal) };
    }
}
