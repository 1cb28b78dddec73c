//! The pass forward: which register each operand gets.
//!
//! In: code, blocks, and what is live. Out: an [`Allocation`]. Here is the state of the pass, which value is in which
//! register at the instruction that is looked at, and what changes it; at blocks' starts and at instructions others ask.

use alloc::vec::Vec;
use core::ops::Range;

use super::Place;
use super::live::{DEAD, Hint, Live};
use super::moves::{Moves, Pending, Source, push};
use super::spill::Spill;
use crate::jit::improve::Improver;
use crate::jit::ir::{Block, Function, NONE, Ty};
use crate::jit::x64::{Code, MInst, PReg, RegSet};
use crate::jit::{CompileError, Result};
use crate::support::{Entity, TryPush};

/// Code on registers and slots.
#[derive(Debug, Default)]
pub(crate) struct Allocation {
    pub(crate) insts: Vec<MInst>,
    /// The instruction that each was, or [`NONE`] for a move.
    pub(crate) source: Vec<u32>,
    /// By block.
    pub(crate) blocks: Vec<Range<u32>>,
    /// By edge: moves on the way.
    pub(crate) edges: Vec<Range<u32>>,
    pub(crate) moves: Vec<MInst>,
    /// By value: the slot that it is stored to where it is defined, or [`NONE`].
    pub(crate) slots: Vec<u32>,
    /// Values that are stored to their slots at a block's start, by block: that, the value, its register and its slot.
    pub(crate) stores: Vec<SlotStore>,
    /// By value: where a parameter is at its block's start, as an operand, or [`NONE`].
    pub(crate) params: Vec<u32>,
    /// By block: registers that hold something at its start.
    pub(crate) starts: Vec<RegSet>,
    /// How many slots of 8 bytes there are; a vector takes two.
    pub(crate) slot_count: u32,
}

/// A value that is stored at a block's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotStore {
    pub(crate) block: Block,
    pub(crate) value: u32,
    pub(crate) reg: PReg,
    pub(crate) slot: u32,
}

/// The allocator. Its containers are used again.
#[derive(Debug, Default)]
pub(crate) struct Allocator {
    pub(crate) out: Allocation,
    pub(super) live: Live,
    pub(super) moves: Moves,
    /// The moves on all ways, as they are found.
    pub(super) ways: Vec<Pending>,
    /// Per block: what each register holds at its end, and at its start where several ways lead there.
    pub(super) ends: Vec<[u32; 32]>,
    pub(super) starts: Vec<[u32; 32]>,
    pub(super) busy_loops: Vec<(u32, u32)>,
    /// Per value: its register at the end of some block, while edges are looked at.
    pub(super) at_end: Vec<u8>,
    pub(super) loc: Vec<u8>,
    pub(super) next: Vec<u32>,
    pub(super) order: Vec<(u32, u32)>,
    /// Per value: the position of its definition, or of its block's start.
    pub(super) defined: Vec<u32>,
    pub(super) spill: Spill,
}

/// No register.
pub(super) const NOWHERE: u8 = 0xff;

impl Allocator {
    /// Allocates registers of this set to a function.
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn run(
        &mut self,
        func: &Function,
        code: &mut Code,
        (allowed, improver): (RegSet, &Improver),
    ) -> Result<()> {
        self.live.run(func, code)?;
        self.prepare(func, code)?;
        self.find_busy_loops(func, allowed)?;
        let mut pass = Pass {
            func,
            code,
            room: self,
            allowed,
            regs: [NONE; 32],
            used: RegSet::EMPTY,
            position: 0,
            at: Block(0),
        };
        for block in (0..func.blocks.len()).map(Block::from_index) {
            pass.block(block)?;
        }
        self.place_stores(func, code, improver)?;
        self.share_slots(func, improver)?;
        self.order_moves(func, allowed)
    }

    fn prepare(&mut self, func: &Function, code: &Code) -> Result<()> {
        let values = code.types.len();
        fill(&mut self.loc, values, NOWHERE)?;
        fill(&mut self.at_end, values, NOWHERE)?;
        fill(&mut self.next, values, DEAD)?;
        fill(&mut self.defined, values, 0)?;
        fill(&mut self.out.slots, values, NONE)?;
        fill(&mut self.out.params, func.insts.len(), NONE)?;
        fill(&mut self.ends, func.blocks.len(), [NONE; 32])?;
        fill(&mut self.starts, func.blocks.len(), [NONE; 32])?;
        self.out.stores.clear();
        fill(&mut self.out.starts, func.blocks.len(), RegSet::EMPTY)?;
        self.spill.prepare(func, values)?;
        fill(&mut self.out.edges, func.edges.len(), 0..0)?;
        self.out.insts.clear();
        self.out.source.clear();
        self.out.blocks.clear();
        self.out.moves.clear();
        self.ways.clear();
        self.out.slot_count = 0;
        Ok(())
    }

    /// How many values too many live in each loop, of both kinds; all are where it calls.
    fn find_busy_loops(&mut self, func: &Function, allowed: RegSet) -> Result<()> {
        fill(&mut self.busy_loops, func.loops.len(), (0, 0))?;
        for (block, data) in func.blocks.iter() {
            let (mut general, mut vectors) = self.live.pressure[block.index()];
            if self.live.first_call[block.index()] != DEAD {
                (general, vectors) = (DEAD, DEAD);
            }
            let around = &mut self.busy_loops[data.in_loop as usize];
            *around = (around.0.max(general), around.1.max(vectors));
        }
        let general = allowed.and(RegSet::GENERAL).0.count_ones();
        let vectors = allowed.and(RegSet::VECTOR).0.count_ones();
        for number in (1..func.loops.len()).rev() {
            let inner = self.busy_loops[number];
            let outer = &mut self.busy_loops[func.loops[number].parent as usize];
            *outer = (outer.0.max(inner.0), outer.1.max(inner.1));
            // One more gives way than must, since some instructions insist on registers.
            let too_many = |most: u32, all: u32| if most > all { most - all + 1 } else { 0 };
            self.busy_loops[number] = (too_many(inner.0, general), too_many(inner.1, vectors));
        }
        Ok(())
    }
}

pub(super) fn fill<T: Clone>(list: &mut Vec<T>, len: usize, value: T) -> Result<()> {
    list.clear();
    list.try_reserve(len).map_err(|_| CompileError::OutOfMemory)?;
    list.resize(len, value);
    Ok(())
}

/// The pass at work.
pub(super) struct Pass<'p> {
    pub(super) func: &'p Function,
    pub(super) code: &'p mut Code,
    pub(super) room: &'p mut Allocator,
    pub(super) allowed: RegSet,
    /// What each register holds.
    pub(super) regs: [u32; 32],
    pub(super) used: RegSet,
    /// The position of the instruction at hand, and its block.
    pub(super) position: u32,
    pub(super) at: Block,
}

impl Pass<'_> {
    pub(super) fn ty(&self, value: u32) -> Ty {
        self.code.types[value as usize]
    }

    pub(super) fn reg_of(&self, value: u32) -> Option<PReg> {
        Some(PReg(self.room.loc[value as usize])).filter(|reg| reg.0 != NOWHERE)
    }

    /// Where a value is now, to be read there.
    pub(super) fn place(&mut self, value: u32) -> Result<Place> {
        match self.reg_of(value) {
            Some(reg) => Ok(Place::Reg(reg)),
            None => self.read_slot(value, self.at).map(Place::Slot),
        }
    }

    /// A value's slot, which is read in this block, or at its end.
    pub(super) fn read_slot(&mut self, value: u32, block: Block) -> Result<u32> {
        self.room.read_in(self.func, value, block)?;
        Ok(self.slot(value))
    }

    /// A value's slot; it gets one if it has none.
    pub(super) fn slot(&mut self, value: u32) -> u32 {
        let out = &mut self.room.out;
        if out.slots[value as usize] == NONE {
            let wide = self.code.types[value as usize] == Ty::V128;
            // Vectors lie at multiples of their size.
            out.slot_count += u32::from(wide) & out.slot_count;
            out.slots[value as usize] = out.slot_count + u32::from(wide);
            out.slot_count += 1 + u32::from(wide);
        }
        out.slots[value as usize]
    }

    pub(super) fn put(&mut self, value: u32, reg: PReg) {
        self.regs[usize::from(reg.0)] = value;
        self.used = self.used.with(reg);
        self.room.loc[value as usize] = reg.0;
    }

    pub(super) fn remove(&mut self, value: u32) {
        if let Some(reg) = self.reg_of(value) {
            self.regs[usize::from(reg.0)] = NONE;
            self.used = self.used.without(RegSet::one(reg));
            self.room.loc[value as usize] = NOWHERE;
        }
    }

    /// A free register for a value, without those in `avoid`; the value needed last gives way if there is none.
    pub(super) fn take(&mut self, value: u32, avoid: RegSet, hint: Option<PReg>) -> Result<PReg> {
        let all = RegSet::of(self.ty(value)).and(self.allowed).without(avoid);
        let free = all.without(self.used);
        if let Some(hint) = hint.filter(|hint| free.has(*hint)) {
            return Ok(hint);
        }
        if let Some(reg) = PREFERENCE.into_iter().map(PReg).find(|reg| free.has(*reg)) {
            return Ok(reg);
        }
        if let Some(reg) = free.iter().next() {
            return Ok(reg);
        }
        let next = |reg: &PReg| self.room.next[self.regs[usize::from(reg.0)] as usize];
        let last = all.iter().max_by_key(next).ok_or(CompileError::Internal("no register"))?;
        self.give_way(last);
        Ok(last)
    }

    /// The value in a register is in its slot only, from now on.
    pub(super) fn give_way(&mut self, reg: PReg) {
        let value = self.regs[usize::from(reg.0)];
        if value != NONE {
            self.slot(value);
            self.remove(value);
        }
    }

    /// What a value would best be in.
    pub(super) fn hint(&self, value: u32) -> Option<PReg> {
        match self.room.live.hints[value as usize] {
            Hint::None => None,
            Hint::Reg(reg) => Some(reg),
            Hint::Param(param) => match Place::of(self.room.out.params[param as usize])? {
                Place::Reg(reg) => Some(reg),
                Place::Slot(_) => None,
            },
        }
    }

    pub(super) fn emit(&mut self, inst: MInst, source: u32) -> Result<()> {
        self.room.out.insts.try_push(inst)?;
        self.room.out.source.try_push(source)?;
        Ok(())
    }

    /// Emits a move.
    pub(super) fn emit_move(&mut self, to: PReg, from: Place, ty: Ty) -> Result<()> {
        push(&mut self.room.out.insts, Place::Reg(to), Source::Place(from), ty, PReg::SCRATCH)?;
        self.match_sources()
    }

    /// Moves have no source.
    pub(super) fn match_sources(&mut self) -> Result<()> {
        while self.room.out.source.len() < self.room.out.insts.len() {
            self.room.out.source.try_push(NONE)?;
        }
        Ok(())
    }

    fn block(&mut self, block: Block) -> Result<()> {
        self.at = block;
        self.enter(block)?;
        let start = self.room.out.insts.len() as u32;
        for at in self.code.blocks[block.index()].insts.clone() {
            self.position = at;
            if self.code.insts[at as usize].op.has_list() {
                self.listed(at)?;
            } else {
                self.inst(at)?;
            }
        }
        self.room.out.blocks.try_push(start..self.room.out.insts.len() as u32)?;
        self.room.ends[block.index()] = self.regs;
        self.leave(block)
    }
}

/// General registers in the order in which they are given out: short encodings first, those that instructions insist on
/// last.
pub(super) const PREFERENCE: [u8; 12] = [6, 7, 3, 8, 9, 10, 11, 12, 13, 2, 0, 1];
