//! Lowering of floats and conversions.
//!
//! In: an instruction. Out: the machine instructions for it.

use super::inst::{Floats, MInst, MOp, cc};
use super::lower::Lowering;
use super::lower_int::is_float;
use crate::jit::ir::{Inst, Op, Ty, Value};
use crate::jit::{CompileError, Result};

impl Lowering<'_> {
    pub(super) fn float(&mut self, value: Value, inst: Inst) -> Result<()> {
        let (def, size) = (value.0, inst.ty.bytes());
        let from = self.func.ty(Value(inst.a));
        match inst.op {
            Op::Fadd => self.float_binary(def, inst, Floats::Add),
            Op::Fsub => self.float_binary(def, inst, Floats::Sub),
            Op::Fmul => self.float_binary(def, inst, Floats::Mul),
            Op::Fdiv => self.float_binary(def, inst, Floats::Div),
            Op::Fmin | Op::Fmax => {
                let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
                self.emit(MInst { def, a, b, ..MInst::new(MOp::FMinMax(inst.op == Op::Fmax), size) })
            }
            Op::Fcopysign => self.copysign(def, inst),
            Op::Fabs => self.masked(def, inst.a, inst.ty, Floats::And, !sign(inst.ty)),
            Op::Fneg => self.masked(def, inst.a, inst.ty, Floats::Xor, sign(inst.ty)),
            Op::Fsqrt => self.float_unary(def, inst, MOp::FSqrt, size),
            Op::Fround => self.float_unary(def, inst, MOp::FRound(inst.aux as u8), size),
            Op::Demote | Op::Promote => self.float_unary(def, inst, MOp::FConvertFloat, size),
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
                let (imm, high) = (self.float_constant(low)?, self.float_constant(high)?);
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

    fn float_binary(&mut self, def: u32, inst: Inst, op: Floats) -> Result<()> {
        let size = inst.ty.bytes();
        let (mut left, mut right) = (inst.a, inst.b);
        let commutes = matches!(op, Floats::Add | Floats::Mul);
        if commutes && self.part_load(right, size).is_none() && self.part_load(left, size).is_some() {
            core::mem::swap(&mut left, &mut right);
        }
        if self.part_load(right, size).is_some() {
            self.fold(right);
            let a = self.reg(left)?;
            let place = self.place(right)?;
            return self.emit(MInst { op: MOp::FAluMem(op), size, def, a, ..place });
        }
        if let Some(bits) = self.func.as_const(Value(right)) {
            let a = self.reg(left)?;
            let imm = self.float_constant(u128::from(bits))?;
            return self.emit(MInst { def, a, imm, ..MInst::new(MOp::FAluConst(op), size) });
        }
        let (a, b) = (self.reg(left)?, self.reg(right)?);
        self.emit(MInst { def, a, b, ..MInst::new(MOp::FAlu(op), size) })
    }

    /// An operand and a mask, in all 16 bytes.
    fn masked(&mut self, def: u32, value: u32, ty: Ty, op: Floats, mask: u128) -> Result<()> {
        let a = self.reg(value)?;
        let imm = self.float_constant(mask)?;
        self.emit(MInst { def, a, imm, ..MInst::new(MOp::FAluConst(op), ty.bytes()) })
    }

    fn copysign(&mut self, def: u32, inst: Inst) -> Result<()> {
        let (magnitude, sign_only) = (self.fresh(inst.ty)?, self.fresh(inst.ty)?);
        self.masked(magnitude, inst.a, inst.ty, Floats::And, !sign(inst.ty))?;
        self.masked(sign_only, inst.b, inst.ty, Floats::And, sign(inst.ty))?;
        self.emit(MInst {
            def,
            a: magnitude,
            b: sign_only,
            ..MInst::new(MOp::FAlu(Floats::Or), inst.ty.bytes())
        })
    }

    fn float_compare(&mut self, def: u32, inst: Inst) -> Result<()> {
        let code = self.compare_floats(&inst)?;
        debug_assert!(code <= cc::FLOAT_NOT_EQUAL);
        self.emit(MInst { def, ..MInst::new(MOp::SetCc(code), 4) })
    }
}

/// The sign's bit.
const fn sign(ty: Ty) -> u128 {
    if matches!(ty, Ty::F32) { 1 << 31 } else { 1 << 63 }
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
