//! Files of the host.
//!
//! In: slices and offsets. Out: counts. The offset is the kernel's own, so everyone who holds the same open
//! file shares it, and it advances by exactly what was transferred.

use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

use ringzero::platform::{
    Advice, ErrorKind, File, FileFlags, FileType, Interest, OpenOptions, Readiness, Result, SeekFrom,
    SetTime, Stat, WaitHandle,
};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl, fstat};

use super::errno::uninterrupted;
use super::vectored::{self, Extent};
use super::{kernel, poll, stat};

/// What one write to a pipe that is ready takes without waiting.
pub(super) const UNDIVIDED: usize = rustix::pipe::PIPE_BUF;
/// The largest position a file can have.
const MAX_OFFSET: u64 = i64::MAX as u64;

/// An open file of the host: regular, a pipe, or a device.
pub struct HostFile {
    fd: Descriptor,
    file_type: FileType,
    /// Opened with neither right, a file answers `BadDescriptor`; the kernel has no such mode.
    readable: bool,
    /// What was asked for at opening; the kernel cannot change these, and folds some into others.
    sync: FileFlags,
    /// Whether the kernel's append flag is set. Writers hold it shared, who changes the flag holds it alone.
    append: RwLock<bool>,
    /// The kernel has said that it cannot promise not to wait.
    may_wait: AtomicBool,
    /// Then: the same terminal or pipe in a non-blocking mode of its own, if it can be had.
    apart: OnceLock<Option<OwnedFd>>,
}

/// A descriptor: our own, or one of the process's standard three.
pub(super) enum Descriptor {
    Owned(OwnedFd),
    Standard(BorrowedFd<'static>),
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Owned(fd) => fd.as_fd(),
            Self::Standard(fd) => *fd,
        }
    }
}

impl HostFile {
    /// A descriptor opened with `options`.
    pub(super) fn opened(fd: OwnedFd, file_type: FileType, options: OpenOptions) -> Self {
        Self {
            fd: Descriptor::Owned(fd),
            file_type,
            readable: options.read,
            sync: options.flags & (FileFlags::DSYNC | FileFlags::RSYNC | FileFlags::SYNC),
            append: RwLock::new(options.flags.contains(FileFlags::APPEND)),
            may_wait: AtomicBool::new(false),
            apart: OnceLock::new(),
        }
    }

    /// A descriptor that comes from elsewhere; what the kernel does not tell is taken as plain.
    pub(super) fn found(fd: Descriptor) -> Self {
        let file_type = fstat(&fd).map_or(FileType::Unknown, |found| stat::stat(&found).file_type);
        let flags = fcntl_getfl(&fd).unwrap_or(OFlags::empty());
        let sync = if flags.contains(OFlags::SYNC) { FileFlags::SYNC } else { FileFlags::empty() };
        let append = RwLock::new(flags.contains(OFlags::APPEND));
        let (may_wait, apart) = (AtomicBool::new(false), OnceLock::new());
        Self { fd, file_type, readable: true, sync, append, may_wait, apart }
    }

    /// Takes an open file of the standard library; its offset goes on where it stands.
    pub fn from_std(file: std::fs::File) -> Self {
        Self::found(Descriptor::Owned(file.into()))
    }

    /// What it is.
    pub(super) fn file_type(&self) -> FileType {
        self.file_type
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    pub(super) fn is_regular(&self) -> bool {
        self.file_type == FileType::Regular
    }

    fn extent(&self) -> Extent {
        if self.is_regular() { Extent::Whole } else { Extent::Once }
    }

    /// The same thing in a non-blocking mode of its own.
    fn apart(&self) -> Option<BorrowedFd<'_>> {
        let apart = self.apart.get_or_init(|| kernel::apart(self.fd()));
        apart.as_ref().map(OwnedFd::as_fd)
    }

    /// Runs a call that does not wait, where the kernel has one for this file.
    fn now(&self, call: impl FnOnce() -> Result<usize>) -> Option<Result<usize>> {
        if self.may_wait.load(Ordering::Relaxed) {
            return None;
        }
        match call() {
            Err(ErrorKind::NotSupported | ErrorKind::NotImplemented | ErrorKind::InvalidInput) => {
                self.may_wait.store(true, Ordering::Relaxed);
                None
            }
            result => Some(result),
        }
    }

    /// What the kernel checks first, for numbers that it cannot be given.
    fn is_writable(&self) -> Result<bool> {
        let flags = uninterrupted(|| fcntl_getfl(&self.fd))?;
        Ok(flags.intersects(OFlags::WRONLY | OFlags::RDWR))
    }

    fn check_readable(&self) -> Result<()> {
        if self.readable { Ok(()) } else { Err(ErrorKind::BadDescriptor) }
    }

    /// For kernels that write at the end in append mode whatever the offset: takes the flag away while it
    /// writes. No other writer of this open file can come between.
    fn write_at_with_flag_off(&self, buffers: &[&[u8]], offset: u64) -> Result<usize> {
        let alone = self.append.write().unwrap_or_else(PoisonError::into_inner);
        let flags = uninterrupted(|| fcntl_getfl(&self.fd))?;
        uninterrupted(|| fcntl_setfl(&self.fd, flags - OFlags::APPEND))?;
        let result = vectored::write(buffers, self.extent(), |list, done| {
            rustix::io::pwritev(&self.fd, list, offset.saturating_add(done))
        });
        let restored = uninterrupted(|| fcntl_setfl(&self.fd, flags));
        drop(alone);
        restored.and(result)
    }
}

impl File for HostFile {
    fn stat(&self) -> Result<Stat> {
        uninterrupted(|| fstat(&self.fd)).map(|found| stat::stat(&found))
    }

    fn flags(&self) -> Result<FileFlags> {
        let found = uninterrupted(|| fcntl_getfl(&self.fd))?;
        let mut flags = self.sync;
        flags.set(FileFlags::APPEND, found.contains(OFlags::APPEND));
        flags.set(FileFlags::NONBLOCK, found.contains(OFlags::NONBLOCK));
        Ok(flags)
    }

    fn set_flags(&self, flags: FileFlags) -> Result<()> {
        let changeable = FileFlags::APPEND | FileFlags::NONBLOCK;
        if flags - changeable != self.sync {
            return Err(ErrorKind::NotSupported);
        }
        let mut append = self.append.write().unwrap_or_else(PoisonError::into_inner);
        let mut host = uninterrupted(|| fcntl_getfl(&self.fd))?;
        host.set(OFlags::APPEND, flags.contains(FileFlags::APPEND));
        host.set(OFlags::NONBLOCK, flags.contains(FileFlags::NONBLOCK));
        uninterrupted(|| fcntl_setfl(&self.fd, host))?;
        *append = flags.contains(FileFlags::APPEND);
        Ok(())
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        self.check_readable()?;
        vectored::read(buffers, self.extent(), |list, _| rustix::io::readv(&self.fd, list))
    }

    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        // Held for files only: a pipe may block, and has no append mode to guard.
        let _guard = self.is_regular().then(|| self.append.read().unwrap_or_else(PoisonError::into_inner));
        vectored::write(buffers, self.extent(), |list, _| rustix::io::writev(&self.fd, list))
    }

    fn try_read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        self.check_readable()?;
        if !self.is_regular() {
            let once = |list: &mut [IoSliceMut<'_>], _| kernel::read_now(self.fd(), list);
            if let Some(result) = self.now(|| vectored::read(buffers, Extent::Once, once)) {
                return result;
            }
            if let Some(apart) = self.apart() {
                return vectored::read(buffers, Extent::Once, |list, _| rustix::io::readv(apart, list));
            }
            if !self.ready(Interest::READ)?.ready {
                return Err(ErrorKind::WouldBlock);
            }
        }
        self.read(buffers)
    }

    fn try_write(&self, buffers: &[&[u8]]) -> Result<usize> {
        if self.is_regular() {
            return self.write(buffers);
        }
        let once = |list: &[IoSlice<'_>], _| kernel::write_now(self.fd(), list);
        if let Some(result) = self.now(|| vectored::write(buffers, Extent::Once, once)) {
            return result;
        }
        if let Some(apart) = self.apart() {
            return vectored::write(buffers, Extent::Once, |list, _| rustix::io::writev(apart, list));
        }
        if !self.ready(Interest::WRITE)?.ready {
            return Err(ErrorKind::WouldBlock);
        }
        self.write(&vectored::first_bytes(buffers, UNDIVIDED)?)
    }

    fn read_at(&self, buffers: &mut [&mut [u8]], offset: u64) -> Result<usize> {
        check_offset(offset)?;
        self.check_readable()?;
        vectored::read(buffers, self.extent(), |list, done| {
            rustix::io::preadv(&self.fd, list, offset.saturating_add(done))
        })
    }

    /// In append mode through `RWF_NOAPPEND` where the kernel has it (Linux 6.9), else with the append flag
    /// taken away for the moment.
    fn write_at(&self, buffers: &[&[u8]], offset: u64) -> Result<usize> {
        check_offset(offset)?;
        check_end(buffers, offset)?;
        let append = self.append.read().unwrap_or_else(PoisonError::into_inner);
        if !*append {
            return vectored::write(buffers, self.extent(), |list, done| {
                rustix::io::pwritev(&self.fd, list, offset.saturating_add(done))
            });
        }
        let result = vectored::write(buffers, self.extent(), |list, done| {
            kernel::write_at_despite_append(self.fd(), list, offset.saturating_add(done))
        });
        drop(append);
        match result {
            Err(ErrorKind::NotSupported) => self.write_at_with_flag_off(buffers, offset),
            other => other,
        }
    }

    fn seek(&self, from: SeekFrom) -> Result<u64> {
        let from = match from {
            SeekFrom::Start(offset) => {
                check_offset(offset)?;
                rustix::fs::SeekFrom::Start(offset)
            }
            SeekFrom::Current(delta) => rustix::fs::SeekFrom::Current(delta),
            SeekFrom::End(delta) => rustix::fs::SeekFrom::End(delta),
        };
        uninterrupted(|| rustix::fs::seek(&self.fd, from))
    }

    fn set_size(&self, size: u64) -> Result<()> {
        if size > MAX_OFFSET {
            let writable = self.is_writable()?;
            return Err(if writable { ErrorKind::FileTooBig } else { ErrorKind::InvalidInput });
        }
        uninterrupted(|| rustix::fs::ftruncate(&self.fd, size))
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<()> {
        if len == 0 {
            return Err(ErrorKind::InvalidInput);
        }
        let end = offset.checked_add(len).filter(|&end| end <= MAX_OFFSET);
        let Some(end) = end else {
            let writable = self.is_writable()?;
            return Err(if writable { ErrorKind::FileTooBig } else { ErrorKind::BadDescriptor });
        };
        match uninterrupted(|| kernel::allocate(self.fd(), offset, len)) {
            // The file system cannot promise space; it can still have the size.
            Err(ErrorKind::NotSupported | ErrorKind::NotImplemented) if self.is_regular() => {
                if !self.is_writable()? {
                    return Err(ErrorKind::BadDescriptor);
                }
                if self.stat()?.size < end { self.set_size(end) } else { Ok(()) }
            }
            other => other,
        }
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<()> {
        check_offset(offset)?;
        check_offset(len)?;
        uninterrupted(|| kernel::advise(self.fd(), offset, len, advice))
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let times = stat::timestamps(accessed, modified);
        uninterrupted(|| rustix::fs::futimens(&self.fd, &times))
    }

    fn sync(&self) -> Result<()> {
        uninterrupted(|| rustix::fs::fsync(&self.fd))
    }

    fn sync_data(&self) -> Result<()> {
        uninterrupted(|| rustix::fs::fdatasync(&self.fd))
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        let found = poll::readiness(self.fd(), interest)?;
        // What FIONREAD says of a regular file is cut to 32 bits and below 0 behind its end: it is not known.
        let bytes = if self.is_regular() { 0 } else { found.bytes };
        Ok(Readiness { bytes, ..found })
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        (!self.is_regular()).then(|| poll::handle(self.fd()))
    }
}

/// Positions are signed in POSIX: the upper half is not a position.
fn check_offset(offset: u64) -> Result<()> {
    if offset > MAX_OFFSET { Err(ErrorKind::InvalidInput) } else { Ok(()) }
}

/// What would end behind the last position is too big, as POSIX says; Linux calls the position bad.
fn check_end(buffers: &[&[u8]], offset: u64) -> Result<()> {
    let end = buffers.iter().fold(offset, |end, buffer| end.saturating_add(buffer.len() as u64));
    if end > MAX_OFFSET { Err(ErrorKind::FileTooBig) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append_file(path: &std::path::Path) -> HostFile {
        std::fs::write(path, "abcdef").unwrap();
        HostFile::from_std(std::fs::OpenOptions::new().append(true).open(path).unwrap())
    }

    #[test]
    fn both_ways_of_writing_at_an_offset_in_append_mode_agree() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("f");
        type Way = fn(&HostFile, &[&[u8]], u64) -> Result<usize>;
        for way in [HostFile::write_at as Way, HostFile::write_at_with_flag_off] {
            let file = append_file(&path);
            assert_eq!(way(&file, &[b"X", b"Y"], 1), Ok(2));
            assert_eq!(std::fs::read(&path).unwrap(), b"aXYdef");
            assert_eq!(file.flags(), Ok(FileFlags::APPEND));
            assert_eq!(file.write(&[b"g"]), Ok(1));
            assert_eq!(std::fs::read(&path).unwrap(), b"aXYdefg");
        }
    }

    #[test]
    fn a_pipe_is_tried_without_waiting_where_the_kernel_cannot_promise_it() {
        try_pipe(true);
        try_pipe(false);
    }

    /// Opened once more, or not.
    fn try_pipe(again: bool) {
        let (read, write) = std::io::pipe().unwrap();
        let [read, write] = [read.into(), write.into()].map(|fd| HostFile::found(Descriptor::Owned(fd)));
        for file in [&read, &write] {
            file.may_wait.store(true, Ordering::Relaxed);
            if !again {
                file.apart.set(None).unwrap();
            }
        }
        let mut buffer = [0; 100_000];
        assert_eq!(read.try_read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
        let mut written = 0;
        while let Ok(count) = write.try_write(&[&[1; 10], &[2; 100_000]]) {
            assert!(again || count <= UNDIVIDED);
            written += count;
        }
        assert!(written >= UNDIVIDED);
        assert_eq!(write.try_write(&[&[1]]), Err(ErrorKind::WouldBlock));
        assert_eq!(read.try_read(&mut [&mut buffer]), Ok(written));
        let flags = fcntl_getfl(&write.fd).unwrap();
        assert!(!flags.contains(OFlags::NONBLOCK), "others see no change");
    }

    #[test]
    fn the_fallback_keeps_appenders_out() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("f");
        let file = append_file(&path);
        std::thread::scope(|scope| {
            scope.spawn(|| (0..2000).for_each(|_| assert_eq!(file.write(&[b"12"]), Ok(2))));
            (0..2000).for_each(|_| assert_eq!(file.write_at_with_flag_off(&[b"X"], 0), Ok(1)));
        });
        let text = std::fs::read(&path).unwrap();
        assert_eq!(text.len(), 6 + 4000);
        assert!(text.starts_with(b"Xbcdef12"));
    }
}
