//! What a module says, once: the immutable result of decoding.
//!
//! In: what `decode` reads. Out: [`ModuleInfo`], shared by translation, instantiation and introspection. It
//! does not know bytecode, machine code or stores; function bodies are ranges of the module's bytes.

mod const_expr;
mod names;

pub(crate) use const_expr::{ConstExpr, ConstOp};
pub(crate) use names::Names;

use alloc::{string::String, vec::Vec};
use core::ops::Range;

use crate::support::{Entity, EntityVec, OutOfMemory};
use crate::wasm::{
    DataIndex, ElemIndex, FuncIndex, FuncType, GlobalIndex, GlobalType, MemoryIndex, MemoryType, TableIndex,
    TableType, TypeIndex,
};

/// Everything that a module declares. Index spaces hold imports first.
#[derive(Default, Debug)]
pub(crate) struct ModuleInfo {
    pub(crate) types: EntityVec<TypeIndex, FuncType>,
    pub(crate) imports: Vec<Import>,
    pub(crate) functions: EntityVec<FuncIndex, TypeIndex>,
    pub(crate) tables: EntityVec<TableIndex, TableDecl>,
    pub(crate) memories: EntityVec<MemoryIndex, MemoryType>,
    pub(crate) globals: EntityVec<GlobalIndex, GlobalDecl>,
    pub(crate) imported: ImportCounts,
    /// In the order of the export section; names are unique (validation).
    pub(crate) exports: Vec<Export>,
    /// Positions in `exports`, in the order of names.
    exports_by_name: Vec<u32>,
    pub(crate) start: Option<FuncIndex>,
    pub(crate) elements: EntityVec<ElemIndex, ElementSegment>,
    pub(crate) data: EntityVec<DataIndex, DataSegment>,
    /// The bodies of defined functions, as offsets in the module's bytes.
    pub(crate) bodies: Vec<Range<u32>>,
    pub(crate) custom_sections: Vec<CustomSection>,
    pub(crate) names: Names,
}

/// How many entries of each index space are imported.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct ImportCounts {
    pub(crate) functions: u32,
    pub(crate) tables: u32,
    pub(crate) memories: u32,
    pub(crate) globals: u32,
}

/// One import.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) item: ImportItem,
}

/// What is imported.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ImportItem {
    Func(TypeIndex),
    Table(TableType),
    Memory(MemoryType),
    Global(GlobalType),
}

/// One export.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) name: String,
    pub(crate) item: ExportItem,
}

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportItem {
    Func(FuncIndex),
    Table(TableIndex),
    Memory(MemoryIndex),
    Global(GlobalIndex),
}

/// A table; `init` is what a defined table is filled with (`None`: null).
#[derive(Debug)]
pub(crate) struct TableDecl {
    pub(crate) ty: TableType,
    pub(crate) init: Option<ConstExpr>,
}

/// A global; `init` is `None` for an imported one.
#[derive(Debug)]
pub(crate) struct GlobalDecl {
    pub(crate) ty: GlobalType,
    pub(crate) init: Option<ConstExpr>,
}

/// What becomes of a segment at instantiation.
#[derive(Debug)]
pub(crate) enum SegmentMode<I> {
    /// Written to `target` at `offset`, then dropped.
    Active { target: I, offset: ConstExpr },
    /// Kept for `*.init`.
    Passive,
    /// Only declares function references; dropped at once.
    Declared,
}

/// An element segment.
#[derive(Debug)]
pub(crate) struct ElementSegment {
    pub(crate) mode: SegmentMode<TableIndex>,
    pub(crate) items: ElementItems,
}

/// The elements of a segment.
#[derive(Debug)]
pub(crate) enum ElementItems {
    Functions(Vec<FuncIndex>),
    Expressions(Vec<ConstExpr>),
}

impl ElementItems {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Functions(items) => items.len(),
            Self::Expressions(items) => items.len(),
        }
    }
}

/// A data segment; `bytes` are offsets in the module's bytes.
#[derive(Debug)]
pub(crate) struct DataSegment {
    pub(crate) mode: SegmentMode<MemoryIndex>,
    pub(crate) bytes: Range<u32>,
}

/// A custom section; `bytes` are offsets in the module's bytes.
#[derive(Debug)]
pub(crate) struct CustomSection {
    pub(crate) name: String,
    pub(crate) bytes: Range<u32>,
}

impl ModuleInfo {
    /// The type of a function.
    pub(crate) fn func_type(&self, func: FuncIndex) -> &FuncType {
        &self.types[self.functions[func]]
    }

    /// The position of a defined function among the bodies; `None` for an imported one.
    pub(crate) fn body_index(&self, func: FuncIndex) -> Option<usize> {
        func.index().checked_sub(self.imported.functions as usize)
    }

    /// The function whose body stands at this position.
    pub(crate) fn func_of_body(&self, body: usize) -> FuncIndex {
        FuncIndex::from_index(body + self.imported.functions as usize)
    }

    /// Makes exports be found by name. Called once, when all are there.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn index_exports(&mut self) -> Result<(), OutOfMemory> {
        let Self { exports, exports_by_name, .. } = self;
        exports_by_name.try_reserve_exact(exports.len()).map_err(|_| OutOfMemory)?;
        exports_by_name.extend(0..exports.len() as u32);
        let name = |position: &u32| exports.get(*position as usize).map(|export| &export.name);
        exports_by_name.sort_unstable_by(|a, b| name(a).cmp(&name(b)));
        Ok(())
    }

    /// What is exported under this name. Cost: logarithmic in the number of exports.
    pub(crate) fn export(&self, name: &str) -> Option<ExportItem> {
        let export = |position: u32| self.exports.get(position as usize);
        let found = self.exports_by_name.binary_search_by(|position| {
            export(*position).map(|export| export.name.as_str()).cmp(&Some(name))
        });
        found.ok().and_then(|at| export(*self.exports_by_name.get(at)?)).map(|export| export.item)
    }
}
