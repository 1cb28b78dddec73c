//! Numbers wider than a unit, as they stand in the code: low unit first.

use alloc::vec::Vec;

use crate::support::{OutOfMemory, TryPush};

/// Appends 32 bits.
pub(crate) fn push_u32(code: &mut Vec<u16>, value: u32) -> Result<(), OutOfMemory> {
    code.try_extend(&[value as u16, (value >> 16) as u16])
}

/// Appends 64 bits.
pub(crate) fn push_u64(code: &mut Vec<u16>, value: u64) -> Result<(), OutOfMemory> {
    push_u32(code, value as u32)?;
    push_u32(code, (value >> 32) as u32)
}

/// Reads 32 bits; `None` beyond the end.
#[cfg(test)]
pub(crate) fn read_u32(code: &[u16], at: usize) -> Option<u32> {
    let low = *code.get(at)?;
    let high = *code.get(at + 1)?;
    Some(u32::from(low) | u32::from(high) << 16)
}

/// Reads 64 bits; `None` beyond the end.
#[cfg(test)]
pub(crate) fn read_u64(code: &[u16], at: usize) -> Option<u64> {
    Some(u64::from(read_u32(code, at)?) | u64::from(read_u32(code, at + 2)?) << 32)
}

/// Overwrites 32 bits that were appended before.
pub(crate) fn patch_u32(code: &mut [u16], at: usize, value: u32) {
    if let Some([low, high]) = code.get_mut(at..at + 2) {
        *low = value as u16;
        *high = (value >> 16) as u16;
    }
}
