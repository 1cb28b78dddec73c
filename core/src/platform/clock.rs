//! Time, told by the platform or made up.
//!
//! In: nothing. Out: nanoseconds. The default is fake, so that a sandboxed guest learns nothing and a test
//! repeats itself; a real clock is granted by name.

use core::sync::atomic::{AtomicU64, Ordering};

/// A wall clock and a monotonic clock. Nearest call: `clock_gettime(2)`.
pub trait Clock: Send + Sync {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    fn wall(&self) -> u64;
    /// The wall clock's resolution in nanoseconds, never 0.
    fn wall_resolution(&self) -> u64;
    /// Nanoseconds since an arbitrary point; never goes back.
    fn monotonic(&self) -> u64;
    /// The monotonic clock's resolution in nanoseconds, never 0.
    fn monotonic_resolution(&self) -> u64;
}

/// 2022-01-01T00:00:00Z in nanoseconds since 1970.
const FAKE_EPOCH: u64 = 1_640_995_200_000_000_000;
/// What each reading adds: one millisecond, so that a guest that waits for time to pass does not spin for ever.
const FAKE_STEP: u64 = 1_000_000;

/// A clock that starts at 2022-01-01T00:00:00Z (wall) and 0 (monotonic) and advances one millisecond per
/// reading, each clock by itself. Resolution 1 µs (wall) and 1 ns (monotonic).
#[derive(Debug)]
pub struct FakeClock {
    wall: AtomicU64,
    monotonic: AtomicU64,
}

impl Default for FakeClock {
    fn default() -> Self {
        Self { wall: AtomicU64::new(FAKE_EPOCH), monotonic: AtomicU64::new(0) }
    }
}

impl Clock for FakeClock {
    fn wall(&self) -> u64 {
        self.wall.fetch_add(FAKE_STEP, Ordering::Relaxed)
    }

    fn wall_resolution(&self) -> u64 {
        1_000
    }

    fn monotonic(&self) -> u64 {
        self.monotonic.fetch_add(FAKE_STEP, Ordering::Relaxed)
    }

    fn monotonic_resolution(&self) -> u64 {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reading_advances_its_own_clock() {
        let clock = FakeClock::default();
        assert_eq!(clock.wall(), FAKE_EPOCH);
        assert_eq!(clock.wall(), FAKE_EPOCH + FAKE_STEP);
        assert_eq!(clock.monotonic(), 0);
        assert_eq!(clock.monotonic(), FAKE_STEP);
    }
}
