//! Images of memory: files without a name, which are mapped privately.
//!
//! In: bytes, and pages of reservations. Out: pages that show those bytes until they are written to. It does not know
//! what the bytes mean.

use std::os::fd::{AsFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::ptr::NonNull;

use ringzero::platform::{ErrorKind, Image, Result};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::io::{Errno, pwrite, retry_on_intr};
use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous};

use super::errno::kind;

const READ_WRITE: ProtFlags = ProtFlags::READ.union(ProtFlags::WRITE);
/// As reservations are mapped: what guests do not touch is not there.
const PRIVATE: MapFlags = MapFlags::PRIVATE.union(MapFlags::NORESERVE).union(MapFlags::FIXED);

/// A file of these bytes that nobody can change any more. Pages of zeros stay holes.
pub(super) fn make(parts: &[&[u8]], page: usize) -> Result<Image> {
    let file = new_file().map_err(kind)?;
    ftruncate(&file, parts.iter().map(|part| part.len() as u64).sum()).map_err(kind)?;
    let mut offset = 0;
    for part in parts {
        write_pages(&file, part, page, offset)?;
        offset += part.len() as u64;
    }
    let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL;
    fcntl_add_seals(&file, seals).map_err(kind)?;
    // Descriptors are not negative.
    Ok(Image(file.into_raw_fd() as u64))
}

fn new_file() -> rustix::io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    match memfd_create(c"ringzero-image", flags | MemfdFlags::NOEXEC_SEAL) {
        // Before Linux 6.3.
        Err(Errno::INVAL) => memfd_create(c"ringzero-image", flags),
        result => result,
    }
}

/// Writes those pages of a part that are not zero, in runs.
fn write_pages(file: &OwnedFd, part: &[u8], page: usize, offset: u64) -> Result<()> {
    let is_zero = |page: &[u8]| page.iter().all(|byte| *byte == 0);
    let mut at = 0;
    while at < part.len() {
        let rest = part[at..].chunks(page);
        let zeros: usize = rest.clone().take_while(|page| is_zero(page)).map(<[u8]>::len).sum();
        let run: usize =
            part[at + zeros..].chunks(page).take_while(|page| !is_zero(page)).map(<[u8]>::len).sum();
        at += zeros;
        write_all(file, &part[at..at + run], offset + at as u64)?;
        at += run;
    }
    Ok(())
}

fn write_all(file: &OwnedFd, mut bytes: &[u8], mut offset: u64) -> Result<()> {
    while !bytes.is_empty() {
        let written = retry_on_intr(|| pwrite(file, bytes, offset)).map_err(kind)?;
        if written == 0 {
            return Err(ErrorKind::Io);
        }
        (bytes, offset) = (&bytes[written..], offset + written as u64);
    }
    Ok(())
}

/// Maps a part of an image over committed pages.
///
/// # Safety
/// As for [`show_image`](ringzero::platform::VirtualMemory::show_image).
pub(super) unsafe fn show(image: Image, offset: usize, start: NonNull<u8>, len: usize) -> Result<()> {
    let at = start.as_ptr().cast();
    // SAFETY: the caller promises that the image has been made and not been released, so that the descriptor is open.
    let file = unsafe { BorrowedFd::borrow_raw(image.0 as RawFd) };
    // SAFETY: the caller promises that the range lies in one of our mappings, and that nobody has a reference into it.
    let mapped = unsafe { mmap(at, len, READ_WRITE, PRIVATE, file.as_fd(), offset as u64) };
    mapped.map(|_| ()).map_err(|error| {
        // The kernel may have taken the old pages away before it found out; they are to be there again.
        // SAFETY: as above.
        let restored = unsafe { hide(start, len) };
        debug_assert!(restored.is_ok(), "pages that have been there can be mapped");
        kind(error)
    })
}

/// Maps zeros over pages.
///
/// # Safety
/// As for [`hide_image`](ringzero::platform::VirtualMemory::hide_image).
pub(super) unsafe fn hide(start: NonNull<u8>, len: usize) -> Result<()> {
    // SAFETY: as in `show`.
    unsafe { mmap_anonymous(start.as_ptr().cast(), len, READ_WRITE, PRIVATE) }.map(|_| ()).map_err(kind)
}

/// Closes the file; what is mapped stays.
///
/// # Safety
/// As for [`release_image`](ringzero::platform::VirtualMemory::release_image).
pub(super) unsafe fn release(image: Image) {
    // SAFETY: the caller promises that the image has been made and is not used any more: nobody else has the descriptor.
    drop(unsafe { OwnedFd::from_raw_fd(image.0 as RawFd) });
}
