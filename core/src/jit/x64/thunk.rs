//! The way to a function that is known by reference, one per signature.
//!
//! In: types. Out: code that finds `*const VmFunc` in `r11`, arguments in their places and a return address above `rsp`,
//! and goes to that function, wherever it is: in the same instance, in another one, or the host's. It is called, or jumped
//! to by a function that ends so.

use alloc::vec::Vec;

use iced_x86::{Code as X, OpKind};

use super::emit::area;
use super::encode::{Assembler, Mem, Rm};
use super::trampoline::{copy, load, memory_base, reload, store};
use super::{ArgPlace, Kept, PReg, Places};
use crate::abi::{self, Site};
use crate::jit::ir::Ty;
use crate::jit::{FirstMemory, Result};
use crate::support::TryPush;

/// What a thunk needs to know.
pub(super) struct Thunk<'t> {
    pub(super) asm: &'t mut Assembler,
    pub(super) params: &'t [Ty],
    pub(super) results: &'t [Ty],
    pub(super) kept: Kept,
    pub(super) sites: &'t mut Vec<Site>,
    /// Where builtins are asked with all registers kept: the place, and the builtin's number.
    pub(super) stops: &'t mut Vec<(u32, u32)>,
}

impl Thunk<'_> {
    /// Emits it; where the way to the host begins.
    pub(super) fn emit(mut self) -> Result<u32> {
        let (r9, r10, r11, r15) = (PReg::R9, PReg::R10, PReg::R11, PReg::R15);
        let asm = &mut *self.asm;
        asm.reserve()?;
        let (host, other, framed) = (asm.label()?, asm.label()?, asm.label()?);
        asm.reg_rm(X::Mov_r64_rm64, r9, Rm::Mem(Mem::at(r11, abi::func::INSTANCE as i32)), [8, 8])?;
        asm.reg_rm(X::Mov_r64_rm64, r10, Rm::Mem(Mem::at(r11, abi::func::CODE as i32)), [8, 8])?;
        asm.rm_reg(X::Test_rm64_r64, Rm::Reg(r9), r9, 8)?;
        asm.branch(X::Je_rel32_64, None, host)?;
        asm.reg_rm(X::Cmp_r64_rm64, r15, Rm::Reg(r9), [8, 8])?;
        asm.branch(X::Jne_rel32_64, None, other)?;
        asm.one(X::Jmp_rm64, Rm::Reg(r10), 8)?;
        asm.bind(other);
        // Whoever is returned to may not care about the instance; then no frame has to remember it.
        let [a, b, c, d, ..] = abi::RETURN_MARK;
        let mark = i64::from(i32::from_le_bytes([a, b, c, d]));
        asm.reg_rm(X::Mov_r64_rm64, r9, Rm::Mem(Mem::at(PReg::RSP, 0)), [8, 8])?;
        asm.rm_imm(X::Cmp_rm32_imm32, Rm::Mem(Mem::at(r9, 0)), mark, OpKind::Immediate32, 4)?;
        asm.branch(X::Jne_rel32_64, None, framed)?;
        change_instance(asm)?;
        asm.one(X::Jmp_rm64, Rm::Reg(r10), 8)?;
        asm.bind(framed);
        self.other_instance()?;
        self.asm.reserve()?;
        self.asm.bind(host);
        let at = self.asm.at;
        self.host()?;
        Ok(at)
    }

    /// Behind a call.
    fn site(&mut self) -> Result<()> {
        let site = Site { code: self.asm.at, wasm: 0, trap: None, return_at: Site::LINKED };
        Ok(self.sites.try_push(site)?)
    }

    /// Makes a frame of so many bytes below `rbp`, of which the first are pushed already.
    fn enter_frame(&mut self, bytes: u32, pushed: u32) -> Result<()> {
        let (rsp, r9, rbx) = (PReg::RSP, PReg::R9, PReg::RBX);
        if bytes as usize > abi::THUNK_FRAME {
            let (check, fits) = (self.asm.label()?, self.asm.label()?);
            self.asm.bind(check);
            self.asm.reg_rm(X::Lea_r64_m, r9, Rm::Mem(Mem::at(rsp, -(bytes as i32))), [8, 8])?;
            let from = Mem::at(PReg::R15, abi::instance::STORE as i32);
            self.asm.reg_rm(X::Mov_r64_rm64, rbx, Rm::Mem(from), [8, 8])?;
            let limit = Mem::at(rbx, abi::store::STACK_LIMIT as i32);
            self.asm.reg_rm(X::Cmp_r64_rm64, r9, Rm::Mem(limit), [8, 8])?;
            self.asm.branch(X::Jae_rel32_64, None, fits)?;
            let at = ask(self.asm, bytes)?;
            self.stops.try_push((at, abi::builtin::STACK as u32))?;
            self.site()?;
            self.asm.branch(X::Jmp_rel32_64, Some(X::Jmp_rel8_64), check)?;
            self.asm.bind(fits);
        }
        let left = i64::from(bytes - pushed);
        self.asm.rm_imm(X::Sub_rm64_imm32, Rm::Reg(rsp), left, OpKind::Immediate32to64, 8)
    }

    /// With arguments and results copied between the caller's frame and one between.
    fn other_instance(&mut self) -> Result<()> {
        let (rbp, rsp, r15) = (PReg::RBP, PReg::RSP, PReg::R15);
        let (arguments, results) = (area(self.params), area(self.results));
        self.asm.reserve()?;
        link(self.asm)?;
        self.asm.one(X::Push_r64, Rm::Reg(r15), 8)?;
        self.enter_frame((arguments + results).next_multiple_of(16) + 16, 8)?;
        for at in (0..arguments as i32).step_by(8) {
            self.asm.reserve()?;
            copy(self.asm, Ty::I64, Mem::at(rsp, at), Mem::at(rbp, 16 + at))?;
        }
        self.asm.reserve()?;
        change_instance(self.asm)?;
        self.asm.one(X::Call_rm64, Rm::Reg(PReg::R10), 8)?;
        self.site()?;
        self.asm.data(&abi::RETURN_MARK)?;
        // The callee has taken its arguments off.
        for at in (0..results as i32).step_by(8) {
            self.asm.reserve()?;
            copy(self.asm, Ty::I64, Mem::at(rbp, 16 + arguments as i32 + at), Mem::at(rsp, at))?;
        }
        self.asm.reserve()?;
        self.asm.reg_rm(X::Mov_r64_rm64, r15, Rm::Mem(Mem::at(rbp, -8)), [8, 8])?;
        if self.kept.memory != FirstMemory::None {
            memory_base(self.asm)?;
        }
        self.asm.plain(X::Leaveq)?;
        ret(self.asm, arguments)
    }

    /// With arguments in slots, by the builtin.
    fn host(&mut self) -> Result<()> {
        let (rbp, rsp) = (PReg::RBP, PReg::RSP);
        let arguments = area(self.params) as i32;
        let slots = |types: &[Ty]| types.iter().map(|ty| slot_bytes(*ty)).sum::<i32>();
        link(self.asm)?;
        self.enter_frame(slots(self.params).max(slots(self.results)).unsigned_abs().next_multiple_of(16), 0)?;
        let (mut places, mut slot) = (Places::default(), 0);
        for &ty in self.params {
            self.asm.reserve()?;
            match places.next(ty) {
                ArgPlace::Reg(reg) => store(self.asm, ty, Mem::at(rsp, slot), reg)?,
                ArgPlace::Stack(at) => copy(self.asm, ty, Mem::at(rsp, slot), Mem::at(rbp, 16 + at as i32))?,
            }
            slot += slot_bytes(ty);
        }
        self.asm.reserve()?;
        self.asm.reg_rm(X::Mov_r64_rm64, PReg::RSI, Rm::Reg(PReg::R11), [8, 8])?;
        self.asm.reg_rm(X::Mov_r64_rm64, PReg::RDX, Rm::Reg(rsp), [8, 8])?;
        builtin(self.asm, abi::builtin::HOST_CALL as i32, self.kept)?;
        self.site()?;
        reload(self.asm, self.kept)?;
        let (mut places, mut slot) = (Places::default(), 0);
        for &ty in self.results {
            self.asm.reserve()?;
            match places.next(ty) {
                ArgPlace::Reg(reg) => load(self.asm, ty, reg, Mem::at(rsp, slot))?,
                ArgPlace::Stack(at) => {
                    copy(self.asm, ty, Mem::at(rbp, 16 + arguments + at as i32), Mem::at(rsp, slot))?;
                }
            }
            slot += slot_bytes(ty);
        }
        self.asm.reserve()?;
        self.asm.plain(X::Leaveq)?;
        ret(self.asm, arguments.unsigned_abs())
    }
}

const fn slot_bytes(ty: Ty) -> i32 {
    if matches!(ty, Ty::V128) { 16 } else { 8 }
}

fn link(asm: &mut Assembler) -> Result<()> {
    asm.one(X::Push_r64, Rm::Reg(PReg::RBP), 8)?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::RBP, Rm::Reg(PReg::RSP), [8, 8])
}

/// The instance of the function that `r11` refers to, and its memory 0, if it has one.
fn change_instance(asm: &mut Assembler) -> Result<()> {
    let r15 = PReg::R15;
    let instance = Mem::at(PReg::R11, abi::func::INSTANCE as i32);
    asm.reg_rm(X::Mov_r64_rm64, r15, Rm::Mem(instance), [8, 8])?;
    let none = asm.label()?;
    let count = Mem::at(r15, abi::instance::MEMORY_COUNT as i32);
    asm.rm_imm(X::Cmp_rm32_imm8, Rm::Mem(count), 0, OpKind::Immediate8to32, 4)?;
    asm.branch(X::Je_rel32_64, None, none)?;
    memory_base(asm)?;
    asm.bind(none);
    Ok(())
}

/// Calls a builtin whose arguments behind the instance are in their registers.
pub(super) fn builtin(asm: &mut Assembler, number: i32, kept: Kept) -> Result<()> {
    let (rax, rdi, r15) = (PReg::RAX, PReg::RDI, PReg::R15);
    asm.reg_rm(X::Mov_r64_rm64, rdi, Rm::Reg(r15), [8, 8])?;
    let store = Mem::at(r15, abi::instance::STORE as i32);
    asm.reg_rm(X::Mov_r64_rm64, rax, Rm::Mem(store), [8, 8])?;
    if kept.fuel {
        asm.rm_reg(X::Mov_rm64_r64, Rm::Mem(Mem::at(rax, abi::store::FUEL as i32)), PReg::R12, 8)?;
    }
    let builtins = Mem::at(rax, abi::store::BUILTINS as i32);
    asm.reg_rm(X::Mov_r64_rm64, rax, Rm::Mem(builtins), [8, 8])?;
    asm.one(X::Call_rm64, Rm::Mem(Mem::at(rax, number * 8)), 8)
}

/// Calls what keeps all registers while it asks a builtin with this argument; the place where the distance stands.
pub(super) fn ask(asm: &mut Assembler, argument: u32) -> Result<u32> {
    asm.push_imm(argument as i32)?;
    asm.far_call(X::Call_rel32_64)?;
    Ok(asm.at - 4)
}

/// Returns, and takes so many bytes of arguments off the stack.
pub(super) fn ret(asm: &mut Assembler, bytes: u32) -> Result<()> {
    if bytes == 0 { asm.plain(X::Retnq) } else { asm.ret_imm(bytes as u16) }
}
