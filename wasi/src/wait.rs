//! The one place where a guest waits for a descriptor.
//!
//! In: a descriptor and an operation that may have to wait. Out: the operation's result. Waiting goes through
//! [`Scheduler::wait`], so whoever owns the scheduler can end it. It does not know what is transferred.

use ringzero::platform::{self, ErrorKind, FileFlags, Interest, Scheduler, Wait, Waited};

use crate::{errno::Errno, table::Descriptor};

/// Runs `operation` when `descriptor` is ready for it. A descriptor that does not wait answers `EAGAIN`; an
/// ended wait answers what the scheduler says (`EINTR`).
///
/// Without a wait handle, or with a scheduler that cannot wait, the operation waits by itself if it must.
pub(crate) fn until_done<R>(
    scheduler: &dyn Scheduler,
    descriptor: &Descriptor,
    interest: Interest,
    operation: &mut dyn FnMut() -> platform::Result<R>,
) -> Result<R, Errno> {
    let wait = descriptor.wait_handle().map(|handle| Wait { handle, interest });
    let nonblocking = descriptor.flags.contains(FileFlags::NONBLOCK);
    // Regular files leave here without a question to the platform.
    if (wait.is_none() && !nonblocking) || descriptor.object_nonblocking() {
        return Ok(operation()?);
    }
    loop {
        if !descriptor.ready(interest)?.ready {
            if nonblocking {
                return Err(Errno::Again);
            }
            if let Some(wait) = wait
                && scheduler.wait(&[wait], None)? == Waited::Woken
            {
                continue;
            }
        }
        match (operation(), wait) {
            // Someone else was quicker.
            (Err(ErrorKind::WouldBlock), Some(wait)) if !nonblocking => {
                if scheduler.wait(&[wait], None)? == Waited::TimedOut {
                    return Err(Errno::Again);
                }
            }
            (result, _) => return Ok(result?),
        }
    }
}
