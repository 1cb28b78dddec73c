//! The host module that the suite's scripts import: `spectest`.
//!
//! In: a linker and a store. Out: its globals, memory, tables and print functions defined. Nothing is printed.

use ringzero::{
    Error, Features, Global, GlobalType, Linker, Memory, MemoryType, Mutability, RefType, Store, Table,
    TableType, Val, ValType,
};

/// Defines the module.
pub(super) fn define(
    linker: &mut Linker<()>,
    store: &mut Store<()>,
    features: Features,
) -> Result<(), Error> {
    functions(linker)?;
    for (name, ty, value) in [
        ("global_i32", ValType::I32, Val::I32(666)),
        ("global_i64", ValType::I64, Val::I64(666)),
        ("global_f32", ValType::F32, Val::F32(666.6_f32.to_bits())),
        ("global_f64", ValType::F64, Val::F64(666.6_f64.to_bits())),
    ] {
        let global = Global::new(&mut *store, GlobalType::new(ty, Mutability::Const), value)?;
        linker.define(&*store, "spectest", name, global)?;
    }
    let memory = Memory::new(&mut *store, MemoryType::new(1, Some(2)))?;
    linker.define(&*store, "spectest", "memory", memory)?;
    let table = Table::new(&mut *store, TableType::new(RefType::FUNCREF, 10, Some(20)), Val::FuncRef(None))?;
    linker.define(&*store, "spectest", "table", table)?;
    if features.contains(Features::MEMORY64) {
        let ty = TableType::new64(RefType::FUNCREF, 10, Some(20));
        let table = Table::new(&mut *store, ty, Val::FuncRef(None))?;
        linker.define(&*store, "spectest", "table64", table)?;
    }
    Ok(())
}

fn functions(linker: &mut Linker<()>) -> Result<(), Error> {
    linker.func_wrap("spectest", "print", || {})?;
    linker.func_wrap("spectest", "print_i32", |_: i32| {})?;
    linker.func_wrap("spectest", "print_i64", |_: i64| {})?;
    linker.func_wrap("spectest", "print_f32", |_: f32| {})?;
    linker.func_wrap("spectest", "print_f64", |_: f64| {})?;
    linker.func_wrap("spectest", "print_i32_f32", |_: i32, _: f32| {})?;
    linker.func_wrap("spectest", "print_f64_f64", |_: f64, _: f64| {})?;
    Ok(())
}
