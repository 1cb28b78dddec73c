//! Whether what is there for an import fits it.
//!
//! In: a module's imports, and one item for each. Out: their addresses, or an error that names the import. The
//! rules are the specification's: functions and globals match exactly, memories and tables by their present
//! size.

use super::store::StoreState;
use super::{Error, Extern, ExternType, Func, Module};
use crate::abi::memory::can_be_guarded;
use crate::module::{Import, ImportItem, ModuleInfo};
use crate::support::{OutOfMemory, TryPush};
use crate::vm::{Imported, ModuleCode};
use crate::wasm::{FuncType, MemoryType, TableType};

/// A module's imports as they are filled, in the module's order.
pub(super) struct Imports<'a> {
    code: &'a ModuleCode,
    position: usize,
    imported: Imported,
}

impl<'a> Imports<'a> {
    /// None is filled yet.
    pub(super) fn new(module: &'a Module) -> Result<Self, OutOfMemory> {
        let code = &**module.code();
        let imported = Imported::with_capacity(&code.info.imported)?;
        Ok(Self { code, position: 0, imported })
    }

    /// Fills the next import with an item, if it fits.
    pub(super) fn add(&mut self, state: &StoreState, item: Extern) -> Result<(), Error> {
        let Some(import) = self.next() else { return Ok(()) };
        if !fits(state, self.code, import.item, item)? {
            return Err(incompatible(&self.code.info, import, &current_type(state, item)?));
        }
        let wrong_store = || Error::wrong_store("an import");
        let imported = &mut self.imported;
        match item {
            Extern::Func(func) => imported.functions.try_push(func.ptr(state)?)?,
            Extern::Table(table) => imported.tables.try_push(table.ptr(state).ok_or_else(wrong_store)?)?,
            Extern::Memory(memory) => {
                let unguarded = memory.get(state).is_some_and(|memory| !memory.is_guarded());
                if unguarded && relies_on_guards(self.code, import.item) {
                    return Err(no_guards(import));
                }
                imported.memories.try_push(memory.ptr(state).ok_or_else(wrong_store)?)?;
            }
            Extern::Global(global) => {
                imported.globals.try_push(global.ptr(state).ok_or_else(wrong_store)?)?
            }
        }
        Ok(())
    }

    /// Fills the next import with a host function that has been checked by [`check_host`].
    pub(super) fn add_host(&mut self, state: &StoreState, handle: u32) -> Result<(), Error> {
        self.position += 1;
        let func = Func::from_index(state, handle).ptr(state)?;
        Ok(self.imported.functions.try_push(func)?)
    }

    /// The addresses of all.
    pub(super) fn into_imported(self) -> Imported {
        self.imported
    }

    fn next(&mut self) -> Option<&'a Import> {
        let import = self.code.info.imports.get(self.position);
        self.position += 1;
        import
    }
}

/// Whether a host function fits the import at a position.
pub(super) fn check_host(module: &Module, position: usize, found: &FuncType) -> Result<(), Error> {
    let info = &module.code().info;
    let Some(import) = info.imports.get(position) else { return Ok(()) };
    match import.item {
        ImportItem::Func(ty) if info.types[ty] == *found => Ok(()),
        _ => Err(incompatible(info, import, &ExternType::Func(found.clone()))),
    }
}

/// There is nothing for an import.
pub(super) fn unknown(module: &str, name: &str) -> Error {
    Error::link(format_args!("unknown import: `{module}::{name}` has not been defined"))
}

#[cold]
fn incompatible(info: &ModuleInfo, import: &Import, found: &ExternType) -> Error {
    let Import { module, name, item } = import;
    let expected = ExternType::of_import(info, *item);
    Error::link(format_args!(
        "incompatible import type for `{module}::{name}`: expected {expected}, found {found}"
    ))
}

/// Whether a module's code accesses a memory that it imports without checks.
fn relies_on_guards(code: &ModuleCode, import: ImportItem) -> bool {
    let guarded = code.machine.as_ref().is_some_and(|machine| machine.is_guarded());
    matches!(import, ImportItem::Memory(ty) if guarded && can_be_guarded(ty))
}

#[cold]
fn no_guards(import: &Import) -> Error {
    let Import { module, name, .. } = import;
    Error::link(format_args!(
        "the memory for `{module}::{name}` lies in bytes of the host, which have no guard pages: \
         `Config::bounds(Bounds::Explicit)` does without"
    ))
}

/// Whether an item fits. Store and module have the same engine: equal types of functions have equal ids.
fn fits(state: &StoreState, code: &ModuleCode, import: ImportItem, item: Extern) -> Result<bool, Error> {
    if let (ImportItem::Func(ty), Extern::Func(func)) = (import, item) {
        let func = func.find(state).and_then(|index| state.arena.func(index));
        let found = func.ok_or_else(|| Error::wrong_store("an import"))?.type_id;
        return Ok(code.type_ids.get(ty.0 as usize) == Some(&found));
    }
    Ok(match (import, current_type(state, item)?) {
        (ImportItem::Table(ty), ExternType::Table(found)) => table_fits(ty, found),
        (ImportItem::Memory(ty), ExternType::Memory(found)) => memory_fits(ty, found),
        (ImportItem::Global(ty), ExternType::Global(found)) => ty == found,
        _ => false,
    })
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
