//! A function as data.
//!
//! In: instructions, appended to blocks; edges between blocks. Out: the same, by number.

use alloc::vec::Vec;

use super::{Access, Effect, Op, Ty};
use crate::jit::Result;
use crate::support::{Entity, EntityVec, TryPush, entity};

/// No number.
pub(crate) const NONE: u32 = u32::MAX;

entity! {
    /// An instruction and what it computes.
    Value
}
entity! {
    /// A block.
    Block
}
entity! {
    /// A way from one block to another.
    Edge
}

impl Value {
    /// No value.
    pub(crate) const NONE: Self = Self(NONE);
}

/// An instruction. What `aux`, `a`, `b` and `c` are, its [`Op`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inst {
    pub(crate) op: Op,
    /// The type of its result.
    pub(crate) ty: Ty,
    pub(crate) aux: u16,
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) c: u32,
}

impl Inst {
    /// What it does to the world.
    pub(crate) fn effect(&self) -> Effect {
        match self.op {
            Op::Load if Access::of(self.aux).traps => Effect::Traps,
            Op::MemoryBase if self.aux != 0 => Effect::Pure,
            op => op.effect(),
        }
    }
}

/// What a block ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    /// It is being built.
    Open,
    Jump(Edge),
    /// To the first edge if the value is not zero.
    Branch(Value, Edge, Edge),
    /// To the edge whose number the value is, else to the last: `count` edges' numbers in the pool.
    Table {
        index: Value,
        first: u32,
        count: u32,
    },
    /// With so many results in the pool.
    Return {
        first: u32,
        count: u32,
    },
    /// A trap of this number.
    Trap(u8),
    /// Its last instruction has called another function in place of this one.
    Left,
}

/// A block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockData {
    /// Its instructions, as a list by [`Function::next`].
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// The first of its parameters, whose numbers follow one another.
    pub(crate) params: u32,
    pub(crate) param_count: u32,
    pub(crate) term: Term,
    /// The offset of the operator that ended it.
    pub(crate) term_offset: u32,
    /// The edges to it, as a list by [`EdgeData::next`].
    pub(crate) preds: u32,
    /// The innermost loop around it.
    pub(crate) in_loop: u32,
}

/// A way into a block, with the arguments for its parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EdgeData {
    pub(crate) from: Block,
    /// [`NONE`] until the block has begun.
    pub(crate) to: Block,
    /// Its arguments, in the pool.
    pub(crate) args: u32,
    pub(crate) arg_count: u32,
    /// The next edge to the same block.
    pub(crate) next: u32,
}

/// A loop. Number 0 is no loop: the function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoopData {
    pub(crate) parent: u32,
    pub(crate) depth: u32,
    /// Its header is the block behind this one.
    pub(crate) before: Block,
    /// The block behind its last one.
    pub(crate) end: Block,
}

/// A function.
#[derive(Debug, Default)]
pub(crate) struct Function {
    pub(crate) insts: EntityVec<Value, Inst>,
    /// The next instruction of the same block.
    pub(crate) next: Vec<u32>,
    /// The block of each instruction; [`NONE`] for constants.
    pub(crate) home: Vec<u32>,
    /// The operator's offset in the module.
    pub(crate) offsets: Vec<u32>,
    pub(crate) blocks: EntityVec<Block, BlockData>,
    pub(crate) edges: EntityVec<Edge, EdgeData>,
    pub(crate) loops: Vec<LoopData>,
    /// Lists of values and numbers.
    pub(crate) pool: Vec<u32>,
    /// Constants that are vectors.
    pub(crate) vectors: Vec<u128>,
    /// The types of the results.
    pub(crate) results: Vec<Ty>,
}

impl Function {
    /// Whether a loop is another one, or around it and near.
    pub(crate) fn is_around(&self, outer: u32, mut inner: u32) -> bool {
        for _ in 0..8 {
            if outer == inner {
                return true;
            }
            inner = self.loops.get(inner as usize).map_or(0, |data| data.parent);
        }
        outer == 0
    }

    /// The value whose register has the same content: registers of 32-bit values have no upper half to be extended.
    pub(crate) fn same(&self, value: u32) -> u32 {
        match self.insts.get(Value(value)) {
            Some(inst) if inst.op == Op::ExtU => inst.a,
            _ => value,
        }
    }

    /// Empties it for the next function.
    pub(crate) fn clear(&mut self) {
        self.insts.clear();
        self.next.clear();
        self.home.clear();
        self.offsets.clear();
        self.blocks.clear();
        self.edges.clear();
        self.loops.clear();
        self.pool.clear();
        self.vectors.clear();
        self.results.clear();
    }

    /// An instruction that belongs to no block yet.
    pub(crate) fn make(&mut self, inst: Inst, offset: u32) -> Result<Value> {
        self.next.try_push(NONE)?;
        self.home.try_push(NONE)?;
        self.offsets.try_push(offset)?;
        Ok(self.insts.try_push(inst)?)
    }

    /// Appends an instruction to a block.
    pub(crate) fn append(&mut self, block: Block, inst: Inst, offset: u32) -> Result<Value> {
        let value = self.make(inst, offset)?;
        self.home[value.index()] = block.0;
        let data = &mut self.blocks[block];
        let last = core::mem::replace(&mut data.last, value.0);
        if last == NONE {
            data.first = value.0;
        } else {
            self.next[last as usize] = value.0;
        }
        Ok(value)
    }

    /// A new block, behind all others.
    pub(crate) fn begin_block(&mut self, in_loop: u32) -> Result<Block> {
        Ok(self.blocks.try_push(BlockData {
            first: NONE,
            last: NONE,
            params: NONE,
            param_count: 0,
            term: Term::Open,
            term_offset: 0,
            preds: NONE,
            in_loop,
        })?)
    }

    /// A new edge.
    pub(crate) fn edge(&mut self, from: Block) -> Result<Edge> {
        let data = EdgeData { from, to: Block(NONE), args: 0, arg_count: 0, next: NONE };
        Ok(self.edges.try_push(data)?)
    }

    /// Says where an edge leads.
    pub(crate) fn link(&mut self, edge: Edge, to: Block) {
        let before = core::mem::replace(&mut self.blocks[to].preds, edge.0);
        let data = &mut self.edges[edge];
        data.to = to;
        data.next = before;
    }

    /// One more parameter of the newest block.
    pub(crate) fn add_param(&mut self, block: Block, ty: Ty) -> Result<Value> {
        let index = self.blocks[block].param_count;
        let inst = Inst { op: Op::Param, ty, aux: 0, a: block.0, b: index, c: NONE };
        let value = self.make(inst, 0)?;
        self.home[value.index()] = block.0;
        let data = &mut self.blocks[block];
        if index == 0 {
            data.params = value.0;
        }
        data.param_count += 1;
        Ok(value)
    }

    /// A list in the pool.
    pub(crate) fn list(&self, first: u32, count: u32) -> &[u32] {
        &self.pool[first as usize..(first + count) as usize]
    }

    /// The arguments of an edge.
    pub(crate) fn args(&self, edge: Edge) -> &[u32] {
        let EdgeData { args, arg_count, .. } = self.edges[edge];
        self.list(args, arg_count)
    }

    /// The edges to a block.
    pub(crate) fn preds(&self, block: Block) -> impl Iterator<Item = Edge> {
        let mut next = self.blocks[block].preds;
        core::iter::from_fn(move || {
            let edge = Edge(next);
            next = self.edges.get(edge)?.next;
            Some(edge)
        })
    }

    /// The edges from a block, in the order of its terminator.
    pub(crate) fn succs(&self, block: Block) -> impl Iterator<Item = Edge> {
        let (pair, table) = match self.blocks[block].term {
            Term::Jump(edge) => ([Some(edge), None], &[][..]),
            Term::Branch(_, yes, no) => ([Some(yes), Some(no)], &[][..]),
            Term::Table { first, count, .. } => ([None, None], self.list(first, count)),
            Term::Open | Term::Return { .. } | Term::Trap(_) | Term::Left => ([None, None], &[][..]),
        };
        pair.into_iter().flatten().chain(table.iter().map(|edge| Edge(*edge)))
    }

    /// The instructions of a block.
    pub(crate) fn insts_of(&self, block: Block) -> impl Iterator<Item = Value> {
        let mut next = self.blocks[block].first;
        core::iter::from_fn(move || {
            let value = next;
            next = *self.next.get(value as usize)?;
            Some(Value(value))
        })
    }

    /// The parameters of a block.
    pub(crate) fn params(&self, block: Block) -> impl ExactSizeIterator<Item = Value> {
        let BlockData { params, param_count, .. } = self.blocks[block];
        (0..param_count).map(move |index| Value(params + index))
    }

    /// The bits of a constant.
    pub(crate) fn as_const(&self, value: Value) -> Option<u64> {
        let inst = self.insts.get(value)?;
        (inst.op == Op::Const && inst.ty != Ty::V128).then(|| u64::from(inst.a) | u64::from(inst.b) << 32)
    }

    /// The bits of a constant of any type.
    pub(crate) fn bits(&self, value: Value) -> Option<u128> {
        let inst = self.insts.get(value)?;
        match (inst.op, inst.ty) {
            (Op::Const, Ty::V128) => self.vectors.get(inst.a as usize).copied(),
            _ => self.as_const(value).map(u128::from),
        }
    }

    pub(crate) fn ty(&self, value: Value) -> Ty {
        self.insts[value].ty
    }

    /// Hands every value that an instruction uses to `each`.
    pub(crate) fn uses(&self, inst: &Inst, mut each: impl FnMut(Value)) {
        let Inst { op, a, b, c, .. } = *inst;
        match op {
            Op::Const
            | Op::Param
            | Op::MemoryRecord
            | Op::GlobalRecord
            | Op::FuncRef
            | Op::TableRecord
            | Op::Fuel
            | Op::Poll => {}
            Op::Proj | Op::CheckType | Op::Load | Op::MemoryLimit => each(Value(a)),
            Op::Call | Op::TailCall | Op::Builtin => {
                self.list(a, b).iter().for_each(|value| each(Value(*value)))
            }
            Op::CallRef | Op::TailCallRef => {
                self.list(a, b).iter().for_each(|value| each(Value(*value)));
                each(Value(c));
            }
            Op::Store | Op::Check => {
                each(Value(a));
                each(Value(b));
            }
            _ => {
                each(Value(a));
                if b != NONE {
                    each(Value(b));
                }
                if c != NONE {
                    each(Value(c));
                }
            }
        }
    }
}
