//! Operators on vectors.
//!
//! In: what wasmparser decodes. Out: one instruction for each, by the table of [`for_each_vector`]; loads that extend,
//! repeat or insert what they read are loads and such an instruction, and stores of lanes the reverse.

use wasmparser::{MemArg, V128, VisitSimdOperator};

use super::Front;
use super::fold::Folded;
use super::visit::live;
use crate::jit::Result;
use crate::jit::ir::{Access, Inst, NONE, Op, Ty, Value, Vector, for_each_vector};
use crate::support::TryPush;

macro_rules! methods {
    (
        unary { $($un:ident $uv:ident $up:tt;)* }
        binary { $($bn:ident $bv:ident $bp:tt;)* }
        ternary { $($tn:ident $tv:ident $tp:tt;)* }
        shift { $($sn:ident $sv:ident $sp:tt;)* }
        test { $($en:ident $ev:ident $ep:tt;)* }
        splat { $($pn:ident $pt:ident $pv:ident $pp:tt;)* }
        extract { $($xn:ident $xt:ident $xv:ident $xp:tt;)* }
        replace { $($rn:ident $rt:ident $rv:ident $rp:tt;)* }
        again { $($shape:ident $av:ident $an:ident;)* }
    ) => {
        $(methods!(one $uv $un);)*
        $(methods!(two $bv $bn);)*
        $(methods!(three $tv $tn);)*
        $(methods!(two $sv $sn);)*
        $(methods!(one $ev $en);)*
        $(methods!(one $pv $pn);)*
        $(methods!($shape $av $an);)*
        $(fn $xv(&mut self, lane: u8) -> Result<()> {
            live!(self);
            let a = self.pop()?;
            self.vector(Vector::$xn, lane, [a.0, NONE, NONE])
        })*
        $(fn $rv(&mut self, lane: u8) -> Result<()> {
            live!(self);
            let (b, a) = (self.pop()?, self.pop()?);
            self.vector(Vector::$rn, lane, [a.0, b.0, NONE])
        })*
    };
    (unary $visit:ident $op:ident) => { methods!(one $visit $op); };
    (binary $visit:ident $op:ident) => { methods!(two $visit $op); };
    (ternary $visit:ident $op:ident) => { methods!(three $visit $op); };
    (one $visit:ident $op:ident) => {
        fn $visit(&mut self) -> Result<()> {
            live!(self);
            let a = self.pop()?;
            self.vector(Vector::$op, 0, [a.0, NONE, NONE])
        }
    };
    (two $visit:ident $op:ident) => {
        fn $visit(&mut self) -> Result<()> {
            live!(self);
            let (b, a) = (self.pop()?, self.pop()?);
            self.vector(Vector::$op, 0, [a.0, b.0, NONE])
        }
    };
    (three $visit:ident $op:ident) => {
        fn $visit(&mut self) -> Result<()> {
            live!(self);
            let (c, b, a) = (self.pop()?, self.pop()?, self.pop()?);
            self.vector(Vector::$op, 0, [a.0, b.0, c.0])
        }
    };
}

macro_rules! load_methods {
    ($($visit:ident $ty:ident $bytes:literal $($then:ident)?;)*) => {
        $(fn $visit(&mut self, arg: MemArg) -> Result<()> {
            live!(self);
            self.load(&arg, Ty::$ty, Access::new($bytes, false))?;
            $(
                let a = self.pop()?;
                self.vector(Vector::$then, 0, [a.0, NONE, NONE])?;
            )?
            Ok(())
        })*
    };
}

macro_rules! lane_methods {
    ($($load:ident $store:ident $ty:ident $bytes:literal $replace:ident $extract:ident;)*) => {
        $(fn $load(&mut self, arg: MemArg, lane: u8) -> Result<()> {
            live!(self);
            let a = self.pop()?;
            self.load(&arg, Ty::$ty, Access::new($bytes, false))?;
            let b = self.pop()?;
            self.vector(Vector::$replace, lane, [a.0, b.0, NONE])
        }

        fn $store(&mut self, arg: MemArg, lane: u8) -> Result<()> {
            live!(self);
            let a = self.pop()?;
            self.vector(Vector::$extract, lane, [a.0, NONE, NONE])?;
            self.store(&arg, Access::new($bytes, false))
        })*
    };
}

impl VisitSimdOperator<'_> for Front<'_> {
    for_each_vector!(methods);

    load_methods! {
        visit_v128_load V128 16;
        visit_v128_load32_zero V128 4;
        visit_v128_load64_zero V128 8;
        visit_v128_load8x8_s V128 8 I16x8ExtendLowI8x16S;
        visit_v128_load8x8_u V128 8 I16x8ExtendLowI8x16U;
        visit_v128_load16x4_s V128 8 I32x4ExtendLowI16x8S;
        visit_v128_load16x4_u V128 8 I32x4ExtendLowI16x8U;
        visit_v128_load32x2_s V128 8 I64x2ExtendLowI32x4S;
        visit_v128_load32x2_u V128 8 I64x2ExtendLowI32x4U;
        visit_v128_load8_splat I32 1 I8x16Splat;
        visit_v128_load16_splat I32 2 I16x8Splat;
        visit_v128_load32_splat F32 4 F32x4Splat;
        visit_v128_load64_splat F64 8 F64x2Splat;
    }

    lane_methods! {
        visit_v128_load8_lane visit_v128_store8_lane I32 1 I8x16ReplaceLane I8x16ExtractLaneU;
        visit_v128_load16_lane visit_v128_store16_lane I32 2 I16x8ReplaceLane I16x8ExtractLaneU;
        visit_v128_load32_lane visit_v128_store32_lane I32 4 I32x4ReplaceLane I32x4ExtractLane;
        visit_v128_load64_lane visit_v128_store64_lane I64 8 I64x2ReplaceLane I64x2ExtractLane;
    }

    fn visit_v128_store(&mut self, arg: MemArg) -> Result<()> {
        live!(self);
        self.store(&arg, Access::new(16, false))
    }

    fn visit_v128_const(&mut self, value: V128) -> Result<()> {
        live!(self);
        let value = self.vector_const(u128::from_le_bytes(*value.bytes()))?;
        self.push(value)
    }

    fn visit_i8x16_shuffle(&mut self, lanes: [u8; 16]) -> Result<()> {
        live!(self);
        let (b, a) = (self.pop()?, self.pop()?);
        let value = self.shuffle(a, b, lanes)?;
        self.push(value)
    }
}

impl Front<'_> {
    fn vector(&mut self, op: Vector, lane: u8, operands: [u32; 3]) -> Result<()> {
        let value = self.pure(Op::Vector, op.ty(), op.aux(lane), operands)?;
        let value = match op.open_nans() {
            Some(lanes) => self.canonical(value, u16::from(lanes.bytes()))?,
            None => value,
        };
        self.push(value)
    }

    /// A value in which the canonical NaN stands for any, where every run is to be the same.
    pub(super) fn canonical(&mut self, value: Value, lane: u16) -> Result<Value> {
        if !self.deterministic {
            return Ok(value);
        }
        let ty = self.ty(value.0);
        self.pure(Op::Canon, ty, lane, [value.0, NONE, NONE])
    }

    /// A vector that is known. The same one is there once, as long as there are few.
    pub(super) fn vector_const(&mut self, bits: u128) -> Result<Value> {
        const FEW: usize = 64;
        let vectors = &mut self.func.vectors;
        let start = vectors.len().saturating_sub(FEW);
        let at = match vectors[start..].iter().position(|known| *known == bits) {
            Some(at) => start + at,
            None => {
                vectors.try_push(bits)?;
                vectors.len() - 1
            }
        };
        let inst = Inst { op: Op::Const, ty: Ty::V128, aux: 0, a: at as u32, b: 0, c: NONE };
        self.known(inst)
    }

    /// A shuffle of one vector names no bytes of another.
    fn shuffle(&mut self, mut a: Value, mut b: Value, mut lanes: [u8; 16]) -> Result<Value> {
        if lanes.iter().all(|lane| *lane >= 16) {
            (a, b) = (b, a);
            lanes = lanes.map(|lane| lane - 16);
        }
        if a == b || lanes.iter().all(|lane| *lane < 16) {
            b = a;
            lanes = lanes.map(|lane| lane % 16);
        }
        if lanes.iter().enumerate().all(|(at, lane)| usize::from(*lane) == at) {
            return Ok(a);
        }
        let lanes = self.vector_const(u128::from_le_bytes(lanes))?;
        self.pure(Op::Shuffle, Ty::V128, 0, [a.0, b.0, lanes.0])
    }

    /// A vector of one known value is a known vector.
    pub(super) fn fold_vector(&mut self, inst: Inst) -> Result<Folded> {
        let Some(bits) = self.func.bits(Value(inst.a)) else { return Ok(Folded::Inst(inst)) };
        let repeated = match Vector::of(inst.aux) {
            Vector::I8x16Splat => u128::from(bits as u8) * (u128::MAX / 0xff),
            Vector::I16x8Splat => u128::from(bits as u16) * (u128::MAX / 0xffff),
            Vector::I32x4Splat | Vector::F32x4Splat => u128::from(bits as u32) * (u128::MAX / 0xffff_ffff),
            Vector::I64x2Splat | Vector::F64x2Splat => bits | bits << 64,
            _ => return Ok(Folded::Inst(inst)),
        };
        Ok(Folded::Is(self.vector_const(repeated)?))
    }
}
