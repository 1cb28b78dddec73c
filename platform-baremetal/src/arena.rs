//! Memory for guests out of one block of bytes: for kernels without an MMU, or without address space to spare.
//!
//! In: bytes that were set aside. Out: `VirtualMemory`, as far as it goes without page tables. It executes nothing
//! privileged.

use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use ringzero::platform::{ErrorKind, Protection, Result, VirtualMemory};
use spin::Mutex;

use crate::ranges::FreeRanges;

/// Bytes of a page.
const PAGE: usize = 4096;

/// No reservation is longer. Who reserves as much as an address of 32 bits can reach may do so to have accesses beyond
/// the end fault, and nothing faults here.
const MOST: usize = 2 << 30;

/// A block of bytes in which reservations lie one after the other.
///
/// A reservation takes its bytes from the beginning, whether they are committed or not: what one guest may grow to,
/// another cannot have. The core asks for 4 GiB for a memory without a maximum, and is content with less: it halves its
/// wish until it is granted. So a limit on one reservation, chosen by the kernel, says how guests share the block: with
/// 16 MiB and a limit of 4 MiB, four guests find room, and none of them grows beyond 4 MiB, which it never has to be
/// moved for. Memories that declare a smaller maximum take that much only. A guest that begins with more than the
/// limit, and a fifth one, get their memory from the heap, as all do without a platform; where that is not wanted, limit
/// memories in the store ([`StoreLimits`](ringzero::StoreLimits)). A guest whose stack needs more than 64 KiB takes a
/// reservation of [`max_stack`](ringzero::Config::max_stack) for it, if there is room.
///
/// What an arena cannot do: there is no protection but [`Protection::ReadWrite`], so guard pages and machine code are
/// refused with [`ErrorKind::NotSupported`]; and since nothing faults, a platform that has an arena must not have a
/// [`fault_hook`](ringzero::platform::Platform::fault_hook). Leave
/// [`pooled_memories`](ringzero::Config::pooled_memories) at 0: what is kept for the next guest is not there for others.
#[derive(Debug)]
pub struct Arena {
    base: NonNull<u8>,
    largest: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// By offset from the base.
    free: FreeRanges,
    reserved: usize,
    /// A bit per page: it was committed since it was reserved.
    committed: Vec<u64>,
}

// SAFETY: it owns its bytes, which belong to no thread.
unsafe impl Send for Arena {}
// SAFETY: what is not given out is behind a lock; what is given out is its holder's.
unsafe impl Sync for Arena {}

impl Arena {
    /// An arena of these bytes, with reservations of at most `largest` bytes each; at most 2 GiB in any case. Its
    /// pages are aligned to 4 KiB; what lies before the first and behind the last is not used.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where there is not one page, or `largest` is less than one;
    /// [`ErrorKind::OutOfMemory`] where the heap has no room for a bit per page.
    pub fn new(bytes: &'static mut [MaybeUninit<u8>], largest: usize) -> Result<Self> {
        let before = bytes.as_ptr().align_offset(PAGE);
        let bytes = bytes.get_mut(before..).unwrap_or_default();
        let pages = bytes.len() / PAGE;
        if pages == 0 || largest < PAGE {
            return Err(ErrorKind::InvalidInput);
        }
        let mut committed = Vec::new();
        committed.try_reserve_exact(pages.div_ceil(64)).map_err(|_| ErrorKind::OutOfMemory)?;
        committed.resize(pages.div_ceil(64), 0);
        let free = FreeRanges::new(0, pages * PAGE)?;
        let state = Mutex::new(State { free, reserved: 0, committed });
        Ok(Self { base: NonNull::from(bytes).cast(), largest: largest.min(MOST), state })
    }

    /// How many of its bytes are reserved.
    pub fn reserved_bytes(&self) -> usize {
        self.state.lock().reserved
    }

    /// The offset of a page that was given out.
    fn offset(&self, start: NonNull<u8>) -> usize {
        start.addr().get() - self.base.addr().get()
    }
}

impl State {
    /// The word and the bit of the page at an offset.
    fn bit(&mut self, offset: usize) -> (&mut u64, u64) {
        let page = offset / PAGE;
        (&mut self.committed[page / 64], 1 << (page % 64))
    }
}

// SAFETY: ranges of the block are given out once until they are released, and never move; a page is made zero when it
// is committed for the first time since, and when it is discarded.
unsafe impl VirtualMemory for Arena {
    fn page_size(&self) -> usize {
        PAGE
    }

    /// # Errors
    /// [`ErrorKind::OutOfMemory`] where no range is free that is as long, or the length is above the limit;
    /// [`ErrorKind::InvalidInput`] where it does not consist of pages.
    fn reserve(&self, len: usize) -> Result<NonNull<u8>> {
        if len == 0 || !len.is_multiple_of(PAGE) {
            return Err(ErrorKind::InvalidInput);
        }
        if len > self.largest {
            return Err(ErrorKind::OutOfMemory);
        }
        let mut state = self.state.lock();
        let offset = state.free.take(len)?;
        state.reserved += len;
        // SAFETY: the range lies in the block.
        Ok(unsafe { self.base.add(offset) })
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        let offset = self.offset(start);
        let mut state = self.state.lock();
        for at in (0..len).step_by(PAGE) {
            let (word, bit) = state.bit(offset + at);
            if *word & bit == 0 {
                *word |= bit;
                // SAFETY: the page lies in a reservation, as the caller promises.
                let page = unsafe { start.add(at) };
                // SAFETY: as above; nobody has been given it yet.
                unsafe { page.write_bytes(0, PAGE) };
            }
        }
        Ok(())
    }

    /// Makes the pages zero; they stay taken.
    unsafe fn discard(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: the range lies in a reservation, and nobody holds a reference into it, as the caller promises.
        unsafe { start.write_bytes(0, len) };
        Ok(())
    }

    /// # Errors
    /// [`ErrorKind::NotSupported`] but for [`Protection::ReadWrite`]: no other can be kept.
    unsafe fn protect(&self, start: NonNull<u8>, len: usize, protection: Protection) -> Result<()> {
        if protection != Protection::ReadWrite {
            return Err(ErrorKind::NotSupported);
        }
        // SAFETY: the caller's promise, handed on.
        unsafe { self.commit(start, len) }
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        let offset = self.offset(start);
        let mut state = self.state.lock();
        for at in (offset..offset + len).step_by(PAGE) {
            let (word, bit) = state.bit(at);
            *word &= !bit;
        }
        state.free.give_back(offset, len);
        state.reserved -= len;
    }
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;

    use super::*;

    /// So many bytes of noise.
    fn block(len: usize) -> &'static mut [MaybeUninit<u8>] {
        Box::leak(alloc::vec![MaybeUninit::new(0x55); len].into_boxed_slice())
    }

    fn bytes(start: NonNull<u8>, len: usize) -> &'static mut [u8] {
        // SAFETY: tests look at what they have committed, one at a time.
        unsafe { core::slice::from_raw_parts_mut(start.as_ptr(), len) }
    }

    #[test]
    fn pages_are_zero_whenever_they_are_new() {
        let arena = Arena::new(block(9 * PAGE - 1), usize::MAX).unwrap();
        for _ in 0..2 {
            let start = arena.reserve(8 * PAGE).unwrap();
            assert!(start.addr().get().is_multiple_of(PAGE));
            assert_eq!(
                (arena.reserve(PAGE), arena.reserved_bytes()),
                (Err(ErrorKind::OutOfMemory), 8 * PAGE)
            );
            // SAFETY: the reservation's first pages.
            unsafe { arena.commit(start, 2 * PAGE) }.unwrap();
            assert!(bytes(start, 2 * PAGE).iter().all(|&byte| byte == 0));
            bytes(start, 2 * PAGE).fill(7);
            // SAFETY: as above; some of them are committed.
            unsafe { arena.commit(start, 4 * PAGE) }.unwrap();
            let all = bytes(start, 4 * PAGE);
            assert!(
                all[..2 * PAGE].iter().all(|&byte| byte == 7)
                    && all[2 * PAGE..].iter().all(|&byte| byte == 0)
            );
            // SAFETY: committed, and `all` is not used any more.
            unsafe { arena.discard(start, PAGE) }.unwrap();
            let all = bytes(start, 2 * PAGE);
            assert!(all[..PAGE].iter().all(|&byte| byte == 0) && all[PAGE..].iter().all(|&byte| byte == 7));
            // SAFETY: the whole reservation, not used any more.
            unsafe { arena.release(start, 8 * PAGE) };
        }
        assert_eq!(arena.reserved_bytes(), 0);
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        let arena = Arena::new(block(9 * PAGE), 4 * PAGE).unwrap();
        let start = arena.reserve(4 * PAGE).unwrap();
        let protect = |protection| {
            // SAFETY: the whole reservation.
            unsafe { arena.protect(start, 4 * PAGE, protection) }
        };
        for protection in [Protection::None, Protection::Read, Protection::ReadExecute] {
            assert_eq!(protect(protection), Err(ErrorKind::NotSupported));
        }
        protect(Protection::ReadWrite).unwrap();
        assert!(bytes(start, 4 * PAGE).iter().all(|&byte| byte == 0));
        assert_eq!(arena.reserve(5 * PAGE), Err(ErrorKind::OutOfMemory));
        for len in [0, 1, PAGE + 1] {
            assert_eq!(arena.reserve(len), Err(ErrorKind::InvalidInput));
        }
        for (len, largest) in [(0, PAGE), (PAGE - 1, PAGE), (8 * PAGE, PAGE - 1)] {
            assert_eq!(Arena::new(block(len), largest).err(), Some(ErrorKind::InvalidInput));
        }
    }
}
