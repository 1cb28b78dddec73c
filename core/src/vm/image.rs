//! The first contents of a module's memories as images of the platform.
//!
//! In: a module, and memories into which its data has been copied. Out: images that the memories of later instances
//! show instead of being written to. It does not know how memories are made, nor who else writes to them.
//!
//! An image is made from what the second instance has copied: of a module that is instantiated once nothing would be
//! gained. What all of its active segments make of a memory has to be known then: they lie, at constant offsets, within
//! the minimum of memories that the module defines itself, so that writing them cannot fail and no other order can be
//! seen.

use alloc::{sync::Arc, vec::Vec};
use core::ops::Range;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};

use spin::Once;

use super::{AddressSpace, VmMemory};
use crate::module::{ConstExpr, ConstOp, DataSegment, ModuleInfo, SegmentMode};
use crate::platform::{Image, VirtualMemory};
use crate::support::reserve::try_arc;
use crate::support::{Entity, OutOfMemory, TryPush};

/// Pages of data that are copied as fast as an image is shown and hidden.
const COPIED_PAGES: usize = 3;
/// The most parts of a memory that show an image: each is a call of the platform for each instance.
const MOST_PARTS: usize = 4;
/// Bytes without data that are no reason for another part.
const GAP: usize = 1 << 16;
/// The most bytes of an image for each byte of data, so that a module cannot take many times its size.
const MOST_PER_BYTE: usize = 16;
/// The most memories of a module that are looked at.
const MOST_MEMORIES: usize = 128;

/// What memories of a module start with.
#[derive(Debug, Default)]
pub(crate) struct Images {
    /// How often data has been written so far, as far as it matters.
    written: AtomicU32,
    /// By memory index; none where data is copied.
    made: Once<Vec<Option<Arc<MemoryImage>>>>,
}

impl Images {
    /// What is there so far, by memory index.
    pub(super) fn made(&self) -> &[Option<Arc<MemoryImage>>] {
        self.made.get().map_or(&[], |made| made)
    }

    /// Called when data has been written: whether images are to be made of it now.
    pub(super) fn are_due(&self) -> bool {
        self.written.load(Ordering::Relaxed) < 2 && self.written.fetch_add(1, Ordering::Relaxed) == 1
    }

    /// Keeps images for later instances.
    pub(super) fn keep(&self, images: Vec<Option<Arc<MemoryImage>>>) {
        self.made.call_once(|| images);
    }

    /// Bytes of all images.
    pub(crate) fn bytes(&self) -> u64 {
        self.made().iter().flatten().flat_map(|image| &image.parts).map(|part| part.len() as u64).sum()
    }
}

/// What one memory starts with, but for zeros.
#[derive(Debug)]
pub(super) struct MemoryImage {
    image: Image,
    /// Ranges of the memory, of whole pages; in the image they follow each other.
    parts: Vec<Range<usize>>,
    space: Arc<AddressSpace>,
}

impl MemoryImage {
    /// An image of parts of a memory; `None` where nobody makes it.
    pub(super) fn of(memory: &VmMemory, parts: Vec<Range<usize>>) -> Result<Option<Arc<Self>>, OutOfMemory> {
        let space = memory.space();
        let mut bytes: Vec<&[u8]> = Vec::new();
        for part in &parts {
            let Some(part) = memory.accessible().get(part.clone()) else { return Ok(None) };
            bytes.try_push(part)?;
        }
        let Some(image) = space.make_image(&bytes) else { return Ok(None) };
        // Whatever happens from here on, it is given back in the end.
        let image = Self { image, parts, space: Arc::clone(space) };
        Ok(Some(try_arc(image)?))
    }

    /// Lets a reservation's first bytes show it, which are committed and zero: how many parts do so then, the others
    /// being as before.
    ///
    /// # Safety
    /// All parts are committed, and nobody holds a reference into them.
    unsafe fn show(&self, pages: &dyn VirtualMemory, start: NonNull<u8>) -> usize {
        let mut offset = 0;
        for (shown, part) in self.parts.iter().enumerate() {
            // SAFETY: the parts lie in what is committed.
            let at = unsafe { start.add(part.start) };
            // SAFETY: as above; the image is as long as all parts.
            if unsafe { pages.show_image(self.image, offset, at, part.len()) }.is_err() {
                return shown;
            }
            offset += part.len();
        }
        self.parts.len()
    }
}

impl Drop for MemoryImage {
    fn drop(&mut self) {
        // SAFETY: made by this space, and named by this value alone.
        unsafe { self.space.release_image(self.image) };
    }
}

/// An image in a memory.
#[derive(Debug)]
pub(super) struct Shown {
    image: Arc<MemoryImage>,
    /// So many of its parts are shown.
    parts: usize,
    /// The memory is as when it was new: the image and otherwise zeros.
    pub(super) fresh: bool,
}

impl Shown {
    /// Shows an image in a reservation; `None` where no part of it can be.
    ///
    /// # Safety
    /// As for [`MemoryImage::show`].
    pub(super) unsafe fn new(
        image: &Arc<MemoryImage>,
        pages: &dyn VirtualMemory,
        start: NonNull<u8>,
    ) -> Option<Self> {
        // SAFETY: the caller's promise.
        let parts = unsafe { image.show(pages, start) };
        (parts > 0).then(|| Self { image: Arc::clone(image), parts, fresh: parts == image.parts.len() })
    }

    /// Whether what is shown is all of an image, and not only its first parts.
    pub(super) fn is_whole(&self) -> bool {
        self.parts == self.image.parts.len()
    }

    /// Makes all that shows it zero.
    ///
    /// # Errors
    /// [`OutOfMemory`]: the reservation can only be released then.
    ///
    /// # Safety
    /// It is shown from this start on, and nobody holds a reference into it.
    pub(super) unsafe fn hide(
        self,
        pages: &dyn VirtualMemory,
        start: NonNull<u8>,
    ) -> Result<(), OutOfMemory> {
        for part in self.image.parts.iter().take(self.parts) {
            // SAFETY: the parts lie in what is committed.
            let at = unsafe { start.add(part.start) };
            // SAFETY: as above.
            unsafe { pages.hide_image(at, part.len()) }.map_err(|_| OutOfMemory)?;
        }
        Ok(())
    }
}

/// Which parts of each memory an image is worth making of, by memory index; empty parts where none is. `None` where what
/// segments write depends on anything but the module.
pub(super) fn plan(info: &ModuleInfo, page: usize) -> Result<Option<Vec<Vec<Range<usize>>>>, OutOfMemory> {
    let mut plan: Vec<Vec<Range<usize>>> = Vec::new();
    if info.memories.len() > MOST_MEMORIES {
        return Ok(None);
    }
    for _ in 0..info.memories.len() {
        plan.try_push(Vec::new())?;
    }
    for segment in info.data.values() {
        let SegmentMode::Active { target, .. } = &segment.mode else { continue };
        let Some(range) = place(info, segment) else { return Ok(None) };
        if let Some(ranges) = plan.get_mut(target.index()).filter(|_| !range.is_empty()) {
            ranges.try_push(range)?;
        }
    }
    for ranges in &mut plan {
        ranges.sort_unstable_by_key(|range| range.start);
        let parts = parts(ranges, page)?;
        *ranges = parts;
    }
    Ok(Some(plan))
}

/// Where an active segment writes, whatever the instance; `None` where that is not known, or beyond what is there.
fn place(info: &ModuleInfo, segment: &DataSegment) -> Option<Range<usize>> {
    let SegmentMode::Active { target, offset } = &segment.mode else { return None };
    if target.index() < info.imported.memories as usize {
        return None;
    }
    let start = match offset {
        ConstExpr::One(ConstOp::I32(offset)) => u64::from(*offset as u32),
        ConstExpr::One(ConstOp::I64(offset)) => *offset as u64,
        _ => return None,
    };
    let ty = info.memories[*target];
    let end = start.checked_add(segment.bytes.len() as u64)?;
    let there = ty.minimum().checked_mul(ty.page_size())?;
    // The minimum of a memory that has been made is one that the host can address.
    (end <= there).then_some(start as usize..end as usize)
}

/// The parts of a memory, of whole pages, that hold these ranges, which are sorted by their starts; none where copying
/// is as good, or where they would be too many or too large.
fn parts(ranges: &[Range<usize>], page: usize) -> Result<Vec<Range<usize>>, OutOfMemory> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let (mut covered, mut pages, mut bytes) = (0, 0, 0);
    for range in ranges {
        let start = range.start & !(page - 1);
        let Some(end) = range.end.checked_next_multiple_of(page) else { return Ok(Vec::new()) };
        pages += end.saturating_sub(start.max(covered)) / page;
        covered = covered.max(end);
        bytes += range.len();
        let count = parts.len();
        match parts.last_mut() {
            Some(last) if start.saturating_sub(last.end) < GAP => last.end = last.end.max(end),
            _ if count == MOST_PARTS => return Ok(Vec::new()),
            _ => parts.try_push(start..end)?,
        }
    }
    let image: usize = parts.iter().map(Range::len).sum();
    let worth = pages > COPIED_PAGES && image <= bytes.saturating_mul(MOST_PER_BYTE);
    Ok(if worth { parts } else { Vec::new() })
}
