//! Address space with pages: reserved by bookkeeping, committed with frames.
//!
//! In: page tables, frames, a range of addresses. Out: `VirtualMemory`. It does not know how tables look.

use alloc::vec::Vec;
use core::ops::Range;
use core::ptr::{NonNull, with_exposed_provenance_mut};

use ringzero::platform::{ErrorKind, Protection, Result, VirtualMemory};
use spin::{Mutex, MutexGuard};

use super::{Frame, FrameAllocator, PAGE_SIZE, PageTable, Window};
use crate::ranges::FreeRanges;

/// How many frames leave their pages before processors are told to forget these.
const BATCH: usize = 64;

/// The address space of a kernel with page tables.
///
/// | call | cost |
/// |---|---|
/// | `reserve` | a look through the free ranges, of which there are at most as many as reservations, and one |
/// | `commit` | per page a frame, its zeroing and an entry; no flush where the pages are new |
/// | `protect` | per page an entry; one flush |
/// | `discard` | per page its zeroing; the frames stay, so that nothing can be missing later |
/// | `release` | per committed page an entry and a frame; one flush per 64, one per freed table |
///
/// A page whose access was taken away by [`Protection::None`] keeps its frame and content. Protecting pages that are
/// not committed commits them, but for [`Protection::None`], which leaves them as they are.
#[derive(Debug)]
pub struct PagedMemory<T, F> {
    state: Mutex<State<T>>,
    frames: F,
    window: Window,
}

#[derive(Debug)]
struct State<T> {
    table: T,
    free: FreeRanges,
    reserved: usize,
    committed: usize,
    /// Pages that a call under way has mapped, to be taken back if it fails.
    fresh: Vec<Range<usize>>,
}

/// What a [`PagedMemory`] has in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PagingUsage {
    /// Bytes of address space that are reserved.
    pub reserved_bytes: usize,
    /// Frames behind committed pages.
    pub committed_frames: usize,
    /// Frames that page tables have taken.
    pub table_frames: usize,
}

impl<T: PageTable, F: FrameAllocator> PagedMemory<T, F> {
    /// Address space from `addresses`, with frames from `frames`, which are made zero through `window`. Nothing is
    /// mapped yet.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where the range is empty, includes address 0 or does not consist of pages;
    /// [`ErrorKind::OutOfMemory`] where the heap has no room for the list of free ranges.
    ///
    /// # Safety
    /// The addresses belong to this value alone from now on: nothing is mapped there, nobody maps anything there, and
    /// the root of the page tables in use shows what `table` maps. All frames that `frames` gives out are seen in
    /// `window`.
    pub unsafe fn new(table: T, frames: F, window: Window, addresses: Range<usize>) -> Result<Self> {
        let whole = |address: usize| address.is_multiple_of(PAGE_SIZE);
        if addresses.is_empty() || addresses.start == 0 || !whole(addresses.start) || !whole(addresses.end) {
            return Err(ErrorKind::InvalidInput);
        }
        let free = FreeRanges::new(addresses.start, addresses.end)?;
        let state = State { table, free, reserved: 0, committed: 0, fresh: Vec::new() };
        Ok(Self { state: Mutex::new(state), frames, window })
    }

    /// What is in use now.
    pub fn usage(&self) -> PagingUsage {
        let state = self.state.lock();
        PagingUsage {
            reserved_bytes: state.reserved,
            committed_frames: state.committed,
            table_frames: state.table.table_frames(),
        }
    }

    /// The allocator that frames come from.
    pub const fn frames(&self) -> &F {
        &self.frames
    }

    /// The frame that an address shows, and for what: for a handler of page faults to tell what has happened.
    /// `None` where nothing is committed.
    pub fn translate(&self, address: usize) -> Option<(Frame, Protection)> {
        self.state.lock().table.translate(address & !(PAGE_SIZE - 1))
    }

    /// A state in which nothing is fresh.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        let mut state = self.state.lock();
        state.fresh.clear();
        state
    }

    /// Sets the protection of all pages from `start` to before `end`, and gives frames to those that have none; or
    /// leaves all as they were.
    ///
    /// # Safety
    /// Nobody holds a reference that the new protection would break.
    unsafe fn set(
        &self,
        state: &mut State<T>,
        (start, end): (usize, usize),
        protection: Protection,
    ) -> Result<()> {
        let backed = match protection {
            Protection::None => Ok(()),
            _ => self.populate(state, start, end),
        };
        // SAFETY: the caller's promise, handed on.
        let result = backed.and_then(|()| unsafe { self.protect_mapped(state, start, end, protection) });
        if result.is_err() {
            let fresh = core::mem::take(&mut state.fresh);
            for pages in &fresh {
                // SAFETY: mapped by this call, whose caller has been told nothing of it.
                unsafe { self.evict(state, pages.start, pages.end) };
            }
            state.fresh = fresh;
        }
        result
    }

    /// Maps zeroed frames to the pages that have none, readable and writable, and notes which these are.
    fn populate(&self, state: &mut State<T>, start: usize, end: usize) -> Result<()> {
        let mut page = start;
        while page < end {
            // Pages up to the next one that is mapped are missing.
            let missing = state.table.next_mapped(page, end).unwrap_or(end);
            if page < missing {
                state.fresh.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
                state.fresh.push(page..page);
            }
            while page < missing {
                self.back(state, page)?;
                page += PAGE_SIZE;
                if let Some(pages) = state.fresh.last_mut() {
                    pages.end = page;
                }
            }
            page += PAGE_SIZE;
        }
        Ok(())
    }

    /// Maps one page to a frame of zeros.
    fn back(&self, state: &mut State<T>, page: usize) -> Result<()> {
        let frame = self.frames.allocate().ok_or(ErrorKind::OutOfMemory)?;
        // SAFETY: just allocated, so nobody else uses it; allocators give out what is seen in the window.
        unsafe { self.window.zero(frame) };
        // SAFETY: the page lies in a reservation, whose addresses are this value's own; the frame is, too.
        unsafe { state.table.map(&self.frames, page, frame, Protection::ReadWrite) }.inspect_err(|_| {
            // SAFETY: allocated above and not mapped.
            unsafe { self.frames.free(frame) };
        })?;
        state.committed += 1;
        Ok(())
    }

    /// Unmaps all pages from `start` to before `end` and gives their frames back, and the tables that are empty then.
    ///
    /// # Safety
    /// Nothing uses the pages any more.
    unsafe fn evict(&self, state: &mut State<T>, start: usize, end: usize) {
        let mut batch = [Frame::containing(0); BATCH];
        let mut next = state.table.next_mapped(start, end);
        while let Some(first) = next {
            let (mut count, mut past) = (0, first);
            while let Some(page) = next.filter(|_| count < BATCH) {
                // SAFETY: nothing uses it any more, as the caller promises.
                if let Some(frame) = unsafe { state.table.unmap(page) } {
                    batch[count] = frame;
                    count += 1;
                }
                past = page + PAGE_SIZE;
                next = state.table.next_mapped(past, end);
            }
            state.table.flush(first, past - first);
            state.committed -= count;
            for &frame in &batch[..count] {
                // SAFETY: from this allocator; no page shows it any more, and no processor remembers that one did.
                unsafe { self.frames.free(frame) };
            }
        }
        // SAFETY: the allocator that pages are mapped with.
        unsafe { state.table.prune(&self.frames, start, end - start) };
    }

    /// Sets the protection of all pages from `start` to before `end` that are mapped.
    ///
    /// # Safety
    /// Nobody holds a reference that the new protection would break.
    unsafe fn protect_mapped(
        &self,
        state: &mut State<T>,
        start: usize,
        end: usize,
        protection: Protection,
    ) -> Result<()> {
        let mut next = state.table.next_mapped(start, end);
        let mut changed = None;
        while let Some(page) = next {
            if state.table.translate(page).is_some_and(|(_, now)| now != protection) {
                // SAFETY: the caller's promise, handed on.
                unsafe { state.table.protect(page, protection) }?;
                changed = Some((changed.map_or(page, |(first, _)| first), page));
            }
            next = state.table.next_mapped(page + PAGE_SIZE, end);
        }
        if let Some((first, last)) = changed {
            state.table.flush(first, last + PAGE_SIZE - first);
        }
        Ok(())
    }
}

// SAFETY: ranges are given out once until they are released; pages are mapped to frames of their own, made zero before,
// and stay until the range is released. Addresses and lengths are pages, as callers promise; `reserve` checks.
unsafe impl<T: PageTable, F: FrameAllocator> VirtualMemory for PagedMemory<T, F> {
    fn page_size(&self) -> usize {
        PAGE_SIZE
    }

    fn reserve(&self, len: usize) -> Result<NonNull<u8>> {
        if len == 0 || !len.is_multiple_of(PAGE_SIZE) {
            return Err(ErrorKind::InvalidInput);
        }
        let mut state = self.lock();
        let start = state.free.take(len)?;
        state.reserved += len;
        NonNull::new(with_exposed_provenance_mut(start)).ok_or(ErrorKind::OutOfMemory)
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: the caller's promise; who commits a page wants to write to it.
        unsafe { self.protect(start, len, Protection::ReadWrite) }
    }

    unsafe fn discard(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        let (start, end) = ends(start, len);
        let mut state = self.lock();
        // SAFETY: the caller's promise, handed on: who discards pages may use them as if they were new.
        unsafe { self.set(&mut state, (start, end), Protection::ReadWrite) }?;
        for page in (start..end).step_by(PAGE_SIZE) {
            if let Some((frame, _)) = state.table.translate(page) {
                // SAFETY: a frame of this value; nobody holds a reference into the page, as the caller promises.
                unsafe { self.window.zero(frame) };
            }
        }
        Ok(())
    }

    unsafe fn protect(&self, start: NonNull<u8>, len: usize, protection: Protection) -> Result<()> {
        let mut state = self.lock();
        // SAFETY: the caller's promise, handed on.
        unsafe { self.set(&mut state, ends(start, len), protection) }
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        let (start, end) = ends(start, len);
        let mut state = self.lock();
        // SAFETY: nothing in the range is used any more, as the caller promises.
        unsafe { self.evict(&mut state, start, end) };
        state.free.give_back(start, len);
        state.reserved -= len;
    }
}

/// A range by its addresses.
fn ends(start: NonNull<u8>, len: usize) -> (usize, usize) {
    let start = start.as_ptr().expose_provenance();
    (start, start + len)
}
