//! wasmi as one of the runtimes that are compared.
//!
//! In: modules. Out: what wasmi does with them, in the words of `ringzero_ci::differential`.

use crate::around::write_around;
use ringzero::Trap;
use ringzero_ci::differential::{
    End, Host, Interface, Kind, Loaded, Running, Runtime, State, Value, hash_bytes, hash_values, values,
};
use std::collections::HashMap;
use std::fmt;
use std::mem::discriminant;
use std::sync::Arc;
use wasmi::errors::{ErrorKind, InstantiationError, TableError};
use wasmi::{
    AsContext, AsContextMut, Config, Engine, Error, Extern, ExternRef, ExternType, F32, F64, Func, Global,
    GlobalType, Instance, Memory, Module, Nullable, Ref, Store, Table, TrapCode, Val, ValType,
};

/// wasmi, with every feature that ringzero has.
pub(crate) struct Peer(Engine);

impl Peer {
    pub(crate) fn new() -> Self {
        let mut config = Config::default();
        config
            .wasm_custom_page_sizes(true)
            .wasm_wide_arithmetic(true)
            .set_max_recursion_depth(100_000)
            .set_max_stack_height(64 << 20);
        Self(Engine::new(&config))
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wasmi")
    }
}

impl Runtime for Peer {
    fn load(&self, bytes: &[u8], interface: &Interface) -> Result<Box<dyn Loaded>, End> {
        let bytes = write_around(bytes).map_err(|e| End::Refused(e.to_string()))?;
        let module = Module::new(&self.0, bytes).map_err(|e| end(&e))?;
        Ok(Box::new(PeerModule { engine: self.0.clone(), module, interface: Arc::new(interface.clone()) }))
    }
}

#[derive(Debug)]
struct HostFails;

impl fmt::Display for HostFails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host function fails")
    }
}

impl wasmi::errors::HostError for HostFails {}

fn end(error: &Error) -> End {
    if error.downcast_ref::<HostFails>().is_some() {
        return End::Host;
    }
    if let Some(code) = error.as_trap_code() {
        return trap(code);
    }
    match error.kind() {
        ErrorKind::Table(TableError::CopyOutOfBounds)
        | ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
            End::Trap(Trap::TableOutOfBounds)
        }
        ErrorKind::Wasm(_) | ErrorKind::Instantiation(_) => End::Refused(error.to_string()),
        kind => {
            // Without its numbers, so that equal reasons are counted together.
            let kind = format!("{kind:?}");
            let kind = kind.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
            End::Limit(format!("wasmi: {kind}"))
        }
    }
}

fn trap(code: TrapCode) -> End {
    End::Trap(match code {
        TrapCode::UnreachableCodeReached => Trap::Unreachable,
        TrapCode::MemoryOutOfBounds => Trap::MemoryOutOfBounds,
        TrapCode::TableOutOfBounds => Trap::TableOutOfBounds,
        TrapCode::IndirectCallToNull => Trap::IndirectCallToNull,
        TrapCode::IntegerDivisionByZero => Trap::IntegerDivisionByZero,
        TrapCode::IntegerOverflow => Trap::IntegerOverflow,
        TrapCode::BadConversionToInteger => Trap::BadConversionToInteger,
        TrapCode::BadSignature => Trap::BadSignature,
        code => return End::Limit(format!("wasmi: {code:?}")),
    })
}

struct PeerModule {
    engine: Engine,
    module: Module,
    interface: Arc<Interface>,
}

impl Loaded for PeerModule {
    fn start(&self) -> Result<Box<dyn Running>, End> {
        let end = |error: Error| end(&error);
        let mut store = Store::new(&self.engine, Host::default());
        let mut imports = Vec::new();
        let mut numbers = HashMap::new();
        for import in self.module.imports() {
            let number = numbers.entry(discriminant(import.ty())).or_insert(0);
            imports.push(import_of(&mut store, *number, import.ty()).map_err(end)?);
            *number += 1;
        }
        let instance = Instance::new(&mut store, &self.module, &imports).map_err(end)?;
        Ok(Box::new(PeerInstance { store, instance, interface: self.interface.clone() }))
    }
}

fn kind_of(ty: ValType) -> Kind {
    match ty {
        ValType::I32 => Kind::I32,
        ValType::I64 => Kind::I64,
        ValType::F32 => Kind::F32,
        ValType::F64 => Kind::F64,
        ValType::V128 => Kind::V128,
        ValType::FuncRef => Kind::Func,
        ValType::ExternRef => Kind::Extern,
    }
}

fn import_of(store: &mut Store<Host>, at: usize, ty: &ExternType) -> Result<Extern, Error> {
    Ok(match ty {
        ExternType::Func(ty) => {
            let kinds: Vec<Kind> = ty.results().iter().map(|&ty| kind_of(ty)).collect();
            Extern::Func(Func::new(store, ty.clone(), move |mut caller, params, results| {
                let params = params.iter().map(|v| from_val(&caller, v)).collect::<Vec<_>>();
                let answer = caller.data_mut().call(at, &params, kinds.iter().copied());
                for (result, value) in results.iter_mut().zip(answer.ok_or_else(|| Error::host(HostFails))?) {
                    *result = to_val(&mut caller, value);
                }
                Ok(())
            }))
        }
        ExternType::Memory(ty) => Extern::Memory(Memory::new(store, *ty)?),
        ExternType::Table(ty) => Extern::Table(Table::new(store, *ty, Ref::null(ty.element()))?),
        ExternType::Global(ty) => Extern::Global(global_of(store, at, *ty)),
    })
}

fn global_of(store: &mut Store<Host>, at: usize, ty: GlobalType) -> Global {
    let value = values(at as u64, [kind_of(ty.content())]).remove(0);
    let value = to_val(&mut *store, value);
    Global::new(store, value, ty.mutability())
}

fn to_val(store: impl AsContextMut, value: Value) -> Val {
    match value {
        Value::I32(v) => Val::I32(v as i32),
        Value::I64(v) => Val::I64(v as i64),
        Value::F32(v) => Val::F32(F32::from_bits(v)),
        Value::F64(v) => Val::F64(F64::from_bits(v)),
        Value::V128(v) => Val::V128(v.into()),
        Value::Func(_) => Val::FuncRef(Nullable::Null),
        Value::Extern(None) => Val::ExternRef(Nullable::Null),
        Value::Extern(Some(v)) => Val::ExternRef(ExternRef::new(store, v).into()),
    }
}

fn from_val(store: &impl AsContext, value: &Val) -> Value {
    match value {
        Val::I32(v) => Value::I32(*v as u32),
        Val::I64(v) => Value::I64(*v as u64),
        Val::F32(v) => Value::F32(v.to_bits()),
        Val::F64(v) => Value::F64(v.to_bits()),
        Val::V128(v) => Value::V128(v.as_u128()),
        Val::FuncRef(v) => Value::Func(!v.is_null()),
        Val::ExternRef(v) => Value::Extern(number_of(store, v)),
    }
}

fn number_of(store: &impl AsContext, value: &Nullable<ExternRef>) -> Option<u32> {
    let data = value.val()?.data(store.as_context());
    Some(*data.downcast_ref::<u32>().expect("guests only hold numbers that the host has put in"))
}

struct PeerInstance {
    store: Store<Host>,
    instance: Instance,
    interface: Arc<Interface>,
}

impl PeerInstance {
    fn export<T>(&self, name: &str, of: impl Fn(Extern) -> Option<T>) -> T {
        self.instance
            .get_export(&self.store, name)
            .and_then(of)
            .expect("the interface lists what is exported")
    }
}

impl Running for PeerInstance {
    fn call(&mut self, function: usize, params: &[Value]) -> Result<Vec<Value>, End> {
        let func = self.export(&self.interface.functions[function].name, Extern::into_func);
        let params: Vec<Val> = params.iter().map(|&v| to_val(&mut self.store, v)).collect();
        let ty = func.ty(&self.store);
        let mut results: Vec<Val> = ty.results().iter().map(|&ty| Val::default_for_ty(ty)).collect();
        func.call(&mut self.store, &params, &mut results).map_err(|e| end(&e))?;
        Ok(results.iter().map(|v| from_val(&self.store, v)).collect())
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
            let elements: Vec<Value> = elements
                .map(|element| match element {
                    Ref::Func(func) => Value::Func(!func.is_null()),
                    Ref::Extern(value) => Value::Extern(number_of(&self.store, &value)),
                })
                .collect();
            (size, hash_values(&elements))
        };
        let global = |name: &String| {
            let global = self.export(name, Extern::into_global);
            from_val(&self.store, &global.get(&self.store))
        };
        State {
            memories: self.interface.memories.iter().map(memory).collect(),
            tables: self.interface.tables.iter().map(table).collect(),
            globals: self.interface.globals.iter().map(global).collect(),
            fuel: None,
            host: *self.store.data(),
        }
    }
}
