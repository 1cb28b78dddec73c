//! Bytes of instructions on vector registers.
//!
//! In: an allocated instruction. Out: one instruction of the machine; before one that keeps a part of what was in its
//! register another, so that it need not wait for that.

use iced_x86::Code as X;

use super::PReg;
use super::emit::Emitting;
use super::encode::{Mem, Rm};
use super::inst::MInst;
use super::xmm::{Form, Last, Row, Xmm};
use crate::jit::Result;

impl Emitting<'_> {
    pub(super) fn xmm(&mut self, inst: &MInst, op: Xmm, last: Last, vex: bool) -> Result<()> {
        let row = op.row();
        let code = if vex { row.vex } else { row.sse };
        let bytes = if row.bytes == 8 { 8 } else { 4 };
        let imm = inst.imm as u8;
        match row.form {
            Form::Binary | Form::BinaryImm => {
                let (def, last) = (self.reg(inst.def)?, self.last(inst, inst.b, last)?);
                let imm = (row.form == Form::BinaryImm).then_some(imm);
                if vex {
                    let a = self.reg(inst.a)?;
                    return self.room.asm.operands(code, &[Rm::Reg(def), Rm::Reg(a), last], imm, bytes);
                }
                self.room.asm.operands(code, &[Rm::Reg(def), last], imm, bytes)
            }
            Form::Unary | Form::UnaryImm => {
                let (def, last) = (self.reg(inst.def)?, self.last(inst, inst.a, last)?);
                if let (Xmm::Movaps, Rm::Reg(from)) = (op, last)
                    && from == def
                {
                    return Ok(());
                }
                let imm = (row.form == Form::UnaryImm).then_some(imm);
                self.room.asm.operands(code, &[Rm::Reg(def), last], imm, bytes)
            }
            Form::Merging | Form::MergingImm => self.merging(inst, row, last, vex),
            Form::ShiftImm => {
                let (def, a) = (self.reg(inst.def)?, self.reg(inst.a)?);
                let all = [Rm::Reg(def), Rm::Reg(a)];
                self.room.asm.operands(code, if vex { &all } else { &all[..1] }, Some(imm), bytes)
            }
            Form::Extract => {
                let to = match last {
                    Last::Mem => Rm::Mem(self.mem(inst)?),
                    _ => Rm::Reg(self.reg(inst.def)?),
                };
                let a = self.reg(inst.a)?;
                self.room.asm.operands(code, &[to, Rm::Reg(a)], Some(imm), bytes)
            }
            Form::ToGeneral => {
                let (def, a) = (self.reg(inst.def)?, self.reg(inst.a)?);
                self.room.asm.operands(code, &[Rm::Reg(def), Rm::Reg(a)], None, bytes)
            }
            Form::Flags => {
                let (a, last) = (self.reg(inst.a)?, self.last(inst, inst.b, last)?);
                self.room.asm.operands(code, &[Rm::Reg(a), last], None, bytes)
            }
        }
    }

    fn last(&mut self, inst: &MInst, operand: u32, last: Last) -> Result<Rm> {
        match last {
            Last::Reg | Last::Any => self.rm(operand),
            Last::Mem => Ok(Rm::Mem(self.mem(inst)?)),
            Last::Const => Ok(Rm::Mem(Mem::constant(inst.disp as u32))),
        }
    }

    /// The other lanes are taken from the operand itself, or from a register that is zero.
    fn merging(&mut self, inst: &MInst, row: &Row, last: Last, vex: bool) -> Result<()> {
        let def = self.reg(inst.def)?;
        let imm = (row.form == Form::MergingImm).then_some(inst.imm as u8);
        let from = match (last, self.rm(inst.a)) {
            (Last::Reg | Last::Any, Ok(Rm::Reg(from))) => Some(from),
            _ => None,
        };
        let clears = if vex { from.is_none() } else { from != Some(def) };
        if clears {
            self.clear(def, vex)?;
        }
        let last = self.last(inst, inst.a, last)?;
        let all = [Rm::Reg(def), Rm::Reg(from.unwrap_or(def)), last];
        if vex {
            return self.room.asm.operands(row.vex, &all, imm, 8);
        }
        self.room.asm.operands(row.sse, &[Rm::Reg(def), last], imm, 8)
    }

    /// A move of vector registers in the form for this machine: with AVX it sets the whole register, and waits for nothing
    /// that was in it.
    pub(super) fn form(&self, code: X) -> X {
        if self.code.vex { with_avx(code) } else { code }
    }

    /// A float of so many bytes from an integer. The instruction keeps the other bits, and would wait for them.
    pub(super) fn convert_int(&mut self, def: PReg, of: Rm, [size, from]: [u8; 2]) -> Result<()> {
        self.clear(def, self.code.vex)?;
        let (sse, vex) = match (size, from) {
            (4, 4) => (X::Cvtsi2ss_xmm_rm32, X::VEX_Vcvtsi2ss_xmm_xmm_rm32),
            (4, _) => (X::Cvtsi2ss_xmm_rm64, X::VEX_Vcvtsi2ss_xmm_xmm_rm64),
            (_, 4) => (X::Cvtsi2sd_xmm_rm32, X::VEX_Vcvtsi2sd_xmm_xmm_rm32),
            _ => (X::Cvtsi2sd_xmm_rm64, X::VEX_Vcvtsi2sd_xmm_xmm_rm64),
        };
        if self.code.vex {
            return self.room.asm.operands(vex, &[Rm::Reg(def), Rm::Reg(def), of], None, from);
        }
        self.room.asm.reg_rm(sse, def, of, [16, from])
    }

    /// Makes a vector register zero.
    pub(super) fn clear(&mut self, reg: PReg, vex: bool) -> Result<()> {
        let all = [Rm::Reg(reg); 3];
        if vex {
            return self.room.asm.operands(X::VEX_Vxorps_xmm_xmm_xmmm128, &all, None, 8);
        }
        self.room.asm.operands(X::Xorps_xmm_xmmm128, &all[..2], None, 8)
    }
}

/// The same move with AVX. Of the scalar ones that is the form for memory.
fn with_avx(code: X) -> X {
    match code {
        X::Movups_xmm_xmmm128 => X::VEX_Vmovups_xmm_xmmm128,
        X::Movups_xmmm128_xmm => X::VEX_Vmovups_xmmm128_xmm,
        X::Movaps_xmm_xmmm128 => X::VEX_Vmovaps_xmm_xmmm128,
        X::Movsd_xmm_xmmm64 => X::VEX_Vmovsd_xmm_m64,
        X::Movsd_xmmm64_xmm => X::VEX_Vmovsd_m64_xmm,
        X::Movss_xmm_xmmm32 => X::VEX_Vmovss_xmm_m32,
        X::Movss_xmmm32_xmm => X::VEX_Vmovss_m32_xmm,
        X::Movd_xmm_rm32 => X::VEX_Vmovd_xmm_rm32,
        X::Movq_xmm_rm64 => X::VEX_Vmovq_xmm_rm64,
        X::Movd_rm32_xmm => X::VEX_Vmovd_rm32_xmm,
        X::Movq_rm64_xmm => X::VEX_Vmovq_rm64_xmm,
        code => code,
    }
}
