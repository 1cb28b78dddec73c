//! Memory, globals and tables.
//!
//! In: operators that read or write what others see. Out: loads and stores, checked where the memory has no guard
//! pages; an access is checked once for the same address, and a value known to lie there is not loaded.

use wasmparser::MemArg;

use super::control::plain;
use super::state::{self, HEAP, TABLES};
use super::{Front, PURE, ty_of};
use crate::abi::builtin;
use crate::jit::ir::{Access, Inst, NONE, Op, Ty, Value};
use crate::jit::{CompileError, Result};
use crate::wasm::{GlobalIndex, MemoryIndex, Mutability, TableIndex, Trap, ValType};

/// Offsets below this are part of an instruction, with room for the bytes behind.
const MOST_OFFSET: u64 = 0x7fff_0000;

impl Front<'_> {
    pub(super) fn version(&self, bit: u32) -> u32 {
        self.versions.of[state::class(bit)]
    }

    pub(super) fn memory_record(&mut self, memory: u32) -> Result<Value> {
        self.pure(Op::MemoryRecord, Ty::I64, 0, [memory, NONE, NONE])
    }

    /// The address of an access and its offset, checked where need be.
    fn address(&mut self, arg: &MemArg, address: Value, bytes: u8) -> Result<(Value, u32)> {
        let memory = memory_of(arg)?;
        let ty = self.module.memories[MemoryIndex(memory)];
        if memory != 0 || ty.is_64() {
            return Err(CompileError::Unsupported("memories other than one with 32-bit addresses"));
        }
        let (mut address, mut offset) = (address, arg.offset);
        if offset > MOST_OFFSET {
            let wide = self.pure(Op::ExtU, Ty::I64, 0, [address.0, NONE, NONE])?;
            let far = self.const_value(Ty::I64, offset)?;
            address = self.binary(Op::Add, Ty::I64, wide, far)?;
            offset = 0;
        }
        let end = offset as u32 + u32::from(bytes);
        let known = self.func.as_const(address).and_then(|at| at.checked_add(u64::from(end)));
        let always = ty.minimum().saturating_mul(ty.page_size());
        if known.is_none_or(|end| end > always) {
            self.check(memory, address, end)?;
        }
        Ok((address, offset as u32))
    }

    /// Memories never shrink: what has been checked once stays checked.
    fn check(&mut self, memory: u32, address: Value, end: u32) -> Result<()> {
        let record = self.memory_record(memory)?;
        let fact = plain(Op::Check, Ty::None, [address.0, record.0, NONE]);
        if self.numbering.find(&fact, PURE).is_some_and(|known| known.0 >= end) {
            return Ok(());
        }
        self.effect(Inst { c: end, ..fact })?;
        self.numbering.insert(fact, PURE, Value(end))
    }

    pub(super) fn load(&mut self, arg: &MemArg, ty: Ty, access: Access) -> Result<()> {
        let address = self.pop()?;
        let (address, offset) = self.address(arg, address, access.bytes)?;
        let inst = Inst { op: Op::Load, ty, aux: access.aux(), a: address.0, b: offset, c: NONE };
        let value = self.number(inst, self.version(HEAP))?;
        self.push(value)
    }

    pub(super) fn store(&mut self, arg: &MemArg, access: Access) -> Result<()> {
        let (value, address) = (self.pop()?, self.pop()?);
        let (address, offset) = self.address(arg, address, access.bytes)?;
        let ty = self.ty(value.0);
        self.effect(Inst {
            op: Op::Store,
            ty: Ty::None,
            aux: access.aux(),
            a: address.0,
            b: value.0,
            c: offset,
        })?;
        let fresh = self.fresh_version();
        self.versions.bump(HEAP, fresh);
        if access.bytes == ty.bytes() {
            let load = Inst { op: Op::Load, ty, aux: access.aux(), a: address.0, b: offset, c: NONE };
            self.numbering.insert(load, fresh, value)?;
        }
        Ok(())
    }

    pub(super) fn global_get(&mut self, global: u32) -> Result<()> {
        let ty = self.module.globals[GlobalIndex(global)].ty;
        if ty.content() == ValType::V128 {
            return Err(CompileError::Unsupported("vectors"));
        }
        let changes = ty.mutability() == Mutability::Var;
        let version = if changes { self.versions.of[state::global_class(global)] } else { PURE };
        let record = self.pure(Op::GlobalRecord, Ty::I64, 0, [global, NONE, NONE])?;
        let inst = plain(Op::GlobalGet, ty_of(ty.content()), [record.0, NONE, NONE]);
        let value = self.number(inst, version)?;
        self.push(value)
    }

    pub(super) fn global_set(&mut self, global: u32) -> Result<()> {
        let value = self.pop()?;
        let record = self.pure(Op::GlobalRecord, Ty::I64, 0, [global, NONE, NONE])?;
        self.effect(plain(Op::GlobalSet, Ty::None, [record.0, value.0, NONE]))?;
        let fresh = self.fresh_version();
        self.versions.bump(state::global(global), fresh);
        let get = plain(Op::GlobalGet, self.ty(value.0), [record.0, NONE, NONE]);
        self.numbering.insert(get, fresh, value)
    }

    pub(super) fn memory_size(&mut self, memory: u32) -> Result<()> {
        let ty = self.module.memories[MemoryIndex(memory)];
        let record = self.memory_record(memory)?;
        let len = plain(Op::MemoryLen, Ty::I64, [record.0, NONE, NONE]);
        let len = self.number(len, self.version(TABLES))?;
        let shift = self.const_value(Ty::I64, u64::from(ty.page_size().trailing_zeros()))?;
        let mut pages = self.binary(Op::ShrU, Ty::I64, len, shift)?;
        if !ty.is_64() {
            pages = self.pure(Op::Wrap, Ty::I32, 0, [pages.0, NONE, NONE])?;
        }
        self.push(pages)
    }
}

impl Front<'_> {
    /// Two indices in one argument of a builtin.
    fn pair(&mut self, low: u32, high: u32) -> Result<Value> {
        self.const_value(Ty::I64, u64::from(low) | u64::from(high) << 32)
    }

    pub(super) fn narrow_memory(&self, memory: u32) -> Result<()> {
        if self.module.memories[MemoryIndex(memory)].is_64() {
            return Err(CompileError::Unsupported("memories with 64-bit addresses"));
        }
        Ok(())
    }

    pub(super) fn memory_grow(&mut self, memory: u32) -> Result<()> {
        self.narrow_memory(memory)?;
        let delta = self.pop()?;
        let which = self.pair(memory, 0)?;
        self.grown(builtin::MEMORY_GROW, &[which, delta])
    }

    pub(super) fn table_grow(&mut self, table: u32) -> Result<()> {
        let (delta, value) = (self.pop()?, self.pop()?);
        let which = self.pair(table, 0)?;
        self.grown(builtin::TABLE_GROW, &[which, delta, value])
    }

    /// A builtin that answers in 64 bits what the guest wants in 32.
    fn grown(&mut self, number: usize, args: &[Value]) -> Result<()> {
        let before = self.builtin(number as u32, args, Ty::I64)?;
        let before = self.pure(Op::Wrap, Ty::I32, 0, [before.0, NONE, NONE])?;
        self.push(before)
    }

    /// A bulk operation on what these two indices name.
    pub(super) fn bulk(&mut self, number: usize, low: u32, high: u32) -> Result<()> {
        let (c, b, a) = (self.pop()?, self.pop()?, self.pop()?);
        let which = self.pair(low, high)?;
        self.builtin(number as u32, &[which, a, b, c], Ty::None).map(|_| ())
    }

    pub(super) fn drop_segment(&mut self, number: usize, segment: u32) -> Result<()> {
        let which = self.pair(segment, 0)?;
        self.builtin(number as u32, &[which], Ty::None).map(|_| ())
    }

    pub(super) fn table_get(&mut self, table: u32) -> Result<()> {
        let index = self.pop()?;
        let value = self.element(table, index, Trap::TableOutOfBounds)?;
        self.push(value)
    }

    pub(super) fn table_set(&mut self, table: u32) -> Result<()> {
        let (value, index) = (self.pop()?, self.pop()?);
        let record = self.table_record(table)?;
        let aux = u16::from(Trap::TableOutOfBounds.code());
        self.effect(Inst { op: Op::TableSet, ty: Ty::None, aux, a: index.0, b: record.0, c: value.0 })?;
        let fresh = self.fresh_version();
        self.versions.bump(TABLES, fresh);
        Ok(())
    }

    pub(super) fn table_size(&mut self, table: u32) -> Result<()> {
        let record = self.table_record(table)?;
        let len = self.number(plain(Op::TableLen, Ty::I64, [record.0, NONE, NONE]), self.version(TABLES))?;
        let len = self.pure(Op::Wrap, Ty::I32, 0, [len.0, NONE, NONE])?;
        self.push(len)
    }

    /// The compiler knows tables with 32-bit indices only.
    pub(super) fn narrow_table(&self, table: u32) -> Result<()> {
        if self.module.tables[TableIndex(table)].ty.is_64() {
            return Err(CompileError::Unsupported("tables with 64-bit indices"));
        }
        Ok(())
    }
}

fn memory_of(arg: &MemArg) -> Result<u32> {
    match arg.target {
        wasmparser::MemArgTarget::Memory(memory) => Ok(memory),
        _ => Err(CompileError::Unsupported("accesses other than to memories")),
    }
}
