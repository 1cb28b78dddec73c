//! The interpreter's operation set as data: encoding, layout, text form.
//!
//! In: what `translate` emits. Out: a stream of 16-bit units that `interp` runs and `text` prints. An
//! operation is its head followed by its operands; a slot is a 16-bit number counted from the frame's start. The
//! head is what the interpreter makes of the operation's number: its handler's address, or the number itself. The
//! numbers behind the last operation's are the same operations again, with a result that only the accumulator
//! gets: the next operation takes it from there and nobody else wants it.
//! It does not know how an operation is carried out, nor where its code is kept.
//!
//! A frame, in slots: `[arguments, later results][return address][distance to the caller's frame][the frame's
//! instance][other locals][operands]`. The first part is as long as the larger of arguments and results, and
//! overlaps the top of the caller's operands, so that arguments are passed in place.

mod op;
mod stream;
mod table;
#[cfg(test)]
pub(crate) mod text;

use alloc::vec::Vec;

#[cfg(test)]
pub(crate) use op::Operand;
pub(crate) use op::{LoadForms, Op};
pub(crate) use stream::{patch_u32, push_u32, push_u64};
#[cfg(test)]
pub(crate) use stream::{read_u32, read_u64};
pub(crate) use table::for_each_operation;

/// Slots between a frame's values and its locals: return address, distance, instance.
pub(crate) const HEADER_SLOTS: usize = 3;
/// The most slots that a frame can have: slots are 16-bit numbers.
pub(crate) const MAX_FRAME_SLOTS: usize = u16::MAX as usize;

/// Units of an operation's head: room for an address.
pub(crate) const HEAD_UNITS: usize = 4;
/// Where a function's code names the size of its frame: the first operand of the first operation.
pub(crate) const FRAME_AT: usize = HEAD_UNITS;

/// What stands before an operation's operands, as it lies in memory.
pub(crate) type Head = [u16; HEAD_UNITS];
/// Makes heads of operations' numbers.
pub(crate) type Heads = fn(u16) -> Head;

/// The head that is the number itself.
pub(crate) const fn numbered(number: u16) -> Head {
    [number, 0, 0, 0]
}

/// The finished code of one function.
#[derive(Debug)]
pub(crate) struct FuncBody {
    /// Operations and their operands.
    pub(crate) code: Vec<u16>,
    /// Where in its frame the header starts.
    pub(crate) header: u16,
}

/// Units of an `Enter`, with which all code of functions starts.
const ENTER_UNITS: usize = HEAD_UNITS + 3;

/// Code that asks for a body.
pub(crate) type Stub = [u16; ENTER_UNITS + HEAD_UNITS + 2];

/// Code of a function that has not been translated yet: asks for the body at this position. Its `Enter` asks for
/// nothing, since the body will have one of its own.
pub(crate) fn lazy(body: u32, heads: Heads) -> Stub {
    let mut stub = Stub::default();
    stub[..HEAD_UNITS].copy_from_slice(&heads(Op::Enter as u16));
    let (lazy, position) = stub[ENTER_UNITS..].split_at_mut(HEAD_UNITS);
    lazy.copy_from_slice(&heads(Op::Lazy as u16));
    position.copy_from_slice(&[body as u16, (body >> 16) as u16]);
    stub
}
