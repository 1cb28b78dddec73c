//! The pass forward: which register each operand gets.
//!
//! In: code, blocks, and what is live. Out: an [`Allocation`].
//!
//! Long, since it is one pass over one state: which value is in which register at the instruction that is looked at.

use alloc::vec::Vec;
use core::ops::Range;

use super::Place;
use super::live::{DEAD, Hint, Live, operands};
use super::moves::{Moves, Pending, Source, push};
use super::spill::Spill;
use crate::jit::improve::Improver;
use crate::jit::ir::{Block, Function, NONE, Op, Ty, Value};
use crate::jit::x64::{ArgPlace, Code, Constraint, MInst, PReg, Places, RegSet, is_virtual};
use crate::jit::{CompileError, Result};
use crate::support::{Entity, TryPush};

/// A use farther away than this many instructions is far.
const FAR: u32 = 40;

/// More ways to a block than these are not looked at.
const MOST_WAYS: usize = 8;

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
    next: Vec<u32>,
    order: Vec<(u32, u32)>,
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
    allowed: RegSet,
    /// What each register holds.
    pub(super) regs: [u32; 32],
    pub(super) used: RegSet,
    /// The position of the instruction at hand, and its block.
    position: u32,
    at: Block,
}

impl Pass<'_> {
    pub(super) fn ty(&self, value: u32) -> Ty {
        self.code.types[value as usize]
    }

    pub(super) fn reg_of(&self, value: u32) -> Option<PReg> {
        Some(PReg(self.room.loc[value as usize])).filter(|reg| reg.0 != NOWHERE)
    }

    /// Where a value is now, to be read there.
    fn place(&mut self, value: u32) -> Result<Place> {
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
    fn take(&mut self, value: u32, avoid: RegSet, hint: Option<PReg>) -> Result<PReg> {
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
    fn give_way(&mut self, reg: PReg) {
        let value = self.regs[usize::from(reg.0)];
        if value != NONE {
            self.slot(value);
            self.remove(value);
        }
    }

    /// What a value would best be in.
    fn hint(&self, value: u32) -> Option<PReg> {
        match self.room.live.hints[value as usize] {
            Hint::None => None,
            Hint::Reg(reg) => Some(reg),
            Hint::Param(param) => match Place::of(self.room.out.params[param as usize])? {
                Place::Reg(reg) => Some(reg),
                Place::Slot(_) => None,
            },
        }
    }

    fn emit(&mut self, inst: MInst, source: u32) -> Result<()> {
        self.room.out.insts.try_push(inst)?;
        self.room.out.source.try_push(source)?;
        Ok(())
    }

    /// Emits a move.
    fn emit_move(&mut self, to: PReg, from: Place, ty: Ty) -> Result<()> {
        push(&mut self.room.out.insts, Place::Reg(to), Source::Place(from), ty, PReg::SCRATCH)?;
        self.match_sources()
    }

    /// Moves have no source.
    fn match_sources(&mut self) -> Result<()> {
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

    /// What is where at a block's start.
    fn enter(&mut self, block: Block) -> Result<()> {
        for value in core::mem::replace(&mut self.regs, [NONE; 32]) {
            if value != NONE {
                self.room.loc[value as usize] = NOWHERE;
            }
        }
        self.used = RegSet::EMPTY;
        for &(value, next) in self.room.live.at_start(block) {
            self.room.next[value as usize] = next;
        }
        if block.index() == 0 {
            return self.enter_function();
        }
        let mut preds = self.func.preds(block);
        let Some(first) = preds.next() else { return Err(CompileError::Internal("no way to block")) };
        // A way of its own has no moves: arguments need some.
        let alone = preds.next().is_none() && self.func.blocks[block].param_count == 0;
        let from = if alone { self.func.edges[first].from } else { self.best_pred(block) };
        let end = self.room.ends[from.index()];
        let mut order = core::mem::take(&mut self.room.order);
        order.clear();
        for &(value, next) in self.room.live.at_start(block) {
            order.try_push((value, next))?;
        }
        // Registers are found through values, since a register may hold one that is dead here.
        for (reg, &value) in end.iter().enumerate() {
            if value != NONE {
                self.room.at_end[value as usize] = reg as u8;
            }
        }
        let call = self.room.live.first_call[block.index()];
        for &(value, next) in &order {
            let reg = self.room.at_end[value as usize];
            if reg != NOWHERE && (alone || next <= call || self.is_in_registers(value, block)) {
                self.put(value, PReg(reg));
            } else {
                self.slot(value);
            }
        }
        if !alone {
            self.make_room(block, &order);
        }
        self.room.order = order;
        let entered = self.enter_params(block, from);
        for &value in end.iter().filter(|value| **value != NONE) {
            self.room.at_end[value as usize] = NOWHERE;
        }
        entered?;
        self.room.starts[block.index()] = self.regs;
        self.room.out.starts[block.index()] = self.used;
        if alone { Ok(()) } else { self.connect_forward(block) }
    }

    /// Around a loop that is short of registers, values that it does not use give way, those needed last first.
    fn make_room(&mut self, block: Block, live: &[(u32, u32)]) {
        let inside = self.func.blocks[block].in_loop as usize;
        let data = self.func.loops[inside];
        let (mut general, mut vectors) = self.room.busy_loops[inside];
        if inside == 0 || data.before.0 + 1 != block.0 || (general, vectors) == (0, 0) {
            return;
        }
        let Some(end) = self.code.blocks.get(data.end.index()).map(|end| end.insts.start) else { return };
        for &(value, next) in live {
            if next >= end && self.reg_of(value).is_none() {
                let count = if self.ty(value).is_int() { &mut general } else { &mut vectors };
                *count = count.saturating_sub(1);
            }
        }
        for (all, count) in [(RegSet::GENERAL, general), (RegSet::VECTOR, vectors)] {
            for _ in 0..count {
                let next = |reg: &PReg| self.room.next[self.regs[usize::from(reg.0)] as usize];
                let held = all.and(self.used).iter().max_by_key(next);
                let Some(last) = held.filter(|reg| next(reg) >= end) else { break };
                self.give_way(last);
            }
        }
    }

    /// Whether a value is in a register on all ways to a block, as far as they are known and few.
    fn is_in_registers(&self, value: u32, block: Block) -> bool {
        let mut preds = self.func.preds(block);
        let known = |edge| {
            let from = self.func.edges[edge].from;
            from < block && self.room.ends[from.index()].contains(&value)
        };
        preds.by_ref().take(MOST_WAYS).all(known) && preds.next().is_none()
    }

    /// Of several ways to a block, the one whose registers count: the first one for a loop, else the innermost, then the
    /// one with the most values in registers, then the last.
    fn best_pred(&self, block: Block) -> Block {
        let mut best = None;
        for edge in self.func.preds(block) {
            let from = self.func.edges[edge].from;
            if from >= block {
                continue;
            }
            let depth = self.func.loops[self.func.blocks[from].in_loop as usize].depth;
            // A call leaves nothing in registers: what comes by such a way can be loaded on it.
            let kept = self.room.ends[from.index()].iter().filter(|value| **value != NONE).count();
            best = best.max(Some((depth, kept, from)));
        }
        best.map_or(Block(0), |(_, _, from)| from)
    }

    /// Parameters of the function are where the caller has put them.
    fn enter_function(&mut self) -> Result<()> {
        let mut places = Places::default();
        for param in self.func.params(Block(0)) {
            if let ArgPlace::Reg(reg) = places.next(self.func.ty(param)) {
                let next = self.room.live.param_next[param.index()];
                if next != DEAD {
                    self.room.next[param.index()] = next;
                    self.room.out.params[param.index()] = reg.operand();
                    self.put(param.0, reg);
                }
            }
        }
        self.room.starts[0] = self.regs;
        Ok(())
    }

    /// Gives each parameter that is used a register, or a slot where others are needed sooner.
    fn enter_params(&mut self, block: Block, from: Block) -> Result<()> {
        let edge = self.func.preds(block).find(|edge| self.func.edges[*edge].from == from);
        for param in self.func.params(block) {
            let next = self.room.live.param_next[param.index()];
            if next == DEAD {
                continue;
            }
            self.room.next[param.index()] = next;
            self.room.defined[param.index()] = self.code.blocks[block.index()].insts.start;
            let reg = self.param_reg(param, next, edge);
            let place = match reg {
                Some(reg) => {
                    self.put(param.0, reg);
                    Place::Reg(reg)
                }
                None => Place::Slot(self.slot(param.0)),
            };
            self.room.out.params[param.index()] = place.operand();
        }
        Ok(())
    }

    fn param_reg(&mut self, param: Value, next: u32, edge: Option<crate::jit::ir::Edge>) -> Option<PReg> {
        let block = self.func.insts[param].a as usize;
        if next > self.room.live.first_call[block] {
            return None;
        }
        let all = RegSet::of(self.func.ty(param)).and(self.allowed);
        let free = all.without(self.used);
        if let Some(hint) = self.hint(param.0).filter(|hint| free.has(*hint)) {
            return Some(hint);
        }
        let index = self.func.insts[param].b as usize;
        let arg = edge.and_then(|edge| self.func.args(edge).get(index).copied());
        let arg = arg.map(|arg| self.func.same(arg));
        if let Some(arg) = arg.filter(|arg| self.func.insts[Value(*arg)].op != Op::Const) {
            let reg = PReg(self.room.at_end[arg as usize]);
            if reg.0 != NOWHERE && free.has(reg) {
                return Some(reg);
            }
        }
        if let Some(reg) = PREFERENCE.into_iter().map(PReg).find(|reg| free.has(*reg)) {
            return Some(reg);
        }
        if let Some(reg) = free.iter().next() {
            return Some(reg);
        }
        let distance = |reg: &PReg| self.room.next[self.regs[usize::from(reg.0)] as usize];
        let last = all.iter().max_by_key(distance)?;
        if distance(&last) <= next {
            return None;
        }
        let value = self.regs[usize::from(last.0)];
        let slot = self.slot(value);
        if self
            .func
            .insts
            .get(Value(value))
            .is_some_and(|inst| inst.op == Op::Param && inst.a == self.func.insts[param].a)
        {
            self.room.out.params[value as usize] = Place::Slot(slot).operand();
        }
        self.remove(value);
        Some(last)
    }

    /// A call or a return: operands go to registers all at once, and a call leaves nothing in any.
    fn listed(&mut self, at: u32) -> Result<()> {
        let inst = self.code.insts[at as usize];
        let first = inst.imm as usize + 1;
        let used = self.code.pool[first - 1] as usize;
        let behind = first + used * 2 + 1;
        let defined = self.code.pool[behind - 1] as usize;
        for position in 0..used {
            let (value, reg) = self.pair(first + position * 2);
            let from = self.place(value)?;
            let ty = self.ty(value);
            self.room.moves.add(Place::Reg(reg), Source::Place(from), ty)?;
        }
        for position in 0..used {
            let (value, _) = self.pair(first + position * 2);
            let next = self.room.live.list_next[first + position * 2];
            self.room.next[value as usize] = next;
        }
        let regs = self.regs;
        for value in regs.into_iter().filter(|value| *value != NONE) {
            if self.room.next[value as usize] != DEAD {
                self.slot(value);
            }
            self.remove(value);
        }
        self.room.moves.finish(&mut self.room.out.insts, None)?;
        self.match_sources()?;
        self.emit(inst, at)?;
        for position in 0..defined {
            let (value, reg) = self.pair(behind + position * 2);
            let next = self.room.live.list_next[behind + position * 2];
            self.room.defined[value as usize] = at;
            if next != DEAD {
                self.room.next[value as usize] = next;
                self.put(value, reg);
            }
        }
        Ok(())
    }

    fn pair(&self, at: usize) -> (u32, PReg) {
        (self.code.pool[at], PReg(self.code.pool[at + 1] as u8))
    }

    fn inst(&mut self, at: u32) -> Result<()> {
        let mut inst = self.code.insts[at as usize];
        let mut next = self.room.live.next[at as usize];
        let shape = inst.op.shape();
        if shape.commutes && is_virtual(inst.a) && is_virtual(inst.b) && next[0] != DEAD && next[1] == DEAD {
            core::mem::swap(&mut inst.a, &mut inst.b);
            next.swap(0, 1);
        }
        let uses = operands(&inst);
        let constraints = [shape.a, shape.b, Constraint::Reg, Constraint::Reg];
        let mut blocked = shape.clobbers;
        for constraint in [shape.a, shape.b, shape.def] {
            if let Constraint::Fixed(reg) = constraint {
                blocked = blocked.with(reg);
            }
        }
        self.clear_blocked(blocked, &uses, &constraints, &next)?;
        let mut pinned = self.use_registers(&mut inst, &uses, &constraints, &next, blocked)?;
        if shape.a == Constraint::Tied {
            self.tie(&mut inst, uses[0], next[0], blocked, &mut pinned)?;
        }
        let early = if shape.early { pinned.or(blocked) } else { RegSet::EMPTY };
        for (operand, next) in uses.into_iter().zip(next) {
            if is_virtual(operand) {
                self.room.next[operand as usize] = next;
                if next == DEAD {
                    self.remove(operand);
                }
            }
        }
        let def = self.code.insts[at as usize].def;
        if is_virtual(def) {
            let reg = match (shape.def, shape.a) {
                (Constraint::Fixed(reg), _) => reg,
                (_, Constraint::Tied) => match Place::of(inst.a) {
                    Some(Place::Reg(reg)) => reg,
                    _ => return Err(CompileError::Internal("tied operand has no register")),
                },
                _ => {
                    let hint = self.hint(def);
                    self.take(def, early, hint)?
                }
            };
            inst.def = reg.operand();
            self.room.defined[def as usize] = at;
            self.room.next[def as usize] = next[4];
            self.emit(inst, at)?;
            if next[4] != DEAD {
                self.put(def, reg);
            }
            return Ok(());
        }
        self.emit(inst, at)
    }

    /// Empties the registers that an instruction insists on, but for operands that are in their own already.
    fn clear_blocked(
        &mut self,
        blocked: RegSet,
        uses: &[u32; 4],
        constraints: &[Constraint; 4],
        next: &[u32; 5],
    ) -> Result<()> {
        let mut keep = blocked;
        for &operand in uses.iter().filter(|operand| is_virtual(**operand)) {
            if let Some(reg) = self.reg_of(operand) {
                keep = keep.with(reg);
            }
        }
        for reg in blocked.iter() {
            let value = self.regs[usize::from(reg.0)];
            if value == NONE {
                continue;
            }
            let position = uses.iter().position(|operand| *operand == value);
            let in_place = position.is_some_and(|p| constraints[p] == Constraint::Fixed(reg));
            let other_use = (0..4).any(|p| uses[p] == value && constraints[p] != Constraint::Fixed(reg));
            let lives_on = match position {
                Some(position) => next[position] != DEAD || other_use,
                None => true,
            };
            if in_place && !lives_on {
                continue;
            }
            let free = RegSet::of(self.ty(value)).and(self.allowed).without(self.used).without(keep);
            let to = match free.iter().next() {
                Some(to) => Some(to),
                // What is used here in any register must be in one.
                None if other_use => Some(self.take(value, keep, None)?),
                None => None,
            };
            if let Some(to) = to {
                self.emit_move(to, Place::Reg(reg), self.ty(value))?;
                self.remove(value);
                self.put(value, to);
                keep = keep.with(to);
            } else {
                // If it is an operand that belongs here, it is loaded again: it is in its slot now.
                self.give_way(reg);
            }
        }
        Ok(())
    }

    /// Brings operands into registers, or leaves them in their slots where that will do.
    fn use_registers(
        &mut self,
        inst: &mut MInst,
        uses: &[u32; 4],
        constraints: &[Constraint; 4],
        next: &[u32; 5],
        blocked: RegSet,
    ) -> Result<RegSet> {
        let mut pinned = RegSet::EMPTY;
        for &operand in uses.iter().filter(|operand| is_virtual(**operand)) {
            if let Some(reg) = self.reg_of(operand) {
                pinned = pinned.with(reg);
            }
        }
        let mut chosen = [NONE; 4];
        for position in 0..4 {
            let value = uses[position];
            if let (Constraint::Fixed(reg), true) = (constraints[position], is_virtual(value)) {
                let from = self.place(value)?;
                if from != Place::Reg(reg) {
                    self.emit_move(reg, from, self.ty(value))?;
                }
                pinned = pinned.with(reg);
                chosen[position] = reg.operand();
            }
        }
        for position in 0..4 {
            let value = uses[position];
            let constraint = constraints[position];
            if !is_virtual(value) || matches!(constraint, Constraint::Fixed(_) | Constraint::Tied) {
                continue;
            }
            let far = next[position] == DEAD || next[position] - self.position > FAR;
            let place = match self.place(value)? {
                Place::Slot(slot) if constraint == Constraint::Any && far => Place::Slot(slot),
                Place::Slot(slot) => {
                    let hint = self.hint(value);
                    let reg = self.take(value, pinned.or(blocked), hint)?;
                    self.emit_move(reg, Place::Slot(slot), self.ty(value))?;
                    self.put(value, reg);
                    pinned = pinned.with(reg);
                    Place::Reg(reg)
                }
                place => place,
            };
            chosen[position] = place.operand();
        }
        for (position, slot) in
            [&mut inst.a, &mut inst.b, &mut inst.base, &mut inst.index].into_iter().enumerate()
        {
            if chosen[position] != NONE {
                *slot = chosen[position];
            }
        }
        Ok(pinned)
    }

    /// Puts the first operand into the register of the result: its own if it is not needed any more, else a copy.
    fn tie(
        &mut self,
        inst: &mut MInst,
        value: u32,
        next: u32,
        blocked: RegSet,
        pinned: &mut RegSet,
    ) -> Result<()> {
        let from = self.place(value)?;
        if let (Place::Reg(reg), DEAD) = (from, next) {
            inst.a = reg.operand();
            return Ok(());
        }
        let def = self.code.insts[self.position as usize].def;
        let target = if is_virtual(def) { def } else { value };
        let hint = self.hint(target);
        let reg = self.take(value, pinned.or(blocked), hint)?;
        self.emit_move(reg, from, self.ty(value))?;
        *pinned = pinned.with(reg);
        inst.a = reg.operand();
        Ok(())
    }
}

/// General registers in the order in which they are given out: short encodings first, those that instructions insist on
/// last.
const PREFERENCE: [u8; 12] = [6, 7, 3, 8, 9, 10, 11, 12, 13, 2, 0, 1];
