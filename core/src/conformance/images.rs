//! The checks of images, one function each.
//!
//! In: a bench, whose platform makes images. Out: nothing, or what was seen that should not have been.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use core::ptr::NonNull;
use core::slice;

use super::bench::Bench;
use super::checks::{Seen, expect};
use crate::platform::{ErrorKind, Image, VirtualMemory};

/// Pages of the image.
const IMAGE: usize = 3;
/// Pages of the reservation that shows it twice: from page 1 on, and its last page at page 6.
const RESERVED: usize = 8;
const LAST: usize = 6;

/// Whether a platform makes images.
pub(super) fn are_there(pages: &dyn VirtualMemory) -> Result<bool, ErrorKind> {
    let page = vec![1; pages.page_size()];
    match pages.make_image(&[&page]) {
        Ok(image) => {
            // SAFETY: made just now, and shown nowhere.
            unsafe { pages.release_image(image) };
            Ok(true)
        }
        Err(ErrorKind::NotImplemented) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A reservation that shows an image of pages of 1, 0 and 3.
struct Shown<'a> {
    pages: &'a dyn VirtualMemory,
    start: NonNull<u8>,
    image: Option<Image>,
}

impl<'a> Shown<'a> {
    fn new(pages: &'a dyn VirtualMemory) -> Result<Self, String> {
        let page = pages.page_size();
        let start = pages.reserve(RESERVED * page).map_err(|error| format!("not reserved: {error}"))?;
        let mut shown = Self { pages, start, image: None };
        // SAFETY: the whole reservation.
        unsafe { pages.commit(start, RESERVED * page) }.map_err(|error| format!("not committed: {error}"))?;
        let (ones, mut rest) = (vec![1; page], vec![0; 2 * page]);
        rest[page..].fill(3);
        let image = pages.make_image(&[&ones, &rest]).map_err(|error| format!("no image: {error}"))?;
        shown.image = Some(image);
        for (at, from, len) in [(1, 0, IMAGE), (LAST, IMAGE - 1, 1)] {
            // SAFETY: in the reservation.
            let at = unsafe { start.add(at * page) };
            // SAFETY: committed, and used by nobody; the image has so many pages.
            unsafe { pages.show_image(image, from * page, at, len * page) }
                .map_err(|error| format!("not shown: {error}"))?;
        }
        Ok(shown)
    }

    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: committed, and this value's own.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), RESERVED * self.pages.page_size()) }
    }

    /// Each page is full of its number here.
    fn expect(&mut self, expected: [u8; RESERVED]) -> Seen {
        let page = self.pages.page_size();
        for (index, (bytes, expected)) in self.bytes().chunks(page).zip(expected).enumerate() {
            let other = bytes.iter().find(|byte| **byte != expected).copied().unwrap_or(expected);
            expect(&format!("page {index}"), other, expected)?;
        }
        Ok(())
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if let Some(image) = self.image.take() {
            // SAFETY: made by this platform; its reservation goes now.
            unsafe { self.pages.release_image(image) };
        }
        // SAFETY: the whole reservation, which nobody uses any more.
        unsafe { self.pages.release(self.start, RESERVED * self.pages.page_size()) };
    }
}

pub(super) fn is_shown(bench: &mut Bench) -> Seen {
    let mut shown = Shown::new(&*bench.pages)?;
    shown.expect([0, 1, 0, 3, 0, 0, 3, 0])?;
    let page = shown.pages.page_size();
    shown.bytes()[..4 * page].fill(9);
    shown.expect([9, 9, 9, 9, 0, 0, 3, 0])?;
    shown.bytes()[LAST * page..].fill(8);
    shown.expect([9, 9, 9, 9, 0, 0, 8, 8])?;
    let mut other = Shown::new(&*bench.pages)?;
    other.expect([0, 1, 0, 3, 0, 0, 3, 0])
}

pub(super) fn comes_back(bench: &mut Bench) -> Seen {
    let mut shown = Shown::new(&*bench.pages)?;
    shown.bytes().fill(9);
    let page = shown.pages.page_size();
    if let Some(image) = shown.image.take() {
        // SAFETY: what shows it goes on doing so.
        unsafe { shown.pages.release_image(image) };
    }
    // SAFETY: committed; nobody refers to it.
    unsafe { shown.pages.discard(shown.start, LAST * page) }
        .map_err(|error| format!("not discarded: {error}"))?;
    shown.expect([0, 1, 0, 3, 0, 0, 9, 9])
}

pub(super) fn is_hidden(bench: &mut Bench) -> Seen {
    let mut shown = Shown::new(&*bench.pages)?;
    shown.bytes().fill(9);
    let page = shown.pages.page_size();
    // SAFETY: in the reservation.
    let at = unsafe { shown.start.add(page) };
    // SAFETY: it shows the image, and nobody refers to it.
    unsafe { shown.pages.hide_image(at, IMAGE * page) }.map_err(|error| format!("not hidden: {error}"))?;
    shown.expect([9, 0, 0, 0, 9, 9, 9, 9])?;
    shown.bytes()[..4 * page].fill(5);
    // SAFETY: committed; nobody refers to it.
    unsafe { shown.pages.discard(shown.start, 4 * page) }
        .map_err(|error| format!("not discarded: {error}"))?;
    shown.expect([0, 0, 0, 0, 9, 9, 9, 9])
}
