//! Lowering of operators on float lanes that are several instructions, and of lanes put in and taken out.
//!
//! In: an instruction. Out: the machine instructions for it.

use super::inst::{MInst, MOp};
use super::lower::Lowering;
use super::lower_vector::{Arg, ONES_8, ONES_32, ONES_64};
use super::xmm::{Last, Xmm};
use crate::jit::Result;
use crate::jit::ir::{Inst, NONE, Ty, Value, Vector};

/// 2^31 as a float, in each lane.
const TWO_31: u128 = 0x4f00_0000 * ONES_32;
/// 2^52 as a double: what is added to it has its integer in the low bits.
const TWO_52: u128 = 0x4330_0000_0000_0000 * ONES_64;

impl Lowering<'_> {
    /// The instruction gives its second operand where it cannot decide: both ways, joined, have the sign of either zero
    /// and the bits of any NaN. The payload of a NaN is cleared then.
    pub(super) fn least(&mut self, def: u32, inst: Inst, min: Xmm, compare: Xmm, shift: Xmm) -> Result<()> {
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let one = self.make(min, a, Arg::Reg(b), 0)?;
        let other = self.make(min, b, Arg::Reg(a), 0)?;
        let joined = self.make(Xmm::Orps, one, Arg::Reg(other), 0)?;
        self.quiet(def, joined, joined, compare, shift)
    }

    /// The same, but that the sign of a zero is there only if it is both's: the difference of the two ways takes
    /// it away.
    pub(super) fn greatest(
        &mut self,
        def: u32,
        inst: Inst,
        max: Xmm,
        sub: Xmm,
        compare: Xmm,
        shift: Xmm,
    ) -> Result<()> {
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let one = self.make(max, a, Arg::Reg(b), 0)?;
        let other = self.make(max, b, Arg::Reg(a), 0)?;
        let differ = self.make(Xmm::Xorps, other, Arg::Reg(one), 0)?;
        let joined = self.make(Xmm::Orps, one, Arg::Reg(differ), 0)?;
        let less = self.make(sub, joined, Arg::Reg(differ), 0)?;
        self.quiet(def, less, differ, compare, shift)
    }

    /// `from`, but where it or `other` is a NaN the one with an empty payload.
    fn quiet(&mut self, def: u32, from: u32, other: u32, compare: Xmm, shift: Xmm) -> Result<()> {
        let payload = if shift == Xmm::PsrldImm { 10 } else { 13 };
        let nans = self.make(compare, other, Arg::Reg(from), 3)?;
        let joined = self.make(Xmm::Orps, from, Arg::Reg(nans), 0)?;
        let payloads = self.make_of(shift, nans, payload)?;
        self.put(def, Xmm::Pandn, payloads, Arg::Reg(joined), 0)
    }

    /// Rounded after each step.
    pub(super) fn multiply_add(&mut self, def: u32, inst: Inst, multiply: Xmm, add: Xmm) -> Result<()> {
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let product = self.make(multiply, a, Arg::Reg(b), 0)?;
        self.put(def, add, product, Arg::Value(inst.c), 0)
    }

    pub(super) fn multiply_sub(&mut self, def: u32, inst: Inst, multiply: Xmm, sub: Xmm) -> Result<()> {
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        let product = self.make(multiply, a, Arg::Reg(b), 0)?;
        let c = self.reg(inst.c)?;
        self.put(def, sub, c, Arg::Reg(product), 0)
    }

    /// What does not fit comes out as the least number, which is right below and inverted above; a NaN is made zero
    /// before.
    pub(super) fn truncate_floats_s(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        let ordered = self.make(Xmm::Cmpps, a, Arg::Reg(a), 7)?;
        let number = self.make(Xmm::Andps, a, Arg::Reg(ordered), 0)?;
        let limit = self.known(TWO_31)?;
        let above = self.make(Xmm::Cmpps, limit, Arg::Reg(number), 2)?;
        let integer = self.make_of(Xmm::Cvttps2dq, number, 0)?;
        self.put(def, Xmm::Pxor, integer, Arg::Reg(above), 0)
    }

    /// In two parts: up to 2^31, and what is above. The first gives 2^31 itself where it does not fit.
    pub(super) fn truncate_floats_u(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        let zero = self.known(0)?;
        let number = self.make(Xmm::Maxps, a, Arg::Reg(zero), 0)?;
        let low = self.make_of(Xmm::Cvttps2dq, number, 0)?;
        let limit = self.known(TWO_31)?;
        let rest = self.make(Xmm::Subps, number, Arg::Reg(limit), 0)?;
        let above = self.make(Xmm::Cmpps, limit, Arg::Reg(rest), 2)?;
        let high = self.make_of(Xmm::Cvttps2dq, rest, 0)?;
        let high = self.make(Xmm::Pxor, high, Arg::Reg(above), 0)?;
        let high = self.make(Xmm::Pmaxsd, high, Arg::Reg(zero), 0)?;
        self.put(def, Xmm::Paddd, low, Arg::Reg(high), 0)
    }

    /// Below the least number the instruction gives that itself.
    pub(super) fn truncate_doubles_s(&mut self, def: u32, inst: Inst) -> Result<()> {
        const MOST: u128 = 0x41df_ffff_ffc0_0000 * ONES_64;
        let a = self.reg(inst.a)?;
        let ordered = self.make(Xmm::Cmppd, a, Arg::Reg(a), 7)?;
        // Zero for a NaN, and then the least of the two is its second operand.
        let limit = self.make(Xmm::Andps, ordered, Arg::Const(MOST), 0)?;
        let number = self.make(Xmm::Minpd, a, Arg::Reg(limit), 0)?;
        self.put(def, Xmm::Cvttpd2dq, NONE, Arg::Reg(number), 0)
    }

    pub(super) fn truncate_doubles_u(&mut self, def: u32, inst: Inst) -> Result<()> {
        const MOST: u128 = 0x41ef_ffff_ffe0_0000 * ONES_64;
        let a = self.reg(inst.a)?;
        let zero = self.known(0)?;
        let number = self.make(Xmm::Maxpd, a, Arg::Reg(zero), 0)?;
        let number = self.make(Xmm::Minpd, number, Arg::Const(MOST), 0)?;
        let integer = self.make_of(Xmm::Roundpd, number, 11)?;
        let integer = self.make(Xmm::Addpd, integer, Arg::Const(TWO_52), 0)?;
        self.put(def, Xmm::Shufps, integer, Arg::Reg(zero), 0x88)
    }

    /// By halves of 16 bits, both exact; their sum is rounded once.
    pub(super) fn convert_doubles_u(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        let low = self.make(Xmm::Pand, a, Arg::Const(0xffff * ONES_32), 0)?;
        let low = self.make_of(Xmm::Cvtdq2ps, low, 0)?;
        let high = self.make_of(Xmm::PsrldImm, a, 16)?;
        let high = self.make_of(Xmm::Cvtdq2ps, high, 0)?;
        let high = self.make(Xmm::Mulps, high, Arg::Const(0x4780_0000 * ONES_32), 0)?;
        self.put(def, Xmm::Addps, high, Arg::Reg(low), 0)
    }

    /// The integer below the upper half of 2^52, less 2^52.
    pub(super) fn convert_low_u(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        let sum = self.make(Xmm::Punpckldq, a, Arg::Const(0x4330_0000 * ONES_32), 0)?;
        self.put(def, Xmm::Subpd, sum, Arg::Const(TWO_52), 0)
    }
}

/// Lanes.
impl Lowering<'_> {
    /// An integer in a vector register.
    fn in_vector(&mut self, value: u32, bytes: u8) -> Result<u32> {
        let a = self.reg(value)?;
        let def = self.fresh(Ty::V128)?;
        self.emit(MInst { def, a, ..MInst::new(MOp::MovToFloat, bytes) })?;
        Ok(def)
    }

    /// One instruction, where the value is loaded for it alone; whether that was so.
    fn splat_load(&mut self, def: u32, inst: Inst, op: Xmm) -> Result<bool> {
        if self.part_load(inst.a, op.row().bytes).is_none() {
            return Ok(false);
        }
        self.fold(inst.a);
        let place = self.place(inst.a)?;
        let op = MOp::Xmm { op, last: Last::Mem, vex: true };
        self.emit(MInst { op, size: 16, def, ..place })?;
        Ok(true)
    }

    pub(super) fn splat_byte(&mut self, def: u32, inst: Inst) -> Result<()> {
        let avx2 = self.settings.features.avx2;
        if avx2 && self.splat_load(def, inst, Xmm::Vpbroadcastb)? {
            return Ok(());
        }
        let value = self.in_vector(inst.a, 4)?;
        if avx2 {
            return self.put(def, Xmm::Vpbroadcastb, NONE, Arg::Reg(value), 0);
        }
        self.put(def, Xmm::Pshufb, value, Arg::Const(0), 0)
    }

    pub(super) fn splat_word(&mut self, def: u32, inst: Inst) -> Result<()> {
        let avx2 = self.settings.features.avx2;
        if avx2 && self.splat_load(def, inst, Xmm::Vpbroadcastw)? {
            return Ok(());
        }
        let value = self.in_vector(inst.a, 4)?;
        if avx2 {
            return self.put(def, Xmm::Vpbroadcastw, NONE, Arg::Reg(value), 0);
        }
        let four = self.make_of(Xmm::Pshuflw, value, 0)?;
        self.put(def, Xmm::Pshufd, NONE, Arg::Reg(four), 0)
    }

    pub(super) fn splat_double(&mut self, def: u32, inst: Inst) -> Result<()> {
        if self.settings.features.avx && self.splat_load(def, inst, Xmm::VbroadcastssMem)? {
            return Ok(());
        }
        let value = self.in_vector(inst.a, 4)?;
        if self.settings.features.avx2 {
            return self.put(def, Xmm::Vpbroadcastd, NONE, Arg::Reg(value), 0);
        }
        self.put(def, Xmm::Pshufd, NONE, Arg::Reg(value), 0)
    }

    pub(super) fn splat_quad(&mut self, def: u32, inst: Inst) -> Result<()> {
        let value = self.in_vector(inst.a, 8)?;
        self.put(def, Xmm::Pshufd, NONE, Arg::Reg(value), 0x44)
    }

    pub(super) fn splat_f32(&mut self, def: u32, inst: Inst) -> Result<()> {
        if self.settings.features.avx && self.splat_load(def, inst, Xmm::VbroadcastssMem)? {
            return Ok(());
        }
        let op = if self.settings.features.avx2 { Xmm::Vbroadcastss } else { Xmm::Pshufd };
        let a = self.reg(inst.a)?;
        self.put(def, op, NONE, Arg::Reg(a), 0)
    }

    pub(super) fn extract_signed(&mut self, def: u32, inst: Inst, op: Xmm) -> Result<()> {
        let a = self.reg(inst.a)?;
        let lane = self.fresh(Ty::I32)?;
        self.put(lane, op, a, Arg::None, Vector::lane(inst.aux))?;
        self.emit(MInst { def, a: lane, ..MInst::new(MOp::SignExtend(op.row().bytes), 4) })
    }

    pub(super) fn extract_int(&mut self, def: u32, inst: Inst, op: Xmm) -> Result<()> {
        let (a, lane) = (self.reg(inst.a)?, Vector::lane(inst.aux));
        if lane == 0 {
            return self.emit(MInst { def, a, ..MInst::new(MOp::MovFromFloat, inst.ty.bytes()) });
        }
        self.put(def, op, a, Arg::None, lane)
    }

    /// The other lanes are left where they are: nobody looks at them.
    pub(super) fn extract_float(&mut self, def: u32, inst: Inst) -> Result<()> {
        let (a, lane) = (self.reg(inst.a)?, Vector::lane(inst.aux));
        match (lane, inst.ty) {
            (0, _) => self.put(def, Xmm::Movaps, NONE, Arg::Reg(a), 0),
            (lane, Ty::F32) => self.put(def, Xmm::Pshufd, NONE, Arg::Reg(a), lane),
            _ => self.put(def, Xmm::Pshufd, NONE, Arg::Reg(a), 0xee),
        }
    }

    pub(super) fn replace_f32(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        self.put(def, Xmm::Insertps, a, Arg::Value(inst.b), Vector::lane(inst.aux) << 4)
    }

    pub(super) fn replace_f64(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        match Vector::lane(inst.aux) {
            0 => self.put(def, Xmm::Pblendw, a, Arg::Value(inst.b), 0x0f),
            _ => self.put(def, Xmm::Punpcklqdq, a, Arg::Value(inst.b), 0),
        }
    }
}

/// Bytes by numbers.
impl Lowering<'_> {
    /// Numbers from 16 on give zero: the instruction does that where the highest bit is set, and numbers that are known
    /// become such.
    pub(super) fn swizzle(&mut self, def: u32, inst: Inst) -> Result<()> {
        let a = self.reg(inst.a)?;
        if let Some(bits) = self.func.bits(Value(inst.b)) {
            let numbers = bits.to_le_bytes().map(|number| if number < 16 { number } else { 0x80 });
            return self.put(def, Xmm::Pshufb, a, Arg::Const(u128::from_le_bytes(numbers)), 0);
        }
        let high = self.known(0x70 * ONES_8)?;
        let numbers = self.make(Xmm::Paddusb, high, Arg::Value(inst.b), 0)?;
        self.put(def, Xmm::Pshufb, a, Arg::Reg(numbers), 0)
    }
}
