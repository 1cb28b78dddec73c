//! The calendar that goes on while a machine is off.
//!
//! In: two ports. Out: nanoseconds since 1970. It sets nothing, and takes the calendar to be in UTC. Source: Motorola
//! MC146818A data sheet; the century is where the ACPI specification's table FADT says.

use ringzero::platform::{ErrorKind, Result};
use spin::Mutex;

use crate::device::PortIo;

/// Which register: the port that says it.
const INDEX: u16 = 0x70;
/// What it holds.
const DATA: u16 = 0x71;

const STATUS_A: u8 = 0x0a;
/// In status A: the registers are about to change, or do.
const UPDATING: u8 = 1 << 7;
const STATUS_B: u8 = 0x0b;
/// In status B: hours count to 24.
const HOURS_24: u8 = 1 << 1;
/// In status B: registers hold numbers, not two decimal digits.
const BINARY: u8 = 1 << 2;
/// In the hours, where they count to 12.
const AFTERNOON: u8 = 1 << 7;

/// How often an update is waited for: it takes 2 ms at most, a look at a port about a microsecond.
const PATIENCE: usize = 100_000;
/// How often two readings may differ.
const TRIES: usize = 16;

/// The real-time clock of a PC, in its CMOS. Reads only.
#[derive(Debug)]
pub struct Rtc<P> {
    /// The two ports are used in pairs.
    ports: Mutex<P>,
    century: Option<u8>,
}

/// What the registers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Registers {
    second: u8,
    minute: u8,
    hour: u8,
    day: u8,
    month: u8,
    year: u8,
    century: Option<u8>,
}

impl<P: PortIo> Rtc<P> {
    /// The clock at ports 0x70 and 0x71. `century` is the register that holds the century: 0x32 in most machines that
    /// have one. Without it years are those from 1970 to 2069.
    pub const fn new(ports: P, century: Option<u8>) -> Self {
        Self { ports: Mutex::new(ports), century }
    }

    /// The time in nanoseconds since 1970-01-01T00:00:00Z, in whole seconds.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the registers hold no date, change all the time, or are none.
    pub fn now(&self) -> Result<u64> {
        let ports = self.ports.lock();
        let registers = self.steady(&*ports)?;
        let seconds = seconds(registers, register(&*ports, STATUS_B)).ok_or(ErrorKind::Io)?;
        seconds.checked_mul(1_000_000_000).ok_or(ErrorKind::Io)
    }

    /// Two readings that agree: between two updates, or the same on both sides of one.
    fn steady(&self, ports: &P) -> Result<Registers> {
        let mut before = None;
        for _ in 0..TRIES {
            let updating = || register(ports, STATUS_A) & UPDATING != 0;
            if (0..PATIENCE).all(|_| updating()) {
                return Err(ErrorKind::Io);
            }
            let now = self.read(ports);
            if before == Some(now) {
                return Ok(now);
            }
            before = Some(now);
        }
        Err(ErrorKind::Io)
    }

    fn read(&self, ports: &P) -> Registers {
        Registers {
            second: register(ports, 0x00),
            minute: register(ports, 0x02),
            hour: register(ports, 0x04),
            day: register(ports, 0x07),
            month: register(ports, 0x08),
            year: register(ports, 0x09),
            century: self.century.map(|index| register(ports, index)),
        }
    }
}

/// A register. Bit 7 of the index, which would mask an interrupt that cannot be masked otherwise, is left clear.
fn register(ports: &impl PortIo, index: u8) -> u8 {
    ports.write(INDEX, index & 0x7f);
    ports.read(DATA)
}

/// Seconds since 1970; `None` where the registers hold no date from then on.
fn seconds(registers: Registers, status: u8) -> Option<u64> {
    let number = |value: u8| {
        if status & BINARY != 0 {
            return Some(u64::from(value));
        }
        let (tens, ones) = (value >> 4, value & 0xf);
        (tens < 10 && ones < 10).then_some(u64::from(tens) * 10 + u64::from(ones))
    };
    let within = |value: u64, first: u64, last: u64| (first..=last).contains(&value).then_some(value);

    let second = within(number(registers.second)?, 0, 59)?;
    let minute = within(number(registers.minute)?, 0, 59)?;
    let hour = if status & HOURS_24 != 0 {
        within(number(registers.hour)?, 0, 23)?
    } else {
        // Noon and midnight are the twelfth hour, which comes first.
        let hour = within(number(registers.hour & !AFTERNOON)?, 1, 12)? % 12;
        if registers.hour & AFTERNOON != 0 { hour + 12 } else { hour }
    };
    let of_century = within(number(registers.year)?, 0, 99)?;
    let year = match registers.century {
        Some(century) => number(century)? * 100 + of_century,
        None if of_century >= 70 => 1900 + of_century,
        None => 2000 + of_century,
    };
    let year = within(year, 1970, 9999)?;
    let month = within(number(registers.month)?, 1, 12)?;
    let day = within(number(registers.day)?, 1, days_of_month(year, month))?;
    Some(((days_before(year, month) + day - 1) * 24 + hour) * 3_600 + minute * 60 + second)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to the beginning of a month.
fn days_before(year: u64, month: u64) -> u64 {
    let leap_years = |before: u64| (before - 1) / 4 - (before - 1) / 100 + (before - 1) / 400;
    let years = (year - 1970) * 365 + leap_years(year) - leap_years(1970);
    years + (1..month).map(|month| days_of_month(year, month)).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

    use super::*;

    /// Registers that change in the middle of the reading that is named.
    struct Chip {
        index: AtomicU8,
        before: [u8; 64],
        after: [u8; 64],
        change_at: usize,
        reads: AtomicUsize,
        updating: usize,
    }

    impl PortIo for Chip {
        fn read(&self, port: u16) -> u8 {
            assert_eq!(port, 0x71);
            let index = usize::from(self.index.load(Ordering::Relaxed));
            let reads = self.reads.fetch_add(1, Ordering::Relaxed);
            let held = if reads < self.change_at { &self.before } else { &self.after };
            held[index] | if index == 0x0a && reads < self.updating { 0x80 } else { 0 }
        }

        fn write(&self, port: u16, value: u8) {
            assert_eq!((port, value & 0x80), (0x70, 0));
            self.index.store(value, Ordering::Relaxed);
        }
    }

    /// Second, minute, hour, day, month, year, century, status B.
    fn chip(values: [u8; 8]) -> Chip {
        let mut before = [0; 64];
        for (index, value) in [0, 2, 4, 7, 8, 9, 0x32, 0x0b].into_iter().zip(values) {
            before[index] = value;
        }
        let index = AtomicU8::new(0);
        Chip { index, before, after: before, change_at: 0, reads: AtomicUsize::new(0), updating: 0 }
    }

    fn seconds_of(chip: Chip, century: Option<u8>) -> Result<u64> {
        Rtc::new(chip, century).now().map(|nanos| nanos / 1_000_000_000)
    }

    /// 2026-11-21T23:59:58Z, as `date -u +%s` says.
    const EVENING: u64 = 1_795_305_598;

    #[test]
    fn every_way_to_hold_a_date_is_read() {
        for (values, century) in [
            ([0x58, 0x59, 0x23, 0x21, 0x11, 0x26, 0x20, 2], Some(0x32)),
            ([58, 59, 23, 21, 11, 26, 20, 6], Some(0x32)),
            ([58, 59, 11 | 0x80, 21, 11, 26, 20, 4], Some(0x32)),
            ([0x58, 0x59, 0x11 | 0x80, 0x21, 0x11, 0x26, 0x20, 0], None),
        ] {
            assert_eq!(seconds_of(chip(values), century), Ok(EVENING), "{values:x?}");
        }
        // The twelfth hour, before noon and after it.
        let hour = |hour| seconds_of(chip([0, 0, hour, 1, 1, 70, 19, 4]), Some(0x32));
        assert_eq!(
            [hour(12), hour(1), hour(12 | 0x80), hour(1 | 0x80)],
            [Ok(0), Ok(3_600), Ok(43_200), Ok(46_800)]
        );
    }

    #[test]
    fn dates_are_counted_by_the_calendar() {
        for ((year, month, day), seconds) in [
            ((1970, 1, 1), 0),
            ((1999, 12, 31), 946_598_400),
            ((2000, 2, 29), 951_782_400),
            ((2000, 3, 1), 951_868_800),
            ((2100, 3, 1), 4_107_542_400),
            ((2400, 2, 29), 13_574_563_200),
        ] {
            let values = [0, 0, 0, day, month, (year % 100) as u8, (year / 100) as u8, 6];
            assert_eq!(seconds_of(chip(values), Some(0x32)), Ok(seconds), "{year}-{month}-{day}");
        }
    }

    #[test]
    fn a_reading_across_an_update_is_read_again() {
        // From 2026-11-21T23:59:59 to the next day, at each of the reads.
        let before = chip([59, 59, 23, 21, 11, 26, 20, 6]);
        let after = chip([0, 0, 0, 22, 11, 26, 20, 6]).before;
        for change_at in 0..40 {
            let chip =
                Chip { after, change_at, index: AtomicU8::new(0), reads: AtomicUsize::new(0), ..before };
            let seconds = seconds_of(chip, Some(0x32)).unwrap();
            assert!([EVENING + 1, EVENING + 2].contains(&seconds), "{change_at}: {seconds}");
        }
    }

    #[test]
    fn an_update_is_waited_for_but_not_for_ever() {
        let values = [58, 59, 23, 21, 11, 26, 20, 6];
        assert_eq!(seconds_of(Chip { updating: 1_000, ..chip(values) }, Some(0x32)), Ok(EVENING));
        assert_eq!(seconds_of(Chip { updating: usize::MAX, ..chip(values) }, Some(0x32)), Err(ErrorKind::Io));
    }

    #[test]
    fn what_is_no_date_is_an_error() {
        let good = [0x58, 0x59, 0x23, 0x21, 0x11, 0x26, 0x20, 2];
        for (register, value) in [
            (0, 0x60),
            (0, 0x0a),
            (1, 0x60),
            (2, 0x24),
            (3, 0),
            (3, 0x31),
            (4, 0),
            (4, 0x13),
            (5, 0xa0),
            (6, 0x18),
        ] {
            let mut values = good;
            values[register] = value;
            assert_eq!(seconds_of(chip(values), Some(0x32)), Err(ErrorKind::Io), "{register} {value:#x}");
        }
        // No chip: all lines float.
        assert_eq!(seconds_of(chip([0xff; 8]), None), Err(ErrorKind::Io));
    }
}
