//! Validated operators → SSA, in one pass that folds, numbers and hoists as it goes.
//!
//! In: the operators of one function and what the [`Scan`] says of its loops. Out: a [`Function`]. It
//! knows no registers and no instructions of a machine.
//!
//! The operand stack and the locals hold values. A label's block begins where the block of code ends, when all ways to it
//! but those back to a loop's header are known; so only what differs between them becomes a parameter.

mod access;
mod branch;
mod bulk;
mod call;
mod control;
mod divide;
mod fold;
mod locals;
mod merge;
pub(crate) mod meter;
mod number;
pub(crate) mod scan;
mod state;
mod vector;
mod visit;
mod wide;

use alloc::vec::Vec;

use super::improve::{Improvement, Improver};
use super::ir::{Block, Effect, Function, Inst, LoopData, NONE, Op, Term, Ty, Value};
use super::{CompileError, Result, Settings};
use crate::decode::Sink;
use crate::module::ModuleInfo;
use crate::support::{Entity, TryPush};
use crate::wasm::{FuncIndex, TypeId, ValType};

use control::{Frame, LabelEdge};
use fold::Folded;
use locals::Locals;
use meter::Meter;
use number::{Numbering, PURE};
use scan::Scan;
use state::Versions;

/// The most values that are computed before a loop for its sake.
const MOST_HOISTED: u32 = 6;

/// The most lengths of memories among them.
const MOST_LIMITS: u32 = 4;

/// A loop, as far as what is before it depends on it.
#[derive(Clone, Copy, Debug)]
struct OpenLoop {
    open: bool,
    /// How many values were hoisted before it, and how many of these are limits of memories.
    hoisted: u32,
    limits: u32,
    /// What it may change, as bits of [`state`]'s.
    writes: u32,
}

impl OpenLoop {
    const NEW: Self = Self { open: true, hoisted: 0, limits: 0, writes: 0 };
}

/// The containers of the pass, used again for each function.
#[derive(Debug, Default)]
pub(crate) struct Room {
    func: Function,
    stack: Vec<Value>,
    frames: Vec<Frame>,
    label_edges: Vec<LabelEdge>,
    /// Pairs of a local and its value at a branch.
    differences: Vec<(u32, Value)>,
    locals: Locals,
    numbering: Numbering,
    loops: Vec<OpenLoop>,
    /// Open loops, outermost first.
    open_loops: Vec<u32>,
    scratch: Vec<u32>,
}

/// Builds one function.
pub(crate) struct Front<'m> {
    module: &'m ModuleInfo,
    type_ids: &'m [TypeId],
    scan: &'m Scan,
    improver: &'m Improver,
    /// Memories that can be guarded are.
    guards: bool,
    meter: &'m Meter,
    func: Function,
    stack: Vec<Value>,
    frames: Vec<Frame>,
    label_edges: Vec<LabelEdge>,
    differences: Vec<(u32, Value)>,
    locals: Locals,
    numbering: Numbering,
    loops: Vec<OpenLoop>,
    open_loops: Vec<u32>,
    scratch: Vec<u32>,
    /// The block that grows.
    block: Block,
    /// Nothing gets here: operators are skipped.
    dead: bool,
    /// Loops seen by the scan so far.
    loops_seen: usize,
    versions: Versions,
    last_version: u32,
    offset: u32,
    body: usize,
    /// NaNs are made canonical.
    deterministic: bool,
    /// Stretches begun so far, and polls in the middle of some; the next such poll's place.
    stretches: usize,
    polls: usize,
    next_poll: u32,
    /// What went wrong before an operator.
    failed: Option<CompileError>,
}

impl<'m> Front<'m> {
    /// A pass over a body of `module` that has been scanned, and metered where it pays or looks up.
    pub(crate) fn new(
        module: &'m ModuleInfo,
        type_ids: &'m [TypeId],
        (scan, meter): (&'m Scan, &'m Meter),
        (settings, improver): (&Settings, &'m Improver),
        room: Room,
    ) -> Self {
        let Room {
            mut func,
            mut stack,
            mut frames,
            mut label_edges,
            mut differences,
            mut locals,
            mut numbering,
            mut loops,
            mut open_loops,
            scratch,
        } = room;
        func.clear();
        stack.clear();
        frames.clear();
        label_edges.clear();
        differences.clear();
        locals.clear();
        numbering.clear();
        loops.clear();
        open_loops.clear();
        Self {
            module,
            type_ids,
            scan,
            improver,
            guards: settings.guards,
            meter,
            func,
            stack,
            frames,
            label_edges,
            differences,
            locals,
            numbering,
            loops,
            open_loops,
            scratch,
            block: Block(0),
            dead: false,
            loops_seen: 0,
            versions: Versions::default(),
            last_version: PURE,
            offset: 0,
            body: 0,
            deterministic: settings.deterministic,
            stretches: 0,
            polls: 0,
            next_poll: meter.polls.first().copied().unwrap_or(NONE),
            failed: None,
        }
    }

    /// The function built last.
    pub(crate) fn func(&self) -> &Function {
        &self.func
    }

    /// The containers, to be used again.
    pub(crate) fn into_room(self) -> Room {
        let Self {
            func,
            stack,
            frames,
            label_edges,
            differences,
            locals,
            numbering,
            loops,
            open_loops,
            scratch,
            ..
        } = self;
        Room { func, stack, frames, label_edges, differences, locals, numbering, loops, open_loops, scratch }
    }

    fn begin(&mut self, func: FuncIndex) -> Result<()> {
        let ty = self.module.func_type(func);
        let outside = LoopData { parent: 0, depth: 0, before: Block(NONE), end: Block(NONE) };
        self.func.loops.try_push(outside)?;
        self.loops.try_push(OpenLoop { writes: state::ALL, ..OpenLoop::NEW })?;
        self.open_loops.try_push(0)?;
        self.block = self.func.begin_block(0)?;
        for &param in ty.params() {
            let value = self.func.add_param(self.block, ty_of(param))?;
            self.locals.declare(value, 1)?;
        }
        for &result in ty.results() {
            self.func.results.try_push(ty_of(result))?;
        }
        let fresh = self.fresh_version();
        self.versions.bump(state::ALL, fresh);
        Ok(())
    }

    fn ty(&self, value: u32) -> Ty {
        self.func.ty(Value(value))
    }

    fn fresh_version(&mut self) -> u32 {
        self.last_version += 1;
        self.last_version
    }

    fn push(&mut self, value: Value) -> Result<()> {
        Ok(self.stack.try_push(value)?)
    }

    fn pop(&mut self) -> Result<Value> {
        self.stack.pop().ok_or(CompileError::Internal("operand stack is empty"))
    }

    fn const_value(&mut self, ty: Ty, bits: u64) -> Result<Value> {
        self.known(Inst { op: Op::Const, ty, aux: 0, a: bits as u32, b: (bits >> 32) as u32, c: NONE })
    }

    /// A constant.
    fn known(&mut self, inst: Inst) -> Result<Value> {
        if let Some(value) = self.numbering.find(&inst, PURE) {
            return Ok(value);
        }
        let value = self.func.make(inst, self.offset)?;
        self.numbering.insert(inst, PURE, value)?;
        Ok(value)
    }

    /// An instruction without effect.
    fn pure(&mut self, op: Op, ty: Ty, aux: u16, [a, b, c]: [u32; 3]) -> Result<Value> {
        let inst = Inst { op, ty, aux, a, b, c };
        match self.fold(inst)? {
            Folded::Is(value) if self.may(Improvement::Fold) => Ok(value),
            Folded::Inst(simple)
                if self.improver.is_free() || simple == inst || self.may(Improvement::Fold) =>
            {
                self.number(simple, PURE)
            }
            _ => self.number(inst, PURE),
        }
    }

    /// Whether the operator at hand may be improved like this.
    fn may(&self, what: Improvement) -> bool {
        self.improver.may(what, self.offset)
    }

    fn binary(&mut self, op: Op, ty: Ty, a: Value, b: Value) -> Result<Value> {
        self.pure(op, ty, 0, [a.0, b.0, NONE])
    }

    /// The value of an instruction that reads state of this version: an earlier one, or a new one.
    fn number(&mut self, inst: Inst, version: u32) -> Result<Value> {
        if let Some(value) = self.numbering.find(&inst, version)
            && self.may(Improvement::Number)
        {
            return Ok(value);
        }
        let block = if inst.effect() == Effect::Pure { self.place(&inst) } else { self.block };
        let value = self.func.append(block, inst, self.offset)?;
        self.numbering.insert(inst, version, value)?;
        Ok(value)
    }

    /// An instruction that is neither shared nor moved.
    fn effect(&mut self, inst: Inst) -> Result<Value> {
        self.func.append(self.block, inst, self.offset)
    }

    /// Where a pure instruction goes: before the outermost loop that changes none of its operands, unless that is not
    /// worth a register.
    fn place(&mut self, inst: &Inst) -> Block {
        if self.open_loops.len() == 1 || is_cheap(&self.func, inst) {
            return self.block;
        }
        let least = self.depth_of_operands(inst);
        for &inside in &self.open_loops[least + 1..] {
            let hoisted = self.loops[inside as usize].hoisted;
            if hoisted < MOST_HOISTED && self.may(Improvement::Hoist) {
                self.loops[inside as usize].hoisted += 1;
                return self.func.loops[inside as usize].before;
            }
        }
        self.block
    }

    /// Where the limit of a memory is computed once: before the outermost loop around that neither changes lengths nor
    /// has too many of them; `None` outside of such loops.
    fn place_of_limit(&mut self, inst: &Inst) -> Option<Block> {
        let least = self.depth_of_operands(inst);
        let inside = self.open_loops[least + 1..].iter().map(|inside| *inside as usize).find(|inside| {
            let OpenLoop { writes, limits, .. } = self.loops[*inside];
            writes & state::TABLES == 0 && limits < MOST_LIMITS
        })?;
        if !self.may(Improvement::Limit) {
            return None;
        }
        self.loops[inside].limits += 1;
        Some(self.func.loops[inside].before)
    }

    /// How many of the open loops are around what is computed last of an instruction's operands.
    fn depth_of_operands(&self, inst: &Inst) -> usize {
        let mut least = 0;
        self.func.uses(inst, |value| {
            let home = self.func.home[value.index()];
            if let Some(block) = self.func.blocks.get(Block(home)) {
                let mut at = block.in_loop;
                while !self.loops[at as usize].open {
                    at = self.func.loops[at as usize].parent;
                }
                least = least.max(self.func.loops[at as usize].depth as usize);
            }
        });
        least
    }

    /// A stretch begins here: it is paid for, where code pays.
    fn begin_stretch(&mut self) -> Result<()> {
        let Some(stretch) = self.meter.stretches.get(self.stretches).copied() else { return Ok(()) };
        self.stretches += 1;
        if self.dead || stretch.cost == 0 {
            return Ok(());
        }
        let outside = core::mem::replace(&mut self.offset, stretch.offset);
        if stretch.poll {
            self.poll()?;
        }
        if self.meter.fuel {
            self.may_stop(Op::Fuel, stretch.cost)?;
        }
        self.offset = outside;
        Ok(())
    }

    /// The guest looks here whether it shall stop.
    fn poll(&mut self) -> Result<()> {
        if self.meter.interruption { self.may_stop(Op::Poll, NONE) } else { Ok(()) }
    }

    /// A poll before an operator in the middle of a stretch.
    #[cold]
    fn poll_in_between(&mut self) {
        self.polls += 1;
        self.next_poll = self.meter.polls.get(self.polls).copied().unwrap_or(NONE);
        if !self.dead
            && let Err(error) = self.poll()
        {
            self.failed = Some(error);
        }
    }

    /// A place where the guest may stop: whoever has the store meanwhile may change all state.
    fn may_stop(&mut self, op: Op, a: u32) -> Result<()> {
        self.effect(control::plain(op, Ty::None, [a, NONE, NONE]))?;
        let fresh = self.fresh_version();
        self.versions.bump(state::ALL, fresh);
        Ok(())
    }

    fn end_block(&mut self, term: Term) {
        let data = &mut self.func.blocks[self.block];
        data.term = term;
        data.term_offset = self.offset;
    }

    /// A trap that is certain.
    fn trap(&mut self, trap: crate::wasm::Trap) {
        self.end_block(Term::Trap(trap.code()));
        self.dead = true;
    }
}

/// Whether an instruction costs no more than a register that is kept for it, or is part of what uses it.
fn is_cheap(func: &Function, inst: &Inst) -> bool {
    match inst.op {
        Op::Icmp | Op::Fcmp | Op::Wrap | Op::ExtU | Op::Proj => true,
        Op::Add | Op::Sub | Op::And | Op::Or | Op::Xor | Op::Shl => func.as_const(Value(inst.b)).is_some(),
        _ => false,
    }
}

/// What the compiler makes of a type.
pub(crate) fn ty_of(ty: ValType) -> Ty {
    match ty {
        ValType::I32 => Ty::I32,
        ValType::I64 | ValType::Ref(_) => Ty::I64,
        ValType::F32 => Ty::F32,
        ValType::F64 => Ty::F64,
        ValType::V128 => Ty::V128,
    }
}

impl wasmparser::FrameStack for Front<'_> {
    fn current_frame(&self) -> Option<wasmparser::FrameKind> {
        Some(wasmparser::FrameKind::If)
    }
}

impl Sink for Front<'_> {
    type Error = CompileError;

    fn begin_body(&mut self, body: usize) -> Result<()> {
        self.body = body;
        self.begin(self.module.func_of_body(body))
    }

    fn locals(&mut self, count: u32, ty: wasmparser::ValType) -> Result<()> {
        let ty = match ty {
            wasmparser::ValType::I32 => Ty::I32,
            wasmparser::ValType::I64 | wasmparser::ValType::Ref(_) => Ty::I64,
            wasmparser::ValType::F32 => Ty::F32,
            wasmparser::ValType::F64 => Ty::F64,
            wasmparser::ValType::V128 => Ty::V128,
        };
        let zero = self.zero(ty)?;
        self.locals.declare(zero, count)
    }

    fn begin_operators(&mut self) -> Result<()> {
        self.open_function()?;
        self.begin_stretch()
    }

    fn begin_operator(&mut self, offset: usize) {
        self.offset = offset as u32;
        if self.offset == self.next_poll {
            self.poll_in_between();
        }
    }

    fn end_body(&mut self) -> Result<()> {
        self.failed.map_or(Ok(()), Err)
    }
}

impl Front<'_> {
    /// What a local of this type is at first.
    fn zero(&mut self, ty: Ty) -> Result<Value> {
        if ty == Ty::V128 { self.vector_const(0) } else { self.const_value(ty, 0) }
    }
}
