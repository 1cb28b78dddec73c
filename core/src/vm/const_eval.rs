//! Runs constant expressions.
//!
//! In: a validated [`ConstExpr`], the instance's functions and globals. Out: the value's bits, as a global
//! holds them.

use alloc::vec::Vec;
use core::ptr::NonNull;

use super::{VmFunc, VmGlobal};
use crate::module::{ConstExpr, ConstOp};
use crate::support::{Entity, OutOfMemory, TryPush};

/// What a constant expression may name.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) functions: &'a [NonNull<VmFunc>],
    /// Those that the expression names are initialised already: validation allows no others.
    pub(super) globals: &'a [NonNull<VmGlobal>],
}

/// The value of an expression.
pub(super) fn evaluate(expr: &ConstExpr, scope: Scope<'_>) -> Result<u128, OutOfMemory> {
    if let ConstExpr::One(op) = expr {
        return Ok(leaf(*op, scope));
    }
    let mut stack: Vec<u128> = Vec::new();
    for op in expr.ops() {
        match arithmetic(*op) {
            Some(compute) => {
                let right = stack.pop().unwrap_or_default();
                let left = stack.pop().unwrap_or_default();
                stack.try_push(compute(left, right))?;
            }
            None => stack.try_push(leaf(*op, scope))?,
        }
    }
    Ok(stack.pop().unwrap_or_default())
}

/// The value of an operator without operands.
fn leaf(op: ConstOp, scope: Scope<'_>) -> u128 {
    match op {
        ConstOp::I32(value) => value as u32 as u128,
        ConstOp::I64(value) => value as u64 as u128,
        ConstOp::F32(bits) => bits.into(),
        ConstOp::F64(bits) => bits.into(),
        ConstOp::V128(bits) => bits,
        ConstOp::RefFunc(func) => scope.functions.get(func.index()).map_or(0, |f| VmFunc::bits(*f).into()),
        ConstOp::GlobalGet(global) => scope.globals.get(global.index()).map_or(0, |g| {
            // SAFETY: globals live as long as their store, and nobody writes to one while an expression runs.
            unsafe { g.as_ref() }.bits
        }),
        _ => 0,
    }
}

/// What an operator of two operands computes.
fn arithmetic(op: ConstOp) -> Option<fn(u128, u128) -> u128> {
    Some(match op {
        ConstOp::I32Add => |a, b| (a as u32).wrapping_add(b as u32).into(),
        ConstOp::I32Sub => |a, b| (a as u32).wrapping_sub(b as u32).into(),
        ConstOp::I32Mul => |a, b| (a as u32).wrapping_mul(b as u32).into(),
        ConstOp::I64Add => |a, b| (a as u64).wrapping_add(b as u64).into(),
        ConstOp::I64Sub => |a, b| (a as u64).wrapping_sub(b as u64).into(),
        ConstOp::I64Mul => |a, b| (a as u64).wrapping_mul(b as u64).into(),
        _ => return None,
    })
}
