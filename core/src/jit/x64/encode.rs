//! Instructions of the machine as bytes, by iced's encoder.
//!
//! In: an instruction's code and operands. Out: bytes appended, and a list of places to be filled in. Displacements that
//! are zero are left out; branches are 32 bits wide but where they go back a little way. Where the compiler checks itself,
//! what is asked for is noted, and what the bytes say compared with it in the end.
//!
//! Long, since it is a list of the forms that instructions have.

use alloc::vec::Vec;

use iced_x86::{Code, Encoder, Instruction, OpKind, Register};

use super::PReg;
#[cfg(any(test, feature = "decode-back"))]
use super::decode_back::{Noted, check};
use crate::jit::{CompileError, Result};
use crate::support::{OutOfMemory, TryPush};

/// More than any machine instruction's bytes, expanded.
const ROOM: usize = 512;

const GENERAL64: [Register; 16] = [
    Register::RAX,
    Register::RCX,
    Register::RDX,
    Register::RBX,
    Register::RSP,
    Register::RBP,
    Register::RSI,
    Register::RDI,
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
    Register::R12,
    Register::R13,
    Register::R14,
    Register::R15,
];
const GENERAL32: [Register; 16] = [
    Register::EAX,
    Register::ECX,
    Register::EDX,
    Register::EBX,
    Register::ESP,
    Register::EBP,
    Register::ESI,
    Register::EDI,
    Register::R8D,
    Register::R9D,
    Register::R10D,
    Register::R11D,
    Register::R12D,
    Register::R13D,
    Register::R14D,
    Register::R15D,
];
const GENERAL16: [Register; 16] = [
    Register::AX,
    Register::CX,
    Register::DX,
    Register::BX,
    Register::SP,
    Register::BP,
    Register::SI,
    Register::DI,
    Register::R8W,
    Register::R9W,
    Register::R10W,
    Register::R11W,
    Register::R12W,
    Register::R13W,
    Register::R14W,
    Register::R15W,
];
const GENERAL8: [Register; 16] = [
    Register::AL,
    Register::CL,
    Register::DL,
    Register::BL,
    Register::SPL,
    Register::BPL,
    Register::SIL,
    Register::DIL,
    Register::R8L,
    Register::R9L,
    Register::R10L,
    Register::R11L,
    Register::R12L,
    Register::R13L,
    Register::R14L,
    Register::R15L,
];
const VECTORS: [Register; 16] = [
    Register::XMM0,
    Register::XMM1,
    Register::XMM2,
    Register::XMM3,
    Register::XMM4,
    Register::XMM5,
    Register::XMM6,
    Register::XMM7,
    Register::XMM8,
    Register::XMM9,
    Register::XMM10,
    Register::XMM11,
    Register::XMM12,
    Register::XMM13,
    Register::XMM14,
    Register::XMM15,
];

/// A register as the encoder calls it, of so many bytes.
pub(super) fn register(reg: PReg, bytes: u8) -> Register {
    let number = usize::from(reg.0 & 15);
    if reg.is_vector() {
        return VECTORS[number];
    }
    match bytes {
        1 => GENERAL8[number],
        2 => GENERAL16[number],
        4 => GENERAL32[number],
        _ => GENERAL64[number],
    }
}

/// Instructions that do nothing, by length, as the manuals of processors recommend them.
const NOPS: [&[u8]; 9] = [
    &[0x90],
    &[0x66, 0x90],
    &[0x0f, 0x1f, 0x00],
    &[0x0f, 0x1f, 0x40, 0x00],
    &[0x0f, 0x1f, 0x44, 0x00, 0x00],
    &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
    &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
    &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

/// A place in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mem {
    pub(super) base: Option<PReg>,
    pub(super) index: Option<PReg>,
    pub(super) scale: u8,
    pub(super) disp: i32,
    /// A constant behind the code instead.
    pub(super) constant: Option<u32>,
}

impl Mem {
    pub(super) const fn at(base: PReg, disp: i32) -> Self {
        Self { base: Some(base), index: None, scale: 1, disp, constant: None }
    }

    pub(super) const fn constant(number: u32) -> Self {
        Self { base: None, index: None, scale: 1, disp: 0, constant: Some(number) }
    }
}

/// An operand that is a register or in memory.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rm {
    Reg(PReg),
    Mem(Mem),
}

/// A place in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(pub(super) u32);

/// What an operand is to be.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(any(test, feature = "decode-back")),
    expect(dead_code, reason = "read where bytes are decoded again")
)]
pub(super) enum What {
    /// A register, with so many of its bytes.
    Reg(PReg, u8),
    Mem(Mem),
    Imm(i64),
    /// A place in the code: where a branch goes, or an address.
    Label(Label),
    /// A place that somebody else fills in.
    Elsewhere,
}

impl What {
    const fn of(rm: Rm, bytes: u8) -> Self {
        match rm {
            Rm::Reg(reg) => Self::Reg(reg, bytes),
            Rm::Mem(mem) => Self::Mem(mem),
        }
    }
}

/// What is filled in when all places are known.
#[derive(Clone, Copy, Debug)]
enum Fixup {
    /// The distance to a label, from behind these four bytes.
    Label(u32, Label),
    /// The distance to a constant, from behind these four bytes and so many more.
    Constant { at: u32, number: u32, behind: u32 },
    /// The distance of a label from a table's start.
    Entry { at: u32, table: u32, label: Label },
}

/// Bytes in the making.
pub(super) struct Assembler {
    encoder: Encoder,
    /// The next instruction's place.
    pub(super) at: u32,
    labels: Vec<u32>,
    fixups: Vec<Fixup>,
    /// What each instruction is to be, if that is checked.
    #[cfg(any(test, feature = "decode-back"))]
    noted: Option<Vec<Noted>>,
}

const UNBOUND: u32 = u32::MAX;

impl Assembler {
    pub(super) fn new() -> Self {
        Self {
            encoder: Encoder::new(64),
            at: 0,
            labels: Vec::new(),
            fixups: Vec::new(),
            #[cfg(any(test, feature = "decode-back"))]
            noted: None,
        }
    }

    /// From now on, whether bytes are compared with what they are to be; where there is a decoder.
    pub(super) fn check_bytes(&mut self, check: bool) {
        #[cfg(any(test, feature = "decode-back"))]
        {
            self.noted = check.then(|| self.noted.take().unwrap_or_default());
        }
        #[cfg(not(any(test, feature = "decode-back")))]
        let _ = check;
    }

    /// The next instruction is to be this.
    #[inline(always)]
    fn note(&mut self, code: Code, operands: &[What]) -> Result<()> {
        #[cfg(any(test, feature = "decode-back"))]
        if let Some(noted) = &mut self.noted {
            noted.try_push(Noted::new(self.at, code, operands))?;
        }
        #[cfg(not(any(test, feature = "decode-back")))]
        let _ = (code, operands);
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        let mut buffer = self.encoder.take_buffer();
        buffer.clear();
        self.encoder.set_buffer(buffer);
        self.at = 0;
        self.labels.clear();
        self.fixups.clear();
        #[cfg(any(test, feature = "decode-back"))]
        if let Some(noted) = &mut self.noted {
            noted.clear();
        }
    }

    /// Takes the bytes; [`give_back`](Self::give_back) returns the buffer.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.encoder.take_buffer()
    }

    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        self.encoder.set_buffer(buffer);
    }

    /// Makes sure that the next instructions find room: the encoder cannot report that there is none.
    pub(super) fn reserve(&mut self) -> Result<()> {
        let mut buffer = self.encoder.take_buffer();
        let reserved = buffer.try_reserve(ROOM);
        self.encoder.set_buffer(buffer);
        reserved.map_err(|_| OutOfMemory.into())
    }

    pub(super) fn label(&mut self) -> Result<Label> {
        self.labels.try_push(UNBOUND)?;
        Ok(Label(self.labels.len() as u32 - 1))
    }

    /// The label is here.
    pub(super) fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.at;
    }

    fn encode(&mut self, inst: &Instruction) -> Result<()> {
        let len = self.encoder.encode(inst, u64::from(self.at));
        self.at += len.map_err(|_| CompileError::Internal("instruction cannot be encoded"))? as u32;
        Ok(())
    }

    fn set(inst: &mut Instruction, position: u32, rm: Rm, bytes: u8) {
        match rm {
            Rm::Reg(reg) => {
                inst.set_op_kind(position, OpKind::Register);
                inst.set_op_register(position, register(reg, bytes));
            }
            Rm::Mem(mem) => {
                inst.set_op_kind(position, OpKind::Memory);
                inst.set_memory_index_scale(u32::from(mem.scale));
                if mem.constant.is_some() {
                    inst.set_memory_base(Register::RIP);
                    inst.set_memory_displ_size(8);
                    return;
                }
                if let Some(base) = mem.base {
                    inst.set_memory_base(register(base, 8));
                }
                if let Some(index) = mem.index {
                    inst.set_memory_index(register(index, 8));
                }
                inst.set_memory_displacement64(mem.disp as i64 as u64);
                inst.set_memory_displ_size(u32::from(mem.disp != 0));
            }
        }
    }

    /// The instruction that has just been encoded ends with the distance to its operand, and `behind` bytes.
    fn constant_fixup(&mut self, rm: Rm, behind: u32) -> Result<()> {
        if let Rm::Mem(Mem { constant: Some(number), .. }) = rm {
            self.fixups.try_push(Fixup::Constant { at: self.at - 4 - behind, number, behind })?;
        }
        Ok(())
    }

    /// Any operands, one of which may be in memory, and an immediate of 8 bits; general registers have `bytes`.
    pub(super) fn operands(&mut self, code: Code, operands: &[Rm], imm: Option<u8>, bytes: u8) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        let mut memory = None;
        let mut what = [What::Imm(0); 4];
        for (what, &operand) in what.iter_mut().zip(operands) {
            *what = What::of(operand, bytes);
        }
        if let Some(what) = what.get_mut(operands.len()) {
            *what = What::Imm(i64::from(imm.unwrap_or(0)));
        }
        self.note(code, &what[..(operands.len() + usize::from(imm.is_some())).min(4)])?;
        for (position, &operand) in operands.iter().enumerate() {
            Self::set(&mut inst, position as u32, operand, bytes);
            if let Rm::Mem(_) = operand {
                memory = Some(operand);
            }
        }
        if let Some(imm) = imm {
            set_imm(&mut inst, operands.len() as u32, i64::from(imm), OpKind::Immediate8);
        }
        self.encode(&inst)?;
        memory.map_or(Ok(()), |memory| self.constant_fixup(memory, u32::from(imm.is_some())))
    }

    /// Goes where a word says that lies somewhere else: the distance, its last four bytes, is filled in later.
    pub(super) fn by_word(&mut self, code: Code) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        inst.set_op0_kind(OpKind::Memory);
        inst.set_memory_base(Register::RIP);
        inst.set_memory_displ_size(8);
        self.note(code, &[What::Elsewhere])?;
        self.encode(&inst)
    }

    /// No operand.
    pub(super) fn plain(&mut self, code: Code) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        self.note(code, &[])?;
        self.encode(&inst)
    }

    /// One operand.
    pub(super) fn one(&mut self, code: Code, rm: Rm, bytes: u8) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        Self::set(&mut inst, 0, rm, bytes);
        self.note(code, &[What::of(rm, bytes)])?;
        self.encode(&inst)
    }

    /// A register, and a register or memory.
    pub(super) fn reg_rm(&mut self, code: Code, reg: PReg, rm: Rm, [to, from]: [u8; 2]) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        Self::set(&mut inst, 0, Rm::Reg(reg), to);
        Self::set(&mut inst, 1, rm, from);
        self.note(code, &[What::Reg(reg, to), What::of(rm, from)])?;
        self.encode(&inst)?;
        self.constant_fixup(rm, 0)
    }

    /// A register or memory, and a register.
    pub(super) fn rm_reg(&mut self, code: Code, rm: Rm, reg: PReg, bytes: u8) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        Self::set(&mut inst, 0, rm, bytes);
        Self::set(&mut inst, 1, Rm::Reg(reg), bytes);
        self.note(code, &[What::of(rm, bytes), What::Reg(reg, bytes)])?;
        self.encode(&inst)
    }

    /// A general register, and a vector register that it is set from.
    pub(super) fn rm_reg_of(&mut self, code: Code, to: PReg, from: PReg, bytes: u8) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        Self::set(&mut inst, 0, Rm::Reg(to), bytes);
        Self::set(&mut inst, 1, Rm::Reg(from), 16);
        self.note(code, &[What::Reg(to, bytes), What::Reg(from, 16)])?;
        self.encode(&inst)
    }

    /// A register or memory, and an immediate of this kind.
    pub(super) fn rm_imm(&mut self, code: Code, rm: Rm, imm: i64, kind: OpKind, bytes: u8) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        Self::set(&mut inst, 0, rm, bytes);
        set_imm(&mut inst, 1, imm, kind);
        self.note(code, &[What::of(rm, bytes), What::Imm(imm)])?;
        self.encode(&inst)
    }

    /// A register, a register or memory, and an immediate.
    pub(super) fn reg_rm_imm(
        &mut self,
        code: Code,
        reg: PReg,
        rm: Rm,
        imm: i64,
        kind: OpKind,
        bytes: u8,
    ) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        Self::set(&mut inst, 0, Rm::Reg(reg), bytes);
        Self::set(&mut inst, 1, rm, bytes);
        set_imm(&mut inst, 2, imm, kind);
        self.note(code, &[What::Reg(reg, bytes), What::of(rm, bytes), What::Imm(imm)])?;
        self.encode(&inst)
    }

    /// A register, a register or memory, and a register.
    pub(super) fn reg_rm_reg(&mut self, code: Code, reg: PReg, rm: Rm, third: PReg, bytes: u8) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        Self::set(&mut inst, 0, Rm::Reg(reg), bytes);
        Self::set(&mut inst, 1, rm, bytes);
        Self::set(&mut inst, 2, Rm::Reg(third), bytes);
        self.note(code, &[What::Reg(reg, bytes), What::of(rm, bytes), What::Reg(third, bytes)])?;
        self.encode(&inst)
    }

    /// Pushes a number of 32 bits with its sign.
    pub(super) fn push_imm(&mut self, imm: i32) -> Result<()> {
        let mut inst = Instruction::default();
        match i8::try_from(imm) {
            Ok(_) => {
                inst.set_code(Code::Pushq_imm8);
                set_imm(&mut inst, 0, i64::from(imm), OpKind::Immediate8to64);
            }
            Err(_) => {
                inst.set_code(Code::Pushq_imm32);
                set_imm(&mut inst, 0, i64::from(imm), OpKind::Immediate32to64);
            }
        }
        self.note(inst.code(), &[What::Imm(i64::from(imm))])?;
        self.encode(&inst)
    }

    /// Returns, and takes so many bytes more off the stack.
    pub(super) fn ret_imm(&mut self, bytes: u16) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(Code::Retnq_imm16);
        set_imm(&mut inst, 0, i64::from(bytes), OpKind::Immediate16);
        self.note(Code::Retnq_imm16, &[What::Imm(i64::from(bytes))])?;
        self.encode(&inst)
    }

    /// A shift by `cl`.
    pub(super) fn shift_by_cl(&mut self, code: Code, reg: PReg, bytes: u8) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(code);
        Self::set(&mut inst, 0, Rm::Reg(reg), bytes);
        inst.set_op1_kind(OpKind::Register);
        inst.set_op1_register(Register::CL);
        self.note(code, &[What::Reg(reg, bytes), What::Reg(PReg::RCX, 1)])?;
        self.encode(&inst)
    }

    /// A jump or call to a label, in 32 bits, or in 8 if `short` exists and the label is near enough behind.
    pub(super) fn branch(&mut self, code: Code, short: Option<Code>, label: Label) -> Result<()> {
        let target = self.labels[label.0 as usize];
        let mut inst = Instruction::default();
        inst.set_op0_kind(OpKind::NearBranch64);
        if let Some(short) = short
            && target != UNBOUND
            && self.at - target < 120
        {
            inst.set_code(short);
            inst.set_near_branch64(u64::from(target));
            self.note(short, &[What::Label(label)])?;
            return self.encode(&inst);
        }
        inst.set_code(code);
        inst.set_near_branch64(u64::from(self.at));
        self.note(code, &[What::Label(label)])?;
        self.encode(&inst)?;
        Ok(self.fixups.try_push(Fixup::Label(self.at - 4, label))?)
    }

    /// A call or jump whose distance somebody else fills in, in the last four bytes.
    pub(super) fn far_call(&mut self, code: Code) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_op0_kind(OpKind::NearBranch64);
        inst.set_code(code);
        inst.set_near_branch64(u64::from(self.at) + 5);
        self.note(code, &[What::Elsewhere])?;
        self.encode(&inst)
    }

    /// The address of a label.
    pub(super) fn address(&mut self, reg: PReg, label: Label) -> Result<()> {
        let mut inst = Instruction::default();
        inst.set_code(Code::Lea_r64_m);
        Self::set(&mut inst, 0, Rm::Reg(reg), 8);
        inst.set_op1_kind(OpKind::Memory);
        inst.set_memory_base(Register::RIP);
        inst.set_memory_displ_size(8);
        self.note(Code::Lea_r64_m, &[What::Reg(reg, 8), What::Label(label)])?;
        self.encode(&inst)?;
        Ok(self.fixups.try_push(Fixup::Label(self.at - 4, label))?)
    }

    /// Fills up to a multiple of `bytes`; behind the last instruction only.
    pub(super) fn align(&mut self, bytes: u32) -> Result<()> {
        let mut buffer = self.encoder.take_buffer();
        let result = buffer.try_reserve(ROOM);
        while result.is_ok() && !self.at.is_multiple_of(bytes) {
            buffer.push(0xcc);
            self.at += 1;
        }
        self.encoder.set_buffer(buffer);
        result.map_err(|_| OutOfMemory.into())
    }

    /// Fills up to a multiple of `bytes`, at most 32, with instructions that do nothing.
    pub(super) fn pad(&mut self, bytes: u32) -> Result<()> {
        let mut missing = (self.at.next_multiple_of(bytes) - self.at) as usize;
        while missing > 0 {
            let nop = NOPS[missing.min(NOPS.len()) - 1];
            self.data(nop)?;
            missing -= nop.len();
        }
        Ok(())
    }

    /// Bytes that are no instructions.
    pub(super) fn data(&mut self, data: &[u8]) -> Result<()> {
        let mut buffer = self.encoder.take_buffer();
        let result = buffer.try_extend(data);
        self.encoder.set_buffer(buffer);
        self.at += data.len() as u32;
        Ok(result?)
    }

    /// An entry of a table that begins at label `table`.
    pub(super) fn table_entry(&mut self, table: Label, label: Label) -> Result<()> {
        let start = self.labels[table.0 as usize];
        self.fixups.try_push(Fixup::Entry { at: self.at, table: start, label })?;
        self.data(&[0; 4])
    }

    /// Fills in all distances; `constants` is where they begin.
    ///
    /// # Errors
    /// [`CompileError::Internal`] if bytes are checked, and are not what they are to be.
    pub(super) fn fix(&self, bytes: &mut [u8], constants: u32) -> Result<()> {
        for fixup in &self.fixups {
            let (at, value) = match *fixup {
                Fixup::Label(at, label) => (at, self.labels[label.0 as usize].wrapping_sub(at + 4)),
                Fixup::Constant { at, number, behind } => {
                    (at, (constants + number * 16).wrapping_sub(at + 4 + behind))
                }
                Fixup::Entry { at, table, label } => (at, self.labels[label.0 as usize].wrapping_sub(table)),
            };
            if let Some(place) = bytes.get_mut(at as usize..at as usize + 4) {
                place.copy_from_slice(&value.to_le_bytes());
            }
        }
        #[cfg(any(test, feature = "decode-back"))]
        if let Some(noted) = &self.noted {
            check(noted, bytes, &self.labels, constants).map_err(CompileError::Internal)?;
        }
        Ok(())
    }
}

fn set_imm(inst: &mut Instruction, position: u32, imm: i64, kind: OpKind) {
    inst.set_op_kind(position, kind);
    match kind {
        OpKind::Immediate8 => inst.set_immediate8(imm as u8),
        OpKind::Immediate16 => inst.set_immediate16(imm as u16),
        OpKind::Immediate32 => inst.set_immediate32(imm as u32),
        OpKind::Immediate64 => inst.set_immediate64(imm as u64),
        OpKind::Immediate8to32 => inst.set_immediate8to32(imm as i32),
        OpKind::Immediate8to64 => inst.set_immediate8to64(imm),
        _ => inst.set_immediate32to64(imm),
    }
}
