//! Blocks and branches.
//!
//! In: structured control operators. Out: jumps. At a label every operand lives in its own slot and no operand
//! below reads a local, so that all ways to the label agree.

use hashbrown::HashMap;

use super::control::{Frame, Kind, Signature};
use super::emit::{Class, Fixup};
use super::stack::{Source, Value};
use super::{Result, TranslateError, Translator, val_type};
use crate::bytecode::Op;
use crate::wasm::{TypeIndex, ValType};

/// From how many operands on a branch moves them by one operation.
const MANY: usize = 4;

impl Translator<'_> {
    pub(super) fn signature(&self, ty: wasmparser::BlockType) -> Result<Signature> {
        Ok(match ty {
            wasmparser::BlockType::Empty => Signature::Empty,
            wasmparser::BlockType::Type(ty) => Signature::One(val_type(ty)?),
            wasmparser::BlockType::FuncType(index) => {
                Signature::Func(self.module.types[TypeIndex(index)].clone())
            }
        })
    }

    /// Opens a block: its parameters move to their own slots.
    pub(super) fn open(&mut self, kind: Kind, signature: Signature) -> Result<()> {
        let height = self.stack.len() - signature.params().len();
        self.settle_from(height)?;
        self.save_all_locals()?;
        let slot = self.stack.slot_at(height);
        self.control.push(Frame::new(kind, signature, height, slot))
    }

    pub(super) fn open_loop(&mut self, signature: Signature) -> Result<()> {
        self.open(Kind::Loop(0), signature)?;
        self.out.forget();
        let place = self.out.place();
        if let Some(frame) = self.control.top() {
            frame.kind = Kind::Loop(place);
        }
        self.begin_stretch();
        self.poll()
    }

    pub(super) fn open_if(&mut self, signature: Signature) -> Result<()> {
        let condition = self.pop()?;
        // What must be in place at the label is put there before the condition is tested; the comparison may
        // then no longer be the last operation, and is not fused.
        let height = self.stack.len() - signature.params().len();
        self.settle_from(height)?;
        self.save_all_locals()?;
        let slot = self.stack.slot_at(height);
        let skip = self.branch_if(condition, false)?;
        self.begin_stretch();
        self.control.push(Frame::new(Kind::If(Some(skip)), signature, height, slot))
    }

    pub(super) fn open_else(&mut self) -> Result<()> {
        let Some(mut frame) = self.control.pop() else { return Err(TranslateError::Unsupported) };
        if !frame.live {
            frame.kind = Kind::Else;
            return self.control.push(frame);
        }
        let Kind::If(skip) = frame.kind else { return Err(TranslateError::Unsupported) };
        let (height, params) = (frame.height, frame.signature.params().len());
        frame.kind = Kind::Else;
        let signature = frame.signature.clone();
        self.control.push(frame)?;
        if !self.control.unreachable {
            let end = self.control.position(0)?;
            self.jump(end)?;
        }
        if let Some(skip) = skip {
            self.out.bind(skip);
        }
        self.begin_stretch();
        self.control.unreachable = false;
        self.stack.truncate(height);
        for &ty in &signature.params()[..params] {
            self.stack.push(ty, Source::Slot)?;
        }
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<()> {
        let Some(frame) = self.control.pop() else { return Err(TranslateError::Unsupported) };
        if !frame.live {
            return Ok(());
        }
        if matches!(frame.kind, Kind::Function) {
            return if self.control.unreachable { Ok(()) } else { self.emit_return() };
        }
        let mut reachable = !self.control.unreachable;
        if reachable {
            self.settle_from(frame.height)?;
        }
        if let Kind::If(Some(skip)) = frame.kind {
            self.out.bind(skip);
            reachable = true;
        }
        if frame.branched {
            for fixup in self.control.waiting(&frame) {
                self.out.bind(fixup);
            }
            reachable = true;
        }
        self.out.forget();
        self.begin_stretch();
        self.control.unreachable = !reachable;
        self.stack.truncate(frame.height);
        if reachable {
            for &ty in frame.signature.results() {
                self.stack.push(ty, Source::Slot)?;
            }
        }
        Ok(())
    }

    /// An unconditional branch to the block at this position.
    pub(super) fn jump(&mut self, position: usize) -> Result<()> {
        self.settle_many(self.carried(position))?;
        if matches!(self.control.frame(position).kind, Kind::Function) {
            return self.emit_return();
        }
        self.carry(position)?;
        if !self.out.extend(Op::Copy, Op::CopyBr, usize::MAX) {
            self.out.op(Op::Br)?;
        }
        self.finish_branch(position)
    }

    /// A branch taken when the condition on top of the stack is not zero.
    pub(super) fn jump_if(&mut self, position: usize) -> Result<()> {
        let condition = self.pop()?;
        self.settle_many(self.carried(position))?;
        let returns = matches!(self.control.frame(position).kind, Kind::Function);
        if !returns && !self.must_carry(position) {
            let fixup = self.branch_if(condition, true)?;
            return self.resolve(position, fixup);
        }
        let skip = self.branch_if(condition, false)?;
        self.jump(position)?;
        self.out.bind(skip);
        Ok(())
    }

    /// A branch by the index on top of the stack; `targets` ends with the default.
    pub(super) fn jump_table(&mut self, targets: &wasmparser::BrTable<'_>) -> Result<()> {
        let index = self.pop()?;
        let index = self.slot_of(index)?;
        let default = self.control.position(targets.default())?;
        self.settle_many(self.carried(default))?;
        let count = targets.len();
        self.out.op(Op::BrTable)?;
        self.out.u16(index)?;
        self.out.u32(count)?;
        let mut through = HashMap::new();
        let first = self.control.position(0)?;
        let mut stubs = alloc::vec::Vec::new();
        for depth in targets.targets().chain([Ok(targets.default())]) {
            let depth = depth.map_err(|_| TranslateError::Unsupported)?;
            let position = first.checked_sub(depth as usize).ok_or(TranslateError::Unsupported)?;
            let fixup = self.out.distance()?;
            let returns = matches!(self.control.frame(position).kind, Kind::Function);
            if returns || self.must_carry(position) {
                stubs.try_reserve(1).map_err(|_| TranslateError::OutOfMemory)?;
                stubs.push((position, fixup));
            } else {
                self.resolve(position, fixup)?;
            }
        }
        for (position, fixup) in stubs {
            through.try_reserve(1).map_err(|_| TranslateError::OutOfMemory)?;
            if let Some(&place) = through.get(&position) {
                self.out.bind_to(fixup, place);
                continue;
            }
            through.insert(position, self.out.place());
            self.out.bind(fixup);
            self.jump(position)?;
        }
        Ok(())
    }

    /// Leaves the function with the operands on top of the stack as its results.
    pub(super) fn emit_return(&mut self) -> Result<()> {
        let results = self.results().len();
        if let [ty] = self.results()
            && *ty != ValType::V128
        {
            let value = self.stack.get(self.stack.len() - 1);
            let slot = self.slot_of(value)?;
            let held = self.out.in_acc(slot, Class::Integer);
            self.out.op(if held { Op::ReturnAcc } else { Op::ReturnSlot })?;
            self.out.u16(self.header)?;
            return self.out.u16(slot);
        }
        let first = self.stack.len() - results;
        if results >= MANY {
            self.settle_many(results)?;
            self.carry_many(results, 0)?;
            self.out.op(Op::Return)?;
            return self.out.u16(self.header);
        }
        let area = self.results().iter().map(|ty| ty.slots()).sum::<usize>();
        // A result may be a parameter whose slot an earlier result is about to take: save those first.
        let mut to = 0;
        for position in first..self.stack.len() {
            let value = self.stack.get(position);
            if self.overwritten(value, area, to) {
                self.write_to(value, value.slot)?;
            }
            to += value.ty.slots();
        }
        let mut to = 0;
        for position in first..self.stack.len() {
            let value = self.stack.get(position);
            if self.overwritten(value, area, to) {
                self.copy(value.ty, to as u16, value.slot)?;
            } else {
                self.write_to(value, to as u16)?;
            }
            to += value.ty.slots();
        }
        self.out.op(Op::Return)?;
        self.out.u16(self.header)
    }

    /// Whether a result reads a parameter whose slot, below `area`, results take, other than itself at `to`.
    fn overwritten(&self, value: Value, area: usize, to: usize) -> bool {
        match value.source {
            Source::Local(local) => {
                let from = usize::from(self.local(local).slot);
                from < area && from != to
            }
            Source::Sum(local, _) => usize::from(self.local(local).slot) < area,
            Source::Const(_) | Source::Slot => false,
        }
    }

    /// Emits a branch on a condition, taken if it is (`when`) or is not (`!when`) zero; fuses a comparison.
    fn branch_if(&mut self, condition: Value, when: bool) -> Result<Fixup> {
        let fused = match condition.source {
            Source::Slot => self.out.last_op(condition.slot).and_then(|op| fuse(op, when)),
            _ => None,
        };
        if let Some(op) = fused {
            if self.merge_increment(op) {
                return self.out.distance();
            }
            self.out.reuse_last(op)?;
            return self.out.distance();
        }
        let slot = self.slot_of(condition)?;
        if when && self.out.last_op(slot) == Some(Op::I32AddImm) && usize::from(slot) < self.first_operand {
            self.out.extend(Op::I32AddImm, Op::I32AddImmBrIf, self.first_operand);
            return self.out.distance();
        }
        let op = if when { Op::BrIf } else { Op::BrIfNot };
        let op = self.first_form(op, slot, ValType::I32);
        self.out.op(op)?;
        self.out.u16(slot)?;
        self.out.distance()
    }

    /// Fuses a branch on a comparison with the addition that the comparison's first operand comes from: how most loops
    /// end. The comparison is still the last operation.
    fn merge_increment(&mut self, branch: Op) -> bool {
        let (into, compares) = match branch {
            Op::BrI32NeAcc => (Op::I32AddImmBrNe, [Op::I32NeAcc, Op::I32EqAcc]),
            Op::BrI32NeImmAcc => (Op::I32AddImmBrNeImm, [Op::I32NeImmAcc, Op::I32EqImmAcc]),
            Op::BrI32LtSAcc => (Op::I32AddImmBrLtS, [Op::I32LtSAcc, Op::I32GeSAcc]),
            Op::BrI32LtUAcc => (Op::I32AddImmBrLtU, [Op::I32LtUAcc, Op::I32GeUAcc]),
            Op::BrI32LtSImmAcc => (Op::I32AddImmBrLtSImm, [Op::I32LtSImmAcc, Op::I32GeSImmAcc]),
            Op::BrI32LtUImmAcc => (Op::I32AddImmBrLtUImm, [Op::I32LtUImmAcc, Op::I32GeUImmAcc]),
            _ => return false,
        };
        compares.into_iter().any(|compare| self.out.merge(Op::I32AddImm, compare, into))
    }

    /// Ends a branch operation with its distance.
    fn finish_branch(&mut self, position: usize) -> Result<()> {
        if let Kind::Loop(place) = self.control.frame(position).kind {
            return self.out.distance_to(place);
        }
        let fixup = self.out.distance()?;
        self.control.wait(position, fixup)
    }

    /// Binds a branch to the label of the block at this position, now or at its end.
    fn resolve(&mut self, position: usize, fixup: Fixup) -> Result<()> {
        if let Kind::Loop(place) = self.control.frame(position).kind {
            self.out.bind_to(fixup, place);
            return Ok(());
        }
        self.control.wait(position, fixup)
    }

    /// Moves many operands, all in their own slots, down to a slot.
    fn carry_many(&mut self, count: usize, to: usize) -> Result<()> {
        let first = self.stack.slot_at(self.stack.len() - count);
        if first == to {
            return Ok(());
        }
        self.out.op(Op::CopyMany)?;
        self.out.u16(to as u16)?;
        self.out.u16(first as u16)?;
        self.out.u16((self.stack.next_slot() - first) as u16)
    }

    /// Moves operands that a branch may carry to their own slots if they are many, so that each branch costs one
    /// operation however many there are: else a few bytes of module could become kilobytes of code.
    fn settle_many(&mut self, count: usize) -> Result<()> {
        if count >= MANY { self.settle_from(self.stack.len() - count) } else { Ok(()) }
    }

    /// How many operands a branch to the block at this position carries.
    fn carried(&self, position: usize) -> usize {
        let frame = self.control.frame(position);
        match frame.kind {
            Kind::Function => self.results().len(),
            _ => frame.label_types().len(),
        }
    }

    /// Whether a branch to the block at this position must move operands first.
    fn must_carry(&self, position: usize) -> bool {
        let frame = self.control.frame(position);
        let count = frame.label_types().len();
        let first = self.stack.len() - count;
        count > 0
            && (self.stack.slot_at(first) != frame.slot
                || (first..self.stack.len()).any(|p| self.stack.get(p).source != Source::Slot))
    }

    /// Moves the operands that a branch carries to where its label expects them. The stack's own state stays:
    /// on the way not taken they are where they were.
    fn carry(&mut self, position: usize) -> Result<()> {
        let frame = self.control.frame(position);
        let (count, mut to) = (frame.label_types().len(), frame.slot);
        if count >= MANY {
            return self.carry_many(count, to);
        }
        for position in self.stack.len() - count..self.stack.len() {
            let value = self.stack.get(position);
            self.write_to(value, to as u16)?;
            to += value.ty.slots();
        }
        Ok(())
    }
}

/// The branch into which a comparison fuses.
fn fuse(op: Op, when: bool) -> Option<Op> {
    if let Some((forms, form)) = op.int_compare() {
        let forms = if when { forms } else { forms.negated() };
        return forms.branch.get(form).copied();
    }
    let (holds, fails) = op.float_compare()?;
    Some(if when { holds } else { fails })
}
