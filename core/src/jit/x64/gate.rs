//! Gates: what is called in place of functions that have not been compiled yet ([`abi::GATE`]).
//!
//! In: how many bodies there are. Out: code that goes where a body's word says, or has the body compiled first.

use alloc::vec::Vec;

use iced_x86::{Code as X, OpKind};

use super::emit::Emitted;
use super::encode::{Assembler, Mem, Rm};
use super::thunk::builtin;
use super::trampoline::{load, reload, store};
use super::{ArgPlace, Kept, PReg, Places};
use crate::abi::{self, Site};
use crate::jit::Result;
use crate::jit::ir::Ty;
use crate::support::TryPush;

/// Gates for so many bodies, behind the code that they share; where the first one is.
pub(super) fn gates(asm: &mut Assembler, count: u32, kept: Kept, out: &mut Emitted) -> Result<u32> {
    asm.reserve()?;
    let compile = asm.label()?;
    asm.bind(compile);
    have_compiled(asm, kept, &mut out.sites)?;
    asm.align(16)?;
    let first = asm.at;
    for body in 0..count {
        asm.reserve()?;
        asm.align(8)?;
        debug_assert!(asm.at == first + body * abi::GATE);
        asm.by_word(X::Jmp_rm64)?;
        debug_assert!(asm.at == first + body * abi::GATE + abi::GATE_FIRST);
        out.calls.try_push((asm.at - 4, body))?;
        asm.rm_imm(X::Mov_r32_imm32, Rm::Reg(PReg::R10), i64::from(body), OpKind::Immediate32, 4)?;
        asm.branch(X::Jmp_rel32_64, None, compile)?;
    }
    Ok(first)
}

/// Has the function with the body in `r10` compiled, and goes there. What arguments may be in is kept.
fn have_compiled(asm: &mut Assembler, kept: Kept, sites: &mut Vec<Site>) -> Result<()> {
    let mut arguments = Vec::new();
    let mut bytes = 0;
    for ty in [Ty::V128, Ty::I64] {
        let mut places = Places::default();
        while let ArgPlace::Reg(reg) = places.next(ty) {
            arguments.try_push((ty, reg, Mem::at(PReg::RSP, bytes)))?;
            bytes += i32::from(ty.bytes());
        }
    }
    asm.one(X::Push_r64, Rm::Reg(PReg::RBP), 8)?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::RBP, Rm::Reg(PReg::RSP), [8, 8])?;
    let frame = i64::from(bytes.unsigned_abs().next_multiple_of(16));
    asm.rm_imm(X::Sub_rm64_imm32, Rm::Reg(PReg::RSP), frame, OpKind::Immediate32to64, 8)?;
    for &(ty, reg, place) in &arguments {
        asm.reserve()?;
        store(asm, ty, place, reg)?;
    }
    asm.reg_rm(X::Mov_r64_rm64, PReg::RSI, Rm::Reg(PReg::R10), [8, 8])?;
    builtin(asm, abi::builtin::COMPILE as i32, kept)?;
    sites.try_push(Site { code: asm.at, wasm: 0, trap: None, return_at: Site::LINKED })?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::R10, Rm::Reg(PReg::RAX), [8, 8])?;
    reload(asm, kept)?;
    for &(ty, reg, place) in &arguments {
        asm.reserve()?;
        load(asm, ty, reg, place)?;
    }
    asm.reserve()?;
    asm.plain(X::Leaveq)?;
    asm.one(X::Jmp_rm64, Rm::Reg(PReg::R10), 8)
}
