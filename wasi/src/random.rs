//! `random_get`, and a generator for runs that must repeat themselves.
//!
//! In: a source of entropy, or none. Out: bytes in the guest's memory. Without a source there is no answer:
//! predictable bytes come only from [`DeterministicEntropy`], granted by that name.

use core::sync::atomic::{AtomicU64, Ordering};

use ringzero::platform::{Entropy, Result as PlatformResult};

use crate::{
    ctx::WasiCtx,
    errno::Errno,
    memory::{GuestMemory, GuestPtr},
    wait::Progress,
};

/// Bytes between two looks whether the guest shall stop: a fraction of a millisecond, also from a slow source. A
/// multiple of what generators make at once.
const PIECE: usize = 1 << 16;

/// Fills `len` bytes at `buffer`. Without a source: `ENOSYS`.
pub(crate) fn random_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    buffer: GuestPtr,
    len: u32,
) -> Result<(), Errno> {
    let range = memory.check(buffer, len)?;
    if len == 0 {
        return Ok(());
    }
    let entropy = ctx.entropy.as_deref().ok_or(Errno::Nosys)?;
    let mut done = match ctx.pause.progress() {
        Some(Progress::Bytes(done)) => done,
        _ => 0,
    };
    let piece = if ctx.pause.interruptible() { PIECE } else { range.len() };
    loop {
        let part = range.skip(done).take(piece);
        entropy.fill(memory.bytes_mut(part)?)?;
        done += part.len();
        if done >= range.len() {
            return Ok(());
        }
        if let Err(error) = ctx.pause.check() {
            ctx.pause.keep(Progress::Bytes(done));
            return Err(error);
        }
    }
}

/// Predictable bytes: the same seed gives the same bytes, on every platform. For tests, replays and
/// measurements; never for a guest that needs secrets.
#[derive(Debug)]
pub struct DeterministicEntropy(AtomicU64);

/// The step of a Weyl sequence: 2^64 divided by the golden ratio, made odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl DeterministicEntropy {
    /// A generator that starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// SplitMix64: a counter, mixed by two multiplications.
    fn next(&self) -> u64 {
        let mut word = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

impl Entropy for DeterministicEntropy {
    fn fill(&self, buffer: &mut [u8]) -> PlatformResult<()> {
        for chunk in buffer.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
