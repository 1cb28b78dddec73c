//! Bulk operations on memories whose length is a small constant: as loads and stores.
//!
//! In: operators. Out: the instructions of a copy or a fill, or a call of the builtin. All of an operation is in bounds
//! or nothing is written: what lies last is accessed first, so that a trap comes before the first store.

use super::Front;
use super::access::Target;
use crate::abi::{BYTES_PER_FUEL, builtin};
use crate::jit::Result;
use crate::jit::ir::{Access, NONE, Op, Ty, Value};
use crate::support::TryPush;

/// The most bytes that are copied or filled by instructions.
const MOST_BYTES: u64 = 128;

/// A part of a range.
#[derive(Clone, Copy)]
struct Chunk {
    offset: u64,
    bytes: u8,
}

impl Chunk {
    fn new(offset: u64, bytes: u8) -> Self {
        Self { offset, bytes }
    }

    fn access(self) -> Access {
        Access::new(self.bytes, false)
    }
}

/// The parts of a range of so many bytes: the last one, and then from the first one on. They may overlap: an end is not
/// cut into smaller pieces than a larger one that reaches back has.
fn chunks(len: u64, most: u8) -> impl Iterator<Item = Chunk> {
    let widest = [16u8, 8, 4, 2, 1].into_iter().find(|bytes| *bytes <= most && u64::from(*bytes) <= len);
    let bytes = widest.unwrap_or(1);
    let step = u64::from(bytes);
    let others = (0..len.div_ceil(step) - 1).map(move |at| Chunk::new(at * step, bytes));
    core::iter::once(Chunk::new(len - step, bytes)).chain(others)
}

impl Front<'_> {
    /// A length on top of the operands that is worth no call.
    fn small_len(&self) -> Option<u64> {
        let len = self.func.as_const(*self.stack.last()?)?;
        (1..=MOST_BYTES).contains(&len).then_some(len)
    }

    pub(super) fn memory_copy(&mut self, to: u32, from: u32) -> Result<()> {
        let Some(len) = self.small_len() else {
            return self.bulk(builtin::MEMORY_COPY, to, from);
        };
        self.pay_for_bytes(len)?;
        let (_, source, target) = (self.pop()?, self.pop()?, self.pop()?);
        let mut values = alloc::vec::Vec::new();
        for chunk in chunks(len, 16) {
            let ty = match chunk.bytes {
                16 => Ty::V128,
                8 => Ty::I64,
                _ => Ty::I32,
            };
            let place = Target { memory: from, address: source, offset: chunk.offset };
            values.try_push(self.load_from(place, ty, chunk.access())?)?;
        }
        for (chunk, value) in chunks(len, 16).zip(values) {
            let place = Target { memory: to, address: target, offset: chunk.offset };
            self.store_to(place, value, chunk.access())?;
        }
        Ok(())
    }

    pub(super) fn memory_fill(&mut self, memory: u32) -> Result<()> {
        let Some(len) = self.small_len() else {
            return self.bulk(builtin::MEMORY_FILL, memory, 0);
        };
        self.pay_for_bytes(len)?;
        let (_, byte, address) = (self.pop()?, self.pop()?, self.pop()?);
        // A constant is loaded for each store of it: as a vector there are fewest.
        let known = self.func.as_const(byte).map(|byte| u128::from_le_bytes([byte as u8; 16]));
        let long = self.repeated(byte)?;
        let short = self.pure(Op::Wrap, Ty::I32, 0, [long.0, NONE, NONE])?;
        let vector = known.map(|bits| self.vector_const(bits)).transpose()?;
        for chunk in chunks(len, if vector.is_some() { 16 } else { 8 }) {
            let value = match (chunk.bytes, vector) {
                (16, Some(vector)) => vector,
                (8, _) => long,
                _ => short,
            };
            self.store_to(Target { memory, address, offset: chunk.offset }, value, chunk.access())?;
        }
        Ok(())
    }

    /// What the builtin would take for so many bytes.
    fn pay_for_bytes(&mut self, len: u64) -> Result<()> {
        match (len / BYTES_PER_FUEL) as u32 {
            cost if cost > 0 && self.meter.fuel => self.may_stop(Op::Fuel, cost),
            _ => Ok(()),
        }
    }

    /// Eight times the low byte of a value.
    fn repeated(&mut self, byte: Value) -> Result<Value> {
        let low = self.const_value(Ty::I32, 0xff)?;
        let byte = self.binary(Op::And, Ty::I32, byte, low)?;
        let byte = self.pure(Op::ExtU, Ty::I64, 0, [byte.0, NONE, NONE])?;
        let ones = self.const_value(Ty::I64, 0x0101_0101_0101_0101)?;
        self.binary(Op::Mul, Ty::I64, byte, ones)
    }
}
