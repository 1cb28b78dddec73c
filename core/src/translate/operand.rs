//! Operands: reading, settling, and the operations that only take operands and give one result.
//!
//! In: what the operators name. Out: operations on slots.

use super::canonical::canonicalizer;
use super::emit::Class;
use super::stack::{Source, Value};
use super::{Result, TranslateError, Translator};
use crate::bytecode::Op;
use crate::wasm::ValType;

/// The forms of a binary operation.
#[derive(Clone, Copy)]
pub(super) struct Binary {
    pub(super) op: Op,
    /// With a constant on the right.
    pub(super) imm: Op,
    /// With a constant on the left; where there is none, operands may be exchanged.
    pub(super) rev: Option<Op>,
    /// The exchanged operation with a constant on the right.
    pub(super) swapped_imm: Op,
}

impl Translator<'_> {
    pub(super) fn pop(&mut self) -> Result<Value> {
        self.stack.pop().ok_or(TranslateError::Unsupported)
    }

    /// The slot that holds an operand; a constant or a sum is written to the operand's own.
    pub(super) fn slot_of(&mut self, value: Value) -> Result<u16> {
        match value.source {
            Source::Slot => Ok(value.slot),
            Source::Local(local) => Ok(self.local(local).slot),
            Source::Sum(local, addend) => {
                self.sum(value.slot, local, addend)?;
                Ok(value.slot)
            }
            Source::Const(bits) => {
                self.constant(value.ty, value.slot, bits)?;
                Ok(value.slot)
            }
        }
    }

    /// Pops an operand and returns the slot that holds it.
    pub(super) fn pop_slot(&mut self) -> Result<u16> {
        let value = self.pop()?;
        self.slot_of(value)
    }

    /// Writes an operand to a slot.
    pub(super) fn write_to(&mut self, value: Value, to: u16) -> Result<()> {
        match value.source {
            Source::Slot => self.copy(value.ty, to, value.slot),
            Source::Local(local) => self.copy(value.ty, to, self.local(local).slot),
            Source::Sum(local, addend) => self.sum(to, local, addend),
            Source::Const(bits) => self.constant(value.ty, to, bits),
        }
    }

    /// Writes the sum of a local and a constant to a slot.
    fn sum(&mut self, to: u16, local: u32, addend: u32) -> Result<()> {
        let from = self.local(local).slot;
        // Two locals that change together; what is computed for the next operation stays by itself.
        let locals = self.first_operand;
        let fused = usize::from(to) < locals
            && self.out.extend_dst(Op::I32AddImm, Op::I32AddImmTwo, locals, to, Class::Integer)?;
        if !fused {
            let op = self.first_form(Op::I32AddImm, from, ValType::I32);
            self.out.op_dst(op, to, Class::Integer)?;
        }
        self.out.u16(from)?;
        self.out.u32(addend)
    }

    pub(super) fn copy(&mut self, ty: ValType, to: u16, from: u16) -> Result<()> {
        if to == from {
            return Ok(());
        }
        let class = Class::of_bits(ty);
        if ty == ValType::V128 {
            self.out.op_dst(Op::Copy128, to, class)?;
        } else if !self.out.extend_dst(Op::Copy, Op::CopyTwo, usize::MAX, to, class)? {
            self.out.op_dst(Op::Copy, to, class)?;
        }
        self.out.u16(from)
    }

    pub(super) fn constant(&mut self, ty: ValType, to: u16, bits: u64) -> Result<()> {
        if let Ok(bits) = u32::try_from(bits) {
            self.out.op_dst(Op::Const32, to, Class::of_bits(ty))?;
            return self.out.u32(bits);
        }
        self.out.op_dst(Op::Const64, to, Class::of_bits(ty))?;
        self.out.u64(bits)
    }

    /// Moves all operands from this position up to their own slots.
    pub(super) fn settle_from(&mut self, position: usize) -> Result<()> {
        for position in position..self.stack.len() {
            let value = self.stack.get(position);
            match value.source {
                Source::Slot => {}
                Source::Local(local) | Source::Sum(local, _) => self.save_readers(local)?,
                Source::Const(bits) => {
                    self.constant(value.ty, value.slot, bits)?;
                    self.stack.settle_at(position);
                }
            }
        }
        Ok(())
    }

    /// Saves the operands that read a local to their own slots, before it changes.
    pub(super) fn save_readers(&mut self, local: u32) -> Result<()> {
        while let Some(value) = self.stack.settle_reader(local) {
            self.write_to(value, value.slot)?;
        }
        Ok(())
    }

    /// Saves all operands that read locals.
    pub(super) fn save_all_locals(&mut self) -> Result<()> {
        while let Some(value) = self.stack.settle_any() {
            self.write_to(value, value.slot)?;
        }
        Ok(())
    }

    /// Starts an operation whose result becomes the top of the stack.
    pub(super) fn result_op(&mut self, op: Op, ty: ValType) -> Result<()> {
        self.result_op_in(op, ty, Class::of(ty))
    }

    /// The same for an operation that leaves its result in the accumulator of this class.
    pub(super) fn result_op_in(&mut self, op: Op, ty: ValType, class: Class) -> Result<()> {
        let dst = self.stack.push(ty, Source::Slot)?;
        self.out.op_dst(op, dst, class)
    }

    /// The form of an operation whose first operand, of this type, is in this slot.
    pub(super) fn first_form(&mut self, op: Op, slot: u16, ty: ValType) -> Op {
        if self.out.in_acc(slot, Class::of(ty))
            && let Some(form) = op.first_in_acc()
        {
            self.take_acc(slot);
            return form;
        }
        op
    }

    /// The accumulator is read for this slot: an operand's own slot, whose one reader this is, need not be set.
    pub(super) fn take_acc(&mut self, slot: u16) {
        if usize::from(slot) >= self.first_operand {
            self.out.pass();
        }
    }

    /// The form of an operation of two operands of this type, and the operands in that form's order.
    pub(super) fn pair_form(&mut self, op: Op, first: u16, second: u16, ty: ValType) -> (Op, u16, u16) {
        let form = self.first_form(op, first, ty);
        if form == op
            && self.out.in_acc(second, Class::of(ty))
            && let Some((form, exchanged)) = op.second_in_acc()
        {
            self.take_acc(second);
            return if exchanged { (form, second, first) } else { (form, first, second) };
        }
        (form, first, second)
    }

    /// Ends an operation started by [`result_op`](Self::result_op) that may give a NaN.
    pub(super) fn canonicalize(&mut self, op: Op) -> Result<()> {
        if !self.options.deterministic {
            return Ok(());
        }
        if let Some(canon) = canonicalizer(op) {
            let slot = self.stack.get(self.stack.len() - 1).slot;
            self.out.op(canon)?;
            self.out.u16(slot)?;
        }
        Ok(())
    }

    pub(super) fn unary(&mut self, op: Op, operand: ValType, result: ValType) -> Result<()> {
        let src = self.pop_slot()?;
        let form = self.first_form(op, src, operand);
        self.result_op(form, result)?;
        self.out.u16(src)?;
        self.canonicalize(op)
    }

    pub(super) fn binary(&mut self, forms: Binary, operand: ValType, result: ValType) -> Result<()> {
        let right = self.pop()?;
        let left = self.pop()?;
        if let Some(sum) = sum_of(forms.op, left.source, right.source) {
            self.stack.push(ValType::I32, sum)?;
            return Ok(());
        }
        if !self.options.deterministic && self.product(forms.op, left, right, result)? {
            return Ok(());
        }
        let (op, src, bits) = match (left.source, right.source) {
            (_, Source::Const(bits)) => (forms.imm, left, bits),
            (Source::Const(bits), _) => (forms.rev.unwrap_or(forms.swapped_imm), right, bits),
            _ => {
                let (left, right) = (self.slot_of(left)?, self.slot_of(right)?);
                let (form, left, right) = self.pair_form(forms.op, left, right, operand);
                self.result_op(form, result)?;
                self.out.u16(left)?;
                self.out.u16(right)?;
                return self.canonicalize(forms.op);
            }
        };
        let src = self.slot_of(src)?;
        let form = self.first_form(op, src, operand);
        self.result_op(form, result)?;
        self.out.u16(src)?;
        self.immediate(operand, bits)?;
        self.canonicalize(op)
    }

    /// A sum or difference whose right or only product has just been computed: both in one operation.
    fn product(&mut self, op: Op, left: Value, right: Value, result: ValType) -> Result<bool> {
        let Some((mul, mul_acc, form, form_acc)) = product_forms(op) else { return Ok(false) };
        let commutes = !matches!(op, Op::F32Sub | Op::F64Sub);
        let exchange = commutes && self.out.last_op(left.slot).is_some();
        let (product, other) = if exchange { (left, right) } else { (right, left) };
        if product.source != Source::Slot || matches!(other.source, Source::Const(_)) {
            return Ok(false);
        }
        let Some((last, first, second)) = self.out.take_back(product.slot, mul, mul_acc) else {
            return Ok(false);
        };
        let other = self.slot_of(other)?;
        self.result_op(if last == mul { form } else { form_acc }, result)?;
        self.out.u16(first)?;
        self.out.u16(second)?;
        self.out.u16(other)?;
        Ok(true)
    }

    /// The immediate operand of a type.
    pub(super) fn immediate(&mut self, ty: ValType, bits: u64) -> Result<()> {
        match ty {
            ValType::I32 | ValType::F32 => self.out.u32(bits as u32),
            _ => self.out.u64(bits),
        }
    }

    /// An operation of two operands without immediate forms.
    pub(super) fn plain_binary(&mut self, op: Op, operand: ValType, result: ValType) -> Result<()> {
        let right = self.pop()?;
        let left = self.pop()?;
        if !self.options.deterministic && self.product(op, left, right, result)? {
            return Ok(());
        }
        let (left, right) = (self.slot_of(left)?, self.slot_of(right)?);
        let (form, left, right) = self.pair_form(op, left, right, operand);
        self.result_op(form, result)?;
        self.out.u16(left)?;
        self.out.u16(right)?;
        self.canonicalize(op)
    }

    /// A shift of a vector.
    pub(super) fn vector_shift(&mut self, op: Op) -> Result<()> {
        let amount = self.pop()?;
        let vector = self.pop()?;
        let vector = self.slot_of(vector)?;
        if let (Source::Const(bits), Some(form)) = (amount.source, op.shift_imm()) {
            self.result_op(form, ValType::V128)?;
            self.out.u16(vector)?;
            // The lanes' width is a power of two of at most 64 bits: more of the amount does not count.
            return self.out.u16(bits as u16);
        }
        let amount = self.slot_of(amount)?;
        self.result_op(op, ValType::V128)?;
        self.out.u16(vector)?;
        self.out.u16(amount)
    }

    pub(super) fn ternary(&mut self, op: Op, result: ValType) -> Result<()> {
        let [a, b, c] = self.pop_slots()?;
        self.result_op(op, result)?;
        self.out.u16(a)?;
        self.out.u16(b)?;
        self.out.u16(c)?;
        self.canonicalize(op)
    }

    /// Pops `N` operands and returns the slots that hold them, lowest first.
    pub(super) fn pop_slots<const N: usize>(&mut self) -> Result<[u16; N]> {
        let mut slots = [0; N];
        for slot in slots.iter_mut().rev() {
            *slot = self.pop_slot()?;
        }
        Ok(slots)
    }

    /// A comparison with zero: negates a comparison of integers that has just been made.
    pub(super) fn equals_zero(&mut self, imm: Op, operand: ValType) -> Result<()> {
        let value = self.pop()?;
        if value.source == Source::Slot
            && operand == ValType::I32
            && let Some(op) = self.out.last_op(value.slot).and_then(negated)
        {
            self.out.replace_last(op);
            self.stack.push(ValType::I32, Source::Slot)?;
            return Ok(());
        }
        let src = self.slot_of(value)?;
        let form = self.first_form(imm, src, operand);
        self.result_op(form, ValType::I32)?;
        self.out.u16(src)?;
        self.immediate(operand, 0)
    }

    pub(super) fn local_get(&mut self, local: u32) -> Result<()> {
        let ty = self.local(local).ty;
        self.stack.push(ty, Source::Local(local))?;
        Ok(())
    }

    pub(super) fn local_set(&mut self, local: u32) -> Result<()> {
        let value = self.pop()?;
        let to = self.local(local).slot;
        if value.source == Source::Local(local) {
            return Ok(());
        }
        if self.stack.is_read(local) {
            self.save_readers(local)?;
        } else if value.source == Source::Slot && self.out.redirect(value.slot, to) {
            return Ok(());
        }
        self.write_to(value, to)
    }

    pub(super) fn local_tee(&mut self, local: u32) -> Result<()> {
        self.local_set(local)?;
        self.local_get(local)
    }

    pub(super) fn select(&mut self) -> Result<()> {
        let condition = self.pop()?;
        let second = self.pop()?;
        let first = self.pop()?;
        let ty = first.ty;
        let (first, second) = (self.slot_of(first)?, self.slot_of(second)?);
        let condition = self.slot_of(condition)?;
        let op = if ty == ValType::V128 {
            Op::Select128
        } else {
            self.first_form(Op::Select, condition, ValType::I32)
        };
        self.result_op_in(op, ty, Class::of_bits(ty))?;
        self.out.u16(condition)?;
        self.out.u16(first)?;
        self.out.u16(second)
    }
}

/// The multiplications that an operation fuses with, and the forms that come of it.
fn product_forms(op: Op) -> Option<(Op, Op, Op, Op)> {
    Some(match op {
        Op::F32Add => (Op::F32Mul, Op::F32MulAcc, Op::F32MulAdd, Op::F32MulAddAcc),
        Op::F32Sub => (Op::F32Mul, Op::F32MulAcc, Op::F32MulSub, Op::F32MulSubAcc),
        Op::F64Add => (Op::F64Mul, Op::F64MulAcc, Op::F64MulAdd, Op::F64MulAddAcc),
        Op::F64Sub => (Op::F64Mul, Op::F64MulAcc, Op::F64MulSub, Op::F64MulSubAcc),
        Op::F32x4Add => (Op::F32x4Mul, Op::F32x4Mul, Op::F32x4MulAdd, Op::F32x4MulAdd),
        Op::F64x2Add => (Op::F64x2Mul, Op::F64x2Mul, Op::F64x2MulAdd, Op::F64x2MulAdd),
        _ => return None,
    })
}

/// The sum of a local and a constant that an operation of two operands computes, if it does.
fn sum_of(op: Op, left: Source, right: Source) -> Option<Source> {
    let (term, constant) = match (op, left, right) {
        (Op::I32Add, term, Source::Const(bits)) | (Op::I32Add, Source::Const(bits), term) => {
            (term, bits as u32)
        }
        (Op::I32Sub, term, Source::Const(bits)) => (term, (bits as u32).wrapping_neg()),
        _ => return None,
    };
    match term {
        Source::Local(local) => Some(Source::Sum(local, constant)),
        Source::Sum(local, addend) => Some(Source::Sum(local, addend.wrapping_add(constant))),
        Source::Const(_) | Source::Slot => None,
    }
}

/// The comparison of integers, in the same form, that holds where this one does not.
fn negated(op: Op) -> Option<Op> {
    let (forms, form) = op.int_compare()?;
    forms.negated().compare.get(form).copied()
}
