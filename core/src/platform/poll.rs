//! The one wait: files, sockets, timers, all through [`Scheduler::wait`].
//!
//! In: handles and a deadline. Out: whether something may be ready. Who waits asks each source again
//! afterwards ([`ready`](super::Stream::ready)), so a spurious wake-up is harmless.

use alloc::sync::Arc;

use super::Result;

bitflags::bitflags! {
    /// What a waiter wants to do.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Interest: u8 {
        /// Read without blocking.
        const READ = 1;
        /// Write without blocking.
        const WRITE = 2;
    }
}

/// What a source answers when asked whether an operation would block now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// The operation would not block (data, end of stream, or an error waits).
    pub ready: bool,
    /// Bytes that can be transferred at once; 0 where unknown.
    pub bytes: u64,
    /// The peer has hung up.
    pub hangup: bool,
}

impl Readiness {
    /// Ready, with an unknown number of bytes.
    pub const READY: Self = Self { ready: true, bytes: 0, hangup: false };
    /// Would block.
    pub const PENDING: Self = Self { ready: false, bytes: 0, hangup: false };
}

/// A number by which a platform's [`Scheduler`] knows one of its own sources (a descriptor on Unix). Its
/// meaning is private to the platform; nothing else may interpret it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WaitHandle(pub u64);

/// One thing to wait for.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// The source.
    pub handle: WaitHandle,
    /// What is wanted of it.
    pub interest: Interest,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// A source may be ready.
    Woken,
    /// The time has passed.
    TimedOut,
    /// Nothing was waited for and no time has passed: the scheduler only pretends. Asking it again is in vain.
    Skipped,
}

/// Gives the processor away. The default gives nothing: yields are free and sleeps end at once (fake time).
pub trait Scheduler: Send + Sync {
    /// Lets others run. Nearest call: `sched_yield(2)`.
    fn yield_now(&self) {}

    /// Waits until a source may be ready or `timeout` nanoseconds have passed (`None`: no limit).
    ///
    /// The default returns [`Waited::Skipped`] at once: a fake sleep.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`](super::ErrorKind::Interrupted) and what the platform says.
    fn wait(&self, waits: &[Wait], timeout: Option<u64>) -> Result<Waited> {
        let _ = (waits, timeout);
        Ok(Waited::Skipped)
    }

    /// Something that ends a [`wait`](Self::wait) of this scheduler from elsewhere: it is one more source to wait
    /// for. Each store that waits asks for one, once. Nearest call: `eventfd(2)`.
    ///
    /// The default has none. Where a guest may be interrupted its waits are then cut into slices of half a
    /// millisecond, after each of which it looks. A scheduler that hands its waits on to another hands this on,
    /// too.
    ///
    /// # Errors
    /// What the platform says; the caller goes on as if there were none.
    fn waker(&self) -> Result<Option<Arc<dyn Waker>>> {
        Ok(None)
    }
}

/// A source that is ready when somebody has said so. On an operating system it writes to an event descriptor, in a
/// kernel it makes a task runnable.
pub trait Waker: Send + Sync {
    /// Ends the wait for it, or the next one, if nobody waits. It is called from any thread, and where an
    /// interrupt handler uses an [`InterruptHandle`](crate::InterruptHandle), from there: it neither waits nor
    /// allocates.
    fn wake(&self);

    /// Forgets earlier wakes: from now on a wait for it lasts until the next one.
    fn clear(&self);

    /// By what its scheduler knows it. It is waited for to be [read](Interest::READ).
    fn wait_handle(&self) -> WaitHandle;
}
