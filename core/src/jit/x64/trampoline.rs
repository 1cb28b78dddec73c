//! The way in from the host, one per signature: see [`abi`].
//!
//! In: types. Out: code that takes arguments from the interpreter's slots, calls, and puts the results there.

use alloc::vec::Vec;

use iced_x86::{Code as X, OpKind};

use super::emit::area;
use super::encode::{Assembler, Mem, Rm};
use super::{ArgPlace, PReg, Places};
use crate::abi::{self, Site};
use crate::jit::ir::Ty;
use crate::jit::{FirstMemory, Result};
use crate::support::TryPush;

/// Called as `fn(instance: rdi, values: rsi, code: rdx)`, with `rsp` 8 below a multiple of 16.
pub(super) fn entry(asm: &mut Assembler, params: &[Ty], results: &[Ty], memory: FirstMemory) -> Result<()> {
    let bytes = area(params).max(area(results)).next_multiple_of(16);
    let values = PReg::R10;
    asm.reserve()?;
    asm.one(X::Push_r64, Rm::Reg(PReg::RBP), 8)?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::RBP, Rm::Reg(PReg::RSP), [8, 8])?;
    let below = i64::from(bytes) + 16;
    asm.rm_imm(X::Sub_rm64_imm32, Rm::Reg(PReg::RSP), below, OpKind::Immediate32to64, 8)?;
    let kept = Mem::at(PReg::RBP, -8);
    asm.rm_reg(X::Mov_rm64_r64, Rm::Mem(kept), PReg::RSI, 8)?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::R15, Rm::Reg(PReg::RDI), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, values, Rm::Reg(PReg::RSI), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::R11, Rm::Reg(PReg::RDX), [8, 8])?;
    if memory != FirstMemory::None {
        memory_base(asm)?;
    }
    let mut places = Places::default();
    let mut slot = 0;
    for &ty in params {
        asm.reserve()?;
        let from = Mem::at(values, slot);
        match places.next(ty) {
            ArgPlace::Reg(reg) => load(asm, ty, reg, from)?,
            ArgPlace::Stack(at) => {
                copy(asm, ty, Mem::at(PReg::RSP, at as i32), from)?;
            }
        }
        slot += if ty == Ty::V128 { 16 } else { 8 };
    }
    asm.one(X::Call_rm64, Rm::Reg(PReg::R11), 8)?;
    asm.reg_rm(X::Mov_r64_rm64, values, Rm::Mem(kept), [8, 8])?;
    let mut places = Places::default();
    let mut slot = 0;
    for &ty in results {
        asm.reserve()?;
        let to = Mem::at(values, slot);
        match places.next(ty) {
            ArgPlace::Reg(reg) => store(asm, ty, to, reg)?,
            ArgPlace::Stack(at) => copy(asm, ty, to, Mem::at(PReg::RSP, at as i32))?,
        }
        slot += if ty == Ty::V128 { 16 } else { 8 };
    }
    asm.reserve()?;
    asm.plain(X::Leaveq)?;
    asm.plain(X::Retnq)
}

/// Calls the function that `r11` refers to, of this signature: in the same instance, in another one, or the host's.
pub(super) fn thunk(
    asm: &mut Assembler,
    params: &[Ty],
    results: &[Ty],
    memory: FirstMemory,
    sites: &mut Vec<Site>,
) -> Result<()> {
    let (r10, r11, r15) = (PReg::R10, PReg::R11, PReg::R15);
    asm.reserve()?;
    let (host, other) = (asm.label()?, asm.label()?);
    asm.reg_rm(X::Mov_r64_rm64, r10, Rm::Mem(Mem::at(r11, abi::func::CODE as i32)), [8, 8])?;
    asm.rm_reg(X::Test_rm64_r64, Rm::Reg(r10), r10, 8)?;
    asm.branch(X::Je_rel32_64, None, host)?;
    asm.reg_rm(X::Cmp_r64_rm64, r15, Rm::Mem(Mem::at(r11, abi::func::INSTANCE as i32)), [8, 8])?;
    asm.branch(X::Jne_rel32_64, None, other)?;
    asm.one(X::Jmp_rm64, Rm::Reg(r10), 8)?;
    asm.bind(other);
    to_other_instance(asm, params, results, memory, sites)?;
    asm.bind(host);
    to_host(asm, params, results, memory, sites)
}

/// Behind a call.
fn site(asm: &Assembler, sites: &mut Vec<Site>) -> Result<()> {
    Ok(sites.try_push(Site { code: asm.at, wasm: 0, trap: None, return_at: Site::LINKED })?)
}

fn enter_frame(asm: &mut Assembler, bytes: u32) -> Result<()> {
    asm.one(X::Push_r64, Rm::Reg(PReg::RBP), 8)?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::RBP, Rm::Reg(PReg::RSP), [8, 8])?;
    asm.rm_imm(X::Sub_rm64_imm32, Rm::Reg(PReg::RSP), i64::from(bytes), OpKind::Immediate32to64, 8)
}

/// With arguments and results copied between the caller's frame and one between.
fn to_other_instance(
    asm: &mut Assembler,
    params: &[Ty],
    results: &[Ty],
    memory: FirstMemory,
    sites: &mut Vec<Site>,
) -> Result<()> {
    let (rbp, rsp, r15) = (PReg::RBP, PReg::RSP, PReg::R15);
    let kept = Mem::at(rbp, -8);
    enter_frame(asm, area(params).max(area(results)).next_multiple_of(16) + 16)?;
    asm.rm_reg(X::Mov_rm64_r64, Rm::Mem(kept), r15, 8)?;
    for at in (0..area(params) as i32).step_by(8) {
        asm.reserve()?;
        copy(asm, Ty::I64, Mem::at(rsp, at), Mem::at(rbp, 16 + at))?;
    }
    asm.reserve()?;
    let instance = Mem::at(PReg::R11, abi::func::INSTANCE as i32);
    asm.reg_rm(X::Mov_r64_rm64, r15, Rm::Mem(instance), [8, 8])?;
    let none = asm.label()?;
    let count = Mem::at(r15, abi::instance::MEMORY_COUNT as i32);
    asm.rm_imm(X::Cmp_rm32_imm8, Rm::Mem(count), 0, OpKind::Immediate8to32, 4)?;
    asm.branch(X::Je_rel32_64, None, none)?;
    memory_base(asm)?;
    asm.bind(none);
    asm.one(X::Call_rm64, Rm::Reg(PReg::R10), 8)?;
    site(asm, sites)?;
    for at in (0..area(results) as i32).step_by(8) {
        asm.reserve()?;
        copy(asm, Ty::I64, Mem::at(rbp, 16 + at), Mem::at(rsp, at))?;
    }
    asm.reserve()?;
    asm.reg_rm(X::Mov_r64_rm64, r15, Rm::Mem(kept), [8, 8])?;
    if memory != FirstMemory::None {
        memory_base(asm)?;
    }
    asm.plain(X::Leaveq)?;
    asm.plain(X::Retnq)
}

/// With arguments in slots, by the builtin.
fn to_host(
    asm: &mut Assembler,
    params: &[Ty],
    results: &[Ty],
    memory: FirstMemory,
    sites: &mut Vec<Site>,
) -> Result<()> {
    let (rax, rbp, rsp, r15) = (PReg::RAX, PReg::RBP, PReg::RSP, PReg::R15);
    let slots = |types: &[Ty]| types.iter().map(|ty| if *ty == Ty::V128 { 16 } else { 8 }).sum::<u32>();
    enter_frame(asm, slots(params).max(slots(results)).next_multiple_of(16))?;
    let (mut places, mut slot) = (Places::default(), 0);
    for &ty in params {
        asm.reserve()?;
        match places.next(ty) {
            ArgPlace::Reg(reg) => store(asm, ty, Mem::at(rsp, slot), reg)?,
            ArgPlace::Stack(at) => copy(asm, ty, Mem::at(rsp, slot), Mem::at(rbp, 16 + at as i32))?,
        }
        slot += if ty == Ty::V128 { 16 } else { 8 };
    }
    asm.reserve()?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::RDI, Rm::Reg(r15), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::RSI, Rm::Reg(PReg::R11), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::RDX, Rm::Reg(rsp), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, rax, Rm::Mem(Mem::at(r15, abi::instance::STORE as i32)), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, rax, Rm::Mem(Mem::at(rax, abi::store::BUILTINS as i32)), [8, 8])?;
    asm.one(X::Call_rm64, Rm::Mem(Mem::at(rax, abi::builtin::HOST_CALL as i32 * 8)), 8)?;
    site(asm, sites)?;
    if memory == FirstMemory::Moves {
        memory_base(asm)?;
    }
    let (mut places, mut slot) = (Places::default(), 0);
    for &ty in results {
        asm.reserve()?;
        match places.next(ty) {
            ArgPlace::Reg(reg) => load(asm, ty, reg, Mem::at(rsp, slot))?,
            ArgPlace::Stack(at) => copy(asm, ty, Mem::at(rbp, 16 + at as i32), Mem::at(rsp, slot))?,
        }
        slot += if ty == Ty::V128 { 16 } else { 8 };
    }
    asm.reserve()?;
    asm.plain(X::Leaveq)?;
    asm.plain(X::Retnq)
}

/// Loads the first byte's address of memory 0.
pub(super) fn memory_base(asm: &mut Assembler) -> Result<()> {
    let r14 = PReg::R14;
    let memories = Mem::at(PReg::R15, abi::instance::MEMORIES as i32);
    asm.reg_rm(X::Mov_r64_rm64, r14, Rm::Mem(memories), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, r14, Rm::Mem(Mem::at(r14, 0)), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, r14, Rm::Mem(Mem::at(r14, abi::memory::BASE as i32)), [8, 8])
}

fn load(asm: &mut Assembler, ty: Ty, reg: PReg, from: Mem) -> Result<()> {
    match ty {
        // The upper half of a 32-bit value's register is zero.
        Ty::I32 => asm.reg_rm(X::Mov_r32_rm32, reg, Rm::Mem(from), [4, 4]),
        Ty::F32 | Ty::F64 => asm.reg_rm(X::Movsd_xmm_xmmm64, reg, Rm::Mem(from), [16, 16]),
        Ty::V128 => asm.reg_rm(X::Movups_xmm_xmmm128, reg, Rm::Mem(from), [16, 16]),
        Ty::I64 | Ty::None => asm.reg_rm(X::Mov_r64_rm64, reg, Rm::Mem(from), [8, 8]),
    }
}

fn store(asm: &mut Assembler, ty: Ty, to: Mem, reg: PReg) -> Result<()> {
    match ty {
        Ty::F32 => {
            // The other half of the slot is zero.
            asm.rm_imm(X::Mov_rm64_imm32, Rm::Mem(to), 0, OpKind::Immediate32to64, 8)?;
            asm.rm_reg(X::Movss_xmmm32_xmm, Rm::Mem(to), reg, 16)
        }
        Ty::F64 => asm.rm_reg(X::Movsd_xmmm64_xmm, Rm::Mem(to), reg, 16),
        Ty::V128 => asm.rm_reg(X::Movups_xmmm128_xmm, Rm::Mem(to), reg, 16),
        Ty::I32 | Ty::I64 | Ty::None => asm.rm_reg(X::Mov_rm64_r64, Rm::Mem(to), reg, 8),
    }
}

fn copy(asm: &mut Assembler, ty: Ty, to: Mem, from: Mem) -> Result<()> {
    let scratch = PReg::SCRATCH;
    match ty {
        Ty::I32 | Ty::F32 => {
            asm.reg_rm(X::Movd_xmm_rm32, scratch, Rm::Mem(from), [16, 4])?;
            asm.rm_reg(X::Movsd_xmmm64_xmm, Rm::Mem(to), scratch, 16)
        }
        Ty::V128 => {
            asm.reg_rm(X::Movups_xmm_xmmm128, scratch, Rm::Mem(from), [16, 16])?;
            asm.rm_reg(X::Movups_xmmm128_xmm, Rm::Mem(to), scratch, 16)
        }
        Ty::I64 | Ty::F64 | Ty::None => {
            asm.reg_rm(X::Movsd_xmm_xmmm64, scratch, Rm::Mem(from), [16, 16])?;
            asm.rm_reg(X::Movsd_xmmm64_xmm, Rm::Mem(to), scratch, 16)
        }
    }
}
