//! wasmparser's types as this runtime's.
//!
//! In: types of a module that has been found valid under our features. Out: ours, or an error that names what
//! is not implemented.

use super::DecodeError;
use crate::wasm::{FuncType, GlobalType, MemoryType, Mutability, RefType, TableType, ValType};

type Result<T> = core::result::Result<T, DecodeError>;

pub(super) fn ref_type(ty: wasmparser::RefType, offset: usize) -> Result<RefType> {
    match ty {
        wasmparser::RefType::FUNCREF => Ok(RefType::FUNCREF),
        wasmparser::RefType::EXTERNREF => Ok(RefType::EXTERNREF),
        _ => Err(DecodeError::unsupported(offset, "reference type is not supported")),
    }
}

pub(super) fn val_type(ty: wasmparser::ValType, offset: usize) -> Result<ValType> {
    Ok(match ty {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::V128 => ValType::V128,
        wasmparser::ValType::Ref(ty) => ValType::Ref(ref_type(ty, offset)?),
    })
}

pub(super) fn func_type(ty: &wasmparser::FuncType, offset: usize) -> Result<FuncType> {
    // The validator allows at most 1,000 of each, so these stay small.
    let list = |types: &[wasmparser::ValType]| {
        types.iter().map(|&ty| val_type(ty, offset)).collect::<Result<alloc::vec::Vec<_>>>()
    };
    Ok(FuncType::new(list(ty.params())?, list(ty.results())?))
}

pub(super) fn global_type(ty: wasmparser::GlobalType, offset: usize) -> Result<GlobalType> {
    let mutability = if ty.mutable { Mutability::Var } else { Mutability::Const };
    Ok(GlobalType::new(val_type(ty.content_type, offset)?, mutability))
}

pub(super) fn table_type(ty: wasmparser::TableType, offset: usize) -> Result<TableType> {
    let element = ref_type(ty.element_type, offset)?;
    Ok(if ty.table64 {
        TableType::new64(element, ty.initial, ty.maximum)
    } else {
        TableType::new(element, ty.initial as u32, ty.maximum.map(|max| max as u32))
    })
}

pub(super) fn memory_type(ty: wasmparser::MemoryType) -> MemoryType {
    let log2 = ty.page_size_log2.unwrap_or(16) as u8;
    let base = if ty.memory64 {
        MemoryType::new64(ty.initial, ty.maximum)
    } else {
        MemoryType::new(ty.initial as u32, ty.maximum.map(|max| max as u32))
    };
    base.with_page_size_log2(log2)
}
