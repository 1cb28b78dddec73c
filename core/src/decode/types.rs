//! wasmparser's types as this runtime's.
//!
//! In: types of a module that has been found valid under our features. Out: ours, or an error that names what
//! is not implemented.

use alloc::vec::Vec;

use super::DecodeError;
use crate::support::reserve::Reserve;
use crate::support::{OutOfMemory, TryPush};
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

/// A function type, shared from now on; `reserve` is for what is kept.
pub(super) fn func_type(ty: &wasmparser::FuncType, offset: usize, reserve: &mut Reserve) -> Result<FuncType> {
    let mut types = Vec::new();
    types.try_reserve_exact(ty.params().len() + ty.results().len()).map_err(|_| OutOfMemory)?;
    for &ty in ty.params().iter().chain(ty.results()) {
        types.try_push(val_type(ty, offset)?)?;
    }
    Ok(FuncType::try_from_vec(types, ty.params().len(), reserve)?)
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
