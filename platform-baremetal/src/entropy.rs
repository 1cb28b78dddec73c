//! Randomness from the processor.
//!
//! In: instructions that may fail, and may lie. Out: bytes, or an error. It makes nothing up: there is no seed from a
//! clock here. Source: Intel "Digital Random Number Generator Software Implementation Guide", section 4.2; AMD bulletins
//! on `rdrand` after suspension (all bits set) and SB-7055 on `rdseed` (zeros).
//!
//! `rdseed` and `rdrand` are not privileged: the kernel has nothing to do.

use ringzero::platform::{Entropy, ErrorKind, Result};

/// An instruction that yields random words, if it does.
pub trait RandomSource: Send + Sync {
    /// The next word; `None` where the processor has none at the moment, which may change at once.
    fn word(&self) -> Option<u64>;
    /// How many failures in a row are usual.
    fn patience(&self) -> usize;
}

/// How many words are looked at before a source is trusted.
const TRIAL: usize = 8;

/// Entropy from `rdseed` where the processor has it, from `rdrand` where that fails or is all there is.
///
/// Words that known defects of processors yield (all bits clear, all bits set, the same again) count as failures; of
/// good words one in 2⁶² is lost by that.
#[derive(Debug)]
pub struct HardwareEntropy<S, R> {
    seed: Option<S>,
    random: Option<R>,
}

#[cfg(target_arch = "x86_64")]
impl HardwareEntropy<RdSeed, RdRand> {
    /// What this processor has, and what of it works. Without either, [`fill`](Entropy::fill) answers
    /// [`ErrorKind::NotImplemented`].
    pub fn detect() -> Self {
        Self::new(RdSeed::detect(), RdRand::detect())
    }
}

impl<S: RandomSource, R: RandomSource> HardwareEntropy<S, R> {
    /// Entropy from these sources, as far as they yield anything plausible.
    pub fn new(seed: Option<S>, random: Option<R>) -> Self {
        Self { seed: seed.filter(works), random: random.filter(works) }
    }

    /// Whether there is any source.
    pub const fn is_available(&self) -> bool {
        self.seed.is_some() || self.random.is_some()
    }

    fn word(&self, last: &mut u64) -> Option<u64> {
        let seed = self.seed.as_ref().and_then(|source| next(source, last));
        seed.or_else(|| self.random.as_ref().and_then(|source| next(source, last)))
    }
}

impl<S: RandomSource, R: RandomSource> Entropy for HardwareEntropy<S, R> {
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        if !self.is_available() {
            return Err(ErrorKind::NotImplemented);
        }
        let mut last = 0;
        for part in buffer.chunks_mut(8) {
            let word = self.word(&mut last).ok_or(ErrorKind::Io)?;
            part.copy_from_slice(&word.to_le_bytes()[..part.len()]);
        }
        Ok(())
    }
}

fn works(source: &impl RandomSource) -> bool {
    let mut last = 0;
    (0..TRIAL).all(|_| next(source, &mut last).is_some())
}

/// A plausible word, if there is one before patience ends.
fn next(source: &impl RandomSource, last: &mut u64) -> Option<u64> {
    for _ in 0..source.patience() {
        match source.word() {
            Some(word) if word != 0 && word != u64::MAX && word != *last => {
                *last = word;
                return Some(word);
            }
            _ => core::hint::spin_loop(),
        }
    }
    None
}

#[cfg(target_arch = "x86_64")]
pub use instructions::{RdRand, RdSeed};

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "executes instructions that not every processor has, after asking for them")]
mod instructions {
    use core::arch::x86_64::{__cpuid, __cpuid_count, _rdrand64_step, _rdseed64_step};

    use super::RandomSource;

    /// The instruction `rdrand`: a generator in the processor, seeded often.
    #[derive(Clone, Copy, Debug)]
    pub struct RdRand(());

    impl RdRand {
        /// If the processor has it: CPUID 1, ECX bit 30.
        pub fn detect() -> Option<Self> {
            (__cpuid(0).eax >= 1 && __cpuid(1).ecx & 1 << 30 != 0).then_some(Self(()))
        }
    }

    impl RandomSource for RdRand {
        fn word(&self) -> Option<u64> {
            let mut word = 0;
            // SAFETY: the processor has the instruction: there is no value of this type otherwise.
            let done = unsafe { _rdrand64_step(&mut word) };
            (done == 1).then_some(word)
        }

        fn patience(&self) -> usize {
            10
        }
    }

    /// The instruction `rdseed`: entropy itself, which runs out where many ask for it.
    #[derive(Clone, Copy, Debug)]
    pub struct RdSeed(());

    impl RdSeed {
        /// If the processor has it: CPUID 7, EBX bit 18.
        pub fn detect() -> Option<Self> {
            (__cpuid(0).eax >= 7 && __cpuid_count(7, 0).ebx & 1 << 18 != 0).then_some(Self(()))
        }
    }

    impl RandomSource for RdSeed {
        fn word(&self) -> Option<u64> {
            let mut word = 0;
            // SAFETY: the processor has the instruction: there is no value of this type otherwise.
            let done = unsafe { _rdseed64_step(&mut word) };
            (done == 1).then_some(word)
        }

        fn patience(&self) -> usize {
            100
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use spin::Mutex;

    use super::*;

    /// Yields what is listed, from behind; then counts up from 1000.
    struct Listed(Mutex<(Vec<Option<u64>>, u64)>);

    impl Listed {
        fn after_trial(words: &[Option<u64>]) -> Self {
            let trial = (1..=TRIAL as u64).map(Some);
            let mut all: Vec<Option<u64>> = trial.chain(words.iter().copied()).collect();
            all.reverse();
            Self(Mutex::new((all, 999)))
        }
    }

    impl RandomSource for Listed {
        fn word(&self) -> Option<u64> {
            let mut state = self.0.lock();
            state.0.pop().unwrap_or_else(|| {
                state.1 += 1;
                Some(state.1)
            })
        }

        fn patience(&self) -> usize {
            4
        }
    }

    /// Always the same.
    struct Stuck(Option<u64>);

    impl RandomSource for Stuck {
        fn word(&self) -> Option<u64> {
            self.0
        }

        fn patience(&self) -> usize {
            4
        }
    }

    fn words(entropy: &impl Entropy, count: usize) -> Result<Vec<u64>> {
        let mut bytes = vec![0; count * 8];
        entropy.fill(&mut bytes)?;
        Ok(bytes.chunks(8).map(|part| u64::from_le_bytes(part.try_into().unwrap())).collect())
    }

    #[test]
    fn failures_and_implausible_words_are_passed_over() {
        let source =
            Listed::after_trial(&[Some(50), None, Some(50), Some(0), Some(51), Some(u64::MAX), Some(52)]);
        let entropy = HardwareEntropy::new(Some(source), None::<Stuck>);
        assert_eq!(words(&entropy, 4), Ok(vec![50, 51, 52, 1_000]));
    }

    #[test]
    fn the_second_source_helps_where_the_first_has_nothing() {
        let seed = Listed::after_trial(&[Some(50), None, None, None, None, Some(51)]);
        let random = Listed::after_trial(&[Some(90), None, None, None, None]);
        let entropy = HardwareEntropy::new(Some(seed), Some(random));
        assert_eq!(words(&entropy, 3), Ok(vec![50, 90, 51]));
        // Now both have nothing for a while.
        let seed = Listed::after_trial(&[None; 4]);
        let random = Listed::after_trial(&[None; 4]);
        let entropy = HardwareEntropy::new(Some(seed), Some(random));
        assert_eq!(words(&entropy, 1), Err(ErrorKind::Io));
        assert_eq!(words(&entropy, 1), Ok(vec![1_000]));
    }

    #[test]
    fn a_source_that_is_stuck_is_none() {
        for word in [None, Some(0), Some(7), Some(u64::MAX)] {
            let entropy = HardwareEntropy::new(Some(Stuck(word)), None::<Stuck>);
            assert!(!entropy.is_available(), "{word:?}");
            assert_eq!(entropy.fill(&mut [0; 3]), Err(ErrorKind::NotImplemented));
        }
    }

    #[test]
    fn odd_lengths_are_filled_to_the_end() {
        let entropy =
            HardwareEntropy::new(None::<Stuck>, Some(Listed::after_trial(&[Some(0x0102_0304_0506_0708); 1])));
        let mut bytes = [0; 11];
        entropy.fill(&mut bytes).unwrap();
        assert_eq!(bytes, [8, 7, 6, 5, 4, 3, 2, 1, 232, 3, 0]);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn this_processor_yields_words_that_differ() {
        let entropy = HardwareEntropy::detect();
        let words = words(&entropy, 64);
        if !entropy.is_available() {
            assert_eq!(words, Err(ErrorKind::NotImplemented));
            return;
        }
        let mut words = words.unwrap();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 64);
    }
}
