//! The test bed, tested: what it says of itself is so.

use alloc::{sync::Arc, vec, vec::Vec};
use core::ptr::NonNull;

use super::{CountingEntropy, Faults, ManualClock, TestDir, TestScheduler, TestStream, Tracer};
use crate::platform::{
    Clock, Dir, ErrorKind, FileFlags, FileType, Interest, Node, OpenOptions, Protection, Result, Scheduler,
    SeekFrom, SetTime, Step, Stream, VirtualMemory, Wait, WaitHandle, Waited,
};

#[test]
fn files_keep_what_is_put_in() {
    let dir = TestDir::new();
    dir.put("a", b"hello").unwrap();
    dir.put("a", b"hi").unwrap();
    dir.put("b", b"").unwrap();
    assert_eq!(dir.get("a").as_deref(), Ok(&b"hi"[..]));
    assert_eq!(dir.get("none"), Err(ErrorKind::NotFound));
    assert_eq!(dir.names(), ["a", "b"]);
    dir.create_dir(b"sub").unwrap();
    assert_eq!(dir.put("sub", b"x"), Err(ErrorKind::IsDirectory));
}

#[test]
fn times_come_from_the_clock_it_was_given() {
    let clock = ManualClock::new(1_000);
    let dir = TestDir::with_clock(clock.clone());
    clock.advance(5);
    dir.put("a", b"x").unwrap();
    let stat = dir.stat_at(b"a").unwrap();
    assert_eq!((stat.modified, dir.stat().unwrap().modified), (1_005, 1_005));
    clock.set_wall(9_000);
    dir.set_times_at(b"a", SetTime::At(7), SetTime::Omit).unwrap();
    let stat = dir.stat_at(b"a").unwrap();
    assert_eq!((stat.accessed, stat.modified, stat.changed), (7, 1_005, 9_000));
}

#[test]
fn a_stream_gives_what_was_pushed_and_stops_where_told() {
    let stream = TestStream::with_type(FileType::CharacterDevice, Some(WaitHandle(9)));
    let mut buffer = [0; 4];
    assert_eq!(stream.read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
    stream.push(b"abcdef");
    stream.limit(3);
    assert_eq!(stream.read(&mut [&mut buffer]), Ok(3));
    assert_eq!((&buffer[..3], stream.unread()), (&b"abc"[..], b"def".to_vec()));
    assert_eq!(stream.ready(Interest::READ).map(|r| r.bytes), Ok(3));
    stream.close();
    assert_eq!(stream.read(&mut [&mut buffer]), Ok(3));
    assert_eq!(stream.read(&mut [&mut buffer]), Ok(0));
    assert_eq!(stream.write(&[b"xy", b"zw"]), Ok(3));
    assert_eq!(stream.take_output(), b"xyz");
    assert_eq!(stream.wait_handle(), Some(WaitHandle(9)));
}

#[test]
fn waiting_moves_the_clock() {
    let clock = ManualClock::new(0);
    let scheduler = TestScheduler::new(clock.clone());
    scheduler.yield_now();
    assert_eq!(scheduler.wait(&[], Some(70)), Ok(Waited::TimedOut));
    assert_eq!(clock.monotonic(), 70);
    let wait = Wait { handle: WaitHandle(3), interest: Interest::READ };
    assert_eq!(scheduler.wait(&[wait], None), Ok(Waited::Woken));
    assert_eq!(scheduler.yields(), 1);
    let waits = vec![(vec![], Some(70)), (vec![WaitHandle(3)], None)];
    assert_eq!(scheduler.take_waits(), waits);
}

#[test]
fn the_tracer_writes_down_calls_and_answers() {
    let tracer = Tracer::new();
    let dir = tracer.dir(TestDir::new());
    let options = OpenOptions { read: true, write: true, create: true, ..OpenOptions::default() };
    let Ok(Node::File(file)) = dir.open(b"a", options) else { panic!("not a file") };
    file.write(&[b"abc", b""]).unwrap();
    file.seek(SeekFrom::Start(1)).unwrap();
    file.read(&mut [&mut [0; 1], &mut [0; 9]]).unwrap();
    dir.rename(b"a", &*dir, b"b").unwrap();
    assert_eq!(dir.unlink(b"a"), Err(ErrorKind::NotFound));
    let lines = tracer.take();
    let expected = [
        r#"dir.open "a" => Ok(file)"#,
        "file.write [3, 0] => Ok(3)",
        "file.seek Start(1) => Ok(1)",
        "file.read [1, 9] => Ok(2)",
        r#"dir.rename "a" "b" => Ok(())"#,
        r#"dir.unlink "a" => Err(NotFound)"#,
    ];
    assert_eq!(lines, expected);
    assert!(tracer.take().is_empty());
}

/// Writes, renames and lists: eight calls or so, each of which may fail.
fn program(dir: &dyn Dir) -> Result<usize> {
    let options =
        OpenOptions { write: true, create: true, flags: FileFlags::APPEND, ..OpenOptions::default() };
    let Node::File(file) = dir.open(b"a", options)? else {
        return Err(ErrorKind::IsDirectory);
    };
    file.write(&[b"abc"])?;
    file.sync()?;
    dir.rename(b"a", dir, b"b")?;
    let mut count = 0;
    dir.read_dir(0, &mut |_| {
        count += 1;
        Step::Continue
    })?;
    Ok(count)
}

#[test]
fn each_call_fails_in_its_turn() {
    let faults = Faults::new();
    for nth in 1..=5 {
        let dir = faults.dir(TestDir::new());
        faults.fail(nth, ErrorKind::NoSpace);
        assert_eq!(program(&*dir), Err(ErrorKind::NoSpace), "call {nth}");
        assert!(faults.struck());
    }
    let dir = faults.dir(TestDir::new());
    faults.fail(6, ErrorKind::NoSpace);
    assert_eq!(program(&*dir), Ok(1));
    assert!(!faults.struck());
    assert_eq!(faults.calls(), 5);
}

#[test]
fn streams_bytes_and_clocks_fail_too() {
    let faults = Faults::new();
    let stream = faults.stream(TestStream::from_input(b"xy"));
    let entropy = faults.entropy(Arc::new(CountingEntropy::default()));
    let clock = faults.clock(ManualClock::new(5));
    let mut buffer = [0; 2];
    faults.fail(2, ErrorKind::Io);
    assert_eq!(stream.read(&mut [&mut buffer]), Ok(2));
    assert_eq!(entropy.fill(&mut buffer), Err(ErrorKind::Io));
    entropy.fill(&mut buffer).unwrap();
    assert_eq!(buffer, [0, 1]);
    faults.fail(1, ErrorKind::Io);
    assert_eq!((clock.wall(), clock.wall()), (0, 5));
}

struct NoMemory;

// SAFETY: hands out nothing.
unsafe impl VirtualMemory for NoMemory {
    fn page_size(&self) -> usize {
        4096
    }

    fn reserve(&self, _: usize) -> Result<NonNull<u8>> {
        Ok(NonNull::dangling())
    }

    unsafe fn commit(&self, _: NonNull<u8>, _: usize) -> Result<()> {
        Ok(())
    }

    unsafe fn protect(&self, _: NonNull<u8>, _: usize, _: Protection) -> Result<()> {
        Ok(())
    }

    unsafe fn release(&self, _: NonNull<u8>, _: usize) {}
}

#[test]
fn address_space_fails_too() {
    let faults = Faults::new();
    let memory = faults.memory(NoMemory);
    faults.fail(2, ErrorKind::OutOfMemory);
    let start = memory.reserve(4096).unwrap();
    // SAFETY: `NoMemory` touches nothing.
    let first = unsafe { memory.commit(start, 4096) };
    // SAFETY: as above.
    let second = unsafe { memory.commit(start, 4096) };
    assert_eq!((first, second), (Err(ErrorKind::OutOfMemory), Ok(())));
    let results: Vec<_> = (0..3).map(|_| memory.reserve(1).is_ok()).collect();
    assert_eq!(results, [true; 3]);
}
