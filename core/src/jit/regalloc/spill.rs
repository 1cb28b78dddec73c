//! Where values are stored to their slots, and which values share one.
//!
//! In: an allocation with a slot for each value that needs one, and the blocks in which slots are read. Out: stores, each
//! in a block that comes before all that read, where the value is in a register; and slots that are used by several
//! values which never live at the same time. Cost: linear, since the search for a block that comes before others is
//! short or given up; and a logarithm for sorting.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::Place;
use super::alloc::{Allocator, SlotStore, fill};
use super::live::DEAD;
use super::moves::Source;
use crate::jit::Result;
use crate::jit::improve::{Improvement, Improver};
use crate::jit::ir::{Block, Function, NONE, Op, Ty, Value};
use crate::jit::x64::{Code, PReg};
use crate::support::{Entity, OutOfMemory, TryPush};

/// Steps after which the search for a block that comes before two others is given up.
const MOST_STEPS: usize = 64;
/// A value is stored where it is defined.
const DEFINED: u32 = NONE - 1;
/// Where more values live nobody looks whether one of them does.
const MOST_LOOKED_AT: usize = 256;

/// What is known of reads and slots. Its containers are used again.
#[derive(Debug, Default)]
pub(super) struct Spill {
    /// Per block: one that every way to it leads through; itself for the first one.
    before: Vec<Block>,
    /// Per value: the block in which its slot was read last, or [`NONE`].
    reads: Vec<u32>,
    /// Per value: the last one of its stores, [`NONE`] or [`DEFINED`]; and stores, with the one before of the same value.
    first_store: Vec<u32>,
    stores: Vec<(SlotStore, u32)>,
    /// Per slot before sharing: the value that uses it, and the slot afterwards.
    values: Vec<u32>,
    shared: Vec<u32>,
    /// Per value: its slot before sharing, or [`NONE`].
    slots: Vec<u32>,
    lives: Vec<Life>,
    /// Slots afterwards whose value is not dead yet, and when it will be.
    ended: BinaryHeap<Reverse<(u32, u32, bool)>>,
    /// Slots of 8 and of 16 bytes whose value is dead, and perhaps some that were taken again.
    free: [Vec<u32>; 2],
    /// Per slot of 8 bytes afterwards. The lower one of two is nobody's.
    busy: Vec<Busy>,
}

/// The life of a value that has a slot, from its definition to its last use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Life {
    first: u32,
    last: u32,
    slot: u32,
    wide: bool,
    /// It is a parameter, which is written on the ways to its block.
    param: bool,
}

/// What a slot is used by last.
#[derive(Clone, Copy, Debug)]
struct Busy {
    value: u32,
    last: u32,
    wide: bool,
}

impl Spill {
    /// A slot for such a life: the one that is wanted, if it is as wide, another free one, or a new one.
    fn give(&mut self, life: &Life, wanted: Option<u32>) -> Result<u32> {
        while let Some(&Reverse((last, slot, wide))) = self.ended.peek()
            && last < life.first
        {
            self.ended.pop();
            self.free[usize::from(wide)].try_push(slot)?;
        }
        let mut slot = wanted.filter(|slot| self.busy[*slot as usize].wide == life.wide);
        while slot.is_none() {
            let Some(free) = self.free[usize::from(life.wide)].pop() else { break };
            // Somebody may have wanted it meanwhile.
            slot = Some(free).filter(|free| self.busy[*free as usize].last < life.first);
        }
        let slot = match slot {
            Some(slot) => slot,
            None => {
                // Vectors lie at multiples of their size.
                let unused = if life.wide { 1 + self.busy.len() % 2 } else { 0 };
                for _ in 0..=unused {
                    self.busy.try_push(Busy { value: NONE, last: DEAD, wide: false })?;
                }
                self.busy.len() as u32 - 1
            }
        };
        let value = self.values[life.slot as usize];
        self.busy[slot as usize] = Busy { value, last: life.last, wide: life.wide };
        self.ended.push(Reverse((life.last, slot, life.wide)));
        Ok(slot)
    }

    pub(super) fn prepare(&mut self, func: &Function, values: usize) -> Result<()> {
        fill(&mut self.reads, values, NONE)?;
        fill(&mut self.first_store, values, NONE)?;
        self.stores.clear();
        self.before.clear();
        for block in (0..func.blocks.len()).map(Block::from_index) {
            let mut before = None;
            for edge in func.preds(block) {
                let from = func.edges[edge].from;
                if from < block {
                    before = Some(before.map_or(from, |other| self.common(other, from)));
                }
            }
            self.before.try_push(before.unwrap_or(block))?;
        }
        Ok(())
    }

    /// A block that comes before both: the last one if it is near, else the first of all.
    fn common(&self, mut a: Block, mut b: Block) -> Block {
        for _ in 0..MOST_STEPS {
            if a == b {
                return a;
            }
            let later = if a > b { &mut a } else { &mut b };
            *later = self.before[later.index()];
        }
        Block(0)
    }

    /// Whether one block comes before another on every way, as far as that is near.
    fn is_before(&self, first: Block, mut block: Block) -> bool {
        for _ in 0..MOST_STEPS {
            if block <= first {
                return block == first;
            }
            block = self.before[block.index()];
        }
        false
    }
}

impl Allocator {
    /// A value's slot is read in a block. It is stored at the start of the last block that comes before this one, where it is
    /// in a register, and in no loop that it is not of; else where it is defined. So ways that do not read it do not
    /// store it either.
    pub(super) fn read_in(&mut self, func: &Function, value: u32, block: Block) -> Result<()> {
        let known = core::mem::replace(&mut self.spill.reads[value as usize], block.0);
        let first = self.spill.first_store[value as usize];
        if known == block.0 || first == DEFINED {
            return Ok(());
        }
        let mut next = first;
        while let Some(&(store, before)) = self.spill.stores.get(next as usize) {
            if self.spill.is_before(store.block, block) {
                return Ok(());
            }
            next = before;
        }
        self.spill.first_store[value as usize] = match self.later(func, value, block) {
            Some((block, reg)) => {
                self.spill.stores.try_push((SlotStore { block, value, reg, slot: NONE }, first))?;
                self.spill.stores.len() as u32 - 1
            }
            None => DEFINED,
        };
        Ok(())
    }

    /// Decides where each value with a slot is stored.
    pub(super) fn place_stores(&mut self, func: &Function, code: &Code, improver: &Improver) -> Result<()> {
        fill(&mut self.spill.values, self.out.slot_count as usize, NONE)?;
        fill(&mut self.spill.slots, self.out.slots.len(), NONE)?;
        self.spill.lives.clear();
        for value in 0..self.out.slots.len() as u32 {
            let slot = self.out.slots[value as usize];
            if slot == NONE {
                continue;
            }
            let first = self.spill.first_store[value as usize];
            let comes_there = func.insts.get(Value(value)).is_some_and(|inst| inst.op == Op::Param)
                && matches!(Place::of(self.out.params[value as usize]), Some(Place::Slot(_)));
            if comes_there || first != NONE {
                self.add_life(func, code, value, slot)?;
            }
            let offset = func.offsets.get(value as usize).copied().unwrap_or(0);
            let late = first < DEFINED && improver.may(Improvement::StoreLate, offset);
            if comes_there || first == NONE || late {
                self.out.slots[value as usize] = NONE;
            }
            let mut next = if late && !comes_there { first } else { NONE };
            while let Some(&(store, before)) = self.spill.stores.get(next as usize) {
                self.out.stores.try_push(SlotStore { slot, ..store })?;
                next = before;
            }
        }
        self.out.stores.sort_unstable_by_key(|store| (store.block, store.value));
        Ok(())
    }

    /// The last block at whose start a value can be stored, and its register there; `None` for where it is defined.
    fn later(&self, func: &Function, value: u32, reads: Block) -> Option<(Block, PReg)> {
        let home = Block(*func.home.get(value as usize)?);
        let home_loop = func.blocks.get(home)?.in_loop;
        let mut block = reads;
        for _ in 0..MOST_STEPS {
            // A block's number is greater than that of those before it.
            if block <= home {
                return None;
            }
            if func.is_around(func.blocks[block].in_loop, home_loop) {
                let start = &self.starts[block.index()];
                if let Some(reg) = start.iter().position(|held| *held == value) {
                    return Some((block, PReg(reg as u8)));
                }
            }
            block = self.spill.before[block.index()];
        }
        None
    }

    /// Lets values share slots that do not live at the same time. A value that becomes a parameter takes that one's slot if
    /// it can, and a parameter that of an argument: then nothing is moved on the way.
    pub(super) fn share_slots(&mut self, func: &Function, improver: &Improver) -> Result<()> {
        if self.out.slot_count < 2 || !improver.may(Improvement::ShareSlots, 0) {
            return Ok(());
        }
        fill(&mut self.spill.shared, self.out.slot_count as usize, NONE)?;
        self.spill.lives.sort_unstable();
        self.spill.ended.clear();
        self.spill.ended.try_reserve(self.spill.lives.len()).map_err(|_| OutOfMemory)?;
        self.spill.free.iter_mut().for_each(Vec::clear);
        self.spill.busy.clear();
        let lives = core::mem::take(&mut self.spill.lives);
        for life in &lives {
            let wanted = self.wanted(func, life);
            let slot = self.spill.give(life, wanted)?;
            self.spill.shared[life.slot as usize] = slot;
        }
        self.spill.lives = lives;
        self.out.slot_count = self.spill.busy.len() as u32;
        self.rename_slots();
        Ok(())
    }

    /// The slot that would save a move, if it is free.
    fn wanted(&self, func: &Function, life: &Life) -> Option<u32> {
        let value = self.spill.values[life.slot as usize];
        let param = self.live.becomes[value as usize];
        if let Some(slot) = self.shared_slot(param)
            && self.spill.busy[slot as usize].last <= life.first
            && !life.param
        {
            return Some(slot);
        }
        let block = Block(func.insts.get(Value(value)).filter(|_| life.param)?.a);
        let index = func.insts[Value(value)].b as usize;
        func.preds(block).find_map(|edge| {
            let arg = func.same(func.args(edge)[index]);
            let slot = self.shared_slot(arg)?;
            let Busy { value, last, .. } = self.spill.busy[slot as usize];
            let free = last < life.first || last == life.first && value == arg && !self.is_live(arg, block);
            free.then_some(slot)
        })
    }

    /// The slot that a value has got by now, as far as it shares.
    fn shared_slot(&self, value: u32) -> Option<u32> {
        let slot = *self.spill.slots.get(value as usize).filter(|slot| **slot != NONE)?;
        Some(self.spill.shared[slot as usize]).filter(|slot| *slot != NONE)
    }

    /// Whether a value may be live at a block's start.
    fn is_live(&self, value: u32, block: Block) -> bool {
        let live = self.live.at_start(block);
        live.len() > MOST_LOOKED_AT || live.iter().any(|(other, _)| *other == value)
    }

    /// Notes how long a value with this slot lives.
    fn add_life(&mut self, func: &Function, code: &Code, value: u32, slot: u32) -> Result<()> {
        self.spill.values[slot as usize] = value;
        self.spill.slots[value as usize] = slot;
        let param = func.insts.get(Value(value)).is_some_and(|inst| inst.op == Op::Param);
        let (first, last) = (self.defined[value as usize], self.live.last[value as usize]);
        let wide = code.types[value as usize] == Ty::V128;
        Ok(self.spill.lives.try_push(Life { first, last, slot, wide, param })?)
    }

    fn rename_slots(&mut self) {
        let shared = &self.spill.shared;
        let rename = |operand: &mut u32| {
            if let Some(Place::Slot(slot)) = Place::of(*operand) {
                *operand = Place::Slot(shared[slot as usize]).operand();
            }
        };
        for inst in &mut self.out.insts {
            for operand in [&mut inst.def, &mut inst.a, &mut inst.b, &mut inst.base, &mut inst.index] {
                rename(operand);
            }
        }
        self.out.params.iter_mut().for_each(rename);
        for (to, from, _) in &mut self.ways {
            if let Place::Slot(slot) = to {
                *slot = shared[*slot as usize];
            }
            if let Source::Place(Place::Slot(slot)) = from {
                *slot = shared[*slot as usize];
            }
        }
        for slot in self.out.slots.iter_mut().filter(|slot| **slot != NONE) {
            *slot = shared[*slot as usize];
        }
        for store in &mut self.out.stores {
            store.slot = shared[store.slot as usize];
        }
    }
}
