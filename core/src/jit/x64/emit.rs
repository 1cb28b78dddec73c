//! Allocated code → bytes: frames, blocks, branches, stubs behind the code.
//!
//! In: [`Code`] and its [`Allocation`]. Out: bytes of one function, with the places in it that the runtime
//! asks for and the calls to be filled in. It decides nothing about registers.
//!
//! Long, since frame, blocks, edges and stubs of a function share one state; what single instructions are is next door.

use alloc::vec::Vec;

use iced_x86::Code as X;

use super::encode::{Assembler, Label, Mem, Rm};
use super::inst::{Alu, Code, MInst, MOp, cc};
use super::reg::fixed;
use super::thunk::Thunk;
use super::{Kept, PReg, Places};
use crate::abi::{self, Site};
use crate::jit::improve::{Improvement, Improver};
use crate::jit::ir::{Block, BlockData, Edge, Function, NONE, Ty};
use crate::jit::regalloc::{Allocation, Place};
use crate::jit::{CompileError, Result};
use crate::support::{Entity, TryPush};
use crate::wasm::Trap;

/// Where short loops begin: at a multiple of so many bytes.
const LOOP_ALIGNMENT: u32 = 32;
/// The most instructions of a loop for it to be short.
const SHORT_LOOP: u32 = 24;

/// What becomes of one function.
#[derive(Debug, Default)]
pub(crate) struct Emitted {
    /// Places that may trap, and those behind calls, in the order of the code.
    pub(crate) sites: Vec<Site>,
    /// Calls of functions of the module: where the distance stands, and which function.
    pub(crate) calls: Vec<(u32, u32)>,
    /// The same for thunks, by type.
    pub(crate) thunks: Vec<(u32, u32)>,
    /// The same for what asks a builtin with all registers kept, by that one's number.
    pub(crate) stops: Vec<(u32, u32)>,
}

impl Emitted {
    fn clear(&mut self) {
        self.sites.clear();
        self.calls.clear();
        self.thunks.clear();
        self.stops.clear();
    }
}

/// Something rare, behind the code.
struct Stub {
    label: Label,
    kind: StubKind,
    offset: u32,
}

/// What it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum StubKind {
    Trap(Trap),
    /// A function that is imported is not one of the host's: it is called by the thunk of its type.
    Thunk {
        ty: u32,
        back: Label,
    },
    /// There is less fuel than this.
    Fuel {
        cost: u32,
        back: Label,
    },
    /// The guest may have to stop.
    Poll {
        back: Label,
    },
    /// That, or a frame of so many bytes finds no room. Where to look again, and where to go on.
    Stack {
        bytes: u32,
        check: Label,
        back: Label,
    },
}

/// Emits one function after another.
pub(crate) struct Emitter {
    pub(super) asm: Assembler,
    pub(crate) out: Emitted,
    stubs: Vec<Stub>,
    blocks: Vec<Label>,
    /// Ways out of line: a label, and the edge whose moves belong there.
    ways: Vec<(Label, Edge)>,
}

/// At work on one function.
pub(super) struct Emitting<'e> {
    pub(super) func: &'e Function,
    pub(super) code: &'e Code,
    pub(super) allocation: &'e Allocation,
    improver: &'e Improver,
    pub(super) room: &'e mut Emitter,
    frame: Frame,
    pub(super) offset: u32,
    /// The register, and how many bytes of it, that the flags say whether it is zero.
    pub(super) flags: Option<(PReg, u8)>,
}

/// A function's frame.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Its own bytes.
    bytes: u32,
    /// It is a link of the chain.
    linked: bool,
}

impl Emitter {
    pub(crate) fn new() -> Self {
        let out = Emitted::default();
        Self { asm: Assembler::new(), out, stubs: Vec::new(), blocks: Vec::new(), ways: Vec::new() }
    }

    /// Emits a function, and appends its bytes to `bytes`, which is filled up to a multiple of 16. Places are distances from its start.
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn emit(
        &mut self,
        func: &Function,
        code: &Code,
        (allocation, improver): (&Allocation, &Improver),
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        self.asm.clear();
        self.out.clear();
        self.stubs.clear();
        self.blocks.clear();
        self.ways.clear();
        for _ in 0..func.blocks.len() {
            let label = self.asm.label()?;
            self.blocks.try_push(label)?;
        }
        let slots = allocation.slot_count * 8;
        let linked = code.calls || slots + code.area > abi::LEAF_FRAME as u32;
        // Slots of vectors are aligned by who finds them: from the link's place, or 8 bytes below the return address.
        let below = if linked || slots == 0 { 0 } else { 8 };
        let frame = Frame { bytes: (slots + code.area).next_multiple_of(16) + below, linked };
        let mut emitting =
            Emitting { func, code, allocation, improver, room: self, frame, offset: 0, flags: None };
        emitting.function()?;
        self.out.sites.sort_unstable_by_key(|site| site.code);
        let start = bytes.len();
        self.finish(&code.constants, bytes)?;
        debug_assert!(start.is_multiple_of(16));
        Ok(())
    }

    /// From now on, whether bytes are decoded again and compared with what they are to be.
    pub(crate) fn check_bytes(&mut self, check: bool) {
        self.asm.check_bytes(check);
    }

    fn finish(&mut self, constants: &[u128], bytes: &mut Vec<u8>) -> Result<()> {
        self.asm.align(16)?;
        let first = self.asm.at;
        let start = bytes.len();
        let made = self.asm.take();
        let result = bytes.try_extend(&made);
        self.asm.give_back(made);
        result?;
        for constant in constants {
            bytes.try_extend(&constant.to_le_bytes())?;
        }
        while !bytes.len().is_multiple_of(LOOP_ALIGNMENT as usize) {
            bytes.try_push(0)?;
        }
        self.asm.fix(&mut bytes[start..], first)
    }

    /// Emits a trampoline from the host to functions of this type: see [`abi`].
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn trampoline(
        &mut self,
        params: &[Ty],
        results: &[Ty],
        kept: Kept,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        self.asm.clear();
        self.out.clear();
        super::trampoline::entry(&mut self.asm, params, results, kept)?;
        self.finish(&[], bytes)
    }

    /// Emits what keeps all registers while the builtin with this number is asked.
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn stop(&mut self, number: u32, kept: Kept, bytes: &mut Vec<u8>) -> Result<()> {
        self.asm.clear();
        self.out.clear();
        super::emit_stop::stop(&mut self.asm, number, kept, &mut self.out.sites)?;
        self.finish(&[], bytes)
    }
}

impl Emitter {
    /// Emits a thunk: what calls of references to functions of this type go to. Says where in it the way to the host
    /// begins.
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn thunk(
        &mut self,
        params: &[Ty],
        results: &[Ty],
        kept: Kept,
        bytes: &mut Vec<u8>,
    ) -> Result<u32> {
        self.asm.clear();
        self.out.clear();
        let Self { asm, out, .. } = self;
        let Emitted { sites, stops, .. } = out;
        let to_host = Thunk { asm, params, results, kept, sites, stops }.emit()?;
        self.finish(&[], bytes)?;
        Ok(to_host)
    }
}

impl Emitter {
    /// Emits a gate for each of so many bodies, one every [`abi::GATE`] bytes; the distance of the first one. Behind each
    /// place in `calls` is a body, to whose word the distance there leads.
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn gates(&mut self, count: u32, kept: Kept, bytes: &mut Vec<u8>) -> Result<u32> {
        self.asm.clear();
        self.out.sites.clear();
        self.out.calls.clear();
        self.out.thunks.clear();
        let first = super::gate::gates(&mut self.asm, count, kept, &mut self.out)?;
        self.finish(&[], bytes)?;
        Ok(first)
    }
}

impl Emitting<'_> {
    fn function(&mut self) -> Result<()> {
        self.prologue()?;
        for block in (0..self.func.blocks.len()).map(Block::from_index) {
            self.block(block)?;
        }
        let mut at = 0;
        while let Some(&(label, edge)) = self.room.ways.get(at) {
            at += 1;
            self.room.asm.reserve()?;
            self.room.asm.bind(label);
            self.edge_moves(edge)?;
            self.jump_to(edge)?;
        }
        for at in 0..self.room.stubs.len() {
            self.room.asm.reserve()?;
            let Stub { label, kind, offset } = self.room.stubs[at];
            self.room.asm.bind(label);
            self.offset = offset;
            match kind {
                StubKind::Trap(trap) => self.trap(trap)?,
                StubKind::Fuel { cost, back } => self.fuel_stub(cost, back)?,
                StubKind::Poll { back } => self.poll_stub(back)?,
                StubKind::Thunk { ty, back } => self.thunk_stub(ty, back)?,
                StubKind::Stack { bytes, check, back } => self.stack_stub(bytes, check, back)?,
            }
        }
        Ok(())
    }

    fn prologue(&mut self) -> Result<()> {
        self.room.asm.reserve()?;
        let Frame { bytes, linked } = self.frame;
        let rsp = PReg::RSP;
        if linked {
            let asm = &mut self.room.asm;
            asm.one(X::Push_r64, Rm::Reg(PReg::RBP), 8)?;
            asm.reg_rm(X::Mov_r64_rm64, PReg::RBP, Rm::Reg(rsp), [8, 8])?;
            self.look_at_limit(bytes)?;
        } else if self.code.kept.stop {
            self.poll()?;
        }
        if bytes > 0 {
            self.room.asm.rm_imm(
                X::Sub_rm64_imm32,
                Rm::Reg(rsp),
                i64::from(bytes),
                iced_x86::OpKind::Immediate32to64,
                8,
            )?;
        }
        Ok(())
    }

    /// Leaves the frame: the return address is above `rsp` then.
    pub(super) fn leave_frame(&mut self) -> Result<()> {
        let Frame { bytes, linked } = self.frame;
        let asm = &mut self.room.asm;
        if linked {
            if bytes > 0 {
                asm.reg_rm(X::Mov_r64_rm64, PReg::RSP, Rm::Reg(PReg::RBP), [8, 8])?;
            }
            asm.one(X::Pop_r64, Rm::Reg(PReg::RBP), 8)
        } else if bytes > 0 {
            asm.rm_imm(
                X::Add_rm64_imm32,
                Rm::Reg(PReg::RSP),
                i64::from(bytes),
                iced_x86::OpKind::Immediate32to64,
                8,
            )
        } else {
            Ok(())
        }
    }

    /// Where a slot is.
    pub(super) fn slot(&self, slot: u32) -> Mem {
        let Frame { bytes, linked } = self.frame;
        if linked {
            Mem::at(PReg::RBP, -8 * (slot as i32 + 1))
        } else {
            Mem::at(PReg::RSP, bytes as i32 - 8 * (slot as i32 + 2))
        }
    }

    pub(super) fn rm(&self, operand: u32) -> Result<Rm> {
        match Place::of(operand) {
            Some(Place::Reg(reg)) => Ok(Rm::Reg(reg)),
            Some(Place::Slot(slot)) => Ok(Rm::Mem(self.slot(slot))),
            None => Err(CompileError::Internal("operand was not allocated")),
        }
    }

    pub(super) fn reg(&self, operand: u32) -> Result<PReg> {
        fixed(operand).ok_or(CompileError::Internal("operand has no register"))
    }

    /// The place in memory of the instruction that is emitted next.
    pub(super) fn mem(&mut self, inst: &MInst) -> Result<Mem> {
        if inst.access != NONE {
            self.own_place()?;
            self.site_of(inst.access, Some(Trap::MemoryOutOfBounds))?;
        }
        let base = if inst.base == NONE { None } else { Some(self.reg(inst.base)?) };
        let index = if inst.index == NONE { None } else { Some(self.reg(inst.index)?) };
        let mut mem = Mem { base, index, scale: inst.scale, disp: inst.disp, constant: None };
        if base == Some(PReg::RBP) && !self.frame.linked {
            // Behind what a link of the chain would take.
            mem.base = Some(PReg::RSP);
            mem.disp += self.frame.bytes as i32 - 8;
        }
        Ok(mem)
    }

    /// A label behind the code, where this trap happens.
    pub(super) fn stub(&mut self, trap: Trap) -> Result<Label> {
        self.stub_for(StubKind::Trap(trap))
    }

    /// A label behind the code, where this happens.
    pub(super) fn stub_for(&mut self, kind: StubKind) -> Result<Label> {
        let label = self.room.asm.label()?;
        self.room.stubs.try_push(Stub { label, kind, offset: self.offset })?;
        Ok(label)
    }

    /// A trap here.
    pub(super) fn trap(&mut self, trap: Trap) -> Result<()> {
        self.own_place()?;
        self.site(Some(trap))?;
        self.room.asm.plain(X::Ud2)
    }

    /// The next instruction may trap, or follows a call.
    pub(super) fn site(&mut self, trap: Option<Trap>) -> Result<()> {
        self.site_of(self.offset, trap)
    }

    /// Two sites never stand at one place.
    fn own_place(&mut self) -> Result<()> {
        match self.room.out.sites.last() {
            Some(site) if site.code == self.room.asm.at => self.room.asm.plain(X::Nopd),
            _ => Ok(()),
        }
    }

    fn site_of(&mut self, wasm: u32, trap: Option<Trap>) -> Result<()> {
        let return_at = if self.frame.linked { Site::LINKED } else { self.frame.bytes as u16 };
        let site = Site { code: self.room.asm.at, wasm, trap, return_at };
        Ok(self.room.out.sites.try_push(site)?)
    }

    fn block(&mut self, block: Block) -> Result<()> {
        self.room.asm.reserve()?;
        if self.begins_short_loop(block) {
            self.room.asm.pad(LOOP_ALIGNMENT)?;
        }
        let label = self.room.blocks[block.index()];
        self.room.asm.bind(label);
        self.flags = None;
        let BlockData { params, param_count, .. } = self.func.blocks[block];
        for param in (0..param_count).map(|index| params + index) {
            if let Some(Place::Reg(_)) = Place::of(self.allocation.params[param as usize]) {
                self.keep(param, self.allocation.params[param as usize])?;
            }
        }
        let stores = &self.allocation.stores;
        let first = stores.partition_point(|store| store.block < block);
        for store in stores[first..].iter().take_while(|store| store.block == block) {
            self.room.asm.reserve()?;
            self.keep_in(store.value, store.reg.operand(), store.slot)?;
        }
        for at in self.allocation.blocks[block.index()].clone() {
            self.room.asm.reserve()?;
            let inst = self.allocation.insts[at as usize];
            self.offset = inst.offset;
            if self.flags_are_set(&inst, at as usize + 1) {
                continue;
            }
            self.inst(&inst, block)?;
            self.note_flags(&inst);
            let source = self.allocation.source[at as usize];
            if source != NONE {
                self.keep_results(&inst, source)?;
            }
        }
        Ok(())
    }

    /// Whether a block begins a short loop with no other in it.
    fn begins_short_loop(&self, block: Block) -> bool {
        let inside = self.func.blocks[block].in_loop;
        let data = &self.func.loops[inside as usize];
        let has_inner = self.func.loops.get(inside as usize + 1).is_some_and(|next| next.parent == inside);
        if data.before.0.wrapping_add(1) != block.0 || has_inner {
            return false;
        }
        let start = self.code.blocks[block.index()].insts.start;
        let last = self.code.blocks.get((data.end.0 as usize).wrapping_sub(1));
        last.is_some_and(|last| last.insts.end - start <= SHORT_LOOP)
    }

    /// Whether an instruction compares with zero what the flags have been set by, and only that is asked for.
    fn flags_are_set(&self, inst: &MInst, next: usize) -> bool {
        if inst.op != MOp::Test || inst.a != inst.b {
            return false;
        }
        // Moves of the allocator leave flags alone.
        let rest = self.allocation.insts.get(next..).unwrap_or_default();
        let asked = match rest.iter().map(|next| next.op).find(|op| *op != MOp::Move) {
            Some(MOp::Branch(code) | MOp::SetCc(code) | MOp::CMov(code) | MOp::TrapIf(code, _)) => code,
            _ => return false,
        };
        matches!(asked, cc::EQUAL | cc::NOT_EQUAL)
            && self.flags.is_some_and(|(reg, size)| fixed(inst.a) == Some(reg) && size == inst.size)
            && self.improver.may(Improvement::Flags, inst.offset)
    }

    /// What the flags say behind an instruction.
    fn note_flags(&mut self, inst: &MInst) {
        let def = fixed(inst.def);
        self.flags = match inst.op {
            // Moves leave flags alone.
            MOp::Move | MOp::Load(..) | MOp::Store(_) => self.flags.filter(|(reg, _)| Some(*reg) != def),
            MOp::Add if def == fixed(inst.a) || def == fixed(inst.b) => def.map(|def| (def, inst.size)),
            MOp::AddImm if def == fixed(inst.a) => def.map(|def| (def, inst.size)),
            MOp::Alu(alu) | MOp::AluMem(alu) | MOp::AluImm(alu) if alu != Alu::Mul => {
                def.map(|def| (def, inst.size))
            }
            _ => None,
        };
    }

    /// Stores a value that has just been defined to its slot, if it has one.
    fn keep(&mut self, value: u32, from: u32) -> Result<()> {
        let slot = self.allocation.slots[value as usize];
        if slot == NONE { Ok(()) } else { self.keep_in(value, from, slot) }
    }

    fn keep_in(&mut self, value: u32, from: u32, slot: u32) -> Result<()> {
        let size = if self.code.types[value as usize] == Ty::V128 { 16 } else { 8 };
        let to = Place::Slot(slot).operand();
        self.move_inst(&MInst { def: to, a: from, ..MInst::new(MOp::Move, size) })
    }

    fn keep_results(&mut self, inst: &MInst, source: u32) -> Result<()> {
        let code = self.code;
        let original = &code.insts[source as usize];
        if original.def != NONE {
            self.keep(original.def, inst.def)?;
        }
        let (_, defined) = code.lists(original);
        for pair in defined.chunks_exact(2) {
            self.keep(pair[0], PReg(pair[1] as u8).operand())?;
        }
        Ok(())
    }

    fn edge_moves(&mut self, edge: Edge) -> Result<()> {
        for at in self.allocation.edges[edge.index()].clone() {
            self.room.asm.reserve()?;
            let inst = self.allocation.moves[at as usize];
            self.move_inst(&inst)?;
        }
        Ok(())
    }

    fn has_moves(&self, edge: Edge) -> bool {
        !self.allocation.edges[edge.index()].is_empty()
    }

    fn jump_to(&mut self, edge: Edge) -> Result<()> {
        let label = self.room.blocks[self.func.edges[edge].to.index()];
        self.room.asm.branch(X::Jmp_rel32_64, Some(X::Jmp_rel8_64), label)
    }

    /// Goes over an edge from the end of a block.
    pub(super) fn go(&mut self, edge: Edge, block: Block) -> Result<()> {
        self.edge_moves(edge)?;
        self.room.asm.reserve()?;
        if self.func.edges[edge].to.0 == block.0 + 1 { Ok(()) } else { self.jump_to(edge) }
    }

    /// The label to branch to for an edge: the block's, or one where its moves are.
    pub(super) fn way(&mut self, edge: Edge) -> Result<Label> {
        if !self.has_moves(edge) {
            return Ok(self.room.blocks[self.func.edges[edge].to.index()]);
        }
        let label = self.room.asm.label()?;
        self.room.ways.try_push((label, edge))?;
        Ok(label)
    }

    /// Whether the moves of one way disturb nobody on the other.
    fn can_move_first(&self, way: Edge, other: Edge) -> bool {
        let needed = self.allocation.starts[self.func.edges[other].to.index()];
        let moves = &self.allocation.moves;
        let range = self.allocation.edges[way.index()].clone();
        let harmless = |inst: &MInst| match fixed(inst.def) {
            Some(reg) => inst.op == MOp::Move && !needed.has(reg),
            None => false,
        };
        !range.is_empty()
            && !self.has_moves(other)
            && moves[range.start as usize..range.end as usize].iter().all(harmless)
            && self.improver.may(Improvement::MoveFirst, self.offset)
    }

    /// Goes back to a loop's start by one jump, behind the moves; they leave flags alone.
    fn move_first(&mut self, code: u8, back: Edge, other: Edge, block: Block) -> Result<()> {
        self.edge_moves(back)?;
        self.room.asm.reserve()?;
        let label = self.room.blocks[self.func.edges[back].to.index()];
        self.jump_if(code, label)?;
        self.go(other, block)
    }

    pub(super) fn branch(&mut self, code: u8, yes: Edge, no: Edge, block: Block) -> Result<()> {
        let next = |edge: Edge| self.func.edges[edge].to.0 == block.0 + 1;
        let back = |edge: Edge| self.func.edges[edge].to <= block;
        let (yes_next, no_next) = (next(yes), next(no));
        if back(yes) && self.can_move_first(yes, no) {
            return self.move_first(code, yes, no, block);
        }
        if back(no) && self.can_move_first(no, yes) {
            return self.move_first(cc::not(code), no, yes, block);
        }
        // What follows goes without a jump; so does, where there are moves, the way back to a loop.
        if yes_next && !no_next || back(yes) && self.has_moves(yes) && !self.has_moves(no) {
            let label = self.way(no)?;
            self.jump_if(cc::not(code), label)?;
            return self.go(yes, block);
        }
        let label = self.way(yes)?;
        self.jump_if(code, label)?;
        self.go(no, block)
    }

    pub(super) fn jump_if(&mut self, code: u8, label: Label) -> Result<()> {
        let asm = &mut self.room.asm;
        match code {
            cc::FLOAT_EQUAL => {
                let skip = asm.label()?;
                asm.branch(X::Jp_rel32_64, None, skip)?;
                asm.branch(X::Je_rel32_64, Some(X::Je_rel8_64), label)?;
                asm.bind(skip);
                Ok(())
            }
            cc::FLOAT_NOT_EQUAL => {
                asm.branch(X::Jp_rel32_64, Some(X::Jp_rel8_64), label)?;
                asm.branch(X::Jne_rel32_64, Some(X::Jne_rel8_64), label)
            }
            _ => {
                let (long, short) = super::conditions::jumps(code);
                asm.branch(long, Some(short), label)
            }
        }
    }
}

/// Bytes that the area of arguments and results takes.
pub(super) fn area(types: &[Ty]) -> u32 {
    let mut places = Places::default();
    for &ty in types {
        places.next(ty);
    }
    places.bytes
}
