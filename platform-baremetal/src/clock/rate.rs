//! From ticks to nanoseconds, and how long a tick is.
//!
//! In: a counter, and a clock to measure it by. Out: a clock that is as quick to read as the counter.

use ringzero::platform::{ErrorKind, Result};

use super::Monotonic;

/// Ticks of unknown length that go on evenly.
pub trait Counter: Send + Sync {
    /// Ticks since an arbitrary point.
    fn ticks(&self) -> u64;
}

/// Nanoseconds per tick, as a fraction of 2³².
///
/// It is off by less than 2⁻³² ns per tick: at 3 GHz by 22 ms a year. The product fits 128 bits for any number of ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate(u64);

impl Rate {
    /// So many nanoseconds for so many ticks: `None` where there are no ticks, or the rate is beyond all use.
    pub(super) fn of(nanos: u128, ticks: u128) -> Option<Self> {
        let fraction = (nanos << 32).checked_div(ticks)?;
        u64::try_from(fraction).ok().filter(|&fraction| fraction > 0).map(Self)
    }

    /// The nanoseconds of so many ticks; they begin again after 584 years.
    pub(super) fn nanos(self, ticks: u64) -> u64 {
        ((u128::from(ticks) * u128::from(self.0)) >> 32) as u64
    }

    /// The nanoseconds of one tick, rounded up.
    pub(super) fn resolution(self) -> u64 {
        self.0.div_ceil(1 << 32)
    }

    /// Ticks per second, to nine digits.
    fn hertz(self) -> u64 {
        let second = 1_000_000_000_u128 << 32;
        ((second + u128::from(self.0 / 2)) / u128::from(self.0)) as u64
    }
}

/// A counter whose rate was measured.
#[derive(Debug)]
pub struct Calibrated<C> {
    counter: C,
    rate: Rate,
}

/// How often a moment is taken to find one at which nothing came in between.
const TRIES: usize = 8;

impl<C: Counter> Calibrated<C> {
    /// Measures a counter against a clock for `nanos` nanoseconds; 10 ms are good for one part in 10,000 against the
    /// HPET. It reads both all the time meanwhile: best with interrupts off.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] where the clock seems to stand still, [`ErrorKind::NoDevice`] where the counter does or
    /// is beyond use.
    pub fn measure(counter: C, clock: &dyn Monotonic, nanos: u64) -> Result<Self> {
        let (start_nanos, start_ticks) = moment(&counter, clock);
        // A reading takes at least a nanosecond, so that a clock that goes is done sooner.
        let mut patience = nanos.saturating_add(1_000);
        while clock.nanos().wrapping_sub(start_nanos) < nanos {
            patience = patience.checked_sub(1).ok_or(ErrorKind::TimedOut)?;
        }
        let (end_nanos, end_ticks) = moment(&counter, clock);
        let nanos = end_nanos.wrapping_sub(start_nanos);
        let ticks = end_ticks.checked_sub(start_ticks).ok_or(ErrorKind::NoDevice)?;
        let rate = Rate::of(nanos.into(), ticks.into()).ok_or(ErrorKind::NoDevice)?;
        Ok(Self { counter, rate })
    }

    /// A counter whose rate is known, in ticks per second.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where that is 0, or beyond use.
    pub fn at(counter: C, hertz: u64) -> Result<Self> {
        let rate = Rate::of(1_000_000_000, hertz.into()).ok_or(ErrorKind::InvalidInput)?;
        Ok(Self { counter, rate })
    }

    /// Ticks per second, to nine digits.
    pub fn hertz(&self) -> u64 {
        self.rate.hertz()
    }
}

impl<C: Counter> Monotonic for Calibrated<C> {
    fn nanos(&self) -> u64 {
        self.rate.nanos(self.counter.ticks())
    }

    fn resolution(&self) -> u64 {
        self.rate.resolution()
    }
}

/// What both show at one moment: the counter is read before and after the clock, and the reading with the least between
/// is taken, since anything may have come in between.
fn moment(counter: &impl Counter, clock: &dyn Monotonic) -> (u64, u64) {
    let mut best = (u64::MAX, 0, 0);
    for _ in 0..TRIES {
        let before = counter.ticks();
        let nanos = clock.nanos();
        let width = counter.ticks().wrapping_sub(before);
        if width <= best.0 {
            best = (width, nanos, before.wrapping_add(width / 2));
        }
    }
    (best.1, best.2)
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Time in picoseconds that goes on with each reading, sometimes by much more: something came in between.
    struct World {
        picos: AtomicU64,
        readings: AtomicU64,
        step: u64,
    }

    impl World {
        fn new(step: u64) -> Self {
            Self { picos: AtomicU64::new(0), readings: AtomicU64::new(0), step }
        }

        fn now(&self) -> u64 {
            let reading = self.readings.fetch_add(1, Ordering::Relaxed);
            let step = if reading % 7 == 3 { self.step * 1_000 } else { self.step };
            self.picos.fetch_add(step, Ordering::Relaxed)
        }
    }

    impl Monotonic for World {
        fn nanos(&self) -> u64 {
            self.now() / 1_000
        }

        fn resolution(&self) -> u64 {
            1
        }
    }

    /// Of 2.5 GHz: a tick each 400 ps.
    struct Ticks<'a>(&'a World);

    impl Counter for Ticks<'_> {
        fn ticks(&self) -> u64 {
            self.0.now() / 400
        }
    }

    #[test]
    fn a_rate_is_measured_though_something_comes_in_between() {
        let world = World::new(20_000);
        let clock = Calibrated::measure(Ticks(&world), &world, 10_000_000).unwrap();
        let off = clock.hertz().abs_diff(2_500_000_000);
        assert!(off < 250_000, "{} Hz", clock.hertz());
        assert_eq!(clock.resolution(), 1);
    }

    #[test]
    fn what_stands_still_is_refused() {
        let (still, going) = (World::new(0), World::new(1_000));
        let refused = |counter, clock| Calibrated::measure(Ticks(counter), clock, 10_000).err();
        assert_eq!(refused(&going, &still), Some(ErrorKind::TimedOut));
        assert_eq!(refused(&still, &going), Some(ErrorKind::NoDevice));
    }

    #[test]
    fn known_rates_are_exact_for_years() {
        let still = World::new(0);
        for (hertz, resolution) in
            [(1, 1_000_000_000), (14_318_180, 70), (1_000_000_000, 1), (2_999_999_999, 1)]
        {
            let clock = Calibrated::at(Ticks(&still), hertz).unwrap();
            assert!(clock.hertz().abs_diff(hertz) <= 2, "{}", clock.hertz());
            assert_eq!(clock.resolution(), resolution);
            let year = 365 * 86_400;
            let nanos = clock.rate.nanos(hertz * year);
            assert!(nanos.abs_diff(year * 1_000_000_000) <= 25_000_000, "{hertz} Hz: {nanos}");
        }
        assert_eq!(Calibrated::at(Ticks(&still), 0).err(), Some(ErrorKind::InvalidInput));
        assert_eq!(Calibrated::at(Ticks(&still), u64::MAX).err(), Some(ErrorKind::InvalidInput));
    }
}
