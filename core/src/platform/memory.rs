//! Address space: reserved first, committed as it grows.
//!
//! In: lengths in bytes. Out: pages. It does not know what lives in them.
#![expect(unsafe_code, reason = "the contract of mapped memory can only be stated by unsafe methods")]

use core::ptr::NonNull;

use super::{ErrorKind, Result};

/// What a range of pages may be used for. There is no writable and executable one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// No access: a guard, or reserved space.
    None,
    /// Read and write.
    ReadWrite,
    /// Read only.
    Read,
    /// Read and execute.
    ReadExecute,
}

/// Virtual memory. Addresses and lengths are multiples of [`page_size`](Self::page_size).
///
/// # Safety
/// An implementor promises that a reserved range is exclusive to the caller until released, that committed
/// pages read as zero when first committed and after they were discarded, and that pages keep their address.
pub unsafe trait VirtualMemory: Send + Sync {
    /// The page size in bytes, a power of two.
    fn page_size(&self) -> usize;

    /// Reserves `len` bytes of address space without access. Nearest call: `mmap(PROT_NONE)`.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`] where no such range is free.
    fn reserve(&self, len: usize) -> Result<NonNull<u8>>;

    /// Makes pages of a reserved range readable and writable; new ones read as zero.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]; the range is then unchanged.
    ///
    /// # Safety
    /// `[start, start + len)` lies in one range from [`reserve`](Self::reserve), not yet released.
    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<()>;

    /// Gives the memory behind committed pages back, but not the pages: they stay readable and writable, and read
    /// as zero. Nearest call: `madvise(MADV_DONTNEED)`. Without it memories are made zero byte by byte before they
    /// are used again.
    ///
    /// # Errors
    /// [`ErrorKind::NotImplemented`] by default; the content of the range is
    /// then unspecified.
    ///
    /// # Safety
    /// As for [`commit`](Self::commit); the range is committed, and nobody holds a reference into it.
    unsafe fn discard(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        let _ = (start, len);
        Err(ErrorKind::NotImplemented)
    }

    /// Changes what pages may be used for. Nearest call: `mprotect(2)`.
    ///
    /// # Errors
    /// As the platform says; the range is then unchanged.
    ///
    /// # Safety
    /// As for [`commit`](Self::commit); nobody holds a reference that the new protection would break.
    unsafe fn protect(&self, start: NonNull<u8>, len: usize, protection: Protection) -> Result<()>;

    /// Gives a whole reserved range back. Nearest call: `munmap(2)`.
    ///
    /// # Safety
    /// `start` and `len` are those of one [`reserve`](Self::reserve); nothing in the range is used any more.
    unsafe fn release(&self, start: NonNull<u8>, len: usize);
}
