//! What the outside world offers: small traits with safe defaults, owned here and implemented above.
//!
//! In: nothing. Out: the traits that a kernel, a unikernel or an operating system fills, and the values
//! they speak in ([`ErrorKind`], [`Stat`], [`Readiness`] …). It does not know WebAssembly, WASI or any
//! operating system, and it never asks which one it runs on: a capability is present or absent.
//!
//! Everything here is a cold path: loads, stores and calls of a guest never cross it.

mod clock;
mod error;
mod fault;
mod fs;
mod kept;
mod memory;
pub mod path;
#[cfg(test)]
mod path_tests;
mod poll;
mod profiler;
mod read_only;
mod stream;
pub mod testing;

pub use clock::{Clock, FakeClock};
pub use error::{ErrorKind, Result};
pub use fault::{Access, Fault, FaultHandler, FaultHook, FaultKind, Registers, Verdict};
pub use fs::{
    Advice, Dir, DirEntry, File, FileFlags, FileType, Node, OpenOptions, SeekFrom, SetTime, Stat, Step,
};
pub(crate) use kept::Kept;
pub use memory::{Image, Protection, VirtualMemory};
pub use poll::{Interest, Readiness, Scheduler, Wait, WaitHandle, Waited, Waker};
pub use profiler::{Profiler, PublishedFunction};
pub use read_only::ReadOnly;
pub use stream::{Connection, Empty, Listener, RecvFlags, Shutdown, Sink, Stream};

/// A source of unpredictable bytes. Nearest call: `getrandom(2)`.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer, or fails and leaves its content unspecified.
    ///
    /// # Errors
    /// [`ErrorKind::NotImplemented`] where there is no source, [`ErrorKind::Io`] where it failed.
    /// It never answers with predictable bytes.
    fn fill(&self, buffer: &mut [u8]) -> Result<()>;
}

/// What an [`Engine`](crate::Engine) asks of its surroundings. Every method has a safe default, so that the
/// smallest platform is an empty `impl`.
pub trait Platform: Send + Sync {
    /// Address space to reserve and commit page by page; without it linear memories live on the heap.
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        None
    }

    /// Faults of the processor. Without it machine code compares before each access, and stacks have a limit but no
    /// guard page.
    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        None
    }

    /// The clock that deadlines are told by ([`Store::set_deadline`](crate::Store::set_deadline)); only its monotonic
    /// half is read, after every 50 µs or so that a guest with a deadline runs. Without it there are no deadlines.
    fn clock(&self) -> Option<&dyn Clock> {
        None
    }

    /// How many pieces of work [`in_parallel`](Self::in_parallel) does at once, at least 1.
    fn parallelism(&self) -> usize {
        1
    }

    /// Does so many pieces of work, numbered from 0, each once, and returns when all are done; which threads do them is
    /// its choice, this one among them. The default does one after the other. Modules are compiled so.
    fn in_parallel(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..count).for_each(work);
    }

    /// Runs one host call and reports whether it panicked. An operating system's platform catches the unwind;
    /// where a panic aborts there is nothing to catch, and the default only calls.
    fn guard(&self, call: &mut dyn FnMut()) -> core::result::Result<(), HostPanic> {
        call();
        Ok(())
    }

    /// Runs machine code, of which each call from the host into a guest is one: on a thread that is
    /// [ready](FaultHook::prepare_thread) for its faults, and [guarded](Self::guard), since a panic of a host function comes
    /// past the guest's frames to here. The default does one after the other; a platform that can do both in fewer steps
    /// makes such calls shorter.
    ///
    /// # Errors
    /// What `prepare_thread` says; the code has not run then.
    fn enter(&self, code: &mut dyn FnMut()) -> Entered {
        if let Some(hook) = self.fault_hook() {
            hook.prepare_thread()?;
        }
        Ok(self.guard(code))
    }
}

/// What [`Platform::enter`] answers: why the thread is not ready, or whether a host function panicked.
pub type Entered = Result<core::result::Result<(), HostPanic>>;

/// A host function panicked and the platform caught it. The host's bug, never the guest's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPanic;

/// The platform that offers nothing: memories on the heap, panics not caught.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPlatform;

impl Platform for NoPlatform {}
