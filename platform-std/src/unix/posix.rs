//! What `linux.rs` has, with what POSIX alone offers.
//!
//! In: descriptors. Out: the same names as `linux.rs`. A directory is listed from a snapshot that is taken at
//! cookie 0, since POSIX promises nothing about `telldir(3)` across handles.

use std::io::{IoSlice, IoSliceMut, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use ringzero::platform::{Advice, DirEntry, ErrorKind, FileType, Result, Step};
use rustix::fs::{Dir, OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::{Errno, pwritev};
use rustix::net::SendFlags;

use super::{errno::kind, stat};

/// The standard library has switched the signal off per socket where there is no flag for it.
pub(super) const SEND: SendFlags = SendFlags::empty();

/// Writes at `offset`: `pwritev(2)` as POSIX has it.
pub(super) fn write_at_despite_append(
    fd: BorrowedFd<'_>,
    list: &[IoSlice<'_>],
    offset: u64,
) -> rustix::io::Result<usize> {
    pwritev(fd, list, offset)
}

/// Reads what is there: nothing here can promise not to wait.
pub(super) fn read_now(_: BorrowedFd<'_>, _: &mut [IoSliceMut<'_>]) -> rustix::io::Result<usize> {
    Err(Errno::OPNOTSUPP)
}

/// Writes what there is room for: as [`read_now`].
pub(super) fn write_now(_: BorrowedFd<'_>, _: &[IoSlice<'_>]) -> rustix::io::Result<usize> {
    Err(Errno::OPNOTSUPP)
}

/// Opens what a descriptor refers to once more: nothing here can be sure to.
pub(super) fn apart(_: BorrowedFd<'_>) -> Option<OwnedFd> {
    None
}

/// A descriptor that can be read once it has been signalled, until it is cleared: a pipe to itself.
pub(super) struct Event(PipeReader, PipeWriter);

impl Event {
    pub(super) fn new() -> rustix::io::Result<Self> {
        let (read, write) = std::io::pipe().map_err(|e| Errno::from_io_error(&e).unwrap_or(Errno::IO))?;
        for end in [read.as_fd(), write.as_fd()] {
            fcntl_setfl(end, fcntl_getfl(end)? | OFlags::NONBLOCK)?;
        }
        Ok(Self(read, write))
    }

    pub(super) fn signal(&self) {
        // It fails where the pipe is full: it can be read then.
        let _ = rustix::io::write(&self.1, &[0]);
    }

    pub(super) fn clear(&self) {
        while rustix::io::read(&self.0, &mut [0; 64]).is_ok_and(|count| count > 0) {}
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Opens the directory `name` for going through it: needs the right to list it here.
pub(super) fn open_to_search(_: BorrowedFd<'_>, _: &[u8]) -> rustix::io::Result<OwnedFd> {
    Err(Errno::ACCESS)
}

/// Makes sure that a range can be written: nothing here can promise it.
pub(super) fn allocate(_: BorrowedFd<'_>, _: u64, _: u64) -> rustix::io::Result<()> {
    Err(Errno::OPNOTSUPP)
}

/// Takes advice and does nothing with it.
pub(super) fn advise(_: BorrowedFd<'_>, _: u64, _: u64, _: Advice) -> rustix::io::Result<()> {
    Ok(())
}

/// A reading of a directory.
#[derive(Default)]
pub(super) struct Listing(Vec<Entry>);

struct Entry {
    name: Vec<u8>,
    inode: u64,
    file_type: FileType,
}

impl Listing {
    /// Hands out the entries after `cookie`.
    pub(super) fn read(
        &mut self,
        fd: BorrowedFd<'_>,
        cookie: u64,
        each: &mut dyn FnMut(DirEntry<'_>) -> Step,
    ) -> Result<()> {
        if cookie == 0 {
            self.0 = snapshot(fd)?;
        }
        let from = usize::try_from(cookie).map_err(|_| ErrorKind::InvalidInput)?;
        let rest = self.0.get(from..).ok_or(ErrorKind::InvalidInput)?;
        for (entry, next) in rest.iter().zip(cookie + 1..) {
            let step =
                each(DirEntry { name: &entry.name, inode: entry.inode, file_type: entry.file_type, next });
            if step == Step::Stop {
                break;
            }
        }
        Ok(())
    }
}

fn snapshot(fd: BorrowedFd<'_>) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut dir = match Dir::read_from(fd) {
        Err(Errno::NOENT) => return Ok(entries),
        other => other.map_err(kind)?,
    };
    while let Some(entry) = dir.read() {
        let entry = entry.map_err(kind)?;
        let name = entry.file_name().to_bytes();
        if name == b"." || name == b".." {
            continue;
        }
        entries.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
        entries.push(Entry {
            name: name.to_vec(),
            inode: entry.ino(),
            file_type: stat::file_type(entry.file_type()),
        });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_snapshot_is_handed_out_piece_by_piece() {
        let temp = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            std::fs::write(temp.path().join(name), "").unwrap();
        }
        let dir = std::fs::File::open(temp.path()).unwrap();
        let mut listing = Listing::default();
        let mut names = Vec::new();
        let mut cookie = 0;
        loop {
            let mut next = None;
            let each = &mut |entry: DirEntry<'_>| {
                names.push(entry.name.to_vec());
                next = Some(entry.next);
                Step::Stop
            };
            listing.read(dir.as_fd(), cookie, each).unwrap();
            let Some(next) = next else { break };
            cookie = next;
        }
        names.sort();
        assert_eq!(names, [b"a", b"b", b"c"]);
        let error = listing.read(dir.as_fd(), 99, &mut |_| Step::Continue);
        assert_eq!(error, Err(ErrorKind::InvalidInput));
    }
}
