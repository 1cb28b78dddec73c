//! Registers for virtual registers.
//!
//! In: [`Code`](super::x64::Code) and the blocks and edges of its [`Function`](super::ir::Function). Out: an
//! [`Allocation`]: the same instructions on registers and slots, and moves between them. It knows instructions only by
//! what their operands ask for.
//!
//! One pass forward decides, with the exact distance to each value's next use, which a pass backward has found: where
//! registers are short, the value needed last gives way. It is stored at the start of the last block before each load of
//! it where it is in a register (and in no loop that it is not of), and loaded where it is needed again. Where ways come
//! together, one of them says where values are, and moves on the others make it so. In the end, values that never live at
//! the same time share slots, and moves are put into an order.

mod alloc;
mod assign;
mod check;
mod edges;
mod enter;
mod live;
mod moves;
mod spill;
mod text;

pub(crate) use alloc::{Allocation, Allocator};
pub(crate) use check::check;
pub(crate) use text::Allocated;

use super::x64::PReg;

/// Slots, as operands of instructions.
const SLOTS: u32 = 0x8000_0000;

/// Where a value is: a register, or a slot of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Reg(PReg),
    Slot(u32),
}

impl Place {
    /// As an operand of an instruction.
    pub(crate) const fn operand(self) -> u32 {
        match self {
            Self::Reg(reg) => reg.operand(),
            Self::Slot(slot) => SLOTS + slot,
        }
    }

    /// The place that an operand is.
    pub(crate) fn of(operand: u32) -> Option<Self> {
        match super::x64::fixed(operand) {
            Some(reg) => Some(Self::Reg(reg)),
            None if operand >= SLOTS && operand != super::ir::NONE => Some(Self::Slot(operand - SLOTS)),
            None => None,
        }
    }
}
