//! Machine instructions on virtual registers.
//!
//! In: what lowering says. Out: data, and what each instruction asks of the register allocator. A virtual register has
//! the number of the value in it; those that are no values follow behind.

use alloc::vec::Vec;
use core::ops::Range;

use super::xmm::{Last, Xmm};
use super::{PReg, RegSet};
use crate::jit::ir::{NONE, Ty};
use crate::jit::{FirstMemory, Result};
use crate::support::TryPush;

/// Arithmetic with two operands, of which the result takes the place of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Alu {
    Add,
    Or,
    And,
    Sub,
    Xor,
    Mul,
}

/// Shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Shift {
    Left,
    RightS,
    RightU,
    RotateLeft,
    RotateRight,
}

/// Condition codes, as the machine counts them; two more are pairs.
pub(crate) mod cc {
    pub(crate) const BELOW: u8 = 2;
    pub(crate) const NOT_BELOW: u8 = 3;
    pub(crate) const EQUAL: u8 = 4;
    pub(crate) const NOT_EQUAL: u8 = 5;
    pub(crate) const NOT_ABOVE: u8 = 6;
    pub(crate) const ABOVE: u8 = 7;
    pub(crate) const PARITY: u8 = 10;
    pub(crate) const LESS: u8 = 12;
    pub(crate) const NOT_LESS: u8 = 13;
    pub(crate) const NOT_GREATER: u8 = 14;
    pub(crate) const GREATER: u8 = 15;
    /// Equal, and ordered.
    pub(crate) const FLOAT_EQUAL: u8 = 16;
    /// Not equal, or not ordered.
    pub(crate) const FLOAT_NOT_EQUAL: u8 = 17;

    /// What holds if `code` does not.
    pub(crate) const fn not(code: u8) -> u8 {
        code ^ 1
    }
}

/// What a machine instruction does. Operands: `def`, `a`, `b`, and a place in memory: `base`, `index`, `imm` or `disp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MOp {
    /// `def = a + b`, without flags if need be.
    Add,
    /// `def = a + imm`, the same way.
    AddImm,
    Alu(Alu),
    /// `def = a + 1` where `b` is less than `base`, else `a`; without sign.
    AddCarry,
    /// `def = a - 1` where `b` is less than `base`, else `a`.
    SubBorrow,
    /// The upper half of `a * b`, with a sign or without.
    MulHigh(bool),
    AluImm(Alu),
    AluMem(Alu),
    /// Memory `op= a`.
    AluToMem(Alu),
    AluToMemImm(Alu),
    /// `def = a * imm`.
    MulImm,
    Lea,
    /// The low `size` bytes, the others zero.
    MovLow,
    /// `def` is `a`'s low so many bytes with their sign, in `size` bytes.
    SignExtend(u8),
    MovImm,
    /// Constant `imm` from behind the code.
    MovConst,
    /// So many bytes, with their sign or not.
    Load(u8, bool),
    /// So many bytes of `a`.
    Store(u8),
    StoreImm(u8),
    Cmp,
    CmpImm,
    CmpMem,
    /// Memory beside `imm`.
    CmpMemImm,
    /// Memory beside `a`.
    CmpMemReg,
    Test,
    TestImm,
    SetCc(u8),
    /// `def = code ? b : a`.
    CMov(u8),
    /// The same for vector registers, by a branch.
    FSelect(u8),
    ShiftImm(Shift),
    ShiftBy(Shift),
    /// The three-operand form, without flags.
    ShiftX(Shift),
    /// Rotates right by `imm`, the same way.
    RotateX,
    Neg,
    Lzcnt,
    Tzcnt,
    Popcnt,
    /// Signed, remainder, the divisor is known to be neither 0 nor -1.
    Div {
        signed: bool,
        rem: bool,
        safe: bool,
    },
    /// An instruction on vector registers, with an immediate in `imm` where it has one; with AVX or without it.
    Xmm {
        op: Xmm,
        last: Last,
        vex: bool,
    },
    /// The one that wasm means; `true` for the greater.
    FMinMax(bool),
    /// `def` is `a`, or constant `imm` from behind the code if that is a NaN.
    FCanon,
    /// From an integer of so many bytes.
    FFromInt(u8),
    /// From an unsigned one of 8 bytes.
    FFromU64,
    /// To an integer of `size` bytes, from a float of so many.
    FToInt {
        from: u8,
        signed: bool,
        saturating: bool,
    },
    /// Between a general and a vector register.
    MovToFloat,
    MovFromFloat,
    /// Traps with this code if the condition holds.
    TrapIf(u8, u8),
    Trap(u8),
    /// To the edge in `imm`.
    Jump,
    /// If the condition holds to the edge in `imm`, else to that in `disp`.
    Branch(u8),
    /// Takes `imm` from the fuel, or asks for more.
    Fuel,
    /// Looks whether to stop.
    Poll,
    /// By `a` to one of `disp` edges from `imm` in the pool; `b` is the number of the last one. Both are lost.
    Table,
    Ret,
    /// Function `disp`.
    Call,
    /// What the reference in `r11` refers to, by the thunk of type `disp`.
    CallRef,
    /// The same, of a function that is imported. It calls one of the host's without the thunk: at most one result, and as
    /// few values as fit below the frame.
    CallImport,
    /// Function `disp`, in place of this one.
    TailCall,
    /// What the reference in `r11` refers to, in place of this one.
    TailCallRef,
    /// A builtin at offset `disp` in the table.
    CallBuiltin,
    /// Loads what is kept in registers again.
    MemoryBase,
    /// A move between registers and slots, made by the allocator: `def = a`.
    Move,
    /// Two general registers change places.
    Exchange,
    /// A move between slots that uses no register.
    MoveSlot,
}

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MInst {
    pub(crate) op: MOp,
    /// Bytes of the operands: 4 or 8; 16 for vectors.
    pub(crate) size: u8,
    pub(crate) scale: u8,
    pub(crate) def: u32,
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) base: u32,
    pub(crate) index: u32,
    pub(crate) disp: i32,
    pub(crate) imm: i64,
    /// The operator's offset in the module.
    pub(crate) offset: u32,
    /// The offset of the operator whose access may find that it is out of bounds; none if there is none.
    pub(crate) access: u32,
}

impl MInst {
    pub(crate) const fn new(op: MOp, size: u8) -> Self {
        Self {
            op,
            size,
            scale: 1,
            def: NONE,
            a: NONE,
            b: NONE,
            base: NONE,
            index: NONE,
            disp: 0,
            imm: 0,
            offset: 0,
            access: NONE,
        }
    }
}

/// What an operand asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Constraint {
    Reg,
    /// A register or a slot.
    Any,
    Fixed(PReg),
    /// The same register as the result.
    Tied,
}

/// What an instruction asks of the allocator besides its pool of fixed operands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) a: Constraint,
    pub(crate) b: Constraint,
    pub(crate) def: Constraint,
    pub(crate) clobbers: RegSet,
    pub(crate) commutes: bool,
    /// The result is written before all operands are read.
    pub(crate) early: bool,
}

impl MOp {
    /// What the operands ask for. Inlined, since it is asked thrice of each instruction.
    #[inline(always)]
    pub(crate) fn shape(self) -> Shape {
        use Constraint::{Any, Fixed, Reg, Tied};
        let plain =
            Shape { a: Reg, b: Reg, def: Reg, clobbers: RegSet::EMPTY, commutes: false, early: false };
        match self {
            Self::Alu(op) => Shape { a: Tied, b: Any, commutes: !matches!(op, Alu::Sub), ..plain },
            Self::AluImm(_)
            | Self::AluMem(_)
            | Self::ShiftImm(_)
            | Self::Neg
            | Self::FCanon
            | Self::Table => Shape { a: Tied, ..plain },
            Self::Xmm { op, last, vex } => op.shape(last, vex),
            Self::CMov(_) => Shape { a: Tied, b: Any, ..plain },
            Self::AddCarry | Self::SubBorrow => Shape { a: Tied, ..plain },
            Self::FSelect(_) | Self::FMinMax(_) => Shape { a: Tied, ..plain },
            Self::ShiftBy(_) => Shape { a: Tied, b: Fixed(PReg::RCX), ..plain },
            Self::MulImm
            | Self::MovLow
            | Self::SignExtend(_)
            | Self::Lzcnt
            | Self::Tzcnt
            | Self::Popcnt
            | Self::CmpImm
            | Self::TestImm
            | Self::FFromInt(_) => Shape { a: Any, ..plain },
            Self::Cmp | Self::Test => Shape { b: Any, ..plain },
            Self::ShiftX(_) | Self::RotateX => Shape { a: Any, ..plain },
            Self::Div { rem, .. } => Shape {
                a: Fixed(PReg::RAX),
                def: Fixed(if rem { PReg::RDX } else { PReg::RAX }),
                clobbers: RegSet::one(PReg::RAX).with(PReg::RDX),
                ..plain
            },
            Self::MulHigh(_) => Shape {
                a: Fixed(PReg::RAX),
                def: Fixed(PReg::RDX),
                clobbers: RegSet::one(PReg::RAX).with(PReg::RDX),
                ..plain
            },
            Self::FFromU64 => {
                Shape { early: true, clobbers: RegSet::one(PReg::RAX).with(PReg::RCX), ..plain }
            }
            Self::FToInt { .. } => Shape { early: true, clobbers: RegSet::one(PReg::RCX), ..plain },
            Self::Call | Self::CallRef | Self::CallImport | Self::CallBuiltin => {
                Shape { clobbers: RegSet::ALL, ..plain }
            }
            _ => plain,
        }
    }

    /// Whether a list of fixed operands in the pool belongs to it: at `imm`, the number of those used, then pairs
    /// of operand and register, the number of those defined, then pairs; then how many bytes of arguments are on the stack.
    pub(crate) const fn has_list(self) -> bool {
        matches!(
            self,
            Self::Call
                | Self::CallRef
                | Self::CallImport
                | Self::CallBuiltin
                | Self::TailCall
                | Self::TailCallRef
                | Self::Ret
        )
    }

    /// Whether nothing follows it in the function.
    pub(crate) const fn leaves(self) -> bool {
        matches!(self, Self::TailCall | Self::TailCallRef | Self::Ret)
    }
}

/// The position of a constant that is zero.
pub(crate) const ZERO: i64 = -1;

/// The instructions of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodeBlock {
    pub(crate) insts: Range<u32>,
}

/// A function as machine instructions.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub(crate) insts: Vec<MInst>,
    /// By block.
    pub(crate) blocks: Vec<CodeBlock>,
    /// The type of each virtual register.
    pub(crate) types: Vec<Ty>,
    /// How often each value is used by what is lowered; a parameter that is not used gets no argument.
    pub(crate) uses: Vec<u32>,
    /// Lists of fixed operands.
    pub(crate) pool: Vec<u32>,
    /// Constants behind the code: 16 bytes each.
    pub(crate) constants: Vec<u128>,
    /// Bytes of the area for arguments and results of those it calls.
    pub(crate) area: u32,
    /// It calls somebody.
    pub(crate) calls: bool,
    /// Bytes of its own arguments that are on the stack.
    pub(crate) incoming: u32,
    pub(crate) kept: Kept,
    /// It goes to other functions by words.
    pub(crate) by_words: bool,
    /// There is AVX.
    pub(crate) vex: bool,
}

/// What code keeps in registers of its own besides the instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The first byte of memory 0.
    pub(crate) memory: FirstMemory,
    /// The fuel that is left.
    pub(crate) fuel: bool,
    /// Where to look whether to stop.
    pub(crate) stop: bool,
}

impl Kept {
    /// Whether something of it may be another one behind a builtin.
    pub(crate) fn changes(self) -> bool {
        self.memory == FirstMemory::Moves || self.fuel
    }
}

impl Code {
    pub(crate) fn clear(&mut self) {
        self.insts.clear();
        self.blocks.clear();
        self.types.clear();
        self.uses.clear();
        self.pool.clear();
        self.constants.clear();
        self.area = 0;
        self.calls = false;
    }

    /// The position of a constant behind the code: the same one is there once, as long as there are few, and zero is
    /// not there at all.
    pub(crate) fn constant(&mut self, bits: u128) -> Result<i64> {
        const FEW: usize = 64;
        if bits == 0 {
            return Ok(ZERO);
        }
        let start = self.constants.len().saturating_sub(FEW);
        if let Some(at) = self.constants[start..].iter().position(|known| *known == bits) {
            return Ok((start + at) as i64);
        }
        self.constants.try_push(bits)?;
        Ok(self.constants.len() as i64 - 1)
    }

    /// The fixed operands of an instruction: used ones, then defined ones, as pairs of operand and register.
    pub(crate) fn lists(&self, inst: &MInst) -> (&[u32], &[u32]) {
        if !inst.op.has_list() {
            return (&[], &[]);
        }
        let at = inst.imm as usize;
        let used = self.pool[at] as usize * 2;
        let defined = self.pool[at + 1 + used] as usize * 2;
        (&self.pool[at + 1..][..used], &self.pool[at + 2 + used..][..defined])
    }

    /// How many bytes of arguments a call has on the stack.
    pub(crate) fn stack_bytes(&self, inst: &MInst) -> u32 {
        let (used, defined) = self.lists(inst);
        self.pool.get(inst.imm as usize + 2 + used.len() + defined.len()).copied().unwrap_or(0)
    }
}
