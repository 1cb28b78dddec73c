//! Bytes of integer instructions and branches by table.
//!
//! In: an allocated instruction. Out: instructions of the machine.

use iced_x86::{Code as X, OpKind};

use super::PReg;
use super::conditions::{cmovs, sets};
use super::emit::Emitting;
use super::encode::{Mem, Rm};
use super::inst::{Alu, MInst, MOp, Shift, cc};
use crate::jit::Result;
use crate::jit::ir::{Block, Edge, NONE};
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
            MOp::CallImport => self.call_import(inst),
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
            asm.one(sets(if equal { cc::EQUAL } else { cc::NOT_EQUAL }), Rm::Reg(def), 1)?;
            asm.branch(X::Jnp_rel32_64, None, done)?;
            asm.rm_imm(X::Mov_rm8_imm8, Rm::Reg(def), i64::from(!equal), OpKind::Immediate8, 1)?;
            asm.bind(done);
        } else {
            asm.one(sets(code), Rm::Reg(def), 1)?;
        }
        asm.reg_rm(X::Movzx_r32_rm8, def, Rm::Reg(def), [4, 1])
    }

    fn cmov(&mut self, inst: &MInst) -> Result<()> {
        let MOp::CMov(code) = inst.op else { return Ok(()) };
        let (def, rm) = (self.reg(inst.def)?, self.rm(inst.b)?);
        let pair = cmovs(code);
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
