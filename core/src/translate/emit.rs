//! Emitting code, with an operation or two of hindsight.
//!
//! In: operations and operands. Out: units. As long as no label stands behind it, the last operation can be
//! changed: its result redirected into a local or left in the accumulator, a comparison fused with the branch on it
//! and with the addition before, an operation taken back or extended by what follows.

use alloc::vec::Vec;

use super::{Result, TranslateError};
use crate::bytecode::{FRAME_AT, HEAD_UNITS, Heads, Op, numbered, patch_u32, push_u32, push_u64};
use crate::support::{TryPush, try_to_vec};
use crate::wasm::ValType;

/// Which accumulator a value would be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// That of integers and references.
    Integer,
    /// That of floats.
    Float,
    /// None: vectors, and results that do not come from a handler that knows their type.
    None,
}

impl Class {
    /// The class of values of a type.
    pub(super) const fn of(ty: ValType) -> Self {
        match ty {
            ValType::I32 | ValType::I64 | ValType::Ref(_) => Self::Integer,
            ValType::F32 | ValType::F64 => Self::Float,
            ValType::V128 => Self::None,
        }
    }

    /// The class of values of a type that a handler moves as 64 bits, whatever they are.
    pub(super) const fn of_bits(ty: ValType) -> Self {
        match Self::of(ty) {
            Self::Integer => Self::Integer,
            _ => Self::None,
        }
    }
}

/// A branch whose distance is not known yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixup {
    /// The start of the operation.
    op: u32,
    /// The place of the distance.
    distance: u32,
}

/// The code of a function under translation.
#[derive(Debug)]
pub(super) struct Emitter {
    /// The last operation's head is its number, since it may still be exchanged; the others' are what `heads`
    /// makes of theirs.
    code: Vec<u16>,
    heads: Heads,
    /// Where the operation under construction, or the last one, starts.
    current: usize,
    /// Where the operation before starts, and its number, if nothing can jump between the two.
    before: Option<(usize, u16)>,
    /// The last operation wrote a result to a slot, and nothing can jump behind it.
    last: Option<usize>,
    /// Where that slot's number stands.
    dst: usize,
    /// Which accumulator the last operation's result is in as well.
    class: Class,
}

impl Emitter {
    pub(super) fn new(heads: Heads) -> Self {
        Self { code: Vec::new(), heads, current: 0, before: None, last: None, dst: 0, class: Class::None }
    }

    pub(super) fn clear(&mut self) {
        self.code.clear();
        self.current = 0;
        self.before = None;
        self.last = None;
    }

    /// The last operation stays what it is: it gets its head.
    fn seal(&mut self) {
        if let Some(head) = self.code.get_mut(self.current..self.current + HEAD_UNITS) {
            head.copy_from_slice(&(self.heads)(head[0]));
        }
    }

    /// Where the next operation will stand.
    pub(super) fn place(&self) -> usize {
        self.code.len()
    }

    /// Starts an operation.
    pub(super) fn op(&mut self, op: Op) -> Result<()> {
        if self.code.len() > i32::MAX as usize / 2 {
            return Err(TranslateError::FunctionTooLarge);
        }
        self.before = self.last.map(|at| (at, self.code[at]));
        self.seal();
        self.current = self.code.len();
        self.last = None;
        self.code.try_extend(&numbered(op as u16))?;
        Ok(())
    }

    /// Starts an operation whose first operand is the slot of its result, of this class.
    pub(super) fn op_dst(&mut self, op: Op, dst: u16, class: Class) -> Result<()> {
        self.op(op)?;
        self.result(dst, class)
    }

    /// The next operand is the slot of the operation's result, of this class.
    fn result(&mut self, dst: u16, class: Class) -> Result<()> {
        self.last = Some(self.current);
        self.dst = self.code.len();
        self.class = class;
        self.u16(dst)
    }

    /// The last operation's number, if it has a result and nothing can jump behind it.
    fn last_number(&self) -> Option<u16> {
        self.last.map(|at| self.code[at])
    }

    /// Turns the last operation, if it is `op` and its result is in a slot below `limit`, into one that goes on with
    /// more operands.
    pub(super) fn extend(&mut self, op: Op, into: Op, limit: usize) -> bool {
        let extends = self.last_number() == Some(op as u16) && usize::from(self.code[self.dst]) < limit;
        if extends {
            self.code[self.current] = into as u16;
            self.last = None;
        }
        extends
    }

    /// The same, and one more operand is a result, of this class.
    pub(super) fn extend_dst(
        &mut self,
        op: Op,
        into: Op,
        limit: usize,
        dst: u16,
        class: Class,
    ) -> Result<bool> {
        let extends = self.extend(op, into, limit);
        if extends {
            self.result(dst, class)?;
        }
        Ok(extends)
    }

    /// Takes the last operation back if it is `op`, whose first operand is the accumulator, and the one before is
    /// `before`, and turns that one, which left the accumulator, into another that goes on with the operands behind
    /// its first.
    pub(super) fn merge(&mut self, before: Op, op: Op, into: Op) -> bool {
        let (Some((start, number)), Some(at)) = (self.before, self.last) else { return false };
        if number != before as u16 || self.code[at] != op as u16 {
            return false;
        }
        // Head, result and first operand go.
        self.code.drain(at..at + HEAD_UNITS + 2);
        self.code[start..start + HEAD_UNITS].copy_from_slice(&numbered(into as u16));
        (self.current, self.before, self.last) = (start, None, None);
        true
    }

    /// A slot or a small number.
    pub(super) fn u16(&mut self, value: u16) -> Result<()> {
        self.code.try_push(value)?;
        Ok(())
    }

    /// A 32-bit number.
    pub(super) fn u32(&mut self, value: u32) -> Result<()> {
        push_u32(&mut self.code, value)?;
        Ok(())
    }

    /// A 64-bit number.
    pub(super) fn u64(&mut self, value: u64) -> Result<()> {
        push_u64(&mut self.code, value)?;
        Ok(())
    }

    /// A distance to be filled in when the label is bound.
    pub(super) fn distance(&mut self) -> Result<Fixup> {
        let fixup = Fixup { op: self.current as u32, distance: self.code.len() as u32 };
        self.u32(0)?;
        Ok(fixup)
    }

    /// A distance back to a known place.
    pub(super) fn distance_to(&mut self, place: usize) -> Result<()> {
        let distance = place as i64 - self.current as i64;
        self.u32(distance as i32 as u32)
    }

    /// Binds a branch to the present place.
    pub(super) fn bind(&mut self, fixup: Fixup) {
        self.bind_to(fixup, self.code.len());
        self.forget();
    }

    /// Binds a branch to a place.
    pub(super) fn bind_to(&mut self, fixup: Fixup, place: usize) {
        let distance = place as i64 - i64::from(fixup.op);
        patch_u32(&mut self.code, fixup.distance as usize, distance as i32 as u32);
    }

    /// The present place may be jumped to: the last operation stays as it is.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }

    /// Redirects the last operation's result from one slot to another, if it wrote there.
    pub(super) fn redirect(&mut self, from: u16, to: u16) -> bool {
        match self.last {
            Some(_) if self.code[self.dst] == from => {
                self.code[self.dst] = to;
                true
            }
            _ => false,
        }
    }

    /// The last operation, if its result is in this slot.
    pub(super) fn last_op(&self, result: u16) -> Option<Op> {
        let at = self.last?;
        (self.code[self.dst] == result).then(|| Op::ALL[usize::from(self.code[at])])
    }

    /// Whether the value of a slot, of this class, is in its accumulator too.
    pub(super) fn in_acc(&self, slot: u16, class: Class) -> bool {
        class != Class::None && class == self.class && self.last.is_some() && self.code[self.dst] == slot
    }

    /// Nobody but the next operation, by the accumulator, reads the last operation's result: it need not be kept.
    pub(super) fn pass(&mut self) {
        if let Some(at) = self.last
            && usize::from(self.code[at]) < Op::ALL.len()
        {
            self.code[at] += Op::ALL.len() as u16;
        }
    }

    /// Exchanges the last operation for another of the same operands.
    pub(super) fn replace_last(&mut self, op: Op) {
        if let Some(at) = self.last {
            self.code[at] = op as u16;
        }
    }

    /// Takes the last operation back and emits another with the operands behind its result.
    pub(super) fn reuse_last(&mut self, op: Op) -> Result<()> {
        if let Some(at) = self.last.take() {
            self.code[at] = op as u16;
            self.code.remove(at + HEAD_UNITS);
            self.current = at;
        }
        Ok(())
    }

    /// Takes the last operation back if it is `op` or `other` and its result is in this slot, and returns it with the
    /// two slots behind its result.
    pub(super) fn take_back(&mut self, result: u16, op: Op, other: Op) -> Option<(Op, u16, u16)> {
        let last = self.last_op(result).filter(|last| *last == op || *last == other)?;
        let at = self.last.take()?;
        let operands = at + HEAD_UNITS + 1;
        let (first, second) = (self.code[operands], self.code[operands + 1]);
        self.code.truncate(at);
        self.before = None;
        Some((last, first, second))
    }

    /// Overwrites a number.
    pub(super) fn patch(&mut self, place: usize, value: u32) {
        patch_u32(&mut self.code, place, value);
    }

    /// Writes the frame's size into the first operation.
    pub(super) fn patch_frame(&mut self, slots: u16) {
        if let Some(place) = self.code.get_mut(FRAME_AT) {
            *place = slots;
        }
    }

    /// The finished code, without spare room; the buffer stays for the next function.
    pub(super) fn take(&mut self) -> Result<Vec<u16>> {
        self.seal();
        Ok(try_to_vec(&self.code)?)
    }
}
