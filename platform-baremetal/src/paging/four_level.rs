//! Page tables of x86-64 with four levels.
//!
//! In: the root that CR3 holds, and a window to physical memory. Out: entries. It does not execute a privileged
//! instruction. Source: Intel SDM volume 3, chapter "Paging", section "4-Level Paging"; AMD64 volume 2, "Long-Mode Page
//! Translation".

use core::sync::atomic::{AtomicU64, Ordering};

use ringzero::platform::{ErrorKind, Protection, Result};

use super::{Flush, Frame, FrameAllocator, PAGE_SIZE, PageTable, Window};

/// The entry is used by the processor.
const PRESENT: u64 = 1 << 0;
/// Pages below may be written to.
const WRITABLE: u64 = 1 << 1;
/// The entry shows a large page, not a table.
const LARGE: u64 = 1 << 7;
/// For our own use, in an entry that shows a table: the table's frame came from the allocator.
const OURS: u64 = 1 << 9;
/// For our own use, in an entry that is not present: the page has a frame, whose address stands here inverted.
const HELD: u64 = 1 << 10;
/// Instructions cannot be fetched from pages below.
const NO_EXECUTE: u64 = 1 << 63;
/// Where the address of a frame or table stands.
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// Entries of a table.
const ENTRIES: usize = 512;
/// The level of the root; the tables whose entries show pages have level 1.
const ROOT: u32 = 4;

/// Page tables of x86-64, four levels, pages of 4 KiB, for ring 0 only.
///
/// It works below a root that may hold other entries: those that the kernel made are used where they show tables, and
/// never freed. Writable, readable and set-aside pages cannot be executed; executable ones cannot be written to.
///
/// A kernel that switches between several roots gives each of them the same tables of level 3 for these pages
/// beforehand: an entry that is made in this root is not made in others.
#[derive(Debug)]
pub struct FourLevelTable<H> {
    root: Frame,
    window: Window,
    flush: H,
    tables: usize,
}

impl<H: Flush> FourLevelTable<H> {
    /// Tables below `root`, the physical address in CR3. `flush` is called for pages that have changed.
    ///
    /// # Safety
    /// `root` is a table of level 4 that stays for as long as the value is used; it and all tables below it are seen in
    /// `window`, and entries of the kernel's own that show tables for pages to be mapped allow everything. EFER.NXE and CR0.WP are set on each processor that uses it. `flush` keeps what [`Flush`] says.
    pub const unsafe fn new(root: Frame, window: Window, flush: H) -> Self {
        Self { root, window, flush, tables: 0 }
    }

    /// An entry of a table. The processor reads it at any time, and sets bits in it.
    fn entry(&self, table: Frame, index: usize) -> &AtomicU64 {
        let entries: *mut AtomicU64 = self.window.bytes(table).cast();
        // In bounds: a table has as many.
        let entry = entries.wrapping_add(index % ENTRIES);
        // SAFETY: only frames that are tables come here: the root and what its entries show. They are in the window.
        unsafe { &*entry }
    }

    fn load(&self, table: Frame, index: usize) -> u64 {
        self.entry(table, index).load(Ordering::Relaxed)
    }

    fn store(&self, table: Frame, index: usize, entry: u64) {
        // What was written into a new table or frame is seen before what shows it.
        self.entry(table, index).store(entry, Ordering::Release);
    }

    /// The table of level 1 for a page: `Err` with the level whose entry is not there or shows something else.
    fn leaf(&self, page: usize) -> core::result::Result<Frame, u32> {
        let mut table = self.root;
        for level in (2..=ROOT).rev() {
            table = child(self.load(table, index(page, level))).ok_or(level)?;
        }
        Ok(table)
    }

    /// As [`leaf`](Self::leaf), and makes the tables that are not there.
    fn make_leaf(&mut self, frames: &dyn FrameAllocator, page: usize) -> Result<Frame> {
        let mut table = self.root;
        for level in (2..=ROOT).rev() {
            let index = index(page, level);
            let entry = self.load(table, index);
            table = match child(entry) {
                Some(child) => child,
                None if entry != 0 => return Err(ErrorKind::Exists),
                None => {
                    let fresh = frames.allocate().ok_or(ErrorKind::OutOfMemory)?;
                    // SAFETY: just allocated, so nobody else uses it, and allocators give out what is in the window.
                    unsafe { self.window.zero(fresh) };
                    self.tables += 1;
                    self.store(table, index, fresh.address() | PRESENT | WRITABLE | OURS);
                    fresh
                }
            };
        }
        Ok(table)
    }

    /// The entry of a page: its table, its index, and what it holds.
    fn page(&self, page: usize) -> Option<(Frame, usize, u64)> {
        if !is_canonical(page) {
            return None;
        }
        let table = self.leaf(page).ok()?;
        let index = index(page, 1);
        Some((table, index, self.load(table, index)))
    }

    /// Frees the tables below `table`, which has this level, that are empty and belong to pages from `start` to
    /// `last`, both included.
    ///
    /// # Safety
    /// As for [`PageTable::prune`].
    unsafe fn prune_below(
        &mut self,
        frames: &dyn FrameAllocator,
        table: Frame,
        level: u32,
        (start, last): (usize, usize),
    ) {
        let mut page = start;
        loop {
            let index = index(page, level);
            let end_of_entry = page | (span(level) - 1);
            let entry = self.load(table, index);
            if let Some(below) = child(entry) {
                if level > 2 {
                    // SAFETY: the caller's promise, handed on.
                    unsafe { self.prune_below(frames, below, level - 1, (page, last.min(end_of_entry))) };
                }
                if entry & OURS != 0 && self.is_empty(below) {
                    self.store(table, index, 0);
                    // A processor may have the entry in mind: before the frame becomes something else, it forgets.
                    self.flush.flush(page & !(PAGE_SIZE - 1), PAGE_SIZE);
                    self.tables -= 1;
                    // SAFETY: `OURS` says that it came from the allocator; no entry shows it any more.
                    unsafe { frames.free(below) };
                }
            }
            if end_of_entry >= last {
                return;
            }
            page = end_of_entry + 1;
        }
    }

    fn is_empty(&self, table: Frame) -> bool {
        // Backwards: what is released is released forwards, so what is left is rather at the end.
        (0..ENTRIES).rev().all(|index| self.load(table, index) == 0)
    }
}

// SAFETY: entries are made from the frame and the protection that were given, as the processor's manual lays them out;
// `bits` never sets `WRITABLE` without `NO_EXECUTE`. Entries that do not show a page hold no `PRESENT`, and processors
// keep none of those in mind, so a new page needs no flush. Tables are freed only when empty and after a flush.
unsafe impl<H: Flush> PageTable for FourLevelTable<H> {
    unsafe fn map(
        &mut self,
        frames: &dyn FrameAllocator,
        page: usize,
        frame: Frame,
        protection: Protection,
    ) -> Result<()> {
        if !is_canonical(page) || frame.address() & !ADDRESS != 0 {
            return Err(ErrorKind::InvalidInput);
        }
        let entry = bits(frame, protection)?;
        let table = self.make_leaf(frames, page).inspect_err(|_| {
            // SAFETY: the same allocator.
            unsafe { self.prune(frames, page, PAGE_SIZE) };
        })?;
        let index = index(page, 1);
        if self.load(table, index) != 0 {
            return Err(ErrorKind::Exists);
        }
        self.store(table, index, entry);
        Ok(())
    }

    unsafe fn unmap(&mut self, page: usize) -> Option<Frame> {
        let (table, index, entry) = self.page(page)?;
        let (frame, _) = shown(entry)?;
        self.store(table, index, 0);
        Some(frame)
    }

    unsafe fn protect(&mut self, page: usize, protection: Protection) -> Result<()> {
        let (table, index, entry) = self.page(page).ok_or(ErrorKind::NotFound)?;
        let (frame, _) = shown(entry).ok_or(ErrorKind::NotFound)?;
        self.store(table, index, bits(frame, protection)?);
        Ok(())
    }

    fn translate(&self, page: usize) -> Option<(Frame, Protection)> {
        let (_, _, entry) = self.page(page)?;
        shown(entry)
    }

    fn flush(&mut self, start: usize, len: usize) {
        self.flush.flush(start, len);
    }

    fn next_mapped(&self, start: usize, end: usize) -> Option<usize> {
        let mut page = start;
        while page < end {
            let empty_level = match self.leaf(page) {
                Ok(table) if shown(self.load(table, index(page, 1))).is_some() => return Some(page),
                Ok(_) => 1,
                Err(level) => level,
            };
            page = (page | (span(empty_level) - 1)).checked_add(1)?;
        }
        None
    }

    unsafe fn prune(&mut self, frames: &dyn FrameAllocator, start: usize, len: usize) {
        if len > 0 {
            // SAFETY: the caller's promise, handed on.
            unsafe { self.prune_below(frames, self.root, ROOT, (start, start + (len - 1))) }
        }
    }

    fn table_frames(&self) -> usize {
        self.tables
    }
}

/// Which entry of a table of this level a page belongs to.
fn index(page: usize, level: u32) -> usize {
    page >> span(level).trailing_zeros() & (ENTRIES - 1)
}

/// How many bytes one entry of a table of this level stands for.
fn span(level: u32) -> usize {
    PAGE_SIZE << (9 * (level - 1))
}

/// Whether the upper bits of an address repeat bit 47, as those of every address must.
fn is_canonical(page: usize) -> bool {
    let upper = page as u64 >> 47;
    upper == 0 || upper == u64::MAX >> 47
}

/// The table that an entry of a level above 1 shows.
fn child(entry: u64) -> Option<Frame> {
    (entry & (PRESENT | LARGE) == PRESENT).then(|| Frame::containing(entry & ADDRESS))
}

/// The entry of a page.
fn bits(frame: Frame, protection: Protection) -> Result<u64> {
    let address = frame.address();
    Ok(match protection {
        // Some processors read through such entries ahead of time if the address is one of memory (L1 terminal fault);
        // inverted, it is not.
        Protection::None => (!address & ADDRESS) | HELD,
        Protection::ReadWrite => address | PRESENT | WRITABLE | NO_EXECUTE,
        Protection::Read => address | PRESENT | NO_EXECUTE,
        Protection::ReadExecute => address | PRESENT,
        _ => return Err(ErrorKind::NotSupported),
    })
}

/// The frame that the entry of a page shows or holds, and for what.
fn shown(entry: u64) -> Option<(Frame, Protection)> {
    if entry & PRESENT == 0 {
        let frame = Frame::containing(!entry & ADDRESS);
        return (entry & HELD != 0).then_some((frame, Protection::None));
    }
    let protection = match (entry & WRITABLE != 0, entry & NO_EXECUTE != 0) {
        (true, _) => Protection::ReadWrite,
        (false, true) => Protection::Read,
        (false, false) => Protection::ReadExecute,
    };
    Some((Frame::containing(entry & ADDRESS), protection))
}
