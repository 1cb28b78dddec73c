//! Bytes of loads, stores, moves and constants.
//!
//! In: an allocated instruction. Out: instructions of the machine.

use iced_x86::{Code as X, OpKind};

use super::PReg;
use super::emit::Emitting;
use super::encode::{Mem, Rm};
use super::inst::{MInst, MOp, ZERO};
use crate::jit::{CompileError, Result};

fn pick(pair: [X; 2], size: u8) -> X {
    pair[usize::from(size == 8)]
}

impl Emitting<'_> {
    pub(super) fn access(&mut self, inst: &MInst) -> Result<()> {
        let mem = self.mem(inst)?;
        match inst.op {
            MOp::Load(bytes, signed) => self.load(inst, bytes, signed, mem),
            MOp::Store(bytes) => {
                let reg = self.reg(inst.a)?;
                self.store_reg(reg, bytes, mem)
            }
            _ => {
                let MOp::StoreImm(bytes) = inst.op else { return Ok(()) };
                let (code, kind) = match bytes {
                    1 => (X::Mov_rm8_imm8, OpKind::Immediate8),
                    2 => (X::Mov_rm16_imm16, OpKind::Immediate16),
                    4 => (X::Mov_rm32_imm32, OpKind::Immediate32),
                    _ => (X::Mov_rm64_imm32, OpKind::Immediate32to64),
                };
                self.room.asm.rm_imm(code, Rm::Mem(mem), inst.imm, kind, bytes)
            }
        }
    }

    fn load(&mut self, inst: &MInst, bytes: u8, signed: bool, mem: Mem) -> Result<()> {
        let def = self.reg(inst.def)?;
        let rm = Rm::Mem(mem);
        if def.is_vector() {
            let code = self.form(match bytes {
                4 => X::Movss_xmm_xmmm32,
                8 => X::Movsd_xmm_xmmm64,
                _ => X::Movups_xmm_xmmm128,
            });
            return self.room.asm.reg_rm(code, def, rm, [16, 16]);
        }
        let asm = &mut self.room.asm;
        match (bytes, signed, inst.size) {
            (1, false, _) => asm.reg_rm(X::Movzx_r32_rm8, def, rm, [4, 1]),
            (2, false, _) => asm.reg_rm(X::Movzx_r32_rm16, def, rm, [4, 2]),
            (1, true, size) => {
                asm.reg_rm(pick([X::Movsx_r32_rm8, X::Movsx_r64_rm8], size), def, rm, [size, 1])
            }
            (2, true, size) => {
                asm.reg_rm(pick([X::Movsx_r32_rm16, X::Movsx_r64_rm16], size), def, rm, [size, 2])
            }
            (4, true, 8) => asm.reg_rm(X::Movsxd_r64_rm32, def, rm, [8, 4]),
            (4, ..) => asm.reg_rm(X::Mov_r32_rm32, def, rm, [4, 4]),
            _ => asm.reg_rm(X::Mov_r64_rm64, def, rm, [8, 8]),
        }
    }

    fn store_reg(&mut self, reg: PReg, bytes: u8, mem: Mem) -> Result<()> {
        let rm = Rm::Mem(mem);
        if reg.is_vector() {
            let code = self.form(match bytes {
                4 => X::Movss_xmmm32_xmm,
                8 => X::Movsd_xmmm64_xmm,
                _ => X::Movups_xmmm128_xmm,
            });
            return self.room.asm.rm_reg(code, rm, reg, 16);
        }
        let asm = &mut self.room.asm;
        match bytes {
            1 => asm.rm_reg(X::Mov_rm8_r8, rm, reg, 1),
            2 => asm.rm_reg(X::Mov_rm16_r16, rm, reg, 2),
            4 => asm.rm_reg(X::Mov_rm32_r32, rm, reg, 4),
            _ => asm.rm_reg(X::Mov_rm64_r64, rm, reg, 8),
        }
    }

    /// Moves of the allocator, and constants.
    pub(super) fn move_inst(&mut self, inst: &MInst) -> Result<()> {
        let to = self.rm(inst.def)?;
        match inst.op {
            MOp::MovImm => self.mov_imm(to, inst.imm),
            MOp::MovConst => self.mov_const(to, inst),
            MOp::Exchange => {
                let reg = self.reg(inst.a)?;
                self.room.asm.rm_reg(X::Xchg_rm64_r64, to, reg, 8)
            }
            MOp::MoveSlot => {
                // `push` computes an address relative to `rsp` before it changes it, and `pop` behind that.
                let from = self.rm(inst.a)?;
                let parts = if inst.size == 16 { 2 } else { 1 };
                for part in 0..parts {
                    let at = |rm| match rm {
                        Rm::Mem(mem) => Rm::Mem(Mem { disp: mem.disp + part * 8, ..mem }),
                        rm => rm,
                    };
                    self.room.asm.one(X::Push_rm64, at(from), 8)?;
                    self.room.asm.one(X::Pop_rm64, at(to), 8)?;
                }
                Ok(())
            }
            _ => self.plain_move(to, inst),
        }
    }

    fn mov_imm(&mut self, to: Rm, imm: i64) -> Result<()> {
        let asm = &mut self.room.asm;
        match to {
            // Nobody asks for flags behind a constant: conditions are computed after it.
            Rm::Reg(reg) if imm == 0 => asm.reg_rm(X::Xor_r32_rm32, reg, Rm::Reg(reg), [4, 4]),
            Rm::Reg(reg) if u32::try_from(imm).is_ok() => {
                asm.rm_imm(X::Mov_r32_imm32, Rm::Reg(reg), imm, OpKind::Immediate32, 4)
            }
            to if i32::try_from(imm).is_ok() => {
                asm.rm_imm(X::Mov_rm64_imm32, to, imm, OpKind::Immediate32to64, 8)
            }
            Rm::Reg(reg) => asm.rm_imm(X::Mov_r64_imm64, Rm::Reg(reg), imm, OpKind::Immediate64, 8),
            Rm::Mem(mem) => {
                let high = Mem { disp: mem.disp + 4, ..mem };
                asm.rm_imm(X::Mov_rm32_imm32, Rm::Mem(mem), imm, OpKind::Immediate32, 4)?;
                asm.rm_imm(X::Mov_rm32_imm32, Rm::Mem(high), imm >> 32, OpKind::Immediate32, 4)
            }
        }
    }

    fn mov_const(&mut self, to: Rm, inst: &MInst) -> Result<()> {
        let size = inst.size;
        let reg = match to {
            Rm::Reg(reg) => reg,
            Rm::Mem(_) => PReg::SCRATCH,
        };
        if inst.imm == ZERO {
            self.clear(reg, self.code.vex)?;
        } else {
            let load = self.form(if size == 16 { X::Movups_xmm_xmmm128 } else { X::Movsd_xmm_xmmm64 });
            self.room.asm.reg_rm(load, reg, Rm::Mem(Mem::constant(inst.imm as u32)), [16, 16])?;
        }
        match to {
            Rm::Reg(_) => Ok(()),
            Rm::Mem(mem) => self.store_reg(reg, size, mem),
        }
    }

    fn plain_move(&mut self, to: Rm, inst: &MInst) -> Result<()> {
        let from = self.rm(inst.a)?;
        let load = if inst.size == 16 { X::Movups_xmm_xmmm128 } else { X::Movsd_xmm_xmmm64 };
        let store = if inst.size == 16 { X::Movups_xmmm128_xmm } else { X::Movsd_xmmm64_xmm };
        let vector = |rm| matches!(rm, Rm::Reg(reg) if PReg::is_vector(reg));
        let code = match (to, from) {
            // By way of the scratch register.
            (Rm::Reg(_), Rm::Reg(_)) if vector(to) && !vector(from) => X::Movq_xmm_rm64,
            (Rm::Reg(_), Rm::Reg(_)) if !vector(to) && vector(from) => X::Movq_rm64_xmm,
            (Rm::Reg(_), Rm::Reg(_)) if vector(to) => X::Movaps_xmm_xmmm128,
            (Rm::Reg(_), _) if vector(to) => load,
            (Rm::Reg(_), _) => X::Mov_r64_rm64,
            (_, Rm::Reg(_)) if vector(from) => store,
            (_, Rm::Reg(_)) => X::Mov_rm64_r64,
            _ => return Err(CompileError::Internal("move between slots")),
        };
        let code = self.form(code);
        let asm = &mut self.room.asm;
        match (to, from) {
            (Rm::Reg(to), Rm::Reg(from)) if !to.is_vector() && from.is_vector() => {
                asm.rm_reg_of(code, to, from, 8)
            }
            (Rm::Reg(to), from) => asm.reg_rm(code, to, from, [8, 8]),
            (to, Rm::Reg(from)) => asm.rm_reg(code, to, from, 8),
            _ => Err(CompileError::Internal("move between slots")),
        }
    }
}
