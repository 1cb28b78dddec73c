//! Bytes of instructions on floats.
//!
//! In: an allocated instruction. Out: instructions of the machine. What has no single instruction is a few with a branch
//! among them; the scratch register is free here.

use iced_x86::{Code as X, OpKind};

use super::PReg;
use super::emit::Emitting;
use super::encode::{Label, Mem, Rm};
use super::inst::{MInst, MOp, cc};
use crate::jit::{CompileError, Result};
use crate::wasm::Trap;

fn pick(pair: [X; 2], size: u8) -> X {
    pair[usize::from(size == 8)]
}

const ADD: [X; 2] = [X::Addss_xmm_xmmm32, X::Addsd_xmm_xmmm64];
const SUB: [X; 2] = [X::Subss_xmm_xmmm32, X::Subsd_xmm_xmmm64];
const MIN: [X; 2] = [X::Minss_xmm_xmmm32, X::Minsd_xmm_xmmm64];
const MAX: [X; 2] = [X::Maxss_xmm_xmmm32, X::Maxsd_xmm_xmmm64];
const COMPARE: [X; 2] = [X::Ucomiss_xmm_xmmm32, X::Ucomisd_xmm_xmmm64];

impl Emitting<'_> {
    pub(super) fn float(&mut self, inst: &MInst) -> Result<()> {
        match inst.op {
            MOp::Xmm { op, last, vex } => self.xmm(inst, op, last, vex),
            MOp::FMinMax(greater) => self.min_max(inst, greater),
            MOp::FSelect(code) => self.float_select(inst, code),
            MOp::FCanon => self.canonical(inst),
            _ => self.conversion(inst),
        }
    }

    /// A NaN is what is not equal to itself.
    fn canonical(&mut self, inst: &MInst) -> Result<()> {
        let (def, size) = (self.reg(inst.def)?, inst.size);
        let done = self.room.asm.label()?;
        let asm = &mut self.room.asm;
        asm.reg_rm(pick(COMPARE, size), def, Rm::Reg(def), [16, 16])?;
        asm.branch(X::Jnp_rel32_64, None, done)?;
        let canonical = Rm::Mem(Mem::constant(inst.imm as u32));
        let load = self.form(X::Movsd_xmm_xmmm64);
        let asm = &mut self.room.asm;
        asm.reg_rm(load, def, canonical, [16, 16])?;
        asm.bind(done);
        Ok(())
    }

    /// Equal operands may be zeros of two signs; operands that are not ordered give a NaN.
    fn min_max(&mut self, inst: &MInst, greater: bool) -> Result<()> {
        let (def, b, size) = (self.reg(inst.def)?, self.reg(inst.b)?, inst.size);
        let (differ, done, nan) = (self.room.asm.label()?, self.room.asm.label()?, self.room.asm.label()?);
        let from = Rm::Reg(b);
        let asm = &mut self.room.asm;
        asm.reg_rm(pick(COMPARE, size), def, from, [16, 16])?;
        asm.branch(X::Jne_rel32_64, None, differ)?;
        asm.branch(X::Jp_rel32_64, None, nan)?;
        let joined = if greater { X::Andps_xmm_xmmm128 } else { X::Orps_xmm_xmmm128 };
        asm.reg_rm(joined, def, from, [16, 16])?;
        asm.branch(X::Jmp_rel32_64, None, done)?;
        asm.bind(nan);
        asm.reg_rm(pick(ADD, size), def, from, [16, 16])?;
        asm.branch(X::Jmp_rel32_64, None, done)?;
        asm.bind(differ);
        asm.reg_rm(pick(if greater { MAX } else { MIN }, size), def, from, [16, 16])?;
        asm.bind(done);
        Ok(())
    }

    fn float_select(&mut self, inst: &MInst, code: u8) -> Result<()> {
        let (def, b) = (self.reg(inst.def)?, self.reg(inst.b)?);
        let skip = self.room.asm.label()?;
        self.jump_if(cc::not(code), skip)?;
        let copy = self.form(X::Movaps_xmm_xmmm128);
        self.room.asm.reg_rm(copy, def, Rm::Reg(b), [16, 16])?;
        self.room.asm.bind(skip);
        Ok(())
    }

    fn conversion(&mut self, inst: &MInst) -> Result<()> {
        let size = inst.size;
        let def = self.reg(inst.def)?;
        let rm = self.rm(inst.a)?;
        match inst.op {
            MOp::MovToFloat => {
                let code = self.form(pick([X::Movd_xmm_rm32, X::Movq_xmm_rm64], size));
                self.room.asm.reg_rm(code, def, rm, [16, size])
            }
            MOp::MovFromFloat => {
                let Rm::Reg(from) = rm else { return Err(CompileError::Internal("bits in a slot")) };
                let code = self.form(pick([X::Movd_rm32_xmm, X::Movq_rm64_xmm], size));
                self.room.asm.rm_reg_of(code, def, from, size)
            }
            MOp::FFromInt(from) => self.convert_int(def, rm, [size, from]),
            MOp::FFromU64 => self.convert_u64(inst),
            MOp::FToInt { from, signed, saturating } => self.truncate(inst, from, signed, saturating),
            _ => Err(CompileError::Internal("no encoding")),
        }
    }

    /// A number with the highest bit set is halved, rounding to odd, converted, and doubled. `rax` and `rcx` are free.
    fn convert_u64(&mut self, inst: &MInst) -> Result<()> {
        let (def, from, size) = (self.reg(inst.def)?, self.reg(inst.a)?, inst.size);
        let (rax, rcx) = (PReg::RAX, PReg::RCX);
        let (large, done) = (self.room.asm.label()?, self.room.asm.label()?);
        let asm = &mut self.room.asm;
        asm.rm_reg(X::Test_rm64_r64, Rm::Reg(from), from, 8)?;
        asm.branch(X::Js_rel32_64, None, large)?;
        self.convert_int(def, Rm::Reg(from), [size, 8])?;
        let asm = &mut self.room.asm;
        asm.branch(X::Jmp_rel32_64, None, done)?;
        asm.bind(large);
        asm.reg_rm(X::Mov_r64_rm64, rax, Rm::Reg(from), [8, 8])?;
        asm.reg_rm(X::Mov_r64_rm64, rcx, Rm::Reg(from), [8, 8])?;
        asm.rm_imm(X::Shr_rm64_imm8, Rm::Reg(rax), 1, OpKind::Immediate8, 8)?;
        asm.rm_imm(X::And_rm32_imm8, Rm::Reg(rcx), 1, OpKind::Immediate8to32, 4)?;
        asm.reg_rm(X::Or_r64_rm64, rax, Rm::Reg(rcx), [8, 8])?;
        self.convert_int(def, Rm::Reg(rax), [size, 8])?;
        let asm = &mut self.room.asm;
        asm.reg_rm(pick(ADD, size), def, Rm::Reg(def), [16, 16])?;
        asm.bind(done);
        Ok(())
    }
}

impl Emitting<'_> {
    /// Converts; only where the result is one that the machine gives for what does not fit, the operand is checked against
    /// the bounds, constants `imm` and `disp`. `rcx` is free.
    fn truncate(&mut self, inst: &MInst, from: u8, signed: bool, saturating: bool) -> Result<()> {
        let (def, a) = (self.reg(inst.def)?, self.reg(inst.a)?);
        let done = self.room.asm.label()?;
        if signed || inst.size == 4 {
            self.convert_unchecked(def, a, inst.size, from, signed, done)?;
        }
        let compare = pick(COMPARE, from);
        let (low, high) = (Mem::constant(inst.imm as u32), Mem::constant(inst.disp as u32));
        let (least, most) = match (inst.size, signed) {
            (4, true) => (i64::from(i32::MIN as u32), i64::from(i32::MAX)),
            (4, false) => (0, i64::from(u32::MAX)),
            (_, true) => (i64::MIN, i64::MAX),
            (_, false) => (0, -1),
        };
        for (jump, with, result, trap) in [
            (X::Jp_rel32_64, Rm::Reg(a), 0, Trap::BadConversionToInteger),
            (X::Jbe_rel32_64, Rm::Mem(low), least, Trap::IntegerOverflow),
            (X::Jae_rel32_64, Rm::Mem(high), most, Trap::IntegerOverflow),
        ] {
            let label = if saturating { done } else { self.stub(trap)? };
            let asm = &mut self.room.asm;
            if saturating {
                asm.rm_imm(X::Mov_r64_imm64, Rm::Reg(def), result, OpKind::Immediate64, 8)?;
            }
            asm.reg_rm(compare, a, with, [16, 16])?;
            asm.branch(jump, None, label)?;
        }
        self.convert_in_range(def, a, inst.size, from, signed)?;
        self.room.asm.bind(done);
        Ok(())
    }

    /// Converts, and goes to `done` if the result is certain.
    fn convert_unchecked(
        &mut self,
        def: PReg,
        a: PReg,
        size: u8,
        from: u8,
        signed: bool,
        done: Label,
    ) -> Result<()> {
        let narrow = pick([X::Cvttss2si_r32_xmmm32, X::Cvttsd2si_r32_xmmm64], from);
        let wide = pick([X::Cvttss2si_r64_xmmm32, X::Cvttsd2si_r64_xmmm64], from);
        let asm = &mut self.room.asm;
        if signed {
            // Only of the least number one cannot be taken away.
            let compare = pick([X::Cmp_rm32_imm8, X::Cmp_rm64_imm8], size);
            let kind = if size == 8 { OpKind::Immediate8to64 } else { OpKind::Immediate8to32 };
            asm.reg_rm(pick([narrow, wide], size), def, Rm::Reg(a), [size, 16])?;
            asm.rm_imm(compare, Rm::Reg(def), 1, kind, size)?;
            return asm.branch(X::Jno_rel32_64, None, done);
        }
        // Certain is what is no more than 32 bits.
        let rcx = PReg::RCX;
        asm.reg_rm(wide, def, Rm::Reg(a), [8, 16])?;
        asm.reg_rm(X::Mov_r32_rm32, rcx, Rm::Reg(def), [4, 4])?;
        asm.reg_rm(X::Cmp_r64_rm64, rcx, Rm::Reg(def), [8, 8])?;
        asm.branch(X::Je_rel32_64, None, done)
    }

    fn convert_in_range(&mut self, def: PReg, a: PReg, size: u8, from: u8, signed: bool) -> Result<()> {
        let narrow = pick([X::Cvttss2si_r32_xmmm32, X::Cvttsd2si_r32_xmmm64], from);
        let wide = pick([X::Cvttss2si_r64_xmmm32, X::Cvttsd2si_r64_xmmm64], from);
        let asm = &mut self.room.asm;
        match (size, signed) {
            (4, true) => asm.reg_rm(narrow, def, Rm::Reg(a), [4, 16]),
            (4, false) => {
                asm.reg_rm(wide, def, Rm::Reg(a), [8, 16])?;
                asm.reg_rm(X::Mov_r32_rm32, def, Rm::Reg(def), [4, 4])
            }
            (_, true) => asm.reg_rm(wide, def, Rm::Reg(a), [8, 16]),
            (_, false) => {
                // From 2^63 on, less 2^63, and the highest bit put back.
                let (small, done) = (asm.label()?, asm.label()?);
                let (rcx, scratch) = (PReg::RCX, PReg::SCRATCH);
                let bits = if from == 4 { 0x5f00_0000 } else { 0x43e0_0000_0000_0000 };
                asm.rm_imm(X::Mov_r64_imm64, Rm::Reg(rcx), bits, OpKind::Immediate64, 8)?;
                asm.reg_rm(X::Movq_xmm_rm64, scratch, Rm::Reg(rcx), [16, 8])?;
                let compare = pick(COMPARE, from);
                asm.reg_rm(compare, a, Rm::Reg(scratch), [16, 16])?;
                asm.branch(X::Jb_rel32_64, None, small)?;
                // `scratch` becomes 2^63 less `a`, the opposite of what is converted.
                asm.reg_rm(pick(SUB, from), scratch, Rm::Reg(a), [16, 16])?;
                asm.reg_rm(wide, def, Rm::Reg(scratch), [8, 16])?;
                asm.one(X::Neg_rm64, Rm::Reg(def), 8)?;
                asm.rm_imm(X::Btc_rm64_imm8, Rm::Reg(def), 63, OpKind::Immediate8, 8)?;
                asm.branch(X::Jmp_rel32_64, None, done)?;
                asm.bind(small);
                asm.reg_rm(wide, def, Rm::Reg(a), [8, 16])?;
                asm.bind(done);
                Ok(())
            }
        }
    }
}
