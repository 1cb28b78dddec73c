//! Clocks: made up, counted, or told by a chip.
//!
//! In: counters and registers behind seams. Out: [`Clock`](ringzero::platform::Clock). It knows no timer interrupt and
//! no scheduler.
//!
//! | part | what it reads | what the kernel does |
//! |---|---|---|
//! | [`FixedClock`] | nothing: it is moved by [`advance`](FixedClock::advance) | calls that in its timer interrupt |
//! | [`Hpet`] | a counter of known rate, in memory | finds the address (ACPI table `HPET`; 0xfed00000 on most machines), maps it uncached |
//! | [`Calibrated`] with [`Tsc`] | the processor's own counter, measured against another clock | leaves CR4.TSD off; asks [`Tsc::is_invariant`] |
//! | [`Rtc`] | the calendar in the CMOS | gives the ports, whose instructions are privileged |
//! | [`HardwareClock`] | joins one that counts with a start on the calendar | hands it to the core and to WASI |
//!
//! Reading the processor's counter takes some 10 ns, the HPET's about 1 µs, the calendar's up to 2 ms.

mod fixed;
mod hardware;
mod hpet;
mod rate;
mod rtc;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "reads the time stamp counter by its instruction")]
mod tsc;

pub use fixed::FixedClock;
pub use hardware::HardwareClock;
pub use hpet::Hpet;
pub use rate::{Calibrated, Counter};
pub use rtc::Rtc;
#[cfg(target_arch = "x86_64")]
pub use tsc::Tsc;

/// Time that passes: nanoseconds since an arbitrary point.
pub trait Monotonic: Send + Sync {
    /// Nanoseconds since an arbitrary point. Processors may be a little apart from each other.
    fn nanos(&self) -> u64;
    /// The distance of two ticks in nanoseconds, at least 1.
    fn resolution(&self) -> u64;
}

impl<M: Monotonic + ?Sized> Monotonic for &M {
    fn nanos(&self) -> u64 {
        (**self).nanos()
    }

    fn resolution(&self) -> u64 {
        (**self).resolution()
    }
}
