//! Bytes without a position: consoles, pipes, connections, listeners.
//!
//! In: slices to fill or drain, in order. Out: counts. It does not know descriptors.

use alloc::sync::Arc;

use super::{ErrorKind, File, FileType, Interest, Readiness, Result, WaitHandle};

/// A stream of bytes: standard input and output, a pipe, a serial line.
///
/// Vectored calls take their slices in order and behave as `readv(2)`/`writev(2)`: one call, one count; a
/// short count is legal; an error after a partial transfer is reported by the next call.
pub trait Stream: Send + Sync {
    /// What `stat` would say: a character device where it is a terminal.
    fn file_type(&self) -> FileType {
        FileType::Unknown
    }

    /// Reads into `buffers` in order; 0 means the end (or that all buffers are empty).
    ///
    /// # Errors
    /// [`ErrorKind::BadDescriptor`] where the stream is not readable, [`ErrorKind::WouldBlock`] in
    /// non-blocking mode.
    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        let _ = buffers;
        Err(ErrorKind::BadDescriptor)
    }

    /// Writes `buffers` in order.
    ///
    /// # Errors
    /// [`ErrorKind::BadDescriptor`] where the stream is not writable, [`ErrorKind::BrokenPipe`] where nobody
    /// reads, [`ErrorKind::WouldBlock`] in non-blocking mode.
    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        let _ = buffers;
        Err(ErrorKind::BadDescriptor)
    }

    /// As [`read`](Self::read), but it never waits, whatever the mode.
    ///
    /// The default asks [`ready`](Self::ready) first. That is enough unless somebody else reads the same stream and
    /// may be quicker; a platform that has a call for it uses that.
    ///
    /// # Errors
    /// As [`read`](Self::read); [`ErrorKind::WouldBlock`] where it would wait.
    fn try_read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        if self.ready(Interest::READ)?.ready { self.read(buffers) } else { Err(ErrorKind::WouldBlock) }
    }

    /// As [`write`](Self::write), but it never waits, whatever the mode: it takes what there is room for. The
    /// default asks [`ready`](Self::ready) first, and so may still wait for room for the rest.
    ///
    /// # Errors
    /// As [`write`](Self::write); [`ErrorKind::WouldBlock`] where it would wait.
    fn try_write(&self, buffers: &[&[u8]]) -> Result<usize> {
        if self.ready(Interest::WRITE)?.ready { self.write(buffers) } else { Err(ErrorKind::WouldBlock) }
    }

    /// Whether the operation would block now. The default is always ready.
    ///
    /// # Errors
    /// What the platform says.
    fn ready(&self, interest: Interest) -> Result<Readiness> {
        let _ = interest;
        Ok(Readiness::READY)
    }

    /// By what the platform's scheduler knows this stream; `None` where it cannot be waited for.
    fn wait_handle(&self) -> Option<WaitHandle> {
        None
    }

    /// Whether calls answer [`ErrorKind::WouldBlock`] instead of waiting.
    fn nonblocking(&self) -> bool {
        false
    }

    /// Switches non-blocking mode.
    ///
    /// # Errors
    /// [`ErrorKind::NotSupported`] where the stream cannot.
    fn set_nonblocking(&self, on: bool) -> Result<()> {
        if on { Err(ErrorKind::NotSupported) } else { Ok(()) }
    }

    /// The file behind the stream, where it has positions (`guest < file`, `/dev/null`): what a stream has no
    /// word for, such as seeking, is asked of it. Both share one offset. A terminal or a pipe has none.
    fn as_file(&self) -> Option<&dyn File> {
        None
    }
}

/// Reads as ended at once: the standard input of a sandboxed guest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Empty;

impl Stream for Empty {
    fn read(&self, _: &mut [&mut [u8]]) -> Result<usize> {
        Ok(0)
    }
}

/// Takes everything and keeps nothing: the standard output of a sandboxed guest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sink;

impl Stream for Sink {
    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        Ok(buffers.iter().fold(0usize, |sum, b| sum.saturating_add(b.len())))
    }
}

bitflags::bitflags! {
    /// How to receive. Nearest call: `recvmsg(2)`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RecvFlags: u8 {
        /// Leave the bytes in the queue.
        const PEEK = 1;
        /// Wait until the buffers are full.
        const WAIT_ALL = 2;
    }
}

bitflags::bitflags! {
    /// Which directions to close. Nearest call: `shutdown(2)`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Shutdown: u8 {
        /// No more reads.
        const READ = 1;
        /// No more writes.
        const WRITE = 2;
    }
}

/// A connected stream socket.
pub trait Connection: Stream {
    /// Receives into `buffers` in order; 0 means that the peer has ended.
    ///
    /// # Errors
    /// As [`Stream::read`], and [`ErrorKind::ConnectionReset`].
    fn receive(&self, buffers: &mut [&mut [u8]], flags: RecvFlags) -> Result<usize>;

    /// As [`receive`](Self::receive), but it never waits, whatever the mode; [`RecvFlags::WAIT_ALL`] is then without
    /// effect. The default asks [`ready`](Stream::ready) first.
    ///
    /// # Errors
    /// As [`receive`](Self::receive); [`ErrorKind::WouldBlock`] where it would wait.
    fn try_receive(&self, buffers: &mut [&mut [u8]], flags: RecvFlags) -> Result<usize> {
        if !self.ready(Interest::READ)?.ready {
            return Err(ErrorKind::WouldBlock);
        }
        self.receive(buffers, flags - RecvFlags::WAIT_ALL)
    }

    /// Closes one or both directions.
    ///
    /// # Errors
    /// [`ErrorKind::NotConnected`].
    fn shutdown(&self, how: Shutdown) -> Result<()>;
}

/// A listening stream socket, opened by the host before the guest runs.
pub trait Listener: Send + Sync {
    /// Takes the next connection.
    ///
    /// # Errors
    /// [`ErrorKind::WouldBlock`] in non-blocking mode, [`ErrorKind::ConnectionAborted`].
    fn accept(&self) -> Result<Arc<dyn Connection>>;

    /// As [`accept`](Self::accept), but it never waits, whatever the mode. The default asks [`ready`](Self::ready)
    /// first.
    ///
    /// # Errors
    /// As [`accept`](Self::accept); [`ErrorKind::WouldBlock`] where it would wait.
    fn try_accept(&self) -> Result<Arc<dyn Connection>> {
        if self.ready()?.ready { self.accept() } else { Err(ErrorKind::WouldBlock) }
    }

    /// Whether a connection waits.
    ///
    /// # Errors
    /// What the platform says.
    fn ready(&self) -> Result<Readiness>;

    /// By what the platform's scheduler knows this listener.
    fn wait_handle(&self) -> Option<WaitHandle> {
        None
    }

    /// Whether [`accept`](Self::accept) answers [`ErrorKind::WouldBlock`] instead of waiting.
    fn nonblocking(&self) -> bool;

    /// Switches non-blocking mode.
    ///
    /// # Errors
    /// [`ErrorKind::NotSupported`] where the listener cannot.
    fn set_nonblocking(&self, on: bool) -> Result<()>;
}
