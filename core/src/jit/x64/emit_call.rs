//! Bytes of calls.
//!
//! In: an allocated call, its arguments in their places. Out: instructions of the machine, and the places to be filled in.

use iced_x86::{Code as X, OpKind};

use super::PReg;
use super::emit::{Emitting, StubKind};
use super::encode::{Label, Mem, Rm};
use super::inst::{MInst, MOp};
use super::thunk::builtin;
use super::trampoline::{load, reload, store};
use crate::abi;
use crate::jit::Result;
use crate::jit::ir::{Ty, Value};
use crate::support::TryPush;

impl Emitting<'_> {
    pub(super) fn call(&mut self, inst: &MInst) -> Result<()> {
        self.go_to(inst, X::Call_rel32_64, X::Call_rm64)?;
        self.site(None)?;
        self.take_back(inst)
    }

    pub(super) fn call_ref(&mut self, inst: &MInst) -> Result<()> {
        self.call(inst)
    }

    /// Calls an imported function: one of the host's with its values in slots, as the thunk would. Others by that.
    pub(super) fn call_import(&mut self, inst: &MInst) -> Result<()> {
        let (rsp, r11) = (PReg::RSP, PReg::R11);
        let (code, back) = (self.code, self.room.asm.label()?);
        let other = self.stub_for(StubKind::Thunk { ty: inst.disp as u32, back })?;
        let (used, defined) = code.lists(inst);
        let arguments = || used.chunks_exact(2).filter(|pair| pair[1] != u32::from(r11.0));
        let room = (arguments().count().max(1) * 8).next_multiple_of(16) as i64;
        let asm = &mut self.room.asm;
        let instance = Mem::at(r11, abi::func::INSTANCE as i32);
        asm.rm_imm(X::Cmp_rm64_imm8, Rm::Mem(instance), 0, OpKind::Immediate8to64, 8)?;
        asm.branch(X::Jne_rel32_64, None, other)?;
        asm.rm_imm(X::Sub_rm64_imm8, Rm::Reg(rsp), room, OpKind::Immediate8to64, 8)?;
        for (slot, pair) in (0..).step_by(8).zip(arguments()) {
            asm.reserve()?;
            let reg = PReg(pair[1] as u8);
            let ty = if reg.is_vector() { self.func.ty(Value(pair[0])) } else { Ty::I64 };
            store(asm, ty, Mem::at(rsp, slot), reg)?;
        }
        asm.reserve()?;
        asm.reg_rm(X::Mov_r64_rm64, PReg::RSI, Rm::Reg(r11), [8, 8])?;
        asm.reg_rm(X::Mov_r64_rm64, PReg::RDX, Rm::Reg(rsp), [8, 8])?;
        builtin(asm, abi::builtin::HOST_CALL as i32, code.kept)?;
        self.site(None)?;
        let asm = &mut self.room.asm;
        asm.reserve()?;
        reload(asm, code.kept)?;
        if let &[result, reg, ..] = defined {
            load(asm, self.func.ty(Value(result)), PReg(reg as u8), Mem::at(rsp, 0))?;
        }
        asm.rm_imm(X::Add_rm64_imm8, Rm::Reg(rsp), room, OpKind::Immediate8to64, 8)?;
        asm.bind(back);
        Ok(())
    }

    /// The rest of that.
    pub(super) fn thunk_stub(&mut self, ty: u32, back: Label) -> Result<()> {
        self.room.asm.far_call(X::Call_rel32_64)?;
        self.room.out.thunks.try_push((self.room.asm.at - 4, ty))?;
        self.site(None)?;
        self.room.asm.branch(X::Jmp_rel32_64, None, back)
    }

    /// Goes to a function, directly or by its word, or to a thunk.
    fn go_to(&mut self, inst: &MInst, direct: X, by_word: X) -> Result<()> {
        let to_function = matches!(inst.op, MOp::Call | MOp::TailCall);
        match to_function && self.code.by_words {
            true => self.room.asm.by_word(by_word)?,
            false => self.room.asm.far_call(direct)?,
        }
        let at = self.room.asm.at - 4;
        let list = if to_function { &mut self.room.out.calls } else { &mut self.room.out.thunks };
        Ok(list.try_push((at, inst.disp as u32))?)
    }

    /// Takes the room back that the callee has given up with its arguments.
    fn take_back(&mut self, inst: &MInst) -> Result<()> {
        match self.code.stack_bytes(inst) {
            0 => Ok(()),
            bytes => self.room.asm.rm_imm(
                X::Sub_rm64_imm32,
                Rm::Reg(PReg::RSP),
                i64::from(bytes),
                OpKind::Immediate32to64,
                8,
            ),
        }
    }

    pub(super) fn call_builtin(&mut self, inst: &MInst) -> Result<()> {
        super::thunk::builtin(&mut self.room.asm, inst.disp, self.code.kept)?;
        self.site(None)
    }

    /// Leaves the function, and goes to another one.
    pub(super) fn tail_call(&mut self, inst: &MInst) -> Result<()> {
        let (stack, incoming) = (self.code.stack_bytes(inst), self.code.incoming);
        if stack == 0 && incoming == 0 {
            self.leave_frame()?;
        } else {
            self.exchange_arguments(stack as i32, incoming as i32)?;
        }
        self.go_to(inst, X::Jmp_rel32_64, X::Jmp_rm64)
    }

    /// Leaves the frame, and puts the other function's arguments where this one's were, so that both end at the same
    /// place. The return address goes below them. No value is left but arguments, in their registers, and those on the
    /// stack.
    fn exchange_arguments(&mut self, stack: i32, incoming: i32) -> Result<()> {
        let (rbp, rsp, rbx, r9, scratch) = (PReg::RBP, PReg::RSP, PReg::RBX, PReg::R9, PReg::SCRATCH);
        let lower = incoming - stack;
        let load = |reg, from| (reg, Rm::Mem(Mem::at(rbp, from)));
        for (reg, from) in [load(rbx, 8), load(r9, 0)] {
            self.room.asm.reg_rm(X::Mov_r64_rm64, reg, from, [8, 8])?;
        }
        // Upward, and from above: no argument is overwritten before it is moved.
        for at in (0..stack).step_by(8).rev() {
            self.room.asm.reserve()?;
            let (from, to) = (Mem::at(rsp, at), Mem::at(rbp, 16 + lower + at));
            self.room.asm.reg_rm(X::Movsd_xmm_xmmm64, scratch, Rm::Mem(from), [16, 16])?;
            self.room.asm.rm_reg(X::Movsd_xmmm64_xmm, Rm::Mem(to), scratch, 16)?;
        }
        let asm = &mut self.room.asm;
        asm.reserve()?;
        asm.reg_rm(X::Lea_r64_m, rsp, Rm::Mem(Mem::at(rbp, 8 + lower)), [8, 8])?;
        asm.rm_reg(X::Mov_rm64_r64, Rm::Mem(Mem::at(rsp, 0)), rbx, 8)?;
        asm.reg_rm(X::Mov_r64_rm64, rbp, Rm::Reg(r9), [8, 8])
    }

    /// Leaves the function.
    pub(super) fn ret(&mut self) -> Result<()> {
        self.leave_frame()?;
        super::thunk::ret(&mut self.room.asm, self.code.incoming)
    }
}

const _: () =
    assert!(abi::builtin::COUNT * 8 <= i8::MAX as usize + 1, "numbers of builtins are short displacements");
