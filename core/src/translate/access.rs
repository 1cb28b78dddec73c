//! Loads and stores: the form of the operation that an access becomes, by where its address comes from.
//!
//! In: an access with its memory and offset, address and value on the operand stack. Out: one operation, which also
//! adds up its address where it can. It knows neither what is loaded nor how the bounds are checked.

use wasmparser::MemArg;

use super::emit::Class;
use super::stack::{Source, Value};
use super::{Result, Translator};
use crate::bytecode::{LoadForms, Op};
use crate::wasm::{MemoryIndex, ValType};

impl Translator<'_> {
    /// Whether an access can use the short form: memory 0 with 32-bit addresses.
    fn short_offset(&self, arg: &MemArg) -> Option<u32> {
        let memory = memory_of(arg);
        if memory != 0 || self.module.memories[MemoryIndex(0)].is_64() {
            return None;
        }
        u32::try_from(arg.offset).ok()
    }

    /// Ends an access in the long form.
    pub(super) fn long_access(&mut self, arg: &MemArg) -> Result<()> {
        self.out.u32(memory_of(arg))?;
        self.out.u64(arg.offset)
    }

    pub(super) fn load(&mut self, short: Op, long: Op, arg: MemArg, result: ValType) -> Result<()> {
        let address = self.pop()?;
        let Some(offset) = self.short_offset(&arg) else {
            let address = self.slot_of(address)?;
            self.result_op(long, result)?;
            self.out.u16(address)?;
            return self.long_access(&arg);
        };
        if let Some(forms) = short.load_forms()
            && self.load_fused(forms, address, offset, result)?
        {
            return Ok(());
        }
        let address = self.slot_of(address)?;
        let form = self.first_form(short, address, ValType::I32);
        self.result_op(form, result)?;
        self.out.u16(address)?;
        self.out.u32(offset)
    }

    /// A load that computes its address, where it can.
    fn load_fused(&mut self, forms: LoadForms, address: Value, offset: u32, result: ValType) -> Result<bool> {
        match address.source {
            Source::Sum(local, addend) => {
                let from = self.local(local).slot;
                self.result_op(forms.sum, result)?;
                self.out.u16(from)?;
                self.out.u32(addend)?;
                self.out.u32(offset)?;
            }
            Source::Const(bits) => {
                let address = (bits as u32).checked_add(offset);
                let Some((fixed, address)) = forms.fixed.zip(address) else { return Ok(false) };
                self.result_op(fixed, result)?;
                self.out.u32(address)?;
            }
            Source::Slot => {
                let Some((pair, pair_acc)) = forms.pair else { return Ok(false) };
                let taken = self.out.take_back(address.slot, Op::I32Add, Op::I32AddAcc);
                let Some((op, first, second)) = taken else { return Ok(false) };
                self.look();
                self.result_op(if op == Op::I32AddAcc { pair_acc } else { pair }, result)?;
                self.out.u16(first)?;
                self.out.u16(second)?;
                self.out.u32(offset)?;
            }
            Source::Local(_) => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn store(
        &mut self,
        short: Op,
        imm: Option<(Op, ValType)>,
        long: Op,
        arg: MemArg,
    ) -> Result<()> {
        let value = self.pop()?;
        let address = self.pop()?;
        let offset = self.short_offset(&arg);
        if let (Some(offset), Some((op, ty)), Source::Const(bits)) = (offset, imm, value.source) {
            let address = self.slot_of(address)?;
            self.out.op(op)?;
            self.out.u16(address)?;
            self.immediate(ty, bits)?;
            return self.out.u32(offset);
        }
        if let (Some(offset), Some((sum, fixed))) = (offset, short.store_forms()) {
            match address.source {
                Source::Sum(local, addend) => return self.store_sum(sum, local, addend, value, offset),
                Source::Const(bits) => {
                    if let Some((fixed, address)) = fixed.zip((bits as u32).checked_add(offset)) {
                        return self.store_fixed(fixed, address, value);
                    }
                }
                Source::Local(_) | Source::Slot => {}
            }
        }
        let ty = value.ty;
        let (address, value) = (self.slot_of(address)?, self.slot_of(value)?);
        let op = if offset.is_some() { self.store_form(short, address, value, ty) } else { long };
        self.out.op(op)?;
        self.out.u16(address)?;
        self.out.u16(value)?;
        match offset {
            Some(offset) => self.out.u32(offset),
            None => self.long_access(&arg),
        }
    }

    /// A store to the sum of a local and a constant.
    fn store_sum(&mut self, op: Op, local: u32, addend: u32, value: Value, offset: u32) -> Result<()> {
        let slot = self.slot_of(value)?;
        let form = self.first_form(op, slot, value.ty);
        let from = self.local(local).slot;
        self.out.op(form)?;
        self.out.u16(from)?;
        self.out.u32(addend)?;
        self.out.u16(slot)?;
        self.out.u32(offset)
    }

    /// A store to a constant address.
    fn store_fixed(&mut self, op: Op, address: u32, value: Value) -> Result<()> {
        let slot = self.slot_of(value)?;
        let form = self.first_form(op, slot, value.ty);
        self.out.op(form)?;
        self.out.u16(slot)?;
        self.out.u32(address)
    }

    /// The form of a store whose value, of this type, or whose address is in an accumulator.
    fn store_form(&mut self, op: Op, address: u16, value: u16, ty: ValType) -> Op {
        let form = self.first_form(op, value, ty);
        if form == op
            && self.out.in_acc(address, Class::Integer)
            && let Some((form, _)) = op.second_in_acc()
        {
            self.take_acc(address);
            return form;
        }
        form
    }
}

/// The memory that an access names. GC arrays are refused by the validator.
fn memory_of(arg: &MemArg) -> u32 {
    match arg.target {
        wasmparser::MemArgTarget::Memory(memory) => memory,
        _ => 0,
    }
}
