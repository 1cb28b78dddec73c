//! What is tried does not wait, whatever the mode; and who waits can be woken.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ringzero::platform::{ErrorKind, Interest, Listener, RecvFlags, Scheduler, Stream, Wait, Waited, Waker};
use ringzero_platform_std::{HostScheduler, HostStream, TcpListenerSource, pipe};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Writes until there is no room; how much was written.
fn fill(stream: &dyn Stream) -> usize {
    let block = vec![b'x'; 100_000];
    let mut total = 0;
    loop {
        match stream.try_write(&[&block[..10], &[], &block]) {
            Ok(count) => total += count,
            Err(error) => {
                assert_eq!(error, ErrorKind::WouldBlock);
                return total;
            }
        }
    }
}

#[test]
fn a_pipe_is_tried_without_waiting() {
    let (read, write) = pipe().unwrap();
    let mut buffer = [0; 100_000];
    assert_eq!(read.try_read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
    let written = fill(&*write);
    assert!(written >= 4096, "{written}");
    let mut found = 0;
    while found < written {
        found += read.try_read(&mut [&mut [], &mut buffer]).unwrap();
    }
    assert_eq!(read.try_read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
    assert_eq!(write.try_read(&mut [&mut buffer]), Err(ErrorKind::BadDescriptor));
    drop(write);
    assert_eq!(read.try_read(&mut [&mut buffer]), Ok(0));
}

#[test]
fn a_terminal_is_tried_without_waiting() {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let master: OwnedFd = openpt(flags).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = std::fs::File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let other = HostStream::from_fd(master.try_clone().unwrap());
    let (terminal, mut user) = (HostStream::from_fd(slave.into()), std::fs::File::from(master));
    let mut buffer = [0; 64];
    assert_eq!(terminal.try_read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
    assert_eq!(other.try_read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
    assert_eq!(other.try_write(&[b"a"]), Ok(1), "to this terminal and no other");
    user.write_all(b"b").unwrap();
    assert_eq!(terminal.try_read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock), "no whole line yet");
    user.write_all(b"c\n").unwrap();
    assert_eq!(terminal.try_read(&mut [&mut buffer]), Ok(4));
    assert_eq!(&buffer[..4], b"abc\n");
    assert!(fill(&terminal) > 0);
    assert!(user.read(&mut buffer).unwrap() > 0);
}

#[test]
fn sockets_are_tried_without_waiting() {
    let listener = TcpListenerSource::bind("127.0.0.1:0").unwrap();
    assert!(!listener.nonblocking());
    assert_eq!(listener.try_accept().err(), Some(ErrorKind::WouldBlock));
    let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    // The mode is still to wait, and now there is something.
    let connection = listener.accept().unwrap();
    let mut buffer = [0; 10];
    let all = RecvFlags::WAIT_ALL;
    assert_eq!(connection.try_read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
    assert_eq!(connection.try_receive(&mut [&mut buffer], all), Err(ErrorKind::WouldBlock));
    peer.write_all(b"abc").unwrap();
    assert_eq!(
        HostScheduler
            .wait(&[Wait { handle: connection.wait_handle().unwrap(), interest: Interest::READ }], None),
        Ok(Waited::Woken)
    );
    assert_eq!(connection.try_receive(&mut [&mut buffer], all | RecvFlags::PEEK), Ok(3));
    assert_eq!(connection.try_receive(&mut [&mut buffer], all), Ok(3));
    assert!(fill(&*connection) > 0);
}

#[test]
fn who_waits_is_woken_and_a_wake_is_remembered() {
    let waker: Arc<dyn Waker> = HostScheduler.waker().unwrap().unwrap();
    let waits = [Wait { handle: waker.wait_handle(), interest: Interest::READ }];
    let wait = |millis: u64| HostScheduler.wait(&waits, Some(millis * 1_000_000));
    assert_eq!(wait(1), Ok(Waited::TimedOut));
    waker.wake();
    waker.wake();
    assert_eq!(wait(60_000), Ok(Waited::Woken));
    assert_eq!(wait(60_000), Ok(Waited::Woken));
    waker.clear();
    assert_eq!(wait(1), Ok(Waited::TimedOut));
    let sleeper = {
        let waker = Arc::clone(&waker);
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            waker.wake();
        })
    };
    assert_eq!(HostScheduler.wait(&waits, None), Ok(Waited::Woken));
    sleeper.join().unwrap();
}
