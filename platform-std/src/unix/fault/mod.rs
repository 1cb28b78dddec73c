//! Faults of the processor, by signals.
//!
//! In: `SIGSEGV`, `SIGBUS`, `SIGILL` and `SIGFPE`. Out: the core's handler is asked first; what is none of its
//! business goes to whoever handled the signal before, as if nothing stood between. It does not know machine code.
//!
//! What a signal's context looks like differs from one system to the next: `linux.rs` and `macos.rs` export the same
//! names.

mod chain;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod stack;

#[cfg(target_os = "linux")]
use linux as context;
#[cfg(target_os = "macos")]
use macos as context;

use std::ffi::{c_int, c_void};
use std::io;
use std::ptr::{fn_addr_eq, null, null_mut};
use std::sync::{Mutex, OnceLock, PoisonError};

use ringzero::platform::{ErrorKind, Fault, FaultHandler, FaultHook, Result, Verdict};
use rustix::io::Errno;

use super::errno::kind;

/// The signals that a processor's faults become.
const SIGNALS: [c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

/// Who is asked. Reading it in a signal handler is a load: it is set before any of our handlers is there.
static HANDLER: OnceLock<FaultHandler> = OnceLock::new();
/// Whether all signals have been taken over.
static INSTALLED: Mutex<bool> = Mutex::new(false);

/// The process's signals.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signals;

// SAFETY: the kernel runs a signal's handler on the faulting thread, on the alternate stack that `prepare_thread` has
// seen to, and goes on with the registers that the handler leaves in the context.
unsafe impl FaultHook for Signals {
    fn install(&self, handler: FaultHandler) -> Result<()> {
        if !fn_addr_eq(*HANDLER.get_or_init(|| handler), handler) {
            return Err(ErrorKind::Busy);
        }
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if !*installed {
            for (index, signal) in SIGNALS.into_iter().enumerate() {
                take_over(index, signal)?;
            }
            *installed = true;
        }
        Ok(())
    }

    #[inline]
    fn prepare_thread(&self) -> Result<()> {
        stack::prepare()
    }
}

/// Puts our handler before the present one.
fn take_over(index: usize, signal: c_int) -> Result<()> {
    let before = action(signal, None)?;
    if before.sa_sigaction == ours() {
        return Ok(());
    }
    // Before ours is there: it may be called at once.
    chain::remember(index, before);
    let mut action_of_ours = before;
    action_of_ours.sa_sigaction = ours();
    // With its signal not blocked, and no other either, it runs under the mask of the interrupted code, which is what
    // an earlier handler's mask is to be added to. A signal that was ignored, or ended the process, interrupted no
    // system call.
    let restart =
        if chain::is_handler(&before) { before.sa_flags & libc::SA_RESTART } else { libc::SA_RESTART };
    action_of_ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER | restart;
    // SAFETY: a signal set of our own, which this makes empty.
    unsafe { libc::sigemptyset(&mut action_of_ours.sa_mask) };
    let replaced = action(signal, Some(&action_of_ours))?;
    if replaced.sa_sigaction != before.sa_sigaction {
        // Somebody else has been here in between.
        chain::remember(index, replaced);
    }
    Ok(())
}

/// Our handler, as an action names it.
fn ours() -> libc::sighandler_t {
    on_signal as *const () as libc::sighandler_t
}

/// What is done about a signal, and from now on this, if there is something.
fn action(signal: c_int, new: Option<&libc::sigaction>) -> Result<libc::sigaction> {
    // SAFETY: a plain record of numbers, for which zeros are values.
    let mut old: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: the new action, if there is one, names a handler that may be called at any time from now on; the old one
    // is ours to be written.
    match unsafe { libc::sigaction(signal, new.map_or(null(), std::ptr::from_ref), &mut old) } {
        0 => Ok(old),
        _ => Err(last_error()),
    }
}

/// What the last call of the C library says.
fn last_error() -> ErrorKind {
    io::Error::last_os_error()
        .raw_os_error()
        .map_or(ErrorKind::Io, |errno| kind(Errno::from_raw_os_error(errno)))
}

/// Called by the kernel.
unsafe extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel hands over the description of this signal.
    let code = unsafe { (*info).si_code };
    // What somebody sent has no code, a negative one, or one beyond: the registers say nothing about it.
    let fault = (1..0x1_0000).contains(&code);
    // SAFETY: the kernel hands over the context, of the type that its system has.
    if fault && unsafe { resolved(context.cast()) } {
        return;
    }
    // SAFETY: as the kernel gave them.
    unsafe { chain::pass_on(signal, fault, info, context) }
}

/// Asks the handler, and does what it says.
///
/// # Safety
/// The context is that of a fault which has just happened on this thread.
unsafe fn resolved(context: *mut libc::ucontext_t) -> bool {
    // SAFETY: the context is there while this thread's handler runs, and nobody else looks at it meanwhile.
    let context = unsafe { &mut *context };
    let (Some(handler), Some(kind)) = (HANDLER.get(), context::kind(context)) else {
        return false;
    };
    let mut fault = Fault { kind, registers: context::registers(context) };
    // SAFETY: the caller's promise; this thread is in the signal's handler until it returns.
    match unsafe { handler(&mut fault) } {
        Verdict::Resume => {
            context::set_registers(context, &fault.registers);
            true
        }
        Verdict::Pass => false,
    }
}

/// What `sigaltstack(2)` says of this thread, and from now on this, if there is something.
fn signal_stack(new: Option<&libc::stack_t>) -> Result<libc::stack_t> {
    let mut old = libc::stack_t { ss_sp: null_mut(), ss_flags: 0, ss_size: 0 };
    // SAFETY: a new stack, if there is one, is exclusive to this thread until it is taken back; the old one's
    // description is ours to be written.
    match unsafe { libc::sigaltstack(new.map_or(null(), std::ptr::from_ref), &mut old) } {
        0 => Ok(old),
        _ => Err(last_error()),
    }
}
