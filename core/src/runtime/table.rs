//! Tables of a store.
//!
//! In: a handle, indices, references. Out: references.

use core::ptr::NonNull;

use super::store::{StoreId, StoreState};
use super::{AsContext, AsContextMut, Error, Val};
use crate::vm::{Growth, VmTable};
use crate::wasm::{RefType, TableType, ValType};

/// A table of references. In a store that is not its own it appears empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    store: StoreId,
    index: u32,
}

impl Table {
    pub(super) fn from_index(state: &StoreState, index: u32) -> Self {
        Self { store: state.id, index }
    }

    /// A table of the type's minimum, filled with `init`.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) if the type contradicts itself or `init` does not fit it,
    /// [`Category::Limit`](super::Category::Limit) beyond
    /// [`Config::max_table_elements`](super::Config::max_table_elements) or what the store's
    /// [limiter](super::Store::limiter) allows, whose own errors come through;
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn new(mut store: impl AsContextMut, ty: TableType, init: Val) -> Result<Self, Error> {
        let store = store.as_context_mut().into_inner();
        if ty.maximum().is_some_and(|maximum| maximum < ty.minimum()) {
            return Err(Error::misuse(format_args!("the table type contradicts itself")));
        }
        let init = bits(&store.state, ty, init)?;
        store.admit(0, [].into_iter(), [ty].into_iter())?;
        let state = &mut store.state;
        let table = VmTable::new(ty, state.engine.config().limits.table_elements, init)?;
        let index = state.arena.add_table(table)?;
        Ok(Self::from_index(state, index))
    }

    /// Its type, with the minimum that it was made with; an empty table's in another store.
    pub fn ty(&self, store: impl AsContext) -> TableType {
        let found = self.find(store.as_context().state());
        found.map_or(TableType::new(RefType::FUNCREF, 0, Some(0)), VmTable::ty)
    }

    /// How many elements it has.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.find(store.as_context().state()).map_or(0, |table| table.len as u64)
    }

    /// An element; `None` beyond the last.
    pub fn get(&self, store: impl AsContext, index: u64) -> Option<Val> {
        let context = store.as_context();
        let state = context.state();
        let table = self.find(state)?;
        let bits = table.get(index).ok()?;
        Some(Val::from_bits(state, ValType::Ref(table.ty().element()), bits.into()))
    }

    /// Replaces an element.
    ///
    /// # Errors
    /// [`Trap::TableOutOfBounds`](crate::Trap::TableOutOfBounds);
    /// [`Category::Misuse`](super::Category::Misuse) if the value does not fit the
    /// table.
    pub fn set(&self, mut store: impl AsContextMut, index: u64, value: Val) -> Result<(), Error> {
        let state = &mut store.as_context_mut().into_inner().state;
        let value = bits(state, self.type_in(state)?, value)?;
        Ok(self.find_mut(state)?.set(index, value)?)
    }

    /// Grows by so many elements, all `init`; the size before.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) beyond what type, configuration,
    /// [limiter](super::Store::limiter) or host allow, or if the value does not fit the table; the limiter's own
    /// error. The table is then as before.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64, init: Val) -> Result<u64, Error> {
        let store = store.as_context_mut().into_inner();
        let init = bits(&store.state, self.type_in(&store.state)?, init)?;
        let grown = store.grow(Growth::Table { handle: self.index, delta, init })?;
        grown.ok_or_else(|| Error::misuse(format_args!("the table cannot grow by {delta} elements")))
    }

    /// Replaces `len` elements from `start` on.
    ///
    /// # Errors
    /// As [`Table::set`]; no element is replaced then.
    pub fn fill(&self, mut store: impl AsContextMut, start: u64, value: Val, len: u64) -> Result<(), Error> {
        let state = &mut store.as_context_mut().into_inner().state;
        let value = bits(state, self.type_in(state)?, value)?;
        self.find_mut(state)?.range_mut(start, len)?.fill(value);
        Ok(())
    }

    pub(super) fn ptr(self, state: &StoreState) -> Option<NonNull<VmTable>> {
        state.arena.table_ptr(self.index).filter(|_| state.id == self.store)
    }

    pub(super) fn find(self, state: &StoreState) -> Option<&VmTable> {
        state.arena.table(self.index).filter(|_| state.id == self.store)
    }

    fn find_mut(self, state: &mut StoreState) -> Result<&mut VmTable, Error> {
        let table = if state.id == self.store { state.arena.table_mut(self.index) } else { None };
        table.ok_or_else(|| Error::wrong_store("the table"))
    }

    fn type_in(self, state: &StoreState) -> Result<TableType, Error> {
        self.find(state).map(VmTable::ty).ok_or_else(|| Error::wrong_store("the table"))
    }
}

/// A reference as a table of this type holds it.
fn bits(state: &StoreState, ty: TableType, value: Val) -> Result<u64, Error> {
    if !value.fits(ValType::Ref(ty.element())) {
        let (element, found) = (ty.element(), value.ty());
        return Err(Error::misuse(format_args!("a table of {element} cannot hold {found}")));
    }
    // References take the low half.
    Ok(value.to_bits(state)? as u64)
}
