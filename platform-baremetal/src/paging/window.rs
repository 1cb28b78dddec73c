//! Where physical memory is seen.
//!
//! In: an offset that the kernel chose when it mapped physical memory. Out: pointers to frames. It does not know who
//! uses them.

use core::ptr::with_exposed_provenance_mut;

use super::PAGE_SIZE;

/// A frame: 4 KiB of physical memory, known by its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame(u64);

impl Frame {
    /// The frame that the byte at this physical address belongs to.
    pub const fn containing(address: u64) -> Self {
        Self(address & !(PAGE_SIZE as u64 - 1))
    }

    /// The physical address of its first byte.
    pub const fn address(self) -> u64 {
        self.0
    }
}

/// A part of the address space in which physical memory is mapped, readable and writable: the byte at physical address
/// `p` is seen at `p + offset`.
///
/// It shows pages of guests and of machine code a second time, and writable: its addresses are a kernel's secret, which
/// no guest and no machine code is ever given.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    offset: usize,
}

impl Window {
    /// A window with this offset: 0 where physical memory is mapped to the addresses that it has.
    ///
    /// # Safety
    /// All physical memory that is reached through it (frames that an allocator was given, page tables) is mapped
    /// there, readable and writable, for as long as the value or a copy of it is used.
    pub const unsafe fn new(offset: usize) -> Self {
        Self { offset }
    }

    /// The first byte of a frame.
    pub(super) fn bytes(self, frame: Frame) -> *mut u8 {
        // The addresses of a kernel's window are its own choice, so no pointer to it exists that this could be
        // derived from.
        with_exposed_provenance_mut(self.offset.wrapping_add(frame.0 as usize))
    }

    /// Makes all bytes of a frame zero.
    ///
    /// # Safety
    /// The frame is seen in the window, and nobody else uses it.
    pub(super) unsafe fn zero(self, frame: Frame) {
        // SAFETY: a whole frame in the window, used by nobody else, as the caller promises.
        unsafe { self.bytes(frame).write_bytes(0, PAGE_SIZE) }
    }

    /// The first word of a frame.
    ///
    /// # Safety
    /// The frame is seen in the window, holds something, and nobody else uses it.
    pub(super) unsafe fn read(self, frame: Frame) -> u64 {
        // SAFETY: a frame in the window, aligned to its size, as the caller promises.
        unsafe { self.bytes(frame).cast::<u64>().read() }
    }

    /// Sets the first word of a frame.
    ///
    /// # Safety
    /// The frame is seen in the window, and nobody else uses it.
    pub(super) unsafe fn write(self, frame: Frame, word: u64) {
        // SAFETY: as for `read`.
        unsafe { self.bytes(frame).cast::<u64>().write(word) }
    }
}
