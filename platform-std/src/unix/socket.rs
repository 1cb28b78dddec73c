//! TCP: listeners that the host opens before the guest runs, and the connections they take.
//!
//! In: addresses. Out: [`Listener`], [`Connection`]. Opening connections is not offered.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ringzero::platform::{
    Connection, ErrorKind, FileType, Interest, Listener, Readiness, RecvFlags, Result, Shutdown, Stream,
    WaitHandle,
};
use rustix::net::{RecvAncillaryBuffer, SendAncillaryBuffer, SendFlags, recvmsg, sendmsg};

use super::errno::kind_of_std;
use super::vectored::{self, Extent};
use super::{kernel, poll};

/// A listening TCP socket. The kernel never waits for it: waiting is done by `poll(2)`, so that a connection that
/// somebody else takes, or that goes away, is only waited for once more.
pub struct TcpListenerSource {
    listener: TcpListener,
    nonblocking: AtomicBool,
}

impl TcpListenerSource {
    /// Binds and listens.
    ///
    /// # Errors
    /// What the host says, such as `AddrInUse`.
    pub fn bind(address: impl ToSocketAddrs) -> io::Result<Arc<Self>> {
        Self::from_std(TcpListener::bind(address)?)
    }

    /// Takes a listener of the standard library, in blocking mode.
    ///
    /// # Errors
    /// What the host says.
    pub fn from_std(listener: TcpListener) -> io::Result<Arc<Self>> {
        listener.set_nonblocking(true)?;
        Ok(Arc::new(Self { listener, nonblocking: AtomicBool::new(false) }))
    }

    /// Where it listens; tells the port where 0 was asked for.
    ///
    /// # Errors
    /// What the host says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Listener for TcpListenerSource {
    fn accept(&self) -> Result<Arc<dyn Connection>> {
        loop {
            match self.try_accept() {
                Err(ErrorKind::WouldBlock) if !self.nonblocking() => {
                    poll::wait_for(self.listener.as_fd(), Interest::READ)?;
                }
                other => return other,
            }
        }
    }

    fn try_accept(&self) -> Result<Arc<dyn Connection>> {
        let (stream, _) = self.listener.accept().map_err(|e| kind_of_std(&e))?;
        // Some systems hand the listener's mode on.
        stream.set_nonblocking(false).map_err(|e| kind_of_std(&e))?;
        Ok(Arc::new(TcpConnection { stream, nonblocking: AtomicBool::new(false) }))
    }

    fn ready(&self) -> Result<Readiness> {
        poll::readiness(self.listener.as_fd(), Interest::READ)
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        Some(poll::handle(self.listener.as_fd()))
    }

    fn nonblocking(&self) -> bool {
        self.nonblocking.load(Ordering::Relaxed)
    }

    fn set_nonblocking(&self, on: bool) -> Result<()> {
        self.nonblocking.store(on, Ordering::Relaxed);
        Ok(())
    }
}

/// A TCP connection that a listener has taken.
pub struct TcpConnection {
    stream: TcpStream,
    nonblocking: AtomicBool,
}

impl TcpConnection {
    fn send(&self, buffers: &[&[u8]], flags: SendFlags) -> Result<usize> {
        vectored::write(buffers, Extent::Once, |list, _| {
            sendmsg(&self.stream, list, &mut SendAncillaryBuffer::default(), flags)
        })
    }

    fn take(&self, buffers: &mut [&mut [u8]], flags: rustix::net::RecvFlags) -> Result<usize> {
        vectored::read(buffers, Extent::Once, |list, _| {
            recvmsg(&self.stream, list, &mut RecvAncillaryBuffer::default(), flags).map(|got| got.bytes)
        })
    }
}

impl Stream for TcpConnection {
    fn file_type(&self) -> FileType {
        FileType::Socket
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        // A receive of nothing would wait for something; a read of nothing does not.
        if buffers.iter().all(|b| b.is_empty()) {
            return Ok(0);
        }
        self.receive(buffers, RecvFlags::empty())
    }

    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        self.send(buffers, kernel::SEND)
    }

    fn try_read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        if buffers.iter().all(|b| b.is_empty()) {
            return Ok(0);
        }
        self.try_receive(buffers, RecvFlags::empty())
    }

    fn try_write(&self, buffers: &[&[u8]]) -> Result<usize> {
        self.send(buffers, kernel::SEND | SendFlags::DONTWAIT)
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        poll::readiness(self.stream.as_fd(), interest)
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        Some(poll::handle(self.stream.as_fd()))
    }

    fn nonblocking(&self) -> bool {
        self.nonblocking.load(Ordering::Relaxed)
    }

    fn set_nonblocking(&self, on: bool) -> Result<()> {
        self.stream.set_nonblocking(on).map_err(|e| kind_of_std(&e))?;
        self.nonblocking.store(on, Ordering::Relaxed);
        Ok(())
    }
}

impl Connection for TcpConnection {
    fn receive(&self, buffers: &mut [&mut [u8]], flags: RecvFlags) -> Result<usize> {
        let mut host = rustix::net::RecvFlags::empty();
        host.set(rustix::net::RecvFlags::PEEK, flags.contains(RecvFlags::PEEK));
        host.set(rustix::net::RecvFlags::WAITALL, flags.contains(RecvFlags::WAIT_ALL));
        self.take(buffers, host)
    }

    fn try_receive(&self, buffers: &mut [&mut [u8]], flags: RecvFlags) -> Result<usize> {
        let mut host = rustix::net::RecvFlags::DONTWAIT;
        host.set(rustix::net::RecvFlags::PEEK, flags.contains(RecvFlags::PEEK));
        self.take(buffers, host)
    }

    fn shutdown(&self, how: Shutdown) -> Result<()> {
        let read = how.contains(Shutdown::READ);
        let write = how.contains(Shutdown::WRITE);
        let how = match (read, write) {
            (true, true) => std::net::Shutdown::Both,
            (true, false) => std::net::Shutdown::Read,
            (false, true) => std::net::Shutdown::Write,
            (false, false) => return Err(ErrorKind::InvalidInput),
        };
        self.stream.shutdown(how).map_err(|e| kind_of_std(&e))
    }
}
