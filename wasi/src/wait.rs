//! The one place where a guest waits, and where it is noticed that it shall stop.
//!
//! In: an operation that may have to wait, or work that takes long. Out: its result. Waiting goes through
//! [`Scheduler::wait`], so whoever owns the scheduler can end it; where guests may be interrupted, an interruption
//! and the store's deadline end it too. It does not know what is transferred, nor how a guest is stopped: an
//! interruption is an `EINTR` that leaves a note for whoever called on the guest's behalf.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};

use ringzero::Interruption;
use ringzero::platform::{self, ErrorKind, FileFlags, Interest, Scheduler, Wait, Waited, Waker};
use spin::Mutex;

use crate::{errno::Errno, table::Descriptor};

/// How a guest waits.
pub(crate) struct Pause {
    scheduler: Arc<dyn Scheduler>,
    /// Ends the scheduler's waits. Made when it is first needed.
    waker: Mutex<Option<Arc<dyn Waker>>>,
    /// Whether the guest shall stop, for the call under way.
    interruption: Option<Interruption>,
    /// Whether the call under way has been interrupted.
    interrupted: AtomicBool,
    /// What an earlier, interrupted part of the call under way has done; then, what the next part shall know.
    progress: Option<Progress>,
}

/// What a function has done when it is interrupted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Progress {
    /// Nothing that lasts: it begins anew.
    Nothing,
    /// So many bytes are transferred.
    Bytes(usize),
    /// A listing is written up to a cookie.
    Listing { used: usize, cookie: u64 },
    /// A poll goes on for the times that it began with.
    Poll { origin: [Option<u64>; 2], waited: u64 },
}

impl Pause {
    pub(crate) fn new(scheduler: Arc<dyn Scheduler>) -> Self {
        Self {
            scheduler,
            waker: Mutex::new(None),
            interruption: None,
            interrupted: AtomicBool::new(false),
            progress: None,
        }
    }

    pub(crate) fn scheduler(&self) -> &dyn Scheduler {
        &*self.scheduler
    }

    /// A call begins, or goes on after an interruption.
    pub(crate) fn begin(&mut self, interruption: Option<Interruption>, progress: Option<Progress>) {
        self.interruption = interruption;
        self.progress = progress;
        *self.interrupted.get_mut() = false;
    }

    /// The call ends. If that is because it was interrupted: what it shall know when it goes on.
    pub(crate) fn end(&mut self, result: Result<(), Errno>) -> Option<Progress> {
        self.interruption = None;
        let progress = self.progress.take().unwrap_or(Progress::Nothing);
        (result == Err(Errno::Intr) && *self.interrupted.get_mut()).then_some(progress)
    }

    /// Whether the call under way goes on after an interruption.
    pub(crate) fn is_resumed(&self) -> bool {
        self.progress.is_some()
    }

    /// What the call under way did before it was interrupted.
    pub(crate) fn progress(&mut self) -> Option<Progress> {
        self.progress.take()
    }

    /// Notes what the call under way has done.
    pub(crate) fn keep(&mut self, progress: Progress) {
        self.progress = Some(progress);
    }

    /// Whether the guest may be interrupted at all, so that long work is to be done in pieces.
    pub(crate) fn interruptible(&self) -> bool {
        self.interruption.is_some()
    }

    /// Whether the call under way has been interrupted.
    pub(crate) fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Answers `EINTR` if the guest shall stop.
    pub(crate) fn check(&self) -> Result<(), Errno> {
        let Some(Err(_)) = self.interruption.as_ref().map(Interruption::check) else {
            return Ok(());
        };
        self.interrupted.store(true, Ordering::Relaxed);
        Err(Errno::Intr)
    }

    /// Waits as [`Scheduler::wait`]. Answers `EINTR` if the guest shall stop.
    pub(crate) fn wait(&self, waits: &[Wait], timeout: Option<u64>) -> Result<Waited, Errno> {
        let Some(interruption) = &self.interruption else {
            return Ok(self.scheduler.wait(waits, timeout)?);
        };
        self.check()?;
        let waker = self.waker();
        let waited = interruption.wait(&*self.scheduler, waker.as_ref(), waits, timeout)?;
        if waited == Waited::Woken {
            self.check()?;
        }
        Ok(waited)
    }

    /// The scheduler's waker. Where none can be made now (too few descriptors), a later wait tries again.
    fn waker(&self) -> Option<Arc<dyn Waker>> {
        let mut slot = self.waker.lock();
        if slot.is_none() {
            *slot = self.scheduler.waker().unwrap_or_default();
        }
        slot.clone()
    }
}

/// How an operation is to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It waits, if its object does.
    Plain,
    /// It answers that it would wait.
    Try,
}

/// Whether waiting for `descriptor` is done here: it waits, and it can be waited for.
pub(crate) fn waits_here(descriptor: &Descriptor) -> bool {
    descriptor.wait_handle().is_some() && !descriptor.nonblocking()
}

/// Runs `operation` when `descriptor` is ready for it. A descriptor that does not wait answers `EAGAIN`; an
/// ended wait answers what the scheduler says (`EINTR`).
///
/// Without a wait handle, or with a scheduler that cannot wait, the operation waits by itself if it must.
pub(crate) fn until_done<R>(
    pause: &Pause,
    descriptor: &Descriptor,
    interest: Interest,
    operation: &mut dyn FnMut(Mode) -> platform::Result<R>,
) -> Result<R, Errno> {
    let wait = descriptor.wait_handle().map(|handle| Wait { handle, interest });
    let nonblocking = descriptor.flags.contains(FileFlags::NONBLOCK);
    // Regular files leave here without a question to the platform.
    if (wait.is_none() && !nonblocking) || descriptor.object_nonblocking() {
        return Ok(operation(Mode::Plain)?);
    }
    loop {
        match (operation(Mode::Try), wait) {
            (Err(ErrorKind::WouldBlock), Some(wait)) if !nonblocking => {
                if pause.wait(&[wait], None)? != Waited::Woken {
                    return Ok(operation(Mode::Plain)?);
                }
            }
            (result, _) => return Ok(result?),
        }
    }
}
