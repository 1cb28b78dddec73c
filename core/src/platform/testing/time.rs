//! Time that passes when a test says so.
//!
//! In: nanoseconds. Out: readings, and a record of who wanted to wait for how long.

use alloc::{sync::Arc, vec::Vec};
use core::sync::atomic::{AtomicU64, Ordering};

use spin::Mutex;

use crate::platform::{Clock, Result, Scheduler, Wait, WaitHandle, Waited};

/// A clock that stands still until it is moved. Both resolutions are one nanosecond.
#[derive(Debug, Default)]
pub struct ManualClock {
    wall: AtomicU64,
    monotonic: AtomicU64,
}

impl ManualClock {
    /// A clock that shows `wall` and a monotonic 0.
    pub fn new(wall: u64) -> Arc<Self> {
        Arc::new(Self { wall: AtomicU64::new(wall), monotonic: AtomicU64::new(0) })
    }

    /// Moves both clocks on.
    pub fn advance(&self, nanos: u64) {
        self.wall.fetch_add(nanos, Ordering::SeqCst);
        self.monotonic.fetch_add(nanos, Ordering::SeqCst);
    }

    /// Sets the wall clock alone, as an administrator would.
    pub fn set_wall(&self, nanos: u64) {
        self.wall.store(nanos, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> u64 {
        self.wall.load(Ordering::SeqCst)
    }

    fn wall_resolution(&self) -> u64 {
        1
    }

    fn monotonic(&self) -> u64 {
        self.monotonic.load(Ordering::SeqCst)
    }

    fn monotonic_resolution(&self) -> u64 {
        1
    }
}

/// A scheduler that moves a [`ManualClock`] instead of waiting, and writes down what was asked of it.
pub struct TestScheduler {
    clock: Arc<ManualClock>,
    yields: AtomicU64,
    log: Mutex<Vec<(Vec<WaitHandle>, Option<u64>)>>,
}

impl TestScheduler {
    /// A scheduler that moves `clock`.
    pub fn new(clock: Arc<ManualClock>) -> Arc<Self> {
        Arc::new(Self { clock, yields: AtomicU64::new(0), log: Mutex::default() })
    }

    /// How often someone yielded.
    pub fn yields(&self) -> u64 {
        self.yields.load(Ordering::SeqCst)
    }

    /// The waits so far: the handles and the time limit of each, in nanoseconds. Empties the record.
    pub fn take_waits(&self) -> Vec<(Vec<WaitHandle>, Option<u64>)> {
        core::mem::take(&mut self.log.lock())
    }
}

impl Scheduler for TestScheduler {
    fn yield_now(&self) {
        self.yields.fetch_add(1, Ordering::SeqCst);
    }

    /// With handles it says that one woke, without waiting: the waiter asks again, and a test that waits for
    /// something that never comes would otherwise hang. Without handles the whole time passes.
    fn wait(&self, waits: &[Wait], timeout: Option<u64>) -> Result<Waited> {
        let handles = waits.iter().map(|wait| wait.handle).collect();
        self.log.lock().push((handles, timeout));
        // A millisecond of fake time per wake-up, so that a deadline is reached in the end.
        let passed = timeout.unwrap_or(1_000_000);
        if waits.is_empty() {
            self.clock.advance(passed);
            Ok(Waited::TimedOut)
        } else {
            self.clock.advance(passed.min(1_000_000));
            Ok(Waited::Woken)
        }
    }
}
