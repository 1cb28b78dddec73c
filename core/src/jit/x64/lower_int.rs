//! Lowering of integer instructions, conditions and stores.
//!
//! In: an instruction. Out: the machine instructions for it and for what becomes part of it.

use super::inst::{Alu, MInst, MOp, Shift, cc};
use super::lower::Lowering;
use super::lower_vector::Arg;
use super::xmm::Xmm;
use crate::jit::improve::{Improvement, is_planted};
use crate::jit::ir::{Access, Cond, FloatCond, Inst, NONE, Op, Ty, Value, Vector};
use crate::jit::{CompileError, Result};

impl Lowering<'_> {
    pub(super) fn integer(&mut self, value: Value, inst: Inst) -> Result<()> {
        let (def, size) = (value.0, inst.ty.bytes());
        match inst.op {
            Op::Add => self.add(def, inst),
            Op::Sub if self.imm(inst.a) == Some(0) => {
                let a = self.reg(inst.b)?;
                self.emit(MInst { def, a, ..MInst::new(MOp::Neg, size) })
            }
            Op::Sub if self.carry(def, inst, MOp::SubBorrow)? => Ok(()),
            Op::Sub => self.alu(def, inst, Alu::Sub),
            Op::And => self.and(def, inst),
            Op::Or => self.alu(def, inst, Alu::Or),
            Op::Xor => self.alu(def, inst, Alu::Xor),
            Op::Mul => self.mul(def, inst),
            Op::MulHighS | Op::MulHighU => {
                let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
                let op = MOp::MulHigh(inst.op == Op::MulHighS);
                self.emit(MInst { def, a, b, ..MInst::new(op, 8) })
            }
            Op::Shl => self.shift(def, inst, Shift::Left),
            Op::ShrS => self.shift(def, inst, Shift::RightS),
            Op::ShrU => self.shift(def, inst, Shift::RightU),
            Op::Rotl => self.shift(def, inst, Shift::RotateLeft),
            Op::Rotr => self.shift(def, inst, Shift::RotateRight),
            Op::DivS | Op::DivU | Op::RemS | Op::RemU => self.divide(def, inst),
            Op::Clz => self.unary(def, inst, MOp::Lzcnt, size),
            Op::Ctz => self.unary(def, inst, MOp::Tzcnt, size),
            Op::Popcnt => self.unary(def, inst, MOp::Popcnt, size),
            Op::Ext8 => self.unary(def, inst, MOp::SignExtend(1), size),
            Op::Ext16 => self.unary(def, inst, MOp::SignExtend(2), size),
            Op::Ext32 | Op::ExtS => self.sign_extend(def, inst),
            Op::Wrap => self.unary(def, inst, MOp::MovLow, 4),
            Op::Icmp => {
                let code = self.compare(&inst)?;
                self.emit(MInst { def, ..MInst::new(MOp::SetCc(code), 4) })
            }
            Op::Select => self.select(def, inst),
            _ => Err(CompileError::Internal("no lowering")),
        }
    }

    fn unary(&mut self, def: u32, inst: Inst, op: MOp, size: u8) -> Result<()> {
        let a = self.reg(inst.a)?;
        self.emit(MInst { def, a, ..MInst::new(op, size) })
    }

    /// From 32 bits to 64, also out of memory.
    fn sign_extend(&mut self, def: u32, inst: Inst) -> Result<()> {
        if self.part_load(inst.a, 4).is_none_or(|load| load.ty != Ty::I32) {
            return self.unary(def, inst, MOp::SignExtend(4), 8);
        }
        self.fold(inst.a);
        let place = self.place(inst.a)?;
        self.emit(MInst { op: MOp::Load(4, true), size: 8, def, ..place })
    }

    fn add(&mut self, def: u32, inst: Inst) -> Result<()> {
        let size = inst.ty.bytes();
        if let Some(imm) = self.imm(inst.b) {
            let a = self.reg(inst.a)?;
            return self.emit(MInst { def, a, imm, ..MInst::new(MOp::AddImm, size) });
        }
        if self.carry(def, inst, MOp::AddCarry)? {
            return Ok(());
        }
        for (scaled, other) in [(inst.b, inst.a), (inst.a, inst.b)] {
            let Some(shl) = self.part(scaled, Op::Shl) else { continue };
            let Some(count) = self.imm(shl.b).filter(|count| (1..=3).contains(count)) else { continue };
            self.fold(scaled);
            let (base, index) = (self.reg(other)?, self.reg(shl.a)?);
            let count = count ^ i64::from(is_planted(Improvement::Operand));
            return self.emit(MInst { def, base, index, scale: 1 << count, ..MInst::new(MOp::Lea, size) });
        }
        if self.alu_mem(def, inst, Alu::Add)? {
            return Ok(());
        }
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        self.emit(MInst { def, a, b, ..MInst::new(MOp::Add, size) })
    }

    /// A sum or a difference whose right operand says whether one value is less than another.
    fn carry(&mut self, def: u32, inst: Inst, op: MOp) -> Result<bool> {
        let Some(wide) = self.part(inst.b, Op::ExtU) else { return Ok(false) };
        let less = self.part(wide.a, Op::Icmp).filter(|less| Cond::of(less.aux) == Cond::LtU);
        let Some(less) = less.filter(|less| self.func.ty(Value(less.a)) == Ty::I64) else { return Ok(false) };
        self.fold(inst.b);
        self.fold(wide.a);
        let (a, b, base) = (self.reg(inst.a)?, self.reg(less.a)?, self.reg(less.b)?);
        self.emit(MInst { def, a, b, base, ..MInst::new(op, 8) })?;
        Ok(true)
    }

    /// Arithmetic whose right operand, or either, is a load.
    fn alu_mem(&mut self, def: u32, inst: Inst, alu: Alu) -> Result<bool> {
        let size = inst.ty.bytes();
        let (mut left, mut right) = (inst.a, inst.b);
        if self.part_load(right, size).is_none() && alu != Alu::Sub {
            core::mem::swap(&mut left, &mut right);
        }
        if self.part_load(right, size).is_none() {
            return Ok(false);
        }
        self.fold(right);
        let a = self.reg(left)?;
        let place = self.place(right)?;
        self.emit(MInst { op: MOp::AluMem(alu), size, def, a, ..place })?;
        Ok(true)
    }

    fn alu(&mut self, def: u32, inst: Inst, alu: Alu) -> Result<()> {
        let size = inst.ty.bytes();
        if let Some(imm) = self.imm(inst.b) {
            let a = self.reg(inst.a)?;
            return self.emit(MInst { def, a, imm, ..MInst::new(MOp::AluImm(alu), size) });
        }
        if self.alu_mem(def, inst, alu)? {
            return Ok(());
        }
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        self.emit(MInst { def, a, b, ..MInst::new(MOp::Alu(alu), size) })
    }

    fn and(&mut self, def: u32, inst: Inst) -> Result<()> {
        let low = match self.func.as_const(Value(inst.b)) {
            Some(0xff) => 1,
            Some(0xffff) => 2,
            Some(0xffff_ffff) => 4,
            _ => return self.alu(def, inst, Alu::And),
        };
        self.unary(def, inst, MOp::MovLow, low)
    }

    fn mul(&mut self, def: u32, inst: Inst) -> Result<()> {
        let size = inst.ty.bytes();
        let Some(imm) = self.imm(inst.b) else { return self.alu(def, inst, Alu::Mul) };
        let a = self.reg(inst.a)?;
        match imm {
            3 | 5 | 9 => {
                let scale = imm as u8 - 1;
                self.emit(MInst { def, base: a, index: a, scale, ..MInst::new(MOp::Lea, size) })
            }
            _ => self.emit(MInst { def, a, imm, ..MInst::new(MOp::MulImm, size) }),
        }
    }

    fn shift(&mut self, def: u32, inst: Inst, shift: Shift) -> Result<()> {
        let size = inst.ty.bytes();
        let rotates = matches!(shift, Shift::RotateLeft | Shift::RotateRight);
        if let Some(imm) = self.imm(inst.b) {
            let a = self.reg(inst.a)?;
            if rotates && self.settings.features.bmi2 {
                let left = shift == Shift::RotateLeft;
                let imm = if left { i64::from(size) * 8 - imm } else { imm };
                return self.emit(MInst { def, a, imm, ..MInst::new(MOp::RotateX, size) });
            }
            return self.emit(MInst { def, a, imm, ..MInst::new(MOp::ShiftImm(shift), size) });
        }
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let op =
            if self.settings.features.bmi2 && !rotates { MOp::ShiftX(shift) } else { MOp::ShiftBy(shift) };
        self.emit(MInst { def, a, b, ..MInst::new(op, size) })
    }

    fn divide(&mut self, def: u32, inst: Inst) -> Result<()> {
        let size = inst.ty.bytes();
        let signed = matches!(inst.op, Op::DivS | Op::RemS);
        let rem = matches!(inst.op, Op::RemS | Op::RemU);
        let divisor = self.imm(inst.b);
        let safe = divisor.is_some_and(|divisor| divisor != 0 && divisor != -1);
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        if !safe {
            self.emit(MInst { a: b, b, ..MInst::new(MOp::Test, size) })?;
            self.trap_if(cc::EQUAL, crate::wasm::Trap::IntegerDivisionByZero)?;
        }
        self.emit(MInst { def, a, b, ..MInst::new(MOp::Div { signed, rem, safe }, size) })
    }

    fn select(&mut self, def: u32, inst: Inst) -> Result<()> {
        // Constants first: what makes them may change flags.
        let (yes, no) = (self.reg(inst.b)?, self.reg(inst.c)?);
        let code = self.condition(inst.a)?;
        let size = inst.ty.bytes();
        let select = |code, a, b| MInst { def, a, b, ..MInst::new(MOp::CMov(code), size) };
        match code {
            cc::FLOAT_EQUAL => {
                // Not equal or unordered takes the other one.
                let middle = self.fresh(inst.ty)?;
                self.emit(MInst { def: middle, ..select(cc::NOT_EQUAL, yes, no) })?;
                self.emit(select(cc::PARITY, middle, no))
            }
            cc::FLOAT_NOT_EQUAL => {
                let middle = self.fresh(inst.ty)?;
                self.emit(MInst { def: middle, ..select(cc::NOT_EQUAL, no, yes) })?;
                self.emit(select(cc::PARITY, middle, yes))
            }
            _ => self.emit(select(code, no, yes)),
        }
    }

    /// Sets flags by whether a value is not zero; the condition code.
    pub(super) fn condition(&mut self, value: u32) -> Result<u8> {
        let op = self.func.insts[Value(value)].op;
        if matches!(op, Op::Icmp | Op::Fcmp | Op::Vector)
            && let Some(inst) = self.part(value, op).filter(is_condition)
        {
            self.fold(value);
            return match op {
                Op::Icmp => self.compare(&inst),
                Op::Fcmp => self.compare_floats(&inst),
                _ => self.test_vector(&inst),
            };
        }
        if !self.test_bits(value)? {
            let a = self.reg(value)?;
            self.emit(MInst { a, b: a, ..MInst::new(MOp::Test, 4) })?;
        }
        Ok(cc::NOT_EQUAL)
    }

    /// Sets flags by whether two values have bits in common, if a value says no more.
    fn test_bits(&mut self, value: u32) -> Result<bool> {
        let Some(and) = self.part(value, Op::And) else { return Ok(false) };
        self.fold(value);
        let size = and.ty.bytes();
        let a = self.reg(and.a)?;
        match self.imm(and.b) {
            Some(imm) => self.emit(MInst { a, imm, ..MInst::new(MOp::TestImm, size) })?,
            None => {
                let b = self.reg(and.b)?;
                self.emit(MInst { a, b, ..MInst::new(MOp::Test, size) })?;
            }
        }
        Ok(true)
    }

    /// Sets flags by a comparison of integers; the condition code.
    fn compare(&mut self, inst: &Inst) -> Result<u8> {
        let cond = Cond::of(inst.aux);
        let size = self.func.ty(Value(inst.a)).bytes();
        let (mut left, mut right, mut code) = (inst.a, inst.b, code_of(cond));
        if let Some(imm) = self.imm(right) {
            return self.compare_imm(left, imm, size, cond);
        }
        if self.part_load(right, size).is_none() && self.part_load(left, size).is_some() {
            core::mem::swap(&mut left, &mut right);
            code = code_of(cond.swapped());
        }
        if self.part_load(right, size).is_some() {
            self.fold(right);
            let a = self.reg(left)?;
            let place = self.place(right)?;
            self.emit(MInst { op: MOp::CmpMem, size, a, ..place })?;
            return Ok(code);
        }
        let (a, b) = (self.reg(left)?, self.reg(right)?);
        self.emit(MInst { a, b, ..MInst::new(MOp::Cmp, size) })?;
        Ok(code)
    }

    fn compare_imm(&mut self, left: u32, imm: i64, size: u8, cond: Cond) -> Result<u8> {
        if imm == 0
            && matches!(cond, Cond::Eq | Cond::Ne)
            && let Some(test) = self.part(left, Op::Vector).filter(is_condition)
        {
            self.fold(left);
            let code = self.test_vector(&test)?;
            return Ok(if cond == Cond::Ne { code } else { cc::not(code) });
        }
        if imm == 0 && matches!(cond, Cond::Eq | Cond::Ne) && self.test_bits(left)? {
            return Ok(code_of(cond));
        }
        if let Some(code) = self.compare_byte(left, imm, cond)? {
            return Ok(code);
        }
        if self.part_load(left, size).is_some() {
            self.fold(left);
            let place = self.place(left)?;
            self.emit(MInst { op: MOp::CmpMemImm, size, imm, ..place })?;
            return Ok(code_of(cond));
        }
        let a = self.reg(left)?;
        if imm == 0 && matches!(cond, Cond::Eq | Cond::Ne | Cond::LtS | Cond::GeS) {
            self.emit(MInst { a, b: a, ..MInst::new(MOp::Test, size) })?;
        } else {
            self.emit(MInst { a, imm, ..MInst::new(MOp::CmpImm, size) })?;
        }
        Ok(code_of(cond))
    }

    /// A comparison of a byte, in a register or in memory, with a constant that is one. It has no sign: comparisons that
    /// look at it are those that do not.
    fn compare_byte(&mut self, left: u32, imm: i64, cond: Cond) -> Result<Option<u8>> {
        if !(0..256).contains(&imm) {
            return Ok(None);
        }
        let code = code_of(cond.without_sign());
        // The same eight bits.
        let imm = i64::from(imm as u8 as i8);
        if self.part_load(left, 1).is_some_and(|load| !Access::of(load.aux).signed) {
            self.fold(left);
            let place = self.place(left)?;
            self.emit(MInst { op: MOp::CmpMemImm, size: 1, imm, ..place })?;
            return Ok(Some(code));
        }
        let Some(and) = self.part(left, Op::And).filter(|and| self.imm(and.b) == Some(0xff)) else {
            return Ok(None);
        };
        self.fold(left);
        let a = self.reg(and.a)?;
        self.emit(MInst { a, imm, ..MInst::new(MOp::CmpImm, 1) })?;
        Ok(Some(code))
    }

    pub(super) fn compare_floats(&mut self, inst: &Inst) -> Result<u8> {
        let (code, swap) = match FloatCond::of(inst.aux) {
            FloatCond::Eq => (cc::FLOAT_EQUAL, false),
            FloatCond::Ne => (cc::FLOAT_NOT_EQUAL, false),
            FloatCond::Lt => (cc::ABOVE, true),
            FloatCond::Gt => (cc::ABOVE, false),
            FloatCond::Le => (cc::NOT_BELOW, true),
            FloatCond::Ge => (cc::NOT_BELOW, false),
            FloatCond::Nlt => (cc::NOT_ABOVE, true),
            FloatCond::Ngt => (cc::NOT_ABOVE, false),
            FloatCond::Nle => (cc::BELOW, true),
            FloatCond::Nge => (cc::BELOW, false),
        };
        let size = self.func.ty(Value(inst.a)).bytes();
        let (left, right) = if swap { (inst.b, inst.a) } else { (inst.a, inst.b) };
        let op = if size == 4 { Xmm::Ucomiss } else { Xmm::Ucomisd };
        let a = self.reg(left)?;
        self.put(NONE, op, a, Arg::Value(right), 0)?;
        Ok(code)
    }

    pub(super) fn store(&mut self, store: u32, inst: Inst) -> Result<()> {
        let bytes = Access::of(inst.aux).bytes;
        let done = match self.func.insts[Value(inst.b)].op {
            Op::Add | Op::And | Op::Or | Op::Xor => self.modify(inst, bytes)?,
            Op::Vector => self.store_lane(store, inst, bytes)?,
            _ => false,
        };
        if done {
            return Ok(());
        }
        let place = self.place(store)?;
        if let Some(imm) = self.imm(inst.b) {
            return self.emit(MInst { op: MOp::StoreImm(bytes), size: bytes, imm, ..place });
        }
        let a = self.reg(inst.b)?;
        let size = self.func.ty(Value(inst.b)).bytes();
        self.emit(MInst { op: MOp::Store(bytes), size, a, ..place })
    }

    /// A store of what was loaded from the same place and changed.
    fn modify(&mut self, inst: Inst, bytes: u8) -> Result<bool> {
        const OPS: [(Op, Alu); 4] =
            [(Op::Add, Alu::Add), (Op::And, Alu::And), (Op::Or, Alu::Or), (Op::Xor, Alu::Xor)];
        for (op, alu) in OPS {
            let Some(change) = self.part(inst.b, op) else { continue };
            let Some(load) = self.part_load(change.a, bytes) else { continue };
            let host = Access::of(load.aux).host == Access::of(inst.aux).host;
            let same = host && load.a == inst.a && load.b == inst.c && change.ty.bytes() == bytes;
            if !same || change.a == change.b {
                continue;
            }
            self.fold(inst.b);
            self.fold(change.a);
            // The load comes first, and has looked whether the place is in bounds.
            let place = self.place(change.a)?;
            match self.imm(change.b) {
                Some(imm) => {
                    self.emit(MInst { op: MOp::AluToMemImm(alu), size: bytes, imm, ..place })?;
                }
                None => {
                    let a = self.reg(change.b)?;
                    self.emit(MInst { op: MOp::AluToMem(alu), size: bytes, a, ..place })?;
                }
            }
            return Ok(true);
        }
        Ok(false)
    }
}

/// Whether an instruction gives 0 or 1, as flags if need be.
fn is_condition(inst: &Inst) -> bool {
    inst.op != Op::Vector || Vector::of(inst.aux).is_test()
}

fn code_of(cond: Cond) -> u8 {
    match cond {
        Cond::Eq => cc::EQUAL,
        Cond::Ne => cc::NOT_EQUAL,
        Cond::LtS => cc::LESS,
        Cond::LtU => cc::BELOW,
        Cond::GtS => cc::GREATER,
        Cond::GtU => cc::ABOVE,
        Cond::LeS => cc::NOT_GREATER,
        Cond::LeU => cc::NOT_ABOVE,
        Cond::GeS => cc::NOT_LESS,
        Cond::GeU => cc::NOT_BELOW,
    }
}

/// Whether a type is one of vector registers.
pub(super) const fn is_float(ty: Ty) -> bool {
    matches!(ty, Ty::F32 | Ty::F64 | Ty::V128)
}
