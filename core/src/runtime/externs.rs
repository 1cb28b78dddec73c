//! What can be imported and exported, as handles.
//!
//! In: an instance's exports, or what the embedder made. Out: [`Extern`].

use super::store::StoreState;
use super::{AsContext, ExternType, Func, Global, Memory, Table};
use crate::module::ExportItem;

/// Something that can be imported and exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A table.
    Table(Table),
    /// A memory.
    Memory(Memory),
    /// A global.
    Global(Global),
}

impl Extern {
    /// What an instance exports as `item`, whose handle is `index`.
    pub(super) fn new(state: &StoreState, item: ExportItem, index: u32) -> Self {
        match item {
            ExportItem::Func(_) => Self::Func(Func::from_index(state, index)),
            ExportItem::Table(_) => Self::Table(Table::from_index(state, index)),
            ExportItem::Memory(_) => Self::Memory(Memory::from_index(state, index)),
            ExportItem::Global(_) => Self::Global(Global::from_index(state, index)),
        }
    }

    /// The function, if it is one.
    pub fn into_func(self) -> Option<Func> {
        if let Self::Func(func) = self { Some(func) } else { None }
    }

    /// The table, if it is one.
    pub fn into_table(self) -> Option<Table> {
        if let Self::Table(table) = self { Some(table) } else { None }
    }

    /// The memory, if it is one.
    pub fn into_memory(self) -> Option<Memory> {
        if let Self::Memory(memory) = self { Some(memory) } else { None }
    }

    /// The global, if it is one.
    pub fn into_global(self) -> Option<Global> {
        if let Self::Global(global) = self { Some(global) } else { None }
    }

    /// Its type. Sizes are those that it was declared with.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        match self {
            Self::Func(func) => ExternType::Func(func.ty(store)),
            Self::Table(table) => ExternType::Table(table.ty(store)),
            Self::Memory(memory) => ExternType::Memory(memory.ty(store)),
            Self::Global(global) => ExternType::Global(global.ty(store)),
        }
    }
}

impl From<Func> for Extern {
    fn from(func: Func) -> Self {
        Self::Func(func)
    }
}

impl From<Table> for Extern {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<Memory> for Extern {
    fn from(memory: Memory) -> Self {
        Self::Memory(memory)
    }
}

impl From<Global> for Extern {
    fn from(global: Global) -> Self {
        Self::Global(global)
    }
}

/// One export of an instance.
#[derive(Clone, Copy, Debug)]
pub struct Export<'instance> {
    pub(super) name: &'instance str,
    pub(super) item: Extern,
}

impl<'instance> Export<'instance> {
    /// Its name.
    pub fn name(&self) -> &'instance str {
        self.name
    }

    /// What it is.
    pub fn into_extern(self) -> Extern {
        self.item
    }
}
