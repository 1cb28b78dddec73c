//! ringzero as one of the runtimes that are compared.
//!
//! In: a configuration. Out: a [`Runtime`]. Its own limits are outcomes like any other between two ringzeros, and
//! end the comparison beside a peer.

use super::{End, Host, Interface, Kind, Loaded, Running, Runtime, State, Value};
use super::{hash_bytes, hash_values, values};
use ringzero::{
    AsContext, AsContextMut, Category, Config, Engine, Error, Extern, ExternRef, ExternType, Func, Global,
    GlobalType, Instance, Memory, Module, Store, Table, Trap, Val,
};
use std::collections::HashMap;
use std::fmt;
use std::mem::discriminant;
use std::sync::Arc;

/// What guests may spend where they pay, call by call: plenty, or so little that many run out of it.
const FUELS: [u64; 5] = [1 << 40, 3_000, 1 << 40, 170, 29];

/// ringzero with a configuration.
#[derive(Clone)]
pub struct Ours {
    name: String,
    engine: Engine,
    beside: Beside,
}

/// What it is compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Ourselves,
    AnotherEngine,
    APeer,
}

impl Ours {
    /// For comparison with other configurations of ringzero: every outcome counts.
    ///
    /// # Errors
    /// Where the engine cannot be made.
    pub fn new(name: impl Into<String>, config: &Config) -> Result<Self, Error> {
        Ok(Self { name: name.into(), engine: Engine::new(config)?, beside: Beside::Ourselves })
    }

    /// For comparison with a peer: limits of the stack do not count, nor traps that peers do not tell apart.
    ///
    /// # Errors
    /// Where the engine cannot be made.
    pub fn beside_a_peer(name: impl Into<String>, config: &Config) -> Result<Self, Error> {
        Ok(Self { beside: Beside::APeer, ..Self::new(name, config)? })
    }

    /// For comparison with another engine of ringzero's: limits of the stack do not count, where a trap happens does.
    ///
    /// # Errors
    /// Where the engine cannot be made.
    pub fn beside_another_engine(name: impl Into<String>, config: &Config) -> Result<Self, Error> {
        Ok(Self { beside: Beside::AnotherEngine, ..Self::new(name, config)? })
    }

    /// Loads a module, to learn its interface.
    ///
    /// # Errors
    /// Where the module is not valid.
    pub fn module(&self, bytes: &[u8]) -> Result<Module, Error> {
        Module::new(&self.engine, bytes)
    }

    fn end(&self, error: &Error) -> End {
        match (error.category(), error.trap()) {
            (_, Some(trap @ (Trap::StackOverflow | Trap::OutOfMemory)))
                if self.beside != Beside::Ourselves =>
            {
                End::Limit(trap.message().to_owned())
            }
            (_, Some(trap)) if self.beside == Beside::AnotherEngine => End::TrapAt(trap, places(error)),
            (_, Some(Trap::UndefinedElement)) if self.beside == Beside::APeer => {
                End::Trap(Trap::TableOutOfBounds)
            }
            (_, Some(trap)) => End::Trap(trap),
            (Category::Host, _) => End::Host,
            (Category::Limit | Category::OutOfMemory, _) => End::Limit(error.to_string()),
            _ => End::Refused(error.to_string()),
        }
    }
}

/// Where each frame of a backtrace stands.
fn places(error: &Error) -> Vec<Option<usize>> {
    let frames = error.backtrace().map_or(&[][..], |backtrace| backtrace.frames());
    frames.iter().map(|frame| frame.module_offset()).collect()
}

impl fmt::Debug for Ours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Runtime for Ours {
    fn load(&self, bytes: &[u8], interface: &Interface) -> Result<Box<dyn Loaded>, End> {
        let module = Module::new(&self.engine, bytes).map_err(|e| self.end(&e))?;
        Ok(Box::new(OurModule { runtime: self.clone(), module, interface: Arc::new(interface.clone()) }))
    }
}

struct OurModule {
    runtime: Ours,
    module: Module,
    interface: Arc<Interface>,
}

impl Loaded for OurModule {
    fn start(&self) -> Result<Box<dyn Running>, End> {
        let end = |error: Error| self.runtime.end(&error);
        let mut store = Store::new(&self.runtime.engine, Host::default());
        // An engine whose guests do not pay says so.
        let _ = store.set_fuel(FUELS[0]);
        let mut imports = Vec::new();
        let mut numbers = HashMap::new();
        for import in self.module.imports() {
            let ty = import.ty();
            let number = numbers.entry(discriminant(&ty)).or_insert(0);
            imports.push(import_of(&mut store, *number, ty).map_err(end)?);
            *number += 1;
        }
        let instance = Instance::new(&mut store, &self.module, &imports).map_err(end)?;
        let runtime = self.runtime.clone();
        Ok(Box::new(OurInstance { runtime, store, instance, interface: self.interface.clone(), calls: 0 }))
    }
}

fn import_of(store: &mut Store<Host>, at: usize, ty: ExternType) -> Result<Extern, Error> {
    Ok(match ty {
        ExternType::Func(ty) => {
            let kinds: Vec<Kind> = ty.results().iter().map(|&ty| ty.into()).collect();
            let func = Func::new(store, ty, move |mut caller, params, results| {
                let params = params.iter().map(|&v| from_val(&caller, v)).collect::<Vec<_>>();
                let answer = caller.data_mut().call(at, &params, kinds.iter().copied());
                let answer = answer.ok_or_else(|| Error::message("the host function fails"))?;
                for (result, value) in results.iter_mut().zip(answer) {
                    *result = to_val(&mut caller, value)?;
                }
                Ok(())
            });
            Extern::Func(func?)
        }
        ExternType::Memory(ty) => Extern::Memory(Memory::new(store, ty)?),
        ExternType::Table(ty) => Extern::Table(Table::new(store, ty, Val::null(ty.element()))?),
        ExternType::Global(ty) => Extern::Global(global_of(store, at, ty)?),
    })
}

fn global_of(store: &mut Store<Host>, at: usize, ty: GlobalType) -> Result<Global, Error> {
    let value = values(at as u64, [Kind::from(ty.content())]).remove(0);
    let value = to_val(&mut *store, value)?;
    Global::new(store, ty, value)
}

fn to_val(store: impl AsContextMut, value: Value) -> Result<Val, Error> {
    Ok(match value {
        Value::I32(v) => Val::I32(v as i32),
        Value::I64(v) => Val::I64(v as i64),
        Value::F32(v) => Val::F32(v),
        Value::F64(v) => Val::F64(v),
        Value::V128(v) => Val::V128(ringzero::V128::from_bits(v)),
        Value::Func(_) => Val::FuncRef(None),
        Value::Extern(None) => Val::ExternRef(None),
        Value::Extern(Some(v)) => Val::ExternRef(Some(ExternRef::new(store, v)?)),
    })
}

fn from_val(store: &impl AsContext, value: Val) -> Value {
    match value {
        Val::I32(v) => Value::I32(v as u32),
        Val::I64(v) => Value::I64(v as u64),
        Val::F32(v) => Value::F32(v),
        Val::F64(v) => Value::F64(v),
        Val::V128(v) => Value::V128(v.to_bits()),
        Val::FuncRef(v) => Value::Func(v.is_some()),
        Val::ExternRef(v) => Value::Extern(v.map(|v| {
            let data = v.data(store).ok().and_then(|data| data.downcast_ref::<u32>().copied());
            data.expect("guests only hold numbers that the host has put in")
        })),
        other => panic!("a value of an unknown kind: {other:?}"),
    }
}

struct OurInstance {
    runtime: Ours,
    store: Store<Host>,
    instance: Instance,
    interface: Arc<Interface>,
    calls: usize,
}

impl OurInstance {
    fn export<T>(&self, name: &str, of: impl Fn(Extern) -> Option<T>) -> T {
        self.instance
            .get_export(&self.store, name)
            .and_then(of)
            .expect("the interface lists what is exported")
    }
}

impl Running for OurInstance {
    fn call(&mut self, function: usize, params: &[Value]) -> Result<Vec<Value>, End> {
        let end = |error: Error| self.runtime.end(&error);
        let func = self.export(&self.interface.functions[function].name, Extern::into_func);
        let params = params.iter().map(|&v| to_val(&mut self.store, v)).collect::<Result<Vec<_>, _>>();
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        let _ = self.store.set_fuel(FUELS[self.calls % FUELS.len()]);
        self.calls += 1;
        func.call(&mut self.store, &params.map_err(end)?, &mut results).map_err(end)?;
        Ok(results.into_iter().map(|v| from_val(&self.store, v)).collect())
    }

    fn state(&mut self) -> State {
        let memory = |name: &String| {
            let memory = self.export(name, Extern::into_memory);
            (memory.size(&self.store), hash_bytes(memory.data(&self.store)))
        };
        let table = |name: &String| {
            let table = self.export(name, Extern::into_table);
            let size = table.size(&self.store);
            let elements = (0..size).filter_map(|at| table.get(&self.store, at));
            let elements: Vec<Value> = elements.map(|v| from_val(&self.store, v)).collect();
            (size, hash_values(&elements))
        };
        let global = |name: &String| {
            let global = self.export(name, Extern::into_global);
            from_val(&self.store, global.get(&self.store))
        };
        State {
            memories: self.interface.memories.iter().map(memory).collect(),
            tables: self.interface.tables.iter().map(table).collect(),
            globals: self.interface.globals.iter().map(global).collect(),
            fuel: self.store.get_fuel().ok(),
            host: *self.store.data(),
        }
    }
}
