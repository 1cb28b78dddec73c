//! The process's standard streams, and pipes.
//!
//! In: slices. Out: counts. A read takes exactly what was asked for and never ahead of it, so that whoever
//! shares the stream with the guest finds the rest.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ringzero::platform::{
    ErrorKind, File, FileType, Interest, Readiness, Result, SeekFrom, Stream, WaitHandle,
};

use super::file::{Descriptor, HostFile, UNDIVIDED};
use super::{poll, vectored};

/// A stream of the host: a terminal, a pipe, a socket, a redirected file.
///
/// Non-blocking mode is kept here and not in the kernel, whose flag would be shared with every process that
/// has the same terminal open. If the kernel's flag is set by somebody else, a blocking call still waits.
pub struct HostStream {
    file: HostFile,
    nonblocking: AtomicBool,
}

impl HostStream {
    /// Takes an open descriptor.
    pub fn from_fd(fd: OwnedFd) -> Self {
        Self::new(Descriptor::Owned(fd))
    }

    fn new(fd: Descriptor) -> Self {
        Self { file: HostFile::found(fd), nonblocking: AtomicBool::new(false) }
    }

    /// Runs one transfer in the stream's own mode.
    fn transfer(&self, interest: Interest, mut call: impl FnMut() -> Result<usize>) -> Result<usize> {
        if self.nonblocking() && !self.ready(interest)?.ready {
            return Err(ErrorKind::WouldBlock);
        }
        loop {
            match call() {
                Err(ErrorKind::WouldBlock) if !self.nonblocking() => {
                    poll::wait_for(self.file.fd(), interest)?;
                }
                other => return other,
            }
        }
    }
}

impl Stream for HostStream {
    fn file_type(&self) -> FileType {
        self.file.file_type()
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        if buffers.iter().all(|b| b.is_empty()) {
            return self.file.read(buffers);
        }
        self.transfer(Interest::READ, || self.file.read(buffers))
    }

    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        if self.file.is_regular() || !self.nonblocking() {
            return self.transfer(Interest::WRITE, || self.file.write(buffers));
        }
        let few = vectored::first_bytes(buffers, UNDIVIDED)?;
        self.transfer(Interest::WRITE, || self.file.write(&few))
    }

    fn try_read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        self.file.try_read(buffers)
    }

    fn try_write(&self, buffers: &[&[u8]]) -> Result<usize> {
        self.file.try_write(buffers)
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        self.file.ready(interest)
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.file.wait_handle()
    }

    fn nonblocking(&self) -> bool {
        self.nonblocking.load(Ordering::Relaxed)
    }

    fn set_nonblocking(&self, on: bool) -> Result<()> {
        self.nonblocking.store(on, Ordering::Relaxed);
        Ok(())
    }

    fn as_file(&self) -> Option<&dyn File> {
        let seekable = match self.file.file_type() {
            FileType::Regular => true,
            // `/dev/null` has positions, a terminal has none.
            FileType::CharacterDevice => self.file.seek(SeekFrom::Current(0)).is_ok(),
            _ => false,
        };
        seekable.then_some(&self.file as &dyn File)
    }
}

/// The process's standard input.
pub fn stdin() -> Arc<dyn Stream> {
    Arc::new(HostStream::new(Descriptor::Standard(rustix::stdio::stdin())))
}

/// The process's standard output, unbuffered.
pub fn stdout() -> Arc<dyn Stream> {
    Arc::new(HostStream::new(Descriptor::Standard(rustix::stdio::stdout())))
}

/// The process's standard error, unbuffered.
pub fn stderr() -> Arc<dyn Stream> {
    Arc::new(HostStream::new(Descriptor::Standard(rustix::stdio::stderr())))
}

/// A pipe of the kernel: the reading end, then the writing end.
///
/// # Errors
/// What the host says.
pub fn pipe() -> io::Result<(Arc<HostStream>, Arc<HostStream>)> {
    let (read, write) = io::pipe()?;
    Ok((Arc::new(HostStream::from_fd(read.into())), Arc::new(HostStream::from_fd(write.into()))))
}
