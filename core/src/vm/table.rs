//! Tables of references.
//!
//! In: a type and a limit. Out: elements as 64-bit numbers: the address of a [`VmFunc`](super::VmFunc), or the
//! number of a host value plus one, or 0 for null. Running code reads [`VmTable::elements`] and
//! [`VmTable::len`]; whoever lets a table grow reads both again.

use core::mem::MaybeUninit;
use core::slice;

use super::Refused;
use super::heap::{HeapBytes, PIECE};
use super::pieces::{NotGrown, Pause, Pieces, no_pause};
use crate::support::OutOfMemory;
use crate::wasm::{TableType, Trap};

/// A table. Never moves itself; its elements may, when it grows.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct VmTable {
    /// The first element. Never null.
    pub(crate) elements: *mut u64,
    /// How many elements there are.
    pub(crate) len: usize,
    ty: TableType,
    /// The most elements it may have: its type's maximum, its indices' reach, the configured limit.
    limit: u64,
    /// Its position in the store's list of tables.
    pub(super) handle: u32,
    backing: HeapBytes,
    /// Elements behind the present ones that have their first value already.
    fresh: Pieces,
}

impl VmTable {
    /// A table of the type's minimum, filled with `init`, that never has more than `max_elements`.
    ///
    /// # Errors
    /// [`Refused::TableLimit`] where the minimum is above a limit, [`Refused::OutOfMemory`] where the host has
    /// not so much.
    pub(crate) fn new(ty: TableType, max_elements: u64, init: u64) -> Result<Self, Refused> {
        let limit = Self::limit_of(ty, max_elements);
        if ty.minimum() > limit {
            return Err(Refused::TableLimit);
        }
        let backing = HeapBytes::empty();
        let elements = backing.base().as_ptr().cast();
        let mut table = Self { elements, len: 0, ty, limit, handle: 0, backing, fresh: Pieces::NONE };
        table.grow(ty.minimum(), init, &mut no_pause).map_err(|_| Refused::OutOfMemory)?;
        Ok(table)
    }

    /// The most elements that a table of this type may ever have where `max_elements` is configured.
    pub(crate) fn limit_of(ty: TableType, max_elements: u64) -> u64 {
        let reach = if ty.is_64() { u64::MAX } else { u32::MAX.into() };
        ty.maximum().unwrap_or(u64::MAX).min(reach).min(max_elements)
    }

    /// The most elements that it may have.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Its type, with the minimum that it was made with.
    pub(crate) fn ty(&self) -> TableType {
        self.ty
    }

    /// Its position in the store's list of tables.
    pub(crate) fn handle(&self) -> u32 {
        self.handle
    }

    /// Grows by `delta` elements, all `init`; the size before.
    ///
    /// # Errors
    /// [`NotGrown`].
    pub(crate) fn grow(&mut self, delta: u64, init: u64, pause: Pause<'_>) -> Result<u64, NotGrown> {
        let old = self.len;
        let target = (old as u64).checked_add(delta).filter(|len| *len <= self.limit);
        let target = target.and_then(|target| usize::try_from(target).ok()).ok_or(NotGrown::Refused)?;
        let zero = self.make_room(target).map_err(|OutOfMemory| NotGrown::Refused)?;
        if !zero || init != 0 {
            let elements = self.elements;
            self.fresh.run((old, target), init, PIECE / size_of::<u64>(), pause, |at, count| {
                let start = elements.wrapping_add(at).cast::<MaybeUninit<u64>>();
                // SAFETY: there is room for `target` elements, of which these are behind those in use.
                unsafe { slice::from_raw_parts_mut(start, count) }.fill(MaybeUninit::new(init));
            })?;
        }
        self.len = target;
        Ok(old as u64)
    }

    /// Makes it what [`VmTable::new`] with this `init` would make; what it has grown by is given back.
    pub(crate) fn reset(&mut self, init: u64) {
        // It has had so many from the beginning.
        let len = (self.ty.minimum() as usize).min(self.len);
        self.backing.reset(self.len * size_of::<u64>(), len * size_of::<u64>());
        self.fresh = Pieces::NONE;
        self.elements = self.backing.base().as_ptr().cast();
        self.len = len;
        if init != 0
            && let Ok(all) = self.range_mut(0, len as u64)
        {
            all.fill(init);
        }
    }

    /// An element.
    ///
    /// # Errors
    /// [`Trap::TableOutOfBounds`].
    pub(crate) fn get(&self, index: u64) -> Result<u64, Trap> {
        let found = usize::try_from(index).ok().and_then(|index| self.all().get(index));
        found.copied().ok_or(Trap::TableOutOfBounds)
    }

    /// Replaces an element.
    ///
    /// # Errors
    /// [`Trap::TableOutOfBounds`].
    pub(crate) fn set(&mut self, index: u64, value: u64) -> Result<(), Trap> {
        self.range_mut(index, 1)?.fill(value);
        Ok(())
    }

    /// A range of elements: where it starts, and its length.
    ///
    /// # Errors
    /// [`Trap::TableOutOfBounds`] if not all of it is inside the table.
    pub(crate) fn range(&self, start: u64, len: u64) -> Result<(*mut u64, usize), Trap> {
        let end = start.checked_add(len).filter(|end| *end <= self.len as u64);
        end.ok_or(Trap::TableOutOfBounds)?;
        // Both are at most `self.len`, a `usize`.
        Ok((self.elements.wrapping_add(start as usize), len as usize))
    }

    /// A range of elements.
    ///
    /// # Errors
    /// As [`VmTable::range`].
    pub(crate) fn range_mut(&mut self, start: u64, len: u64) -> Result<&mut [u64], Trap> {
        let (start, len) = self.range(start, len)?;
        // SAFETY: the range lies inside the table, which is borrowed exclusively.
        Ok(unsafe { slice::from_raw_parts_mut(start, len) })
    }

    fn all(&self) -> &[u64] {
        // SAFETY: the first `len` elements are allocated, initialised (zero at first) and owned by this value.
        unsafe { slice::from_raw_parts(self.elements, self.len) }
    }

    /// Makes room for `len` elements, and tells whether those beyond the present ones are zero.
    fn make_room(&mut self, len: usize) -> Result<bool, OutOfMemory> {
        let bytes = |elements: usize| elements.checked_mul(size_of::<u64>());
        let most = usize::try_from(self.limit).ok().and_then(bytes).unwrap_or(usize::MAX);
        let old = bytes(self.len).ok_or(OutOfMemory)?;
        let zero = self.backing.make_room(old, bytes(len).ok_or(OutOfMemory)?, most)?;
        self.elements = self.backing.base().as_ptr().cast();
        Ok(zero)
    }
}
