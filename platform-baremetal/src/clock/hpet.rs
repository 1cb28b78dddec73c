//! The high precision event timer's counter.
//!
//! In: its registers. Out: nanoseconds. Its timers and their interrupts are left alone. Source: "IA-PC HPET
//! Specification" 1.0a, section 2.3.

use core::sync::atomic::{AtomicU64, Ordering};

use ringzero::platform::{ErrorKind, Result};

use super::Monotonic;
use super::rate::Rate;
use crate::device::Registers;

/// General capabilities: the period of a tick in femtoseconds in the upper half, and what the counter can.
const CAPABILITIES: usize = 0x00;
/// In it: the counter has 64 bits.
const WIDE: u64 = 1 << 13;
/// General configuration.
const CONFIGURATION: usize = 0x10;
/// In it: the counter runs.
const ENABLE: u64 = 1;
/// The counter.
const COUNTER: usize = 0xf0;
/// The longest period that the specification allows: 100 ns.
const MAX_PERIOD: u64 = 100_000_000;

/// The main counter of an HPET: it says itself how long its ticks are.
///
/// A counter of 32 bits overflows every few minutes (five at 14 MHz): it is continued in software, as long as it is
/// read at least once in half of that time. A reading goes to the device and takes about a microsecond.
#[derive(Debug)]
pub struct Hpet<R> {
    registers: R,
    rate: Rate,
    wide: bool,
    /// The latest reading of a narrow counter, continued.
    latest: AtomicU64,
}

impl<R: Registers> Hpet<R> {
    /// Starts the counter, if it does not run.
    ///
    /// # Errors
    /// [`ErrorKind::NoDevice`] where the registers are not those of an HPET.
    pub fn new(registers: R) -> Result<Self> {
        let capabilities = registers.read(CAPABILITIES);
        let period = capabilities >> 32;
        if !(1..=MAX_PERIOD).contains(&period) {
            return Err(ErrorKind::NoDevice);
        }
        let rate = Rate::of(period.into(), 1_000_000).ok_or(ErrorKind::NoDevice)?;
        let configuration = registers.read(CONFIGURATION);
        if configuration & ENABLE == 0 {
            registers.write(CONFIGURATION, configuration | ENABLE);
        }
        Ok(Self { registers, rate, wide: capabilities & WIDE != 0, latest: AtomicU64::new(0) })
    }

    fn ticks(&self) -> u64 {
        let now = self.registers.read(COUNTER);
        if self.wide {
            return now;
        }
        let mut latest = self.latest.load(Ordering::Relaxed);
        loop {
            // From the latest reading on, modulo 2^32. Half of that and more is a reading that another processor has
            // overtaken.
            let passed = (now as u32).wrapping_sub(latest as u32);
            if passed > u32::MAX / 2 {
                return latest;
            }
            let continued = latest + u64::from(passed);
            match self.latest.compare_exchange_weak(latest, continued, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return continued,
                Err(other) => latest = other,
            }
        }
    }
}

impl<R: Registers> Monotonic for Hpet<R> {
    fn nanos(&self) -> u64 {
        self.rate.nanos(self.ticks())
    }

    fn resolution(&self) -> u64 {
        self.rate.resolution()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Chip {
        capabilities: u64,
        configuration: AtomicU64,
        counter: AtomicU64,
    }

    impl Chip {
        fn new(capabilities: u64) -> Self {
            Self { capabilities, configuration: AtomicU64::new(2), counter: AtomicU64::new(0) }
        }
    }

    impl Registers for &Chip {
        fn read(&self, offset: usize) -> u64 {
            match offset {
                0x00 => self.capabilities,
                0x10 => self.configuration.load(Ordering::Relaxed),
                0xf0 => self.counter.load(Ordering::Relaxed),
                other => panic!("register {other:#x}"),
            }
        }

        fn write(&self, offset: usize, value: u64) {
            assert_eq!(offset, 0x10);
            self.configuration.store(value, Ordering::Relaxed);
        }
    }

    #[test]
    fn it_is_started_and_read_by_its_own_period() {
        // 10 ns, as emulated ones have it; 64 bits.
        let chip = Chip::new(10_000_000 << 32 | 1 << 13);
        let hpet = Hpet::new(&chip).unwrap();
        assert_eq!(chip.configuration.load(Ordering::Relaxed), 3);
        chip.counter.store(5 << 32, Ordering::Relaxed);
        assert_eq!((hpet.nanos(), hpet.resolution()), (50 << 32, 10));
    }

    #[test]
    fn a_narrow_counter_is_continued() {
        // 14.318180 MHz, 32 bits.
        let chip = Chip::new(69_841_279 << 32);
        let hpet = Hpet::new(&chip).unwrap();
        let mut last = 0;
        for step in 1..=40_u64 {
            chip.counter.store((step * 0x6000_0000) & 0xffff_ffff, Ordering::Relaxed);
            let now = hpet.nanos();
            let exact = u128::from(step * 0x6000_0000) * 69_841_279 / 1_000_000;
            assert!(now > last && u128::from(now).abs_diff(exact) <= 20, "{now} {exact}");
            last = now;
        }
        // A reading from before the latest one, by another processor.
        chip.counter.store((40_u64 * 0x6000_0000 - 9) & 0xffff_ffff, Ordering::Relaxed);
        assert_eq!(hpet.nanos(), last);
    }

    #[test]
    fn what_is_no_hpet_is_refused() {
        for capabilities in [0, u64::MAX, 100_000_001 << 32, 1 << 13] {
            assert_eq!(Hpet::new(&Chip::new(capabilities)).err(), Some(ErrorKind::NoDevice));
        }
    }
}
