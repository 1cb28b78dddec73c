//! Integers of 128 bits, as pairs.
//!
//! In: operators on halves. Out: arithmetic on the halves; what one half gives to the other is a comparison, which lowering
//! knows again as a carry.

use super::Front;
use crate::jit::Result;
use crate::jit::ir::{Cond, NONE, Op, Ty, Value};

impl Front<'_> {
    /// The sum or difference of two pairs, lower halves first.
    pub(super) fn wide_sum(&mut self, op: Op) -> Result<()> {
        let (high_b, low_b) = (self.pop()?, self.pop()?);
        let (high_a, low_a) = (self.pop()?, self.pop()?);
        let low = self.binary(op, Ty::I64, low_a, low_b)?;
        let high = self.binary(op, Ty::I64, high_a, high_b)?;
        // A sum that does not fit is less than what it is of; a difference, where there is less than is taken away.
        let (less, than) = if op == Op::Add { (low, low_a) } else { (low_a, low_b) };
        let carries = self.pure(Op::Icmp, Ty::I32, Cond::LtU as u16, [less.0, than.0, NONE])?;
        let carry = self.pure(Op::ExtU, Ty::I64, 0, [carries.0, NONE, NONE])?;
        let high = self.binary(op, Ty::I64, high, carry)?;
        self.push_pair(low, high)
    }

    /// The product of two halves, both halves of it; `high` says which sign.
    pub(super) fn wide_product(&mut self, high: Op) -> Result<()> {
        let (b, a) = (self.pop()?, self.pop()?);
        let low = self.binary(Op::Mul, Ty::I64, a, b)?;
        let high = self.binary(high, Ty::I64, a, b)?;
        self.push_pair(low, high)
    }

    fn push_pair(&mut self, low: Value, high: Value) -> Result<()> {
        self.push(low)?;
        self.push(high)
    }
}
