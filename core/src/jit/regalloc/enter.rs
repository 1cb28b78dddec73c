//! The pass forward, at a block's start: which values are in registers there.
//!
//! In: what registers hold at the ends of the blocks before, as far as they come first, and how far away the next uses
//! are. Out: what they hold at the start, and where parameters are.

use super::Place;
use super::alloc::{NOWHERE, PREFERENCE, Pass};
use super::live::DEAD;
use crate::jit::ir::{Block, Edge, NONE, Op, Value};
use crate::jit::x64::{ArgPlace, PReg, Places, RegSet};
use crate::jit::{CompileError, Result};
use crate::support::{Entity, TryPush};

/// More ways to a block than these are not looked at.
const MOST_WAYS: usize = 8;

impl Pass<'_> {
    /// What is where at a block's start.
    pub(super) fn enter(&mut self, block: Block) -> Result<()> {
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

    fn param_reg(&mut self, param: Value, next: u32, edge: Option<Edge>) -> Option<PReg> {
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
}
