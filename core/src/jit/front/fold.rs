//! What an instruction is when its operands are known: constants folded, identities used.
//!
//! In: a pure instruction. Out: a value that it is, or a simpler instruction. What operators compute,
//! [`num`] says, as for the interpreter. Rules go one way only; none looks deeper than one operand.

use core::cmp::Ordering;

use super::Front;
use crate::jit::Result;
use crate::jit::improve::{Improvement, is_planted};
use crate::jit::ir::{Cond, FloatCond, Inst, Op, Ty, Value};
use crate::wasm::num;

/// What became of an instruction.
pub(super) enum Folded {
    /// It is this value.
    Is(Value),
    /// It is this instruction, which may be the same.
    Inst(Inst),
}

/// The low bits of a value of this type.
fn mask(ty: Ty) -> u64 {
    if ty == Ty::I32 { u64::from(u32::MAX) } else { u64::MAX }
}

impl Front<'_> {
    /// Makes an instruction simpler, or does without it.
    pub(super) fn fold(&mut self, mut inst: Inst) -> Result<Folded> {
        if inst.op.commutes() && self.constant(inst.a).is_some() {
            core::mem::swap(&mut inst.a, &mut inst.b);
        }
        let (a, b) = (self.constant(inst.a), self.constant(inst.b));
        match inst.op {
            Op::Add
            | Op::Sub
            | Op::Mul
            | Op::And
            | Op::Or
            | Op::Xor
            | Op::Shl
            | Op::ShrS
            | Op::ShrU
            | Op::Rotl
            | Op::Rotr => match (a, b) {
                (Some(a), Some(b)) => self.is_const(inst.ty, integer(inst.op, inst.ty, a, b)),
                (_, Some(b)) => self.fold_right(inst, b),
                _ => self.fold_same(inst),
            },
            Op::Clz | Op::Ctz | Op::Popcnt | Op::Ext8 | Op::Ext16 | Op::Ext32 => match a {
                Some(a) => self.is_const(inst.ty, integer_unary(inst.op, inst.ty, a)),
                None => Ok(Folded::Inst(inst)),
            },
            Op::Wrap | Op::ExtS | Op::ExtU => self.fold_width(inst, a),
            Op::Icmp => self.fold_icmp(inst, a, b),
            Op::Fcmp => match (a, b) {
                (Some(a), Some(b)) => {
                    let holds = float_holds(FloatCond::of(inst.aux), self.ty(inst.a), a, b);
                    self.is_const(Ty::I32, u64::from(holds))
                }
                (Some(_), None) => {
                    let aux = FloatCond::of(inst.aux).swapped() as u16;
                    Ok(Folded::Inst(Inst { a: inst.b, b: inst.a, aux, ..inst }))
                }
                _ => Ok(Folded::Inst(inst)),
            },
            Op::Select => match a {
                Some(0) => Ok(Folded::Is(Value(inst.c))),
                Some(_) => Ok(Folded::Is(Value(inst.b))),
                None if inst.b == inst.c => Ok(Folded::Is(Value(inst.b))),
                None => Ok(Folded::Inst(inst)),
            },
            Op::Bitcast => match a {
                Some(a) => self.is_const(inst.ty, a),
                None => Ok(Folded::Inst(inst)),
            },
            Op::Vector => self.fold_vector(inst),
            _ => Ok(Folded::Inst(inst)),
        }
    }

    fn constant(&self, value: u32) -> Option<u64> {
        self.func.as_const(Value(value))
    }

    fn is_const(&mut self, ty: Ty, bits: u64) -> Result<Folded> {
        Ok(Folded::Is(self.const_value(ty, bits)?))
    }

    /// An operator whose right operand is a constant.
    fn fold_right(&mut self, inst: Inst, b: u64) -> Result<Folded> {
        let bits = if inst.ty == Ty::I32 { 32 } else { 64 };
        let with = |op: Op, right: Value| Folded::Inst(Inst { op, b: right.0, ..inst });
        match (inst.op, b) {
            (Op::Add | Op::Sub | Op::Or | Op::Xor, 0) | (Op::Mul, 1) => Ok(Folded::Is(Value(inst.a))),
            (Op::Mul | Op::And, 0) => self.is_const(inst.ty, 0),
            (Op::And, all) if all == mask(inst.ty) => Ok(Folded::Is(Value(inst.a))),
            (Op::Shl | Op::ShrS | Op::ShrU | Op::Rotl | Op::Rotr, count) if count % bits == 0 => {
                Ok(Folded::Is(Value(inst.a)))
            }
            (Op::Rotr, count) => {
                let wrong = u64::from(is_planted(Improvement::Fold));
                let count = self.const_value(inst.ty, bits - count % bits - wrong)?;
                Ok(with(Op::Rotl, count))
            }
            (Op::Shl | Op::ShrS | Op::ShrU | Op::Rotl, count) if count >= bits => {
                let count = self.const_value(inst.ty, count % bits)?;
                Ok(with(inst.op, count))
            }
            (Op::Mul, factor) if factor.is_power_of_two() => {
                let count = self.const_value(inst.ty, u64::from(factor.trailing_zeros()))?;
                Ok(with(Op::Shl, count))
            }
            (Op::Sub, b) => {
                let negated = self.const_value(inst.ty, b.wrapping_neg() & mask(inst.ty))?;
                self.fold(Inst { op: Op::Add, b: negated.0, ..inst })
            }
            (Op::Add | Op::And | Op::Or | Op::Xor, b) => {
                // (x op c) op b is x op (c op b).
                let left = self.func.insts[Value(inst.a)];
                if left.op == inst.op
                    && let Some(c) = self.constant(left.b)
                {
                    let both = self.const_value(inst.ty, integer(inst.op, inst.ty, c, b))?;
                    return self.fold(Inst { a: left.a, b: both.0, ..inst });
                }
                Ok(Folded::Inst(inst))
            }
            _ => Ok(Folded::Inst(inst)),
        }
    }

    /// An operator on twice the same value.
    fn fold_same(&mut self, inst: Inst) -> Result<Folded> {
        match inst.op {
            Op::Sub | Op::Xor if inst.a == inst.b => self.is_const(inst.ty, 0),
            Op::And | Op::Or if inst.a == inst.b => Ok(Folded::Is(Value(inst.a))),
            _ => Ok(Folded::Inst(inst)),
        }
    }

    fn fold_width(&mut self, inst: Inst, a: Option<u64>) -> Result<Folded> {
        if let Some(a) = a {
            let low = a as u32;
            let bits = if inst.op == Op::ExtS { low as i32 as i64 as u64 } else { u64::from(low) };
            return self.is_const(inst.ty, bits);
        }
        let left = self.func.insts[Value(inst.a)];
        match (inst.op, left.op) {
            (Op::Wrap, Op::ExtS | Op::ExtU) => Ok(Folded::Is(Value(left.a))),
            _ => Ok(Folded::Inst(inst)),
        }
    }

    fn fold_icmp(&mut self, mut inst: Inst, mut a: Option<u64>, mut b: Option<u64>) -> Result<Folded> {
        let ty = self.ty(inst.a);
        if a.is_some() && b.is_none() {
            core::mem::swap(&mut inst.a, &mut inst.b);
            core::mem::swap(&mut a, &mut b);
            inst.aux = Cond::of(inst.aux).swapped() as u16;
        }
        let cond = Cond::of(inst.aux);
        if let (Some(a), Some(b)) = (a, b) {
            return self.is_const(Ty::I32, u64::from(holds(cond, ty, a, b)));
        }
        if inst.a == inst.b {
            let equal = matches!(cond, Cond::Eq | Cond::LeS | Cond::LeU | Cond::GeS | Cond::GeU);
            return self.is_const(Ty::I32, u64::from(equal));
        }
        let left = self.func.insts[Value(inst.a)];
        match (cond, b) {
            // A comparison compared with zero is itself, or its opposite.
            (Cond::Ne, Some(0)) if matches!(left.op, Op::Icmp | Op::Fcmp) => Ok(Folded::Is(Value(inst.a))),
            (Cond::Eq, Some(0)) if left.op == Op::Icmp => {
                let aux = Cond::of(left.aux).not() as u16;
                Ok(Folded::Inst(Inst { aux, ..left }))
            }
            (Cond::Eq, Some(0)) if left.op == Op::Fcmp => {
                let aux = FloatCond::of(left.aux).not() as u16;
                Ok(Folded::Inst(Inst { aux, ..left }))
            }
            (Cond::Eq | Cond::Ne, Some(0)) if matches!(left.op, Op::ExtU | Op::ExtS) => {
                let zero = self.const_value(Ty::I32, 0)?;
                Ok(Folded::Inst(Inst { a: left.a, b: zero.0, ..inst }))
            }
            (Cond::LtU, Some(1)) => self.against_zero(inst, ty, Cond::Eq),
            (Cond::GeU, Some(1)) | (Cond::GtU, Some(0)) => self.against_zero(inst, ty, Cond::Ne),
            _ => Ok(Folded::Inst(inst)),
        }
    }

    fn against_zero(&mut self, inst: Inst, ty: Ty, cond: Cond) -> Result<Folded> {
        let zero = self.const_value(ty, 0)?;
        self.fold(Inst { aux: cond as u16, b: zero.0, ..inst })
    }
}

fn integer(op: Op, ty: Ty, a: u64, b: u64) -> u64 {
    if ty == Ty::I32 {
        let (a, b) = (a as i32, b as i32);
        let result = match op {
            Op::Add => num::i32_add(a, b),
            Op::Sub => num::i32_sub(a, b),
            Op::Mul => num::i32_mul(a, b),
            Op::And => num::i32_and(a, b),
            Op::Or => num::i32_or(a, b),
            Op::Xor => num::i32_xor(a, b),
            Op::Shl => num::i32_shl(a, b),
            Op::ShrS => num::i32_shr_s(a, b),
            Op::ShrU => num::i32_shr_u(a, b),
            Op::Rotl => num::i32_rotl(a, b),
            _ => num::i32_rotr(a, b),
        };
        return u64::from(result as u32);
    }
    let (a, b) = (a as i64, b as i64);
    let result = match op {
        Op::Add => num::i64_add(a, b),
        Op::Sub => num::i64_sub(a, b),
        Op::Mul => num::i64_mul(a, b),
        Op::And => num::i64_and(a, b),
        Op::Or => num::i64_or(a, b),
        Op::Xor => num::i64_xor(a, b),
        Op::Shl => num::i64_shl(a, b),
        Op::ShrS => num::i64_shr_s(a, b),
        Op::ShrU => num::i64_shr_u(a, b),
        Op::Rotl => num::i64_rotl(a, b),
        _ => num::i64_rotr(a, b),
    };
    result as u64
}

fn integer_unary(op: Op, ty: Ty, a: u64) -> u64 {
    if ty == Ty::I32 {
        let a = a as i32;
        let result = match op {
            Op::Clz => num::i32_clz(a),
            Op::Ctz => num::i32_ctz(a),
            Op::Popcnt => num::i32_popcnt(a),
            Op::Ext8 => num::i32_extend8_s(a),
            _ => num::i32_extend16_s(a),
        };
        return u64::from(result as u32);
    }
    let a = a as i64;
    let result = match op {
        Op::Clz => num::i64_clz(a),
        Op::Ctz => num::i64_ctz(a),
        Op::Popcnt => num::i64_popcnt(a),
        Op::Ext8 => num::i64_extend8_s(a),
        Op::Ext16 => num::i64_extend16_s(a),
        _ => num::i64_extend32_s(a),
    };
    result as u64
}

/// Whether a comparison of integers holds.
fn holds(cond: Cond, ty: Ty, a: u64, b: u64) -> bool {
    let signed = |x: u64| if ty == Ty::I32 { i64::from(x as i32) } else { x as i64 };
    let (x, y) = (signed(a), signed(b));
    match cond {
        Cond::Eq => a == b,
        Cond::Ne => a != b,
        Cond::LtS => x < y,
        Cond::LtU => a < b,
        Cond::GtS => x > y,
        Cond::GtU => a > b,
        Cond::LeS => x <= y,
        Cond::LeU => a <= b,
        Cond::GeS => x >= y,
        Cond::GeU => a >= b,
    }
}

fn float_holds(cond: FloatCond, ty: Ty, a: u64, b: u64) -> bool {
    let float = |x: u64| if ty == Ty::F32 { f64::from(f32::from_bits(x as u32)) } else { f64::from_bits(x) };
    let order = float(a).partial_cmp(&float(b));
    let is = |orders: &[Ordering]| order.is_some_and(|order| orders.contains(&order));
    match cond {
        FloatCond::Eq => is(&[Ordering::Equal]),
        FloatCond::Ne => !is(&[Ordering::Equal]),
        FloatCond::Lt => is(&[Ordering::Less]),
        FloatCond::Gt => is(&[Ordering::Greater]),
        FloatCond::Le => is(&[Ordering::Less, Ordering::Equal]),
        FloatCond::Ge => is(&[Ordering::Greater, Ordering::Equal]),
        FloatCond::Nlt => !is(&[Ordering::Less]),
        FloatCond::Ngt => !is(&[Ordering::Greater]),
        FloatCond::Nle => !is(&[Ordering::Less, Ordering::Equal]),
        FloatCond::Nge => !is(&[Ordering::Greater, Ordering::Equal]),
    }
}
