//! The seams of page tables: what [`PagedMemory`](super::PagedMemory) asks of them, and what they ask of a processor.
//!
//! In: pages, frames, protections. Out: nothing but the contract.

use ringzero::platform::{Protection, Result};

use super::{Frame, FrameAllocator, PAGE_SIZE};

/// Page tables: which page shows which frame, and for what. Pages are addresses, multiples of [`PAGE_SIZE`]; ranges do
/// not reach the last page of the address space.
///
/// # Safety
/// An implementor promises that a page shows the frame that it was mapped to, with that protection and no other, until
/// it is unmapped or protected anew, and that no page that was not mapped shows anything. A page is never writable and
/// executable. What [`unmap`](Self::unmap) and [`protect`](Self::protect) have changed may be remembered by processors
/// until [`flush`](Self::flush) has returned, and no longer. What is done to one page leaves the others as they are.
pub unsafe trait PageTable: Send {
    /// Maps a page that is not mapped; all processors see it when this returns. With [`Protection::None`] the page
    /// keeps its frame and faults.
    ///
    /// # Errors
    /// [`OutOfMemory`](ringzero::platform::ErrorKind::OutOfMemory) where `frames` has none left for a table,
    /// [`Exists`](ringzero::platform::ErrorKind::Exists) where something is mapped there,
    /// [`InvalidInput`](ringzero::platform::ErrorKind::InvalidInput) where the page cannot be mapped at all,
    /// [`NotSupported`](ringzero::platform::ErrorKind::NotSupported) where the tables know no such protection. Nothing
    /// has changed then, and no frame is kept.
    ///
    /// # Safety
    /// Nobody else uses the page's address; whoever may use the frame agrees with the protection. `frames` is the same
    /// allocator in all calls, by which tables are allocated and freed.
    unsafe fn map(
        &mut self,
        frames: &dyn FrameAllocator,
        page: usize,
        frame: Frame,
        protection: Protection,
    ) -> Result<()>;

    /// Takes a page's frame away; `None` where it had none. The frame must not be used otherwise before
    /// [`flush`](Self::flush).
    ///
    /// # Safety
    /// Nothing uses the page any more.
    unsafe fn unmap(&mut self, page: usize) -> Option<Frame>;

    /// Changes what a mapped page may be used for. [`Protection::ReadWrite`] and [`Protection::None`] always can be
    /// set; the others as [`map`](Self::map) says, and for every page alike.
    ///
    /// # Errors
    /// [`NotSupported`](ringzero::platform::ErrorKind::NotSupported) where the tables know no such protection,
    /// [`NotFound`](ringzero::platform::ErrorKind::NotFound) where the page is not mapped. Nothing has changed then.
    ///
    /// # Safety
    /// Nobody holds a reference that the new protection would break.
    unsafe fn protect(&mut self, page: usize, protection: Protection) -> Result<()>;

    /// The frame of a mapped page, and what it may be used for.
    fn translate(&self, page: usize) -> Option<(Frame, Protection)>;

    /// Makes every processor forget what it remembers of the pages from `start` on, `len` bytes of them.
    fn flush(&mut self, start: usize, len: usize);

    /// The first mapped page from `start` on, before `end`. The default asks for one page after the other; tables that
    /// leave out empty branches make it quick to release a reservation that is mostly empty.
    fn next_mapped(&self, start: usize, end: usize) -> Option<usize> {
        (start..end).step_by(PAGE_SIZE).find(|&page| self.translate(page).is_some())
    }

    /// Gives the frames of tables back that show no page any more, as far as they belong to the pages from `start` on,
    /// `len` bytes of them. The default keeps them.
    ///
    /// # Safety
    /// `frames` is the allocator that [`map`](Self::map) was called with.
    unsafe fn prune(&mut self, frames: &dyn FrameAllocator, start: usize, len: usize) {
        let _ = (frames, start, len);
    }

    /// How many frames the tables have taken from the allocator and not given back. The default does not know.
    fn table_frames(&self) -> usize {
        0
    }
}

/// Makes processors forget translations, which takes a privileged instruction and, where there are several processors,
/// an interrupt on each of them. A closure will do.
pub trait Flush: Send + Sync {
    /// Returns when no processor uses an older translation any more for the pages from `start` on, `len` bytes of them
    /// (at least one page), nor an older entry of the tables above them. On x86-64: `invlpg` for each page, or, where
    /// these are many, a write to CR3; either also forgets the tables above (Intel SDM volume 3, section "Invalidation
    /// of TLBs and Paging-Structure Caches"). Pages marked global are not made here.
    fn flush(&self, start: usize, len: usize);
}

impl<F: Fn(usize, usize) + Send + Sync> Flush for F {
    fn flush(&self, start: usize, len: usize) {
        self(start, len);
    }
}
