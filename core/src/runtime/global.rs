//! Globals of a store.
//!
//! In: a handle, values. Out: values.

use core::ptr::NonNull;

use super::store::{StoreId, StoreState};
use super::{AsContext, AsContextMut, Error, Val};
use crate::vm::{GlobalCell, VmGlobal};
use crate::wasm::{GlobalType, Mutability, ValType};

/// A global. In a store that is not its own it appears as a constant `i32` 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Global {
    store: StoreId,
    index: u32,
}

impl Global {
    pub(super) fn from_index(state: &StoreState, index: u32) -> Self {
        Self { store: state.id, index }
    }

    /// A global with a value.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) if the value is not of the type,
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn new(mut store: impl AsContextMut, ty: GlobalType, value: Val) -> Result<Self, Error> {
        let state = &mut store.as_context_mut().into_inner().state;
        let bits = bits(state, ty, value)?;
        let index = state.arena.add_global(GlobalCell::new(ty, bits))?;
        Ok(Self::from_index(state, index))
    }

    /// Its type.
    pub fn ty(&self, store: impl AsContext) -> GlobalType {
        let found = self.find(store.as_context().state());
        found.map_or(GlobalType::new(ValType::I32, Mutability::Const), GlobalCell::ty)
    }

    /// Its value.
    pub fn get(&self, store: impl AsContext) -> Val {
        let context = store.as_context();
        let state = context.state();
        let found = self.find(state);
        found.map_or(Val::I32(0), |global| Val::from_bits(state, global.ty().content(), global.bits()))
    }

    /// Replaces its value.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) if it is constant, or if the value is not of its type.
    pub fn set(&self, mut store: impl AsContextMut, value: Val) -> Result<(), Error> {
        let state = &mut store.as_context_mut().into_inner().state;
        let wrong_store = || Error::wrong_store("the global");
        let ty = self.find(state).ok_or_else(wrong_store)?.ty();
        if ty.mutability() == Mutability::Const {
            return Err(Error::misuse(format_args!("the global is constant")));
        }
        let bits = bits(state, ty, value)?;
        state.arena.global_mut(self.index).ok_or_else(wrong_store)?.set_bits(bits);
        Ok(())
    }

    pub(super) fn ptr(self, state: &StoreState) -> Option<NonNull<VmGlobal>> {
        state.arena.global_ptr(self.index).filter(|_| state.id == self.store)
    }

    pub(super) fn find(self, state: &StoreState) -> Option<&GlobalCell> {
        state.arena.global(self.index).filter(|_| state.id == self.store)
    }
}

/// A value as a global of this type holds it.
fn bits(state: &StoreState, ty: GlobalType, value: Val) -> Result<u128, Error> {
    if !value.fits(ty.content()) {
        let (content, found) = (ty.content(), value.ty());
        return Err(Error::misuse(format_args!("a global of type {content} cannot hold {found}")));
    }
    value.to_bits(state)
}
