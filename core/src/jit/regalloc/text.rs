//! The text form of an allocation: for file tests and for people.
//!
//! In: code and its allocation. Out: lines: per block where its parameters are, what is stored at its start, its
//! instructions and the moves among them, and the moves on its ways out. Nothing reads it back.

use core::fmt::{self, Formatter};

use super::{Allocation, Place};
use crate::jit::ir::{Block, Function, NONE};
use crate::jit::x64::{Code, Line, MInst, Named, Operand, PReg};
use crate::support::Entity;

/// Writes what became of code.
pub(crate) struct Allocated<'a> {
    pub(crate) func: &'a Function,
    pub(crate) code: &'a Code,
    pub(crate) allocation: &'a Allocation,
}

impl fmt::Display for Allocated<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} slots", self.allocation.slot_count)?;
        (0..self.func.blocks.len()).try_for_each(|block| self.block(f, Block::from_index(block)))
    }
}

impl Allocated<'_> {
    fn block(&self, f: &mut Formatter<'_>, block: Block) -> fmt::Result {
        let Self { func, allocation, .. } = *self;
        writeln!(f, "block{}:", block.0)?;
        for param in func.params(block) {
            let place = allocation.params[param.index()];
            if place != NONE {
                writeln!(f, "    v{} in {}", param.0, Operand(place))?;
                if matches!(Place::of(place), Some(Place::Reg(_))) {
                    self.kept(f, param.0, place)?;
                }
            }
        }
        for store in allocation.stores.iter().filter(|store| store.block == block) {
            writeln!(f, "    slot{} = {} (v{}, late)", store.slot, Named(store.reg), store.value)?;
        }
        for at in allocation.blocks[block.index()].clone() {
            self.inst(f, at as usize)?;
        }
        for edge in func.succs(block) {
            let moves = allocation.edges[edge.index()].clone();
            for (number, at) in moves.enumerate() {
                if number == 0 {
                    writeln!(f, "  to block{}:", func.edges[edge].to.0)?;
                }
                self.moved(f, &allocation.moves[at as usize])?;
            }
        }
        Ok(())
    }

    fn inst(&self, f: &mut Formatter<'_>, at: usize) -> fmt::Result {
        let Self { func, code, allocation } = *self;
        let inst = &allocation.insts[at];
        let Some(original) = code.insts.get(allocation.source[at] as usize) else {
            return self.moved(f, inst);
        };
        writeln!(f, "    {}", Line { func, code, inst, lists_of: original })?;
        if original.def != NONE {
            self.kept(f, original.def, inst.def)?;
        }
        let (_, defined) = code.lists(original);
        for pair in defined.chunks_exact(2) {
            self.kept(f, pair[0], PReg(pair[1] as u8).operand())?;
        }
        Ok(())
    }

    /// A move of the allocator.
    fn moved(&self, f: &mut Formatter<'_>, inst: &MInst) -> fmt::Result {
        writeln!(f, "    {}", Line { func: self.func, code: self.code, inst, lists_of: inst })
    }

    /// The store of a value to its slot, where it is defined.
    fn kept(&self, f: &mut Formatter<'_>, value: u32, from: u32) -> fmt::Result {
        match self.allocation.slots.get(value as usize) {
            Some(&slot) if slot != NONE => writeln!(f, "    slot{slot} = {} (v{value})", Operand(from)),
            _ => Ok(()),
        }
    }
}
