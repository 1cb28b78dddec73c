//! Whether bytes say what they are to say.
//!
//! In: what the assembler was asked for, instruction by instruction, and the bytes with all distances filled in. Out: the
//! first thing that is not so. The decoder is iced's, as is the encoder; what is compared comes from before the encoder's
//! own form of an instruction, so that a mistake on the way to it is seen, too. Where calls lead is known when a module's
//! functions are all there: [`leads_to`] is asked then.

use iced_x86::{Code, Decoder, DecoderOptions, Instruction, OpKind, Register};

use super::encode::{Mem, What, register};

/// What an instruction is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted {
    /// Where it is.
    at: u32,
    code: Code,
    operands: [Option<What>; 4],
}

impl Noted {
    pub(super) fn new(at: u32, code: Code, operands: &[What]) -> Self {
        let mut noted = Self { at, code, operands: [None; 4] };
        for (place, operand) in noted.operands.iter_mut().zip(operands) {
            *place = Some(*operand);
        }
        noted
    }
}

/// Compares code with what it is to be. Constants begin at `constants`.
///
/// # Errors
/// What is not so.
pub(super) fn check(
    noted: &[Noted],
    bytes: &[u8],
    labels: &[u32],
    constants: u32,
) -> Result<(), &'static str> {
    for (noted, next) in noted.iter().zip(noted.iter().skip(1).map(Some).chain([None])) {
        let code = bytes.get(noted.at as usize..).ok_or("an instruction lies behind the code")?;
        let inst = Decoder::with_ip(64, code, u64::from(noted.at), DecoderOptions::NONE).decode();
        if inst.code() != noted.code {
            return Err("bytes are another instruction");
        }
        if inst.next_ip() > u64::from(next.map_or(constants, |next| next.at)) {
            return Err("an instruction reaches into what follows");
        }
        if inst.op_count() as usize != noted.operands.iter().flatten().count() {
            return Err("an instruction has another number of operands");
        }
        for (position, operand) in noted.operands.iter().flatten().enumerate() {
            if !is(&inst, position as u32, *operand, labels, constants) {
                return Err("an operand is not what it is to be");
            }
        }
    }
    Ok(())
}

/// Whether a call or a jump whose distance is at `at` leads to `target`.
pub(crate) fn leads_to(bytes: &[u8], at: u32, target: u32) -> bool {
    let start = at.saturating_sub(1);
    let Some(code) = bytes.get(start as usize..) else { return false };
    let inst = Decoder::with_ip(64, code, u64::from(start), DecoderOptions::NONE).decode();
    matches!(inst.code(), Code::Call_rel32_64 | Code::Jmp_rel32_64)
        && inst.near_branch64() == u64::from(target)
}

fn is(inst: &Instruction, position: u32, what: What, labels: &[u32], constants: u32) -> bool {
    let kind = inst.op_kind(position);
    match what {
        What::Reg(reg, bytes) => {
            kind == OpKind::Register && inst.op_register(position) == register(reg, bytes)
        }
        What::Mem(Mem { constant: Some(number), .. }) => {
            relative(inst, kind) == Some(u64::from(constants) + u64::from(number) * 16)
        }
        What::Mem(mem) => kind == OpKind::Memory && is_at(inst, mem),
        What::Imm(imm) => match kind {
            OpKind::Immediate8 => inst.immediate8() == imm as u8,
            OpKind::Immediate16 => inst.immediate16() == imm as u16,
            OpKind::Immediate32 => inst.immediate32() == imm as u32,
            OpKind::Immediate8to32 => inst.immediate8to32() == imm as i32,
            OpKind::Immediate8to64 => inst.immediate8to64() == imm,
            OpKind::Immediate32to64 => inst.immediate32to64() == imm,
            OpKind::Immediate64 => inst.immediate64() == imm as u64,
            _ => false,
        },
        What::Label(label) => {
            let label = labels.get(label.0 as usize).map(|at| u64::from(*at));
            label.is_some() && label == relative(inst, kind)
        }
        What::Elsewhere => relative(inst, kind).is_some(),
    }
}

/// The place that an operand names by its distance.
fn relative(inst: &Instruction, kind: OpKind) -> Option<u64> {
    match kind {
        OpKind::NearBranch64 => Some(inst.near_branch64()),
        OpKind::Memory if inst.is_ip_rel_memory_operand() => Some(inst.ip_rel_memory_address()),
        _ => None,
    }
}

fn is_at(inst: &Instruction, mem: Mem) -> bool {
    let named = |reg: Option<super::PReg>| reg.map_or(Register::None, |reg| register(reg, 8));
    inst.memory_base() == named(mem.base)
        && inst.memory_index() == named(mem.index)
        && (mem.index.is_none() || inst.memory_index_scale() == u32::from(mem.scale))
        && inst.memory_displacement64() as i64 == i64::from(mem.disp)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::PReg;
    use super::super::encode::{Assembler, Rm};
    use super::*;
    use crate::jit::CompileError;

    /// One of each kind, with a label and a constant; the label and the bytes, without and with distances.
    fn code(asm: &mut Assembler) -> Vec<u8> {
        asm.clear();
        asm.check_bytes(true);
        asm.reserve().unwrap();
        let (back, on) = (asm.label().unwrap(), asm.label().unwrap());
        asm.bind(back);
        let place = Mem { index: Some(PReg::RSI), scale: 4, ..Mem::at(PReg::R14, 0x1234) };
        asm.reg_rm(Code::Mov_r32_rm32, PReg::RAX, Rm::Mem(place), [4, 4]).unwrap();
        asm.rm_imm(Code::Add_rm64_imm32, Rm::Reg(PReg::R8), -7, OpKind::Immediate32to64, 8).unwrap();
        let constant = Rm::Mem(Mem::constant(1));
        asm.reg_rm(Code::Addsd_xmm_xmmm64, PReg::xmm(3), constant, [16, 16]).unwrap();
        asm.branch(Code::Je_rel32_64, None, on).unwrap();
        asm.branch(Code::Jmp_rel32_64, Some(Code::Jmp_rel8_64), back).unwrap();
        asm.bind(on);
        asm.address(PReg::RCX, back).unwrap();
        asm.shift_by_cl(Code::Shl_rm32_CL, PReg::RDX, 4).unwrap();
        asm.far_call(Code::Call_rel32_64).unwrap();
        asm.plain(Code::Retnq).unwrap();
        asm.align(16).unwrap();
        let mut bytes = asm.take();
        asm.give_back(Vec::new());
        bytes.extend([0; 32]);
        bytes
    }

    #[test]
    fn what_was_asked_for_is_found() {
        let mut asm = Assembler::new();
        let mut bytes = code(&mut asm);
        let constants = bytes.len() as u32 - 32;
        asm.fix(&mut bytes, constants).unwrap();
    }

    /// Whatever bit of an instruction changes, it is noticed; but for distances that somebody else fills in, and bits
    /// without a meaning.
    #[test]
    fn every_changed_bit_is_noticed() {
        let mut asm = Assembler::new();
        let mut good = code(&mut asm);
        let constants = good.len() as u32 - 32;
        asm.fix(&mut good, constants).unwrap();
        let len = good.iter().rposition(|byte| *byte == 0xc3).unwrap() + 1;
        let call = good.iter().rposition(|byte| *byte == 0xe8).unwrap();
        let mut unnoticed = Vec::new();
        for bit in (0..len * 8).filter(|bit| !(call + 1..call + 5).contains(&(bit / 8))) {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // Distances are filled in again, over what was changed in them.
            let result = asm.fix(&mut bytes, constants);
            let restored = bytes == good;
            assert!(!matches!(result, Err(other) if !matches!(other, CompileError::Internal(_))));
            if result.is_ok() && !restored {
                unnoticed.push(bit);
            }
        }
        // Bits of prefixes for registers that an instruction does not have.
        assert!(unnoticed.len() <= 8, "{unnoticed:?} of {good:x?}");
    }
}
