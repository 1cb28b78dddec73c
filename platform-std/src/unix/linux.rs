//! What only Linux has: directory offsets that survive changes, writing at an offset in append mode, opening a
//! directory that may be entered and not read.
//!
//! In: descriptors. Out: the same names as `posix.rs`.

use std::io::{IoSlice, IoSliceMut};
use std::num::NonZeroU64;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use ringzero::platform::{Advice, DirEntry, ErrorKind, FileType, Result, Step};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fs::{
    CWD, FallocateFlags, Mode, OFlags, RawDir, fadvise, fallocate, fcntl_getfl, fstat, major, minor, openat,
};
use rustix::io::{Errno, ReadWriteFlags, preadv2, pwritev2};
use rustix::net::SendFlags;
use rustix::termios::isatty;

use super::{errno::kind, stat};

/// A broken connection answers an error instead of killing the process.
pub(super) const SEND: SendFlags = SendFlags::NOSIGNAL;

/// `RWF_NOAPPEND`, since Linux 6.9.
const NO_APPEND: ReadWriteFlags = ReadWriteFlags::from_bits_retain(0x20);
/// What one `getdents64(2)` may fill.
const BATCH: usize = 32 << 10;

/// Writes at `offset` although the file is in append mode; `EOPNOTSUPP` where the kernel cannot.
pub(super) fn write_at_despite_append(
    fd: BorrowedFd<'_>,
    list: &[IoSlice<'_>],
    offset: u64,
) -> rustix::io::Result<usize> {
    pwritev2(fd, list, offset, NO_APPEND)
}

/// The number of `/dev/ptmx`.
const PTMX: (u32, u32) = (5, 2);
/// The offset that means the file's own.
const HERE: u64 = u64::MAX;

/// Reads what is there; `EAGAIN` if nothing is, `EOPNOTSUPP` where the kernel cannot promise not to wait (terminals;
/// pipes before Linux 6.4).
pub(super) fn read_now(fd: BorrowedFd<'_>, list: &mut [IoSliceMut<'_>]) -> rustix::io::Result<usize> {
    preadv2(fd, list, HERE, ReadWriteFlags::NOWAIT)
}

/// Writes what there is room for; otherwise as [`read_now`].
pub(super) fn write_now(fd: BorrowedFd<'_>, list: &[IoSlice<'_>]) -> rustix::io::Result<usize> {
    pwritev2(fd, list, HERE, ReadWriteFlags::NOWAIT)
}

/// Opens what a descriptor refers to once more, so that it has a non-blocking mode of its own; `None` where that is
/// not allowed, or might do more than that.
pub(super) fn apart(fd: BorrowedFd<'_>) -> Option<OwnedFd> {
    let found = fstat(fd).ok()?;
    if stat::stat(&found).file_type != FileType::Fifo && !isatty(fd) {
        return None;
    }
    // Opening the controlling side of a terminal makes a new terminal.
    if (major(found.st_rdev), minor(found.st_rdev)) == PTMX {
        return None;
    }
    let access = fcntl_getfl(fd).ok()? & OFlags::ACCMODE;
    let flags = access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let again = openat(CWD, format!("/proc/self/fd/{}", fd.as_raw_fd()), flags, Mode::empty()).ok()?;
    let same = fstat(&again).ok()?;
    ((same.st_dev, same.st_ino) == (found.st_dev, found.st_ino)).then_some(again)
}

/// A descriptor that can be read once it has been signalled, until it is cleared.
pub(super) struct Event(OwnedFd);

impl Event {
    pub(super) fn new() -> rustix::io::Result<Self> {
        eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map(Self)
    }

    pub(super) fn signal(&self) {
        // It fails where it has been signalled 2^64 - 2 times already: it can be read then.
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }

    pub(super) fn clear(&self) {
        // It fails where there is nothing to clear.
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Opens the directory `name` for going through it, without the right to list it.
pub(super) fn open_to_search(dir: BorrowedFd<'_>, name: &[u8]) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(dir, name, flags, Mode::empty())
}

/// Makes sure that a range can be written; `EOPNOTSUPP` where the file system cannot promise it.
pub(super) fn allocate(fd: BorrowedFd<'_>, offset: u64, len: u64) -> rustix::io::Result<()> {
    fallocate(fd, FallocateFlags::empty(), offset, len)
}

/// Hands advice on.
pub(super) fn advise(fd: BorrowedFd<'_>, offset: u64, len: u64, advice: Advice) -> rustix::io::Result<()> {
    let advice = match advice {
        Advice::Normal => rustix::fs::Advice::Normal,
        Advice::Sequential => rustix::fs::Advice::Sequential,
        Advice::Random => rustix::fs::Advice::Random,
        Advice::WillNeed => rustix::fs::Advice::WillNeed,
        Advice::DontNeed => rustix::fs::Advice::DontNeed,
        Advice::NoReuse => rustix::fs::Advice::NoReuse,
    };
    fadvise(fd, offset, NonZeroU64::new(len), advice)
}

/// A reading of a directory. Cookies are the kernel's own offsets (`d_off`), which stay right while names come
/// and go. What one call has read ahead is kept for the next, so that in-order readers never seek: some file
/// systems (overlays, old tmpfs) number the entries anew at each seek.
#[derive(Default)]
pub(super) struct Listing {
    /// The cookie before the first kept entry.
    start: u64,
    entries: Vec<Entry>,
    names: Vec<u8>,
}

struct Entry {
    /// Where its name ends in `names`.
    end: usize,
    inode: u64,
    file_type: FileType,
    next: u64,
}

impl Listing {
    /// Hands out the entries after `cookie`.
    pub(super) fn read(
        &mut self,
        fd: BorrowedFd<'_>,
        cookie: u64,
        each: &mut dyn FnMut(DirEntry<'_>) -> Step,
    ) -> Result<()> {
        let mut at = self.place(fd, cookie)?;
        loop {
            while let Some(entry) = self.entries.get(at) {
                let begin = at.checked_sub(1).map_or(0, |before| self.entries[before].end);
                at += 1;
                let step = each(DirEntry {
                    name: &self.names[begin..entry.end],
                    inode: entry.inode,
                    file_type: entry.file_type,
                    next: entry.next,
                });
                if step == Step::Stop {
                    return Ok(());
                }
            }
            if !self.fill(fd)? {
                return Ok(());
            }
            at = 0;
        }
    }

    /// The index of the first kept entry after `cookie`; seeks there where it is not kept.
    fn place(&mut self, fd: BorrowedFd<'_>, cookie: u64) -> Result<usize> {
        if cookie != 0 && !self.entries.is_empty() {
            if cookie == self.start {
                return Ok(0);
            }
            if let Some(before) = self.entries.iter().position(|e| e.next == cookie) {
                return Ok(before + 1);
            }
        }
        self.forget(cookie);
        rustix::fs::seek(fd, rustix::fs::SeekFrom::Start(cookie)).map_err(kind)?;
        Ok(0)
    }

    fn forget(&mut self, start: u64) {
        self.start = start;
        self.entries.clear();
        self.names.clear();
    }

    /// Reads the next batch; false at the end.
    fn fill(&mut self, fd: BorrowedFd<'_>) -> Result<bool> {
        let mut buffer: Vec<u8> = Vec::new();
        buffer.try_reserve_exact(BATCH).map_err(|_| ErrorKind::OutOfMemory)?;
        let mut raw = RawDir::new(fd, buffer.spare_capacity_mut());
        let mut first = true;
        loop {
            // One system call is enough, unless it brought dot entries only.
            if !first && raw.is_buffer_empty() && !self.entries.is_empty() {
                return Ok(true);
            }
            match raw.next() {
                // A directory that has been removed has no entries.
                // At the end the last batch stays: its last cookie must still be found.
                None | Some(Err(Errno::NOENT)) => return Ok(!first && !self.entries.is_empty()),
                Some(Err(Errno::INTR)) => {}
                Some(Err(errno)) => return Err(kind(errno)),
                Some(Ok(entry)) => {
                    if first {
                        self.forget(self.entries.last().map_or(self.start, |e| e.next));
                        first = false;
                    }
                    let name = entry.file_name().to_bytes();
                    if name != b"." && name != b".." {
                        self.keep(name, &entry)?;
                    }
                }
            }
        }
    }

    fn keep(&mut self, name: &[u8], entry: &rustix::fs::RawDirEntry<'_>) -> Result<()> {
        let next = entry.next_entry_cookie();
        if next == 0 {
            // Such a file system cannot be listed piece by piece.
            return Err(ErrorKind::NotSupported);
        }
        let full = |_| ErrorKind::OutOfMemory;
        self.names.try_reserve(name.len()).map_err(full)?;
        self.entries.try_reserve(1).map_err(full)?;
        self.names.extend_from_slice(name);
        self.entries.push(Entry {
            end: self.names.len(),
            inode: entry.ino(),
            file_type: stat::file_type(entry.file_type()),
            next,
        });
        Ok(())
    }
}
