//! The validator's visitor: one method per operator.
//!
//! In: operators as wasmparser decodes them. Out: calls into the rest of this room. Where nothing gets, only blocks
//! are followed.

use wasmparser::{BlockType, BrTable, HeapType, Ieee32, Ieee64, MemArg, VisitOperator, VisitSimdOperator};

use super::Front;
use crate::abi::builtin;
use crate::jit::improve::Improvement;
use crate::jit::ir::{Access, Cond, FloatCond, NONE, Op, Ty};
use crate::jit::{CompileError, Result};
use crate::wasm::{FuncIndex, Trap};

/// Leaves a method where nothing gets.
macro_rules! live {
    ($self:ident) => {
        if $self.dead {
            return Ok(());
        }
    };
}
pub(super) use live;

macro_rules! binary_methods {
    ($($visit:ident $op:ident $ty:ident;)*) => {
        $(fn $visit(&mut self) -> Result<()> {
            live!(self);
            self.visit_binary(Op::$op, Ty::$ty)
        })*
    };
}

macro_rules! divide_methods {
    ($($visit:ident $op:ident $ty:ident;)*) => {
        $(fn $visit(&mut self) -> Result<()> {
            live!(self);
            self.visit_divide(Op::$op, Ty::$ty)
        })*
    };
}

macro_rules! compare_methods {
    ($($visit:ident $cond:ident;)*) => {
        $(fn $visit(&mut self) -> Result<()> {
            live!(self);
            self.visit_compare(Op::Icmp, Cond::$cond as u16)
        })*
    };
}

macro_rules! float_compare_methods {
    ($($visit:ident $cond:ident;)*) => {
        $(fn $visit(&mut self) -> Result<()> {
            live!(self);
            self.visit_compare(Op::Fcmp, FloatCond::$cond as u16)
        })*
    };
}

macro_rules! unary_methods {
    ($($visit:ident $op:ident $aux:literal $ty:ident;)*) => {
        $(fn $visit(&mut self) -> Result<()> {
            live!(self);
            self.visit_unary(Op::$op, Ty::$ty, $aux)
        })*
    };
}

macro_rules! trap_unary_methods {
    ($($visit:ident $op:ident $ty:ident;)*) => {
        $(fn $visit(&mut self) -> Result<()> {
            live!(self);
            let a = self.pop()?;
            let inst = super::control::plain(Op::$op, Ty::$ty, [a.0, NONE, NONE]);
            let value = self.number(inst, super::PURE)?;
            self.push(value)
        })*
    };
}

macro_rules! load_methods {
    ($($visit:ident $ty:ident $bytes:literal $signed:literal;)*) => {
        $(fn $visit(&mut self, arg: MemArg) -> Result<()> {
            live!(self);
            self.load(&arg, Ty::$ty, Access::new($bytes, $signed))
        })*
    };
}

macro_rules! store_methods {
    ($($visit:ident $bytes:literal;)*) => {
        $(fn $visit(&mut self, arg: MemArg) -> Result<()> {
            live!(self);
            self.store(&arg, Access::new($bytes, false))
        })*
    };
}

/// Methods for operators of proposals that are not implemented.
macro_rules! refused {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($arity:tt)*) )*) => {
        $(refused!(one @$proposal $visit $({ $($arg: $argty),* })?);)*
    };
    (one @mvp $($rest:tt)*) => {};
    (one @sign_extension $($rest:tt)*) => {};
    (one @saturating_float_to_int $($rest:tt)*) => {};
    (one @bulk_memory $($rest:tt)*) => {};
    (one @reference_types $($rest:tt)*) => {};
    (one @tail_call $($rest:tt)*) => {};
    (one @wide_arithmetic $($rest:tt)*) => {};
    (one @$proposal:ident $visit:ident $({ $($arg:ident: $argty:ty),* })?) => {
        fn $visit(&mut self $($(, _: $argty)*)?) -> Result<()> {
            Err(CompileError::Unsupported("operator of a proposal"))
        }
    };
}

impl<'a> VisitOperator<'a> for Front<'_> {
    type Output = Result<()>;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Result<()>>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(refused);

    binary_methods! {
        visit_i32_add Add I32; visit_i32_sub Sub I32; visit_i32_mul Mul I32;
        visit_i32_and And I32; visit_i32_or Or I32; visit_i32_xor Xor I32;
        visit_i32_shl Shl I32; visit_i32_shr_s ShrS I32; visit_i32_shr_u ShrU I32;
        visit_i32_rotl Rotl I32; visit_i32_rotr Rotr I32;
        visit_i64_add Add I64; visit_i64_sub Sub I64; visit_i64_mul Mul I64;
        visit_i64_and And I64; visit_i64_or Or I64; visit_i64_xor Xor I64;
        visit_i64_shl Shl I64; visit_i64_shr_s ShrS I64; visit_i64_shr_u ShrU I64;
        visit_i64_rotl Rotl I64; visit_i64_rotr Rotr I64;
        visit_f32_add Fadd F32; visit_f32_sub Fsub F32; visit_f32_mul Fmul F32; visit_f32_div Fdiv F32;
        visit_f32_min Fmin F32; visit_f32_max Fmax F32; visit_f32_copysign Fcopysign F32;
        visit_f64_add Fadd F64; visit_f64_sub Fsub F64; visit_f64_mul Fmul F64; visit_f64_div Fdiv F64;
        visit_f64_min Fmin F64; visit_f64_max Fmax F64; visit_f64_copysign Fcopysign F64;
    }

    divide_methods! {
        visit_i32_div_s DivS I32; visit_i32_div_u DivU I32; visit_i32_rem_s RemS I32; visit_i32_rem_u RemU I32;
        visit_i64_div_s DivS I64; visit_i64_div_u DivU I64; visit_i64_rem_s RemS I64; visit_i64_rem_u RemU I64;
    }

    compare_methods! {
        visit_i32_eq Eq; visit_i32_ne Ne; visit_i32_lt_s LtS; visit_i32_lt_u LtU; visit_i32_gt_s GtS;
        visit_i32_gt_u GtU; visit_i32_le_s LeS; visit_i32_le_u LeU; visit_i32_ge_s GeS; visit_i32_ge_u GeU;
        visit_i64_eq Eq; visit_i64_ne Ne; visit_i64_lt_s LtS; visit_i64_lt_u LtU; visit_i64_gt_s GtS;
        visit_i64_gt_u GtU; visit_i64_le_s LeS; visit_i64_le_u LeU; visit_i64_ge_s GeS; visit_i64_ge_u GeU;
    }

    float_compare_methods! {
        visit_f32_eq Eq; visit_f32_ne Ne; visit_f32_lt Lt; visit_f32_gt Gt; visit_f32_le Le; visit_f32_ge Ge;
        visit_f64_eq Eq; visit_f64_ne Ne; visit_f64_lt Lt; visit_f64_gt Gt; visit_f64_le Le; visit_f64_ge Ge;
    }

    unary_methods! {
        visit_i32_clz Clz 0 I32; visit_i32_ctz Ctz 0 I32; visit_i32_popcnt Popcnt 0 I32;
        visit_i32_extend8_s Ext8 0 I32; visit_i32_extend16_s Ext16 0 I32;
        visit_i64_clz Clz 0 I64; visit_i64_ctz Ctz 0 I64; visit_i64_popcnt Popcnt 0 I64;
        visit_i64_extend8_s Ext8 0 I64; visit_i64_extend16_s Ext16 0 I64; visit_i64_extend32_s Ext32 0 I64;
        visit_i32_wrap_i64 Wrap 0 I32; visit_i64_extend_i32_s ExtS 0 I64; visit_i64_extend_i32_u ExtU 0 I64;
        visit_f32_abs Fabs 0 F32; visit_f32_neg Fneg 0 F32; visit_f32_sqrt Fsqrt 0 F32;
        visit_f32_nearest Fround 0 F32; visit_f32_floor Fround 1 F32; visit_f32_ceil Fround 2 F32; visit_f32_trunc Fround 3 F32;
        visit_f64_abs Fabs 0 F64; visit_f64_neg Fneg 0 F64; visit_f64_sqrt Fsqrt 0 F64;
        visit_f64_nearest Fround 0 F64; visit_f64_floor Fround 1 F64; visit_f64_ceil Fround 2 F64; visit_f64_trunc Fround 3 F64;
        visit_f32_demote_f64 Demote 0 F32; visit_f64_promote_f32 Promote 0 F64;
        visit_i32_reinterpret_f32 Bitcast 0 I32; visit_i64_reinterpret_f64 Bitcast 0 I64;
        visit_f32_reinterpret_i32 Bitcast 0 F32; visit_f64_reinterpret_i64 Bitcast 0 F64;
        visit_f32_convert_i32_s ConvertS 0 F32; visit_f32_convert_i32_u ConvertU 0 F32;
        visit_f32_convert_i64_s ConvertS 0 F32; visit_f32_convert_i64_u ConvertU 0 F32;
        visit_f64_convert_i32_s ConvertS 0 F64; visit_f64_convert_i32_u ConvertU 0 F64;
        visit_f64_convert_i64_s ConvertS 0 F64; visit_f64_convert_i64_u ConvertU 0 F64;
        visit_i32_trunc_sat_f32_s TruncSatS 0 I32; visit_i32_trunc_sat_f32_u TruncSatU 0 I32;
        visit_i32_trunc_sat_f64_s TruncSatS 0 I32; visit_i32_trunc_sat_f64_u TruncSatU 0 I32;
        visit_i64_trunc_sat_f32_s TruncSatS 0 I64; visit_i64_trunc_sat_f32_u TruncSatU 0 I64;
        visit_i64_trunc_sat_f64_s TruncSatS 0 I64; visit_i64_trunc_sat_f64_u TruncSatU 0 I64;
    }

    trap_unary_methods! {
        visit_i32_trunc_f32_s TruncS I32; visit_i32_trunc_f32_u TruncU I32;
        visit_i32_trunc_f64_s TruncS I32; visit_i32_trunc_f64_u TruncU I32;
        visit_i64_trunc_f32_s TruncS I64; visit_i64_trunc_f32_u TruncU I64;
        visit_i64_trunc_f64_s TruncS I64; visit_i64_trunc_f64_u TruncU I64;
    }

    load_methods! {
        visit_i32_load I32 4 false; visit_i64_load I64 8 false; visit_f32_load F32 4 false; visit_f64_load F64 8 false;
        visit_i32_load8_s I32 1 true; visit_i32_load8_u I32 1 false;
        visit_i32_load16_s I32 2 true; visit_i32_load16_u I32 2 false;
        visit_i64_load8_s I64 1 true; visit_i64_load8_u I64 1 false;
        visit_i64_load16_s I64 2 true; visit_i64_load16_u I64 2 false;
        visit_i64_load32_s I64 4 true; visit_i64_load32_u I64 4 false;
    }

    store_methods! {
        visit_i32_store 4; visit_i64_store 8; visit_f32_store 4; visit_f64_store 8;
        visit_i32_store8 1; visit_i32_store16 2; visit_i64_store8 1; visit_i64_store16 2; visit_i64_store32 4;
    }

    fn visit_unreachable(&mut self) -> Result<()> {
        live!(self);
        self.trap(Trap::Unreachable);
        Ok(())
    }

    fn visit_nop(&mut self) -> Result<()> {
        Ok(())
    }

    fn visit_block(&mut self, ty: BlockType) -> Result<()> {
        self.block(ty)
    }

    fn visit_loop(&mut self, ty: BlockType) -> Result<()> {
        self.open_loop(ty)?;
        self.begin_stretch()
    }

    fn visit_if(&mut self, ty: BlockType) -> Result<()> {
        self.open_if(ty)?;
        self.begin_stretch()
    }

    fn visit_else(&mut self) -> Result<()> {
        self.open_else()?;
        self.begin_stretch()
    }

    fn visit_end(&mut self) -> Result<()> {
        self.end()?;
        self.begin_stretch()
    }

    fn visit_br(&mut self, depth: u32) -> Result<()> {
        live!(self);
        self.br(depth)
    }

    fn visit_br_if(&mut self, depth: u32) -> Result<()> {
        live!(self);
        self.br_if(depth)
    }

    fn visit_br_table(&mut self, targets: BrTable<'a>) -> Result<()> {
        live!(self);
        self.br_table(&targets)
    }

    fn visit_return(&mut self) -> Result<()> {
        live!(self);
        self.ret()
    }

    fn visit_call(&mut self, func: u32) -> Result<()> {
        live!(self);
        self.call(FuncIndex(func))
    }

    fn visit_call_indirect(&mut self, ty: u32, table: u32) -> Result<()> {
        live!(self);
        self.call_indirect(ty, table)
    }

    fn visit_return_call(&mut self, func: u32) -> Result<()> {
        live!(self);
        self.return_call(FuncIndex(func))
    }

    fn visit_return_call_indirect(&mut self, ty: u32, table: u32) -> Result<()> {
        live!(self);
        self.return_call_indirect(ty, table)
    }

    fn visit_i64_add128(&mut self) -> Result<()> {
        live!(self);
        self.wide_sum(Op::Add)
    }

    fn visit_i64_sub128(&mut self) -> Result<()> {
        live!(self);
        self.wide_sum(Op::Sub)
    }

    fn visit_i64_mul_wide_s(&mut self) -> Result<()> {
        live!(self);
        self.wide_product(Op::MulHighS)
    }

    fn visit_i64_mul_wide_u(&mut self) -> Result<()> {
        live!(self);
        self.wide_product(Op::MulHighU)
    }

    fn visit_ref_func(&mut self, func: u32) -> Result<()> {
        live!(self);
        let value = self.func_ref(func)?;
        self.push(value)
    }

    fn visit_memory_grow(&mut self, memory: u32) -> Result<()> {
        live!(self);
        self.memory_grow(memory)
    }

    fn visit_memory_init(&mut self, segment: u32, memory: u32) -> Result<()> {
        live!(self);
        self.bulk(builtin::MEMORY_INIT, memory, segment)
    }

    fn visit_memory_copy(&mut self, to: u32, from: u32) -> Result<()> {
        live!(self);
        self.memory_copy(to, from)
    }

    fn visit_memory_fill(&mut self, memory: u32) -> Result<()> {
        live!(self);
        self.memory_fill(memory)
    }

    fn visit_data_drop(&mut self, segment: u32) -> Result<()> {
        live!(self);
        self.drop_segment(builtin::DATA_DROP, segment)
    }

    fn visit_table_init(&mut self, segment: u32, table: u32) -> Result<()> {
        live!(self);
        self.bulk(builtin::TABLE_INIT, table, segment)
    }

    fn visit_table_copy(&mut self, to: u32, from: u32) -> Result<()> {
        live!(self);
        self.bulk(builtin::TABLE_COPY, to, from)
    }

    fn visit_table_fill(&mut self, table: u32) -> Result<()> {
        live!(self);
        self.bulk(builtin::TABLE_FILL, table, 0)
    }

    fn visit_elem_drop(&mut self, segment: u32) -> Result<()> {
        live!(self);
        self.drop_segment(builtin::ELEM_DROP, segment)
    }

    fn visit_table_get(&mut self, table: u32) -> Result<()> {
        live!(self);
        self.table_get(table)
    }

    fn visit_table_set(&mut self, table: u32) -> Result<()> {
        live!(self);
        self.table_set(table)
    }

    fn visit_table_grow(&mut self, table: u32) -> Result<()> {
        live!(self);
        self.table_grow(table)
    }

    fn visit_table_size(&mut self, table: u32) -> Result<()> {
        live!(self);
        self.table_size(table)
    }

    fn visit_drop(&mut self) -> Result<()> {
        live!(self);
        self.pop().map(|_| ())
    }

    fn visit_select(&mut self) -> Result<()> {
        live!(self);
        self.select()
    }

    fn visit_typed_select(&mut self, _: wasmparser::ValType) -> Result<()> {
        live!(self);
        self.select()
    }

    fn visit_typed_select_multi(&mut self, _: alloc::vec::Vec<wasmparser::ValType>) -> Result<()> {
        Err(CompileError::Unsupported("select of several values"))
    }

    fn visit_local_get(&mut self, local: u32) -> Result<()> {
        live!(self);
        let value = self.locals.get(local);
        self.push(value)
    }

    fn visit_local_set(&mut self, local: u32) -> Result<()> {
        live!(self);
        let value = self.pop()?;
        self.set_local(local, value)
    }

    fn visit_local_tee(&mut self, local: u32) -> Result<()> {
        live!(self);
        let value = self.pop()?;
        self.set_local(local, value)?;
        self.push(value)
    }

    fn visit_global_get(&mut self, global: u32) -> Result<()> {
        live!(self);
        self.global_get(global)
    }

    fn visit_global_set(&mut self, global: u32) -> Result<()> {
        live!(self);
        self.global_set(global)
    }

    fn visit_memory_size(&mut self, memory: u32) -> Result<()> {
        live!(self);
        self.memory_size(memory)
    }

    fn visit_i32_const(&mut self, value: i32) -> Result<()> {
        self.visit_const(Ty::I32, u64::from(value as u32))
    }

    fn visit_i64_const(&mut self, value: i64) -> Result<()> {
        self.visit_const(Ty::I64, value as u64)
    }

    fn visit_f32_const(&mut self, value: Ieee32) -> Result<()> {
        self.visit_const(Ty::F32, u64::from(value.bits()))
    }

    fn visit_f64_const(&mut self, value: Ieee64) -> Result<()> {
        self.visit_const(Ty::F64, value.bits())
    }

    fn visit_ref_null(&mut self, _: HeapType) -> Result<()> {
        self.visit_const(Ty::I64, 0)
    }

    fn visit_ref_is_null(&mut self) -> Result<()> {
        live!(self);
        self.visit_zero(Ty::I64)
    }

    fn visit_i32_eqz(&mut self) -> Result<()> {
        live!(self);
        self.visit_zero(Ty::I32)
    }

    fn visit_i64_eqz(&mut self) -> Result<()> {
        live!(self);
        self.visit_zero(Ty::I64)
    }
}

impl Front<'_> {
    fn visit_const(&mut self, ty: Ty, bits: u64) -> Result<()> {
        live!(self);
        let value = self.const_value(ty, bits)?;
        self.push(value)
    }

    fn visit_zero(&mut self, ty: Ty) -> Result<()> {
        let zero = self.const_value(ty, 0)?;
        self.push(zero)?;
        self.visit_compare(Op::Icmp, Cond::Eq as u16)
    }

    fn visit_binary(&mut self, op: Op, ty: Ty) -> Result<()> {
        let (b, a) = (self.pop()?, self.pop()?);
        let mut value = self.binary(op, ty, a, b)?;
        if matches!(op, Op::Fadd | Op::Fsub | Op::Fmul | Op::Fdiv | Op::Fmin | Op::Fmax) {
            value = self.canonical(value, 0)?;
        }
        self.push(value)
    }

    fn visit_unary(&mut self, op: Op, ty: Ty, aux: u16) -> Result<()> {
        let a = self.pop()?;
        let mut value = self.pure(op, ty, aux, [a.0, NONE, NONE])?;
        if matches!(op, Op::Fsqrt | Op::Fround | Op::Demote | Op::Promote) {
            value = self.canonical(value, 0)?;
        }
        self.push(value)
    }

    fn visit_compare(&mut self, op: Op, aux: u16) -> Result<()> {
        let (b, a) = (self.pop()?, self.pop()?);
        let value = self.pure(op, Ty::I32, aux, [a.0, b.0, NONE])?;
        self.push(value)
    }

    fn visit_divide(&mut self, op: Op, ty: Ty) -> Result<()> {
        let (b, a) = (self.pop()?, self.pop()?);
        let inst = super::control::plain(op, ty, [a.0, b.0, NONE]);
        let value = match self.simple_division(&inst)? {
            Some(value) if self.may(Improvement::Divide) => value,
            _ => self.number(inst, super::PURE)?,
        };
        self.push(value)
    }
}
