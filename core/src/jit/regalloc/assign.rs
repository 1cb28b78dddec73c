//! The pass forward, at an instruction: its operands go to registers, and its result gets one.
//!
//! In: an instruction and what registers hold. Out: the same on registers and slots, behind the moves that it needs.

use super::Place;
use super::alloc::Pass;
use super::live::{DEAD, operands};
use super::moves::Source;
use crate::jit::ir::NONE;
use crate::jit::x64::{Constraint, MInst, PReg, RegSet, is_virtual};
use crate::jit::{CompileError, Result};

/// A use farther away than this many instructions is far.
const FAR: u32 = 40;

impl Pass<'_> {
    /// A call or a return: operands go to registers all at once, and a call leaves nothing in any.
    pub(super) fn listed(&mut self, at: u32) -> Result<()> {
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

    pub(super) fn inst(&mut self, at: u32) -> Result<()> {
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
