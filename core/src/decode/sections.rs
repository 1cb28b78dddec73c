//! The sections of a module, in the order in which they come.
//!
//! In: payloads, each validated before it is read. Out: [`ModuleInfo`] filled section by section.

use core::ops::Range;

use wasmparser::{
    CustomSectionReader, ElementItems as WasmElementItems, ElementKind, ExternalKind, KnownCustom, Name,
    NameSectionReader, Parser, Payload, TableInit, TypeRef, ValidPayload, Validator, WasmFeatures,
};

use super::bounds::{ENTRY, FIXED, TYPE};
use super::const_expr::const_expr;
use super::types::{func_type, global_type, memory_type, ref_type, table_type};
use super::{Bodies, DecodeError, Decoded, ModuleLimits};
use crate::module::{
    CustomSection, DataSegment, ElementItems, ElementSegment, Export, ExportItem, GlobalDecl, Import,
    ImportItem, ModuleInfo, SegmentMode, TableDecl,
};
use crate::support::reserve::Reserve;
use crate::support::{TryPush, try_string};
use crate::wasm::{FuncIndex, GlobalIndex, MemoryIndex, TableIndex, TypeIndex};

type Result<T> = core::result::Result<T, DecodeError>;

pub(super) fn decode<'a>(
    bytes: &'a [u8],
    features: WasmFeatures,
    limits: &ModuleLimits,
) -> Result<Decoded<'a>> {
    limits.check_size(bytes.len())?;
    if u32::try_from(bytes.len()).is_err() {
        return Err(DecodeError::unsupported(0, "module is larger than 4 GiB"));
    }
    let mut validator = Validator::new_with_features(features);
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut decoded = Decoded { info: ModuleInfo::default(), bodies: Bodies::default() };
    let mut kept = Reserve::new();
    let mut payloads = parser.parse_all(bytes);
    while let Some(payload) = decoded.bodies.reserve.cover(FIXED, || payloads.next())? {
        let payload = payload?;
        limits.check_section(&decoded.info, &payload, bytes.len() as u64)?;
        let bound = decoded.bodies.seen.payload(&payload, &decoded.info, bytes)?;
        match decoded.bodies.reserve.cover(bound, || validator.payload(&payload))?? {
            ValidPayload::Func(func, body) => {
                decoded.info.bodies.try_push(offsets(&body.range()))?;
                decoded.bodies.try_push(func, body)?;
            }
            ValidPayload::Parser(_) => {
                return Err(DecodeError::unsupported(0, "components are not supported"));
            }
            _ => {
                let reserve = &mut decoded.bodies.reserve;
                section(&mut decoded.info, payload, limits, reserve, &mut kept)?;
            }
        }
    }
    Ok(decoded)
}

/// Positions in a module of less than 4 GiB.
fn offsets(range: &Range<u64>) -> Range<u32> {
    range.start as u32..range.end as u32
}

/// Reads a section that has been found valid. What the reader takes comes from `reserve`, what stays from `kept`.
fn section(
    info: &mut ModuleInfo,
    payload: Payload<'_>,
    limits: &ModuleLimits,
    reserve: &mut Reserve,
    kept: &mut Reserve,
) -> Result<()> {
    match payload {
        Payload::TypeSection(types) => {
            let offset = types.range().start as usize;
            let mut types = types.into_iter_err_on_gc_types();
            while let Some(ty) = reserve.cover(TYPE, || types.next())? {
                let ty = ty?;
                limits.check_type(&ty, offset)?;
                info.types.try_push(func_type(&ty, offset, kept)?)?;
            }
        }
        Payload::ImportSection(imports) => {
            let mut imports = imports.into_imports_with_offsets();
            while let Some(import) = reserve.cover(ENTRY, || imports.next())? {
                let (offset, import) = import?;
                add_import(info, &import, offset as usize)?;
                limits.check_imported(info, offset as usize)?;
            }
        }
        Payload::FunctionSection(functions) => {
            let mut functions = functions.into_iter();
            while let Some(ty) = reserve.cover(ENTRY, || functions.next())? {
                info.functions.try_push(TypeIndex(ty?))?;
            }
        }
        Payload::MemorySection(memories) => {
            let mut memories = memories.into_iter();
            while let Some(memory) = reserve.cover(ENTRY, || memories.next())? {
                info.memories.try_push(memory_type(memory?))?;
            }
        }
        Payload::TableSection(tables) => add_tables(info, tables, reserve)?,
        Payload::GlobalSection(globals) => add_globals(info, globals, reserve)?,
        Payload::ExportSection(exports) => {
            let mut exports = exports.into_iter();
            while let Some(export) = reserve.cover(ENTRY, || exports.next())? {
                add_export(info, &export?)?;
            }
            info.index_exports()?;
        }
        Payload::StartSection { func, .. } => info.start = Some(FuncIndex(func)),
        Payload::ElementSection(elements) => {
            let mut total = 0;
            let mut elements = elements.into_iter();
            while let Some(element) = reserve.cover(ENTRY, || elements.next())? {
                let element = element?;
                total += element_count(&element);
                limits.check_elements(total, element.range.start as usize)?;
                add_element(info, &element, reserve)?;
            }
        }
        Payload::DataSection(data) => {
            let mut data = data.into_iter();
            while let Some(segment) = reserve.cover(ENTRY, || data.next())? {
                add_data(info, &segment?, reserve)?;
            }
        }
        Payload::CustomSection(custom) => add_custom(info, &custom, reserve)?,
        _ => {}
    }
    Ok(())
}

fn add_tables(
    info: &mut ModuleInfo,
    tables: wasmparser::TableSectionReader<'_>,
    reserve: &mut Reserve,
) -> Result<()> {
    let mut tables = tables.into_iter_with_offsets();
    while let Some(table) = reserve.cover(ENTRY, || tables.next())? {
        let (offset, table) = table?;
        let init = match &table.init {
            TableInit::RefNull => None,
            TableInit::Expr(expr) => Some(const_expr(expr, reserve)?),
        };
        info.tables.try_push(TableDecl { ty: table_type(table.ty, offset as usize)?, init })?;
    }
    Ok(())
}

fn add_globals(
    info: &mut ModuleInfo,
    globals: wasmparser::GlobalSectionReader<'_>,
    reserve: &mut Reserve,
) -> Result<()> {
    let mut globals = globals.into_iter_with_offsets();
    while let Some(global) = reserve.cover(ENTRY, || globals.next())? {
        let (offset, global) = global?;
        let ty = global_type(global.ty, offset as usize)?;
        info.globals.try_push(GlobalDecl { ty, init: Some(const_expr(&global.init_expr, reserve)?) })?;
    }
    Ok(())
}

fn add_import(info: &mut ModuleInfo, import: &wasmparser::Import<'_>, offset: usize) -> Result<()> {
    let item = match import.ty {
        TypeRef::Func(ty) => {
            info.imported.functions += 1;
            info.functions.try_push(TypeIndex(ty))?;
            ImportItem::Func(TypeIndex(ty))
        }
        TypeRef::Table(ty) => {
            let ty = table_type(ty, offset)?;
            info.imported.tables += 1;
            info.tables.try_push(TableDecl { ty, init: None })?;
            ImportItem::Table(ty)
        }
        TypeRef::Memory(ty) => {
            let ty = memory_type(ty);
            info.imported.memories += 1;
            info.memories.try_push(ty)?;
            ImportItem::Memory(ty)
        }
        TypeRef::Global(ty) => {
            let ty = global_type(ty, offset)?;
            info.imported.globals += 1;
            info.globals.try_push(GlobalDecl { ty, init: None })?;
            ImportItem::Global(ty)
        }
        _ => return Err(DecodeError::unsupported(offset, "import is of a kind that is not supported")),
    };
    let (module, name) = (try_string(import.module)?, try_string(import.name)?);
    info.imports.try_push(Import { module, name, item })?;
    Ok(())
}

fn add_export(info: &mut ModuleInfo, export: &wasmparser::Export<'_>) -> Result<()> {
    let item = match export.kind {
        ExternalKind::Func => ExportItem::Func(FuncIndex(export.index)),
        ExternalKind::Table => ExportItem::Table(TableIndex(export.index)),
        ExternalKind::Memory => ExportItem::Memory(MemoryIndex(export.index)),
        ExternalKind::Global => ExportItem::Global(GlobalIndex(export.index)),
        _ => return Err(DecodeError::unsupported(0, "export is of a kind that is not supported")),
    };
    info.exports.try_push(Export { name: try_string(export.name)?, item })?;
    Ok(())
}

fn element_count(element: &wasmparser::Element<'_>) -> u64 {
    u64::from(match &element.items {
        WasmElementItems::Functions(functions) => functions.count(),
        WasmElementItems::Expressions(_, expressions) => expressions.count(),
    })
}

fn add_element(
    info: &mut ModuleInfo,
    element: &wasmparser::Element<'_>,
    reserve: &mut Reserve,
) -> Result<()> {
    let offset = element.range.start as usize;
    let mode = match &element.kind {
        ElementKind::Passive => SegmentMode::Passive,
        ElementKind::Declared => SegmentMode::Declared,
        ElementKind::Active { table_index, offset_expr } => SegmentMode::Active {
            target: TableIndex(table_index.unwrap_or(0)),
            offset: const_expr(offset_expr, reserve)?,
        },
    };
    let items = match &element.items {
        WasmElementItems::Functions(functions) => {
            let mut items = alloc::vec::Vec::new();
            let mut functions = functions.clone().into_iter();
            while let Some(func) = reserve.cover(ENTRY, || functions.next())? {
                items.try_push(FuncIndex(func?))?;
            }
            ElementItems::Functions(items)
        }
        WasmElementItems::Expressions(ty, expressions) => {
            let mut items = alloc::vec::Vec::new();
            let mut expressions = expressions.clone().into_iter();
            while let Some(expr) = reserve.cover(ENTRY, || expressions.next())? {
                items.try_push(const_expr(&expr?, reserve)?)?;
            }
            ref_type(*ty, offset)?;
            ElementItems::Expressions(items)
        }
    };
    info.elements.try_push(ElementSegment { mode, items })?;
    Ok(())
}

fn add_data(info: &mut ModuleInfo, data: &wasmparser::Data<'_>, reserve: &mut Reserve) -> Result<()> {
    let mode = match &data.kind {
        wasmparser::DataKind::Passive => SegmentMode::Passive,
        wasmparser::DataKind::Active { memory_index, offset_expr } => SegmentMode::Active {
            target: MemoryIndex(*memory_index),
            offset: const_expr(offset_expr, reserve)?,
        },
    };
    let end = data.range.end as u32;
    info.data.try_push(DataSegment { mode, bytes: end - data.data.len() as u32..end })?;
    Ok(())
}

fn add_custom(info: &mut ModuleInfo, custom: &CustomSectionReader<'_>, reserve: &mut Reserve) -> Result<()> {
    let start = custom.data_offset() as u32;
    let bytes = start..start + custom.data().len() as u32;
    info.custom_sections.try_push(CustomSection { name: try_string(custom.name())?, bytes })?;
    if let KnownCustom::Name(names) = reserve.cover(ENTRY, || custom.as_known())? {
        add_names(info, names, custom, reserve)?;
    }
    Ok(())
}

/// A broken name section is nobody's error: names are for people.
fn add_names(
    info: &mut ModuleInfo,
    mut names: NameSectionReader<'_>,
    section: &CustomSectionReader<'_>,
    reserve: &mut Reserve,
) -> Result<()> {
    let first = section.data().as_ptr() as usize;
    // Where a name stands follows from where its bytes are: it is part of the section.
    let place = |name: &str| {
        let start = section.data_offset() as u32 + (name.as_ptr() as usize - first) as u32;
        start..start + name.len() as u32
    };
    while let Some(name) = reserve.cover(ENTRY, || names.next())? {
        match name {
            Ok(Name::Module { name, .. }) => info.names.module = Some(place(name)),
            Ok(Name::Function(functions)) => {
                let mut functions = functions.into_iter();
                while let Some(naming) = reserve.cover(ENTRY, || functions.next())? {
                    let Ok(naming) = naming else { return Ok(()) };
                    let func = FuncIndex(naming.index);
                    if info.names.functions.last().is_some_and(|(last, _)| *last >= func) {
                        return Ok(());
                    }
                    info.names.functions.try_push((func, place(naming.name)))?;
                }
            }
            Ok(_) => {}
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}
