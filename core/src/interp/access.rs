//! Loads and stores: the bounds check, and bytes in little-endian order.
//!
//! In: an address and a static offset. Out: a value, or the trap.

use super::machine::{Flow, Machine};
use crate::vm::VmMemory;
use crate::wasm::Trap;

/// A value as its bytes in memory.
pub(super) trait Bytes: Copy {
    /// How many.
    const LEN: usize;

    /// # Safety
    /// `LEN` bytes can be read at `place`.
    unsafe fn load(place: *const u8) -> Self;

    /// # Safety
    /// `LEN` bytes can be written at `place`.
    unsafe fn store(self, place: *mut u8);
}

macro_rules! bytes {
    ($($ty:ty)*) => {
        $(impl Bytes for $ty {
            const LEN: usize = size_of::<$ty>();

            #[inline(always)]
            unsafe fn load(place: *const u8) -> Self {
                // SAFETY: the caller's promise; the read need not be aligned.
                <$ty>::from_le_bytes(unsafe { place.cast::<[u8; size_of::<$ty>()]>().read_unaligned() })
            }

            #[inline(always)]
            unsafe fn store(self, place: *mut u8) {
                // SAFETY: the caller's promise; the write need not be aligned.
                unsafe { place.cast::<[u8; size_of::<$ty>()]>().write_unaligned(self.to_le_bytes()) }
            }
        })*
    };
}

bytes! { u8 i8 u16 i16 u32 i32 u64 }

impl<const N: usize> Bytes for [u8; N] {
    const LEN: usize = N;

    #[inline(always)]
    unsafe fn load(place: *const u8) -> Self {
        // SAFETY: the caller's promise; bytes have no alignment.
        unsafe { place.cast::<[u8; N]>().read() }
    }

    #[inline(always)]
    unsafe fn store(self, place: *mut u8) {
        // SAFETY: as above.
        unsafe { place.cast::<[u8; N]>().write(self) }
    }
}

impl Machine {
    /// Where `len` bytes stand in memory 0, at a 32-bit address (in a slot, extended with zeros) and offset.
    #[inline(always)]
    fn place(&self, address: u64, offset: u32, len: usize) -> Result<*mut u8, Trap> {
        // Neither sum can overflow: both addends have 32 bits.
        let start = u64::from(address as u32) + u64::from(offset);
        if start + len as u64 > self.memory_len as u64 {
            return Err(Trap::MemoryOutOfBounds);
        }
        // SAFETY: `start + len` lies within the memory.
        Ok(unsafe { self.memory.add(start as usize) })
    }

    /// Where `len` bytes stand in any memory, at an address of any width.
    #[inline(always)]
    fn place_any(&self, memory: u32, address: u64, offset: u64, len: usize) -> Result<*mut u8, Trap> {
        // SAFETY: the code names memories that the instance has.
        let memory = unsafe { self.instance().memories.add(memory as usize) };
        // SAFETY: as above.
        let memory: *const VmMemory = unsafe { *memory }.as_ptr();
        // SAFETY: memories of a live instance are live.
        let memory_len = unsafe { (*memory).len } as u64;
        let start = address.checked_add(offset).ok_or(Trap::MemoryOutOfBounds)?;
        let end = start.checked_add(len as u64).ok_or(Trap::MemoryOutOfBounds)?;
        if end > memory_len {
            return Err(Trap::MemoryOutOfBounds);
        }
        // SAFETY: as above.
        let base = unsafe { (*memory).base };
        // SAFETY: `start + len` lies within the memory.
        Ok(unsafe { base.add(start as usize) })
    }

    /// Loads through the operands `address slot` at `at`, `offset` behind it.
    #[inline(always)]
    pub(super) fn load<M: Bytes>(&self, at: usize) -> Result<M, Trap> {
        let place = self.place(self.src(at), self.u32(at + 1), M::LEN)?;
        // SAFETY: `place` has been checked for this many bytes.
        Ok(unsafe { M::load(place) })
    }

    /// Loads from the address in the accumulator; the offset stands at `at`.
    #[inline(always)]
    pub(super) fn load_acc<M: Bytes>(&self, at: usize) -> Result<M, Trap> {
        let place = self.place(self.acc, self.u32(at), M::LEN)?;
        // SAFETY: `place` has been checked for this many bytes.
        Ok(unsafe { M::load(place) })
    }

    /// Loads through the operands `slot`, `addend` and `offset` at `at`.
    #[inline(always)]
    pub(super) fn load_sum<M: Bytes>(&self, at: usize) -> Result<M, Trap> {
        let place = self.place(self.sum_at(at), self.u32(at + 3), M::LEN)?;
        // SAFETY: `place` has been checked for this many bytes.
        Ok(unsafe { M::load(place) })
    }

    /// Loads from the sum of `first` and the slot named at `at`; the offset stands behind it.
    #[inline(always)]
    pub(super) fn load_pair<M: Bytes>(&self, first: u32, at: usize) -> Result<M, Trap> {
        let address = first.wrapping_add(self.src(at));
        let place = self.place(u64::from(address), self.u32(at + 1), M::LEN)?;
        // SAFETY: `place` has been checked for this many bytes.
        Ok(unsafe { M::load(place) })
    }

    /// Loads from the address that stands at `at`.
    #[inline(always)]
    pub(super) fn load_fixed<M: Bytes>(&self, at: usize) -> Result<M, Trap> {
        let place = self.place(0, self.u32(at), M::LEN)?;
        // SAFETY: `place` has been checked for this many bytes.
        Ok(unsafe { M::load(place) })
    }

    /// The address that is the sum of the slot named at `at` and the constant behind it.
    #[inline(always)]
    fn sum_at(&self, at: usize) -> u64 {
        u64::from(self.src::<u32>(at).wrapping_add(self.u32(at + 1)))
    }

    /// Loads through the operands `address slot` at `address_at`, `memory` and `offset` at `at`.
    #[inline(always)]
    pub(super) fn load_any<M: Bytes>(&self, address_at: usize, at: usize) -> Result<M, Trap> {
        let place = self.place_any(self.u32(at), self.src(address_at), self.u64(at + 2), M::LEN)?;
        // SAFETY: `place` has been checked for this many bytes.
        Ok(unsafe { M::load(place) })
    }

    /// Stores through the operands `address slot` at `address_at` and `offset` at `at`, which ends the
    /// operation.
    #[inline(always)]
    pub(super) fn store<M: Bytes>(&mut self, address_at: usize, at: usize, value: M) -> Flow {
        self.store_at(self.src(address_at), at, value)
    }

    /// Stores to the address in the accumulator; the offset stands at `at` and ends the operation.
    #[inline(always)]
    pub(super) fn store_acc<M: Bytes>(&mut self, at: usize, value: M) -> Flow {
        self.store_at(self.acc, at, value)
    }

    /// Stores through the operands `slot` and `addend` at `address_at` and `offset` at `at`, which ends the
    /// operation.
    #[inline(always)]
    pub(super) fn store_sum<M: Bytes>(&mut self, address_at: usize, at: usize, value: M) -> Flow {
        self.store_at(self.sum_at(address_at), at, value)
    }

    /// Stores to the address that stands at `at` and ends the operation.
    #[inline(always)]
    pub(super) fn store_fixed<M: Bytes>(&mut self, at: usize, value: M) -> Flow {
        self.store_at(0, at, value)
    }

    #[inline(always)]
    fn store_at<M: Bytes>(&mut self, address: u64, at: usize, value: M) -> Flow {
        match self.place(address, self.u32(at), M::LEN) {
            Ok(place) => {
                // SAFETY: `place` has been checked for this many bytes.
                unsafe { value.store(place) }
                self.advance(at + 2)
            }
            Err(trap) => trap.into(),
        }
    }

    /// Stores through the operands `address slot` at `address_at`, `memory` and `offset` at `at`, which end
    /// the operation.
    #[inline(always)]
    pub(super) fn store_any<M: Bytes>(&mut self, address_at: usize, at: usize, value: M) -> Flow {
        match self.place_any(self.u32(at), self.src(address_at), self.u64(at + 2), M::LEN) {
            Ok(place) => {
                // SAFETY: `place` has been checked for this many bytes.
                unsafe { value.store(place) }
                self.advance(at + 6)
            }
            Err(trap) => trap.into(),
        }
    }
}
