//! Where compiled functions take arguments and leave results.
//!
//! In: types. Out: a register or a slot for each. Arguments and results use the same registers in the same order;
//! what does not fit lies in an area at the caller's end of its frame, arguments and results from its start each.

use super::PReg;
use crate::jit::ir::Ty;

/// General registers that carry values.
const GENERAL: [PReg; 6] = [PReg::RAX, PReg::RDX, PReg::RCX, PReg::RSI, PReg::RDI, PReg::R8];
/// How many vector registers carry values.
const VECTORS: u8 = 8;

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArgPlace {
    Reg(PReg),
    /// Bytes from the start of the area.
    Stack(u32),
}

/// Hands out places, one value after another.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places {
    general: usize,
    vectors: u8,
    /// Bytes of the area so far.
    pub(crate) bytes: u32,
}

impl Places {
    pub(crate) fn next(&mut self, ty: Ty) -> ArgPlace {
        if ty.is_int() {
            if let Some(reg) = GENERAL.get(self.general) {
                self.general += 1;
                return ArgPlace::Reg(*reg);
            }
        } else if self.vectors < VECTORS {
            self.vectors += 1;
            return ArgPlace::Reg(PReg::xmm(self.vectors - 1));
        }
        let place = self.bytes;
        self.bytes += if ty == Ty::V128 { 16 } else { 8 };
        ArgPlace::Stack(place)
    }
}
