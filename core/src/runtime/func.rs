//! Functions of a store, whatever their type.
//!
//! In: a handle, values. Out: calls. [`TypedFunc`] is the fast way where the type is known.

use alloc::sync::Arc;
use core::ptr::NonNull;

use super::host::HostFunc;
use super::raw::RawFunc;
use super::store::{StoreId, StoreState};
use super::typed::{WasmParams, WasmResults};
use super::{AsContext, AsContextMut, Caller, Error, IntoFunc, StoreContextMut, TypedFunc, Val};
use crate::support::OutOfMemory;
use crate::vm::VmFunc;
use crate::wasm::FuncType;

/// Slots for calls that need no allocation.
const FEW_SLOTS: usize = 16;

/// A function of a store: a guest's, or one of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Func {
    store: StoreId,
    index: u32,
}

impl Func {
    pub(super) fn from_index(state: &StoreState, index: u32) -> Self {
        Self { store: state.id, index }
    }

    /// A host function from a closure. Its type is the closure's: see [`IntoFunc`].
    ///
    /// # Errors
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn wrap<S: AsContextMut, P, R>(
        mut store: S,
        func: impl IntoFunc<S::Data, P, R>,
    ) -> Result<Self, Error> {
        Self::from_host(&mut store.as_context_mut(), HostFunc::wrap(func)?)
    }

    /// A host function of a type known only at run time. The closure gets the arguments, and results that are
    /// zero or null until it replaces them.
    ///
    /// # Errors
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn new<S: AsContextMut>(
        mut store: S,
        ty: FuncType,
        func: impl Fn(Caller<'_, S::Data>, &[Val], &mut [Val]) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        Self::from_host(&mut store.as_context_mut(), HostFunc::dynamic(ty, func)?)
    }

    pub(super) fn from_host<T>(
        store: &mut StoreContextMut<'_, T>,
        host: Arc<HostFunc<T>>,
    ) -> Result<Self, Error> {
        let inner = store.inner_mut();
        let index = inner.add_host(host)?;
        Ok(Self::from_index(&inner.state, index))
    }

    /// The function that a host function is in this store, made when it is first asked for.
    pub(super) fn known_host<T>(
        store: &mut StoreContextMut<'_, T>,
        host: &Arc<HostFunc<T>>,
    ) -> Result<Self, Error> {
        let key = Arc::as_ptr(host).addr();
        if let Some(index) = store.inner().known_hosts.get(&key) {
            return Ok(Self::from_index(&store.inner().state, *index));
        }
        store.inner_mut().known_hosts.try_reserve(1).map_err(|_| OutOfMemory)?;
        let func = Self::from_host(store, Arc::clone(host))?;
        store.inner_mut().known_hosts.insert(key, func.index);
        Ok(func)
    }

    /// The function's type; that of a function without parameters and results if it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> FuncType {
        self.type_in(store.as_context().state()).unwrap_or_else(|_| FuncType::new([], []))
    }

    /// Compares the function's type with a Rust type.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) if they differ.
    pub fn typed<P: WasmParams, R: WasmResults>(
        &self,
        store: impl AsContext,
    ) -> Result<TypedFunc<P, R>, Error> {
        TypedFunc::new(*self, store.as_context().state())
    }

    /// Calls the function.
    ///
    /// # Errors
    /// What ends the guest: a trap, a host function's error.
    /// [`Category::Misuse`](super::Category::Misuse) if numbers or types of the values are not the function's,
    /// or if something belongs to another store. `results` is then unchanged.
    pub fn call(
        &self,
        mut store: impl AsContextMut,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<(), Error> {
        let mut store = store.as_context_mut();
        let ty = self.type_in(&store.inner().state)?;
        check(&ty, params, results.len())?;
        let slots = ty.param_slots().max(ty.result_slots());
        let mut few = [0; FEW_SLOTS];
        let mut many = alloc::vec::Vec::new();
        let values = match few.get_mut(..slots) {
            Some(values) => values,
            None => {
                many.try_reserve_exact(slots).map_err(|_| OutOfMemory)?;
                many.resize(slots, 0);
                &mut many[..]
            }
        };
        self.call_with(&mut store, &ty, params, results, values)
    }

    fn call_with<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        ty: &FuncType,
        params: &[Val],
        results: &mut [Val],
        values: &mut [u64],
    ) -> Result<(), Error> {
        let state = &store.inner().state;
        let mut at = 0;
        for param in params {
            param.store(state, values.get_mut(at..).unwrap_or_default())?;
            at += param.ty().slots();
        }
        RawFunc::new(*self, state)?.invoke(store, values)?;
        let state = &store.inner().state;
        let mut at = 0;
        for (ty, result) in ty.results().iter().zip(results) {
            result.load(state, *ty, values.get(at..).unwrap_or_default());
            at += ty.slots();
        }
        Ok(())
    }

    /// The function's number in a store, if it is the function's store.
    pub(super) fn find(self, state: &StoreState) -> Option<u32> {
        if state.id == self.store { Some(self.index) } else { None }
    }

    /// The function's address.
    pub(super) fn ptr(self, state: &StoreState) -> Result<NonNull<VmFunc>, Error> {
        let found = self.find(state).and_then(|index| state.arena.func_ptr(index));
        found.ok_or_else(|| Error::wrong_store("the function"))
    }

    /// The function's type.
    pub(super) fn type_in(self, state: &StoreState) -> Result<FuncType, Error> {
        let func = self.find(state).and_then(|index| state.arena.func(index));
        let ty = func.and_then(|func| state.engine.func_type(func.type_id));
        ty.ok_or_else(|| Error::wrong_store("the function"))
    }
}

/// Whether values may be passed to a function of this type.
fn check(ty: &FuncType, params: &[Val], results: usize) -> Result<(), Error> {
    if params.len() != ty.params().len() {
        let (expected, found) = (ty.params().len(), params.len());
        return Err(Error::misuse(format_args!("expected {expected} arguments, got {found}")));
    }
    if results != ty.results().len() {
        let expected = ty.results().len();
        return Err(Error::misuse(format_args!("expected room for {expected} results, got {results}")));
    }
    for (position, (ty, param)) in ty.params().iter().zip(params).enumerate() {
        if !param.fits(*ty) {
            let found = param.ty();
            return Err(Error::misuse(format_args!("argument {position}: expected {ty}, got {found}")));
        }
    }
    Ok(())
}
