//! Blocks, loops and their ends.
//!
//! In: control operators. Out: blocks with parameters for operands and for locals whose values differ. A local that
//! nobody sets in a loop, or in a block before a branch out of it, gets no parameter.

use wasmparser::BlockType;

use super::state::Versions;
use super::{Front, OpenLoop, ty_of};
use crate::jit::ir::{Block, Edge, Inst, LoopData, NONE, Op, Term, Ty, Value};
use crate::jit::{CompileError, Result};
use crate::support::{Entity, TryPush};
use crate::wasm::TypeIndex;

/// The most differences of locals at branches, for each operator and besides.
const MOST_PER_OPERATOR: usize = 32;
const MOST_BESIDES: usize = 4096;

/// What a block takes and gives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signature {
    Empty,
    One(Ty),
    Func(TypeIndex),
}

/// What kind of block is open.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A branch to it returns.
    Function,
    Block,
    /// Its header, its number, and its number in the scan.
    Loop(Block, u32, usize),
    /// The way to the second arm, and the state there.
    If(Edge, Versions),
    Else,
    /// Opened where nothing gets.
    Dead,
}

/// An open block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) signature: Signature,
    /// How many operands lie below its parameters.
    pub(super) height: u32,
    /// Where its locals, and what is known, stood when it began.
    pub(super) mark: u32,
    pub(super) known: u32,
    /// What is known where it ends, if somebody branches there.
    pub(super) known_at_end: u32,
    /// The last of the branches to its end, and how many there are.
    pub(super) last_edge: u32,
    pub(super) edges: u32,
    pub(super) versions: Versions,
    /// The parameters of an `if`, in the pool.
    pub(super) operands: u32,
}

/// A branch to the end of an open block.
#[derive(Clone, Copy, Debug)]
pub(super) struct LabelEdge {
    pub(super) edge: Edge,
    /// Operands that it carries, in the pool.
    pub(super) operands: u32,
    /// Its locals among [`Front`]'s differences.
    pub(super) first: u32,
    pub(super) count: u32,
    /// The one before.
    pub(super) next: u32,
}

impl Front<'_> {
    pub(super) fn mark(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.mark)
    }

    pub(super) fn set_local(&mut self, local: u32, value: Value) -> Result<()> {
        let mark = self.mark();
        self.locals.set(local, value, mark)
    }

    pub(super) fn open_function(&mut self) -> Result<()> {
        self.open(Kind::Function, Signature::Empty)
    }

    fn signature(&self, ty: BlockType) -> Signature {
        match ty {
            BlockType::Empty => Signature::Empty,
            BlockType::FuncType(index) => Signature::Func(TypeIndex(index)),
            BlockType::Type(ty) => Signature::One(match ty {
                wasmparser::ValType::I32 => Ty::I32,
                wasmparser::ValType::F32 => Ty::F32,
                wasmparser::ValType::F64 => Ty::F64,
                wasmparser::ValType::V128 => Ty::V128,
                wasmparser::ValType::I64 | wasmparser::ValType::Ref(_) => Ty::I64,
            }),
        }
    }

    pub(super) fn params(&self, signature: Signature) -> usize {
        match signature {
            Signature::Empty | Signature::One(_) => 0,
            Signature::Func(ty) => self.module.types[ty].params().len(),
        }
    }

    pub(super) fn results(&self, signature: Signature) -> usize {
        match signature {
            Signature::Empty => 0,
            Signature::One(_) => 1,
            Signature::Func(ty) => self.module.types[ty].results().len(),
        }
    }

    pub(super) fn result_ty(&self, signature: Signature, index: usize) -> Ty {
        match signature {
            Signature::Empty => Ty::None,
            Signature::One(ty) => ty,
            Signature::Func(ty) => ty_of(self.module.types[ty].results()[index]),
        }
    }

    fn open(&mut self, kind: Kind, signature: Signature) -> Result<()> {
        let params = self.params(signature);
        let frame = Frame {
            kind,
            signature,
            height: (self.stack.len() - params) as u32,
            mark: self.locals.mark(),
            known: self.numbering.len(),
            known_at_end: NONE,
            last_edge: NONE,
            edges: 0,
            versions: Versions::default(),
            operands: 0,
        };
        Ok(self.frames.try_push(frame)?)
    }

    fn open_dead(&mut self) -> Result<()> {
        let frame = Frame {
            kind: Kind::Dead,
            signature: Signature::Empty,
            height: self.stack.len() as u32,
            mark: self.locals.mark(),
            known: self.numbering.len(),
            known_at_end: NONE,
            last_edge: NONE,
            edges: 0,
            versions: Versions::default(),
            operands: 0,
        };
        Ok(self.frames.try_push(frame)?)
    }

    pub(super) fn block(&mut self, ty: BlockType) -> Result<()> {
        if self.dead {
            return self.open_dead();
        }
        self.open(Kind::Block, self.signature(ty))
    }

    pub(super) fn open_if(&mut self, ty: BlockType) -> Result<()> {
        if self.dead {
            return self.open_dead();
        }
        let condition = self.pop()?;
        let (yes, no) = (self.func.edge(self.block)?, self.func.edge(self.block)?);
        self.branch_on(condition, yes, no);
        self.open(Kind::If(no, self.versions), self.signature(ty))?;
        let operands = self.func.pool.len() as u32;
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        frame.operands = operands;
        for at in frame.height as usize..self.stack.len() {
            self.func.pool.try_push(self.stack[at].0)?;
        }
        self.enter(yes)
    }

    /// Ends the block with a branch. A condition that is an equality with zero is turned round.
    pub(super) fn branch_on(&mut self, condition: Value, yes: Edge, no: Edge) {
        let inst = self.func.insts[condition];
        let is_zero = inst.op == Op::Icmp
            && inst.aux == crate::jit::ir::Cond::Eq as u16
            && self.func.as_const(Value(inst.b)) == Some(0)
            && self.ty(inst.a) == Ty::I32;
        let term =
            if is_zero { Term::Branch(Value(inst.a), no, yes) } else { Term::Branch(condition, yes, no) };
        self.end_block(term);
    }

    /// Goes on in a new block that only this edge leads to.
    pub(super) fn enter(&mut self, edge: Edge) -> Result<()> {
        let inside = self.open_loops.last().copied().unwrap_or(0);
        self.block = self.func.begin_block(inside)?;
        self.func.link(edge, self.block);
        Ok(())
    }

    pub(super) fn open_loop(&mut self, ty: BlockType) -> Result<()> {
        let seen = self.loops_seen;
        self.loops_seen += 1;
        if self.dead {
            return self.open_dead();
        }
        let signature = self.signature(ty);
        let scan = self.scan.loops.get(seen).copied().unwrap_or_default();
        let (scans, params) = (self.scan, self.params(signature));
        let edge = self.func.edge(self.block)?;
        self.end_block(Term::Jump(edge));
        let parent = self.open_loops.last().copied().unwrap_or(0);
        let depth = self.open_loops.len() as u32;
        let number = self.func.loops.len() as u32;
        let data = LoopData { parent, depth, before: self.block, end: Block(NONE) };
        self.func.loops.try_push(data)?;
        // Where the guest may stop, whoever has the store meanwhile may write anything.
        let metered = self.meter.fuel || self.meter.interruption;
        let writes = if metered { super::state::ALL } else { scan.writes };
        self.loops.try_push(OpenLoop { writes, ..OpenLoop::NEW })?;
        self.open_loops.try_push(number)?;
        let header = self.func.begin_block(number)?;
        self.func.link(edge, header);
        let first = self.stack.len() - params;
        let args = self.loop_args(scan, params)?;
        self.func.edges[edge].args = args;
        self.func.edges[edge].arg_count = (params + scans.locals(scan).len()) as u32;
        self.block = header;
        self.open(Kind::Loop(header, number, seen), signature)?;
        for at in first..self.stack.len() {
            let ty = self.ty(self.stack[at].0);
            self.stack[at] = self.func.add_param(header, ty)?;
        }
        for &local in scans.locals(scan) {
            let ty = self.ty(self.locals.get(local).0);
            let param = self.func.add_param(header, ty)?;
            self.set_local(local, param)?;
        }
        let fresh = self.fresh_version();
        self.versions.bump(writes, fresh);
        self.poll()
    }

    /// The arguments for a loop's header, in the pool: operands, then the locals that it sets.
    fn loop_args(&mut self, scan: super::scan::LoopScan, params: usize) -> Result<u32> {
        let first = self.func.pool.len() as u32;
        for at in self.stack.len() - params..self.stack.len() {
            self.func.pool.try_push(self.stack[at].0)?;
        }
        let scans = self.scan;
        for &local in scans.locals(scan) {
            self.func.pool.try_push(self.locals.get(local).0)?;
        }
        Ok(first)
    }

    pub(super) fn open_else(&mut self) -> Result<()> {
        let Some(frame) = self.frames.last().copied() else { return Ok(()) };
        let Kind::If(no, versions) = frame.kind else { return Ok(()) };
        let position = self.frames.len() - 1;
        if !self.dead {
            let edge = self.func.edge(self.block)?;
            self.end_block(Term::Jump(edge));
            self.branch_to_end(position, edge)?;
        }
        self.dead = false;
        self.locals.go_back(frame.mark);
        self.numbering.forget(frame.known);
        self.versions = versions;
        self.restore_params(position)?;
        self.enter(no)?;
        self.frames[position].kind = Kind::Else;
        Ok(())
    }

    /// A branch to the end of the open block at this position, over this edge, from here.
    pub(super) fn branch_to_end(&mut self, position: usize, edge: Edge) -> Result<()> {
        let frame = self.frames[position];
        let results = self.results(frame.signature);
        let operands = self.func.pool.len() as u32;
        for at in self.stack.len() - results..self.stack.len() {
            self.func.pool.try_push(self.stack[at].0)?;
        }
        let first = self.differences.len() as u32;
        self.locals.differences(frame.mark, &mut self.differences)?;
        if self.differences.len() > self.scan.operators * MOST_PER_OPERATOR + MOST_BESIDES {
            return Err(CompileError::Limit("too many locals differ at branches"));
        }
        let count = self.differences.len() as u32 - first;
        self.add_label_edge(position, LabelEdge { edge, operands, first, count, next: NONE }, self.versions)
    }

    fn add_label_edge(&mut self, position: usize, mut entry: LabelEdge, versions: Versions) -> Result<()> {
        let known = match self.frames.get(position + 1) {
            Some(inner) => inner.known,
            None => self.numbering.len(),
        };
        let fresh = self.fresh_version();
        let number = self.label_edges.len() as u32;
        let frame = &mut self.frames[position];
        entry.next = core::mem::replace(&mut frame.last_edge, number);
        if frame.edges == 0 {
            frame.versions = versions;
            frame.known_at_end = known;
        } else {
            frame.versions.meet(&versions, fresh);
        }
        frame.edges += 1;
        Ok(self.label_edges.try_push(entry)?)
    }

    /// A way to the label of the open block at this position.
    pub(super) fn edge_to(&mut self, position: usize) -> Result<Edge> {
        let edge = self.func.edge(self.block)?;
        match self.frames[position].kind {
            Kind::Loop(header, _, seen) => {
                let scan = self.scan.loops.get(seen).copied().unwrap_or_default();
                let params = self.params(self.frames[position].signature);
                let args = self.loop_args(scan, params)?;
                let data = &mut self.func.edges[edge];
                data.args = args;
                data.arg_count = self.func.pool.len() as u32 - args;
                self.func.link(edge, header);
            }
            Kind::Function => {}
            _ => self.branch_to_end(position, edge)?,
        }
        Ok(edge)
    }

    pub(super) fn position(&self, depth: u32) -> Result<usize> {
        let position = self.frames.len().checked_sub(1 + depth as usize);
        position.ok_or(CompileError::Internal("no such label"))
    }

    pub(super) fn end(&mut self) -> Result<()> {
        let position = self.frames.len() - 1;
        match self.frames[position].kind {
            Kind::Dead => {
                self.frames.pop();
                Ok(())
            }
            Kind::Function => {
                if !self.dead {
                    self.ret()?;
                }
                self.frames.pop();
                Ok(())
            }
            Kind::Loop(_, number, _) => self.end_loop(number),
            Kind::If(no, versions) => {
                self.end_if(position, no, versions)?;
                self.merge(position)
            }
            Kind::Block | Kind::Else => self.merge(position),
        }
    }

    fn end_loop(&mut self, number: u32) -> Result<()> {
        self.frames.pop();
        self.open_loops.pop();
        self.loops[number as usize].open = false;
        if !self.dead {
            let edge = self.func.edge(self.block)?;
            self.end_block(Term::Jump(edge));
            self.enter(edge)?;
        }
        self.func.loops[number as usize].end =
            if self.dead { Block::from_index(self.func.blocks.len()) } else { self.block };
        Ok(())
    }

    /// An `if` without `else`: the way past it carries what it began with.
    fn end_if(&mut self, position: usize, no: Edge, versions: Versions) -> Result<()> {
        let frame = self.frames[position];
        if !self.dead {
            let edge = self.func.edge(self.block)?;
            self.end_block(Term::Jump(edge));
            self.branch_to_end(position, edge)?;
            self.dead = true;
        }
        self.restore_params(position)?;
        let operands = self.func.pool.len() as u32;
        for at in frame.height as usize..self.stack.len() {
            self.func.pool.try_push(self.stack[at].0)?;
        }
        let first = self.differences.len() as u32;
        let entry = LabelEdge { edge: no, operands, first, count: 0, next: NONE };
        self.add_label_edge(position, entry, versions)
    }

    /// Puts the operands back that an `if` began with.
    fn restore_params(&mut self, position: usize) -> Result<()> {
        let frame = self.frames[position];
        self.stack.truncate(frame.height as usize);
        for index in 0..self.params(frame.signature) {
            let value = Value(self.func.pool[frame.operands as usize + index]);
            self.push(value)?;
        }
        Ok(())
    }

    /// A condition that is an equality with zero is turned round.
    pub(super) fn select(&mut self) -> Result<()> {
        let condition = self.pop()?;
        let (no, yes) = (self.pop()?, self.pop()?);
        let ty = self.ty(yes.0);
        let inst = self.func.insts[condition];
        let is_zero = inst.op == Op::Icmp
            && inst.aux == crate::jit::ir::Cond::Eq as u16
            && self.func.as_const(Value(inst.b)) == Some(0)
            && self.ty(inst.a) == Ty::I32;
        let operands = if is_zero { [inst.a, no.0, yes.0] } else { [condition.0, yes.0, no.0] };
        let value = self.pure(Op::Select, ty, 0, operands)?;
        self.push(value)
    }
}

/// An instruction with nothing but operands.
pub(super) fn plain(op: Op, ty: Ty, [a, b, c]: [u32; 3]) -> Inst {
    Inst { op, ty, aux: 0, a, b, c }
}
