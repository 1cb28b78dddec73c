//! Listeners and connections, on a double that lives in memory.

use alloc::{collections::VecDeque, sync::Arc};

use ringzero::platform::{
    Connection, ErrorKind, Interest, Listener, Readiness, RecvFlags, Result as PlatformResult, Shutdown,
    Stream, WaitHandle, testing::TestStream,
};
use spin::Mutex;

use super::{CREAT, DATA, Guest, READ, RESULT, ROOT, WRITE, at};
use crate::{Errno, WasiCtxBuilder, abi::Rights, fd, sock};

/// A connection whose two directions are a [`TestStream`].
struct Peer {
    stream: Arc<TestStream>,
    /// What each further receive fails with, once the stream is empty.
    reset: bool,
    closed: Mutex<Option<Shutdown>>,
}

impl Stream for Peer {
    fn read(&self, buffers: &mut [&mut [u8]]) -> PlatformResult<usize> {
        self.receive(buffers, RecvFlags::empty())
    }

    fn write(&self, buffers: &[&[u8]]) -> PlatformResult<usize> {
        self.stream.write(buffers)
    }

    fn ready(&self, interest: Interest) -> PlatformResult<Readiness> {
        self.stream.ready(interest)
    }

    fn nonblocking(&self) -> bool {
        self.stream.nonblocking()
    }

    fn set_nonblocking(&self, on: bool) -> PlatformResult<()> {
        self.stream.set_nonblocking(on)
    }
}

impl Connection for Peer {
    fn receive(&self, buffers: &mut [&mut [u8]], flags: RecvFlags) -> PlatformResult<usize> {
        if self.reset && self.stream.unread().is_empty() {
            return Err(ErrorKind::ConnectionReset);
        }
        let before = self.stream.unread();
        let count = self.stream.read(buffers)?;
        if flags.contains(RecvFlags::PEEK) {
            let left = self.stream.unread().len();
            let mut scratch = alloc::vec![0; left];
            if left > 0 {
                self.stream.read(&mut [&mut scratch])?;
            }
            self.stream.push(&before);
        }
        Ok(count)
    }

    fn shutdown(&self, how: Shutdown) -> PlatformResult<()> {
        *self.closed.lock() = Some(how);
        Ok(())
    }
}

#[derive(Default)]
struct Door {
    queue: Mutex<VecDeque<Arc<Peer>>>,
    nonblocking: Mutex<bool>,
}

impl Listener for Door {
    fn accept(&self) -> PlatformResult<Arc<dyn Connection>> {
        let peer = self.queue.lock().pop_front().ok_or(ErrorKind::WouldBlock)?;
        Ok(peer)
    }

    fn ready(&self) -> PlatformResult<Readiness> {
        let waiting = !self.queue.lock().is_empty();
        Ok(if waiting { Readiness::READY } else { Readiness::PENDING })
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        Some(WaitHandle(1))
    }

    fn nonblocking(&self) -> bool {
        *self.nonblocking.lock()
    }

    fn set_nonblocking(&self, on: bool) -> PlatformResult<()> {
        *self.nonblocking.lock() = on;
        Ok(())
    }
}

fn peer(reset: bool) -> Arc<Peer> {
    Arc::new(Peer { stream: TestStream::new(), reset, closed: Mutex::new(None) })
}

/// A guest with a directory (3), a listener (4) and an accepted connection (5).
fn connected(reset: bool) -> (Guest, Arc<Peer>) {
    let (door, peer) = (Arc::new(Door::default()), peer(reset));
    door.queue.lock().push_back(peer.clone());
    let root = ringzero::platform::testing::TestDir::new();
    let mut guest = Guest::new(WasiCtxBuilder::new().listener(door).preopen("/", root));
    assert_eq!(accept(&mut guest, 4, 0), Ok(5));
    (guest, peer)
}

fn accept(guest: &mut Guest, fd: u32, flags: u32) -> Result<u32, Errno> {
    guest.call(|c, m| sock::sock_accept(c, m, fd, flags, at(RESULT)))?;
    Ok(guest.u32_at(RESULT))
}

fn receive(guest: &mut Guest, fd: u32, buffers: &[(u32, u32)], flags: u32) -> Result<u32, Errno> {
    let count = guest.iovs(buffers);
    guest.call(|c, m| {
        let (iovs, used, out) = (at(super::IOVS), at(RESULT), at(RESULT + 8));
        sock::sock_recv(c, m, fd, iovs, count, flags, used, out)
    })?;
    Ok(guest.u32_at(RESULT))
}

fn send(guest: &mut Guest, fd: u32, bytes: &[u8], flags: u32) -> Result<u32, Errno> {
    guest.put(DATA, bytes);
    let count = guest.iovs(&[(DATA, bytes.len() as u32)]);
    guest.call(|c, m| sock::sock_send(c, m, fd, at(super::IOVS), count, flags, at(RESULT)))?;
    Ok(guest.u32_at(RESULT))
}

#[test]
fn connections_are_accepted_talk_and_close() {
    let (mut guest, peer) = connected(false);
    peer.stream.push(b"hello");
    assert_eq!(receive(&mut guest, 5, &[(DATA, 2), (DATA + 2, 9)], 0), Ok(5));
    assert_eq!(guest.get(DATA, 5), b"hello");
    assert_eq!(send(&mut guest, 5, b"world", 0), Ok(5));
    assert_eq!(guest.write(5, b"!"), Ok(1));
    assert_eq!(peer.stream.take_output(), b"world!");
    peer.stream.push(b"x");
    assert_eq!(guest.read(5, 4), Ok(b"x".to_vec()));
    assert_eq!(sock::sock_shutdown(&mut guest.ctx, 5, 2), Ok(()));
    assert_eq!(*peer.closed.lock(), Some(Shutdown::WRITE));
    assert_eq!(sock::sock_shutdown(&mut guest.ctx, 5, 3), Ok(()));
    assert_eq!(*peer.closed.lock(), Some(Shutdown::READ | Shutdown::WRITE));
    assert_eq!(guest.close(5), Ok(()));
    assert_eq!(Arc::strong_count(&peer), 1, "closed with the descriptor");
}

#[test]
fn an_empty_door_waits_or_answers() {
    let door = Arc::new(Door::default());
    let mut guest = Guest::new(WasiCtxBuilder::new().listener(door.clone()));
    assert_eq!(accept(&mut guest, 3, 0), Err(Errno::Again), "the fake scheduler does not wait");
    fd::fd_fdstat_set_flags(&mut guest.ctx, 3, 4).unwrap();
    assert!(door.nonblocking());
    assert_eq!(guest.fdstat(3).unwrap().flags, 4);
    assert_eq!(accept(&mut guest, 3, 0), Err(Errno::Again));
    door.queue.lock().push_back(peer(false));
    assert_eq!(accept(&mut guest, 3, 4), Ok(4));
    assert_eq!(guest.fdstat(4).unwrap().flags, 4, "the flag is the connection's");
    assert_eq!(receive(&mut guest, 4, &[(DATA, 1)], 0), Err(Errno::Again));
}

#[test]
fn peeking_leaves_the_bytes() {
    let (mut guest, peer) = connected(false);
    peer.stream.push(b"abc");
    assert_eq!(receive(&mut guest, 5, &[(DATA, 2)], 1), Ok(2));
    assert_eq!(receive(&mut guest, 5, &[(DATA, 3)], 0), Ok(3));
    assert_eq!(guest.get(DATA, 3), b"abc");
}

#[test]
fn waiting_for_all_goes_on_over_short_counts() {
    let (mut guest, peer) = connected(true);
    peer.stream.limit(2);
    peer.stream.push(b"abcdefg");
    assert_eq!(receive(&mut guest, 5, &[(DATA, 3), (DATA + 10, 3)], 0), Ok(2));
    assert_eq!(receive(&mut guest, 5, &[(DATA, 3), (DATA + 10, 1)], 2), Ok(4));
    assert_eq!(guest.get(DATA, 3), b"cde");
    assert_eq!(guest.get(DATA + 10, 1), b"f");
    assert_eq!(receive(&mut guest, 5, &[(DATA, 9)], 2), Ok(1), "what came before the error");
    assert_eq!(receive(&mut guest, 5, &[(DATA, 9)], 2), Err(Errno::Connreset));
}

#[test]
fn flags_that_do_not_exist_are_refused() {
    let (mut guest, peer) = connected(false);
    peer.stream.push(b"abc");
    assert_eq!(receive(&mut guest, 5, &[(DATA, 1)], 4), Err(Errno::Notsup));
    assert_eq!(receive(&mut guest, 5, &[(DATA, 1)], 0x100), Err(Errno::Notsup));
    assert_eq!(send(&mut guest, 5, b"x", 1), Err(Errno::Inval));
    for how in [0, 4, 7, 0x101] {
        assert_eq!(sock::sock_shutdown(&mut guest.ctx, 5, how), Err(Errno::Inval));
    }
    assert_eq!(accept(&mut guest, 4, 1), Err(Errno::Inval));
    assert_eq!(peer.stream.unread(), b"abc");
}

#[test]
fn what_is_no_socket_says_so() {
    let (mut guest, _) = connected(false);
    let file = guest.open("file", CREAT, READ | WRITE).unwrap();
    for fd in [1, ROOT, file] {
        assert_eq!(accept(&mut guest, fd, 0), Err(Errno::Notsock));
        assert_eq!(receive(&mut guest, fd, &[(DATA, 1)], 0), Err(Errno::Notsock));
        assert_eq!(send(&mut guest, fd, b"x", 0), Err(Errno::Notsock));
        assert_eq!(sock::sock_shutdown(&mut guest.ctx, fd, 1), Err(Errno::Notsock));
    }
    assert_eq!(sock::sock_shutdown(&mut guest.ctx, 77, 1), Err(Errno::Badf));
    assert_eq!(accept(&mut guest, 77, 0), Err(Errno::Badf));
    assert_eq!(accept(&mut guest, 5, 0), Err(Errno::Inval));
    assert_eq!(receive(&mut guest, 4, &[(DATA, 1)], 0), Err(Errno::Notconn));
    assert_eq!(guest.read(4, 1), Err(Errno::Notconn));
    assert_eq!(guest.seek(5, 0, 0), Err(Errno::Spipe));
}

#[test]
fn sockets_look_like_sockets() {
    let (mut guest, _) = connected(false);
    let listener = guest.fdstat(4).unwrap();
    assert_eq!(listener.kind, 6);
    assert!(listener.base.contains(Rights::SOCK_ACCEPT));
    let connection = guest.fdstat(5).unwrap();
    assert_eq!(connection.kind, 6);
    assert!(connection.base.contains(Rights::SOCK_SHUTDOWN | READ | WRITE));
    assert_eq!(guest.filestat(5).unwrap().kind, 6);
    let prestat = guest.call(|c, m| fd::fd_prestat_get(c, m, 4, at(RESULT)));
    assert_eq!(prestat, Err(Errno::Badf));
}

#[test]
fn a_full_table_takes_no_connection() {
    let door = Arc::new(Door::default());
    door.queue.lock().push_back(peer(false));
    let mut guest = Guest::new(WasiCtxBuilder::new().listener(door.clone()).max_descriptors(4));
    assert_eq!(accept(&mut guest, 3, 0), Err(Errno::Mfile));
    let bad = guest.call(|c, m| sock::sock_accept(c, m, 3, 0, at(0xffff_fff0)));
    assert_eq!(bad, Err(Errno::Fault));
    assert_eq!(door.queue.lock().len(), 1, "it still waits");
}
