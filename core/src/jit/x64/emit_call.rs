//! Bytes of calls.
//!
//! In: an allocated call, its arguments in their places. Out: instructions of the machine, and the places to be filled in.

use iced_x86::{Code as X, OpKind};

use super::PReg;
use super::emit::Emitting;
use super::encode::{Mem, Rm};
use super::inst::{MInst, MOp};
use crate::abi;
use crate::jit::Result;
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
