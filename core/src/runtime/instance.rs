//! Instances of a store.
//!
//! In: a module and what fills its imports. Out: a handle by which its exports are found.

use super::link::link;
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
    /// # Errors
    /// [`Category::Link`](super::Category::Link) names the first import that does not fit;
    /// [`Category::Limit`](super::Category::Limit), before anything is made; an error of the store's
    /// [limiter](super::Store::limiter); [`Category::OutOfMemory`](super::Category::OutOfMemory). A segment that
    /// does not fit, and whatever ends the start function, leave the effects that came before.
    pub fn new(mut store: impl AsContextMut, module: &Module, imports: &[Extern]) -> Result<Self, Error> {
        Self::instantiate(&mut store.as_context_mut(), module, imports)
    }

    fn instantiate<T>(
        store: &mut StoreContextMut<'_, T>,
        module: &Module,
        imports: &[Extern],
    ) -> Result<Self, Error> {
        let vm_store = store.vm();
        let inner = store.inner_mut();
        if !Engine::same(module.engine(), &inner.state.engine) {
            return Err(Error::misuse(format_args!("module and store belong to different engines")));
        }
        let expected = module.imports().len();
        if imports.len() != expected {
            let found = imports.len();
            return Err(Error::link(format_args!("expected {expected} imports, got {found}")));
        }
        let imported = link(&inner.state, module, imports)?;
        let info = &module.code().info;
        let memories = info.memories.values().skip(info.imported.memories as usize).copied();
        let tables = info.tables.values().skip(info.imported.tables as usize).map(|table| table.ty);
        inner.admit(1, memories, tables)?;
        let state = &mut inner.state;
        let config = state.engine.config();
        let (limits, platform) = (config.limits, &config.platform);
        let index = state.arena.instantiate(module.code(), imported, vm_store, limits, platform)?;
        let instance = Self { store: state.id, index };
        instance.start(store, module)?;
        Ok(instance)
    }

    /// The steps that a guest can see: segments, then the start function.
    fn start<T>(self, store: &mut StoreContextMut<'_, T>, module: &Module) -> Result<(), Error> {
        let state = &store.inner().state;
        let Some(instance) = self.find(state) else {
            return Ok(());
        };
        instance.initialise()?;
        let Some(start) = module.code().info.start else {
            return Ok(());
        };
        self.func(state, start).map_or(Ok(()), |start| start.call(&mut *store, &[], &mut []))
    }

    fn func(self, state: &StoreState, func: FuncIndex) -> Option<Func> {
        let handle = self.find(state)?.handle_of(ExportItem::Func(func))?;
        Some(Func::from_index(state, handle))
    }

    /// What it exports under a name. Linear in the number of exports.
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
