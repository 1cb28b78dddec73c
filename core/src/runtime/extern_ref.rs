//! Values of the host that guests can hold but not look into.
//!
//! In: any value. Out: a handle. A guest holds its number; the store holds the value until it is dropped.

use core::any::Any;

use super::store::{StoreId, StoreState};
use super::{AsContext, AsContextMut, Error};
use crate::support::{OutOfMemory, TryPush, try_boxed};

/// A value of the host, as a guest's `externref`. It stays in its store until the store is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExternRef {
    store: StoreId,
    index: u32,
}

impl ExternRef {
    /// Puts a value into a store.
    ///
    /// # Errors
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn new(mut store: impl AsContextMut, value: impl Any + Send + Sync) -> Result<Self, Error> {
        let state = &mut store.as_context_mut().into_inner().state;
        let index = u32::try_from(state.externs.len()).map_err(|_| OutOfMemory)?;
        state.externs.try_push(try_boxed(value)?)?;
        Ok(Self { store: state.id, index })
    }

    /// The value.
    ///
    /// # Errors
    /// If it belongs to another store.
    pub fn data<'a, S: AsContext>(&self, store: &'a S) -> Result<&'a (dyn Any + Send + Sync), Error> {
        let state = store.as_context().state();
        let value = state.externs.get(self.index as usize).filter(|_| state.id == self.store);
        value.map(|value| &**value).ok_or_else(|| Error::wrong_store("the externref"))
    }

    /// As a slot holds it.
    pub(super) fn bits(self, state: &StoreState) -> Result<u64, Error> {
        if state.id != self.store {
            return Err(Error::wrong_store("the externref"));
        }
        Ok(u64::from(self.index) + 1)
    }

    /// What a slot holds; `None` for null.
    pub(super) fn from_bits(state: &StoreState, bits: u64) -> Option<Self> {
        let index = bits.checked_sub(1)?;
        // Guests can only pass on what `bits` has made.
        Some(Self { store: state.id, index: index as u32 })
    }
}
