//! What is live where, and how far away its next use is.
//!
//! In: code and blocks. Out: for each block the values live at its start, for each operand the next use behind it.
//! Positions are numbers of instructions. Where there are loops, a first pass finds what is live around each; the
//! second is exact.

use alloc::vec::Vec;

use crate::jit::ir::{Block, Function, NONE, Op, Value};
use crate::jit::x64::{Code, Constraint, MInst, PReg, RegSet, is_virtual};
use crate::jit::{CompileError, Result};
use crate::support::{Entity, TryPush};

/// No further use.
pub(super) const DEAD: u32 = u32::MAX;
/// The most entries of values live at blocks' starts, for each instruction and besides.
const MOST_PER_INST: usize = 64;
const MOST_BESIDES: usize = 1 << 20;

/// Where a value would best be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    None,
    Reg(PReg),
    /// Where this parameter is.
    Param(u32),
}

/// Operands of an instruction, besides lists: `a`, `b`, `base`, `index`.
pub(super) const fn operands(inst: &MInst) -> [u32; 4] {
    [inst.a, inst.b, inst.base, inst.index]
}

/// The answer.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// Per instruction: the next use behind each of its operands, and the first of its result.
    pub(super) next: Vec<[u32; 5]>,
    /// The same for operands in lists, at their position in the pool.
    pub(super) list_next: Vec<u32>,
    /// Values live at the start of each block, with their next use.
    at_start: Vec<(u32, u32)>,
    starts: Vec<(u32, u32)>,
    pub(super) hints: Vec<Hint>,
    /// Per block: the most general and vector values at once.
    pub(super) pressure: Vec<(u32, u32)>,
    /// Per block: its first call, behind which nothing is in a register; [`DEAD`] if there is none.
    pub(super) first_call: Vec<u32>,
    /// The first use of each parameter.
    pub(super) param_next: Vec<u32>,
    /// Per value: a parameter that it is an argument for.
    pub(super) becomes: Vec<u32>,
    /// Per loop: what is live around it, with its next use.
    around: Vec<Vec<(u32, u32)>>,
    /// Per value: the next use from where the pass stands.
    now: Vec<u32>,
    /// Per value: the last position at which it lives.
    pub(super) last: Vec<u32>,
    touched: Vec<u32>,
}

impl Live {
    /// The values live at a block's start, and their next use.
    pub(super) fn at_start(&self, block: Block) -> &[(u32, u32)] {
        let (first, end) = self.starts[block.index()];
        &self.at_start[first as usize..end as usize]
    }

    pub(super) fn run(&mut self, func: &Function, code: &Code) -> Result<()> {
        let values = code.types.len();
        self.now.clear();
        self.now.try_reserve(values).map_err(|_| CompileError::OutOfMemory)?;
        self.now.resize(values, DEAD);
        super::alloc::fill(&mut self.last, values, 0)?;
        self.hints.clear();
        self.hints.try_reserve(values).map_err(|_| CompileError::OutOfMemory)?;
        self.hints.resize(values, Hint::None);
        self.param_next.clear();
        self.param_next.try_reserve(values).map_err(|_| CompileError::OutOfMemory)?;
        self.param_next.resize(values, DEAD);
        super::alloc::fill(&mut self.becomes, values, NONE)?;
        self.next.clear();
        self.next.try_reserve(code.insts.len()).map_err(|_| CompileError::OutOfMemory)?;
        self.next.resize(code.insts.len(), [DEAD; 5]);
        self.list_next.clear();
        self.list_next.try_reserve(code.pool.len()).map_err(|_| CompileError::OutOfMemory)?;
        self.list_next.resize(code.pool.len(), DEAD);
        self.starts.clear();
        self.starts.try_reserve(func.blocks.len()).map_err(|_| CompileError::OutOfMemory)?;
        self.starts.resize(func.blocks.len(), (0, 0));
        self.pressure.clear();
        self.pressure.try_reserve(func.blocks.len()).map_err(|_| CompileError::OutOfMemory)?;
        self.pressure.resize(func.blocks.len(), (0, 0));
        super::alloc::fill(&mut self.first_call, func.blocks.len(), DEAD)?;
        self.around.clear();
        for _ in 0..func.loops.len() {
            self.around.try_push(Vec::new())?;
        }
        if func.loops.len() > 1 {
            self.pass(func, code)?;
            self.find_around(func)?;
        }
        self.pass(func, code)
    }

    /// What is live at a loop's header is live around it, and around the loops in it.
    fn find_around(&mut self, func: &Function) -> Result<()> {
        for number in 1..func.loops.len() {
            let data = func.loops[number];
            let header = Block(data.before.0 + 1);
            let mut around = Vec::new();
            around.try_extend(self.at_start(header))?;
            let outer = core::mem::take(&mut self.around[data.parent as usize]);
            for &(value, _) in &around {
                self.now[value as usize] = 0;
            }
            for &(value, next) in &outer {
                if self.now[value as usize] == DEAD {
                    around.try_push((value, next.saturating_add(1 << 16)))?;
                }
            }
            for &(value, _) in &around {
                self.now[value as usize] = DEAD;
            }
            self.around[data.parent as usize] = outer;
            self.around[number] = around;
        }
        Ok(())
    }

    fn pass(&mut self, func: &Function, code: &Code) -> Result<()> {
        self.at_start.clear();
        for block in (0..func.blocks.len()).rev().map(Block::from_index) {
            self.block(func, code, block)?;
            if self.at_start.len() > code.insts.len() * MOST_PER_INST + MOST_BESIDES {
                return Err(CompileError::Limit("too many values live at once"));
            }
        }
        Ok(())
    }

    fn block(&mut self, func: &Function, code: &Code, block: Block) -> Result<()> {
        self.touched.clear();
        self.leave(func, code, block)?;
        let mut pressure = Pressure { now: (0, 0), most: (0, 0), call: DEAD };
        for &value in &self.touched {
            pressure.add(code, value);
        }
        for at in code.blocks[block.index()].insts.clone().rev() {
            self.inst(code, at, &mut pressure)?;
        }
        for param in func.params(block) {
            self.param_next[param.index()] = core::mem::replace(&mut self.now[param.index()], DEAD);
        }
        let first = self.at_start.len() as u32;
        for at in 0..self.touched.len() {
            let value = self.touched[at];
            let next = core::mem::replace(&mut self.now[value as usize], DEAD);
            if next != DEAD {
                self.at_start.try_push((value, next))?;
            }
        }
        self.starts[block.index()] = (first, self.at_start.len() as u32);
        self.pressure[block.index()] = pressure.most;
        self.first_call[block.index()] = pressure.call;
        Ok(())
    }

    /// What is live where a block is left.
    fn leave(&mut self, func: &Function, code: &Code, block: Block) -> Result<()> {
        let end = code.blocks[block.index()].insts.end;
        for edge in func.succs(block) {
            let to = func.edges[edge].to;
            if to > block {
                let (first, last) = self.starts[to.index()];
                for at in first..last {
                    let (value, next) = self.at_start[at as usize];
                    self.used(value, next, end)?;
                }
            } else {
                let number = func.blocks[to].in_loop as usize;
                let start = code.blocks[to.index()].insts.start;
                let around = core::mem::take(&mut self.around[number]);
                for &(value, next) in &around {
                    self.used(value, end.saturating_add(next.saturating_sub(start)), end)?;
                }
                self.around[number] = around;
            }
        }
        for edge in func.succs(block) {
            let to = func.edges[edge].to;
            for (arg, param) in func.args(edge).iter().zip(func.params(to)) {
                let constant = func.insts[Value(*arg)].op == Op::Const;
                if code.uses[param.index()] > 0 && !constant {
                    let arg = func.same(*arg);
                    self.used(arg, end, end)?;
                    self.hints[arg as usize] = Hint::Param(param.0);
                    self.becomes[arg as usize] = param.0;
                }
            }
        }
        Ok(())
    }

    /// A value lives at a position, and its next use is there or farther away.
    fn used(&mut self, value: u32, next: u32, at: u32) -> Result<()> {
        let now = &mut self.now[value as usize];
        let first = *now == DEAD;
        *now = (*now).min(next.min(DEAD - 1));
        if first { self.touch(value, at) } else { Ok(()) }
    }

    /// A value lives at a position.
    fn touch(&mut self, value: u32, at: u32) -> Result<()> {
        let last = &mut self.last[value as usize];
        *last = at.max(*last);
        Ok(self.touched.try_push(value)?)
    }

    fn inst(&mut self, code: &Code, at: u32, pressure: &mut Pressure) -> Result<()> {
        let inst = &code.insts[at as usize];
        let shape = inst.op.shape();
        if is_virtual(inst.def) {
            let first = core::mem::replace(&mut self.now[inst.def as usize], DEAD);
            self.next[at as usize][4] = first;
            pressure.remove(code, inst.def, first);
        }
        if inst.op.has_list() {
            self.list(code, at, pressure)?;
        }
        let held = shape.clobbers.and(RegSet::GENERAL).0.count_ones();
        pressure.most.0 = pressure.most.0.max(pressure.now.0 + held);
        let operands = operands(inst);
        for (position, operand) in operands.into_iter().enumerate() {
            if is_virtual(operand) {
                self.next[at as usize][position] = self.now[operand as usize];
            }
        }
        for (position, operand) in operands.into_iter().enumerate() {
            if is_virtual(operand) {
                if self.now[operand as usize] == DEAD {
                    self.touch(operand, at)?;
                    pressure.add(code, operand);
                }
                self.now[operand as usize] = at;
                let constraint = [shape.a, shape.b].get(position).copied();
                self.hint(operand, constraint, inst.def);
            }
        }
        Ok(())
    }

    fn hint(&mut self, operand: u32, constraint: Option<Constraint>, def: u32) {
        match constraint {
            Some(Constraint::Fixed(reg)) => self.hints[operand as usize] = Hint::Reg(reg),
            Some(Constraint::Tied) if is_virtual(def) => {
                self.hints[operand as usize] = self.hints[def as usize];
            }
            _ => {}
        }
    }

    fn list(&mut self, code: &Code, at: u32, pressure: &mut Pressure) -> Result<()> {
        let inst = &code.insts[at as usize];
        let (used, defined) = code.lists(inst);
        let first = inst.imm as usize + 1;
        let behind = first + used.len() + 1;
        for (position, pair) in defined.chunks_exact(2).enumerate() {
            let next = core::mem::replace(&mut self.now[pair[0] as usize], DEAD);
            self.list_next[behind + position * 2] = next;
            pressure.remove(code, pair[0], next);
        }
        if !inst.op.leaves() {
            pressure.call = at;
        }
        for (position, pair) in used.chunks_exact(2).enumerate() {
            self.list_next[first + position * 2] = self.now[pair[0] as usize];
        }
        for pair in used.chunks_exact(2) {
            if self.now[pair[0] as usize] == DEAD {
                self.touch(pair[0], at)?;
                pressure.add(code, pair[0]);
            }
            self.now[pair[0] as usize] = at;
            self.hints[pair[0] as usize] = Hint::Reg(PReg(pair[1] as u8));
        }
        Ok(())
    }
}

/// Values live at once, as the pass goes.
struct Pressure {
    now: (u32, u32),
    most: (u32, u32),
    call: u32,
}

impl Pressure {
    fn add(&mut self, code: &Code, value: u32) {
        if code.types[value as usize].is_int() {
            self.now.0 += 1;
            self.most.0 = self.most.0.max(self.now.0);
        } else {
            self.now.1 += 1;
            self.most.1 = self.most.1.max(self.now.1);
        }
    }

    fn remove(&mut self, code: &Code, value: u32, next: u32) {
        if next == DEAD {
            return;
        }
        if code.types[value as usize].is_int() {
            self.now.0 = self.now.0.saturating_sub(1);
        } else {
            self.now.1 = self.now.1.saturating_sub(1);
        }
    }
}
