//! The text form of a function: for file tests and for people.
//!
//! In: a function. Out: lines. Nothing reads it back.

use core::fmt;

use super::{Access, Block, Cond, Edge, FloatCond, Function, Inst, NONE, Op, Term, Value, Vector};
use crate::support::Entity;

/// Writes a function.
pub(crate) struct Listing<'f>(pub(crate) &'f Function);

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let func = self.0;
        for (block, data) in func.blocks.iter() {
            write!(f, "block{}", block.0)?;
            if data.param_count > 0 {
                f.write_str("(")?;
                for (i, param) in func.params(block).enumerate() {
                    let comma = if i > 0 { ", " } else { "" };
                    write!(f, "{comma}v{}: {}", param.0, func.ty(param).name())?;
                }
                f.write_str(")")?;
            }
            if data.in_loop != 0 {
                write!(f, " in loop {}", data.in_loop)?;
            }
            writeln!(f, ":")?;
            for value in func.insts_of(block) {
                self.inst(f, value)?;
            }
            self.term(f, data.term)?;
        }
        Ok(())
    }
}

impl Listing<'_> {
    fn inst(&self, f: &mut fmt::Formatter<'_>, value: Value) -> fmt::Result {
        let inst = &self.0.insts[value];
        f.write_str("    ")?;
        if inst.ty != super::Ty::None {
            write!(f, "v{}: {} = ", value.0, inst.ty.name())?;
        }
        f.write_str(inst.op.name())?;
        self.details(f, inst)?;
        let mut result = Ok(());
        self.0.uses(inst, |value| {
            if result.is_ok() {
                result = f.write_str(" ").and_then(|()| self.value(f, value));
            }
        });
        result?;
        writeln!(f)
    }

    /// What an instruction says besides its operands.
    fn details(&self, f: &mut fmt::Formatter<'_>, inst: &Inst) -> fmt::Result {
        match inst.op {
            Op::Icmp => write!(f, ".{}", Cond::of(inst.aux).name()),
            Op::Fcmp => write!(f, ".{}", FloatCond::of(inst.aux).name()),
            Op::Load | Op::Store => {
                let Access { bytes, signed, traps, host } = Access::of(inst.aux);
                let offset = if inst.op == Op::Load { inst.b } else { inst.c };
                let word = |is: bool, word| if is { word } else { "" };
                let (s, traps, host) = (word(signed, "s"), word(traps, " traps"), word(host, " host"));
                write!(f, "{bytes}{s}{host}{traps} +{offset}")
            }
            Op::Check => write!(f, " +{}", inst.c),
            Op::MemoryLimit => write!(f, " -{}", inst.b),
            Op::Proj => write!(f, ".{}", inst.b),
            Op::GlobalRecord | Op::FuncRef | Op::MemoryRecord | Op::TableRecord => {
                write!(f, " #{}", inst.a)
            }
            Op::Call | Op::TailCall | Op::Builtin => write!(f, " #{}", inst.c),
            Op::Fuel => write!(f, " {}", inst.a),
            Op::Fround => write!(f, " mode {}", inst.aux),
            Op::Vector => {
                write!(f, ".{}", Vector::of(inst.aux).name())?;
                if inst.aux >> 8 == 0 { Ok(()) } else { write!(f, "[{}]", Vector::lane(inst.aux)) }
            }
            _ => Ok(()),
        }
    }

    fn value(&self, f: &mut fmt::Formatter<'_>, value: Value) -> fmt::Result {
        match self.0.bits(value) {
            Some(bits) => write!(f, "{}.{bits:#x}", self.0.ty(value).name()),
            None => write!(f, "v{}", value.0),
        }
    }

    fn edge(&self, f: &mut fmt::Formatter<'_>, edge: Edge) -> fmt::Result {
        let to = self.0.edges[edge].to;
        if to == Block(NONE) {
            return f.write_str("block?");
        }
        write!(f, "block{}", to.0)?;
        self.values(f, self.0.args(edge))
    }

    fn values(&self, f: &mut fmt::Formatter<'_>, values: &[u32]) -> fmt::Result {
        for (i, value) in values.iter().enumerate() {
            f.write_str(if i > 0 { ", " } else { "(" })?;
            self.value(f, Value(*value))?;
        }
        f.write_str(if values.is_empty() { "" } else { ")" })
    }

    fn term(&self, f: &mut fmt::Formatter<'_>, term: Term) -> fmt::Result {
        f.write_str("    ")?;
        match term {
            Term::Open => f.write_str("open")?,
            Term::Jump(edge) => {
                f.write_str("jump ")?;
                self.edge(f, edge)?;
            }
            Term::Branch(cond, yes, no) => {
                f.write_str("branch ")?;
                self.value(f, cond)?;
                f.write_str(", ")?;
                self.edge(f, yes)?;
                f.write_str(", ")?;
                self.edge(f, no)?;
            }
            Term::Table { index, first, count } => {
                f.write_str("table ")?;
                self.value(f, index)?;
                for edge in self.0.list(first, count) {
                    f.write_str(", ")?;
                    self.edge(f, Edge::from_index(*edge as usize))?;
                }
            }
            Term::Return { first, count } => {
                f.write_str("return")?;
                self.values(f, self.0.list(first, count))?;
            }
            Term::Trap(code) => write!(f, "trap {code}")?,
            Term::Left => f.write_str("left")?,
        }
        writeln!(f)
    }
}
