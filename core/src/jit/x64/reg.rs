//! Registers.
//!
//! In: nothing. Out: numbers: 0 to 15 are general registers as the machine counts them, 16 to 31 vector registers.

use crate::jit::ir::{NONE, Ty};

/// A register of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PReg(pub(crate) u8);

impl PReg {
    pub(crate) const RAX: Self = Self(0);
    pub(crate) const RCX: Self = Self(1);
    pub(crate) const RDX: Self = Self(2);
    pub(crate) const RSP: Self = Self(4);
    pub(crate) const RBP: Self = Self(5);
    pub(crate) const RSI: Self = Self(6);
    pub(crate) const RDI: Self = Self(7);
    pub(crate) const R8: Self = Self(8);
    pub(crate) const R9: Self = Self(9);
    pub(crate) const R10: Self = Self(10);
    pub(crate) const R11: Self = Self(11);
    pub(crate) const RBX: Self = Self(3);
    /// The fuel that is left, in code that pays.
    pub(crate) const R12: Self = Self(12);
    /// Where to look whether to stop, in code that can be interrupted.
    pub(crate) const R13: Self = Self(13);
    /// The first byte of memory 0.
    pub(crate) const R14: Self = Self(14);
    /// The instance.
    pub(crate) const R15: Self = Self(15);
    /// Nobody's: for moves between slots, and within one instruction.
    pub(crate) const SCRATCH: Self = Self(31);

    pub(crate) const fn xmm(number: u8) -> Self {
        Self(16 + number)
    }

    pub(crate) const fn is_vector(self) -> bool {
        self.0 >= 16
    }

    /// As an operand of an instruction, where virtual registers stand, too.
    pub(crate) const fn operand(self) -> u32 {
        FIXED + self.0 as u32
    }
}

/// Operands from here on are registers of the machine; [`NONE`] is none.
const FIXED: u32 = 0xffff_ff00;

/// The register of the machine that an operand is.
pub(crate) const fn fixed(operand: u32) -> Option<PReg> {
    if operand >= FIXED && operand != NONE { Some(PReg((operand - FIXED) as u8)) } else { None }
}

/// Whether an operand is a virtual register.
pub(crate) const fn is_virtual(operand: u32) -> bool {
    operand < FIXED
}

/// A set of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RegSet(pub(crate) u32);

impl RegSet {
    pub(crate) const EMPTY: Self = Self(0);
    /// General registers that values may be in.
    pub(crate) const GENERAL: Self = Self(0x3fcf);
    /// Vector registers that values may be in.
    pub(crate) const VECTOR: Self = Self(0x7fff_0000);
    pub(crate) const ALL: Self = Self(Self::GENERAL.0 | Self::VECTOR.0);

    /// Those that hold values of this type.
    pub(crate) const fn of(ty: Ty) -> Self {
        if ty.is_int() { Self::GENERAL } else { Self::VECTOR }
    }

    pub(crate) const fn one(reg: PReg) -> Self {
        Self(1 << reg.0)
    }

    pub(crate) const fn has(self, reg: PReg) -> bool {
        self.0 >> reg.0 & 1 != 0
    }

    pub(crate) const fn with(self, reg: PReg) -> Self {
        Self(self.0 | 1 << reg.0)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = PReg> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let reg = left.trailing_zeros() as u8;
            left &= left - 1;
            Some(PReg(reg))
        })
    }
}
