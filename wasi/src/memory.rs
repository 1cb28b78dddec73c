//! The guest's memory, seen from the host.
//!
//! In: addresses and lengths that the guest made up. Out: ranges that lie inside the memory, and slices of
//! them. A [`GuestPtr`] can only be checked; everything else takes what a check returned.

use core::ops::Range;

use crate::errno::Errno;

/// An address that the guest named. Nothing is known about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GuestPtr(u32);

impl GuestPtr {
    pub(crate) const fn new(address: u32) -> Self {
        Self(address)
    }
}

/// A range inside the guest's memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct GuestRange {
    start: usize,
    len: usize,
}

impl GuestRange {
    pub(crate) fn start(self) -> usize {
        self.start
    }

    pub(crate) fn len(self) -> usize {
        self.len
    }

    pub(crate) fn end(self) -> usize {
        self.start + self.len
    }

    /// Without its first `count` bytes; empty where it has no more.
    pub(crate) fn skip(self, count: usize) -> Self {
        let count = count.min(self.len);
        Self { start: self.start + count, len: self.len - count }
    }

    /// Its first `count` bytes, or all.
    pub(crate) fn take(self, count: usize) -> Self {
        Self { start: self.start, len: self.len.min(count) }
    }

    fn indices(self) -> Range<usize> {
        self.start..self.end()
    }
}

/// Where a result of `N` bytes will be stored: checked before the work is done, so that a bad pointer costs
/// no data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<const N: usize>(GuestRange);

/// A linear memory for the length of one call.
pub(crate) struct GuestMemory<'a>(&'a mut [u8]);

impl<'a> GuestMemory<'a> {
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self(bytes)
    }

    /// `len` bytes at `ptr`.
    pub(crate) fn check(&self, ptr: GuestPtr, len: u32) -> Result<GuestRange, Errno> {
        self.check_array(ptr, len, 1)
    }

    /// `count` elements of `size` bytes at `ptr`.
    pub(crate) fn check_array(&self, ptr: GuestPtr, count: u32, size: u32) -> Result<GuestRange, Errno> {
        // Two u32 multiplied and one added cannot overflow u64.
        let len = u64::from(count) * u64::from(size);
        let end = u64::from(ptr.0) + len;
        if end > self.0.len() as u64 {
            return Err(Errno::Fault);
        }
        Ok(GuestRange {
            start: usize::try_from(ptr.0).map_err(|_| Errno::Fault)?,
            len: usize::try_from(len).map_err(|_| Errno::Fault)?,
        })
    }

    /// Room for a result of `N` bytes at `ptr`.
    pub(crate) fn place<const N: usize>(&self, ptr: GuestPtr) -> Result<Place<N>, Errno> {
        let size = u32::try_from(N).map_err(|_| Errno::Fault)?;
        self.check(ptr, size).map(Place)
    }

    /// Stores a result.
    pub(crate) fn store<const N: usize>(&mut self, place: Place<N>, value: [u8; N]) -> Result<(), Errno> {
        self.bytes_mut(place.0)?.copy_from_slice(&value);
        Ok(())
    }

    pub(crate) fn bytes(&self, range: GuestRange) -> Result<&[u8], Errno> {
        self.0.get(range.indices()).ok_or(Errno::Fault)
    }

    pub(crate) fn bytes_mut(&mut self, range: GuestRange) -> Result<&mut [u8], Errno> {
        self.0.get_mut(range.indices()).ok_or(Errno::Fault)
    }

    /// The bytes at `ptr`, in one step.
    pub(crate) fn read(&self, ptr: GuestPtr, len: u32) -> Result<&[u8], Errno> {
        self.bytes(self.check(ptr, len)?)
    }

    /// All of it, for whoever splits it into several slices.
    pub(crate) fn whole(&mut self) -> &mut [u8] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{GuestMemory, GuestPtr};
    use crate::errno::Errno;

    #[test]
    fn the_last_byte_is_in_and_the_next_is_out() {
        let mut bytes = [0; 64];
        let memory = GuestMemory::new(&mut bytes);
        assert_eq!(memory.check(GuestPtr::new(60), 4).map(|r| r.end()), Ok(64));
        assert_eq!(memory.check(GuestPtr::new(61), 4), Err(Errno::Fault));
        assert!(memory.check(GuestPtr::new(64), 0).is_ok());
        assert_eq!(memory.check(GuestPtr::new(65), 0), Err(Errno::Fault));
    }

    #[test]
    fn nothing_wraps_around() {
        let mut bytes = [0; 64];
        let memory = GuestMemory::new(&mut bytes);
        assert_eq!(memory.check(GuestPtr::new(0xffff_fff0), 0x20), Err(Errno::Fault));
        assert_eq!(memory.check(GuestPtr::new(16), u32::MAX), Err(Errno::Fault));
        assert_eq!(memory.check_array(GuestPtr::new(0), 1 << 29, 8), Err(Errno::Fault));
        assert_eq!(memory.check_array(GuestPtr::new(u32::MAX), u32::MAX, u32::MAX), Err(Errno::Fault));
    }
}
