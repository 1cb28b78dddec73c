//! Short copies and fills of memory 0, which handlers carry out themselves: most are short, and leaving the handlers
//! costs more than they do.
//!
//! In: the operands. Out: the bytes are there, or nothing has happened and the driver is to do it, which also knows
//! the traps. Lengths of less than 64 bytes cost no fuel of their own, so none is asked for here.

use super::machine::Machine;

/// Lengths below this are short.
const SHORT: u64 = 64;

impl Machine {
    /// Copies `len` bytes within memory 0, if they are few and lie in it.
    #[inline(always)]
    pub(super) fn copy_short(&mut self, to: u64, from: u64, len: u64) -> bool {
        let (Some(target), Some(source)) = (self.few(to, len), self.few(from, len)) else { return false };
        // SAFETY: `few` has checked both ranges.
        unsafe { copy(target, source, len as usize) }
        true
    }

    /// Fills `len` bytes of memory 0, if they are few and lie in it.
    #[inline(always)]
    pub(super) fn fill_short(&mut self, to: u64, byte: u8, len: u64) -> bool {
        let Some(target) = self.few(to, len) else { return false };
        // SAFETY: `few` has checked the range.
        unsafe { fill(target, byte, len as usize) }
        true
    }

    /// Where so many bytes stand, if they are few and lie in memory 0.
    #[inline(always)]
    fn few(&self, at: u64, len: u64) -> Option<*mut u8> {
        let size = self.memory_len as u64;
        if len >= SHORT || at > size || len > size - at {
            return None;
        }
        // SAFETY: `at` lies in the memory or at its end.
        Some(unsafe { self.memory.add(at as usize) })
    }
}

/// Copies `len` bytes, `N` to `2 * N` of them: the first `N` and the last `N`, both read before either is written.
///
/// # Safety
/// The bytes can be read and written; the ranges may overlap.
#[inline(always)]
unsafe fn both_ends<const N: usize>(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    let first = unsafe { from.cast::<[u8; N]>().read() };
    let end = len - N;
    // SAFETY: as above.
    let last = unsafe { from.add(end) };
    // SAFETY: as above.
    let last = unsafe { last.cast::<[u8; N]>().read() };
    // SAFETY: as above.
    unsafe { to.cast::<[u8; N]>().write(first) }
    // SAFETY: as above.
    let to = unsafe { to.add(end) };
    // SAFETY: as above.
    unsafe { to.cast::<[u8; N]>().write(last) }
}

/// Copies fewer than 64 bytes.
///
/// # Safety
/// They can be read and written; the ranges may overlap.
#[inline(always)]
unsafe fn copy(to: *mut u8, from: *const u8, len: usize) {
    match len {
        0 => {}
        // SAFETY: the caller's promise, and the lengths that each takes.
        1 => unsafe { both_ends::<1>(to, from, len) },
        // SAFETY: as above.
        2..4 => unsafe { both_ends::<2>(to, from, len) },
        // SAFETY: as above.
        4..8 => unsafe { both_ends::<4>(to, from, len) },
        // SAFETY: as above.
        8..16 => unsafe { both_ends::<8>(to, from, len) },
        // SAFETY: as above.
        16..32 => unsafe { both_ends::<16>(to, from, len) },
        // SAFETY: as above.
        _ => unsafe { both_ends::<32>(to, from, len) },
    }
}

/// Fills `len` bytes, `N` to `2 * N` of them.
///
/// # Safety
/// They can be written.
#[inline(always)]
unsafe fn fill_ends<const N: usize>(to: *mut u8, byte: u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { to.cast::<[u8; N]>().write([byte; N]) }
    // SAFETY: as above.
    let end = unsafe { to.add(len - N) };
    // SAFETY: as above.
    unsafe { end.cast::<[u8; N]>().write([byte; N]) }
}

/// Fills fewer than 64 bytes.
///
/// # Safety
/// They can be written.
#[inline(always)]
unsafe fn fill(to: *mut u8, byte: u8, len: usize) {
    match len {
        0 => {}
        // SAFETY: the caller's promise, and the lengths that each takes.
        1 => unsafe { fill_ends::<1>(to, byte, len) },
        // SAFETY: as above.
        2..4 => unsafe { fill_ends::<2>(to, byte, len) },
        // SAFETY: as above.
        4..8 => unsafe { fill_ends::<4>(to, byte, len) },
        // SAFETY: as above.
        8..16 => unsafe { fill_ends::<8>(to, byte, len) },
        // SAFETY: as above.
        16..32 => unsafe { fill_ends::<16>(to, byte, len) },
        // SAFETY: as above.
        _ => unsafe { fill_ends::<32>(to, byte, len) },
    }
}
