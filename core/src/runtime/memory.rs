//! Linear memories of a store.
//!
//! In: a handle, offsets, bytes. Out: bytes by copy, or by borrow of the store. Slices are the memory itself:
//! while one is held no guest can run, so that none is ever left behind by a memory that grows.

use core::fmt;
use core::ptr::NonNull;

use super::store::{StoreId, StoreState};
use super::{AsContext, AsContextMut, Error};
use crate::vm::{Growth, VmMemory};
use crate::wasm::MemoryType;

/// A linear memory.
///
/// In a store that is not its own it appears empty: [`Memory::data`] gives no bytes, [`Memory::read`] and
/// [`Memory::grow`] fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Memory {
    store: StoreId,
    index: u32,
}

impl Memory {
    pub(super) fn from_index(state: &StoreState, index: u32) -> Self {
        Self { store: state.id, index }
    }

    /// A memory of the type's minimum, all zero.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) if the type contradicts itself,
    /// [`Category::Limit`](super::Category::Limit) beyond [`Config::max_memory`](super::Config::max_memory) or
    /// what the store's [limiter](super::Store::limiter) allows, whose own errors come through;
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn new(mut store: impl AsContextMut, ty: MemoryType) -> Result<Self, Error> {
        let store = store.as_context_mut().into_inner();
        consistent(ty)?;
        let limit = store.state.engine.config().limits.memory_bytes;
        store.admit(0, [ty].into_iter(), [].into_iter())?;
        let state = &mut store.state;
        let memory = VmMemory::new(ty, limit, state.engine.space())?;
        let index = state.arena.add_memory(memory)?;
        Ok(Self::from_index(state, index))
    }

    /// A memory in bytes of the host, which it never leaves: it grows as far as they reach, without allocating.
    ///
    /// The bytes are given for good: a static buffer, say, or a part of the machine's memory. What they hold
    /// stays, as far as the type's minimum reaches: the guest sees it. What the memory gains by growing is made
    /// zero first. Machine code that relies on [guards](super::Bounds::Guard) is not linked with it: nothing behind
    /// these bytes can be closed.
    ///
    /// # Errors
    /// As [`Memory::new`]; [`Category::Limit`](super::Category::Limit) also if there are fewer bytes than the
    /// type's minimum. Cost: none that depends on their number.
    ///
    /// ```
    /// use ringzero::{Engine, Memory, MemoryType, Store};
    /// let buffer: &'static mut [u8] = vec![7; 3 << 16].leak();
    /// let mut store = Store::new(&Engine::default(), ());
    /// let memory = Memory::new_static(&mut store, MemoryType::new(1, None), buffer)?;
    /// assert_eq!(memory.data(&store)[65535], 7);
    /// assert_eq!(memory.grow(&mut store, 2)?, 1);
    /// assert_eq!(memory.data(&store)[65536], 0);
    /// assert!(memory.grow(&mut store, 1).is_err());
    /// # Ok::<(), ringzero::Error>(())
    /// ```
    pub fn new_static(
        mut store: impl AsContextMut,
        ty: MemoryType,
        bytes: &'static mut [u8],
    ) -> Result<Self, Error> {
        let store = store.as_context_mut().into_inner();
        consistent(ty)?;
        let limit = store.state.engine.config().limits.memory_bytes;
        let memory = VmMemory::lent(ty, limit, bytes, store.state.engine.space())?;
        store.admit(0, [ty].into_iter(), [].into_iter())?;
        let index = store.state.arena.add_memory(memory)?;
        Ok(Self::from_index(&store.state, index))
    }

    /// Its type, with the minimum that it was made with; an empty memory's in another store.
    pub fn ty(&self, store: impl AsContext) -> MemoryType {
        let found = self.get(store.as_context().state());
        found.map_or(MemoryType::new(0, Some(0)), VmMemory::ty)
    }

    /// Its size in pages.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.get(store.as_context().state()).map_or(0, VmMemory::size_pages)
    }

    /// A page in bytes.
    pub fn page_size(&self, store: impl AsContext) -> u64 {
        self.ty(store).page_size()
    }

    /// Its size in bytes.
    pub fn data_size(&self, store: impl AsContext) -> usize {
        self.get(store.as_context().state()).map_or(0, |memory| memory.len)
    }

    /// Grows by so many pages of zeros; the size before, in pages.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) beyond what type, configuration,
    /// [limiter](super::Store::limiter) or host allow; the limiter's own error. The memory is then as before.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64, Error> {
        let store = store.as_context_mut().into_inner();
        self.get(&store.state).ok_or_else(|| Error::wrong_store("the memory"))?;
        let grown = store.grow(Growth::Memory { handle: self.index, delta })?;
        grown.ok_or_else(|| Error::misuse(format_args!("the memory cannot grow by {delta} pages")))
    }

    /// All its bytes.
    pub fn data<'a, S: AsContext>(&self, store: &'a S) -> &'a [u8] {
        self.get(store.as_context().state()).map_or(&[], VmMemory::bytes)
    }

    /// All its bytes, to change.
    pub fn data_mut<'a, S: AsContextMut>(&self, store: &'a mut S) -> &'a mut [u8] {
        self.data_and_store_mut(store).0
    }

    /// All its bytes, and the embedder's data, both to change.
    pub fn data_and_store_mut<'a, S: AsContextMut>(
        &self,
        store: &'a mut S,
    ) -> (&'a mut [u8], &'a mut S::Data) {
        let inner = store.as_context_mut().into_inner();
        let bytes = self.get_mut(&mut inner.state).map_or(&mut [][..], VmMemory::bytes_mut);
        (bytes, &mut inner.data)
    }

    /// Copies bytes out, all or none.
    ///
    /// # Errors
    /// [`MemoryAccessError`] if not all of them are inside the memory.
    pub fn read(
        &self,
        store: impl AsContext,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<(), MemoryAccessError> {
        let bytes = self.data(&store);
        let end = offset.checked_add(buffer.len()).ok_or(MemoryAccessError)?;
        buffer.copy_from_slice(bytes.get(offset..end).ok_or(MemoryAccessError)?);
        Ok(())
    }

    /// Copies bytes in, all or none.
    ///
    /// # Errors
    /// [`MemoryAccessError`] if not all of them would be inside the memory.
    pub fn write(
        &self,
        mut store: impl AsContextMut,
        offset: usize,
        buffer: &[u8],
    ) -> Result<(), MemoryAccessError> {
        let bytes = self.data_mut(&mut store);
        let end = offset.checked_add(buffer.len()).ok_or(MemoryAccessError)?;
        bytes.get_mut(offset..end).ok_or(MemoryAccessError)?.copy_from_slice(buffer);
        Ok(())
    }

    pub(super) fn ptr(self, state: &StoreState) -> Option<NonNull<VmMemory>> {
        state.arena.memory_ptr(self.index).filter(|_| state.id == self.store)
    }

    pub(super) fn get(self, state: &StoreState) -> Option<&VmMemory> {
        state.arena.memory(self.index).filter(|_| state.id == self.store)
    }

    fn get_mut(self, state: &mut StoreState) -> Option<&mut VmMemory> {
        if state.id == self.store { state.arena.memory_mut(self.index) } else { None }
    }
}

/// Whether there can be a memory of a type.
fn consistent(ty: MemoryType) -> Result<(), Error> {
    let most = ty.maximum().unwrap_or(u64::MAX).min(ty.absolute_max_pages());
    if ty.minimum() > most || !matches!(ty.page_size_log2(), 0 | 16) {
        return Err(Error::misuse(format_args!("the memory type contradicts itself")));
    }
    Ok(())
}

/// A range was not inside a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryAccessError;

impl fmt::Display for MemoryAccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of bounds memory access by the host")
    }
}

impl core::error::Error for MemoryAccessError {}

impl From<MemoryAccessError> for Error {
    fn from(error: MemoryAccessError) -> Self {
        Self::host(error)
    }
}
