//! The way in from the host, one per signature: see [`abi`].
//!
//! In: types. Out: code that takes arguments from the interpreter's slots, calls, and puts the results there.

use iced_x86::{Code as X, OpKind};

use super::emit::area;
use super::encode::{Assembler, Mem, Rm};
use super::{ArgPlace, Kept, PReg, Places};
use crate::abi;
use crate::jit::ir::Ty;
use crate::jit::{FirstMemory, Result};

/// Called as `fn(instance: rdi, values: rsi, code: rdx)`, with `rsp` 8 below a multiple of 16.
pub(super) fn entry(asm: &mut Assembler, params: &[Ty], results: &[Ty], kept: Kept) -> Result<()> {
    let bytes = (area(params) + area(results)).next_multiple_of(16);
    let values = PReg::R10;
    asm.reserve()?;
    asm.one(X::Push_r64, Rm::Reg(PReg::RBP), 8)?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::RBP, Rm::Reg(PReg::RSP), [8, 8])?;
    let below = i64::from(bytes) + 16;
    asm.rm_imm(X::Sub_rm64_imm32, Rm::Reg(PReg::RSP), below, OpKind::Immediate32to64, 8)?;
    let slots = Mem::at(PReg::RBP, -8);
    asm.rm_reg(X::Mov_rm64_r64, Rm::Mem(slots), PReg::RSI, 8)?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::R15, Rm::Reg(PReg::RDI), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, values, Rm::Reg(PReg::RSI), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::R11, Rm::Reg(PReg::RDX), [8, 8])?;
    if kept.memory != FirstMemory::None {
        memory_base(asm)?;
    }
    if kept.fuel {
        load_fuel(asm)?;
    }
    if kept.stop {
        let stop = Mem::at(PReg::R15, abi::instance::STOP as i32);
        asm.reg_rm(X::Mov_r64_rm64, PReg::R13, Rm::Mem(stop), [8, 8])?;
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
    asm.reserve()?;
    asm.one(X::Call_rm64, Rm::Reg(PReg::R11), 8)?;
    asm.data(&abi::RETURN_MARK)?;
    if kept.fuel {
        store_fuel(asm, PReg::R11)?;
    }
    asm.reg_rm(X::Mov_r64_rm64, values, Rm::Mem(slots), [8, 8])?;
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

/// Loads the first byte's address of memory 0.
pub(super) fn memory_base(asm: &mut Assembler) -> Result<()> {
    let r14 = PReg::R14;
    let memories = Mem::at(PReg::R15, abi::instance::MEMORIES as i32);
    asm.reg_rm(X::Mov_r64_rm64, r14, Rm::Mem(memories), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, r14, Rm::Mem(Mem::at(r14, 0)), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, r14, Rm::Mem(Mem::at(r14, abi::memory::BASE as i32)), [8, 8])
}

/// Loads again what may be another one behind a builtin.
pub(super) fn reload(asm: &mut Assembler, kept: Kept) -> Result<()> {
    if kept.memory == FirstMemory::Moves {
        memory_base(asm)?;
    }
    if kept.fuel { load_fuel(asm) } else { Ok(()) }
}

fn load_fuel(asm: &mut Assembler) -> Result<()> {
    let (r12, store) = (PReg::R12, Mem::at(PReg::R15, abi::instance::STORE as i32));
    asm.reg_rm(X::Mov_r64_rm64, r12, Rm::Mem(store), [8, 8])?;
    asm.reg_rm(X::Mov_r64_rm64, r12, Rm::Mem(Mem::at(r12, abi::store::FUEL as i32)), [8, 8])
}

/// Stores the fuel that is left, and leaves the store's address in this register.
pub(super) fn store_fuel(asm: &mut Assembler, store: PReg) -> Result<()> {
    let from = Mem::at(PReg::R15, abi::instance::STORE as i32);
    asm.reg_rm(X::Mov_r64_rm64, store, Rm::Mem(from), [8, 8])?;
    asm.rm_reg(X::Mov_rm64_r64, Rm::Mem(Mem::at(store, abi::store::FUEL as i32)), PReg::R12, 8)
}

pub(super) fn load(asm: &mut Assembler, ty: Ty, reg: PReg, from: Mem) -> Result<()> {
    match ty {
        // The upper half of a 32-bit value's register is zero.
        Ty::I32 => asm.reg_rm(X::Mov_r32_rm32, reg, Rm::Mem(from), [4, 4]),
        Ty::F32 | Ty::F64 => asm.reg_rm(X::Movsd_xmm_xmmm64, reg, Rm::Mem(from), [16, 16]),
        Ty::V128 => asm.reg_rm(X::Movups_xmm_xmmm128, reg, Rm::Mem(from), [16, 16]),
        Ty::I64 | Ty::None => asm.reg_rm(X::Mov_r64_rm64, reg, Rm::Mem(from), [8, 8]),
    }
}

pub(super) fn store(asm: &mut Assembler, ty: Ty, to: Mem, reg: PReg) -> Result<()> {
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

pub(super) fn copy(asm: &mut Assembler, ty: Ty, to: Mem, from: Mem) -> Result<()> {
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
