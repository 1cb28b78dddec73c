//! One clock of two halves.
//!
//! In: time that passes, and what the calendar said at some moment. Out: a clock for the core. It reads no calendar.

use core::sync::atomic::{AtomicU64, Ordering};

use ringzero::platform::Clock;

use super::Monotonic;

/// A clock whose both halves go on with a counter; the wall clock starts from what a calendar said.
#[derive(Debug)]
pub struct HardwareClock<M> {
    source: M,
    /// What the source showed when the clock was made: its zero.
    start: u64,
    /// The latest reading, below which none goes: processors may be a little apart.
    latest: AtomicU64,
    /// What the wall clock is ahead of the monotonic one.
    ahead: AtomicU64,
}

impl<M: Monotonic> HardwareClock<M> {
    /// A clock that shows `wall` nanoseconds since 1970 now, and a monotonic 0.
    pub fn new(source: M, wall: u64) -> Self {
        let start = source.nanos();
        Self { source, start, latest: AtomicU64::new(0), ahead: AtomicU64::new(wall) }
    }

    /// Sets the wall clock alone: what somebody who knows better has said.
    pub fn set_wall(&self, nanos: u64) {
        self.ahead.store(nanos.wrapping_sub(self.monotonic()), Ordering::Relaxed);
    }

    /// What it counts by.
    pub const fn source(&self) -> &M {
        &self.source
    }
}

impl<M: Monotonic> Clock for HardwareClock<M> {
    fn wall(&self) -> u64 {
        self.monotonic().wrapping_add(self.ahead.load(Ordering::Relaxed))
    }

    fn wall_resolution(&self) -> u64 {
        self.source.resolution().max(1)
    }

    fn monotonic(&self) -> u64 {
        // A source that is behind its start has not gone on by 2^64: another processor's counter is behind.
        let now = self.source.nanos().saturating_sub(self.start);
        self.latest.fetch_max(now, Ordering::Relaxed).max(now)
    }

    fn monotonic_resolution(&self) -> u64 {
        self.source.resolution().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Hand(AtomicU64);

    impl Monotonic for Hand {
        fn nanos(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }

        fn resolution(&self) -> u64 {
            0
        }
    }

    #[test]
    fn both_halves_go_on_together_and_never_back() {
        let clock = HardwareClock::new(Hand(AtomicU64::new(1_000)), 50);
        assert_eq!((clock.monotonic(), clock.wall()), (0, 50));
        clock.source().0.store(1_007, Ordering::Relaxed);
        assert_eq!((clock.monotonic(), clock.wall()), (7, 57));
        for earlier in [1_003, 900] {
            clock.source().0.store(earlier, Ordering::Relaxed);
            assert_eq!((clock.monotonic(), clock.wall()), (7, 57));
        }
        clock.set_wall(3);
        clock.source().0.store(1_010, Ordering::Relaxed);
        assert_eq!((clock.monotonic(), clock.wall()), (10, 6));
        assert_eq!((clock.monotonic_resolution(), clock.wall_resolution()), (1, 1));
    }
}
