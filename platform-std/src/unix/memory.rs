//! Pages from `mmap(2)`.
//!
//! In: lengths. Out: address space, reserved without access and committed by `mprotect(2)`. It does not know
//! what lives in the pages.

use std::ptr::{NonNull, null_mut};

#[cfg(target_os = "linux")]
use ringzero::platform::Image;
use ringzero::platform::{ErrorKind, Protection, Result, VirtualMemory};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

use super::errno::kind;
#[cfg(target_os = "linux")]
use super::image;

/// The process's address space.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pages;

/// What nobody reserves to use all of it.
const LARGE: usize = 1 << 30;

impl Pages {
    /// What is mapped for a reservation: a page more, which nobody gets. Without it the kernel takes written pages at a
    /// reservation's end and those of a memory that comes behind for one mapping, which is slower to grow.
    fn mapped(self, len: usize) -> usize {
        // One that is too long is refused as such.
        if len < LARGE { len + self.page_size() } else { len }
    }
}

// SAFETY: `mmap` of an anonymous private mapping at an address of the kernel's choice hands out a range that
// nothing else uses, whose pages read as zero when first touched and never move; `munmap` alone ends it. Images are
// mapped privately over a part of it, from files that nobody else has and that are sealed.
unsafe impl VirtualMemory for Pages {
    fn page_size(&self) -> usize {
        rustix::param::page_size()
    }

    fn reserve(&self, len: usize) -> Result<NonNull<u8>> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: without MAP_FIXED and with a null hint no existing mapping is touched.
        let start = unsafe { mmap_anonymous(null_mut(), self.mapped(len), ProtFlags::empty(), flags) };
        NonNull::new(start.map_err(kind)?.cast()).ok_or(ErrorKind::OutOfMemory)
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: the caller's promise, handed on.
        unsafe { self.protect(start, len, Protection::ReadWrite) }
    }

    #[cfg(target_os = "linux")]
    unsafe fn discard(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: the caller promises that the range lies in one of our mappings, which are private and anonymous:
        // their pages read as zero afterwards; where they are of an image, as that. No reference into it exists.
        unsafe { rustix::mm::madvise(start.as_ptr().cast(), len, rustix::mm::Advice::LinuxDontNeed) }
            .map_err(kind)
    }

    unsafe fn protect(&self, start: NonNull<u8>, len: usize, protection: Protection) -> Result<()> {
        let flags = match protection {
            Protection::None => MprotectFlags::empty(),
            Protection::ReadWrite => MprotectFlags::READ | MprotectFlags::WRITE,
            Protection::Read => MprotectFlags::READ,
            Protection::ReadExecute => MprotectFlags::READ | MprotectFlags::EXEC,
            _ => return Err(ErrorKind::NotSupported),
        };
        // SAFETY: the caller promises that the range lies in one of our mappings and that no reference breaks.
        unsafe { mprotect(start.as_ptr().cast(), len, flags) }.map_err(kind)
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        // SAFETY: the caller promises that this is a whole reservation and that nothing uses it any more.
        let result = unsafe { munmap(start.as_ptr().cast(), self.mapped(len)) };
        debug_assert!(result.is_ok(), "unmapping a whole reservation cannot fail");
    }

    #[cfg(target_os = "linux")]
    fn make_image(&self, parts: &[&[u8]]) -> Result<Image> {
        image::make(parts, self.page_size())
    }

    #[cfg(target_os = "linux")]
    unsafe fn show_image(&self, image: Image, offset: usize, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: the caller's promise, handed on.
        unsafe { image::show(image, offset, start, len) }
    }

    #[cfg(target_os = "linux")]
    unsafe fn hide_image(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: the caller's promise, handed on.
        unsafe { image::hide(start, len) }
    }

    #[cfg(target_os = "linux")]
    unsafe fn release_image(&self, image: Image) {
        // SAFETY: the caller's promise, handed on.
        unsafe { image::release(image) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_pages_read_as_zero_and_can_be_written() {
        let page = Pages.page_size();
        assert!(page.is_power_of_two());
        let start = Pages.reserve(64 * page).unwrap();
        // SAFETY: the first two pages of our own reservation.
        unsafe { Pages.commit(start, 2 * page) }.unwrap();
        // SAFETY: committed just now, used by nobody else.
        let bytes = unsafe { std::slice::from_raw_parts_mut(start.as_ptr(), 2 * page) };
        assert!(bytes.iter().all(|&b| b == 0));
        (bytes[0], bytes[page]) = (8, 7);
        // SAFETY: as above; `bytes` is not used meanwhile.
        unsafe { Pages.discard(start, page) }.unwrap();
        assert_eq!((bytes[0], bytes[page]), (0, 7));
        // SAFETY: in the reservation; `bytes` is read only from here on.
        unsafe { Pages.protect(start, page, Protection::Read) }.unwrap();
        assert_eq!(bytes[page], 7);
        // SAFETY: the whole reservation, not used below.
        unsafe { Pages.release(start, 64 * page) };
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_image_is_seen_by_many_and_changed_by_none() {
        let page = Pages.page_size();
        let (ones, mut mixed) = (vec![1; page], vec![0; 3 * page]);
        mixed[2 * page + 5] = 7;
        let image = Pages.make_image(&[&ones, &mixed]).unwrap();
        let start = Pages.reserve(64 * page).unwrap();
        // SAFETY: our own reservation.
        unsafe { Pages.commit(start, 64 * page) }.unwrap();
        // SAFETY: committed just now, used by nobody else.
        let bytes = unsafe { std::slice::from_raw_parts_mut(start.as_ptr(), 64 * page) };
        let (one, other) = (8 * page, 40 * page);
        for at in [one, other] {
            // SAFETY: in the reservation.
            let place = unsafe { start.add(at) };
            // SAFETY: committed; `bytes` is not used meanwhile; the image has four pages.
            unsafe { Pages.show_image(image, 0, place, 4 * page) }.unwrap();
        }
        // SAFETY: what shows it goes on doing so.
        unsafe { Pages.release_image(image) };
        let sum =
            |bytes: &[u8], at: usize| bytes[at..at + 4 * page].iter().map(|b| usize::from(*b)).sum::<usize>();
        assert_eq!((sum(bytes, one), sum(bytes, other), bytes[one + 3 * page + 5]), (page + 7, page + 7, 7));
        bytes[one..one + 4 * page].fill(9);
        assert_eq!((sum(bytes, one), sum(bytes, other)), (36 * page, page + 7));
        assert_eq!((bytes[one - 1], bytes[one + 4 * page]), (0, 0));
        // SAFETY: committed, in one piece with pages that show nothing; `bytes` is not used meanwhile.
        unsafe { Pages.discard(start, 20 * page) }.unwrap();
        assert_eq!(sum(bytes, one), page + 7);
        bytes[one] = 9;
        // SAFETY: as above.
        let place = unsafe { start.add(one) };
        // SAFETY: as above.
        unsafe { Pages.hide_image(place, 4 * page) }.unwrap();
        assert_eq!((sum(bytes, one), sum(bytes, other)), (0, page + 7));
        bytes[one..one + 4 * page].fill(9);
        // SAFETY: the whole reservation, not used below.
        unsafe { Pages.release(start, 64 * page) };
    }

    #[test]
    fn eight_gigabytes_can_be_reserved_and_too_much_is_an_error() {
        let start = Pages.reserve(8 << 30).unwrap();
        // SAFETY: the whole reservation.
        unsafe { Pages.release(start, 8 << 30) };
        assert_eq!(Pages.reserve(usize::MAX / 2 + 1), Err(ErrorKind::OutOfMemory));
    }

    #[test]
    fn executable_pages_can_be_read() {
        let page = Pages.page_size();
        let start = Pages.reserve(page).unwrap();
        // SAFETY: our own reservation.
        unsafe { Pages.commit(start, page) }.unwrap();
        // SAFETY: our own reservation; nobody holds a reference into it.
        unsafe { Pages.protect(start, page, Protection::ReadExecute) }.unwrap();
        // SAFETY: the page is readable.
        assert_eq!(unsafe { start.as_ptr().read() }, 0);
        // SAFETY: the whole reservation.
        unsafe { Pages.release(start, page) };
    }
}
