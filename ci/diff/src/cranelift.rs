//! wasmtime, with Cranelift, as one of the runtimes that are compared.
//!
//! In: modules. Out: what wasmtime does with them, in the words of `ringzero_ci::differential`.

use ringzero::Trap;
use ringzero_ci::differential::{
    End, Host, Interface, Kind, Loaded, Running, Runtime, State, Value, hash_bytes, hash_values, values,
};
use std::collections::HashMap;
use std::fmt;
use std::mem::discriminant;
use std::sync::Arc;
use wasmtime::{
    AsContext, AsContextMut, Config, Engine, Error, Extern, ExternRef, ExternType, Func, Global, GlobalType,
    Instance, Memory, Module, Ref, Rooted, Store, Table, Val, ValType,
};

/// How much stack guests may use there: the most without wasmtime's feature `async`. It runs them on the stack of the
/// thread, which has to be larger.
pub(crate) const STACK: usize = 2 << 20;

/// wasmtime, with every feature that ringzero has.
pub(crate) struct Cranelift(Engine);

impl Cranelift {
    pub(crate) fn new() -> Result<Self, Error> {
        let mut config = Config::new();
        config
            .wasm_custom_page_sizes(true)
            .wasm_wide_arithmetic(true)
            .relaxed_simd_deterministic(true)
            .max_wasm_stack(STACK);
        Ok(Self(Engine::new(&config)?))
    }
}

impl fmt::Debug for Cranelift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wasmtime")
    }
}

impl Runtime for Cranelift {
    fn load(&self, bytes: &[u8], interface: &Interface) -> Result<Box<dyn Loaded>, End> {
        let module = Module::new(&self.0, bytes).map_err(|e| end(&e))?;
        Ok(Box::new(PeerModule { module, interface: Arc::new(interface.clone()) }))
    }
}

#[derive(Debug)]
struct HostFails;

impl fmt::Display for HostFails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host function fails")
    }
}

impl std::error::Error for HostFails {}

fn end(error: &Error) -> End {
    use wasmtime::Trap as Their;
    if error.downcast_ref::<HostFails>().is_some() {
        return End::Host;
    }
    let Some(&trap) = error.downcast_ref::<Their>() else { return End::Refused(format!("{error:#}")) };
    End::Trap(match trap {
        Their::UnreachableCodeReached => Trap::Unreachable,
        Their::MemoryOutOfBounds => Trap::MemoryOutOfBounds,
        Their::TableOutOfBounds => Trap::TableOutOfBounds,
        Their::IndirectCallToNull => Trap::IndirectCallToNull,
        Their::IntegerDivisionByZero => Trap::IntegerDivisionByZero,
        Their::IntegerOverflow => Trap::IntegerOverflow,
        Their::BadConversionToInteger => Trap::BadConversionToInteger,
        Their::BadSignature => Trap::BadSignature,
        other => return End::Limit(format!("wasmtime: {other:?}")),
    })
}

struct PeerModule {
    module: Module,
    interface: Arc<Interface>,
}

impl Loaded for PeerModule {
    fn start(&self) -> Result<Box<dyn Running>, End> {
        let end = |error: Error| end(&error);
        let mut store = Store::new(self.module.engine(), Host::default());
        let mut imports = Vec::new();
        let mut numbers = HashMap::new();
        for import in self.module.imports() {
            let ty = import.ty();
            let number = numbers.entry(discriminant(&ty)).or_insert(0);
            imports.push(import_of(&mut store, *number, ty).map_err(end)?);
            *number += 1;
        }
        let instance = Instance::new(&mut store, &self.module, &imports).map_err(end)?;
        Ok(Box::new(PeerInstance { store, instance, interface: self.interface.clone() }))
    }
}

fn kind_of(ty: &ValType) -> Kind {
    match ty {
        ValType::I32 => Kind::I32,
        ValType::I64 => Kind::I64,
        ValType::F32 => Kind::F32,
        ValType::F64 => Kind::F64,
        ValType::V128 => Kind::V128,
        ValType::Ref(ty) if ty.heap_type().is_func() => Kind::Func,
        ValType::Ref(_) => Kind::Extern,
    }
}

fn import_of(store: &mut Store<Host>, at: usize, ty: ExternType) -> Result<Extern, Error> {
    Ok(match ty {
        ExternType::Func(ty) => {
            let kinds: Vec<Kind> = ty.results().map(|ty| kind_of(&ty)).collect();
            Extern::Func(Func::new(store, ty, move |mut caller, params, results| {
                let params: Vec<Value> = params.iter().map(|v| from_val(&caller, v)).collect();
                let answer = caller.data_mut().call(at, &params, kinds.iter().copied());
                for (result, value) in results.iter_mut().zip(answer.ok_or_else(|| Error::new(HostFails))?) {
                    *result = to_val(&mut caller, value)?;
                }
                Ok(())
            }))
        }
        ExternType::Memory(ty) => Extern::Memory(Memory::new(store, ty)?),
        ExternType::Table(ty) => {
            let null = Ref::null(ty.element().heap_type());
            Extern::Table(Table::new(store, ty, null)?)
        }
        ExternType::Global(ty) => Extern::Global(global_of(store, at, ty)?),
        ExternType::Tag(_) => return Err(Error::msg("the generator makes no tags")),
    })
}

fn global_of(store: &mut Store<Host>, at: usize, ty: GlobalType) -> Result<Global, Error> {
    let value = values(at as u64, [kind_of(ty.content())]).remove(0);
    let value = to_val(&mut *store, value)?;
    Global::new(store, ty, value)
}

fn to_val(store: impl AsContextMut, value: Value) -> Result<Val, Error> {
    Ok(match value {
        Value::I32(v) => Val::I32(v as i32),
        Value::I64(v) => Val::I64(v as i64),
        Value::F32(v) => Val::F32(v),
        Value::F64(v) => Val::F64(v),
        Value::V128(v) => Val::V128(v.into()),
        Value::Func(_) => Val::FuncRef(None),
        Value::Extern(None) => Val::ExternRef(None),
        Value::Extern(Some(v)) => Val::ExternRef(Some(ExternRef::new(store, v)?)),
    })
}

fn from_val(store: &impl AsContext, value: &Val) -> Value {
    match value {
        Val::I32(v) => Value::I32(*v as u32),
        Val::I64(v) => Value::I64(*v as u64),
        Val::F32(v) => Value::F32(*v),
        Val::F64(v) => Value::F64(*v),
        Val::V128(v) => Value::V128(v.as_u128()),
        Val::FuncRef(v) => Value::Func(v.is_some()),
        Val::ExternRef(v) => Value::Extern(number_of(store, v.as_ref())),
        other => panic!("a value of an unknown kind: {other:?}"),
    }
}

fn number_of(store: &impl AsContext, value: Option<&Rooted<ExternRef>>) -> Option<u32> {
    let data = value?.data(store.as_context()).ok().flatten();
    let number = data.and_then(|data| data.downcast_ref::<u32>());
    Some(*number.expect("guests only hold numbers that the host has put in"))
}

struct PeerInstance {
    store: Store<Host>,
    instance: Instance,
    interface: Arc<Interface>,
}

impl PeerInstance {
    fn export<T>(&mut self, name: &str, of: impl Fn(Extern) -> Option<T>) -> T {
        self.instance
            .get_export(&mut self.store, name)
            .and_then(of)
            .expect("the interface lists what is exported")
    }

    fn memory(&mut self, name: &str) -> (u64, u64) {
        let memory = self.export(name, Extern::into_memory);
        (memory.size(&self.store), hash_bytes(memory.data(&self.store)))
    }

    fn table(&mut self, name: &str) -> (u64, u64) {
        let table = self.export(name, Extern::into_table);
        let size = table.size(&self.store);
        let elements = (0..size).filter_map(|at| table.get(&mut self.store, at)).collect::<Vec<_>>();
        let elements = elements.iter().map(|element| match element {
            Ref::Func(func) => Value::Func(func.is_some()),
            Ref::Extern(value) => Value::Extern(number_of(&self.store, value.as_ref())),
            other => panic!("a reference of an unknown kind: {other:?}"),
        });
        (size, hash_values(&elements.collect::<Vec<_>>()))
    }

    fn global(&mut self, name: &str) -> Value {
        let global = self.export(name, Extern::into_global);
        let value = global.get(&mut self.store);
        from_val(&self.store, &value)
    }
}

impl Running for PeerInstance {
    fn call(&mut self, function: usize, params: &[Value]) -> Result<Vec<Value>, End> {
        let interface = self.interface.clone();
        let func = self.export(&interface.functions[function].name, Extern::into_func);
        let params = params.iter().map(|&v| to_val(&mut self.store, v)).collect::<Result<Vec<_>, _>>();
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        func.call(&mut self.store, &params.map_err(|e| end(&e))?, &mut results).map_err(|e| end(&e))?;
        Ok(results.iter().map(|v| from_val(&self.store, v)).collect())
    }

    fn state(&mut self) -> State {
        let interface = self.interface.clone();
        State {
            memories: interface.memories.iter().map(|name| self.memory(name)).collect(),
            tables: interface.tables.iter().map(|name| self.table(name)).collect(),
            globals: interface.globals.iter().map(|name| self.global(name)).collect(),
            fuel: None,
            host: *self.store.data(),
        }
    }
}
