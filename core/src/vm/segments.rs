//! Bulk operations of an instance: on memories, tables and segments.
//!
//! In: indices that validation has checked, and ranges that nobody has. Out: the effect, or a trap before any
//! effect. Ranges are unsigned 64-bit numbers whatever the width of the guest's addresses.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use super::image::{MemoryImage, plan};
use super::{Growth, Instance, Raised};
use crate::module::{DataSegment, ElementItems, ElementSegment, SegmentMode};
use crate::support::{Entity, OutOfMemory, TryPush};
use crate::wasm::{DataIndex, ElemIndex, MemoryIndex, TableIndex, Trap};

/// An index out of the module's range: validation excludes it, so that the answer is never seen.
const NO_MEMORY: Trap = Trap::MemoryOutOfBounds;
const NO_TABLE: Trap = Trap::TableOutOfBounds;

impl Instance {
    /// Writes all active segments in order, and drops them. What was written before a trap stays.
    pub(crate) fn initialise(&self) -> Result<(), Trap> {
        for (index, segment) in self.info().elements.iter() {
            if let SegmentMode::Active { target, offset } = &segment.mode {
                let start = self.evaluate(offset).map_err(|_| Trap::OutOfMemory)? as u64;
                self.table_init(target.0, index.0, start, 0, segment.items.len() as u64)?;
            }
            if !matches!(segment.mode, SegmentMode::Passive) {
                self.elem_drop(index.0);
            }
        }
        if self.info().data.len() > 0 { self.initialise_memories() } else { Ok(()) }
    }

    fn initialise_memories(&self) -> Result<(), Trap> {
        let shown = self.show_images();
        for (index, segment) in self.info().data.iter() {
            if let SegmentMode::Active { target, offset } = &segment.mode {
                // What is beyond the mask has no image.
                if 1u128.checked_shl(target.0).is_none_or(|memory| shown & memory == 0) {
                    let start = self.evaluate(offset).map_err(|_| Trap::OutOfMemory)? as u64;
                    self.memory_init(target.0, index.0, start, 0, segment.bytes.len() as u64)?;
                }
                self.data_drop(index.0);
            }
        }
        if self.module().images.are_due() {
            // Without images data is copied.
            let _ = self.make_images();
        }
        Ok(())
    }

    /// Lets memories start with what all segments make of them, where there are images; a bit for each that does.
    fn show_images(&self) -> u128 {
        let images = self.module().images.made().iter().enumerate();
        images.fold(0, |shown, (index, image)| {
            let shows = image.as_ref().and_then(|image| {
                self.with_memory(MemoryIndex::from_index(index), |memory| memory.start_with(image))
            });
            shown | u128::from(shows == Some(true)) << index
        })
    }

    /// Makes images of memories into which all segments have been written just now.
    #[cold]
    fn make_images(&self) -> Result<(), OutOfMemory> {
        let first = MemoryIndex(self.info().imported.memories);
        let page = self.with_memory(first, |memory| memory.space().pages().map(|pages| pages.page_size()));
        let Some(page) = page.flatten() else { return Ok(()) };
        let Some(plan) = plan(self.info(), page)? else { return Ok(()) };
        let mut images = Vec::new();
        for (index, parts) in plan.into_iter().enumerate() {
            let image = (!parts.is_empty()).then(|| {
                self.with_memory(MemoryIndex::from_index(index), |memory| MemoryImage::of(memory, parts))
            });
            images.try_push(image.flatten().transpose()?.flatten())?;
        }
        self.module().images.keep(images);
        Ok(())
    }

    /// Copies from a data segment to a memory.
    pub(crate) fn memory_init(
        &self,
        memory: u32,
        segment: u32,
        dst: u64,
        src: u64,
        len: u64,
    ) -> Result<(), Trap> {
        let bytes = self.data(segment);
        let bytes = slice_of(bytes, src, len).ok_or(Trap::MemoryOutOfBounds)?;
        self.with_memory(MemoryIndex(memory), |memory| {
            memory.range_mut(dst, len)?.copy_from_slice(bytes);
            Ok(())
        })
        .unwrap_or(Err(NO_MEMORY))
    }

    /// Copies between memories, or within one; the ranges may overlap.
    pub(crate) fn memory_copy(
        &self,
        dst_memory: u32,
        src_memory: u32,
        dst: u64,
        src: u64,
        len: u64,
    ) -> Result<(), Trap> {
        let source = self.with_memory(MemoryIndex(src_memory), |memory| memory.range(src, len));
        let target = self.with_memory(MemoryIndex(dst_memory), |memory| memory.range(dst, len));
        let (from, len) = source.unwrap_or(Err(NO_MEMORY))?;
        let (to, _) = target.unwrap_or(Err(NO_MEMORY))?;
        // SAFETY: both ranges lie inside memories of the store, and no reference to their bytes is alive; they
        // may overlap.
        unsafe { to.copy_from(from, len) };
        Ok(())
    }

    /// Whether two indices name one memory: it may be imported twice.
    pub(crate) fn is_one_memory(&self, one: u32, other: u32) -> bool {
        let handle = |index| self.with_memory(MemoryIndex(index), |memory| memory.handle());
        handle(one) == handle(other)
    }

    /// Whether two indices name one table: it may be imported twice.
    pub(crate) fn is_one_table(&self, one: u32, other: u32) -> bool {
        let handle = |index| self.with_table(TableIndex(index), |table| table.handle());
        handle(one) == handle(other)
    }

    /// Fills a range of a memory.
    pub(crate) fn memory_fill(&self, memory: u32, dst: u64, byte: u8, len: u64) -> Result<(), Trap> {
        self.with_memory(MemoryIndex(memory), |memory| {
            memory.range_mut(dst, len)?.fill(byte);
            Ok(())
        })
        .unwrap_or(Err(NO_MEMORY))
    }

    /// Grows a memory; its size before in pages, or `None`.
    ///
    /// # Errors
    /// Whatever the store above stops the guest with.
    pub(crate) fn memory_grow(&self, memory: u32, delta: u64) -> Result<Option<u64>, Raised> {
        let handle = self.with_memory(MemoryIndex(memory), |memory| memory.handle());
        handle.map_or(Ok(None), |handle| self.grow(Growth::Memory { handle, delta }))
    }

    /// The size of a memory in pages.
    pub(crate) fn memory_size(&self, memory: u32) -> u64 {
        self.with_memory(MemoryIndex(memory), |memory| memory.size_pages()).unwrap_or_default()
    }

    /// Drops a data segment: it is empty from now on.
    pub(crate) fn data_drop(&self, segment: u32) {
        set(&self.dropped_data, segment);
    }

    /// Copies from an element segment to a table.
    pub(crate) fn table_init(
        &self,
        table: u32,
        segment: u32,
        dst: u64,
        src: u64,
        len: u64,
    ) -> Result<(), Trap> {
        let available = self.element_segment(segment).map_or(0, |segment| segment.items.len() as u64);
        if src.checked_add(len).is_none_or(|end| end > available) {
            return Err(Trap::TableOutOfBounds);
        }
        let items = self.element_segment(segment).map(|segment| &segment.items);
        self.with_table(TableIndex(table), |table| {
            let range = table.range_mut(dst, len)?;
            if let Some(ElementItems::Functions(items)) = items {
                let items = items.get(src as usize..).unwrap_or_default();
                for (element, func) in range.iter_mut().zip(items) {
                    *element = self.func_bits(func.index());
                }
                return Ok(());
            }
            for (element, position) in range.iter_mut().zip(src as usize..) {
                *element = self.element(items, position)?;
            }
            Ok(())
        })
        .unwrap_or(Err(NO_TABLE))
    }

    /// Copies between tables, or within one; the ranges may overlap.
    pub(crate) fn table_copy(
        &self,
        dst_table: u32,
        src_table: u32,
        dst: u64,
        src: u64,
        len: u64,
    ) -> Result<(), Trap> {
        let source = self.with_table(TableIndex(src_table), |table| table.range(src, len));
        let target = self.with_table(TableIndex(dst_table), |table| table.range(dst, len));
        let (from, len) = source.unwrap_or(Err(NO_TABLE))?;
        let (to, _) = target.unwrap_or(Err(NO_TABLE))?;
        // SAFETY: both ranges lie inside tables of the store, and no reference to their elements is alive; they
        // may overlap.
        unsafe { to.copy_from(from, len) };
        Ok(())
    }

    /// Fills a range of a table.
    pub(crate) fn table_fill(&self, table: u32, start: u64, value: u64, len: u64) -> Result<(), Trap> {
        self.with_table(TableIndex(table), |table| {
            table.range_mut(start, len)?.fill(value);
            Ok(())
        })
        .unwrap_or(Err(NO_TABLE))
    }

    /// Grows a table; its size before in elements, or `None`.
    ///
    /// # Errors
    /// As [`Instance::memory_grow`].
    pub(crate) fn table_grow(&self, table: u32, delta: u64, init: u64) -> Result<Option<u64>, Raised> {
        let handle = self.with_table(TableIndex(table), |table| table.handle());
        handle.map_or(Ok(None), |handle| self.grow(Growth::Table { handle, delta, init }))
    }

    /// The size of a table in elements.
    pub(crate) fn table_size(&self, table: u32) -> u64 {
        self.with_table(TableIndex(table), |table| table.len as u64).unwrap_or_default()
    }

    /// Drops an element segment: it is empty from now on.
    pub(crate) fn elem_drop(&self, segment: u32) {
        set(&self.dropped_elements, segment);
    }

    /// The bytes of a data segment; none once it is dropped.
    fn data(&self, segment: u32) -> &[u8] {
        let found = self.info().data.get(DataIndex(segment)).filter(|_| !is_set(&self.dropped_data, segment));
        let range = |s: &DataSegment| s.bytes.start as usize..s.bytes.end as usize;
        found.and_then(|segment| self.module().bytes.get(range(segment))).unwrap_or_default()
    }

    /// An element segment, unless it is dropped.
    fn element_segment(&self, segment: u32) -> Option<&ElementSegment> {
        let index = ElemIndex(segment);
        self.info().elements.get(index).filter(|_| !is_set(&self.dropped_elements, segment))
    }

    fn element(&self, items: Option<&ElementItems>, position: usize) -> Result<u64, Trap> {
        match items {
            Some(ElementItems::Functions(items)) => {
                Ok(items.get(position).map_or(0, |func| self.func_bits(func.index())))
            }
            Some(ElementItems::Expressions(items)) => {
                let value = items.get(position).map_or(Ok(0), |item| self.evaluate(item));
                Ok(value.map_err(|_| Trap::OutOfMemory)? as u64)
            }
            None => Ok(0),
        }
    }
}

/// `len` bytes from `start`, if they are all there.
fn slice_of(bytes: &[u8], start: u64, len: u64) -> Option<&[u8]> {
    let end = usize::try_from(start.checked_add(len)?).ok()?;
    bytes.get(usize::try_from(start).ok()?..end)
}

fn set(flags: &[AtomicBool], index: u32) {
    if let Some(flag) = flags.get(index as usize) {
        flag.store(true, Ordering::Relaxed);
    }
}

fn is_set(flags: &[AtomicBool], index: u32) -> bool {
    flags.get(index as usize).is_some_and(|flag| flag.load(Ordering::Relaxed))
}
