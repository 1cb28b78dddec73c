//! What a host function sees of who called it.
//!
//! In: a call by a guest, or by the host. Out: the store, and the calling instance's exports.

use super::store::StoreContext;
use super::{AsContext, AsContextMut, Engine, Extern, StoreContextMut};
use crate::vm::Instance;

/// A host function's view of its store, and of the instance that called it. It stands for the store wherever
/// one is asked for, so that a host function can call guests in turn.
pub struct Caller<'a, T> {
    store: StoreContextMut<'a, T>,
    instance: Option<&'a Instance>,
}

impl<'a, T> Caller<'a, T> {
    pub(super) fn new(store: StoreContextMut<'a, T>, instance: Option<&'a Instance>) -> Self {
        Self { store, instance }
    }

    pub(super) fn reborrow(&mut self) -> Caller<'_, T> {
        Caller { store: self.store.reborrow(), instance: self.instance }
    }

    /// The embedder's data.
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The embedder's data.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        self.store.engine()
    }

    /// What the calling instance exports under a name; `None` if the host itself called. Linear in the number of
    /// exports.
    pub fn get_export(&self, name: &str) -> Option<Extern> {
        let instance = self.instance?;
        let item = instance.module().info.export(name)?;
        Some(Extern::new(&self.store.inner().state, item, instance.handle_of(item)?))
    }

    /// The memory that the calling instance exports as `memory`, and the embedder's data, both to change. It
    /// costs a few loads: the memory was looked up when the instance was made.
    pub fn memory_and_data(&mut self) -> Option<(&mut [u8], &mut T)> {
        let memory = self.instance?.exported_memory()?;
        let inner = self.store.inner_mut();
        let memory = inner.state.arena.memory_mut(memory)?;
        Some((memory.bytes_mut(), &mut inner.data))
    }
}

impl<T> AsContext for Caller<'_, T> {
    type Data = T;

    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext::new(self.store.inner())
    }
}

impl<T> AsContextMut for Caller<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.store.reborrow()
    }
}
