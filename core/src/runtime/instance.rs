//! Instances of a store.
//!
//! In: a module and what fills its imports. Out: a handle by which its exports are found.

use super::link::Imports;
use super::store::{StoreId, StoreState};
use super::{
    AsContext, AsContextMut, Engine, Error, Export, Extern, Func, Global, Memory, Module, StoreContextMut,
    Table, TypedFunc, WasmParams, WasmResults,
};
use crate::module::ExportItem;
use crate::vm;
use crate::wasm::FuncIndex;

/// An instance of a module. In a store that is not its own it appears to export nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instance {
    store: StoreId,
    index: u32,
}

impl Instance {
    /// Instantiates a module: checks the imports, one item for each in the module's order; makes what the module
    /// defines; writes its active segments in order; calls its start function.
    ///
    /// From a module's third instance on, data need not be written where the platform can
    /// [show](crate::platform::VirtualMemory::make_image) it.
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) names the first import that does not fit;
    /// [`Category::Limit`](super::Category::Limit), before anything is made; an error of the store's
    /// [limiter](super::Store::limiter); [`Category::OutOfMemory`](super::Category::OutOfMemory). A segment that
    /// does not fit, and whatever ends the start function, leave the effects that came before.
    pub fn new(mut store: impl AsContextMut, module: &Module, imports: &[Extern]) -> Result<Self, Error> {
        let store = &mut store.as_context_mut();
        let state = &store.inner().state;
        if !Engine::same(module.engine(), &state.engine) {
            return Err(Error::other_engine());
        }
        let expected = module.imports().len();
        if imports.len() != expected {
            let found = imports.len();
            return Err(Error::link(format_args!("expected {expected} imports, got {found}")));
        }
        let mut filled = Imports::new(module)?;
        for item in imports {
            filled.add(state, *item)?;
        }
        Self::make(store, module, filled)?.start(store)
    }

    /// The steps that no guest can see: everything is made, nothing is written yet.
    pub(super) fn make<T>(
        store: &mut StoreContextMut<'_, T>,
        module: &Module,
        imports: Imports<'_>,
    ) -> Result<Self, Error> {
        let vm_store = store.vm();
        let inner = store.inner_mut();
        if inner.vm.stop.closed() {
            return Err(Error::closed());
        }
        let info = &module.code().info;
        let memories = info.memories.values().skip(info.imported.memories as usize).copied();
        let tables = info.tables.values().skip(info.imported.tables as usize).map(|table| table.ty);
        inner.admit(1, memories, tables)?;
        let state = &mut inner.state;
        let (limits, space) = (state.engine.config().limits, state.engine.space());
        let imported = imports.into_imported();
        let index = state.arena.instantiate(module.code(), imported, vm_store, limits, space)?;
        Ok(Self { store: state.id, index })
    }

    /// The steps that a guest can see: segments, then the start function.
    pub(super) fn start<T>(self, store: &mut StoreContextMut<'_, T>) -> Result<Self, Error> {
        if let Some(start) = self.initialise(store)? {
            start.call(&mut *store, &[], &mut [])?;
        }
        Ok(self)
    }

    /// Writes the active segments; the start function.
    pub(super) fn initialise<T>(self, store: &StoreContextMut<'_, T>) -> Result<Option<Func>, Error> {
        let state = &store.inner().state;
        let Some(instance) = self.find(state) else {
            return Ok(None);
        };
        instance.initialise()?;
        Ok(instance.module().info.start.and_then(|start| self.func(state, start)))
    }

    /// Makes the instance what it was when it was new, without making a new one: its handle and those of all that
    /// it exports stay good. Memories, tables and globals that it defines, and segments that it has dropped, become
    /// what instantiation makes of them; then the active segments are written and the start function is called, as
    /// [`Instance::new`] does. What a memory or table has grown by is given back.
    ///
    /// What the instance *imports* is not its own, and stays as it is, but for the active segments that it writes
    /// there. Whoever imports from it sees what it defines change, a memory also shrink. What the host keeps for
    /// the guest is the embedder's to put back: the store's data, and a WASI context in it, which is replaced by a
    /// new one.
    ///
    /// Cost: for a memory in reserved address space, what the guest has touched, if the platform can
    /// [discard](crate::platform::VirtualMemory::discard) pages; on the heap, the memory's size. For a table, its
    /// size. For all, the segments' size, as at instantiation: data that is
    /// [shown](crate::platform::VirtualMemory::make_image) costs nothing. Nothing is asked for that was not there.
    ///
    /// ```
    /// use ringzero::{Engine, Instance, Module, Store};
    ///
    /// let bytes = wat::parse_str(r#"(module (memory 1) (data (i32.const 0) "\05")
    ///     (func (export "next") (result i32)
    ///         (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    ///         (i32.load (i32.const 0))))"#).unwrap();
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &Module::new(&engine, bytes)?, &[])?;
    /// let next = instance.get_typed_func::<(), i32>(&mut store, "next")?;
    /// assert_eq!((next.call(&mut store, ())?, next.call(&mut store, ())?), (6, 7));
    /// instance.reset(&mut store)?;
    /// assert_eq!(next.call(&mut store, ())?, 6);
    /// # Ok::<(), ringzero::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) if a call of the store is running or suspended, or the
    /// instance belongs to another store: nothing has changed then. A segment that does not fit into what is
    /// imported, whatever ends the start function, and
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory) leave an instance that is new in parts; it can be
    /// reset again.
    pub fn reset(&self, mut store: impl AsContextMut) -> Result<(), Error> {
        let store = &mut store.as_context_mut();
        let state = &store.inner().state;
        let instance = self.find(state).ok_or_else(|| Error::wrong_store("the instance"))?;
        if store.inner().vm.stop.closed() {
            return Err(Error::closed());
        }
        if store.inner().in_flight() {
            return Err(Error::misuse(format_args!("a call of the store is running or suspended")));
        }
        instance.reset()?;
        self.start(store).map(|_| ())
    }

    fn func(self, state: &StoreState, func: FuncIndex) -> Option<Func> {
        let handle = self.find(state)?.handle_of(ExportItem::Func(func))?;
        Some(Func::from_index(state, handle))
    }

    /// What it exports under a name. Cost: logarithmic in the number of exports.
    pub fn get_export(&self, store: impl AsContext, name: &str) -> Option<Extern> {
        let context = store.as_context();
        let instance = self.find(context.state())?;
        let item = instance.module().info.export(name)?;
        Some(Extern::new(context.state(), item, instance.handle_of(item)?))
    }

    /// The exported function with a name.
    pub fn get_func(&self, store: impl AsContext, name: &str) -> Option<Func> {
        self.get_export(store, name)?.into_func()
    }

    /// The exported function with a name, its type compared with a Rust type.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) if there is no such function or its type is another.
    pub fn get_typed_func<P: WasmParams, R: WasmResults>(
        &self,
        store: impl AsContext,
        name: &str,
    ) -> Result<TypedFunc<P, R>, Error> {
        let Some(func) = self.get_func(&store, name) else {
            return Err(Error::misuse(format_args!("there is no exported function `{name}`")));
        };
        func.typed(store)
    }

    /// The exported memory with a name.
    pub fn get_memory(&self, store: impl AsContext, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// The exported table with a name.
    pub fn get_table(&self, store: impl AsContext, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// The exported global with a name.
    pub fn get_global(&self, store: impl AsContext, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// All that it exports, in the module's order.
    pub fn exports<'a, S: AsContext>(&self, store: &'a S) -> impl Iterator<Item = Export<'a>> {
        let state = store.as_context().state();
        self.find(state).into_iter().flat_map(move |instance| {
            instance.module().info.exports.iter().filter_map(move |export| {
                let item = Extern::new(state, export.item, instance.handle_of(export.item)?);
                Some(Export { name: &export.name, item })
            })
        })
    }

    /// Calls exported functions without parameters and results, in order, and skips names that are not exported:
    /// `run_start(&mut store, &["_initialize", "_start"])` runs a WASI program or initialises a WASI library.
    ///
    /// # Errors
    /// What ends the first call that does not return;
    /// [`Category::Misuse`](super::Category::Misuse) if one of the functions has another type.
    pub fn run_start(&self, mut store: impl AsContextMut, names: &[&str]) -> Result<(), Error> {
        for name in names {
            if let Some(func) = self.get_func(&store, name) {
                func.typed::<(), ()>(&store)?.call(&mut store, ())?;
            }
        }
        Ok(())
    }

    fn find(self, state: &StoreState) -> Option<&vm::Instance> {
        state.arena.instance(self.index).filter(|_| state.id == self.store)
    }
}
