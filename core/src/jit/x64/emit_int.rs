//! Bytes of integer instructions, moves, calls and branches.
//!
//! In: an allocated instruction. Out: instructions of the machine.
//!
//! Long, since it is a list: one short function for each kind of instruction.

use iced_x86::{Code as X, OpKind};

use super::PReg;
use super::emit::Emitting;
use super::encode::{Mem, Rm};
use super::inst::{Alu, MInst, MOp, Shift, ZERO, cc};
use crate::jit::ir::{Block, Edge, NONE};
use crate::jit::{CompileError, Result};
use crate::wasm::Trap;

/// Forms of arithmetic: register and register or memory, the reverse, immediates of 8 and 32 bits; for 4 and 8 bytes.
struct AluForms {
    reg_rm: [X; 2],
    rm_reg: [X; 2],
    imm8: [X; 2],
    imm32: [X; 2],
}

macro_rules! alu_forms {
    ($rr32:ident $rr64:ident $mr32:ident $mr64:ident $i832:ident $i864:ident $i32:ident $i64:ident) => {
        AluForms {
            reg_rm: [X::$rr32, X::$rr64],
            rm_reg: [X::$mr32, X::$mr64],
            imm8: [X::$i832, X::$i864],
            imm32: [X::$i32, X::$i64],
        }
    };
}

const ADD: AluForms = alu_forms!(Add_r32_rm32 Add_r64_rm64 Add_rm32_r32 Add_rm64_r64 Add_rm32_imm8 Add_rm64_imm8 Add_rm32_imm32 Add_rm64_imm32);
const OR: AluForms = alu_forms!(Or_r32_rm32 Or_r64_rm64 Or_rm32_r32 Or_rm64_r64 Or_rm32_imm8 Or_rm64_imm8 Or_rm32_imm32 Or_rm64_imm32);
const AND: AluForms = alu_forms!(And_r32_rm32 And_r64_rm64 And_rm32_r32 And_rm64_r64 And_rm32_imm8 And_rm64_imm8 And_rm32_imm32 And_rm64_imm32);
const SUB: AluForms = alu_forms!(Sub_r32_rm32 Sub_r64_rm64 Sub_rm32_r32 Sub_rm64_r64 Sub_rm32_imm8 Sub_rm64_imm8 Sub_rm32_imm32 Sub_rm64_imm32);
const XOR: AluForms = alu_forms!(Xor_r32_rm32 Xor_r64_rm64 Xor_rm32_r32 Xor_rm64_r64 Xor_rm32_imm8 Xor_rm64_imm8 Xor_rm32_imm32 Xor_rm64_imm32);
const CMP: AluForms = alu_forms!(Cmp_r32_rm32 Cmp_r64_rm64 Cmp_rm32_r32 Cmp_rm64_r64 Cmp_rm32_imm8 Cmp_rm64_imm8 Cmp_rm32_imm32 Cmp_rm64_imm32);

/// The forms; of a multiplication only the first.
fn forms(alu: Alu) -> AluForms {
    match alu {
        Alu::Add => ADD,
        Alu::Or => OR,
        Alu::And => AND,
        Alu::Sub => SUB,
        Alu::Xor => XOR,
        Alu::Mul => AluForms { reg_rm: [X::Imul_r32_rm32, X::Imul_r64_rm64], ..ADD },
    }
}

fn pick(pair: [X; 2], size: u8) -> X {
    pair[usize::from(size == 8)]
}

impl Emitting<'_> {
    pub(super) fn inst(&mut self, inst: &MInst, block: Block) -> Result<()> {
        match inst.op {
            MOp::Jump => self.go(Edge(inst.imm as u32), block),
            MOp::Branch(code) => self.branch(code, Edge(inst.imm as u32), Edge(inst.disp as u32), block),
            MOp::Table => self.table(inst),
            MOp::Ret => self.ret(),
            MOp::TailCall | MOp::TailCallRef => self.tail_call(inst),
            MOp::Fuel => self.fuel(inst),
            MOp::Poll => self.poll(),
            MOp::Trap(code) => self.trap(Trap::from_code(code).unwrap_or(Trap::Unreachable)),
            MOp::TrapIf(code, trap) => {
                let stub = self.stub(Trap::from_code(trap).unwrap_or(Trap::Unreachable))?;
                self.jump_if(code, stub)
            }
            MOp::Call => self.call(inst),
            MOp::CallRef => self.call_ref(inst),
            MOp::CallBuiltin => self.call_builtin(inst),
            MOp::MemoryBase => super::trampoline::reload(&mut self.room.asm, self.code.kept),
            MOp::Move | MOp::Exchange | MOp::MoveSlot | MOp::MovImm | MOp::MovConst => self.move_inst(inst),
            MOp::Load(..) | MOp::Store(_) | MOp::StoreImm(_) => self.access(inst),
            MOp::Add
            | MOp::AddImm
            | MOp::Alu(_)
            | MOp::AluImm(_)
            | MOp::AluMem(_)
            | MOp::AluToMem(_)
            | MOp::AluToMemImm(_)
            | MOp::AddCarry
            | MOp::SubBorrow
            | MOp::MulHigh(_)
            | MOp::MulImm
            | MOp::Lea => self.arithmetic(inst),
            MOp::Cmp
            | MOp::CmpImm
            | MOp::CmpMem
            | MOp::CmpMemImm
            | MOp::CmpMemReg
            | MOp::Test
            | MOp::TestImm
            | MOp::SetCc(_)
            | MOp::CMov(_) => self.comparison(inst),
            MOp::ShiftImm(_) | MOp::ShiftBy(_) | MOp::ShiftX(_) | MOp::RotateX => self.shift(inst),
            MOp::MovLow | MOp::SignExtend(_) | MOp::Neg | MOp::Lzcnt | MOp::Tzcnt | MOp::Popcnt => {
                self.unary(inst)
            }
            MOp::Div { signed, rem, safe } => self.divide(inst, signed, rem, safe),
            _ => self.float(inst),
        }
    }

    fn arithmetic(&mut self, inst: &MInst) -> Result<()> {
        let size = inst.size;
        match inst.op {
            MOp::Add => self.add(inst),
            MOp::AddImm => self.add_imm(inst),
            MOp::AddCarry | MOp::SubBorrow => {
                let (def, less) = (self.reg(inst.def)?, self.reg(inst.b)?);
                let than = Rm::Reg(self.reg(inst.base)?);
                self.room.asm.reg_rm(CMP.reg_rm[1], less, than, [8, 8])?;
                let code = if inst.op == MOp::AddCarry { X::Adc_rm64_imm8 } else { X::Sbb_rm64_imm8 };
                self.room.asm.rm_imm(code, Rm::Reg(def), 0, OpKind::Immediate8to64, 8)
            }
            MOp::MulHigh(signed) => {
                let by = self.reg(inst.b)?;
                self.room.asm.one(if signed { X::Imul_rm64 } else { X::Mul_rm64 }, Rm::Reg(by), 8)
            }
            MOp::Alu(alu) => {
                let (def, rm) = (self.reg(inst.def)?, self.rm(inst.b)?);
                self.room.asm.reg_rm(pick(forms(alu).reg_rm, size), def, rm, [size, size])
            }
            MOp::AluMem(alu) => {
                let (def, mem) = (self.reg(inst.def)?, self.mem(inst)?);
                self.room.asm.reg_rm(pick(forms(alu).reg_rm, size), def, Rm::Mem(mem), [size, size])
            }
            MOp::AluImm(alu) => {
                let rm = self.rm(inst.def)?;
                self.alu_imm(alu, rm, inst.imm, size)
            }
            MOp::AluToMem(alu) => {
                let (mem, reg) = (self.mem(inst)?, self.reg(inst.a)?);
                self.room.asm.rm_reg(pick(forms(alu).rm_reg, size), Rm::Mem(mem), reg, size)
            }
            MOp::AluToMemImm(alu) => {
                let mem = self.mem(inst)?;
                self.alu_imm(alu, Rm::Mem(mem), inst.imm, size)
            }
            MOp::MulImm => {
                let (def, rm) = (self.reg(inst.def)?, self.rm(inst.a)?);
                let (code, kind) = match (size, i8::try_from(inst.imm)) {
                    (4, Ok(_)) => (X::Imul_r32_rm32_imm8, OpKind::Immediate8to32),
                    (4, Err(_)) => (X::Imul_r32_rm32_imm32, OpKind::Immediate32),
                    (_, Ok(_)) => (X::Imul_r64_rm64_imm8, OpKind::Immediate8to64),
                    _ => (X::Imul_r64_rm64_imm32, OpKind::Immediate32to64),
                };
                self.room.asm.reg_rm_imm(code, def, rm, inst.imm, kind, size)
            }
            _ => {
                let (def, mem) = (self.reg(inst.def)?, self.mem(inst)?);
                self.room.asm.reg_rm(pick([X::Lea_r32_m, X::Lea_r64_m], size), def, Rm::Mem(mem), [size, 8])
            }
        }
    }

    fn alu_imm(&mut self, alu: Alu, rm: Rm, imm: i64, size: u8) -> Result<()> {
        self.op_imm(&forms(alu), rm, imm, size)
    }

    fn op_imm(&mut self, forms: &AluForms, rm: Rm, imm: i64, size: u8) -> Result<()> {
        debug_assert!(size >= 4);
        let small = i8::try_from(imm).is_ok();
        let (code, kind) = match (small, size) {
            (true, 8) => (forms.imm8[1], OpKind::Immediate8to64),
            (true, _) => (forms.imm8[0], OpKind::Immediate8to32),
            (false, 8) => (forms.imm32[1], OpKind::Immediate32to64),
            (false, _) => (forms.imm32[0], OpKind::Immediate32),
        };
        self.room.asm.rm_imm(code, rm, imm, kind, size)
    }

    fn add(&mut self, inst: &MInst) -> Result<()> {
        let (def, a, b) = (self.reg(inst.def)?, self.reg(inst.a)?, self.reg(inst.b)?);
        let size = inst.size;
        for (same, other) in [(a, b), (b, a)] {
            if def == same {
                let code = pick(ADD.reg_rm, size);
                return self.room.asm.reg_rm(code, def, Rm::Reg(other), [size, size]);
            }
        }
        let mem = Mem { base: Some(a), index: Some(b), scale: 1, disp: 0, constant: None };
        self.room.asm.reg_rm(pick([X::Lea_r32_m, X::Lea_r64_m], size), def, Rm::Mem(mem), [size, 8])
    }

    fn add_imm(&mut self, inst: &MInst) -> Result<()> {
        let (def, a) = (self.reg(inst.def)?, self.reg(inst.a)?);
        if def == a {
            return self.alu_imm(Alu::Add, Rm::Reg(def), inst.imm, inst.size);
        }
        let mem = Mem::at(a, inst.imm as i32);
        let code = pick([X::Lea_r32_m, X::Lea_r64_m], inst.size);
        self.room.asm.reg_rm(code, def, Rm::Mem(mem), [inst.size, 8])
    }

    fn comparison(&mut self, inst: &MInst) -> Result<()> {
        let size = inst.size;
        match inst.op {
            MOp::Cmp => {
                let (a, rm) = (self.reg(inst.a)?, self.rm(inst.b)?);
                self.room.asm.reg_rm(pick(CMP.reg_rm, size), a, rm, [size, size])
            }
            MOp::CmpMem => {
                let (a, mem) = (self.reg(inst.a)?, self.mem(inst)?);
                self.room.asm.reg_rm(pick(CMP.reg_rm, size), a, Rm::Mem(mem), [size, size])
            }
            MOp::CmpMemReg => {
                let (a, mem) = (self.reg(inst.a)?, self.mem(inst)?);
                self.room.asm.rm_reg(pick(CMP.rm_reg, size), Rm::Mem(mem), a, size)
            }
            MOp::CmpImm | MOp::CmpMemImm if size == 1 => {
                let rm = if inst.op == MOp::CmpImm { self.rm(inst.a)? } else { Rm::Mem(self.mem(inst)?) };
                self.room.asm.rm_imm(X::Cmp_rm8_imm8, rm, inst.imm, OpKind::Immediate8, 1)
            }
            MOp::CmpImm => {
                let rm = self.rm(inst.a)?;
                self.op_imm(&CMP, rm, inst.imm, size)
            }
            MOp::CmpMemImm => {
                let mem = self.mem(inst)?;
                self.op_imm(&CMP, Rm::Mem(mem), inst.imm, size)
            }
            MOp::Test => {
                let (a, rm) = (self.reg(inst.a)?, self.rm(inst.b)?);
                self.room.asm.rm_reg(pick([X::Test_rm32_r32, X::Test_rm64_r64], size), rm, a, size)
            }
            MOp::TestImm => {
                let rm = self.rm(inst.a)?;
                let (code, kind) = match size {
                    8 => (X::Test_rm64_imm32, OpKind::Immediate32to64),
                    _ => (X::Test_rm32_imm32, OpKind::Immediate32),
                };
                self.room.asm.rm_imm(code, rm, inst.imm, kind, size)
            }
            MOp::SetCc(code) => self.set_cc(code, inst),
            _ => self.cmov(inst),
        }
    }

    fn set_cc(&mut self, code: u8, inst: &MInst) -> Result<()> {
        let def = self.reg(inst.def)?;
        let asm = &mut self.room.asm;
        if matches!(code, cc::FLOAT_EQUAL | cc::FLOAT_NOT_EQUAL) {
            // Parity means that they are not ordered, and so not equal.
            let equal = code == cc::FLOAT_EQUAL;
            let done = asm.label()?;
            asm.one(SETS[usize::from(if equal { cc::EQUAL } else { cc::NOT_EQUAL })], Rm::Reg(def), 1)?;
            asm.branch(X::Jnp_rel32_64, None, done)?;
            asm.rm_imm(X::Mov_rm8_imm8, Rm::Reg(def), i64::from(!equal), OpKind::Immediate8, 1)?;
            asm.bind(done);
        } else {
            asm.one(SETS[usize::from(code & 15)], Rm::Reg(def), 1)?;
        }
        asm.reg_rm(X::Movzx_r32_rm8, def, Rm::Reg(def), [4, 1])
    }

    fn cmov(&mut self, inst: &MInst) -> Result<()> {
        let MOp::CMov(code) = inst.op else { return Ok(()) };
        let (def, rm) = (self.reg(inst.def)?, self.rm(inst.b)?);
        let pair = CMOVS[usize::from(code & 15)];
        self.room.asm.reg_rm(pick(pair, inst.size), def, rm, [inst.size, inst.size])
    }

    fn shift(&mut self, inst: &MInst) -> Result<()> {
        let size = inst.size;
        match inst.op {
            MOp::ShiftImm(shift) => {
                let rm = self.rm(inst.def)?;
                let code = match shift {
                    Shift::Left => [X::Shl_rm32_imm8, X::Shl_rm64_imm8],
                    Shift::RightS => [X::Sar_rm32_imm8, X::Sar_rm64_imm8],
                    Shift::RightU => [X::Shr_rm32_imm8, X::Shr_rm64_imm8],
                    Shift::RotateLeft => [X::Rol_rm32_imm8, X::Rol_rm64_imm8],
                    Shift::RotateRight => [X::Ror_rm32_imm8, X::Ror_rm64_imm8],
                };
                self.room.asm.rm_imm(pick(code, size), rm, inst.imm, OpKind::Immediate8, size)
            }
            MOp::ShiftX(shift) => {
                let (def, rm, by) = (self.reg(inst.def)?, self.rm(inst.a)?, self.reg(inst.b)?);
                let code = match shift {
                    Shift::Left => [X::VEX_Shlx_r32_rm32_r32, X::VEX_Shlx_r64_rm64_r64],
                    Shift::RightS => [X::VEX_Sarx_r32_rm32_r32, X::VEX_Sarx_r64_rm64_r64],
                    _ => [X::VEX_Shrx_r32_rm32_r32, X::VEX_Shrx_r64_rm64_r64],
                };
                self.room.asm.reg_rm_reg(pick(code, size), def, rm, by, size)
            }
            MOp::RotateX => {
                let (def, rm) = (self.reg(inst.def)?, self.rm(inst.a)?);
                let code = pick([X::VEX_Rorx_r32_rm32_imm8, X::VEX_Rorx_r64_rm64_imm8], size);
                self.room.asm.reg_rm_imm(code, def, rm, inst.imm, OpKind::Immediate8, size)
            }
            _ => {
                let MOp::ShiftBy(shift) = inst.op else { return Ok(()) };
                let def = self.reg(inst.def)?;
                let code = match shift {
                    Shift::Left => [X::Shl_rm32_CL, X::Shl_rm64_CL],
                    Shift::RightS => [X::Sar_rm32_CL, X::Sar_rm64_CL],
                    Shift::RightU => [X::Shr_rm32_CL, X::Shr_rm64_CL],
                    Shift::RotateLeft => [X::Rol_rm32_CL, X::Rol_rm64_CL],
                    Shift::RotateRight => [X::Ror_rm32_CL, X::Ror_rm64_CL],
                };
                self.room.asm.shift_by_cl(pick(code, size), def, size)
            }
        }
    }

    fn unary(&mut self, inst: &MInst) -> Result<()> {
        let size = inst.size;
        let (def, rm) = (self.reg(inst.def)?, self.rm(inst.a)?);
        let asm = &mut self.room.asm;
        match inst.op {
            MOp::MovLow => match size {
                1 => asm.reg_rm(X::Movzx_r32_rm8, def, rm, [4, 1]),
                2 => asm.reg_rm(X::Movzx_r32_rm16, def, rm, [4, 2]),
                _ => asm.reg_rm(X::Mov_r32_rm32, def, rm, [4, 4]),
            },
            MOp::SignExtend(1) => {
                asm.reg_rm(pick([X::Movsx_r32_rm8, X::Movsx_r64_rm8], size), def, rm, [size, 1])
            }
            MOp::SignExtend(2) => {
                asm.reg_rm(pick([X::Movsx_r32_rm16, X::Movsx_r64_rm16], size), def, rm, [size, 2])
            }
            MOp::SignExtend(_) => asm.reg_rm(X::Movsxd_r64_rm32, def, rm, [8, 4]),
            MOp::Neg => asm.one(pick([X::Neg_rm32, X::Neg_rm64], size), Rm::Reg(def), size),
            MOp::Lzcnt => {
                asm.reg_rm(pick([X::Lzcnt_r32_rm32, X::Lzcnt_r64_rm64], size), def, rm, [size, size])
            }
            MOp::Tzcnt => {
                asm.reg_rm(pick([X::Tzcnt_r32_rm32, X::Tzcnt_r64_rm64], size), def, rm, [size, size])
            }
            _ => asm.reg_rm(pick([X::Popcnt_r32_rm32, X::Popcnt_r64_rm64], size), def, rm, [size, size]),
        }
    }

    /// The dividend is in `rax`. A divisor of -1 is not left to the machine, which would fault.
    fn divide(&mut self, inst: &MInst, signed: bool, rem: bool, safe: bool) -> Result<()> {
        let size = inst.size;
        let by = self.reg(inst.b)?;
        let done = self.room.asm.label()?;
        let divide = self.room.asm.label()?;
        let (rax, rdx) = (PReg::RAX, PReg::RDX);
        if signed && !safe {
            self.op_imm(&CMP, Rm::Reg(by), -1, size)?;
            self.room.asm.branch(X::Jne_rel32_64, None, divide)?;
            if rem {
                self.room.asm.reg_rm(X::Xor_r32_rm32, rdx, Rm::Reg(rdx), [4, 4])?;
                self.room.asm.branch(X::Jmp_rel32_64, None, done)?;
            } else {
                // Negating sets the overflow flag for the one quotient that does not fit.
                self.room.asm.one(pick([X::Neg_rm32, X::Neg_rm64], size), Rm::Reg(rax), size)?;
                let stub = self.stub(Trap::IntegerOverflow)?;
                self.room.asm.branch(X::Jo_rel32_64, None, stub)?;
                self.room.asm.branch(X::Jmp_rel32_64, None, done)?;
            }
        }
        let asm = &mut self.room.asm;
        asm.bind(divide);
        if signed {
            asm.plain(if size == 8 { X::Cqo } else { X::Cdq })?;
            asm.one(pick([X::Idiv_rm32, X::Idiv_rm64], size), Rm::Reg(by), size)?;
        } else {
            asm.reg_rm(X::Xor_r32_rm32, rdx, Rm::Reg(rdx), [4, 4])?;
            asm.one(pick([X::Div_rm32, X::Div_rm64], size), Rm::Reg(by), size)?;
        }
        asm.bind(done);
        Ok(())
    }

    fn access(&mut self, inst: &MInst) -> Result<()> {
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

    /// A jump to the way for a number, or to the last one.
    fn table(&mut self, inst: &MInst) -> Result<()> {
        let (index, other) = (self.reg(inst.def)?, self.reg(inst.b)?);
        let count = inst.disp;
        let table = self.room.asm.label()?;
        let asm = &mut self.room.asm;
        asm.reg_rm(X::Cmp_r32_rm32, index, Rm::Reg(other), [4, 4])?;
        asm.reg_rm(X::Cmovae_r32_rm32, index, Rm::Reg(other), [4, 4])?;
        asm.address(other, table)?;
        let entry = Mem { base: Some(other), index: Some(index), scale: 4, disp: 0, constant: None };
        asm.reg_rm(X::Movsxd_r64_rm32, index, Rm::Mem(entry), [8, 4])?;
        asm.reg_rm(X::Add_r64_rm64, index, Rm::Reg(other), [8, 8])?;
        asm.one(X::Jmp_rm64, Rm::Reg(index), 8)?;
        asm.align(4)?;
        asm.bind(table);
        let first = inst.imm as u32;
        let mut made: (u32, Option<super::encode::Label>) = (NONE, None);
        for position in first..first + count as u32 {
            let edge = self.func.pool[position as usize];
            let label = match made {
                (same, Some(label)) if same == edge => label,
                _ => self.way(Edge(edge))?,
            };
            made = (edge, Some(label));
            self.room.asm.table_entry(table, label)?;
        }
        Ok(())
    }
}

/// The jumps for a condition code: far and near.
pub(super) fn jumps(code: u8) -> (X, X) {
    JUMPS[usize::from(code & 15)]
}

const JUMPS: [(X, X); 16] = [
    (X::Jo_rel32_64, X::Jo_rel8_64),
    (X::Jno_rel32_64, X::Jno_rel8_64),
    (X::Jb_rel32_64, X::Jb_rel8_64),
    (X::Jae_rel32_64, X::Jae_rel8_64),
    (X::Je_rel32_64, X::Je_rel8_64),
    (X::Jne_rel32_64, X::Jne_rel8_64),
    (X::Jbe_rel32_64, X::Jbe_rel8_64),
    (X::Ja_rel32_64, X::Ja_rel8_64),
    (X::Js_rel32_64, X::Js_rel8_64),
    (X::Jns_rel32_64, X::Jns_rel8_64),
    (X::Jp_rel32_64, X::Jp_rel8_64),
    (X::Jnp_rel32_64, X::Jnp_rel8_64),
    (X::Jl_rel32_64, X::Jl_rel8_64),
    (X::Jge_rel32_64, X::Jge_rel8_64),
    (X::Jle_rel32_64, X::Jle_rel8_64),
    (X::Jg_rel32_64, X::Jg_rel8_64),
];

const SETS: [X; 16] = [
    X::Seto_rm8,
    X::Setno_rm8,
    X::Setb_rm8,
    X::Setae_rm8,
    X::Sete_rm8,
    X::Setne_rm8,
    X::Setbe_rm8,
    X::Seta_rm8,
    X::Sets_rm8,
    X::Setns_rm8,
    X::Setp_rm8,
    X::Setnp_rm8,
    X::Setl_rm8,
    X::Setge_rm8,
    X::Setle_rm8,
    X::Setg_rm8,
];

const CMOVS: [[X; 2]; 16] = [
    [X::Cmovo_r32_rm32, X::Cmovo_r64_rm64],
    [X::Cmovno_r32_rm32, X::Cmovno_r64_rm64],
    [X::Cmovb_r32_rm32, X::Cmovb_r64_rm64],
    [X::Cmovae_r32_rm32, X::Cmovae_r64_rm64],
    [X::Cmove_r32_rm32, X::Cmove_r64_rm64],
    [X::Cmovne_r32_rm32, X::Cmovne_r64_rm64],
    [X::Cmovbe_r32_rm32, X::Cmovbe_r64_rm64],
    [X::Cmova_r32_rm32, X::Cmova_r64_rm64],
    [X::Cmovs_r32_rm32, X::Cmovs_r64_rm64],
    [X::Cmovns_r32_rm32, X::Cmovns_r64_rm64],
    [X::Cmovp_r32_rm32, X::Cmovp_r64_rm64],
    [X::Cmovnp_r32_rm32, X::Cmovnp_r64_rm64],
    [X::Cmovl_r32_rm32, X::Cmovl_r64_rm64],
    [X::Cmovge_r32_rm32, X::Cmovge_r64_rm64],
    [X::Cmovle_r32_rm32, X::Cmovle_r64_rm64],
    [X::Cmovg_r32_rm32, X::Cmovg_r64_rm64],
];
