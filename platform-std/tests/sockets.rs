//! TCP on the loopback interface: a guest's side against the standard library's.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::io::{Read, Write};
use std::net::{Shutdown as StdShutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ringzero::platform::{
    Connection, ErrorKind, FileType, Interest, Listener, RecvFlags, Result, Scheduler, Shutdown, Wait, Waited,
};
use ringzero_platform_std::{HostScheduler, TcpListenerSource};

const PATIENCE: Option<u64> = Some(60_000_000_000);

fn listen() -> Arc<TcpListenerSource> {
    TcpListenerSource::bind("127.0.0.1:0").unwrap()
}

/// The guest's end and the host's.
fn connected() -> (Arc<dyn Connection>, TcpStream) {
    let listener = listen();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap(), client)
}

fn wait_for(connection: &Arc<dyn Connection>, interest: Interest) {
    let wait = Wait { handle: connection.wait_handle().unwrap(), interest };
    assert_eq!(HostScheduler.wait(&[wait], PATIENCE), Ok(Waited::Woken));
}

#[test]
fn accept_answers_at_once_or_waits() {
    let listener = listen();
    assert!(!listener.ready().unwrap().ready);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.nonblocking());
    assert_eq!(listener.accept().err(), Some(ErrorKind::WouldBlock));
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let wait = Wait { handle: listener.wait_handle().unwrap(), interest: Interest::READ };
    assert_eq!(HostScheduler.wait(&[wait], PATIENCE), Ok(Waited::Woken));
    assert!(listener.ready().unwrap().ready);
    let connection = listener.accept().unwrap();
    // The listener's mode is not the connection's.
    assert!(!connection.nonblocking());
    assert_eq!(connection.file_type(), FileType::Socket);
    drop(client);

    listener.set_nonblocking(false).unwrap();
    let address = listener.local_addr().unwrap();
    let later = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        TcpStream::connect(address).unwrap()
    });
    listener.accept().unwrap();
    drop(later.join().unwrap());
}

#[test]
fn an_address_is_taken_once() {
    let listener = listen();
    let error = TcpListenerSource::bind(listener.local_addr().unwrap()).err().map(|e| e.kind());
    assert_eq!(error, Some(std::io::ErrorKind::AddrInUse));
}

#[test]
fn bytes_go_both_ways_in_order() {
    let (guest, mut host) = connected();
    assert_eq!(guest.write(&[b"ab", b"", b"cde"]), Ok(5));
    let mut buffer = [0; 5];
    host.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"abcde");
    host.write_all(b"0123456789").unwrap();
    let (mut a, mut b, mut c) = ([0; 1], [0; 3], [0; 6]);
    // Everything has arrived when the last byte is there.
    let all = guest.receive(&mut [&mut [0; 10]], RecvFlags::PEEK | RecvFlags::WAIT_ALL);
    assert_eq!(all, Ok(10));
    assert_eq!(guest.ready(Interest::READ).unwrap().bytes, 10);
    assert_eq!(guest.read(&mut [&mut a, &mut b]), Ok(4));
    assert_eq!((&a, &b), (b"0", b"123"));
    assert_eq!(guest.receive(&mut [&mut c], RecvFlags::empty()), Ok(6));
    assert_eq!(&c, b"456789");
    assert_eq!(guest.read(&mut [&mut []]), Ok(0));
}

#[test]
fn peeking_leaves_the_bytes_in_every_buffer() {
    let (guest, mut host) = connected();
    host.write_all(b"abcd").unwrap();
    wait_for(&guest, Interest::READ);
    let (mut a, mut b) = ([0; 1], [0; 3]);
    let flags = RecvFlags::PEEK | RecvFlags::WAIT_ALL;
    for _ in 0..2 {
        assert_eq!(guest.receive(&mut [&mut a, &mut b], flags), Ok(4));
        assert_eq!((&a, &b), (b"a", b"bcd"));
    }
    assert_eq!(guest.read(&mut [&mut a]), Ok(1));
}

#[test]
fn wait_all_waits_for_all() {
    let (guest, mut host) = connected();
    let writer = thread::spawn(move || {
        for piece in [&b"ab"[..], b"cd", b"ef"] {
            host.write_all(piece).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
        host
    });
    let (mut a, mut b) = ([0; 3], [0; 3]);
    assert_eq!(guest.receive(&mut [&mut a, &mut b], RecvFlags::WAIT_ALL), Ok(6));
    assert_eq!((&a, &b), (b"abc", b"def"));
    drop(writer.join().unwrap());
}

#[test]
fn shutdown_closes_one_direction() {
    let (guest, mut host) = connected();
    guest.shutdown(Shutdown::WRITE).unwrap();
    let mut buffer = Vec::new();
    host.read_to_end(&mut buffer).unwrap();
    assert_eq!(guest.write(&[b"x"]), Err(ErrorKind::BrokenPipe));
    host.write_all(b"still").unwrap();
    wait_for(&guest, Interest::READ);
    let mut buffer = [0; 8];
    assert_eq!(guest.read(&mut [&mut buffer]), Ok(5));
    host.shutdown(StdShutdown::Write).unwrap();
    wait_for(&guest, Interest::READ);
    assert_eq!(guest.read(&mut [&mut buffer]), Ok(0));
    assert_eq!(guest.shutdown(Shutdown::empty()), Err(ErrorKind::InvalidInput));
}

#[test]
fn a_peer_that_is_gone_is_an_error_and_not_a_signal() {
    let (guest, host) = connected();
    drop(host);
    let mut last: Result<usize> = Ok(0);
    for _ in 0..1000 {
        last = guest.write(&[&[0; 4096]]);
        if last.is_err() {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    assert!(matches!(last, Err(ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)), "{last:?}");
}

#[test]
fn non_blocking_connections_do_not_wait() {
    let (guest, mut host) = connected();
    guest.set_nonblocking(true).unwrap();
    let mut buffer = [0; 8];
    assert_eq!(guest.read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
    assert!(!guest.ready(Interest::READ).unwrap().ready);
    assert!(guest.ready(Interest::WRITE).unwrap().ready);
    let block = vec![7; 1 << 20];
    let mut sent = 0;
    let error = loop {
        match guest.write(&[&block, &block]) {
            Ok(count) => sent += count,
            Err(error) => break error,
        }
    };
    assert_eq!(error, ErrorKind::WouldBlock);
    let mut received = vec![0; sent];
    host.read_exact(&mut received).unwrap();
    assert!(received.iter().all(|&b| b == 7));
    wait_for(&guest, Interest::WRITE);
    host.write_all(b"now").unwrap();
    wait_for(&guest, Interest::READ);
    assert_eq!(guest.read(&mut [&mut buffer]), Ok(3));
}
