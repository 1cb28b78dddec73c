//! Linkers: imports by name.
//!
//! In: definitions. Out: instances whose imports are filled by name. Host functions belong to the linker until a
//! module that imports them is instantiated, so that one linker serves many stores.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt;

use hashbrown::HashMap;

use super::host::HostFunc;
use super::link::Imports;
use super::pre::Definition;
use super::{
    AsContext, AsContextMut, Caller, Engine, Error, Extern, Func, Instance, InstancePre, IntoFunc, Module,
    StoreContextMut, Val, link,
};
use crate::support::{OutOfMemory, TryPush, try_string};
use crate::wasm::FuncType;

/// Definitions by module name and name, for stores with data `T`. What it holds of a store, it uses with that
/// store only.
pub struct Linker<T> {
    engine: Engine,
    shadowing: bool,
    definitions: HashMap<String, HashMap<String, Definition<T>>>,
}

impl<T> Clone for Linker<T> {
    fn clone(&self) -> Self {
        let definitions = self.definitions.clone();
        Self { engine: self.engine.clone(), shadowing: self.shadowing, definitions }
    }
}

impl<T> Linker<T> {
    /// A linker without definitions.
    pub fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), shadowing: false, definitions: HashMap::new() }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether a definition may replace another of the same name. Default: no, that is an error.
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.shadowing = allow;
        self
    }

    /// Defines a host function by a closure. Its type is the closure's: see [`IntoFunc`].
    ///
    /// A [`Caller`] as first parameter gives it the store's data, the guest's memory, and the guest's exports, to
    /// call back:
    ///
    /// ```
    /// use ringzero::{Caller, Engine, Error, Linker, Module, Store, Trap};
    ///
    /// let engine = Engine::default();
    /// let mut linker = Linker::new(&engine);
    /// // `print (address, length)` appends text of the guest's memory to the store's data.
    /// linker.func_wrap("host", "print", |mut caller: Caller<'_, String>, at: u32, len: u32| {
    ///     let (memory, printed) = caller.memory_and_data().ok_or(Trap::MemoryOutOfBounds)?;
    ///     let bytes = memory.get(at as usize..).and_then(|rest| rest.get(..len as usize));
    ///     printed.push_str(&String::from_utf8_lossy(bytes.ok_or(Trap::MemoryOutOfBounds)?));
    ///     Ok::<(), Error>(())
    /// })?;
    ///
    /// let bytes = wat::parse_str(r#"(module
    ///     (import "host" "print" (func $print (param i32 i32)))
    ///     (memory (export "memory") 1) (data (i32.const 8) "hello")
    ///     (func (export "run") (param i32) (call $print (i32.const 8) (local.get 0))))"#).unwrap();
    /// let mut store = Store::new(&engine, String::new());
    /// let instance = linker.instantiate(&mut store, &Module::new(&engine, bytes)?)?;
    /// let run = instance.get_typed_func::<i32, ()>(&mut store, "run")?;
    /// run.call(&mut store, 5)?;
    /// assert_eq!(store.data(), "hello");
    /// assert_eq!(run.call(&mut store, 65_536).unwrap_err().trap(), Some(Trap::MemoryOutOfBounds));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) if the name is taken;
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn func_wrap<P, R>(
        &mut self,
        module: &str,
        name: &str,
        func: impl IntoFunc<T, P, R>,
    ) -> Result<&mut Self, Error> {
        self.insert(module, name, Definition::Host(HostFunc::wrap(func)?))
    }

    /// Defines a host function of a type known only at run time: see [`Func::new`].
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) if the name is taken;
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Result<&mut Self, Error> {
        self.insert(module, name, Definition::Host(HostFunc::dynamic(ty, func)?))
    }

    /// Defines an item of a store.
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) if the name is taken;
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn define(
        &mut self,
        _store: impl AsContext<Data = T>,
        module: &str,
        name: &str,
        item: impl Into<Extern>,
    ) -> Result<&mut Self, Error> {
        self.insert(module, name, Definition::Item(item.into()))
    }

    /// Defines all that an instance exports under one module name.
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) if one of the names is taken;
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn instance(
        &mut self,
        store: impl AsContext<Data = T>,
        module: &str,
        instance: Instance,
    ) -> Result<&mut Self, Error> {
        for export in instance.exports(&store) {
            self.insert(module, export.name(), Definition::Item(export.into_extern()))?;
        }
        Ok(self)
    }

    /// Makes every definition of one module name available under another, too: an alias.
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) if one of the names is taken;
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory).
    pub fn alias_module(&mut self, module: &str, alias: &str) -> Result<&mut Self, Error> {
        let Some(names) = self.definitions.get(module) else {
            return Ok(self);
        };
        // The names cannot be walked while others are added: they are copied first.
        let mut copies = Vec::new();
        copies.try_reserve_exact(names.len()).map_err(|_| OutOfMemory)?;
        for (name, definition) in names {
            copies.push((try_string(name)?, definition.clone()));
        }
        for (name, definition) in copies {
            self.insert(alias, &name, definition)?;
        }
        Ok(self)
    }

    /// What is defined under a name, as an item of a store.
    pub fn get(&self, mut store: impl AsContextMut<Data = T>, module: &str, name: &str) -> Option<Extern> {
        match self.find(module, name).ok()? {
            Definition::Item(item) => Some(*item),
            Definition::Host(host) => {
                Func::known_host(&mut store.as_context_mut(), host).ok().map(Extern::Func)
            }
        }
    }

    /// Instantiates a module, its imports filled by name. Who instantiates it again and again does better with
    /// [`Linker::instantiate_pre`].
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) names the first import that is not defined, or that does not
    /// fit; otherwise as [`Instance::new`].
    pub fn instantiate(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<Instance, Error> {
        let store = &mut store.as_context_mut();
        let imports = self.imports(store, module)?;
        Instance::make(store, module, imports)?.start(store)
    }

    /// Fills a module's imports in a store.
    pub(super) fn imports<'m>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        module: &'m Module,
    ) -> Result<Imports<'m>, Error> {
        if !Engine::same(module.engine(), store.engine()) {
            return Err(Error::other_engine());
        }
        let mut items = Vec::new();
        items.try_reserve_exact(module.imports().len()).map_err(|_| OutOfMemory)?;
        for import in module.imports() {
            items.try_push(match self.find(import.module(), import.name())? {
                Definition::Item(item) => *item,
                Definition::Host(host) => Extern::Func(Func::known_host(store, host)?),
            })?;
        }
        let mut imports = Imports::new(module)?;
        for item in items {
            imports.add(&store.inner().state, item)?;
        }
        Ok(imports)
    }

    /// Finds what fills a module's imports, and checks what does not depend on a store: all functions of the
    /// host. Items of a store are checked when the module is instantiated, since their sizes may change.
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) names the first import that is not defined, or that does not
    /// fit; [`Category::Misuse`](super::Category::Misuse) if module and linker belong to different engines.
    pub fn instantiate_pre(&self, module: &Module) -> Result<InstancePre<T>, Error> {
        if !Engine::same(&self.engine, module.engine()) {
            return Err(Error::other_engine());
        }
        let mut definitions = Vec::new();
        definitions.try_reserve_exact(module.imports().len()).map_err(|_| OutOfMemory)?;
        for import in module.imports() {
            definitions.try_push(self.find(import.module(), import.name())?.clone())?;
        }
        InstancePre::new(module, definitions)
    }

    fn find(&self, module: &str, name: &str) -> Result<&Definition<T>, Error> {
        let found = self.definitions.get(module).and_then(|names| names.get(name));
        found.ok_or_else(|| link::unknown(module, name))
    }

    pub(super) fn define_host(
        &mut self,
        module: &str,
        name: &str,
        host: Arc<HostFunc<T>>,
    ) -> Result<&mut Self, Error> {
        self.insert(module, name, Definition::Host(host))
    }

    fn insert(&mut self, module: &str, name: &str, definition: Definition<T>) -> Result<&mut Self, Error> {
        if !self.definitions.contains_key(module) {
            self.definitions.try_reserve(1).map_err(|_| OutOfMemory)?;
            self.definitions.insert(try_string(module)?, HashMap::new());
        }
        let Some(names) = self.definitions.get_mut(module) else {
            return Ok(self);
        };
        if !self.shadowing && names.contains_key(name) {
            return Err(Error::link(format_args!("`{module}::{name}` is defined twice")));
        }
        names.try_reserve(1).map_err(|_| OutOfMemory)?;
        names.insert(try_string(name)?, definition);
        Ok(self)
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.definitions.values().map(HashMap::len).sum::<usize>();
        f.debug_struct("Linker").field("definitions", &names).finish_non_exhaustive()
    }
}
