//! The processor's own counter, and what it says about it.
//!
//! In: nothing. Out: ticks. Source: Intel SDM volume 3, section "Time-Stamp Counter"; AMD64 volume 3, "CPUID".

use core::arch::x86_64::{__cpuid, _mm_lfence, _rdtsc};

use super::Counter;

/// The time stamp counter. Not privileged unless CR4.TSD is set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tsc;

impl Tsc {
    /// Whether the counter goes on evenly, whatever the processor's speed and sleep: CPUID 0x8000_0007, EDX bit 8.
    /// Where it does not, as on emulated processors, another clock is the better one.
    pub fn is_invariant() -> bool {
        const POWER: u32 = 0x8000_0007;
        __cpuid(0x8000_0000).eax >= POWER && __cpuid(POWER).edx & 1 << 8 != 0
    }
}

impl Counter for Tsc {
    fn ticks(&self) -> u64 {
        // SAFETY: every processor of the architecture has it. Without it the counter may be read early.
        unsafe { _mm_lfence() };
        // SAFETY: as above.
        unsafe { _rdtsc() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on() {
        let first = Tsc.ticks();
        assert!((0..1_000).map(|_| Tsc.ticks()).any(|later| later > first));
        // What the processor says does not change.
        assert_eq!(Tsc::is_invariant(), Tsc::is_invariant());
    }
}
