//! Zeroed bytes from the global allocator that grow in place where the allocator can.
//!
//! In: lengths in bytes. Out: a base address, or [`OutOfMemory`]. It does not know what lives in the bytes.

use alloc::alloc::{Layout, alloc_zeroed, dealloc, realloc};
use core::ptr::NonNull;

use crate::support::OutOfMemory;

/// What all of WebAssembly's values are content with. More would keep the allocator from handing out fresh
/// pages of the operating system as they are, which is what makes large zeroed memories cheap.
const ALIGN: usize = 16;

/// Growable bytes. The address changes only in [`HeapBytes::grow`].
#[derive(Debug)]
pub(super) struct HeapBytes {
    base: NonNull<u8>,
    capacity: usize,
}

impl HeapBytes {
    /// No bytes yet, and nothing allocated.
    pub(super) const fn empty() -> Self {
        Self { base: NonNull::<u128>::dangling().cast(), capacity: 0 }
    }

    /// Where the bytes are.
    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Makes room for `len` bytes where `old` were in use; the bytes from `old` on are zero. A block that has
    /// to move gets a quarter more than asked, at most `most` bytes, so that steady growth stays linear.
    pub(super) fn grow(&mut self, old: usize, len: usize, most: usize) -> Result<(), OutOfMemory> {
        debug_assert!(old <= self.capacity && old <= len);
        if self.capacity == 0 {
            return if len == 0 { Ok(()) } else { self.allocate(len) };
        }
        if len > self.capacity {
            let generous = len.saturating_add(old / 4).min(most).max(len);
            self.reallocate(generous).or_else(|_| self.reallocate(len))?;
        }
        // SAFETY: `old` is at most the capacity.
        let fresh = unsafe { self.base.add(old) };
        // SAFETY: `[old, len)` lies in the block, which this value owns.
        unsafe { fresh.write_bytes(0, len - old) };
        Ok(())
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
        // SAFETY: the block is this value's own, allocated with this layout; `len` is above the capacity and so
        // not 0, and fits a layout.
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

    fn bytes(heap: &HeapBytes, len: usize) -> &[u8] {
        // SAFETY: the tests ask for no more than they have grown to.
        unsafe { core::slice::from_raw_parts(heap.base().as_ptr(), len) }
    }

    #[test]
    fn grown_bytes_are_zero_and_old_ones_stay() {
        let mut heap = HeapBytes::empty();
        heap.grow(0, 0, 1000).unwrap();
        heap.grow(0, 8, 1000).unwrap();
        // SAFETY: eight bytes are there.
        unsafe { heap.base().write_bytes(0xab, 8) };
        heap.grow(8, 100, 1000).unwrap();
        assert_eq!(bytes(&heap, 8), [0xab; 8]);
        assert_eq!(bytes(&heap, 100)[8..], [0; 92]);
        // Slack that was used and given up by nobody is zeroed again when it is handed out.
        heap.grow(100, 101, 1000).unwrap();
        assert_eq!(bytes(&heap, 101)[100], 0);
    }

    #[test]
    fn what_no_host_has_is_an_error() {
        let mut heap = HeapBytes::empty();
        assert_eq!(heap.grow(0, usize::MAX, usize::MAX), Err(OutOfMemory));
        heap.grow(0, 1, usize::MAX).unwrap();
        assert_eq!(heap.grow(1, isize::MAX as usize, usize::MAX), Err(OutOfMemory));
        assert_eq!(bytes(&heap, 1), [0]);
    }
}
