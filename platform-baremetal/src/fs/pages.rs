//! The content of one file: pages where something was written, and elsewhere what an archive has there, or zeros.
//!
//! In: offsets and bytes. Out: the same. A file of any size costs what has been written of it, so a file of an
//! archive is copied page by page, when each is first written to. It does not know who pays: it asks a
//! [`Budget`].

use alloc::{boxed::Box, sync::Arc, vec::Vec};

use hashbrown::HashMap;
use ringzero::platform::{ErrorKind, Result};

use super::archive::{Archive, Span};
use super::quota::Budget;

/// What one page holds, and costs.
pub(super) const PAGE: usize = 4096;
/// The same, as offsets are counted.
const PAGE_BYTES: u64 = PAGE as u64;

/// A file's bytes.
#[derive(Default)]
pub(super) struct Content {
    pages: HashMap<u64, Box<[u8; PAGE]>>,
    size: u64,
    base: Option<Base>,
}

/// What lies below the pages. Cut with the file: what it grows by later is zeros.
struct Base {
    archive: Arc<Archive>,
    span: Span,
}

impl Content {
    /// What a file of an archive holds.
    pub(super) fn of(archive: Arc<Archive>, span: Span) -> Self {
        Self { pages: HashMap::new(), size: span.len as u64, base: Some(Base { archive, span }) }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// What the pages cost.
    pub(super) fn cost(&self) -> u64 {
        self.pages.len() as u64 * PAGE_BYTES
    }

    fn base(&self) -> &[u8] {
        self.base.as_ref().map_or(&[], |base| base.archive.bytes(base.span))
    }

    /// Fills `buffer` from `offset` on; the count is short at the end of the file.
    pub(super) fn read(&self, mut offset: u64, buffer: &mut [u8]) -> usize {
        let left = self.size.saturating_sub(offset);
        let count = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let base = self.base();
        let mut rest = &mut buffer[..count];
        while !rest.is_empty() {
            let (page, within) = split(offset);
            let step = rest.len().min(PAGE - within);
            let (now, later) = rest.split_at_mut(step);
            match self.pages.get(&page) {
                Some(bytes) => now.copy_from_slice(&bytes[within..within + step]),
                None => {
                    let count = read(base, offset, now);
                    now[count..].fill(0);
                }
            }
            offset += step as u64;
            rest = later;
        }
        count
    }

    /// Writes `bytes` at `offset` and extends the file. Where room ends midway the count is short, and only
    /// where nothing at all fits is it an error. `offset + bytes.len()` fits an `i64`: the caller has checked.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8], budget: &mut Budget) -> Result<usize> {
        let mut done = 0;
        while done < bytes.len() {
            let at = offset + done as u64;
            let (page, within) = split(at);
            let step = (bytes.len() - done).min(PAGE - within);
            match self.page(page, budget) {
                Ok(into) => into[within..within + step].copy_from_slice(&bytes[done..done + step]),
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            }
            done += step;
            self.size = self.size.max(at + step as u64);
        }
        Ok(done)
    }

    /// The page with this number, made and paid for where it was not there.
    fn page(&mut self, number: u64, budget: &mut Budget) -> Result<&mut [u8; PAGE]> {
        if !self.pages.contains_key(&number) {
            // Paid for first: who cannot pay does not grow the table either.
            budget.charge(PAGE_BYTES)?;
            self.make(number).inspect_err(|_| budget.refund(PAGE_BYTES))?;
        }
        self.pages.get_mut(&number).map(|page| &mut **page).ok_or(ErrorKind::Io)
    }

    fn make(&mut self, number: u64) -> Result<()> {
        self.pages.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
        let mut page = blank()?;
        read(self.base(), number.saturating_mul(PAGE_BYTES), &mut page[..]);
        self.pages.insert(number, page);
        Ok(())
    }

    /// Moves to a table that fits where the present one is far too large: it costs nothing only for as long as
    /// it is small beside the pages in it. That takes memory: where there is none the large one stays.
    fn shrink(&mut self) {
        // Three times what a page takes in a table that has just grown.
        let fair = (self.pages.len() + 1).saturating_mul(128);
        if self.pages.allocation_size() <= fair && !self.pages.is_empty() {
            return;
        }
        let mut pages = HashMap::new();
        if pages.try_reserve(self.pages.len()).is_ok() {
            pages.extend(self.pages.drain());
            self.pages = pages;
        }
    }

    /// Cuts, or extends with a hole.
    pub(super) fn set_size(&mut self, size: u64, budget: &mut Budget) {
        if size < self.size {
            let before = self.cost();
            let (last, within) = split(size);
            self.pages.retain(|&number, _| number < last || (number == last && within > 0));
            if let Some(page) = self.pages.get_mut(&last) {
                page[within..].fill(0);
            }
            if let Some(base) = &mut self.base {
                base.span.len = usize::try_from(size).map_or(base.span.len, |size| size.min(base.span.len));
            }
            budget.refund(before - self.cost());
            self.shrink();
        }
        self.size = size;
    }

    /// Makes and pays for all pages of a range, and extends the file to its end. All or nothing, except that
    /// pages already made stay where memory runs out midway.
    pub(super) fn allocate(&mut self, offset: u64, end: u64, budget: &mut Budget) -> Result<()> {
        let (first, last) = (offset / PAGE_BYTES, (end - 1) / PAGE_BYTES);
        let range = last - first + 1;
        let present = if range < self.pages.len() as u64 {
            (first..=last).filter(|page| self.pages.contains_key(page)).count()
        } else {
            self.pages.keys().filter(|page| (first..=last).contains(page)).count()
        };
        let missing = range - present as u64;
        if missing.saturating_mul(PAGE_BYTES) > budget.left() {
            return Err(ErrorKind::NoSpace);
        }
        let room = usize::try_from(missing).map_err(|_| ErrorKind::OutOfMemory)?;
        self.pages.try_reserve(room).map_err(|_| ErrorKind::OutOfMemory)?;
        for number in first..=last {
            if let Err(error) = self.page(number, budget) {
                self.shrink();
                return Err(error);
            }
        }
        self.size = self.size.max(end);
        Ok(())
    }
}

/// Copies from `bytes` at `offset` as far as they go; the count.
pub(super) fn read(bytes: &[u8], offset: u64, into: &mut [u8]) -> usize {
    let from = usize::try_from(offset).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[]);
    let count = from.len().min(into.len());
    into[..count].copy_from_slice(&from[..count]);
    count
}

fn split(offset: u64) -> (u64, usize) {
    // The remainder is below PAGE.
    (offset / PAGE_BYTES, (offset % PAGE_BYTES) as usize)
}

fn blank() -> Result<Box<[u8; PAGE]>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(PAGE).map_err(|_| ErrorKind::OutOfMemory)?;
    bytes.resize(PAGE, 0);
    bytes.into_boxed_slice().try_into().map_err(|_| ErrorKind::Io)
}
