//! Address space with pages: reserved by bookkeeping, committed with frames.
//!
//! In: page tables, frames, a range of addresses. Out: `VirtualMemory`. It does not know how tables look.

use alloc::vec::Vec;
use core::ops::Range;
use core::ptr::{NonNull, with_exposed_provenance_mut};

use ringzero::platform::{ErrorKind, Protection, Result, VirtualMemory};
use spin::Mutex;

use super::{Frame, FrameAllocator, PAGE_SIZE, PageTable, Window};
use crate::ranges::FreeRanges;

/// How many frames leave their pages before processors are told to forget these.
const BATCH: usize = 64;

/// The address space of a kernel with page tables.
///
/// | call | cost |
/// |---|---|
/// | `reserve` | a look through the free ranges, of which there are at most as many as reservations, and one |
/// | `commit` | per page a frame, its zeroing and an entry; no flush where the pages are new; the lock is held for the entries alone |
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

    /// Sets the protection of all pages from `start` to before `end`, and gives frames to those that have none; or
    /// leaves all as they were.
    ///
    /// # Safety
    /// Nobody holds a reference that the new protection would break.
    unsafe fn set(&self, (start, end): (usize, usize), protection: Protection) -> Result<()> {
        if protection == Protection::None {
            // SAFETY: the caller's promise, handed on.
            return unsafe { self.protect_mapped(&mut self.state.lock(), start, end, protection) };
        }
        // Most of the work needs no lock, and fails before anything has changed.
        let missing = self.state.lock().missing(start, end);
        let mut zeros = Zeros::new(self);
        for _ in 0..missing {
            zeros.add()?;
        }
        let mut state = self.state.lock();
        state.fresh.clear();
        let backed = state.populate(&mut zeros, start, end);
        // SAFETY: the caller's promise, handed on.
        let result = backed.and_then(|()| unsafe { self.protect_mapped(&mut state, start, end, protection) });
        if result.is_err() {
            let fresh = core::mem::take(&mut state.fresh);
            for pages in &fresh {
                // SAFETY: mapped by this call, whose caller has been told nothing of it.
                unsafe { self.evict(&mut state, pages.start, pages.end) };
            }
            state.fresh = fresh;
        }
        result
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

impl<T: PageTable> State<T> {
    /// How many pages from `start` to before `end` are not mapped.
    fn missing(&self, start: usize, end: usize) -> usize {
        let (mut page, mut missing) = (start, 0);
        while page < end {
            let next = self.table.next_mapped(page, end).unwrap_or(end);
            missing += (next - page) / PAGE_SIZE;
            page = next + PAGE_SIZE;
        }
        missing
    }

    /// Maps frames of zeros to the pages that have none, readable and writable, and notes which these are.
    fn populate<F: FrameAllocator>(
        &mut self,
        zeros: &mut Zeros<'_, T, F>,
        start: usize,
        end: usize,
    ) -> Result<()> {
        let mut page = start;
        while page < end {
            // Pages up to the next one that is mapped are missing.
            let missing = self.table.next_mapped(page, end).unwrap_or(end);
            if page < missing {
                self.fresh.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
                self.fresh.push(page..page);
            }
            while page < missing {
                let frame = zeros.take()?;
                let frames = &zeros.memory.frames;
                // SAFETY: the page lies in a reservation, whose addresses are the memory's own; the frame is, too.
                unsafe { self.table.map(frames, page, frame, Protection::ReadWrite) }.inspect_err(|_| {
                    // SAFETY: taken above and not mapped.
                    unsafe { frames.free(frame) };
                })?;
                self.committed += 1;
                page += PAGE_SIZE;
                if let Some(pages) = self.fresh.last_mut() {
                    pages.end = page;
                }
            }
            page += PAGE_SIZE;
        }
        Ok(())
    }
}

/// Frames of zeros, but for the first word of each, which says which one is next. Those that are left go back.
struct Zeros<'a, T: PageTable, F: FrameAllocator> {
    memory: &'a PagedMemory<T, F>,
    first: Option<Frame>,
}

impl<'a, T: PageTable, F: FrameAllocator> Zeros<'a, T, F> {
    fn new(memory: &'a PagedMemory<T, F>) -> Self {
        Self { memory, first: None }
    }

    /// One frame more.
    fn add(&mut self) -> Result<()> {
        let frame = self.memory.frames.allocate().ok_or(ErrorKind::OutOfMemory)?;
        // SAFETY: just allocated, so nobody else uses it; allocators give out what is seen in the window.
        unsafe { self.memory.window.zero(frame) };
        // The lowest bit says that there is a next one: no address of a frame has it.
        let next = self.first.map_or(0, |next| next.address() | 1);
        // SAFETY: as above.
        unsafe { self.memory.window.write(frame, next) };
        self.first = Some(frame);
        Ok(())
    }

    /// A frame, all zero. Where somebody else has unmapped pages of the range meanwhile, one is made now.
    fn take(&mut self) -> Result<Frame> {
        if self.first.is_none() {
            self.add()?;
        }
        self.pop().ok_or(ErrorKind::OutOfMemory)
    }

    fn pop(&mut self) -> Option<Frame> {
        let frame = self.first?;
        // SAFETY: `add` has put a word there; nobody else uses the frame.
        let next = unsafe { self.memory.window.read(frame) };
        // SAFETY: as above.
        unsafe { self.memory.window.write(frame, 0) };
        self.first = (next & 1 != 0).then_some(Frame::containing(next));
        Some(frame)
    }
}

impl<T: PageTable, F: FrameAllocator> Drop for Zeros<'_, T, F> {
    fn drop(&mut self) {
        while let Some(frame) = self.pop() {
            // SAFETY: from this allocator; it was not taken.
            unsafe { self.memory.frames.free(frame) };
        }
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
        let mut state = self.state.lock();
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
        // SAFETY: the caller's promise, handed on: who discards pages may use them as if they were new.
        unsafe { self.set((start, end), Protection::ReadWrite) }?;
        for page in (start..end).step_by(PAGE_SIZE) {
            let shown = self.state.lock().table.translate(page);
            if let Some((frame, _)) = shown {
                // SAFETY: a frame of this value; nobody holds a reference into the page, as the caller promises.
                unsafe { self.window.zero(frame) };
            }
        }
        Ok(())
    }

    unsafe fn protect(&self, start: NonNull<u8>, len: usize, protection: Protection) -> Result<()> {
        // SAFETY: the caller's promise, handed on.
        unsafe { self.set(ends(start, len), protection) }
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        let (start, end) = ends(start, len);
        let mut state = self.state.lock();
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
