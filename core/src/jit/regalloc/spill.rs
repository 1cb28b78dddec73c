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
use crate::jit::Result;
use crate::jit::improve::{Improvement, Improver};
use crate::jit::ir::{Block, Function, NONE, Op, Ty, Value};
use crate::jit::x64::{Code, PReg};
use crate::support::{Entity, OutOfMemory, TryPush};

/// Steps after which the search for a block that comes before two others is given up.
const MOST_STEPS: usize = 64;
/// Frames with no more slots are left as they are.
const FEW_SLOTS: u32 = 4;

/// What is known of reads and slots. Its containers are used again.
#[derive(Debug, Default)]
pub(super) struct Spill {
    /// Per block: one that every way to it leads through; itself for the first one.
    before: Vec<Block>,
    /// Per value: a block that comes before all that read its slot, or [`NONE`].
    reads: Vec<u32>,
    /// Per slot before sharing: the value that uses it, and the slot afterwards.
    values: Vec<u32>,
    shared: Vec<u32>,
    lives: Vec<Life>,
    ended: BinaryHeap<Reverse<(u32, u32, bool)>>,
    /// Slots of 8 and of 16 bytes whose value is dead.
    free: [Vec<u32>; 2],
}

/// The life of a value that has a slot, from its definition to its last use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Life {
    first: u32,
    last: u32,
    slot: u32,
    wide: bool,
}

impl Spill {
    pub(super) fn prepare(&mut self, func: &Function, values: usize) -> Result<()> {
        fill(&mut self.reads, values, NONE)?;
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

    /// A value's slot is read in a block.
    pub(super) fn read(&mut self, value: u32, block: Block) {
        let known = self.reads[value as usize];
        self.reads[value as usize] = if known == NONE { block.0 } else { self.common(Block(known), block).0 };
    }
}

impl Allocator {
    /// Decides where each value with a slot is stored.
    pub(super) fn place_stores(&mut self, func: &Function, improver: &Improver) -> Result<()> {
        fill(&mut self.spill.values, self.out.slot_count as usize, NONE)?;
        for value in 0..self.out.slots.len() as u32 {
            let slot = self.out.slots[value as usize];
            if slot == NONE {
                continue;
            }
            let reads = self.spill.reads[value as usize];
            let comes_there = func.insts.get(Value(value)).is_some_and(|inst| inst.op == Op::Param)
                && matches!(Place::of(self.out.params[value as usize]), Some(Place::Slot(_)));
            if comes_there || reads != NONE {
                self.spill.values[slot as usize] = value;
            }
            if comes_there || reads == NONE {
                self.out.slots[value as usize] = NONE;
            } else if let Some((block, reg)) = self.later(func, value, Block(reads))
                && improver
                    .may(Improvement::StoreLate, func.offsets.get(value as usize).copied().unwrap_or(0))
            {
                self.out.slots[value as usize] = NONE;
                self.out.stores.try_push(SlotStore { block, value, reg, slot })?;
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

    /// Lets values share slots that do not live at the same time.
    pub(super) fn share_slots(&mut self, func: &Function, code: &Code, improver: &Improver) -> Result<()> {
        if self.out.slot_count <= FEW_SLOTS || !improver.may(Improvement::ShareSlots, 0) {
            return Ok(());
        }
        self.find_lives(func, code)?;
        fill(&mut self.spill.shared, self.out.slot_count as usize, NONE)?;
        let Spill { lives, ended, free, shared, .. } = &mut self.spill;
        ended.clear();
        ended.try_reserve(lives.len()).map_err(|_| OutOfMemory)?;
        free.iter_mut().for_each(Vec::clear);
        let mut count = 0;
        for life in &*lives {
            while let Some(&Reverse((last, slot, wide))) = ended.peek()
                && last < life.first
            {
                ended.pop();
                free[usize::from(wide)].try_push(slot)?;
            }
            let slot = match free[usize::from(life.wide)].pop() {
                Some(slot) => slot,
                None => {
                    // Vectors lie at multiples of their size.
                    count += u32::from(life.wide) & count;
                    count += 1 + u32::from(life.wide);
                    count - 1
                }
            };
            shared[life.slot as usize] = slot;
            ended.push(Reverse((life.last, slot, life.wide)));
        }
        self.out.slot_count = count;
        self.rename_slots();
        Ok(())
    }

    /// How long each value with a slot lives, in the order in which they begin.
    fn find_lives(&mut self, func: &Function, code: &Code) -> Result<()> {
        self.spill.lives.clear();
        for slot in 0..self.spill.values.len() as u32 {
            let value = self.spill.values[slot as usize];
            if value == NONE {
                continue;
            }
            let (mut first, mut last) = (self.defined[value as usize], self.live.last[value as usize]);
            if let Some(inst) = func.insts.get(Value(value)).filter(|inst| inst.op == Op::Param) {
                // It is written at the end of the blocks before, among other moves.
                for edge in func.preds(Block(inst.a)) {
                    let end = code.blocks[func.edges[edge].from.index()].insts.end;
                    (first, last) = (first.min(end), last.max(end));
                }
            }
            let wide = code.types[value as usize] == Ty::V128;
            self.spill.lives.try_push(Life { first, last, slot, wide })?;
        }
        self.spill.lives.sort_unstable();
        Ok(())
    }

    fn rename_slots(&mut self) {
        let shared = &self.spill.shared;
        let rename = |operand: &mut u32| {
            if let Some(Place::Slot(slot)) = Place::of(*operand) {
                *operand = Place::Slot(shared[slot as usize]).operand();
            }
        };
        for inst in self.out.insts.iter_mut().chain(&mut self.out.moves) {
            for operand in [&mut inst.def, &mut inst.a, &mut inst.b, &mut inst.base, &mut inst.index] {
                rename(operand);
            }
        }
        self.out.params.iter_mut().for_each(rename);
        for slot in self.out.slots.iter_mut().filter(|slot| **slot != NONE) {
            *slot = shared[*slot as usize];
        }
        for store in &mut self.out.stores {
            store.slot = shared[store.slot as usize];
        }
    }
}
