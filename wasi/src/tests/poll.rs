//! Waiting for several things at once.

use alloc::{sync::Arc, vec::Vec};

use ringzero::platform::{
    Clock, FileType, Interest, Readiness, Result as PlatformResult, Scheduler, Stream, Wait, WaitHandle,
    Waited,
    testing::{ManualClock, TestDir, TestScheduler, TestStream},
};

use super::{BOTH, DATA, Guest, IOVS, RESULT, ROOT, at};
use crate::{Errno, WasiCtxBuilder, poll};

const CLOCK: u8 = 0;
const FD_READ: u8 = 1;
const FD_WRITE: u8 = 2;
const ABSOLUTE: u16 = 1;
const MILLI: u64 = 1_000_000;

type Sub = [u8; 48];

fn clock(user: u64, id: u32, timeout: u64, flags: u16) -> Sub {
    let mut bytes = [0; 48];
    bytes[..8].copy_from_slice(&user.to_le_bytes());
    bytes[8] = CLOCK;
    bytes[16..20].copy_from_slice(&id.to_le_bytes());
    bytes[24..32].copy_from_slice(&timeout.to_le_bytes());
    bytes[40..42].copy_from_slice(&flags.to_le_bytes());
    bytes
}

fn on(user: u64, kind: u8, fd: u32) -> Sub {
    let mut bytes = [0; 48];
    bytes[..8].copy_from_slice(&user.to_le_bytes());
    bytes[8] = kind;
    bytes[16..20].copy_from_slice(&fd.to_le_bytes());
    bytes
}

/// User data, error, type, bytes, flags.
type Fired = (u64, u16, u8, u64, u16);

fn poll_on(guest: &mut Guest, subscriptions: &[Sub]) -> Result<Vec<Fired>, Errno> {
    poll_between(guest, subscriptions, IOVS, DATA)
}

fn poll_between(
    guest: &mut Guest,
    subscriptions: &[Sub],
    input: u32,
    output: u32,
) -> Result<Vec<Fired>, Errno> {
    guest.put(input, subscriptions.as_flattened());
    let count = subscriptions.len() as u32;
    guest.call(|c, m| poll::poll_oneoff(c, m, at(input), at(output), count, at(RESULT)))?;
    let fired = guest.u32_at(RESULT);
    Ok((0..fired)
        .map(|index| {
            let event = guest.get(output + 32 * index, 32);
            let half = |offset: usize| u16::from_le_bytes([event[offset], event[offset + 1]]);
            (
                u64::from_le_bytes(event[..8].try_into().unwrap()),
                half(8),
                event[10],
                u64::from_le_bytes(event[16..24].try_into().unwrap()),
                half(24),
            )
        })
        .collect())
}

fn timed(wall: u64) -> (WasiCtxBuilder, Arc<ManualClock>, Arc<TestScheduler>) {
    let clock = ManualClock::new(wall);
    let scheduler = TestScheduler::new(clock.clone());
    let builder = WasiCtxBuilder::new().clock(clock.clone()).scheduler(scheduler.clone());
    (builder, clock, scheduler)
}

#[test]
fn only_the_earliest_clock_fires() {
    let (builder, time, scheduler) = timed(0);
    let mut guest = Guest::new(builder);
    let subscriptions = [clock(1, 1, 5 * MILLI, 0), clock(2, 1, 2 * MILLI, 0), clock(3, 0, 9 * MILLI, 0)];
    assert_eq!(poll_on(&mut guest, &subscriptions), Ok([(2, 0, CLOCK, 0, 0)].to_vec()));
    assert_eq!(scheduler.take_waits(), [([].to_vec(), Some(2 * MILLI))]);
    assert_eq!(time.monotonic(), 2 * MILLI);
}

#[test]
fn clocks_of_one_time_fire_together() {
    let mut guest = Guest::new(timed(0).0);
    let subscriptions = [clock(1, 1, MILLI, 0), clock(2, 0, MILLI, 0), clock(3, 1, 2 * MILLI, 0)];
    let fired = poll_on(&mut guest, &subscriptions).unwrap();
    assert_eq!(fired.iter().map(|event| event.0).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn absolute_times_are_of_the_clock_that_is_named() {
    let (builder, time, scheduler) = timed(1_000 * MILLI);
    time.advance(5 * MILLI);
    let mut guest = Guest::new(builder);
    let wall = clock(1, 0, 1_010 * MILLI, ABSOLUTE);
    let monotonic = clock(2, 1, 20 * MILLI, ABSOLUTE);
    assert_eq!(poll_on(&mut guest, &[wall, monotonic]).unwrap()[0].0, 1);
    assert_eq!(scheduler.take_waits(), [([].to_vec(), Some(5 * MILLI))]);
    assert_eq!(poll_on(&mut guest, &[monotonic]).unwrap()[0].0, 2);
    assert_eq!(scheduler.take_waits(), [([].to_vec(), Some(10 * MILLI))]);
    assert_eq!(poll_on(&mut guest, &[monotonic]).unwrap()[0].0, 2, "the past fires at once");
    assert!(scheduler.take_waits().is_empty());
}

#[test]
fn a_clock_that_does_not_exist_fails_alone_and_at_once() {
    let (builder, _, scheduler) = timed(0);
    let mut guest = Guest::new(builder);
    let inval = Errno::Inval.number();
    for (id, flags) in [(2, 0), (3, 0), (9, 0), (1, 2)] {
        let subscriptions = [clock(1, id, MILLI, flags), clock(2, 1, MILLI, 0)];
        assert_eq!(poll_on(&mut guest, &subscriptions), Ok([(1, inval, CLOCK, 0, 0)].to_vec()));
    }
    assert!(scheduler.take_waits().is_empty());
}

#[test]
fn fake_sleeps_end_at_once_and_only_what_is_first_fires() {
    let mut guest = Guest::new(WasiCtxBuilder::new());
    let day = 86_400_000 * MILLI;
    let subscriptions = [clock(1, 1, 2 * day, 0), clock(2, 0, day, 0), clock(3, 1, u64::MAX, 0)];
    assert_eq!(poll_on(&mut guest, &subscriptions), Ok([(2, 0, CLOCK, 0, 0)].to_vec()));
}

#[test]
fn descriptors_that_are_ready_fire_before_any_clock() {
    let stdin = TestStream::with_type(FileType::Unknown, Some(WaitHandle(7)));
    stdin.push(b"abc");
    let (builder, _, scheduler) = timed(0);
    let mut guest = Guest::new(builder.stdin(stdin.clone()));
    let subscriptions = [clock(1, 1, MILLI, 0), on(2, FD_READ, 0), on(3, FD_WRITE, 1)];
    let expected = [(2, 0, FD_READ, 3, 0), (3, 0, FD_WRITE, 0, 0)];
    assert_eq!(poll_on(&mut guest, &subscriptions), Ok(expected.to_vec()));
    assert!(scheduler.take_waits().is_empty());
    stdin.close();
    assert_eq!(poll_on(&mut guest, &[on(2, FD_READ, 0)]), Ok([(2, 0, FD_READ, 3, 1)].to_vec()));
}

#[test]
fn files_and_directories_are_always_ready() {
    let root = TestDir::new();
    root.put("file", b"abcdef").unwrap();
    let mut guest = Guest::new(WasiCtxBuilder::new().preopen("/", root));
    let fd = guest.open("file", 0, BOTH).unwrap();
    guest.read(fd, 2).unwrap();
    let subscriptions = [on(1, FD_READ, fd), on(2, FD_WRITE, fd), on(3, FD_READ, ROOT)];
    let expected = [(1, 0, FD_READ, 4, 0), (2, 0, FD_WRITE, 0, 0), (3, 0, FD_READ, 0, 0)];
    assert_eq!(poll_on(&mut guest, &subscriptions), Ok(expected.to_vec()));
    assert_eq!(guest.read(fd, 9), Ok(b"cdef".to_vec()), "asking moves no offset");
}

#[test]
fn a_bad_descriptor_fails_alone() {
    let mut guest = Guest::new(timed(0).0);
    let subscriptions = [on(1, FD_READ, 77), clock(2, 1, MILLI, 0)];
    let expected = [(1, Errno::Badf.number(), FD_READ, 0, 0)];
    assert_eq!(poll_on(&mut guest, &subscriptions), Ok(expected.to_vec()));
}

#[test]
fn waiting_is_for_all_sources_and_the_earliest_clock() {
    let source = |handle| TestStream::with_type(FileType::Unknown, Some(WaitHandle(handle)));
    let (first, second) = (source(7), source(8));
    let (builder, _, scheduler) = timed(0);
    let mut guest = Guest::new(builder.stdin(first).stdout(second));
    let subscriptions = [on(1, FD_READ, 0), on(2, FD_READ, 1), clock(3, 1, 3 * MILLI, 0)];
    assert_eq!(poll_on(&mut guest, &subscriptions).unwrap(), [(3, 0, CLOCK, 0, 0)]);
    let handles = [WaitHandle(7), WaitHandle(8)].to_vec();
    let waits = scheduler.take_waits();
    assert_eq!(waits[0], (handles, Some(3 * MILLI)));
    assert!(waits.len() >= 3, "woken in vain, it waits for the rest");
}

/// Fills a stream while the guest waits for it.
struct Filler(Arc<TestStream>);

impl Scheduler for Filler {
    fn wait(&self, waits: &[Wait], timeout: Option<u64>) -> PlatformResult<Waited> {
        assert_eq!((waits.len(), timeout), (1, None));
        self.0.push(b"late");
        Ok(Waited::Woken)
    }
}

#[test]
fn a_source_that_becomes_ready_wakes_the_guest() {
    let stdin = TestStream::with_type(FileType::Unknown, Some(WaitHandle(7)));
    let builder = || WasiCtxBuilder::new().stdin(stdin.clone());
    let mut guest = Guest::new(builder().scheduler(Arc::new(Filler(stdin.clone()))));
    assert_eq!(poll_on(&mut guest, &[on(1, FD_READ, 0)]), Ok([(1, 0, FD_READ, 4, 0)].to_vec()));
    assert_eq!(guest.read(0, 9), Ok(b"late".to_vec()));
    assert_eq!(guest.read(0, 9), Ok(b"late".to_vec()), "a read waits in the same way");
}

/// Not ready for the first few questions, and nobody can wait for it.
struct Shy(spin::Mutex<u32>);

impl Stream for Shy {
    fn ready(&self, _: Interest) -> PlatformResult<Readiness> {
        let mut left = self.0.lock();
        *left = left.saturating_sub(1);
        Ok(if *left == 0 { Readiness::READY } else { Readiness::PENDING })
    }
}

#[test]
fn a_source_without_a_handle_is_asked_again_and_again() {
    let (builder, _, scheduler) = timed(0);
    let mut guest = Guest::new(builder.stdin(Arc::new(Shy(spin::Mutex::new(5)))));
    let subscriptions = [on(1, FD_READ, 0), clock(2, 1, u64::MAX, 0)];
    assert_eq!(poll_on(&mut guest, &subscriptions), Ok([(1, 0, FD_READ, 0, 0)].to_vec()));
    let limits: Vec<_> = scheduler.take_waits().into_iter().map(|wait| wait.1.unwrap()).collect();
    assert_eq!(limits, [MILLI, 2 * MILLI, 4 * MILLI, 8 * MILLI]);
}

#[test]
fn a_wait_that_cannot_end_is_refused() {
    let stdin = TestStream::new();
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(stdin.clone()));
    assert_eq!(poll_on(&mut guest, &[on(1, FD_READ, 0)]), Err(Errno::Deadlk));
    let fired = poll_on(&mut guest, &[on(1, FD_READ, 0), clock(2, 1, u64::MAX, 0)]);
    assert_eq!(fired, Ok([(2, 0, CLOCK, 0, 0)].to_vec()), "centuries of fake time pass at once");
}

/// A scheduler that was granted and only pretends.
struct Pretender;

impl Scheduler for Pretender {}

#[test]
fn a_granted_scheduler_that_does_not_wait_is_not_asked_for_ever() {
    let stdin = TestStream::new();
    let builder = WasiCtxBuilder::new().stdin(stdin.clone()).scheduler(Arc::new(Pretender));
    let mut guest = Guest::new(builder);
    assert_eq!(poll_on(&mut guest, &[on(1, FD_READ, 0)]), Err(Errno::Deadlk));
    let fired = poll_on(&mut guest, &[on(1, FD_READ, 0), clock(2, 1, 86_400_000 * MILLI, 0)]);
    assert_eq!(fired, Ok([(2, 0, CLOCK, 0, 0)].to_vec()));
}

/// Says that the wait was ended from outside.
struct Ended;

impl Scheduler for Ended {
    fn wait(&self, _: &[Wait], _: Option<u64>) -> PlatformResult<Waited> {
        Err(ringzero::platform::ErrorKind::Interrupted)
    }
}

#[test]
fn an_ended_wait_is_interrupted() {
    let stdin = TestStream::with_type(FileType::Unknown, Some(WaitHandle(7)));
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(stdin).scheduler(Arc::new(Ended)));
    assert_eq!(poll_on(&mut guest, &[clock(1, 1, 9 * MILLI, 0)]), Err(Errno::Intr));
    assert_eq!(guest.read(0, 1), Err(Errno::Intr));
}

#[test]
fn events_may_overlap_subscriptions() {
    let mut guest = Guest::new(WasiCtxBuilder::new());
    let subscriptions = [on(1, FD_WRITE, 1), on(2, FD_WRITE, 2), on(3, FD_WRITE, 77)];
    let fired = poll_between(&mut guest, &subscriptions, DATA, DATA).unwrap();
    let badf = Errno::Badf.number();
    let expected = [(1, 0, FD_WRITE, 0, 0), (2, 0, FD_WRITE, 0, 0), (3, badf, FD_WRITE, 0, 0)];
    assert_eq!(fired, expected);
}

#[test]
fn an_unknown_type_refuses_the_call() {
    let mut guest = Guest::new(WasiCtxBuilder::new());
    guest.put(RESULT, &[9; 4]);
    assert_eq!(poll_on(&mut guest, &[on(1, FD_WRITE, 1), on(2, 3, 1)]), Err(Errno::Inval));
    assert_eq!(guest.u32_at(RESULT), 0x0909_0909);
}

#[test]
fn fake_readings_do_not_change_which_sleep_is_shorter() {
    let mut guest = Guest::new(WasiCtxBuilder::new());
    let subscriptions =
        [clock(1, 1, 10 * MILLI, 0), clock(2, 1, 10 * MILLI - 1, 0), clock(3, 1, 11 * MILLI, 0)];
    assert_eq!(poll_on(&mut guest, &subscriptions), Ok([(2, 0, CLOCK, 0, 0)].to_vec()));
}
