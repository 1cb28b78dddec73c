//! The validator's visitor: one method per operator, most of them made from the table of operations.
//!
//! In: operators as wasmparser decodes them. Out: calls into the rest of this room. In code that cannot be
//! reached only blocks are followed.

use wasmparser::{
    BlockType, BrTable, HeapType, Ieee32, Ieee64, MemArg, V128, VisitOperator, VisitSimdOperator,
};

use super::call::Callee;
use super::control::Kind;
use super::emit::Class;
use super::operand::Binary;
use super::stack::Source;
use super::{Result, TranslateError, Translator};
use crate::bytecode::{Op, for_each_operation};
use crate::wasm::{FuncIndex, GlobalIndex, MemoryIndex, TableIndex, ValType};

/// The value type that a table row names.
macro_rules! ty {
    (i32) => {
        ValType::I32
    };
    (i64) => {
        ValType::I64
    };
    (f32) => {
        ValType::F32
    };
    (f64) => {
        ValType::F64
    };
    (bool) => {
        ValType::I32
    };
    (V128) => {
        ValType::V128
    };
}
pub(super) use ty;

/// Leaves a method in code that cannot be reached; elsewhere its operator is paid for.
macro_rules! live {
    ($self:ident) => {
        if $self.control.unreachable {
            return Ok(());
        }
        $self.charge()?;
    };
}
pub(super) use live;

macro_rules! scalar_methods {
    (
        {
            commutative { $($co:ident $coa:ident $coi:ident $coia:ident : $coty:ident = $cov:ident $cof:ident;)* }
            directed { $($di:ident $dia:ident $dira:ident $dii:ident $diia:ident $dir:ident $direva:ident : $dity:ident = $div:ident $dif:ident;)* }
            fallible { $($fa:ident $fai:ident $far:ident : $faty:ident = $fav:ident $faf:ident;)* }
            int_compare { $($ic:ident $ica:ident $ici:ident $icia:ident $icb:ident $icba:ident $icbi:ident $icbia:ident not $icn:ident swapped $ics:ident : $icty:ident = $icv:ident $icf:ident;)* }
            float_compare { $($fc:ident $fca:ident $fcb:ident $fcba:ident $fcn:ident $fcna:ident swapped $fcs:ident : $fcty:ident = $fcv:ident $fcf:ident;)* }
            unary { $($un:ident $una_:ident : $una:ident => $unr:ident = $unv:ident $unf:ident;)* }
            fallible_unary { $($fu:ident : $fua:ident => $fur:ident = $fuv:ident $fuf:ident;)* }
            load { $($lo:ident $loacc:ident $loa:ident $los:ident $lop:ident $lopa:ident $lof:ident : $lom:ty => $lor:ident = $lov:ident ($loe:expr);)* }
            store { $($st:ident $stacc:ident $stat:ident $sti:ident $sta:ident $sts:ident $stsa:ident $stf:ident $stfa:ident : $stv:ident => $stm:ident = $stvi:ident ($ste:expr);)* }
        }
        { $($vector:tt)* }
        { $($other:tt)* }
    ) => {
        $(fn $cov(&mut self) -> Result<()> {
            live!(self);
            let forms = Binary {
                op: Op::$co, imm: Op::$coi, rev: None, swapped_imm: Op::$coi,
            };
            self.binary(forms, ty!($coty), ty!($coty))
        })*
        $(fn $div(&mut self) -> Result<()> {
            live!(self);
            let forms = Binary {
                op: Op::$di, imm: Op::$dii, rev: Some(Op::$dir), swapped_imm: Op::$dii,
            };
            self.binary(forms, ty!($dity), ty!($dity))
        })*
        $(fn $fav(&mut self) -> Result<()> {
            live!(self);
            let forms = Binary {
                op: Op::$fa, imm: Op::$fai, rev: Some(Op::$far), swapped_imm: Op::$fai,
            };
            self.binary(forms, ty!($faty), ty!($faty))
        })*
        $(fn $icv(&mut self) -> Result<()> {
            live!(self);
            let Some((swapped, _)) = Op::$ics.int_compare() else { return Err(TranslateError::Unsupported) };
            let forms = Binary {
                op: Op::$ic, imm: Op::$ici, rev: None, swapped_imm: swapped.compare[2],
            };
            self.binary(forms, ty!($icty), ValType::I32)
        })*
        $(fn $fcv(&mut self) -> Result<()> {
            live!(self);
            self.plain_binary(Op::$fc, ty!($fcty), ValType::I32)
        })*
        $(fn $unv(&mut self) -> Result<()> {
            live!(self);
            self.unary(Op::$un, ty!($una), ty!($unr))
        })*
        $(fn $fuv(&mut self) -> Result<()> {
            live!(self);
            self.unary(Op::$fu, ty!($fua), ty!($fur))
        })*
        $(fn $lov(&mut self, arg: MemArg) -> Result<()> {
            live!(self);
            self.load(Op::$lo, Op::$loa, arg, ty!($lor))
        })*
        $(fn $stvi(&mut self, arg: MemArg) -> Result<()> {
            live!(self);
            self.store(Op::$st, Some((Op::$sti, ty!($stv))), Op::$sta, arg)
        })*
    };
}

/// Methods for operators of proposals that are not implemented.
macro_rules! unsupported {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($arity:tt)*) )*) => {
        $(unsupported!(one @$proposal $visit $({ $($arg: $argty),* })?);)*
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
            Err(TranslateError::Unsupported)
        }
    };
}

impl<'a> VisitOperator<'a> for Translator<'_> {
    type Output = Result<()>;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Result<()>>> {
        Some(self)
    }

    for_each_operation!(scalar_methods);
    wasmparser::for_each_visit_operator!(unsupported);

    fn visit_unreachable(&mut self) -> Result<()> {
        live!(self);
        self.out.op(Op::Unreachable)?;
        self.control.unreachable = true;
        Ok(())
    }

    fn visit_nop(&mut self) -> Result<()> {
        Ok(())
    }

    fn visit_block(&mut self, ty: BlockType) -> Result<()> {
        if self.control.unreachable {
            return self.control.push_dead(Kind::Block);
        }
        let signature = self.signature(ty)?;
        self.open(Kind::Block, signature)
    }

    fn visit_loop(&mut self, ty: BlockType) -> Result<()> {
        if self.control.unreachable {
            return self.control.push_dead(Kind::Block);
        }
        let signature = self.signature(ty)?;
        self.open_loop(signature)
    }

    fn visit_if(&mut self, ty: BlockType) -> Result<()> {
        if self.control.unreachable {
            return self.control.push_dead(Kind::If(None));
        }
        self.charge()?;
        let signature = self.signature(ty)?;
        self.open_if(signature)
    }

    fn visit_else(&mut self) -> Result<()> {
        self.open_else()
    }

    fn visit_end(&mut self) -> Result<()> {
        self.close()
    }

    fn visit_br(&mut self, depth: u32) -> Result<()> {
        live!(self);
        let position = self.control.position(depth)?;
        self.jump(position)?;
        self.control.unreachable = true;
        Ok(())
    }

    fn visit_br_if(&mut self, depth: u32) -> Result<()> {
        live!(self);
        let position = self.control.position(depth)?;
        self.jump_if(position)
    }

    fn visit_br_table(&mut self, targets: BrTable<'a>) -> Result<()> {
        live!(self);
        self.jump_table(&targets)?;
        self.control.unreachable = true;
        Ok(())
    }

    fn visit_return(&mut self) -> Result<()> {
        live!(self);
        self.emit_return()?;
        self.control.unreachable = true;
        Ok(())
    }

    fn visit_call(&mut self, func: u32) -> Result<()> {
        live!(self);
        self.call(Callee::Func(FuncIndex(func)))
    }

    fn visit_call_indirect(&mut self, type_index: u32, table: u32) -> Result<()> {
        live!(self);
        let callee = self.table_callee(type_index, table)?;
        self.call(callee)
    }

    fn visit_return_call(&mut self, func: u32) -> Result<()> {
        live!(self);
        self.tail_call(Callee::Func(FuncIndex(func)))?;
        self.control.unreachable = true;
        Ok(())
    }

    fn visit_return_call_indirect(&mut self, type_index: u32, table: u32) -> Result<()> {
        live!(self);
        let callee = self.table_callee(type_index, table)?;
        self.tail_call(callee)?;
        self.control.unreachable = true;
        Ok(())
    }

    fn visit_drop(&mut self) -> Result<()> {
        live!(self);
        self.pop()?;
        Ok(())
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
        Err(TranslateError::Unsupported)
    }

    fn visit_local_get(&mut self, local: u32) -> Result<()> {
        live!(self);
        self.local_get(local)
    }

    fn visit_local_set(&mut self, local: u32) -> Result<()> {
        live!(self);
        self.local_set(local)
    }

    fn visit_local_tee(&mut self, local: u32) -> Result<()> {
        live!(self);
        self.local_tee(local)
    }

    fn visit_global_get(&mut self, global: u32) -> Result<()> {
        live!(self);
        let ty = self.module.globals[GlobalIndex(global)].ty.content();
        let op = if ty == ValType::V128 { Op::GlobalGet128 } else { Op::GlobalGet };
        self.result_op_in(op, ty, Class::of_bits(ty))?;
        self.out.u32(global)
    }

    fn visit_global_set(&mut self, global: u32) -> Result<()> {
        live!(self);
        let ty = self.module.globals[GlobalIndex(global)].ty.content();
        let src = self.pop_slot()?;
        self.out.op(if ty == ValType::V128 { Op::GlobalSet128 } else { Op::GlobalSet })?;
        self.out.u16(src)?;
        self.out.u32(global)
    }

    fn visit_i32_const(&mut self, value: i32) -> Result<()> {
        self.push_const(ValType::I32, u64::from(value as u32))
    }

    fn visit_i64_const(&mut self, value: i64) -> Result<()> {
        self.push_const(ValType::I64, value as u64)
    }

    fn visit_f32_const(&mut self, value: Ieee32) -> Result<()> {
        self.push_const(ValType::F32, u64::from(value.bits()))
    }

    fn visit_f64_const(&mut self, value: Ieee64) -> Result<()> {
        self.push_const(ValType::F64, value.bits())
    }

    fn visit_ref_null(&mut self, ty: HeapType) -> Result<()> {
        let ty = match ty {
            HeapType::FUNC => ValType::FUNCREF,
            HeapType::EXTERN => ValType::EXTERNREF,
            _ => return Err(TranslateError::Unsupported),
        };
        self.push_const(ty, 0)
    }

    fn visit_i32_eqz(&mut self) -> Result<()> {
        live!(self);
        self.equals_zero(Op::I32EqImm, ValType::I32)
    }

    fn visit_i64_eqz(&mut self) -> Result<()> {
        live!(self);
        self.equals_zero(Op::I64EqImm, ValType::I64)
    }

    fn visit_ref_is_null(&mut self) -> Result<()> {
        live!(self);
        self.equals_zero(Op::I64EqImm, ValType::I64)
    }

    fn visit_ref_func(&mut self, func: u32) -> Result<()> {
        live!(self);
        self.result_op(Op::RefFunc, ValType::FUNCREF)?;
        self.out.u32(func)
    }

    fn visit_memory_size(&mut self, memory: u32) -> Result<()> {
        live!(self);
        let ty = self.memory_index_type(memory);
        self.result_op_in(Op::MemorySize, ty, Class::None)?;
        self.out.u32(memory)
    }

    fn visit_memory_grow(&mut self, memory: u32) -> Result<()> {
        live!(self);
        let src = self.pop_slot()?;
        let ty = self.memory_index_type(memory);
        self.result_op_in(Op::MemoryGrow, ty, Class::None)?;
        self.out.u16(src)?;
        self.out.u32(memory)
    }

    fn visit_memory_init(&mut self, segment: u32, memory: u32) -> Result<()> {
        live!(self);
        self.bulk(Op::MemoryInit, &[memory, segment])
    }

    fn visit_memory_copy(&mut self, to: u32, from: u32) -> Result<()> {
        live!(self);
        self.bulk(Op::MemoryCopy, &[to, from])
    }

    fn visit_memory_fill(&mut self, memory: u32) -> Result<()> {
        live!(self);
        self.bulk(Op::MemoryFill, &[memory])
    }

    fn visit_data_drop(&mut self, segment: u32) -> Result<()> {
        live!(self);
        self.out.op(Op::DataDrop)?;
        self.out.u32(segment)
    }

    fn visit_table_init(&mut self, segment: u32, table: u32) -> Result<()> {
        live!(self);
        self.bulk(Op::TableInit, &[table, segment])
    }

    fn visit_elem_drop(&mut self, segment: u32) -> Result<()> {
        live!(self);
        self.out.op(Op::ElemDrop)?;
        self.out.u32(segment)
    }

    fn visit_table_copy(&mut self, to: u32, from: u32) -> Result<()> {
        live!(self);
        self.bulk(Op::TableCopy, &[to, from])
    }

    fn visit_table_fill(&mut self, table: u32) -> Result<()> {
        live!(self);
        self.bulk(Op::TableFill, &[table])
    }

    fn visit_table_get(&mut self, table: u32) -> Result<()> {
        live!(self);
        let src = self.pop_slot()?;
        let ty = self.module.tables[TableIndex(table)].ty.element();
        self.result_op(Op::TableGet, ValType::Ref(ty))?;
        self.out.u16(src)?;
        self.out.u32(table)
    }

    fn visit_table_set(&mut self, table: u32) -> Result<()> {
        live!(self);
        let [index, value] = self.pop_slots()?;
        self.out.op(Op::TableSet)?;
        self.out.u16(index)?;
        self.out.u16(value)?;
        self.out.u32(table)
    }

    fn visit_table_grow(&mut self, table: u32) -> Result<()> {
        live!(self);
        let [value, delta] = self.pop_slots()?;
        let is_64 = self.module.tables[TableIndex(table)].ty.is_64();
        self.result_op_in(Op::TableGrow, if is_64 { ValType::I64 } else { ValType::I32 }, Class::None)?;
        self.out.u16(value)?;
        self.out.u16(delta)?;
        self.out.u32(table)
    }

    fn visit_table_size(&mut self, table: u32) -> Result<()> {
        live!(self);
        let is_64 = self.module.tables[TableIndex(table)].ty.is_64();
        self.result_op_in(Op::TableSize, if is_64 { ValType::I64 } else { ValType::I32 }, Class::None)?;
        self.out.u32(table)
    }

    fn visit_i64_add128(&mut self) -> Result<()> {
        live!(self);
        self.wide::<4>(Op::I64Add128)
    }

    fn visit_i64_sub128(&mut self) -> Result<()> {
        live!(self);
        self.wide::<4>(Op::I64Sub128)
    }

    fn visit_i64_mul_wide_s(&mut self) -> Result<()> {
        live!(self);
        self.wide::<2>(Op::I64MulWideS)
    }

    fn visit_i64_mul_wide_u(&mut self) -> Result<()> {
        live!(self);
        self.wide::<2>(Op::I64MulWideU)
    }
}

impl Translator<'_> {
    fn push_const(&mut self, ty: ValType, bits: u64) -> Result<()> {
        live!(self);
        self.stack.push(ty, Source::Const(bits))?;
        Ok(())
    }

    fn memory_index_type(&self, memory: u32) -> ValType {
        if self.module.memories[MemoryIndex(memory)].is_64() { ValType::I64 } else { ValType::I32 }
    }

    /// A bulk operation: three operands, then numbers.
    fn bulk(&mut self, op: Op, numbers: &[u32]) -> Result<()> {
        let [a, b, c] = self.pop_slots()?;
        self.out.op(op)?;
        self.out.u16(a)?;
        self.out.u16(b)?;
        self.out.u16(c)?;
        numbers.iter().try_for_each(|&number| self.out.u32(number))
    }

    /// An operation of `N` operands and two results.
    fn wide<const N: usize>(&mut self, op: Op) -> Result<()> {
        let sources: [u16; N] = self.pop_slots()?;
        let low = self.stack.push(ValType::I64, Source::Slot)?;
        let high = self.stack.push(ValType::I64, Source::Slot)?;
        self.out.op(op)?;
        self.out.u16(low)?;
        self.out.u16(high)?;
        sources.iter().try_for_each(|&slot| self.out.u16(slot))
    }

    pub(super) fn vector_const(&mut self, value: V128) -> Result<()> {
        self.result_op(Op::Const128, ValType::V128)?;
        let bits = u128::from_le_bytes(*value.bytes());
        self.out.u64(bits as u64)?;
        self.out.u64((bits >> 64) as u64)
    }
}
