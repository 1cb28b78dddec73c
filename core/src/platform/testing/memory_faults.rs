//! The fault injector's address space.
//!
//! In: a [`VirtualMemory`]. Out: one whose chosen call fails before it does anything.

use core::ptr::NonNull;

use super::faults::Faults;
use crate::platform::{Image, Protection, Result, VirtualMemory};

pub(super) struct FaultyMemory<M>(pub(super) Faults, pub(super) M);

// SAFETY: a call either fails and leaves everything as it was, or is the wrapped one's.
unsafe impl<M: VirtualMemory> VirtualMemory for FaultyMemory<M> {
    fn page_size(&self) -> usize {
        self.1.page_size()
    }

    fn reserve(&self, len: usize) -> Result<NonNull<u8>> {
        self.0.pass()?;
        self.1.reserve(len)
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        self.0.pass()?;
        // SAFETY: the caller's promise, handed on.
        unsafe { self.1.commit(start, len) }
    }

    unsafe fn discard(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        self.0.pass()?;
        // SAFETY: the caller's promise, handed on.
        unsafe { self.1.discard(start, len) }
    }

    unsafe fn protect(&self, start: NonNull<u8>, len: usize, protection: Protection) -> Result<()> {
        self.0.pass()?;
        // SAFETY: the caller's promise, handed on.
        unsafe { self.1.protect(start, len, protection) }
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        // SAFETY: the caller's promise, handed on.
        unsafe { self.1.release(start, len) }
    }

    fn make_image(&self, parts: &[&[u8]]) -> Result<Image> {
        self.0.pass()?;
        self.1.make_image(parts)
    }

    unsafe fn show_image(&self, image: Image, offset: usize, start: NonNull<u8>, len: usize) -> Result<()> {
        self.0.pass()?;
        // SAFETY: the caller's promise, handed on.
        unsafe { self.1.show_image(image, offset, start, len) }
    }

    unsafe fn hide_image(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        self.0.pass()?;
        // SAFETY: the caller's promise, handed on.
        unsafe { self.1.hide_image(start, len) }
    }

    unsafe fn release_image(&self, image: Image) {
        // SAFETY: the caller's promise, handed on.
        unsafe { self.1.release_image(image) }
    }
}
