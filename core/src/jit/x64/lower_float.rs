//! Lowering of floats and conversions.
//!
//! In: an instruction. Out: the machine instructions for it.

use super::inst::{MInst, MOp, cc};
use super::lower::Lowering;
use super::lower_int::is_float;
use super::lower_vector::{Arg, MAGNITUDE_32, MAGNITUDE_64};
use super::xmm::Xmm;
use crate::jit::ir::{Inst, Op, Ty, Value};
use crate::jit::{CompileError, Result};

impl Lowering<'_> {
    pub(super) fn float(&mut self, value: Value, inst: Inst) -> Result<()> {
        let (def, size) = (value.0, inst.ty.bytes());
        let from = self.func.ty(Value(inst.a));
        match inst.op {
            Op::Fadd => self.one(def, pick(inst.ty, Xmm::Addss, Xmm::Addsd), inst, 0),
            Op::Fsub => self.one(def, pick(inst.ty, Xmm::Subss, Xmm::Subsd), inst, 0),
            Op::Fmul => self.one(def, pick(inst.ty, Xmm::Mulss, Xmm::Mulsd), inst, 0),
            Op::Fdiv => self.one(def, pick(inst.ty, Xmm::Divss, Xmm::Divsd), inst, 0),
            Op::Fmin | Op::Fmax => {
                let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
                self.emit(MInst { def, a, b, ..MInst::new(MOp::FMinMax(inst.op == Op::Fmax), size) })
            }
            Op::Fcopysign => self.copysign(def, inst),
            Op::Fabs => self.masked(def, inst.a, Xmm::Andps, magnitude(inst.ty)),
            Op::Fneg => self.masked(def, inst.a, Xmm::Xorps, !magnitude(inst.ty)),
            Op::Fsqrt => self.one(def, pick(inst.ty, Xmm::Sqrtss, Xmm::Sqrtsd), inst, 0),
            // Bit 3: no exception for what is not exact.
            Op::Fround => self.one(def, pick(inst.ty, Xmm::Roundss, Xmm::Roundsd), inst, inst.aux as u8 | 8),
            Op::Demote => self.one(def, Xmm::Cvtsd2ss, inst, 0),
            Op::Promote => self.one(def, Xmm::Cvtss2sd, inst, 0),
            Op::Bitcast if is_float(inst.ty) => self.float_unary(def, inst, MOp::MovToFloat, size),
            Op::Bitcast => self.float_unary(def, inst, MOp::MovFromFloat, size),
            Op::ConvertS => self.float_unary(def, inst, MOp::FFromInt(from.bytes()), size),
            // The upper half of a 32-bit value's register is zero.
            Op::ConvertU if from == Ty::I32 => self.float_unary(def, inst, MOp::FFromInt(8), size),
            Op::ConvertU => self.float_unary(def, inst, MOp::FFromU64, size),
            Op::TruncS | Op::TruncU | Op::TruncSatS | Op::TruncSatU => {
                let signed = matches!(inst.op, Op::TruncS | Op::TruncSatS);
                let saturating = matches!(inst.op, Op::TruncSatS | Op::TruncSatU);
                let a = self.reg(inst.a)?;
                let (low, high) = bounds(from, inst.ty, signed);
                let (imm, high) = (self.room.code.constant(low)?, self.room.code.constant(high)?);
                let op = MOp::FToInt { from: from.bytes(), signed, saturating };
                self.emit(MInst { def, a, imm, disp: high as i32, ..MInst::new(op, size) })
            }
            Op::Fcmp => self.float_compare(def, inst),
            Op::Select => {
                let (yes, no) = (self.reg(inst.b)?, self.reg(inst.c)?);
                let code = self.condition(inst.a)?;
                self.emit(MInst { def, a: no, b: yes, ..MInst::new(MOp::FSelect(code), size) })
            }
            _ => Err(CompileError::Internal("no lowering of a float")),
        }
    }

    fn float_unary(&mut self, def: u32, inst: Inst, op: MOp, size: u8) -> Result<()> {
        let a = self.reg(inst.a)?;
        self.emit(MInst { def, a, ..MInst::new(op, size) })
    }

    /// An operand and a mask, in all 16 bytes.
    fn masked(&mut self, def: u32, value: u32, op: Xmm, mask: u128) -> Result<()> {
        let a = self.reg(value)?;
        self.put(def, op, a, Arg::Const(mask), 0)
    }

    fn copysign(&mut self, def: u32, inst: Inst) -> Result<()> {
        let (number, sign) = (self.fresh(inst.ty)?, self.fresh(inst.ty)?);
        self.masked(number, inst.a, Xmm::Andps, magnitude(inst.ty))?;
        self.masked(sign, inst.b, Xmm::Andps, !magnitude(inst.ty))?;
        self.put(def, Xmm::Orps, number, Arg::Reg(sign), 0)
    }

    fn float_compare(&mut self, def: u32, inst: Inst) -> Result<()> {
        let code = self.compare_floats(&inst)?;
        debug_assert!(code <= cc::FLOAT_NOT_EQUAL);
        self.emit(MInst { def, ..MInst::new(MOp::SetCc(code), 4) })
    }
}

fn pick(ty: Ty, narrow: Xmm, wide: Xmm) -> Xmm {
    if ty == Ty::F32 { narrow } else { wide }
}

/// All bits but the sign's, in each lane.
const fn magnitude(ty: Ty) -> u128 {
    if matches!(ty, Ty::F32) { MAGNITUDE_32 } else { MAGNITUDE_64 }
}

/// The nearest floats that no longer truncate to an integer of the type, as bits.
fn bounds(from: Ty, to: Ty, signed: bool) -> (u128, u128) {
    let (low, high): (f64, f64) = match (to, signed, from) {
        (Ty::I32, true, Ty::F32) => (-2147483904.0, 2147483648.0),
        (Ty::I32, true, _) => (-2147483649.0, 2147483648.0),
        (Ty::I32, false, _) => (-1.0, 4294967296.0),
        (_, true, Ty::F32) => (-9223373136366403584.0, 9223372036854775808.0),
        (_, true, _) => (-9223372036854777856.0, 9223372036854775808.0),
        (_, false, _) => (-1.0, 18446744073709551616.0),
    };
    if from == Ty::F32 {
        (u128::from((low as f32).to_bits()), u128::from((high as f32).to_bits()))
    } else {
        (u128::from(low.to_bits()), u128::from(high.to_bits()))
    }
}
