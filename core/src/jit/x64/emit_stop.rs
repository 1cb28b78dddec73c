//! Bytes of what lets a guest stop: the limit of the stack, polls, fuel.
//!
//! In: where it is asked. Out: a comparison and a branch in line; all else behind the code. No register is free there, since
//! the allocator does not know of these ways: whoever asks the runtime keeps all of them.

use alloc::vec::Vec;

use iced_x86::{Code as X, OpKind};

use super::emit::{Emitting, StubKind};
use super::encode::{Assembler, Label, Mem, Rm};
use super::inst::MInst;
use super::thunk::{ask, builtin};
use super::trampoline::reload;
use super::{Kept, PReg, RegSet};
use crate::abi::{self, Site};
use crate::jit::Result;
use crate::support::TryPush;

/// Registers of this set are kept; of vector registers all 16 bytes.
const KEPT: RegSet = RegSet::ALL;

impl Emitting<'_> {
    /// Compares a frame with the limit, which a wish to stop makes larger than any address.
    pub(super) fn look_at_limit(&mut self, bytes: u32) -> Result<()> {
        let (rsp, r10, r11) = (PReg::RSP, PReg::R10, PReg::R11);
        let check = self.room.asm.label()?;
        let stop = self.code.kept.stop;
        let asm = &mut self.room.asm;
        asm.bind(check);
        let limit = if stop {
            Mem::at(PReg::R13, abi::stop::LIMIT as i32)
        } else {
            let store = Mem::at(PReg::R15, abi::instance::STORE as i32);
            asm.reg_rm(X::Mov_r64_rm64, r11, Rm::Mem(store), [8, 8])?;
            Mem::at(r11, abi::store::STACK_LIMIT as i32)
        };
        let mut lowest = rsp;
        if bytes > 0 {
            asm.reg_rm(X::Lea_r64_m, r10, Rm::Mem(Mem::at(rsp, -(bytes as i32))), [8, 8])?;
            lowest = r10;
        }
        asm.reg_rm(X::Cmp_r64_rm64, lowest, Rm::Mem(limit), [8, 8])?;
        let back = self.room.asm.label()?;
        let label = self.stub_for(StubKind::Stack { bytes, check, back })?;
        self.room.asm.branch(X::Jb_rel32_64, None, label)?;
        self.room.asm.bind(back);
        Ok(())
    }

    /// Looks whether to stop.
    pub(super) fn poll(&mut self) -> Result<()> {
        let limit = Mem::at(PReg::R13, abi::stop::LIMIT as i32);
        self.room.asm.reg_rm(X::Cmp_r64_rm64, PReg::RSP, Rm::Mem(limit), [8, 8])?;
        let back = self.room.asm.label()?;
        let label = self.stub_for(StubKind::Poll { back })?;
        self.room.asm.branch(X::Jb_rel32_64, None, label)?;
        self.room.asm.bind(back);
        Ok(())
    }

    /// Pays.
    pub(super) fn fuel(&mut self, inst: &MInst) -> Result<()> {
        let cost = inst.imm as u32;
        self.take_fuel(X::Sub_rm64_imm8, X::Sub_rm64_imm32, cost)?;
        let back = self.room.asm.label()?;
        let label = self.stub_for(StubKind::Fuel { cost, back })?;
        self.room.asm.branch(X::Jb_rel32_64, None, label)?;
        self.room.asm.bind(back);
        Ok(())
    }

    fn take_fuel(&mut self, short: X, long: X, cost: u32) -> Result<()> {
        let (code, kind) = match i8::try_from(cost) {
            Ok(_) => (short, OpKind::Immediate8to64),
            Err(_) => (long, OpKind::Immediate32to64),
        };
        self.room.asm.rm_imm(code, Rm::Reg(PReg::R12), i64::from(cost), kind, 8)
    }

    /// Asks the runtime with all registers kept, and goes on there.
    fn ask(&mut self, number: usize, argument: u32, back: Label) -> Result<()> {
        let at = ask(&mut self.room.asm, argument)?;
        self.room.out.stops.try_push((at, number as u32))?;
        self.site(None)?;
        self.room.asm.branch(X::Jmp_rel32_64, Some(X::Jmp_rel8_64), back)
    }

    pub(super) fn fuel_stub(&mut self, cost: u32, back: Label) -> Result<()> {
        self.take_fuel(X::Add_rm64_imm8, X::Add_rm64_imm32, cost)?;
        self.ask(abi::builtin::OUT_OF_FUEL, cost, back)
    }

    /// Somebody wants the guest to stop, or there is a deadline, which is looked at from time to time only.
    pub(super) fn poll_stub(&mut self, back: Label) -> Result<()> {
        let (rax, r13, r15) = (PReg::RAX, PReg::R13, PReg::R15);
        let asm = &mut self.room.asm;
        let stops = asm.label()?;
        let asked = Mem::at(r13, abi::stop::ASKED as i32);
        asm.rm_imm(X::Cmp_rm32_imm8, Rm::Mem(asked), 0, OpKind::Immediate8to32, 4)?;
        asm.branch(X::Jne_rel32_64, None, stops)?;
        asm.one(X::Push_r64, Rm::Reg(rax), 8)?;
        asm.reg_rm(X::Mov_r64_rm64, rax, Rm::Mem(Mem::at(r15, abi::instance::STORE as i32)), [8, 8])?;
        asm.one(X::Dec_rm32, Rm::Mem(Mem::at(rax, abi::store::POLLS_LEFT as i32)), 4)?;
        asm.one(X::Pop_r64, Rm::Reg(rax), 8)?;
        asm.branch(X::Jne_rel32_64, Some(X::Jne_rel8_64), back)?;
        asm.bind(stops);
        self.ask(abi::builtin::POLL, 0, back)
    }

    /// The frame reaches below the limit, or it is a poll.
    pub(super) fn stack_stub(&mut self, bytes: u32, check: Label, back: Label) -> Result<()> {
        let (rsp, r10, r11) = (PReg::RSP, PReg::R10, PReg::R11);
        if !self.code.kept.stop {
            return self.ask(abi::builtin::STACK, bytes, check);
        }
        let asm = &mut self.room.asm;
        let polls = asm.label()?;
        let store = Mem::at(PReg::R15, abi::instance::STORE as i32);
        asm.reg_rm(X::Mov_r64_rm64, r11, Rm::Mem(store), [8, 8])?;
        let lowest = if bytes > 0 { r10 } else { rsp };
        let limit = Mem::at(r11, abi::store::STACK_LIMIT as i32);
        asm.reg_rm(X::Cmp_r64_rm64, lowest, Rm::Mem(limit), [8, 8])?;
        asm.branch(X::Jae_rel32_64, None, polls)?;
        self.ask(abi::builtin::STACK, bytes, check)?;
        self.room.asm.reserve()?;
        self.room.asm.bind(polls);
        self.poll_stub(back)
    }
}

/// Keeps all registers while a builtin is asked. It is called with the builtin's argument on the stack, which it takes off;
/// what the stack pointer was before that is the second argument.
pub(super) fn stop(asm: &mut Assembler, number: u32, kept: Kept, sites: &mut Vec<Site>) -> Result<()> {
    let (rbp, rsp) = (PReg::RBP, PReg::RSP);
    asm.reserve()?;
    asm.one(X::Push_r64, Rm::Reg(rbp), 8)?;
    asm.reg_rm(X::Mov_r64_rm64, rbp, Rm::Reg(rsp), [8, 8])?;
    let bytes: i32 = KEPT.iter().map(bytes_of).sum();
    asm.rm_imm(X::Sub_rm64_imm32, Rm::Reg(rsp), i64::from(bytes), OpKind::Immediate32to64, 8)?;
    each_kept(|reg, at| {
        asm.reserve()?;
        let code = if reg.is_vector() { X::Movups_xmmm128_xmm } else { X::Mov_rm64_r64 };
        asm.rm_reg(code, Rm::Mem(at), reg, 8)
    })?;
    asm.reserve()?;
    asm.reg_rm(X::Mov_r64_rm64, PReg::RSI, Rm::Mem(Mem::at(rbp, 16)), [8, 8])?;
    asm.reg_rm(X::Lea_r64_m, PReg::RDX, Rm::Mem(Mem::at(rbp, 24)), [8, 8])?;
    builtin(asm, number as i32, kept)?;
    sites.try_push(Site { code: asm.at, wasm: 0, trap: None, return_at: Site::LINKED })?;
    each_kept(|reg, at| {
        asm.reserve()?;
        let code = if reg.is_vector() { X::Movups_xmm_xmmm128 } else { X::Mov_r64_rm64 };
        asm.reg_rm(code, reg, Rm::Mem(at), [8, 8])
    })?;
    asm.reserve()?;
    // Not what was kept: it may have changed.
    reload(asm, kept)?;
    asm.plain(X::Leaveq)?;
    asm.ret_imm(8)
}

const fn bytes_of(reg: PReg) -> i32 {
    if reg.is_vector() { 16 } else { 8 }
}

/// Each register with its place below `rbp`.
fn each_kept(mut each: impl FnMut(PReg, Mem) -> Result<()>) -> Result<()> {
    let mut at = 0;
    for reg in KEPT.iter() {
        at -= bytes_of(reg);
        each(reg, Mem::at(PReg::RBP, at))?;
    }
    Ok(())
}
