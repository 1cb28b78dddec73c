//! Randomness from the operating system.
//!
//! In: a buffer. Out: unpredictable bytes, or an error. It never falls back to anything predictable.

use ringzero::platform::{Entropy, ErrorKind, Result};

/// The operating system's own source. Nearest call: `getrandom(2)`. Never blocks once the system has booted.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostEntropy;

impl Entropy for HostEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        getrandom::fill(buffer).map_err(|_| ErrorKind::Io)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_fills_differ_and_none_stays_zero() {
        let (mut first, mut second) = ([0u8; 32], [0u8; 32]);
        HostEntropy.fill(&mut first).unwrap();
        HostEntropy.fill(&mut second).unwrap();
        assert_ne!(first, second);
        assert_ne!(first, [0; 32]);
        HostEntropy.fill(&mut []).unwrap();
    }
}
