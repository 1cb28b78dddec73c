//! What modules import and export, described.
//!
//! In: a module's declarations. Out: [`ImportType`], [`ExportType`], [`ExternType`], which print as the text
//! format writes them, and borrow their names from the module.

use core::fmt;

use crate::module::{ExportItem, ImportItem, ModuleInfo};
use crate::wasm::{FuncType, GlobalType, MemoryType, Mutability, TableType};

/// The type of what can be imported and exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternType {
    /// A function.
    Func(FuncType),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
}

impl ExternType {
    pub(super) fn of_import(info: &ModuleInfo, item: ImportItem) -> Self {
        match item {
            ImportItem::Func(ty) => Self::Func(info.types[ty].clone()),
            ImportItem::Table(ty) => Self::Table(ty),
            ImportItem::Memory(ty) => Self::Memory(ty),
            ImportItem::Global(ty) => Self::Global(ty),
        }
    }

    pub(super) fn of_export(info: &ModuleInfo, item: ExportItem) -> Self {
        match item {
            ExportItem::Func(index) => Self::Func(info.func_type(index).clone()),
            ExportItem::Table(index) => Self::Table(info.tables[index].ty),
            ExportItem::Memory(index) => Self::Memory(info.memories[index]),
            ExportItem::Global(index) => Self::Global(info.globals[index].ty),
        }
    }

    /// The type of a function, if it is one.
    pub fn func(&self) -> Option<&FuncType> {
        if let Self::Func(ty) = self { Some(ty) } else { None }
    }

    /// The type of a table, if it is one.
    pub fn table(&self) -> Option<&TableType> {
        if let Self::Table(ty) = self { Some(ty) } else { None }
    }

    /// The type of a memory, if it is one.
    pub fn memory(&self) -> Option<&MemoryType> {
        if let Self::Memory(ty) = self { Some(ty) } else { None }
    }

    /// The type of a global, if it is one.
    pub fn global(&self) -> Option<&GlobalType> {
        if let Self::Global(ty) = self { Some(ty) } else { None }
    }
}

impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Func(ty) => write!(f, "func {ty}"),
            Self::Table(ty) => {
                f.write_str(if ty.is_64() { "table i64 " } else { "table " })?;
                limits(f, ty.minimum(), ty.maximum())?;
                write!(f, " {}", ty.element())
            }
            Self::Memory(ty) => {
                f.write_str(if ty.is_64() { "memory i64 " } else { "memory " })?;
                limits(f, ty.minimum(), ty.maximum())?;
                match ty.page_size_log2() {
                    16 => Ok(()),
                    _ => write!(f, " (pagesize {})", ty.page_size()),
                }
            }
            Self::Global(ty) if ty.mutability() == Mutability::Var => {
                write!(f, "global (mut {})", ty.content())
            }
            Self::Global(ty) => write!(f, "global {}", ty.content()),
        }
    }
}

fn limits(f: &mut fmt::Formatter<'_>, minimum: u64, maximum: Option<u64>) -> fmt::Result {
    match maximum {
        Some(maximum) => write!(f, "{minimum} {maximum}"),
        None => write!(f, "{minimum}"),
    }
}

/// One import of a module.
#[derive(Clone, Debug)]
pub struct ImportType<'module> {
    pub(super) module: &'module str,
    pub(super) name: &'module str,
    pub(super) ty: ExternType,
}

impl<'module> ImportType<'module> {
    /// The first of its two names.
    pub fn module(&self) -> &'module str {
        self.module
    }

    /// The second of its two names.
    pub fn name(&self) -> &'module str {
        self.name
    }

    /// What it must be.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}

/// One export of a module.
#[derive(Clone, Debug)]
pub struct ExportType<'module> {
    pub(super) name: &'module str,
    pub(super) ty: ExternType,
}

impl<'module> ExportType<'module> {
    /// Its name.
    pub fn name(&self) -> &'module str {
        self.name
    }

    /// What it is.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}
