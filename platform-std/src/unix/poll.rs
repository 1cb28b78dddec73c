//! Waiting: `poll(2)` and the real passage of time.
//!
//! In: descriptors and a span. Out: whether something may be ready. It does not know what the descriptors are.

use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;

use ringzero::platform::{
    ErrorKind, Interest, Readiness, Result, Scheduler, Wait, WaitHandle, Waited, Waker,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::{clock::monotonic_nanos, errno::kind, kernel, stat::span};

/// Gives the processor back to the operating system: sleeps are real, waits are `poll(2)`.
///
/// A signal that interrupts a wait does not end it; the time already waited counts. Its waker is an event descriptor
/// (`eventfd(2)`; elsewhere a pipe), one per store whose guest has waited and may be interrupted.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostScheduler;

impl Scheduler for HostScheduler {
    fn yield_now(&self) {
        rustix::thread::sched_yield();
    }

    fn wait(&self, waits: &[Wait], timeout: Option<u64>) -> Result<Waited> {
        let merged = merge(waits)?;
        let mut fds = Vec::new();
        fds.try_reserve_exact(merged.len()).map_err(|_| ErrorKind::OutOfMemory)?;
        for wait in merged {
            fds.push(PollFd::from_borrowed_fd(borrow(wait.handle)?, events(wait.interest)));
        }
        let deadline = timeout.map(|nanos| monotonic_nanos().saturating_add(nanos));
        loop {
            let left = deadline.map(|end| span(end.saturating_sub(monotonic_nanos())));
            match poll(&mut fds, left.as_ref()) {
                Ok(0) => return Ok(Waited::TimedOut),
                Ok(_) => return Ok(Waited::Woken),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(kind(errno)),
            }
        }
    }

    fn waker(&self) -> Result<Option<Arc<dyn Waker>>> {
        Ok(Some(Arc::new(kernel::Event::new().map_err(kind)?)))
    }
}

impl Waker for kernel::Event {
    fn wake(&self) {
        self.signal();
    }

    fn clear(&self) {
        self.clear();
    }

    fn wait_handle(&self) -> WaitHandle {
        handle(self.fd())
    }
}

/// Each handle once, with all that is wanted of it: `poll` refuses more entries than a process may have
/// descriptors, also where they name the same one.
fn merge(waits: &[Wait]) -> Result<Vec<Wait>> {
    let mut merged = Vec::new();
    merged.try_reserve_exact(waits.len()).map_err(|_| ErrorKind::OutOfMemory)?;
    merged.extend_from_slice(waits);
    merged.sort_unstable_by_key(|wait| wait.handle.0);
    merged.dedup_by(|later, first| {
        let same = later.handle == first.handle;
        if same {
            first.interest |= later.interest;
        }
        same
    });
    Ok(merged)
}

/// Asks a descriptor whether an operation would block now. One or two system calls.
pub(super) fn readiness(fd: BorrowedFd<'_>, interest: Interest) -> Result<Readiness> {
    const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut fds = [PollFd::from_borrowed_fd(fd, events(interest))];
    super::errno::uninterrupted(|| poll(&mut fds, Some(&NOW)))?;
    let found = fds[0].revents();
    if found.contains(PollFlags::NVAL) {
        return Err(ErrorKind::BadDescriptor);
    }
    if found.is_empty() {
        return Ok(Readiness::PENDING);
    }
    let bytes =
        if interest.contains(Interest::READ) { rustix::io::ioctl_fionread(fd).unwrap_or(0) } else { 0 };
    Ok(Readiness { ready: true, bytes, hangup: found.contains(PollFlags::HUP) })
}

/// Waits, without a limit, until the operation would not block.
pub(super) fn wait_for(fd: BorrowedFd<'_>, interest: Interest) -> Result<()> {
    let mut fds = [PollFd::from_borrowed_fd(fd, events(interest))];
    super::errno::uninterrupted(|| poll(&mut fds, None)).map(drop)
}

/// By what [`HostScheduler`] knows a descriptor.
pub(super) fn handle(fd: BorrowedFd<'_>) -> WaitHandle {
    WaitHandle(u64::from(fd.as_raw_fd().unsigned_abs()))
}

fn borrow(handle: WaitHandle) -> Result<BorrowedFd<'static>> {
    let fd = RawFd::try_from(handle.0).map_err(|_| ErrorKind::BadDescriptor)?;
    // SAFETY: not -1, since it came from an unsigned number. Who waits holds the source that the handle came
    // from; if it does not, `poll` answers POLLNVAL or watches another descriptor, which wakes it in vain, and
    // it neither reads, writes nor closes.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
}

fn events(interest: Interest) -> PollFlags {
    let mut flags = PollFlags::empty();
    if interest.contains(Interest::READ) {
        flags |= PollFlags::IN;
    }
    if interest.contains(Interest::WRITE) {
        flags |= PollFlags::OUT;
    }
    flags
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::super::{linux, posix};
    use super::*;

    #[test]
    fn both_kinds_of_events_are_ready_until_they_are_cleared() {
        let (linux, posix) = (linux::Event::new().unwrap(), posix::Event::new().unwrap());
        let ready = |fd| readiness(fd, Interest::READ).map(|found| found.ready);
        assert_eq!((ready(linux.fd()), ready(posix.fd())), (Ok(false), Ok(false)));
        // More often than a pipe has room.
        for _ in 0..70_000 {
            linux.signal();
            posix.signal();
        }
        assert_eq!((ready(linux.fd()), ready(posix.fd())), (Ok(true), Ok(true)));
        linux.clear();
        posix.clear();
        assert_eq!((ready(linux.fd()), ready(posix.fd())), (Ok(false), Ok(false)));
    }
}
