//! The text form of machine instructions: for file tests and for people.
//!
//! In: instructions, on virtual registers or on registers and slots. Out: lines. Nothing reads it back, and what the
//! assembler calls an instruction the emitter says.

use core::fmt::{self, Formatter, Write};

use super::inst::{Code, MInst, MOp, cc};
use super::reg::PReg;
use crate::jit::ir::{Block, Edge, Function, NONE};
use crate::jit::regalloc::Place;
use crate::support::Entity;

/// General registers, as the machine counts them.
const GENERAL: [&str; 16] = [
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
    "r15",
];

/// A register's name.
pub(crate) struct Named(pub(crate) PReg);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let number = self.0.0 & 15;
        if self.0.is_vector() { write!(f, "xmm{number}") } else { f.write_str(GENERAL[usize::from(number)]) }
    }
}

/// An operand: a virtual register, a register or a slot.
pub(crate) struct Operand(pub(crate) u32);

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match Place::of(self.0) {
            Some(Place::Reg(reg)) => Named(reg).fmt(f),
            Some(Place::Slot(slot)) => write!(f, "slot{slot}"),
            None => write!(f, "v{}", self.0),
        }
    }
}

/// What lowering has chosen, block by block.
pub(crate) struct Lowered<'c>(pub(crate) &'c Function, pub(crate) &'c Code);

impl fmt::Display for Lowered<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(func, code) = *self;
        for (block, lowered) in code.blocks.iter().enumerate() {
            write!(f, "block{block}")?;
            for (number, param) in func.params(Block::from_index(block)).enumerate() {
                write!(f, "{}v{}", if number == 0 { "(" } else { ", " }, param.0)?;
            }
            f.write_str(if func.params(Block::from_index(block)).next().is_some() { "):\n" } else { ":\n" })?;
            for inst in &code.insts[lowered.insts.start as usize..lowered.insts.end as usize] {
                writeln!(f, "    {}", Line { func, code, inst, lists_of: inst })?;
            }
        }
        Ok(())
    }
}

/// One instruction; lists of fixed operands are those of the one that it was before allocation.
pub(crate) struct Line<'c> {
    pub(crate) func: &'c Function,
    pub(crate) code: &'c Code,
    pub(crate) inst: &'c MInst,
    pub(crate) lists_of: &'c MInst,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let inst = self.inst;
        let (used, defined) = self.code.lists(self.lists_of);
        for (number, pair) in defined.chunks_exact(2).enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}v{} in {}", pair[0], Named(PReg(pair[1] as u8)))?;
        }
        f.write_str(if defined.is_empty() { "" } else { " = " })?;
        if inst.def != NONE {
            write!(f, "{} = ", Operand(inst.def))?;
        }
        op(f, inst.op)?;
        if inst.size != 0 {
            write!(f, ".{}", inst.size)?;
        }
        for operand in [inst.a, inst.b] {
            if operand != NONE {
                write!(f, " {}", Operand(operand))?;
            }
        }
        self.memory(f)?;
        self.rest(f)?;
        for pair in used.chunks_exact(2) {
            write!(f, " v{} in {}", pair[0], Named(PReg(pair[1] as u8)))?;
        }
        Ok(())
    }
}

impl Line<'_> {
    /// A place in memory, or the two registers that some instructions have there.
    fn memory(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let MInst { op, base, index, scale, disp, access, .. } = *self.inst;
        if matches!(op, MOp::AddCarry | MOp::SubBorrow) {
            return write!(f, " {}", Operand(base));
        }
        if base == NONE && index == NONE {
            return Ok(());
        }
        f.write_str(" [")?;
        if base != NONE {
            write!(f, "{}", Operand(base))?;
        }
        if index != NONE {
            write!(f, "{}{}", if base == NONE { "" } else { " + " }, Operand(index))?;
        }
        if scale != 1 {
            write!(f, "*{scale}")?;
        }
        if disp != 0 {
            write!(f, " {disp:+}")?;
        }
        f.write_str(if access == NONE { "]" } else { "] or trap" })
    }

    /// What is neither a register nor in memory.
    fn rest(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let MInst { op, imm, disp, scale, .. } = *self.inst;
        match op {
            MOp::Jump => self.edge(f, imm as u32),
            MOp::Branch(_) => {
                self.edge(f, imm as u32)?;
                f.write_str(" else")?;
                self.edge(f, disp as u32)
            }
            MOp::Table => self.func.list(imm as u32, disp as u32).iter().try_for_each(|e| self.edge(f, *e)),
            MOp::Call
            | MOp::TailCall
            | MOp::CallRef
            | MOp::CallImport
            | MOp::TailCallRef
            | MOp::CallBuiltin => {
                write!(f, " #{disp}")
            }
            MOp::MovConst | MOp::FCanon => write!(f, " const{imm}"),
            MOp::Xmm { .. } if imm == 0 => Ok(()),
            MOp::Ret => Ok(()),
            _ if imm != 0 || takes_imm(op) => write!(f, " {imm:#x}"),
            _ if scale != 1 && self.inst.index == NONE => write!(f, " scale {scale}"),
            _ => Ok(()),
        }
    }

    fn edge(&self, f: &mut Formatter<'_>, edge: u32) -> fmt::Result {
        let to = self.func.edges.get(Edge(edge)).map_or(NONE, |edge| edge.to.0);
        write!(f, " block{to}")
    }
}

fn takes_imm(op: MOp) -> bool {
    matches!(op, MOp::MovImm | MOp::CmpImm | MOp::TestImm | MOp::StoreImm(_) | MOp::CmpMemImm | MOp::Fuel)
}

/// An instruction's name: that of the data, with conditions by theirs.
fn op(f: &mut Formatter<'_>, op: MOp) -> fmt::Result {
    let conditional = |f: &mut Formatter<'_>, name: &str, code: u8| write!(f, "{name}({})", condition(code));
    match op {
        MOp::SetCc(code) => conditional(f, "SetCc", code),
        MOp::CMov(code) => conditional(f, "CMov", code),
        MOp::FSelect(code) => conditional(f, "FSelect", code),
        MOp::Branch(code) => conditional(f, "Branch", code),
        MOp::TrapIf(code, trap) => write!(f, "TrapIf({}, {trap})", condition(code)),
        MOp::Xmm { op, last, vex } => {
            write!(f, "{op:?}({last:?})")?;
            f.write_str(if vex { ".avx" } else { "" })
        }
        MOp::Div { signed, rem, safe } => {
            f.write_str(if rem { "Rem" } else { "Div" })?;
            f.write_char(if signed { 'S' } else { 'U' })?;
            f.write_str(if safe { ".safe" } else { "" })
        }
        other => write!(f, "{other:?}"),
    }
}

fn condition(code: u8) -> &'static str {
    match code {
        cc::BELOW => "below",
        cc::NOT_BELOW => "not below",
        cc::EQUAL => "equal",
        cc::NOT_EQUAL => "not equal",
        cc::NOT_ABOVE => "not above",
        cc::ABOVE => "above",
        cc::PARITY => "parity",
        cc::LESS => "less",
        cc::NOT_LESS => "not less",
        cc::NOT_GREATER => "not greater",
        cc::GREATER => "greater",
        cc::FLOAT_EQUAL => "float equal",
        cc::FLOAT_NOT_EQUAL => "float not equal",
        _ => "other",
    }
}
