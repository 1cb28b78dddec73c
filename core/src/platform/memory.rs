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

/// Bytes that never change and that pages can show, as a platform names them: see [`VirtualMemory::make_image`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image(pub u64);

/// Virtual memory. Addresses and lengths are multiples of [`page_size`](Self::page_size).
///
/// Images are an extra that a platform may offer: pages that start with bytes which many ranges share, each of which
/// gets copies of the pages that it writes to, when it does. Modules with much data are instantiated so without copying
/// it. All four methods are there, or none.
///
/// # Safety
/// An implementor promises that a reserved range is exclusive to the caller until released, that committed
/// pages read as zero when first committed and after they were discarded, or as the image that they show, and that
/// pages keep their address.
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

    /// Makes an image of these bytes, one part after the other, each of whole pages. Nearest calls: `memfd_create(2)`
    /// and `pwrite(2)`. Pages of zeros need not take any memory before somebody looks at them.
    ///
    /// # Errors
    /// [`ErrorKind::NotImplemented`] by default: then data is copied, and no other method of images is called.
    /// Whatever else a platform says has the same effect.
    fn make_image(&self, parts: &[&[u8]]) -> Result<Image> {
        let _ = parts;
        Err(ErrorKind::NotImplemented)
    }

    /// Lets committed pages show `len` bytes of an image from `offset` on. They can be read and written, and are the
    /// caller's as before: what is written is seen there alone. [`discard`](Self::discard) makes them show the image
    /// again. Nearest call: `mmap(MAP_PRIVATE | MAP_FIXED)`.
    ///
    /// # Errors
    /// As the platform says; the range is then committed, and zero.
    ///
    /// # Safety
    /// As for [`discard`](Self::discard). The image is one of this platform's, not yet released, and has so many bytes.
    unsafe fn show_image(&self, image: Image, offset: usize, start: NonNull<u8>, len: usize) -> Result<()> {
        let _ = (image, offset, start, len);
        Err(ErrorKind::NotImplemented)
    }

    /// Makes pages that show an image committed pages of zeros again.
    ///
    /// # Errors
    /// As the platform says; the content of the range is then unspecified, and it can only be released.
    ///
    /// # Safety
    /// As for [`discard`](Self::discard).
    unsafe fn hide_image(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        let _ = (start, len);
        Err(ErrorKind::NotImplemented)
    }

    /// Gives an image back. Pages that show it go on doing so.
    ///
    /// # Safety
    /// It came from [`make_image`](Self::make_image) of this platform, and is not used any more.
    unsafe fn release_image(&self, image: Image) {
        let _ = image;
    }
}
