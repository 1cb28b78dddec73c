//! What a host function sees of who called it.
//!
//! In: a call by a guest, or by the host. Out: the store, and the calling instance's exports.

use super::store::StoreContext;
use super::{AsContext, AsContextMut, Engine, Extern, Interruption, StoreContextMut};
use crate::vm::{HostState, Instance};

use core::any::Any;

/// A host function's view of its store, and of the instance that called it. It stands for the store wherever
/// one is asked for, so that a host function can call guests in turn.
pub struct Caller<'a, T> {
    store: StoreContextMut<'a, T>,
    instance: Option<&'a Instance>,
    /// What this call kept when it was interrupted.
    progress: HostState,
}

impl<'a, T> Caller<'a, T> {
    pub(super) fn new(mut store: StoreContextMut<'a, T>, instance: Option<&'a Instance>) -> Self {
        let kept = &mut store.inner_mut().vm.host_state;
        // Not taken where there is nothing, as nearly always: what was just written costs a wait to read.
        let progress = if kept.is_some() { kept.take() } else { None };
        Self { store, instance, progress }
    }

    pub(super) fn from_parts(
        store: StoreContextMut<'a, T>,
        instance: Option<&'a Instance>,
        progress: HostState,
    ) -> Self {
        Self { store, instance, progress }
    }

    pub(super) fn into_parts(self) -> (StoreContextMut<'a, T>, Option<&'a Instance>, HostState) {
        (self.store, self.instance, self.progress)
    }

    pub(super) fn reborrow(&mut self) -> Caller<'_, T> {
        Caller { store: self.store.reborrow(), instance: self.instance, progress: self.progress.take() }
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

    /// Whether the guest shall stop, for a host function that works or waits for long. `None` where
    /// [`Config::interruption`](super::Config::interruption) is off.
    pub fn interruption(&self) -> Option<Interruption> {
        let inner = self.store.inner();
        inner.state.engine.config().options.interruption.then(|| Interruption::new(&inner.vm.stop))
    }

    /// What this host function has [kept](super::Interrupted::keep), if this is a call that was interrupted and
    /// goes on. It is there once.
    pub fn take_progress<P: Any>(&mut self) -> Option<P> {
        self.progress.take()?.downcast().ok().map(|progress| *progress)
    }

    /// What the calling instance exports under a name; `None` if the host itself called. Cost: logarithmic in
    /// the number of exports.
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
