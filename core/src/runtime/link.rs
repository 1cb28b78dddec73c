//! Whether what is there for an import fits it.
//!
//! In: a module's imports, and one item for each. Out: their addresses, or an error that names the import. The
//! rules are the specification's: functions and globals match exactly, memories and tables by their present
//! size.

use super::store::StoreState;
use super::{Error, Extern, ExternType, Module};
use crate::module::{Import, ImportItem};
use crate::support::TryPush;
use crate::vm::Imported;
use crate::wasm::{MemoryType, TableType};

/// Checks an item for each import, in the module's order.
pub(super) fn link(state: &StoreState, module: &Module, items: &[Extern]) -> Result<Imported, Error> {
    let code = module.code();
    let mut imported = Imported::default();
    for (import, item) in code.info.imports.iter().zip(items) {
        let found = current_type(state, *item)?;
        let fits = match (import.item, &found) {
            (ImportItem::Func(ty), ExternType::Func(found)) => code.info.types[ty] == *found,
            (ImportItem::Table(ty), ExternType::Table(found)) => table_fits(ty, *found),
            (ImportItem::Memory(ty), ExternType::Memory(found)) => memory_fits(ty, *found),
            (ImportItem::Global(ty), ExternType::Global(found)) => ty == *found,
            _ => false,
        };
        if !fits {
            return Err(incompatible(import, &ExternType::of_import(&code.info, import.item), &found));
        }
        add(state, &mut imported, *item)?;
    }
    Ok(imported)
}

/// There is nothing for an import.
pub(super) fn unknown(module: &str, name: &str) -> Error {
    Error::link(format_args!("unknown import: `{module}::{name}` has not been defined"))
}

fn incompatible(import: &Import, expected: &ExternType, found: &ExternType) -> Error {
    let Import { module, name, .. } = import;
    Error::link(format_args!(
        "incompatible import type for `{module}::{name}`: expected {expected}, found {found}"
    ))
}

fn add(state: &StoreState, imported: &mut Imported, item: Extern) -> Result<(), Error> {
    let wrong_store = || Error::wrong_store("an import");
    match item {
        Extern::Func(func) => imported.functions.try_push(func.ptr(state)?)?,
        Extern::Table(table) => imported.tables.try_push(table.ptr(state).ok_or_else(wrong_store)?)?,
        Extern::Memory(memory) => imported.memories.try_push(memory.ptr(state).ok_or_else(wrong_store)?)?,
        Extern::Global(global) => imported.globals.try_push(global.ptr(state).ok_or_else(wrong_store)?)?,
    }
    Ok(())
}

/// An item's type, with its present size as the minimum.
fn current_type(state: &StoreState, item: Extern) -> Result<ExternType, Error> {
    let wrong_store = || Error::wrong_store("an import");
    Ok(match item {
        Extern::Func(func) => ExternType::Func(func.type_in(state)?),
        Extern::Table(table) => {
            let table = table.find(state).ok_or_else(wrong_store)?;
            ExternType::Table(table.ty().with_minimum(table.len as u64))
        }
        Extern::Memory(memory) => {
            let memory = memory.get(state).ok_or_else(wrong_store)?;
            ExternType::Memory(memory.ty().with_minimum(memory.size_pages()))
        }
        Extern::Global(global) => ExternType::Global(global.find(state).ok_or_else(wrong_store)?.ty()),
    })
}

fn table_fits(expected: TableType, found: TableType) -> bool {
    expected.element() == found.element()
        && expected.is_64() == found.is_64()
        && limits_fit((expected.minimum(), expected.maximum()), (found.minimum(), found.maximum()))
}

fn memory_fits(expected: MemoryType, found: MemoryType) -> bool {
    expected.is_64() == found.is_64()
        && expected.page_size_log2() == found.page_size_log2()
        && limits_fit((expected.minimum(), expected.maximum()), (found.minimum(), found.maximum()))
}

/// Whether it is large enough now, and will not grow larger than expected.
fn limits_fit(expected: (u64, Option<u64>), found: (u64, Option<u64>)) -> bool {
    let grows_within = match (expected.1, found.1) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(expected), Some(found)) => found <= expected,
    };
    found.0 >= expected.0 && grows_within
}
