//! The operand stack at translation: what each operand is, and where it would live.
//!
//! In: pushes and pops in the order of the operators. Out: operands. Each has its own slot in the frame, right
//! above that of the operand below; a local that was read, its sum with a constant, and a constant take it only when
//! something needs them there. Locals on the stack are linked per local, so that a write to a local finds the reads that must
//! be saved first without a search.

use alloc::vec::Vec;

use super::{Result, TranslateError};
use crate::bytecode::MAX_FRAME_SLOTS;
use crate::support::TryPush;
use crate::wasm::ValType;

/// No entry.
const NONE: u32 = u32::MAX;

/// What an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The value of a local when it was read.
    Local(u32),
    /// The value of a local when it was read, of 32 bits, plus a constant: most addresses are such sums.
    Sum(u32, u32),
    /// A constant of at most 64 bits.
    Const(u64),
    /// A value in the operand's own slot.
    Slot,
}

impl Source {
    /// The local that it reads.
    fn local(self) -> Option<u32> {
        match self {
            Self::Local(local) | Self::Sum(local, _) => Some(local),
            Self::Const(_) | Self::Slot => None,
        }
    }
}

/// One operand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) ty: ValType,
    pub(super) source: Source,
    /// Its own slot in the frame.
    pub(super) slot: u16,
    /// The next lower operand that reads the same local.
    below: u32,
}

/// The operands of a function under translation.
#[derive(Debug, Default)]
pub(super) struct OperandStack {
    values: Vec<Value>,
    /// Per local, the highest operand that reads it, and the function that this was said of: so a new function
    /// need not clear what the last one has left. As long as the highest local that was ever read.
    readers: Vec<(u32, u32)>,
    /// Numbers the functions.
    function: u32,
    /// Operands below this position read no local.
    settled: usize,
    first: usize,
    deepest: usize,
}

impl OperandStack {
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.settled = 0;
        self.function = self.function.wrapping_add(1);
        if self.function == 0 {
            self.readers.clear();
            self.function = 1;
        }
    }

    /// Operands start at this slot.
    pub(super) fn start(&mut self, first: usize) {
        self.first = first;
        self.deepest = first;
    }

    /// The highest operand that reads a local.
    fn reader(&self, local: u32) -> u32 {
        match self.readers.get(local as usize) {
            Some(&(reader, function)) if function == self.function => reader,
            _ => NONE,
        }
    }

    fn set_reader(&mut self, local: u32, reader: u32) -> Result<()> {
        let local = local as usize;
        if local >= self.readers.len() {
            let more = local + 1 - self.readers.len();
            self.readers.try_reserve(more).map_err(|_| TranslateError::OutOfMemory)?;
            self.readers.resize(local + 1, (NONE, 0));
        }
        self.readers[local] = (reader, self.function);
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn get(&self, position: usize) -> Value {
        self.values[position]
    }

    /// The slot that the next operand would have.
    pub(super) fn next_slot(&self) -> usize {
        self.values.last().map_or(self.first, |top| usize::from(top.slot) + top.ty.slots())
    }

    /// The slot of the operand at this position, also where there is none yet.
    pub(super) fn slot_at(&self, position: usize) -> usize {
        self.values.get(position).map_or_else(|| self.next_slot(), |value| usize::from(value.slot))
    }

    /// The frame must reach to this slot.
    pub(super) fn require(&mut self, slots: usize) -> Result<()> {
        if slots > MAX_FRAME_SLOTS {
            return Err(TranslateError::FrameTooLarge);
        }
        self.deepest = self.deepest.max(slots);
        Ok(())
    }

    /// The first slot above all that the frame needs.
    pub(super) fn deepest(&self) -> usize {
        self.deepest
    }

    pub(super) fn push(&mut self, ty: ValType, source: Source) -> Result<u16> {
        let slot = self.next_slot();
        self.require(slot + ty.slots())?;
        let position = self.values.len() as u32;
        let below = match source.local() {
            Some(local) => {
                let below = self.reader(local);
                self.set_reader(local, position)?;
                below
            }
            None => NONE,
        };
        self.values.try_push(Value { ty, source, slot: slot as u16, below })?;
        Ok(slot as u16)
    }

    pub(super) fn pop(&mut self) -> Option<Value> {
        let value = self.values.pop()?;
        if let Some(local) = value.source.local() {
            self.readers[local as usize].0 = value.below;
        }
        self.settled = self.settled.min(self.values.len());
        Some(value)
    }

    pub(super) fn truncate(&mut self, len: usize) {
        while self.values.len() > len {
            self.pop();
        }
    }

    /// Takes the highest reader of a local off the list: it will live in its own slot. Returns what it was.
    pub(super) fn settle_reader(&mut self, local: u32) -> Option<Value> {
        let position = self.reader(local);
        if position == NONE {
            return None;
        }
        let value = self.values[position as usize];
        self.readers[local as usize].0 = value.below;
        self.values[position as usize].source = Source::Slot;
        Some(value)
    }

    /// Whether any operand reads this local.
    pub(super) fn is_read(&self, local: u32) -> bool {
        self.reader(local) != NONE
    }

    /// Takes an operand that reads a local, anywhere, off its list; `None` where there is none left.
    pub(super) fn settle_any(&mut self) -> Option<Value> {
        while self.settled < self.values.len() {
            match self.values[self.settled].source.local() {
                Some(local) => return self.settle_reader(local),
                None => self.settled += 1,
            }
        }
        None
    }

    /// The operand at this position lives in its own slot from now on.
    pub(super) fn settle_at(&mut self, position: usize) {
        debug_assert!(self.values[position].source.local().is_none());
        self.values[position].source = Source::Slot;
    }
}
