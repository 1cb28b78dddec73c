//! SSA → machine instructions on virtual registers.
//!
//! In: a function. Out: [`Code`]. Walks backwards, so that what is used is known when an instruction is met: one that
//! only serves another as an operand, an address or a condition becomes part of it, and one that nobody uses
//! is left out. It knows no registers but those that instructions and calls insist on.

use alloc::vec::Vec;

use super::inst::{Code, CodeBlock, MInst, MOp};
use super::lower_const::Kept;
use super::{ArgPlace, PReg, Places};
use crate::abi;
use crate::jit::improve::{Improvement, Improver};
use crate::jit::ir::{Access, Block, Edge, Effect, Function, Inst, Op, Term, Ty, Value};
use crate::jit::{CompileError, Result, Settings};
use crate::support::{Entity, TryPush};

/// The pass. Its containers are used again.
#[derive(Debug, Default)]
pub(crate) struct Lower {
    pub(crate) code: Code,
    /// What there is in the block before each instruction.
    before: Vec<Before>,
    /// And in each block.
    block_end: Vec<Before>,
    /// It is part of another instruction.
    folded: Vec<bool>,
    work: Vec<u32>,
    /// The instructions of the block at hand, and the machine instructions of the one at hand.
    order: Vec<u32>,
    seq: Vec<MInst>,
    /// By loop: where its constants may be kept; and those that are.
    pub(super) quiet: Vec<u32>,
    pub(super) constants: Vec<Kept>,
}

/// How much of what may not change places has been seen in a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Before {
    /// Instructions that write.
    writes: u32,
    /// Those, those that trap, and loads.
    all: u32,
}

/// The pass at work on one function.
pub(super) struct Lowering<'l> {
    pub(super) func: &'l Function,
    pub(super) settings: &'l Settings,
    improver: &'l Improver,
    pub(super) room: &'l mut Lower,
    /// The block, what is before the instruction at hand in it, and its operator's offset.
    pub(super) block: Block,
    now: Before,
    offset: u32,
}

impl Lower {
    /// Lowers a function.
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn lower(
        &mut self,
        func: &Function,
        (settings, improver): (&Settings, &Improver),
    ) -> Result<()> {
        self.code.clear();
        self.code.kept = settings.kept;
        self.code.incoming = stack_bytes(func);
        self.code.by_words = settings.by_words;
        self.code.vex = settings.features.avx;
        self.count_uses(func)?;
        self.find_quiet_loops(func)?;
        self.folded.clear();
        self.folded.try_reserve(func.insts.len()).map_err(|_| CompileError::OutOfMemory)?;
        self.folded.resize(func.insts.len(), false);
        for (_, inst) in func.insts.iter() {
            self.code.types.try_push(inst.ty)?;
        }
        let (block, now) = (Block(0), Before::default());
        let mut lowering = Lowering { func, settings, improver, room: self, block, now, offset: 0 };
        for block in (0..func.blocks.len()).rev().map(Block::from_index) {
            lowering.block(block)?;
        }
        self.finish();
        Ok(())
    }

    /// Puts what was made backwards into order.
    fn finish(&mut self) {
        let len = self.code.insts.len() as u32;
        self.code.insts.reverse();
        self.code.blocks.reverse();
        for block in &mut self.code.blocks {
            block.insts = len - block.insts.end..len - block.insts.start;
        }
    }

    /// Counts the uses by what is needed, and numbers effects.
    fn count_uses(&mut self, func: &Function) -> Result<()> {
        let Self { code, before, block_end, work, .. } = self;
        code.uses.clear();
        code.uses.try_reserve(func.insts.len()).map_err(|_| CompileError::OutOfMemory)?;
        code.uses.resize(func.insts.len(), 0);
        before.clear();
        before.try_reserve(func.insts.len()).map_err(|_| CompileError::OutOfMemory)?;
        before.resize(func.insts.len(), Before::default());
        block_end.clear();
        work.clear();
        for block in (0..func.blocks.len()).map(Block::from_index) {
            let mut seen = Before::default();
            for value in func.insts_of(block) {
                let inst = &func.insts[value];
                before[value.index()] = seen;
                seen.writes += u32::from(inst.effect() == Effect::Writes);
                seen.all += u32::from(acts(inst) || inst.op == Op::Load);
                if acts(inst) {
                    work.try_push(value.0)?;
                }
            }
            block_end.try_push(seen)?;
            let mut used = |value: u32| mark(func, &mut code.uses, work, value);
            match func.blocks[block].term {
                Term::Branch(value, ..) | Term::Table { index: value, .. } => used(value.0)?,
                Term::Return { first, count } => func.list(first, count).iter().try_for_each(|v| used(*v))?,
                Term::Open | Term::Jump(_) | Term::Trap(_) | Term::Left => {}
            }
        }
        while let Some(value) = work.pop() {
            let inst = &func.insts[Value(value)];
            if inst.op == Op::Param {
                for edge in func.preds(Block(inst.a)) {
                    mark(func, &mut code.uses, work, func.args(edge)[inst.b as usize])?;
                }
                continue;
            }
            let mut result = Ok(());
            func.uses(inst, |used| {
                if result.is_ok() {
                    result = mark(func, &mut code.uses, work, used.0);
                }
            });
            result?;
        }
        Ok(())
    }
}

/// Whether an instruction is there for more than its result.
fn acts(inst: &Inst) -> bool {
    matches!(inst.effect(), Effect::Traps | Effect::Writes)
}

/// One more use; the first one makes a value needed that was not needed before.
fn mark(func: &Function, uses: &mut [u32], work: &mut Vec<u32>, value: u32) -> Result<()> {
    let count = &mut uses[value as usize];
    *count += 1;
    if *count == 1 && !acts(&func.insts[Value(value)]) {
        work.try_push(value)?;
    }
    Ok(())
}

impl Lowering<'_> {
    fn block(&mut self, block: Block) -> Result<()> {
        let start = self.room.code.insts.len() as u32;
        self.block = block;
        self.now = self.room.block_end[block.index()];
        self.offset = self.func.blocks[block].term_offset;
        self.term(self.func.blocks[block].term)?;
        self.flush()?;
        self.set_constants(block)?;
        self.flush()?;
        let mut order = core::mem::take(&mut self.room.order);
        order.clear();
        for value in self.func.insts_of(block) {
            order.try_push(value.0)?;
        }
        for &value in order.iter().rev() {
            self.value(Value(value))?;
            self.flush()?;
        }
        self.room.order = order;
        if block.index() == 0 {
            self.params()?;
            self.flush()?;
        }
        let end = self.room.code.insts.len() as u32;
        self.room.code.blocks.try_push(CodeBlock { insts: start..end })?;
        Ok(())
    }

    /// Parameters of the function that come in the caller's frame.
    fn params(&mut self) -> Result<()> {
        let mut places = Places::default();
        for param in self.func.params(Block(0)) {
            let ty = self.func.ty(param);
            if let ArgPlace::Stack(at) = places.next(ty)
                && self.uses(param) > 0
            {
                let load = MInst {
                    def: param.0,
                    base: PReg::RBP.operand(),
                    disp: 16 + at as i32,
                    ..MInst::new(MOp::Load(ty.bytes(), false), ty.bytes())
                };
                self.emit(load)?;
            }
        }
        Ok(())
    }

    fn value(&mut self, value: Value) -> Result<()> {
        let inst = self.func.insts[value];
        let needed = self.uses(value) > 0 || acts(&inst);
        if !needed || self.room.folded[value.index()] {
            return Ok(());
        }
        self.now = self.room.before[value.index()];
        self.offset = self.func.offsets[value.index()];
        match inst.op {
            Op::Const | Op::Param | Op::Proj | Op::ExtU => Ok(()),
            Op::Call | Op::CallRef => self.call(value, inst),
            Op::TailCall | Op::TailCallRef => self.tail_call(inst),
            Op::Fuel => self.emit(MInst { imm: i64::from(inst.a), ..MInst::new(MOp::Fuel, 8) }),
            Op::Poll => self.emit(MInst::new(MOp::Poll, 8)),
            Op::Builtin => self.builtin(value, inst),
            Op::FuncRef => self.record(value.0, abi::instance::FUNCTIONS as i32, inst.a),
            Op::TableRecord => self.record(value.0, abi::instance::TABLES as i32, inst.a),
            Op::TableLen | Op::TableGet | Op::TableSet | Op::CheckType => self.table(value, inst),
            Op::Load
            | Op::Store
            | Op::Check
            | Op::MemoryRecord
            | Op::CheckLimit
            | Op::TrapIf
            | Op::MemoryLimit
            | Op::MemoryLen
            | Op::MemoryBase
            | Op::GlobalRecord
            | Op::GlobalGet
            | Op::GlobalSet => self.access(value, inst),
            Op::Vector | Op::Shuffle | Op::Canon => self.vector(value, inst),
            _ if self.is_float(&inst) => self.float(value, inst),
            _ => self.integer(value, inst),
        }
    }

    fn is_float(&self, inst: &Inst) -> bool {
        let of = |value: u32| self.func.insts.get(Value(value)).map_or(Ty::None, |inst| inst.ty);
        matches!(inst.ty, Ty::F32 | Ty::F64 | Ty::V128)
            || inst.op != Op::Select && matches!(of(inst.a), Ty::F32 | Ty::F64)
    }

    /// Hands the machine instructions of the instruction at hand over, last first.
    fn flush(&mut self) -> Result<()> {
        while let Some(inst) = self.room.seq.pop() {
            self.room.code.insts.try_push(inst)?;
        }
        Ok(())
    }

    pub(super) fn emit(&mut self, inst: MInst) -> Result<()> {
        Ok(self.room.seq.try_push(MInst { offset: self.offset, ..inst })?)
    }

    pub(super) fn uses(&self, value: Value) -> u32 {
        self.room.code.uses[value.index()]
    }

    pub(super) fn fresh(&mut self, ty: Ty) -> Result<u32> {
        self.room.code.types.try_push(ty)?;
        Ok(self.room.code.types.len() as u32 - 1)
    }

    /// The virtual register of a value; a constant gets one of its own.
    pub(super) fn reg(&mut self, value: u32) -> Result<u32> {
        let value = self.func.same(value);
        let inst = self.func.insts[Value(value)];
        if inst.op != Op::Const {
            return Ok(value);
        }
        if let Some(bits) = self.func.bits(Value(value)).filter(|_| !inst.ty.is_int())
            && let Some(kept) = self.kept_constant(bits, whole(inst.ty))?
        {
            return Ok(kept);
        }
        let def = self.fresh(inst.ty)?;
        self.constant(def, inst)?;
        Ok(def)
    }

    fn constant(&mut self, def: u32, inst: Inst) -> Result<()> {
        let bits = u64::from(inst.a) | u64::from(inst.b) << 32;
        let op = match inst.ty {
            Ty::V128 => {
                let bits = self.func.vectors[inst.a as usize];
                let at = self.room.code.constant(bits)?;
                MInst { imm: at, ..MInst::new(MOp::MovConst, 16) }
            }
            Ty::I32 | Ty::I64 => MInst { imm: bits as i64, ..MInst::new(MOp::MovImm, inst.ty.bytes()) },
            _ => {
                let at = self.room.code.constant(u128::from(bits))?;
                MInst { imm: at, ..MInst::new(MOp::MovConst, inst.ty.bytes()) }
            }
        };
        self.emit(MInst { def, ..op })
    }

    /// An integer constant that fits an instruction.
    pub(super) fn imm(&self, value: u32) -> Option<i64> {
        let bits = self.func.as_const(Value(value))?;
        let signed = match self.func.ty(Value(value)) {
            Ty::I32 => i64::from(bits as i32),
            Ty::I64 => bits as i64,
            _ => return None,
        };
        i32::try_from(signed).ok().map(i64::from)
    }

    /// The instruction behind a value that may become part of the one at hand: nobody else uses it, and it would run
    /// as often.
    pub(super) fn part(&self, value: u32, op: Op) -> Option<Inst> {
        let inst = *self.func.insts.get(Value(value))?;
        let home = self.func.home[value as usize];
        let fits = inst.op == op
            && self.uses(Value(value)) == 1
            && self.func.blocks.get(Block(home))?.in_loop == self.func.blocks[self.block].in_loop;
        (fits && self.may(Improvement::Operand)).then_some(inst)
    }

    /// A load that may become part of the instruction at hand: nothing is written between. One that may trap stays
    /// before everything that can be seen, and before other loads, which may rely on its having looked.
    pub(super) fn part_load(&self, value: u32, bytes: u8) -> Option<Inst> {
        let inst = self.part(value, Op::Load)?;
        let access = Access::of(inst.aux);
        let before = self.room.before[value as usize];
        let keeps_order = match access.traps {
            true => before.all + 1 == self.now.all,
            false => before.writes == self.now.writes,
        };
        let near = self.func.home[value as usize] == self.block.0 && keeps_order && access.bytes == bytes;
        (near && self.may(Improvement::LoadOperand)).then_some(inst)
    }

    pub(super) fn may(&self, what: Improvement) -> bool {
        self.improver.may(what, self.offset)
    }

    pub(super) fn fold(&mut self, value: u32) {
        self.room.folded[value as usize] = true;
    }

    fn jump(&mut self, edge: Edge) -> Result<()> {
        self.emit(MInst { imm: i64::from(edge.0), ..MInst::new(MOp::Jump, 0) })
    }

    fn term(&mut self, term: Term) -> Result<()> {
        match term {
            Term::Open => Err(CompileError::Internal("block is open")),
            Term::Jump(edge) => self.jump(edge),
            Term::Branch(value, yes, no) => {
                let code = self.condition(value.0)?;
                self.emit(MInst {
                    imm: i64::from(yes.0),
                    disp: no.0 as i32,
                    ..MInst::new(MOp::Branch(code), 0)
                })
            }
            Term::Table { index, first, count } => {
                let (def, a, b) = (self.fresh(Ty::I64)?, self.reg(index.0)?, self.fresh(Ty::I64)?);
                let last = i64::from(count) - 1;
                self.emit(MInst { def: b, imm: last, ..MInst::new(MOp::MovImm, 4) })?;
                let table = MInst { imm: i64::from(first), disp: count as i32, ..MInst::new(MOp::Table, 4) };
                self.emit(MInst { def, a, b, ..table })
            }
            Term::Return { first, count } => self.ret(first, count),
            Term::Trap(code) => self.emit(MInst::new(MOp::Trap(code), 0)),
            Term::Left => Ok(()),
        }
    }

    fn ret(&mut self, first: u32, count: u32) -> Result<()> {
        let func = self.func;
        let mut places = Places::default();
        let mut list = Vec::new();
        for &value in func.list(first, count) {
            let ty = func.ty(Value(value));
            let a = self.reg(value)?;
            match places.next(ty) {
                ArgPlace::Reg(reg) => list.try_extend(&[a, u32::from(reg.0)])?,
                ArgPlace::Stack(at) => self.emit(MInst {
                    a,
                    base: PReg::RBP.operand(),
                    disp: (16 + self.room.code.incoming + at) as i32,
                    ..MInst::new(MOp::Store(ty.bytes()), ty.bytes())
                })?,
            }
        }
        let imm = self.list(&list, &[], 0)?;
        self.emit(MInst { imm, ..MInst::new(MOp::Ret, 0) })
    }

    /// Lists of fixed operands, in the pool, and how many bytes of arguments are on the stack.
    pub(super) fn list(&mut self, used: &[u32], defined: &[u32], stack: u32) -> Result<i64> {
        let pool = &mut self.room.code.pool;
        let at = pool.len() as i64;
        pool.try_push(used.len() as u32 / 2)?;
        pool.try_extend(used)?;
        pool.try_push(defined.len() as u32 / 2)?;
        pool.try_extend(defined)?;
        pool.try_push(stack)?;
        Ok(at)
    }

    fn table(&mut self, value: Value, inst: Inst) -> Result<()> {
        let len = abi::table::LEN as i32;
        let word = MInst::new(MOp::Load(8, false), 8);
        match inst.op {
            Op::TableLen => return self.emit(MInst { def: value.0, base: inst.a, disp: len, ..word }),
            Op::CheckType => return self.check_type(inst),
            _ => {}
        }
        let a = self.reg(inst.a)?;
        let trap = crate::wasm::Trap::from_code(inst.aux as u8).unwrap_or(crate::wasm::Trap::Unreachable);
        self.emit(MInst { base: inst.b, disp: len, a, ..MInst::new(MOp::CmpMemReg, 8) })?;
        self.trap_if(super::inst::cc::NOT_ABOVE, trap)?;
        let elements = self.fresh(Ty::I64)?;
        let start = abi::table::ELEMENTS as i32;
        self.emit(MInst { def: elements, base: inst.b, disp: start, ..word })?;
        let element = MInst { base: elements, index: a, scale: 8, ..word };
        if inst.op == Op::TableGet {
            return self.emit(MInst { def: value.0, ..element });
        }
        let a = self.reg(inst.c)?;
        self.emit(MInst { op: MOp::Store(8), a, ..element })
    }

    fn check_type(&mut self, inst: Inst) -> Result<()> {
        use super::inst::cc;
        let a = self.reg(inst.a)?;
        self.emit(MInst { a, b: a, ..MInst::new(MOp::Test, 8) })?;
        self.trap_if(cc::EQUAL, crate::wasm::Trap::IndirectCallToNull)?;
        let disp = abi::func::TYPE_ID as i32;
        let imm = i64::from(inst.b as i32);
        self.emit(MInst { base: a, disp, imm, ..MInst::new(MOp::CmpMemImm, 4) })?;
        self.trap_if(cc::NOT_EQUAL, crate::wasm::Trap::BadSignature)
    }

    /// Loads a field of the instance.
    pub(super) fn instance_field(&mut self, def: u32, field: i32) -> Result<()> {
        self.emit(MInst { def, base: PReg::R15.operand(), disp: field, ..MInst::new(MOp::Load(8, false), 8) })
    }

    /// The record at a position of one of the instance's arrays.
    pub(super) fn record(&mut self, def: u32, array: i32, index: u32) -> Result<()> {
        let records = self.fresh(Ty::I64)?;
        self.instance_field(records, array)?;
        self.emit(MInst { def, base: records, disp: index as i32 * 8, ..MInst::new(MOp::Load(8, false), 8) })
    }

    pub(super) fn trap_if(&mut self, code: u8, trap: crate::wasm::Trap) -> Result<()> {
        self.emit(MInst::new(MOp::TrapIf(code, trap.code()), 0))
    }
}

/// The type as which a constant of a vector register is kept.
fn whole(ty: Ty) -> Ty {
    if ty == Ty::V128 { ty } else { Ty::F64 }
}

/// Bytes of a function's own arguments that are on the stack.
fn stack_bytes(func: &Function) -> u32 {
    let mut places = Places::default();
    for param in func.params(Block(0)) {
        places.next(func.ty(param));
    }
    places.bytes
}
