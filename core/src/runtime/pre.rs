//! Modules linked ahead: what instantiation would do the same way each time is done once.
//!
//! In: a module, and a definition for each import. Out: instances, in any number of stores. It does not know how
//! definitions are found by name.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::fmt;

use super::host::HostFunc;
use super::link::{Imports, check_host};
use super::store::StoreInner;
use super::{AsContextMut, Engine, Error, Extern, Instance, Module, StoreContextMut};
use crate::support::reserve::try_arc;
use crate::support::{OutOfMemory, TryPush, try_boxed_slice};
use crate::vm::VmFunc;

/// What fills an import.
pub(super) enum Definition<T> {
    /// An item of a store.
    Item(Extern),
    /// A function of the host, for any store.
    Host(Arc<HostFunc<T>>),
}

impl<T> Clone for Definition<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Item(item) => Self::Item(*item),
            Self::Host(host) => Self::Host(Arc::clone(host)),
        }
    }
}

/// A module whose imports are found and, as far as they do not depend on a store, checked: [`Linker::instantiate_pre`]
/// makes it. Instantiating it looks nothing up by name and makes the host's functions once per store. Cloning
/// shares; it may be used by many stores, on many threads.
///
/// ```
/// use ringzero::{Engine, Linker, Module, Store};
///
/// let engine = Engine::default();
/// let mut linker = Linker::<i32>::new(&engine);
/// linker.func_wrap("host", "double", |n: i32| n * 2)?;
/// let bytes = wat::parse_str(r#"(module (import "host" "double" (func $double (param i32) (result i32)))
///     (func (export "run") (param i32) (result i32) (call $double (local.get 0))))"#).unwrap();
/// let pre = linker.instantiate_pre(&Module::new(&engine, bytes)?)?;
///
/// // A store for each request, say.
/// for request in 0..3 {
///     let mut store = Store::new(&engine, request);
///     let instance = pre.instantiate(&mut store)?;
///     let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
///     assert_eq!(run.call(&mut store, request)?, 2 * request);
/// }
/// # Ok::<(), ringzero::Error>(())
/// ```
///
/// [`Linker::instantiate_pre`]: super::Linker::instantiate_pre
pub struct InstancePre<T> {
    linked: Arc<Linked<T>>,
}

impl<T> Clone for InstancePre<T> {
    fn clone(&self) -> Self {
        Self { linked: Arc::clone(&self.linked) }
    }
}

impl<T> fmt::Debug for InstancePre<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancePre").field("module", &self.linked.module).finish_non_exhaustive()
    }
}

/// A module, and what fills its imports.
pub(super) struct Linked<T> {
    module: Module,
    /// In the module's order; `None` for the next of `hosts`.
    items: Box<[Option<Extern>]>,
    hosts: Box<[Arc<HostFunc<T>>]>,
    /// Those functions as they will be in a store, but for their numbers there.
    functions: Box<[VmFunc]>,
}

impl<T> InstancePre<T> {
    pub(super) fn new(module: &Module, definitions: Vec<Definition<T>>) -> Result<Self, Error> {
        let (mut items, mut hosts, mut functions) = (Vec::new(), Vec::new(), Vec::new());
        // To measure: a box that had to be cut could not report that this failed.
        let count = definitions.iter().filter(|d| matches!(d, Definition::Host(_))).count();
        items.try_reserve_exact(definitions.len()).map_err(|_| OutOfMemory)?;
        hosts.try_reserve_exact(count).map_err(|_| OutOfMemory)?;
        functions.try_reserve_exact(count).map_err(|_| OutOfMemory)?;
        for (position, definition) in definitions.into_iter().enumerate() {
            match definition {
                Definition::Item(item) => items.try_push(Some(item))?,
                Definition::Host(host) => {
                    check_host(module, position, host.ty())?;
                    functions.try_push(host.vm_func(module.engine())?)?;
                    hosts.try_push(host)?;
                    items.try_push(None)?;
                }
            }
        }
        let linked = Linked {
            module: module.clone(),
            items: items.into_boxed_slice(),
            hosts: hosts.into_boxed_slice(),
            functions: functions.into_boxed_slice(),
        };
        Ok(Self { linked: try_arc(linked)? })
    }

    /// The module.
    pub fn module(&self) -> &Module {
        &self.linked.module
    }

    /// Instantiates the module.
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) names the first import, of those that are items of a store, that
    /// does not fit now; otherwise as [`Instance::new`].
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance, Error> {
        let store = &mut store.as_context_mut();
        let imports = self.imports(store)?;
        Instance::make(store, &self.linked.module, imports)?.start(store)
    }

    /// Fills the imports in a store.
    pub(super) fn imports(&self, store: &mut StoreContextMut<'_, T>) -> Result<Imports<'_>, Error> {
        let Linked { module, items, .. } = &*self.linked;
        let inner = store.inner_mut();
        if !Engine::same(module.engine(), &inner.state.engine) {
            return Err(Error::other_engine());
        }
        let mut host = inner.host_functions(&self.linked)?;
        let mut imports = Imports::new(module)?;
        for item in items {
            match item {
                Some(item) => imports.add(&inner.state, *item)?,
                None => {
                    imports.add_host(&inner.state, host)?;
                    host += 1;
                }
            }
        }
        Ok(imports)
    }
}

impl<T> StoreInner<T> {
    /// Makes the host functions of a linked module functions of this store, once; the handle of the first.
    fn host_functions(&mut self, linked: &Arc<Linked<T>>) -> Result<u32, Error> {
        let key = Arc::as_ptr(linked).addr();
        if let Some(first) = self.known_hosts.get(&key) {
            return Ok(*first);
        }
        let first_host = u32::try_from(self.hosts.len()).map_err(|_| OutOfMemory)?;
        let count = u32::try_from(linked.hosts.len()).map_err(|_| OutOfMemory)?;
        first_host.checked_add(count).ok_or(OutOfMemory)?;
        self.hosts.try_reserve(linked.hosts.len()).map_err(|_| OutOfMemory)?;
        self.known_hosts.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.linked.try_reserve(1).map_err(|_| OutOfMemory)?;
        let functions = try_boxed_slice(linked.functions.len(), |position| {
            linked.functions[position].with_index(first_host + position as u32)
        })?;
        let first = self.state.arena.add_host_functions(functions)?;
        self.hosts.extend(linked.hosts.iter().map(Arc::clone));
        // Kept, so that its address stays its own.
        self.linked.push(Arc::clone(linked));
        self.known_hosts.insert(key, first);
        Ok(first)
    }
}
