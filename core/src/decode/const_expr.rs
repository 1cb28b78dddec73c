//! Constant expressions, read after they have been found valid.

use wasmparser::{HeapType, Operator};

use super::DecodeError;
use super::bounds::ENTRY;
use crate::module::{ConstExpr, ConstOp};
use crate::support::TryPush;
use crate::support::reserve::Reserve;
use crate::wasm::{FuncIndex, GlobalIndex};

pub(super) fn const_expr(
    expr: &wasmparser::ConstExpr<'_>,
    reserve: &mut Reserve,
) -> Result<ConstExpr, DecodeError> {
    let mut reader = expr.get_operators_reader();
    let mut ops = alloc::vec::Vec::new();
    while !reader.eof() {
        let (operator, offset) = reserve.cover(ENTRY, || reader.read_with_offset())??;
        if let Some(op) = const_op(&operator, offset as usize)? {
            ops.try_push(op)?;
        }
    }
    Ok(match ops.as_slice() {
        [op] => ConstExpr::One(*op),
        _ => ConstExpr::Many(ops),
    })
}

fn const_op(operator: &Operator<'_>, offset: usize) -> Result<Option<ConstOp>, DecodeError> {
    Ok(Some(match *operator {
        Operator::I32Const { value } => ConstOp::I32(value),
        Operator::I64Const { value } => ConstOp::I64(value),
        Operator::F32Const { value } => ConstOp::F32(value.bits()),
        Operator::F64Const { value } => ConstOp::F64(value.bits()),
        Operator::V128Const { value } => ConstOp::V128(u128::from_le_bytes(*value.bytes())),
        Operator::RefNull { hty: HeapType::FUNC | HeapType::EXTERN } => ConstOp::RefNull,
        Operator::RefFunc { function_index } => ConstOp::RefFunc(FuncIndex(function_index)),
        Operator::GlobalGet { global_index } => ConstOp::GlobalGet(GlobalIndex(global_index)),
        Operator::I32Add => ConstOp::I32Add,
        Operator::I32Sub => ConstOp::I32Sub,
        Operator::I32Mul => ConstOp::I32Mul,
        Operator::I64Add => ConstOp::I64Add,
        Operator::I64Sub => ConstOp::I64Sub,
        Operator::I64Mul => ConstOp::I64Mul,
        Operator::End => return Ok(None),
        _ => return Err(DecodeError::unsupported(offset, "constant expression is not supported")),
    }))
}
