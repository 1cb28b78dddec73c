//! The vector operators, made from the table of operations but for a few.

use wasmparser::{MemArg, V128, VisitSimdOperator};

use super::visit::{live, ty};
use super::{Result, Translator};
use crate::bytecode::{Op, for_each_operation};
use crate::wasm::ValType;

macro_rules! vector_methods {
    (
        { $($scalar:tt)* }
        {
            unary { $($vu:ident = $vuv:ident $vuf:ident;)* }
            binary { $($vb:ident = $vbv:ident $vbf:ident;)* }
            ternary { $($vt:ident = $vtv:ident $vtf:ident;)* }
            shift { $($vs:ident $vsi:ident = $vsv:ident $vsf:ident;)* }
            test { $($ve:ident : $vety:ident = $vev:ident $vef:ident;)* }
            splat { $($vp:ident : $vpty:ident = $vpv:ident $vpf:ident;)* }
            extract { $($vx:ident : $vxty:ident = $vxv:ident $vxf:ident;)* }
            replace { $($vr:ident : $vrty:ident = $vrv:ident $vrf:ident;)* }
            load { $($vl:ident $vla:ident $vls:ident : $vlm:ty => $vlr:ident = $vlv:ident ($vle:expr);)* }
            load_lane { $($ll:ident : $llm:ident = $llv:ident ($lle:expr);)* }
            store_lane { $($sl:ident : $slm:ident = $slv:ident ($sle:expr);)* }
        }
        { $($other:tt)* }
    ) => {
        $(fn $vuv(&mut self) -> Result<()> {
            live!(self);
            self.unary(Op::$vu, ValType::V128, ValType::V128)
        })*
        $(fn $vbv(&mut self) -> Result<()> {
            live!(self);
            self.plain_binary(Op::$vb, ValType::V128, ValType::V128)
        })*
        $(fn $vtv(&mut self) -> Result<()> {
            live!(self);
            self.ternary(Op::$vt, ValType::V128)
        })*
        $(fn $vsv(&mut self) -> Result<()> {
            live!(self);
            self.vector_shift(Op::$vs)
        })*
        $(fn $vev(&mut self) -> Result<()> {
            live!(self);
            self.unary(Op::$ve, ValType::V128, ty!($vety))
        })*
        $(fn $vpv(&mut self) -> Result<()> {
            live!(self);
            self.unary(Op::$vp, ty!($vpty), ValType::V128)
        })*
        $(fn $vxv(&mut self, lane: u8) -> Result<()> {
            live!(self);
            self.unary(Op::$vx, ValType::V128, ty!($vxty))?;
            self.out.u16(u16::from(lane))
        })*
        $(fn $vrv(&mut self, lane: u8) -> Result<()> {
            live!(self);
            self.plain_binary(Op::$vr, ValType::V128, ValType::V128)?;
            self.out.u16(u16::from(lane))
        })*
        $(fn $vlv(&mut self, arg: MemArg) -> Result<()> {
            live!(self);
            self.load(Op::$vl, Op::$vla, arg, ValType::V128)
        })*
        $(fn $llv(&mut self, arg: MemArg, lane: u8) -> Result<()> {
            live!(self);
            let [address, vector] = self.pop_slots()?;
            self.result_op(Op::$ll, ValType::V128)?;
            self.out.u16(address)?;
            self.out.u16(vector)?;
            self.out.u16(u16::from(lane))?;
            self.long_access(&arg)
        })*
        $(fn $slv(&mut self, arg: MemArg, lane: u8) -> Result<()> {
            live!(self);
            let [address, vector] = self.pop_slots()?;
            self.out.op(Op::$sl)?;
            self.out.u16(address)?;
            self.out.u16(vector)?;
            self.out.u16(u16::from(lane))?;
            self.long_access(&arg)
        })*
    };
}

impl VisitSimdOperator<'_> for Translator<'_> {
    for_each_operation!(vector_methods);

    fn visit_v128_store(&mut self, arg: MemArg) -> Result<()> {
        live!(self);
        self.store(Op::V128Store, None, Op::V128StoreAny, arg)
    }

    fn visit_v128_const(&mut self, value: V128) -> Result<()> {
        live!(self);
        self.vector_const(value)
    }

    fn visit_i8x16_shuffle(&mut self, lanes: [u8; 16]) -> Result<()> {
        live!(self);
        self.plain_binary(Op::I8x16Shuffle, ValType::V128, ValType::V128)?;
        let bits = u128::from_le_bytes(lanes);
        self.out.u64(bits as u64)?;
        self.out.u64((bits >> 64) as u64)
    }
}
