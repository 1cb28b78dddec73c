//! Zeroed bytes from the global allocator that grow in place where the allocator can.
//!
//! In: lengths in bytes. Out: a base address, or [`OutOfMemory`]. It does not know what lives in the bytes.

use alloc::alloc::{Layout, alloc_zeroed, dealloc, realloc};
use core::ptr::NonNull;

use super::pieces::{NotGrown, Pause, Pieces};
use crate::support::OutOfMemory;

/// What all of WebAssembly's values are content with. More would keep the allocator from handing out fresh
/// pages of the operating system as they are, which is what makes large zeroed memories cheap.
const ALIGN: usize = 16;
/// Bytes that are made zero between two questions whether to leave off.
pub(super) const PIECE: usize = 1 << 18;

/// Growable bytes. The address changes only in [`HeapBytes::grow`].
#[derive(Debug)]
pub(super) struct HeapBytes {
    base: NonNull<u8>,
    capacity: usize,
    /// Zeros behind the bytes in use.
    zeros: Pieces,
}

impl HeapBytes {
    /// No bytes yet, and nothing allocated.
    pub(super) const fn empty() -> Self {
        Self { base: NonNull::<u128>::dangling().cast(), capacity: 0, zeros: Pieces::NONE }
    }

    /// Where the bytes are.
    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Makes room for `len` bytes where `old` were in use; the bytes from `old` on are zero. They are made so in
    /// pieces; whoever leaves off has to call again with the same numbers before the bytes may be used.
    ///
    /// # Errors
    /// [`NotGrown`].
    pub(super) fn grow(
        &mut self,
        old: usize,
        len: usize,
        most: usize,
        pause: Pause<'_>,
    ) -> Result<(), NotGrown> {
        if self.make_room(old, len, most).map_err(|OutOfMemory| NotGrown::Refused)? {
            return Ok(());
        }
        let base = self.base;
        self.zeros.run((old, len), 0, PIECE, pause, |at, bytes| {
            // SAFETY: `len` is at most the capacity.
            let fresh = unsafe { base.add(at) };
            // SAFETY: the piece lies in the block, which this value owns.
            unsafe { fresh.write_bytes(0, bytes) };
        })
    }

    /// Makes room for `len` bytes where `old` were in use, and tells whether those beyond are zero already;
    /// otherwise they may be anything, or nothing yet. A block that has to move gets a quarter more than asked, at
    /// most `most` bytes, so that steady growth stays linear.
    pub(super) fn make_room(&mut self, old: usize, len: usize, most: usize) -> Result<bool, OutOfMemory> {
        debug_assert!(old <= self.capacity && old <= len);
        if self.capacity == 0 {
            return if len == 0 { Ok(true) } else { self.allocate(len).map(|()| true) };
        }
        if len > self.capacity {
            let generous = len.saturating_add(old / 4).min(most).max(len);
            self.reallocate(generous).or_else(|_| self.reallocate(len))?;
        }
        Ok(false)
    }

    /// Makes the first `len` bytes zero, of `used` that have been in use; what is beyond is given back where that
    /// needs no new memory.
    pub(super) fn reset(&mut self, used: usize, len: usize) {
        debug_assert!(used <= self.capacity && len <= self.capacity);
        // Zeros behind the bytes in use may be used before they are asked for again.
        self.zeros = Pieces::NONE;
        if len < self.capacity {
            if len == 0 {
                *self = Self::empty();
                return;
            }
            // A block that cannot shrink stays: what is beyond `len` is zeroed when it is handed out.
            let _ = self.reallocate(len);
        }
        // SAFETY: both are at most the capacity, which has not gone below `len`.
        unsafe { self.base.write_bytes(0, used.min(len)) };
    }

    fn allocate(&mut self, len: usize) -> Result<(), OutOfMemory> {
        let layout = Layout::from_size_align(len, ALIGN).map_err(|_| OutOfMemory)?;
        // SAFETY: the caller has excluded `len == 0`.
        let base = unsafe { alloc_zeroed(layout) };
        self.base = NonNull::new(base).ok_or(OutOfMemory)?;
        self.capacity = len;
        Ok(())
    }

    fn reallocate(&mut self, len: usize) -> Result<(), OutOfMemory> {
        // The new size must make a layout too: this also keeps it below `isize::MAX`.
        Layout::from_size_align(len, ALIGN).map_err(|_| OutOfMemory)?;
        let layout = Layout::from_size_align(self.capacity, ALIGN).map_err(|_| OutOfMemory)?;
        // SAFETY: the block is this value's own, allocated with this layout; `len` is not 0 (it is above the
        // capacity, or `reset` has excluded that), and fits a layout.
        let base = unsafe { realloc(self.base.as_ptr(), layout, len) };
        self.base = NonNull::new(base).ok_or(OutOfMemory)?;
        self.capacity = len;
        Ok(())
    }
}

impl Drop for HeapBytes {
    fn drop(&mut self) {
        if self.capacity == 0 {
            return;
        }
        let Ok(layout) = Layout::from_size_align(self.capacity, ALIGN) else {
            return;
        };
        // SAFETY: the block is this value's own, allocated with this layout.
        unsafe { dealloc(self.base.as_ptr(), layout) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::pieces::no_pause;

    fn bytes(heap: &HeapBytes, len: usize) -> &[u8] {
        // SAFETY: the tests ask for no more than they have grown to.
        unsafe { core::slice::from_raw_parts(heap.base().as_ptr(), len) }
    }

    #[test]
    fn grown_bytes_are_zero_and_old_ones_stay() {
        let mut heap = HeapBytes::empty();
        heap.grow(0, 0, 1000, &mut no_pause).unwrap();
        heap.grow(0, 8, 1000, &mut no_pause).unwrap();
        // SAFETY: eight bytes are there.
        unsafe { heap.base().write_bytes(0xab, 8) };
        heap.grow(8, 100, 1000, &mut no_pause).unwrap();
        assert_eq!(bytes(&heap, 8), [0xab; 8]);
        assert_eq!(bytes(&heap, 100)[8..], [0; 92]);
        // Slack that was used and given up by nobody is zeroed again when it is handed out.
        heap.grow(100, 101, 1000, &mut no_pause).unwrap();
        assert_eq!(bytes(&heap, 101)[100], 0);
    }

    #[test]
    fn what_was_reset_is_zero_and_grows_as_when_it_was_new() {
        let mut heap = HeapBytes::empty();
        heap.grow(0, 16, 1000, &mut no_pause).unwrap();
        heap.grow(16, 200, 1000, &mut no_pause).unwrap();
        // SAFETY: so many bytes are there.
        unsafe { heap.base().write_bytes(0xab, 200) };
        heap.reset(200, 16);
        assert_eq!((bytes(&heap, 16), heap.capacity), (&[0; 16][..], 16));
        heap.grow(16, 200, 1000, &mut no_pause).unwrap();
        assert_eq!(bytes(&heap, 200), [0; 200]);
        heap.reset(200, 0);
        assert_eq!(heap.capacity, 0);
        heap.grow(0, 8, 1000, &mut no_pause).unwrap();
        assert_eq!(bytes(&heap, 8), [0; 8]);
    }

    #[test]
    fn what_no_host_has_is_an_error() {
        let mut heap = HeapBytes::empty();
        assert_eq!(heap.grow(0, usize::MAX, usize::MAX, &mut no_pause), Err(NotGrown::Refused));
        heap.grow(0, 1, usize::MAX, &mut no_pause).unwrap();
        assert_eq!(heap.grow(1, isize::MAX as usize, usize::MAX, &mut no_pause), Err(NotGrown::Refused));
        assert_eq!(bytes(&heap, 1), [0]);
    }
}
