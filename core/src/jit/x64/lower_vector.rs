//! Lowering of operators on vectors: most are one instruction, by the table; and what all of them are made with.
//!
//! In: an instruction. Out: the machine instructions for it. An operand that is a constant stays behind the code, and
//! one that is loaded for it alone in memory, where the instruction may have it there: without AVX it must be aligned,
//! which only constants are.

use super::inst::{MInst, MOp, cc};
use super::lower::Lowering;
use super::xmm::{Form, Last, Xmm};
use crate::jit::Result;
use crate::jit::ir::{Inst, NONE, Op, Ty, Value, Vector, for_each_vector};

/// The last operand of an instruction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arg {
    None,
    /// A value, which may become a part of the instruction.
    Value(u32),
    /// A virtual register.
    Reg(u32),
    Const(u128),
}

pub(super) const ZERO: u128 = 0;
pub(super) const ONES: u128 = u128::MAX;
pub(super) const ONES_8: u128 = ONES / 0xff;
pub(super) const ONES_16: u128 = ONES / 0xffff;
pub(super) const ONES_32: u128 = ONES / 0xffff_ffff;
pub(super) const ONES_64: u128 = 1 | 1 << 64;
pub(super) const SIGN_32: u128 = ONES_32 << 31;
pub(super) const SIGN_64: u128 = ONES_64 << 63;
pub(super) const MAGNITUDE_32: u128 = !SIGN_32;
pub(super) const MAGNITUDE_64: u128 = !SIGN_64;

/// How an operator is lowered.
enum Pattern {
    /// By one instruction, with this immediate.
    One(Xmm, u8),
    /// By one with its operands the other way round.
    Swap(Xmm, u8),
    /// By one whose immediate is the lane.
    Lane(Xmm),
    /// By one with this constant.
    With(Xmm, u128),
    /// By the opposite of one.
    Not(Xmm),
    /// By two: the second compares what the first gives with the left operand.
    Pair(Xmm, Xmm),
    /// By the opposite of that.
    NotPair(Xmm, Xmm),
    /// By several.
    By(fn(&mut Lowering<'_>, u32, Inst) -> Result<()>),
}

macro_rules! pattern {
    (one $op:ident) => { Pattern::One(Xmm::$op, 0) };
    (one $op:ident $imm:literal) => { Pattern::One(Xmm::$op, $imm) };
    (swap $op:ident) => { Pattern::Swap(Xmm::$op, 0) };
    (swap $op:ident $imm:literal) => { Pattern::Swap(Xmm::$op, $imm) };
    (lane $op:ident) => { Pattern::Lane(Xmm::$op) };
    (with $op:ident $bits:ident) => { Pattern::With(Xmm::$op, $bits) };
    (not $op:ident) => { Pattern::Not(Xmm::$op) };
    (pair $first:ident $second:ident) => { Pattern::Pair(Xmm::$first, Xmm::$second) };
    (not_pair $first:ident $second:ident) => { Pattern::NotPair(Xmm::$first, Xmm::$second) };
    (by $function:ident($($arg:tt),*)) => {
        Pattern::By(|lowering, def, inst| lowering.$function(def, inst, $(pattern!(arg $arg)),*))
    };
    (arg $op:ident) => { pattern!(ident $op) };
    (arg $value:literal) => { $value };
    (ident true) => { true };
    (ident false) => { false };
    (ident $op:ident) => { Xmm::$op };
}

macro_rules! patterns {
    (
        unary { $($un:ident $uv:ident ($($up:tt)*);)* }
        binary { $($bn:ident $bv:ident ($($bp:tt)*);)* }
        ternary { $($tn:ident $tv:ident ($($tp:tt)*);)* }
        shift { $($sn:ident $sv:ident ($($sp:tt)*);)* }
        test { $($en:ident $ev:ident ($($ep:tt)*);)* }
        splat { $($pn:ident $pt:ident $pv:ident ($($pp:tt)*);)* }
        extract { $($xn:ident $xt:ident $xv:ident ($($xp:tt)*);)* }
        replace { $($rn:ident $rt:ident $rv:ident ($($rp:tt)*);)* }
        again { $($again:tt)* }
    ) => {
        /// By operator.
        static PATTERNS: &[Pattern] = &[
            $(pattern!($($up)*),)*
            $(pattern!($($bp)*),)*
            $(pattern!($($tp)*),)*
            $(pattern!($($sp)*),)*
            $(pattern!($($ep)*),)*
            $(pattern!($($pp)*),)*
            $(pattern!($($xp)*),)*
            $(pattern!($($rp)*),)*
        ];
    };
}
for_each_vector!(patterns);

impl Lowering<'_> {
    pub(super) fn vector(&mut self, value: Value, inst: Inst) -> Result<()> {
        let def = value.0;
        match inst.op {
            Op::Shuffle => return self.shuffle(def, inst),
            Op::Canon => return self.canonical(def, inst),
            _ => {}
        }
        match &PATTERNS[Vector::of(inst.aux) as usize] {
            Pattern::One(op, imm) => self.one(def, *op, inst, *imm),
            Pattern::Swap(op, imm) => {
                let a = self.reg(inst.b)?;
                self.put(def, *op, a, Arg::Value(inst.a), *imm)
            }
            Pattern::Lane(op) => {
                let (a, lane) = (self.reg(inst.a)?, Vector::lane(inst.aux));
                let last = if inst.b == NONE { Arg::None } else { Arg::Value(inst.b) };
                self.put(def, *op, a, last, lane)
            }
            Pattern::With(op, bits) => {
                let a = self.reg(inst.a)?;
                self.put(def, *op, a, Arg::Const(*bits), 0)
            }
            Pattern::Not(op) => {
                let equal = self.fresh(Ty::V128)?;
                self.one(equal, *op, inst, 0)?;
                self.opposite(def, equal)
            }
            Pattern::Pair(first, second) => {
                let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
                let more = self.make(*first, a, Arg::Reg(b), 0)?;
                self.put(def, *second, more, Arg::Reg(a), 0)
            }
            Pattern::NotPair(first, second) => {
                let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
                let more = self.make(*first, a, Arg::Reg(b), 0)?;
                let equal = self.make(*second, more, Arg::Reg(a), 0)?;
                self.opposite(def, equal)
            }
            Pattern::By(lower) => lower(self, def, inst),
        }
    }

    /// An operator that is one instruction.
    pub(super) fn one(&mut self, def: u32, op: Xmm, inst: Inst, imm: u8) -> Result<()> {
        let row = op.row();
        match row.form {
            Form::ToGeneral => {
                let a = self.reg(inst.a)?;
                self.put(def, op, a, Arg::None, imm)
            }
            _ if inst.b == NONE => self.put(def, op, NONE, Arg::Value(inst.a), imm),
            _ => {
                let (mut left, mut right) = (inst.a, inst.b);
                if row.commutes && self.may_be_last(op, left) && !self.may_be_last(op, right) {
                    core::mem::swap(&mut left, &mut right);
                }
                let a = self.reg(left)?;
                self.put(def, op, a, Arg::Value(right), imm)
            }
        }
    }

    /// Whether a value may be an operand that is in no register.
    fn may_be_last(&self, op: Xmm, value: u32) -> bool {
        self.func.bits(Value(value)).is_some() || self.loaded(op, value).is_some()
    }

    /// The load that an instruction may have as its last operand.
    fn loaded(&self, op: Xmm, value: u32) -> Option<Inst> {
        let bytes = op.row().bytes;
        if bytes == 16 && !self.settings.features.avx { None } else { self.part_load(value, bytes) }
    }

    fn opposite(&mut self, def: u32, of: u32) -> Result<()> {
        self.put(def, Xmm::Pxor, of, Arg::Const(ONES), 0)
    }

    /// Emits an instruction. Where it has one operand, that is the last one.
    pub(super) fn put(&mut self, def: u32, op: Xmm, a: u32, last: Arg, imm: u8) -> Result<()> {
        let vex = self.settings.features.avx;
        let inst = MInst { def, a, imm: i64::from(imm), ..MInst::new(MOp::Ret, 16) };
        let mop = |last| MOp::Xmm { op, last, vex };
        let reg = match last {
            Arg::None => return self.emit(MInst { op: mop(Last::Reg), ..inst }),
            Arg::Reg(reg) => reg,
            Arg::Const(0) => self.known(0)?,
            Arg::Const(bits) => {
                let ty = if op.row().bytes == 16 { Ty::V128 } else { Ty::F64 };
                let Some(kept) = self.kept_constant(bits, ty)? else {
                    let disp = self.room.code.constant(bits)? as i32;
                    return self.emit(MInst { op: mop(Last::Const), disp, ..inst });
                };
                kept
            }
            Arg::Value(value) => match (self.loaded(op, value), self.func.bits(Value(value))) {
                (Some(_), _) => {
                    self.fold(value);
                    let place = self.place(value)?;
                    let imm = inst.imm;
                    return self.emit(MInst { op: mop(Last::Mem), size: 16, def, a, imm, ..place });
                }
                (None, Some(bits)) if bits != 0 && !self.func.ty(Value(value)).is_int() => {
                    return self.put(def, op, a, Arg::Const(bits), imm);
                }
                _ => self.reg(value)?,
            },
        };
        // A slot may be too small.
        let slot = if self.room.code.types[reg as usize] == Ty::V128 { 16 } else { 8 };
        let last = if slot >= op.row().bytes { Last::Any } else { Last::Reg };
        let unary = matches!(op.row().form, Form::Unary | Form::UnaryImm | Form::Merging | Form::MergingImm);
        let (a, b) = if unary { (reg, NONE) } else { (a, reg) };
        self.emit(MInst { op: mop(last), a, b, ..inst })
    }

    /// The same into a new register.
    pub(super) fn make(&mut self, op: Xmm, a: u32, last: Arg, imm: u8) -> Result<u32> {
        let def = self.fresh(Ty::V128)?;
        self.put(def, op, a, last, imm)?;
        Ok(def)
    }

    /// An instruction with one operand, into a new register.
    pub(super) fn make_of(&mut self, op: Xmm, of: u32, imm: u8) -> Result<u32> {
        let shifts = op.row().form == Form::ShiftImm;
        if shifts { self.make(op, of, Arg::None, imm) } else { self.make(op, NONE, Arg::Reg(of), imm) }
    }

    /// A register with a constant.
    pub(super) fn known(&mut self, bits: u128) -> Result<u32> {
        if let Some(kept) = self.kept_constant(bits, Ty::V128)? {
            return Ok(kept);
        }
        let def = self.fresh(Ty::V128)?;
        let imm = self.room.code.constant(bits)?;
        self.emit(MInst { def, imm, ..MInst::new(MOp::MovConst, 16) })?;
        Ok(def)
    }

    /// Flags by a test of a vector; the condition code. No lane is zero if none is equal to zero.
    pub(super) fn test_vector(&mut self, inst: &Inst) -> Result<u8> {
        let compare = match Vector::of(inst.aux) {
            Vector::I8x16AllTrue => Xmm::Pcmpeqb,
            Vector::I16x8AllTrue => Xmm::Pcmpeqw,
            Vector::I32x4AllTrue => Xmm::Pcmpeqd,
            Vector::I64x2AllTrue => Xmm::Pcmpeqq,
            _ => {
                let a = self.reg(inst.a)?;
                self.put(NONE, Xmm::Ptest, a, Arg::Reg(a), 0)?;
                return Ok(cc::NOT_EQUAL);
            }
        };
        let zero = self.known(0)?;
        let zeros = self.make(compare, zero, Arg::Value(inst.a), 0)?;
        self.put(NONE, Xmm::Ptest, zeros, Arg::Reg(zeros), 0)?;
        Ok(cc::EQUAL)
    }

    pub(super) fn test(&mut self, def: u32, inst: Inst) -> Result<()> {
        let code = self.test_vector(&inst)?;
        self.emit(MInst { def, ..MInst::new(MOp::SetCc(code), 4) })
    }

    /// A store of a lane, as an operand in memory.
    pub(super) fn store_lane(&mut self, store: u32, of: Inst, bytes: u8) -> Result<bool> {
        let Some(inst) = self.part(of.b, Op::Vector) else { return Ok(false) };
        let (op, lane_bytes) = match Vector::of(inst.aux) {
            Vector::I8x16ExtractLaneS | Vector::I8x16ExtractLaneU => (Xmm::Pextrb, 1),
            Vector::I16x8ExtractLaneS | Vector::I16x8ExtractLaneU => (Xmm::Pextrw, 2),
            Vector::I32x4ExtractLane | Vector::F32x4ExtractLane => (Xmm::Pextrd, 4),
            Vector::I64x2ExtractLane | Vector::F64x2ExtractLane => (Xmm::Pextrq, 8),
            _ => return Ok(false),
        };
        if lane_bytes != bytes {
            return Ok(false);
        }
        self.fold(of.b);
        let lane = Vector::lane(inst.aux);
        let a = self.reg(inst.a)?;
        let place = self.place(store)?;
        if lane == 0 && bytes >= 4 {
            self.emit(MInst { op: MOp::Store(bytes), size: 16, a, ..place })?;
        } else {
            let op = MOp::Xmm { op, last: Last::Mem, vex: self.settings.features.avx };
            self.emit(MInst { op, size: 16, a, imm: i64::from(lane), ..place })?;
        }
        Ok(true)
    }

    /// The canonical NaN in place of any.
    fn canonical(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        let (nan, compare) = match (inst.ty, inst.aux) {
            (Ty::F32, _) | (_, 4) => (0x7fc0_0000 * ONES_32, Xmm::Cmpps),
            _ => (0x7ff8_0000_0000_0000 * ONES_64, Xmm::Cmppd),
        };
        if inst.ty != Ty::V128 {
            let imm = self.room.code.constant(nan)?;
            return self.emit(MInst { def, a, imm, ..MInst::new(MOp::FCanon, inst.ty.bytes()) });
        }
        let ordered = self.make(compare, a, Arg::Reg(a), 7)?;
        let kept = self.make(Xmm::Pand, a, Arg::Reg(ordered), 0)?;
        let nans = self.make(Xmm::Pandn, ordered, Arg::Const(nan), 0)?;
        self.put(def, Xmm::Por, kept, Arg::Reg(nans), 0)
    }
}
