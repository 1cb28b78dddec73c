//! A clock without a timer.
//!
//! In: what somebody tells it. Out: that, until told otherwise.

use core::sync::atomic::{AtomicU64, Ordering};

use ringzero::platform::Clock;

/// A clock that stands still until it is moved: by a timer interrupt, by a test, or never.
#[derive(Debug, Default)]
pub struct FixedClock {
    wall: AtomicU64,
    monotonic: AtomicU64,
    resolution: u64,
}

impl FixedClock {
    /// A clock that shows `wall` nanoseconds since 1970 and a monotonic 0. `resolution` is what it reports of
    /// itself: the distance of its ticks in nanoseconds, at least 1.
    pub const fn new(wall: u64, resolution: u64) -> Self {
        Self { wall: AtomicU64::new(wall), monotonic: AtomicU64::new(0), resolution }
    }

    /// Moves both clocks on by `nanos`. Never blocks: fit for an interrupt handler.
    pub fn advance(&self, nanos: u64) {
        self.wall.fetch_add(nanos, Ordering::Relaxed);
        self.monotonic.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Sets the wall clock alone.
    pub fn set_wall(&self, nanos: u64) {
        self.wall.store(nanos, Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn wall(&self) -> u64 {
        self.wall.load(Ordering::Relaxed)
    }

    fn wall_resolution(&self) -> u64 {
        self.resolution.max(1)
    }

    fn monotonic(&self) -> u64 {
        self.monotonic.load(Ordering::Relaxed)
    }

    fn monotonic_resolution(&self) -> u64 {
        self.resolution.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_until_it_is_moved() {
        let clock = FixedClock::new(100, 0);
        assert_eq!((clock.wall(), clock.monotonic()), (100, 0));
        clock.advance(5);
        clock.set_wall(1);
        assert_eq!((clock.wall(), clock.monotonic()), (1, 5));
        assert_eq!((clock.wall_resolution(), clock.monotonic_resolution()), (1, 1));
    }
}
