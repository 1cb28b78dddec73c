//! Division by a constant, without dividing.
//!
//! In: a division or a remainder whose right operand is known and not zero. Out: shifts and products that give the same.
//! By powers of two for both widths; by other numbers for 32 bits, where the product fits a register of 64
//! (T. Granlund and P. L. Montgomery, *Division by Invariant Integers using Multiplication*, 1994). A division by -1 is
//! left alone, for one of its quotients does not exist.

use super::Front;
use crate::jit::Result;
use crate::jit::ir::{Inst, NONE, Op, Ty, Value};

impl Front<'_> {
    /// A division by a constant, as something else.
    pub(super) fn simple_division(&mut self, inst: &Inst) -> Result<Option<Value>> {
        let Some(by) = self.func.as_const(Value(inst.b)).filter(|by| *by != 0) else { return Ok(None) };
        let (ty, a) = (inst.ty, Value(inst.a));
        let signed = if ty == Ty::I32 { i64::from(by as i32) } else { by as i64 };
        match inst.op {
            Op::RemU if by.is_power_of_two() => {
                let low = self.const_value(ty, by - 1)?;
                self.binary(Op::And, ty, a, low).map(Some)
            }
            Op::RemS if signed == -1 => self.const_value(ty, 0).map(Some),
            Op::RemS if signed == i64::MIN => Ok(None),
            Op::RemU => self.remainder(Op::DivU, inst, by),
            // A remainder has the dividend's sign.
            Op::RemS => self.remainder(Op::DivS, inst, signed.unsigned_abs()),
            Op::DivU => self.quotient(Op::DivU, ty, a, by),
            Op::DivS if signed == -1 || signed == i64::MIN => Ok(None),
            Op::DivS => {
                let Some(quotient) = self.quotient(Op::DivS, ty, a, signed.unsigned_abs())? else {
                    return Ok(None);
                };
                if signed > 0 {
                    return Ok(Some(quotient));
                }
                let zero = self.const_value(ty, 0)?;
                self.binary(Op::Sub, ty, zero, quotient).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What is left of the dividend without so many times the divisor.
    fn remainder(&mut self, op: Op, inst: &Inst, by: u64) -> Result<Option<Value>> {
        let (ty, a) = (inst.ty, Value(inst.a));
        let Some(quotient) = self.quotient(op, ty, a, by)? else { return Ok(None) };
        let by = self.const_value(ty, by)?;
        let whole = self.binary(Op::Mul, ty, quotient, by)?;
        self.binary(Op::Sub, ty, a, whole).map(Some)
    }

    /// The quotient by a positive number, which is at most the greatest magnitude of the type.
    fn quotient(&mut self, op: Op, ty: Ty, a: Value, by: u64) -> Result<Option<Value>> {
        match (op, ty) {
            (Op::DivU, _) if by.is_power_of_two() => {
                self.shift(Op::ShrU, ty, a, by.trailing_zeros()).map(Some)
            }
            (Op::DivS, _) if by.is_power_of_two() => self.shifted(ty, a, by.trailing_zeros()).map(Some),
            (Op::DivU, Ty::I32) => self.unsigned(a, by).map(Some),
            (Op::DivS, Ty::I32) => self.signed(a, by).map(Some),
            _ => Ok(None),
        }
    }

    fn shift(&mut self, op: Op, ty: Ty, a: Value, count: u32) -> Result<Value> {
        let count = self.const_value(ty, u64::from(count))?;
        self.binary(op, ty, a, count)
    }

    /// A signed quotient by 2^`count`: negative numbers are rounded up by what is added first.
    fn shifted(&mut self, ty: Ty, a: Value, count: u32) -> Result<Value> {
        if count == 0 {
            return Ok(a);
        }
        let bits = 8 * u32::from(ty.bytes());
        let sign = self.shift(Op::ShrS, ty, a, bits - 1)?;
        let less = self.shift(Op::ShrU, ty, sign, bits - count)?;
        let sum = self.binary(Op::Add, ty, a, less)?;
        self.shift(Op::ShrS, ty, sum, count)
    }

    /// The product with 2^(32 + s) / `by`, rounded up, without its low 32 + s bits. The error is small enough for 32
    /// bits if the factor times `by` is at most 2^s above 2^(32 + s); a factor of 33 bits is split.
    fn unsigned(&mut self, a: Value, by: u64) -> Result<Value> {
        let most = 64 - (by - 1).leading_zeros();
        let factor = |s: u32| (1u128 << (32 + s)).div_ceil(u128::from(by)) as u64;
        let fits = |s: u32| {
            let over = u128::from(factor(s)) * u128::from(by) - (1 << (32 + s));
            factor(s) >> 32 == 0 && over <= 1 << s
        };
        let wide = self.pure(Op::ExtU, Ty::I64, 0, [a.0, NONE, NONE])?;
        let quotient = match (0..=most).find(|s| fits(*s)) {
            Some(s) => {
                let factor = self.const_value(Ty::I64, factor(s))?;
                let product = self.binary(Op::Mul, Ty::I64, wide, factor)?;
                self.shift(Op::ShrU, Ty::I64, product, 32 + s)?
            }
            None => {
                let factor = self.const_value(Ty::I64, factor(most) & u64::from(u32::MAX))?;
                let product = self.binary(Op::Mul, Ty::I64, wide, factor)?;
                let high = self.shift(Op::ShrU, Ty::I64, product, 32)?;
                let sum = self.binary(Op::Add, Ty::I64, high, wide)?;
                self.shift(Op::ShrU, Ty::I64, sum, most)?
            }
        };
        self.pure(Op::Wrap, Ty::I32, 0, [quotient.0, NONE, NONE])
    }

    /// The same for signed numbers, whose magnitude has 31 bits, so that the factor has 32; the result is rounded down,
    /// and negative ones are one too small.
    fn signed(&mut self, a: Value, by: u64) -> Result<Value> {
        let s = 63 - (by - 1).leading_zeros();
        let factor = ((1u128 << (32 + s)) / u128::from(by)) as u64 + 1;
        let wide = self.pure(Op::ExtS, Ty::I64, 0, [a.0, NONE, NONE])?;
        let factor = self.const_value(Ty::I64, factor)?;
        let product = self.binary(Op::Mul, Ty::I64, wide, factor)?;
        let down = self.shift(Op::ShrS, Ty::I64, product, 32 + s)?;
        let down = self.pure(Op::Wrap, Ty::I32, 0, [down.0, NONE, NONE])?;
        let sign = self.shift(Op::ShrS, Ty::I32, a, 31)?;
        self.binary(Op::Sub, Ty::I32, down, sign)
    }
}
