//! Lowering of operators on integer lanes that are several instructions.
//!
//! In: an instruction. Out: the machine instructions for it.

use super::inst::{MInst, MOp};
use super::lower::Lowering;
use super::lower_vector::{Arg, ONES, ONES_8, ONES_16, ONES_32, ONES_64, SIGN_64};
use super::xmm::Xmm;
use crate::jit::Result;
use crate::jit::ir::{Inst, NONE, Ty};

impl Lowering<'_> {
    pub(super) fn invert(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        self.put(def, Xmm::Pxor, a, Arg::Const(ONES), 0)
    }

    pub(super) fn negate(&mut self, def: u32, inst: Inst, sub: Xmm) -> Result<()> {
        let zero = self.known(0)?;
        self.put(def, sub, zero, Arg::Value(inst.a), 0)
    }

    /// What is negative is inverted and one added: minus one taken away.
    pub(super) fn absolute_quads(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        let high = self.make_of(Xmm::Pshufd, a, 0xf5)?;
        let signs = self.make_of(Xmm::PsradImm, high, 31)?;
        let inverted = self.make(Xmm::Pxor, a, Arg::Reg(signs), 0)?;
        self.put(def, Xmm::Psubq, inverted, Arg::Reg(signs), 0)
    }

    /// Half bytes, by a table.
    pub(super) fn count_bits(&mut self, def: u32, inst: Inst) -> Result<()> {
        const HALVES: u128 = 0x0f * ONES_8;
        const COUNTS: u128 = 0x0403_0302_0302_0201_0302_0201_0201_0100;
        let a = self.reg(inst.a)?;
        let low = self.make(Xmm::Pand, a, Arg::Const(HALVES), 0)?;
        let high = self.make_of(Xmm::PsrlwImm, a, 4)?;
        let high = self.make(Xmm::Pand, high, Arg::Const(HALVES), 0)?;
        let table = self.known(COUNTS)?;
        let low = self.make(Xmm::Pshufb, table, Arg::Reg(low), 0)?;
        let high = self.make(Xmm::Pshufb, table, Arg::Reg(high), 0)?;
        self.put(def, Xmm::Paddb, low, Arg::Reg(high), 0)
    }

    /// The instruction takes its first operand for unsigned: that is ones.
    pub(super) fn add_pairs_of_bytes(&mut self, def: u32, inst: Inst) -> Result<()> {
        let ones = self.known(ONES_8)?;
        self.put(def, Xmm::Pmaddubsw, ones, Arg::Value(inst.a), 0)
    }

    /// As signed numbers, each less 2^15.
    pub(super) fn add_pairs_of_words(&mut self, def: u32, inst: Inst) -> Result<()> {
        let signs = self.known(0x8000 * ONES_16)?;
        let signed = self.make(Xmm::Pxor, signs, Arg::Value(inst.a), 0)?;
        let sums = self.make(Xmm::Pmaddwd, signed, Arg::Const(ONES_16), 0)?;
        self.put(def, Xmm::Paddd, sums, Arg::Const(0x1_0000 * ONES_32), 0)
    }

    pub(super) fn extend_high(&mut self, def: u32, inst: Inst, extend: Xmm) -> Result<()> {
        let high = self.make(Xmm::Pshufd, NONE, Arg::Value(inst.a), 0xee)?;
        self.put(def, extend, NONE, Arg::Reg(high), 0)
    }

    pub(super) fn multiply_extended(&mut self, def: u32, inst: Inst, extend: Xmm) -> Result<()> {
        let a = self.make(extend, NONE, Arg::Value(inst.a), 0)?;
        let b = self.make(extend, NONE, Arg::Value(inst.b), 0)?;
        self.put(def, Xmm::Pmullw, a, Arg::Reg(b), 0)
    }

    pub(super) fn multiply_extended_high(&mut self, def: u32, inst: Inst, extend: Xmm) -> Result<()> {
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let high = self.make_of(Xmm::Pshufd, a, 0xee)?;
        let a = self.make_of(extend, high, 0)?;
        let high = self.make_of(Xmm::Pshufd, b, 0xee)?;
        let b = self.make_of(extend, high, 0)?;
        self.put(def, Xmm::Pmullw, a, Arg::Reg(b), 0)
    }

    /// Low and high halves of the products, interleaved.
    pub(super) fn multiply_words(&mut self, def: u32, inst: Inst, high: Xmm, unpack: Xmm) -> Result<()> {
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let low = self.make(Xmm::Pmullw, a, Arg::Reg(b), 0)?;
        let high = self.make(high, a, Arg::Reg(b), 0)?;
        self.put(def, unpack, low, Arg::Reg(high), 0)
    }

    /// The instruction takes every other lane: they are brought there.
    pub(super) fn multiply_doubles(&mut self, def: u32, inst: Inst, multiply: Xmm, order: u8) -> Result<()> {
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let a = self.make_of(Xmm::Pshufd, a, order)?;
        let b = self.make_of(Xmm::Pshufd, b, order)?;
        self.put(def, multiply, a, Arg::Reg(b), 0)
    }

    /// By halves: what is left of the products of high halves is nothing.
    pub(super) fn multiply_quads(&mut self, def: u32, inst: Inst) -> Result<()> {
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let high_a = self.make_of(Xmm::PsrlqImm, a, 32)?;
        let one = self.make(Xmm::Pmuludq, high_a, Arg::Reg(b), 0)?;
        let high_b = self.make_of(Xmm::PsrlqImm, b, 32)?;
        let other = self.make(Xmm::Pmuludq, high_b, Arg::Reg(a), 0)?;
        let middle = self.make(Xmm::Paddq, one, Arg::Reg(other), 0)?;
        let middle = self.make_of(Xmm::PsllqImm, middle, 32)?;
        let low = self.make(Xmm::Pmuludq, a, Arg::Reg(b), 0)?;
        self.put(def, Xmm::Paddq, low, Arg::Reg(middle), 0)
    }

    /// The one product that does not fit comes out as the least number, and becomes the greatest.
    pub(super) fn multiply_q15(&mut self, def: u32, inst: Inst) -> Result<()> {
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let product = self.make(Xmm::Pmulhrsw, a, Arg::Reg(b), 0)?;
        let wrong = self.make(Xmm::Pcmpeqw, product, Arg::Const(0x8000 * ONES_16), 0)?;
        self.put(def, Xmm::Pxor, product, Arg::Reg(wrong), 0)
    }

    /// Sums of products of neighbours, of bytes with their signs.
    fn dot(&mut self, def: u32, inst: Inst) -> Result<()> {
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let mut low = [0; 2];
        let mut high = [0; 2];
        for (at, value) in [a, b].into_iter().enumerate() {
            let up = self.make_of(Xmm::PsllwImm, value, 8)?;
            low[at] = self.make_of(Xmm::PsrawImm, up, 8)?;
            high[at] = self.make_of(Xmm::PsrawImm, value, 8)?;
        }
        let low = self.make(Xmm::Pmullw, low[0], Arg::Reg(low[1]), 0)?;
        let high = self.make(Xmm::Pmullw, high[0], Arg::Reg(high[1]), 0)?;
        self.put(def, Xmm::Paddw, low, Arg::Reg(high), 0)
    }

    pub(super) fn dot_of_bytes(&mut self, def: u32, inst: Inst) -> Result<()> {
        self.dot(def, inst)
    }

    pub(super) fn dot_of_bytes_add(&mut self, def: u32, inst: Inst) -> Result<()> {
        let dot = self.fresh(Ty::V128)?;
        self.dot(dot, inst)?;
        let sums = self.make(Xmm::Pmaddwd, dot, Arg::Const(ONES_16), 0)?;
        self.put(def, Xmm::Paddd, sums, Arg::Value(inst.c), 0)
    }

    pub(super) fn bitselect(&mut self, def: u32, inst: Inst) -> Result<()> {
        let mask = self.reg(inst.c)?;
        let no = self.make(Xmm::Pandn, mask, Arg::Value(inst.b), 0)?;
        let yes = self.make(Xmm::Pand, mask, Arg::Value(inst.a), 0)?;
        self.put(def, Xmm::Por, yes, Arg::Reg(no), 0)
    }

    /// `a > b`, or `b > a` if `swap`, or the opposite. Without AVX by halves: where the upper ones are equal, the upper
    /// half of the difference is ones if the lower one is greater.
    pub(super) fn quads_greater(&mut self, def: u32, inst: Inst, swap: bool, not: bool) -> Result<()> {
        let (left, right) = if swap { (inst.b, inst.a) } else { (inst.a, inst.b) };
        let greater = if not { self.fresh(Ty::V128)? } else { def };
        if self.settings.features.avx {
            let a = self.reg(left)?;
            self.put(greater, Xmm::Pcmpgtq, a, Arg::Value(right), 0)?;
        } else {
            let (a, b) = (self.reg(left)?, self.reg(right)?);
            let difference = self.make(Xmm::Psubq, b, Arg::Reg(a), 0)?;
            let equal = self.make(Xmm::Pcmpeqd, a, Arg::Reg(b), 0)?;
            let low = self.make(Xmm::Pand, difference, Arg::Reg(equal), 0)?;
            let high = self.make(Xmm::Pcmpgtd, a, Arg::Reg(b), 0)?;
            let both = self.make(Xmm::Por, low, Arg::Reg(high), 0)?;
            self.put(greater, Xmm::Pshufd, NONE, Arg::Reg(both), 0xf5)?;
        }
        if not { self.put(def, Xmm::Pxor, greater, Arg::Const(ONES), 0) } else { Ok(()) }
    }
}

/// Shifts.
impl Lowering<'_> {
    /// A count modulo the bits of a lane, as a vector.
    fn count(&mut self, value: u32, bits: i64, more: i64) -> Result<u32> {
        let a = self.reg(value)?;
        let mut count = self.fresh(Ty::I32)?;
        let and = MOp::AluImm(super::inst::Alu::And);
        self.emit(MInst { def: count, a, imm: bits - 1, ..MInst::new(and, 4) })?;
        if more != 0 {
            let sum = self.fresh(Ty::I32)?;
            self.emit(MInst { def: sum, a: count, imm: more, ..MInst::new(MOp::AddImm, 4) })?;
            count = sum;
        }
        let def = self.fresh(Ty::V128)?;
        self.emit(MInst { def, a: count, ..MInst::new(MOp::MovToFloat, 4) })?;
        Ok(def)
    }

    pub(super) fn shift_lanes(&mut self, def: u32, inst: Inst, by: Xmm, by_imm: Xmm) -> Result<()> {
        let bits = match by {
            Xmm::Psllw | Xmm::Psrlw | Xmm::Psraw => 16,
            Xmm::Psllq | Xmm::Psrlq => 64,
            _ => 32,
        };
        let a = self.reg(inst.a)?;
        if let Some(count) = self.imm(inst.b) {
            return self.put(def, by_imm, a, Arg::None, (count & (bits - 1)) as u8);
        }
        let count = self.count(inst.b, bits, 0)?;
        self.put(def, by, a, Arg::Reg(count), 0)
    }

    /// As words, without the bits that come from a neighbour: `0` to the left, `1` to the right.
    pub(super) fn shift_bytes(&mut self, def: u32, inst: Inst, right: u8) -> Result<()> {
        let (by, by_imm) = match right {
            0 => (Xmm::Psllw, Xmm::PsllwImm),
            _ => (Xmm::Psrlw, Xmm::PsrlwImm),
        };
        let a = self.reg(inst.a)?;
        if let Some(count) = self.imm(inst.b) {
            let count = (count & 7) as u8;
            let mask = if right == 0 { 0xff_u8 << count } else { 0xff >> count };
            let shifted = self.make_of(by_imm, a, count)?;
            return self.put(def, Xmm::Pand, shifted, Arg::Const(u128::from(mask) * ONES_8), 0);
        }
        // The mask is that byte of ones, shifted, into which no ones of its neighbour come.
        let count = self.count(inst.b, 8, 0)?;
        let ones = self.known(ONES)?;
        let ones = self.make(by, ones, Arg::Reg(count), 0)?;
        let mask = self.make(Xmm::Pshufb, ones, Arg::Const(u128::from(right) * ONES_8), 0)?;
        let shifted = self.make(by, a, Arg::Reg(count), 0)?;
        self.put(def, Xmm::Pand, shifted, Arg::Reg(mask), 0)
    }

    pub(super) fn shift_bytes_s(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        if let Some(count) = self.imm(inst.b) {
            // The sign's bit, where it is now, is inverted and taken away: that fills with ones above it.
            let count = (count & 7) as u8;
            let shifted = self.make_of(Xmm::PsrlwImm, a, count)?;
            let mask = u128::from(0xff_u8 >> count) * ONES_8;
            let sign = u128::from(0x80_u8 >> count) * ONES_8;
            let shifted = self.make(Xmm::Pand, shifted, Arg::Const(mask), 0)?;
            let inverted = self.make(Xmm::Pxor, shifted, Arg::Const(sign), 0)?;
            return self.put(def, Xmm::Psubb, inverted, Arg::Const(sign), 0);
        }
        let count = self.count(inst.b, 8, 8)?;
        let low = self.make(Xmm::Punpcklbw, a, Arg::Reg(a), 0)?;
        let low = self.make(Xmm::Psraw, low, Arg::Reg(count), 0)?;
        let high = self.make(Xmm::Punpckhbw, a, Arg::Reg(a), 0)?;
        let high = self.make(Xmm::Psraw, high, Arg::Reg(count), 0)?;
        self.put(def, Xmm::Packsswb, low, Arg::Reg(high), 0)
    }

    /// As for bytes with a known count.
    pub(super) fn shift_quads_s(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        if let Some(count) = self.imm(inst.b) {
            let count = (count & 63) as u8;
            let sign = (1 << 63 >> count) * ONES_64;
            let shifted = self.make_of(Xmm::PsrlqImm, a, count)?;
            let inverted = self.make(Xmm::Pxor, shifted, Arg::Const(sign), 0)?;
            return self.put(def, Xmm::Psubq, inverted, Arg::Const(sign), 0);
        }
        let count = self.count(inst.b, 64, 0)?;
        let sign = self.known(SIGN_64)?;
        let sign = self.make(Xmm::Psrlq, sign, Arg::Reg(count), 0)?;
        let shifted = self.make(Xmm::Psrlq, a, Arg::Reg(count), 0)?;
        let inverted = self.make(Xmm::Pxor, shifted, Arg::Reg(sign), 0)?;
        self.put(def, Xmm::Psubq, inverted, Arg::Reg(sign), 0)
    }

    /// Words become bytes first; the upper ones are none.
    pub(super) fn mask_of_words(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        let bytes = self.make(Xmm::Packsswb, a, Arg::Const(0), 0)?;
        self.put(def, Xmm::Pmovmskb, bytes, Arg::None, 0)
    }
}
