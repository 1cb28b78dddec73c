//! Streams and waiting: pipes, redirected standard input, real time.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::fs;
use std::io::{Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ringzero::platform::{
    ErrorKind, FileType, Interest, Scheduler, SeekFrom, Stream, Wait, WaitHandle, Waited,
};
use ringzero_platform_std::{HostScheduler, HostStream, pipe, stdin};

const MILLI: u64 = 1_000_000;

fn wait_on(stream: &HostStream, interest: Interest) -> Wait {
    Wait { handle: stream.wait_handle().unwrap(), interest }
}

#[test]
fn a_pipe_gives_what_is_there_and_no_more() {
    let (read, write) = pipe().unwrap();
    assert_eq!((read.file_type(), write.file_type()), (FileType::Fifo, FileType::Fifo));
    assert_eq!(write.write(&[b"ab", b"", b"cdef"]), Ok(6));
    let (mut a, mut b) = ([0; 1], [0; 2]);
    assert_eq!(read.read(&mut [&mut a, &mut [], &mut b]), Ok(3));
    assert_eq!((&a, &b), (b"a", b"bc"));
    assert_eq!(read.ready(Interest::READ).map(|r| (r.ready, r.bytes)), Ok((true, 3)));
    let mut rest = [0; 47];
    assert_eq!(read.read(&mut [&mut a, &mut rest]), Ok(3));
    assert_eq!(read.write(&[b"x"]), Err(ErrorKind::BadDescriptor));
    assert_eq!(write.read(&mut [&mut a]), Err(ErrorKind::BadDescriptor));
    drop(write);
    assert_eq!(read.read(&mut [&mut a]), Ok(0));
    assert_eq!(read.ready(Interest::READ).map(|r| (r.ready, r.hangup)), Ok((true, true)));
    assert!(read.as_file().is_none());
}

#[test]
fn writing_to_nobody_is_an_error_and_not_a_signal() {
    let (read, write) = pipe().unwrap();
    drop(read);
    assert_eq!(write.write(&[b"x"]), Err(ErrorKind::BrokenPipe));
}

#[test]
fn non_blocking_mode_is_the_streams_own() {
    let (read, write) = pipe().unwrap();
    let mut buffer = [0; 4];
    assert!(!read.nonblocking());
    read.set_nonblocking(true).unwrap();
    assert_eq!(read.read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
    assert_eq!(read.read(&mut [&mut []]), Ok(0));
    write.write(&[b"ab"]).unwrap();
    assert_eq!(read.read(&mut [&mut buffer]), Ok(2));

    write.set_nonblocking(true).unwrap();
    let block = vec![0; 100_000];
    let mut total = 0;
    let error = loop {
        match write.write(&[&block, &block]) {
            Ok(count) => total += count,
            Err(error) => break error,
        }
    };
    assert_eq!(error, ErrorKind::WouldBlock);
    assert!(total >= 4096, "{total}");
    assert!(!write.ready(Interest::WRITE).unwrap().ready);
}

#[test]
fn a_flag_that_somebody_else_set_does_not_end_a_blocking_read() {
    let (read, write): (OwnedFd, OwnedFd) = {
        let (read, write) = std::io::pipe().unwrap();
        (read.into(), write.into())
    };
    let flags = rustix::fs::fcntl_getfl(&read).unwrap();
    rustix::fs::fcntl_setfl(&read, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
    let stream = HostStream::from_fd(read);
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        rustix::io::write(write.as_fd(), b"late").unwrap();
    });
    let mut buffer = [0; 8];
    assert_eq!(stream.read(&mut [&mut buffer]), Ok(4));
    assert_eq!(&buffer[..4], b"late");
    writer.join().unwrap();
}

#[test]
fn time_runs_out() {
    let (read, write) = pipe().unwrap();
    let begin = Instant::now();
    assert_eq!(HostScheduler.wait(&[], Some(20 * MILLI)), Ok(Waited::TimedOut));
    let reading = wait_on(&read, Interest::READ);
    assert_eq!(HostScheduler.wait(&[reading], Some(20 * MILLI)), Ok(Waited::TimedOut));
    assert!(begin.elapsed() >= Duration::from_millis(40));
    let begin = Instant::now();
    assert_eq!(HostScheduler.wait(&[reading], Some(0)), Ok(Waited::TimedOut));
    let writing = wait_on(&write, Interest::WRITE);
    assert_eq!(HostScheduler.wait(&[reading, writing], None), Ok(Waited::Woken));
    assert!(begin.elapsed() < Duration::from_secs(10));
    HostScheduler.yield_now();
}

#[test]
fn a_write_wakes_a_waiter() {
    let (read, write) = pipe().unwrap();
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        write.write(&[b"x"]).unwrap();
        write
    });
    let waits = [wait_on(&read, Interest::READ)];
    assert_eq!(HostScheduler.wait(&waits, Some(60_000 * MILLI)), Ok(Waited::Woken));
    assert_eq!(read.ready(Interest::READ).unwrap().bytes, 1);
    drop(writer.join().unwrap());
}

#[test]
fn handles_that_are_none_of_ours_do_no_harm() {
    let bad = |handle| Wait { handle: WaitHandle(handle), interest: Interest::READ };
    assert_eq!(HostScheduler.wait(&[bad(u64::MAX)], Some(0)), Err(ErrorKind::BadDescriptor));
    // Not open: the waiter is woken, asks the source and learns of it there.
    assert_eq!(HostScheduler.wait(&[bad(1_000_000)], None), Ok(Waited::Woken));
}

/// What the child processes of the tests below do; does nothing when run by itself.
#[test]
fn child() {
    let Ok(role) = std::env::var("RINGZERO_TEST_CHILD") else { return };
    let input: Arc<dyn Stream> = stdin();
    let mut buffer = [0; 5];
    let count = input.read(&mut [&mut buffer]).unwrap();
    let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
    let size = input.as_file().map(|file| file.stat().unwrap().size);
    if role == "seek" {
        input.as_file().unwrap().seek(SeekFrom::Start(2)).unwrap();
    }
    eprintln!("child: {:?} {text} {size:?}", input.file_type());
}

fn run_child(role: &str, input: Stdio) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env("RINGZERO_TEST_CHILD", role)
        .stdin(input)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said(child: std::process::Child) -> String {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn standard_input_from_a_file_is_a_file_and_its_offset_is_shared() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"0123456789").unwrap();
    file.rewind().unwrap();
    let child = run_child("read", file.try_clone().unwrap().into());
    assert_eq!(said(child), "child: Regular 01234 Some(10)\n");
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "56789");
    file.rewind().unwrap();
    said(run_child("seek", file.try_clone().unwrap().into()));
    assert_eq!(file.stream_position().unwrap(), 2);
}

#[test]
fn standard_input_from_a_pipe_is_read_no_further_than_asked() {
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"0123456789").unwrap();
    drop(writer);
    let child = run_child("read", reader.try_clone().unwrap().into());
    assert_eq!(said(child), "child: Fifo 01234 None\n");
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "56789");
}

#[test]
fn standard_input_from_the_null_device_has_positions_and_is_no_terminal() {
    let null = fs::File::open("/dev/null").unwrap();
    assert_eq!(said(run_child("read", null.into())), "child: CharacterDevice  Some(0)\n");
}

#[test]
fn standard_input_from_a_terminal_has_no_positions() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let host = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&host).unwrap();
    unlockpt(&host).unwrap();
    let name = ptsname(&host, Vec::new()).unwrap();
    let guest = fs::OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    rustix::io::write(&host, b"one\ntwo\n").unwrap();
    assert_eq!(
        said(run_child("read", guest.try_clone().unwrap().into())),
        "child: CharacterDevice one\n None\n"
    );
    // A line at a time, as terminals give it; the next one is still there.
    let mut buffer = [0; 16];
    assert_eq!(HostStream::from_fd(guest.into()).read(&mut [&mut buffer]), Ok(4));
    assert_eq!(&buffer[..4], b"two\n");
}
