//! Memory, globals and tables.
//!
//! In: operators that read or write what others see. Out: loads and stores; those of memories without guards behind
//! checks. What has been accessed or checked once is in bounds for good, since memories never shrink, and a value known
//! to lie at an address is not loaded.

use wasmparser::MemArg;

use super::control::plain;
use super::state::{self, HEAP, TABLES};
use super::{Front, PURE, ty_of};
use crate::abi::builtin;
use crate::abi::memory::{MOST_OFFSET, can_be_guarded};
use crate::jit::improve::Improvement;
use crate::jit::ir::{Access, Cond, Inst, NONE, Op, Ty, Value};
use crate::jit::{CompileError, Result};
use crate::wasm::{GlobalIndex, MemoryIndex, MemoryType, Mutability, TableIndex, Trap};

/// What an access names: a memory, an address in it, and what is added to that.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) memory: u32,
    pub(super) address: Value,
    pub(super) offset: u64,
}

impl Target {
    /// That of an operator.
    fn new(arg: &MemArg, address: Value) -> Result<Self> {
        match arg.target {
            wasmparser::MemArgTarget::Memory(memory) => Ok(Self { memory, address, offset: arg.offset }),
            _ => Err(CompileError::Unsupported("accesses other than to memories")),
        }
    }
}

/// Where an instruction accesses memory, and how.
#[derive(Clone, Copy)]
pub(super) struct At {
    address: Value,
    offset: u32,
    /// With [`Access::traps`] and [`Access::host`] as they are here.
    access: Access,
}

impl At {
    /// The load there, whoever has looked whether it is in bounds.
    fn load(self, ty: Ty) -> Inst {
        let aux = Access { traps: false, ..self.access }.aux();
        Inst { op: Op::Load, ty, aux, a: self.address.0, b: self.offset, c: NONE }
    }
}

impl Front<'_> {
    pub(super) fn version(&self, bit: u32) -> u32 {
        self.versions.of[state::class(bit)]
    }

    pub(super) fn memory_record(&mut self, memory: u32) -> Result<Value> {
        self.pure(Op::MemoryRecord, Ty::I64, 0, [memory, NONE, NONE])
    }

    /// Sees to it that an access is in bounds, or traps; where it is then.
    fn reach(&mut self, target: Target, access: Access) -> Result<At> {
        let Target { memory, mut address, offset } = target;
        let ty = self.module.memories[MemoryIndex(memory)];
        let guarded = self.guards && can_be_guarded(ty);
        let near = offset <= MOST_OFFSET;
        if !near {
            address = self.far(ty, address, offset)?;
        }
        let offset = if near { offset as u32 } else { 0 };
        let end = offset + u32::from(access.bytes);
        let known = self.func.as_const(address).and_then(|at| at.checked_add(u64::from(end)));
        let mut traps = false;
        let always = known.is_some_and(|end| end <= self.always(memory)) && self.may(Improvement::InBounds);
        if !always && !self.is_in_bounds(memory, address, end)? {
            traps = guarded && near;
            if !traps {
                self.check(memory, address, end)?;
            }
        }
        let host = memory != 0;
        if host {
            address = self.host_address(memory, guarded, address)?;
        }
        Ok(At { address, offset, access: Access { traps, host, ..access } })
    }

    /// Bytes that a memory always has. An imported one may be reset by its owner, to fewer than when it was imported.
    fn always(&self, memory: u32) -> u64 {
        if memory < self.module.imported.memories {
            return 0;
        }
        let ty = self.module.memories[MemoryIndex(memory)];
        ty.minimum().saturating_mul(ty.page_size())
    }

    /// An address and an offset that no instruction has room for, as one of 64 bits.
    fn far(&mut self, ty: MemoryType, address: Value, offset: u64) -> Result<Value> {
        let far = self.const_value(Ty::I64, offset)?;
        if !ty.is_64() {
            let wide = self.pure(Op::ExtU, Ty::I64, 0, [address.0, NONE, NONE])?;
            return self.binary(Op::Add, Ty::I64, wide, far);
        }
        let sum = self.binary(Op::Add, Ty::I64, address, far)?;
        let over = self.pure(Op::Icmp, Ty::I32, Cond::LtU as u16, [sum.0, far.0, NONE])?;
        if self.func.as_const(over) != Some(0) {
            let aux = u16::from(Trap::MemoryOutOfBounds.code());
            self.effect(Inst { op: Op::TrapIf, ty: Ty::None, aux, a: over.0, b: NONE, c: NONE })?;
        }
        Ok(sum)
    }

    /// Whether an access as far as this has been seen to be in bounds; from here on one has.
    fn is_in_bounds(&mut self, memory: u32, address: Value, end: u32) -> Result<bool> {
        let fact = plain(Op::Check, Ty::None, [address.0, memory, NONE]);
        if self.numbering.find(&fact, PURE).is_some_and(|known| known.0 >= end)
            && self.may(Improvement::InBounds)
        {
            return Ok(true);
        }
        self.numbering.insert(fact, PURE, Value(end))?;
        Ok(false)
    }

    /// A check whether an access that ends so far behind an address is in bounds: beside the limit for such addresses
    /// where that is computed once for many, otherwise of its end beside the memory's length.
    fn check(&mut self, memory: u32, address: Value, end: u32) -> Result<()> {
        let ty = self.module.memories[MemoryIndex(memory)];
        let record = self.memory_record(memory)?;
        if self.func.as_const(address).is_none()
            && u64::from(end) <= self.always(memory)
            && let Some(limit) = self.limit(record, end, ty.is_64())?
        {
            self.effect(plain(Op::CheckLimit, Ty::None, [address.0, limit.0, NONE]))?;
            return Ok(());
        }
        let check = plain(Op::Check, Ty::None, [address.0, record.0, end]);
        self.effect(Inst { aux: u16::from(ty.is_64()), ..check })?;
        Ok(())
    }

    /// The last address of an access that ends so far behind it, if it is known, may be computed before a loop, or is
    /// worth it anyway.
    fn limit(&mut self, record: Value, end: u32, anyway: bool) -> Result<Option<Value>> {
        let inst = plain(Op::MemoryLimit, Ty::I64, [record.0, end, NONE]);
        let version = self.version(TABLES);
        if let Some(known) = self.numbering.find(&inst, version)
            && self.may(Improvement::Number)
        {
            return Ok(Some(known));
        }
        let Some(block) = self.place_of_limit(&inst).or(anyway.then_some(self.block)) else {
            return Ok(None);
        };
        let limit = self.func.append(block, inst, self.offset)?;
        self.numbering.insert(inst, version, limit)?;
        Ok(Some(limit))
    }

    /// The host's address of one in a memory whose first byte is in no register.
    fn host_address(&mut self, memory: u32, guarded: bool, address: Value) -> Result<Value> {
        let record = self.memory_record(memory)?;
        let base = Inst { aux: u16::from(guarded), ..plain(Op::MemoryBase, Ty::I64, [record.0, NONE, NONE]) };
        let base = self.number(base, if guarded { PURE } else { self.version(TABLES) })?;
        let wide = match self.ty(address.0) {
            Ty::I32 => self.pure(Op::ExtU, Ty::I64, 0, [address.0, NONE, NONE])?,
            _ => address,
        };
        self.binary(Op::Add, Ty::I64, base, wide)
    }

    pub(super) fn load(&mut self, arg: &MemArg, ty: Ty, access: Access) -> Result<()> {
        let address = self.pop()?;
        let value = self.load_from(Target::new(arg, address)?, ty, access)?;
        self.push(value)
    }

    pub(super) fn load_from(&mut self, target: Target, ty: Ty, access: Access) -> Result<Value> {
        let at = self.reach(target, access)?;
        let (load, version) = (at.load(ty), self.version(HEAP));
        if let Some(value) = self.numbering.find(&load, version)
            && self.may(Improvement::Forward)
        {
            return Ok(value);
        }
        let value = self.effect(Inst { aux: at.access.aux(), ..load })?;
        self.numbering.insert(load, version, value)?;
        Ok(value)
    }

    pub(super) fn store(&mut self, arg: &MemArg, access: Access) -> Result<()> {
        let (value, address) = (self.pop()?, self.pop()?);
        self.store_to(Target::new(arg, address)?, value, access)
    }

    pub(super) fn store_to(&mut self, target: Target, value: Value, access: Access) -> Result<()> {
        let at = self.reach(target, access)?;
        let ty = self.ty(value.0);
        self.effect(Inst {
            op: Op::Store,
            ty: Ty::None,
            aux: at.access.aux(),
            a: at.address.0,
            b: value.0,
            c: at.offset,
        })?;
        let fresh = self.fresh_version();
        self.versions.bump(HEAP, fresh);
        if access.bytes == ty.bytes() {
            self.numbering.insert(at.load(ty), fresh, value)?;
        }
        Ok(())
    }

    pub(super) fn global_get(&mut self, global: u32) -> Result<()> {
        let ty = self.module.globals[GlobalIndex(global)].ty;
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
        let pages = self.binary(Op::ShrU, Ty::I64, len, shift)?;
        self.push_size(pages, ty.is_64())
    }
}

impl Front<'_> {
    /// Two indices in one argument of a builtin.
    fn pair(&mut self, low: u32, high: u32) -> Result<Value> {
        self.const_value(Ty::I64, u64::from(low) | u64::from(high) << 32)
    }

    pub(super) fn memory_grow(&mut self, memory: u32) -> Result<()> {
        let delta = self.pop()?;
        let which = self.pair(memory, 0)?;
        self.grown(builtin::MEMORY_GROW, &[which, delta], self.module.memories[MemoryIndex(memory)].is_64())
    }

    pub(super) fn table_grow(&mut self, table: u32) -> Result<()> {
        let (delta, value) = (self.pop()?, self.pop()?);
        let which = self.pair(table, 0)?;
        self.grown(builtin::TABLE_GROW, &[which, delta, value], self.is_wide_table(table))
    }

    /// A builtin that answers in 64 bits what the guest may want in 32.
    fn grown(&mut self, number: usize, args: &[Value], wide: bool) -> Result<()> {
        let before = self.builtin(number as u32, args, Ty::I64)?;
        self.push_size(before, wide)
    }

    fn push_size(&mut self, mut size: Value, wide: bool) -> Result<()> {
        if !wide {
            size = self.pure(Op::Wrap, Ty::I32, 0, [size.0, NONE, NONE])?;
        }
        self.push(size)
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
        self.push_size(len, self.is_wide_table(table))
    }

    fn is_wide_table(&self, table: u32) -> bool {
        self.module.tables[TableIndex(table)].ty.is_64()
    }
}
