//! Constant expressions as data: what initialises globals, tables and segments.
//!
//! In: validated operators. Out: a short postfix program; who runs it supplies globals and functions.

use alloc::vec::Vec;

use crate::wasm::{FuncIndex, GlobalIndex};

/// One operator of a constant expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ConstOp {
    I32(i32),
    I64(i64),
    /// By its bits.
    F32(u32),
    /// By its bits.
    F64(u64),
    V128(u128),
    RefNull,
    RefFunc(FuncIndex),
    GlobalGet(GlobalIndex),
    I32Add,
    I32Sub,
    I32Mul,
    I64Add,
    I64Sub,
    I64Mul,
}

/// A constant expression: validated, so that running it cannot go wrong.
#[derive(Clone, Debug)]
pub(crate) enum ConstExpr {
    /// One operator, which is what nearly all are.
    One(ConstOp),
    /// A postfix program.
    Many(Vec<ConstOp>),
}

impl ConstExpr {
    /// The operators in order.
    pub(crate) fn ops(&self) -> &[ConstOp] {
        match self {
            Self::One(op) => core::slice::from_ref(op),
            Self::Many(ops) => ops,
        }
    }
}
