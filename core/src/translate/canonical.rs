//! Which operations may produce a NaN whose bits the specification leaves open, for the deterministic mode.

use crate::bytecode::Op;

/// The operation that makes the result of `op` canonical, if its NaNs are not.
pub(super) const fn canonicalizer(op: Op) -> Option<Op> {
    Some(match op {
        Op::F32Add
        | Op::F32AddImm
        | Op::F32Sub
        | Op::F32SubImm
        | Op::F32SubRev
        | Op::F32Mul
        | Op::F32MulImm
        | Op::F32Div
        | Op::F32DivImm
        | Op::F32DivRev
        | Op::F32Min
        | Op::F32MinImm
        | Op::F32Max
        | Op::F32MaxImm
        | Op::F32Sqrt
        | Op::F32Ceil
        | Op::F32Floor
        | Op::F32Trunc
        | Op::F32Nearest
        | Op::F32DemoteF64 => Op::CanonF32,
        Op::F64Add
        | Op::F64AddImm
        | Op::F64Sub
        | Op::F64SubImm
        | Op::F64SubRev
        | Op::F64Mul
        | Op::F64MulImm
        | Op::F64Div
        | Op::F64DivImm
        | Op::F64DivRev
        | Op::F64Min
        | Op::F64MinImm
        | Op::F64Max
        | Op::F64MaxImm
        | Op::F64Sqrt
        | Op::F64Ceil
        | Op::F64Floor
        | Op::F64Trunc
        | Op::F64Nearest
        | Op::F64PromoteF32 => Op::CanonF64,
        Op::F32x4Add
        | Op::F32x4Sub
        | Op::F32x4Mul
        | Op::F32x4Div
        | Op::F32x4Min
        | Op::F32x4Max
        | Op::F32x4Sqrt
        | Op::F32x4Ceil
        | Op::F32x4Floor
        | Op::F32x4Trunc
        | Op::F32x4Nearest
        | Op::F32x4DemoteF64x2Zero
        | Op::F32x4RelaxedMadd
        | Op::F32x4RelaxedNmadd
        | Op::F32x4RelaxedMin
        | Op::F32x4RelaxedMax => Op::CanonF32x4,
        Op::F64x2Add
        | Op::F64x2Sub
        | Op::F64x2Mul
        | Op::F64x2Div
        | Op::F64x2Min
        | Op::F64x2Max
        | Op::F64x2Sqrt
        | Op::F64x2Ceil
        | Op::F64x2Floor
        | Op::F64x2Trunc
        | Op::F64x2Nearest
        | Op::F64x2PromoteLowF32x4
        | Op::F64x2RelaxedMadd
        | Op::F64x2RelaxedNmadd
        | Op::F64x2RelaxedMin
        | Op::F64x2RelaxedMax => Op::CanonF64x2,
        _ => return None,
    })
}
