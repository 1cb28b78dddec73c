//! The verifier: whether a function is what the passes may rely on.
//!
//! In: a function. Out: the first thing that is wrong with it. On in tests and in fuzzing; the cost is linear but for the walks up
//! the tree of dominators.

use alloc::vec;
use alloc::vec::Vec;

use super::{Block, Function, Inst, NONE, Op, Term, Ty, Value, Vector};
use crate::support::Entity;

/// What is wrong, and where.
pub(crate) type Fault = (&'static str, u32);

/// Checks a finished function.
///
/// # Errors
/// The first fault.
pub(crate) fn verify(func: &Function) -> Result<(), Fault> {
    let idom = dominators(func)?;
    let mut verifier = Verifier { func, idom, place: vec![NONE; func.insts.len()], next_place: 0 };
    for block in (0..func.blocks.len()).map(Block::from_index) {
        verifier.block(block)?;
    }
    Ok(())
}

struct Verifier<'f> {
    func: &'f Function,
    idom: Vec<u32>,
    /// The order of the instructions seen so far.
    place: Vec<u32>,
    next_place: u32,
}

/// The immediate dominator of each block. Blocks are in reverse post-order, so one pass over the forward edges does.
fn dominators(func: &Function) -> Result<Vec<u32>, Fault> {
    let mut idom = vec![NONE; func.blocks.len()];
    for block in (1..func.blocks.len()).map(Block::from_index) {
        let mut common = NONE;
        for edge in func.preds(block) {
            let from = func.edges[edge].from;
            if from >= block {
                continue;
            }
            common = if common == NONE { from.0 } else { meet(&idom, common, from.0) };
        }
        if common == NONE {
            return Err(("block without a way to it", block.0));
        }
        idom[block.index()] = common;
    }
    Ok(idom)
}

fn meet(idom: &[u32], mut a: u32, mut b: u32) -> u32 {
    while a != b {
        if a > b {
            a = idom[a as usize];
        } else {
            b = idom[b as usize];
        }
    }
    a
}

impl Verifier<'_> {
    fn block(&mut self, block: Block) -> Result<(), Fault> {
        let func = self.func;
        for param in func.params(block) {
            self.place[param.index()] = 0;
        }
        for value in func.insts_of(block) {
            let inst = &func.insts[value];
            if func.home[value.index()] != block.0 {
                return Err(("instruction is in another block's list", value.0));
            }
            let mut fault = None;
            func.uses(inst, |used| fault = fault.or(self.used(used, block).err()));
            if let Some(fault) = fault {
                return Err(fault);
            }
            if let Some(fault) = self.types(value) {
                return Err((fault, value.0));
            }
            self.next_place += 1;
            self.place[value.index()] = self.next_place;
        }
        match func.blocks[block].term {
            Term::Open => return Err(("block is open", block.0)),
            Term::Branch(value, ..) | Term::Table { index: value, .. } => self.used(value, block)?,
            Term::Return { first, count } => {
                for value in func.list(first, count) {
                    self.used(Value(*value), block)?;
                }
            }
            Term::Jump(_) | Term::Trap(_) => {}
            Term::Left => {
                let last = Value(func.blocks[block].last);
                let op = func.insts.get(last).map(|inst| inst.op);
                if !matches!(op, Some(Op::TailCall | Op::TailCallRef)) {
                    return Err(("block does not end with a call", block.0));
                }
            }
        }
        func.succs(block).try_for_each(|edge| self.edge(edge, block))
    }

    fn edge(&self, edge: super::Edge, block: Block) -> Result<(), Fault> {
        let func = self.func;
        let data = func.edges[edge];
        let Some(to) = func.blocks.get(data.to) else { return Err(("edge leads nowhere", edge.0)) };
        if data.from != block || !func.preds(data.to).any(|pred| pred == edge) {
            return Err(("edge is not linked", edge.0));
        }
        if data.arg_count != to.param_count {
            return Err(("edge has too many or too few arguments", edge.0));
        }
        for (arg, param) in func.args(edge).iter().zip(func.params(data.to)) {
            self.used(Value(*arg), block)?;
            if func.ty(Value(*arg)) != func.ty(param) {
                return Err(("argument has another type than its parameter", edge.0));
            }
        }
        Ok(())
    }

    /// Whether a value may be used behind what has been seen of this block.
    fn used(&self, value: Value, block: Block) -> Result<(), Fault> {
        let func = self.func;
        let Some(inst) = func.insts.get(value) else { return Err(("no such value", value.0)) };
        if inst.ty == Ty::None {
            return Err(("instruction has no result", value.0));
        }
        if inst.op == Op::Const {
            return Ok(());
        }
        let home = func.home[value.index()];
        let mut at = block.0;
        while at > home && at != NONE {
            at = self.idom[at as usize];
        }
        if at != home || self.place[value.index()] == NONE {
            return Err(("definition does not dominate its use", value.0));
        }
        Ok(())
    }

    fn types(&self, value: Value) -> Option<&'static str> {
        let func = self.func;
        let inst = &func.insts[value];
        let ty = |value: u32| func.ty(Value(value));
        let fits = match inst.op {
            Op::Add
            | Op::Sub
            | Op::Mul
            | Op::MulHighS
            | Op::MulHighU
            | Op::And
            | Op::Or
            | Op::Xor
            | Op::Shl
            | Op::ShrS
            | Op::ShrU
            | Op::Rotl
            | Op::Rotr
            | Op::DivS
            | Op::DivU
            | Op::RemS
            | Op::RemU
            | Op::Fadd
            | Op::Fsub
            | Op::Fmul
            | Op::Fdiv
            | Op::Fmin
            | Op::Fmax
            | Op::Fcopysign => ty(inst.a) == inst.ty && ty(inst.b) == inst.ty,
            Op::Load | Op::Store => super::Access::of(inst.aux).host <= (ty(inst.a) == Ty::I64),
            Op::TrapIf => ty(inst.a) == Ty::I32,
            Op::Icmp | Op::Fcmp => ty(inst.a) == ty(inst.b) && inst.ty == Ty::I32,
            Op::Select => ty(inst.a) == Ty::I32 && ty(inst.b) == inst.ty && ty(inst.c) == inst.ty,
            Op::Wrap => ty(inst.a) == Ty::I64 && inst.ty == Ty::I32,
            Op::ExtS | Op::ExtU => ty(inst.a) == Ty::I32 && inst.ty == Ty::I64,
            Op::Bitcast => ty(inst.a).bytes() == inst.ty.bytes() && ty(inst.a) != inst.ty,
            Op::Clz | Op::Ctz | Op::Popcnt | Op::Ext8 | Op::Ext16 | Op::Ext32 => {
                ty(inst.a) == inst.ty && inst.ty.is_int()
            }
            Op::Canon => ty(inst.a) == inst.ty && !inst.ty.is_int(),
            Op::Shuffle => [inst.a, inst.b, inst.c].iter().all(|v| ty(*v) == Ty::V128) && inst.ty == Ty::V128,
            Op::Vector => vector(Vector::of(inst.aux), inst, ty),
            _ => true,
        };
        (!fits).then_some("operands have the wrong types")
    }
}

/// Whether the operands of an operator on vectors have its types.
fn vector(op: Vector, inst: &Inst, ty: impl Fn(u32) -> Ty) -> bool {
    let of = |value: u32| if value == NONE { Ty::None } else { ty(value) };
    let found = [of(inst.a), of(inst.b), of(inst.c)];
    inst.ty == op.ty() && found == op.operands()
}
