//! The host's clocks.
//!
//! In: nothing. Out: nanoseconds. The monotonic clock starts near zero when it is made, so that a guest does
//! not learn how long the host has been up.

use ringzero::platform::Clock;
use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};

/// `CLOCK_REALTIME` and `CLOCK_MONOTONIC`.
#[derive(Clone, Copy, Debug)]
pub struct HostClock {
    start: u64,
}

impl HostClock {
    /// The host's own: its monotonic reading is what the host shows. For the host's use, not for a guest's.
    pub(crate) const HOSTS: Self = Self { start: 0 };

    /// A clock whose monotonic reading starts at zero now.
    pub fn new() -> Self {
        Self { start: monotonic_nanos() }
    }
}

impl Default for HostClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for HostClock {
    fn wall(&self) -> u64 {
        nanos(clock_gettime(ClockId::Realtime))
    }

    fn wall_resolution(&self) -> u64 {
        nanos(clock_getres(ClockId::Realtime)).max(1)
    }

    fn monotonic(&self) -> u64 {
        monotonic_nanos().saturating_sub(self.start)
    }

    fn monotonic_resolution(&self) -> u64 {
        nanos(clock_getres(ClockId::Monotonic)).max(1)
    }
}

/// The host's monotonic clock as it stands.
pub(super) fn monotonic_nanos() -> u64 {
    nanos(clock_gettime(ClockId::Monotonic))
}

/// Nanoseconds in a span; 0 where it is negative, the largest number where it does not fit.
pub(super) fn nanos(time: Timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let below = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes() {
        let clock = HostClock::new();
        let first = clock.monotonic();
        std::thread::sleep(std::time::Duration::from_millis(2));
        let second = clock.monotonic();
        assert!(second - first >= 2_000_000 && second < 3_600_000_000_000);
        assert!(clock.monotonic_resolution() > 0 && clock.wall_resolution() > 0);
        let host = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        assert!(u128::from(clock.wall()).abs_diff(host) < 5_000_000_000);
    }
}
