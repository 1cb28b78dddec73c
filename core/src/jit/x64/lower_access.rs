//! Lowering of accesses to memories and globals, and of what checks them.
//!
//! In: an instruction. Out: the machine instructions for it, with addresses as part of them.

use super::PReg;
use super::inst::{Alu, MInst, MOp, cc};
use super::lower::Lowering;
use crate::abi;
use crate::jit::Result;
use crate::jit::ir::{Access, Inst, Op, Ty, Value};
use crate::wasm::Trap;

impl Lowering<'_> {
    /// The place that a load or a store accesses. Whatever instruction it becomes a part of, a trap there is the
    /// access's.
    pub(super) fn place(&mut self, access: u32) -> Result<MInst> {
        let inst = self.func.insts[Value(access)];
        let Access { traps, host, .. } = Access::of(inst.aux);
        let offset = if inst.op == Op::Load { inst.b } else { inst.c };
        let mut place = MInst { disp: offset as i32, ..MInst::new(MOp::Lea, 8) };
        if traps {
            place.access = self.func.offsets[access as usize];
        }
        if host {
            return self.host_place(inst.a, place);
        }
        place.base = PReg::R14.operand();
        let constant = self.func.as_const(Value(inst.a));
        let constant = constant.and_then(|at| at.checked_add(u64::from(offset)));
        if let Some(disp) = constant.and_then(|at| i32::try_from(at).ok()) {
            return Ok(MInst { disp, ..place });
        }
        Ok(MInst { index: self.reg(inst.a)?, ..place })
    }

    /// The place at an address of the host, which may be the sum of a memory's base and an address in it.
    fn host_place(&mut self, address: u32, place: MInst) -> Result<MInst> {
        let Some(sum) = self.part(address, Op::Add) else {
            return Ok(MInst { base: self.reg(address)?, ..place });
        };
        self.fold(address);
        let constant = self.func.as_const(Value(sum.b));
        let constant = constant.and_then(|at| at.checked_add(place.disp as u64));
        if let Some(disp) = constant.and_then(|at| i32::try_from(at).ok()) {
            return Ok(MInst { base: self.reg(sum.a)?, disp, ..place });
        }
        // The upper half of a 32-bit value's register is zero.
        let index = self.part(sum.b, Op::ExtU).map(|narrow| narrow.a);
        if index.is_some() {
            self.fold(sum.b);
        }
        let index = self.reg(index.unwrap_or(sum.b))?;
        Ok(MInst { base: self.reg(sum.a)?, index, ..place })
    }

    pub(super) fn access(&mut self, value: Value, inst: Inst) -> Result<()> {
        let def = value.0;
        match inst.op {
            Op::Load => {
                let Access { bytes, signed, .. } = Access::of(inst.aux);
                let place = self.place(def)?;
                self.emit(MInst { op: MOp::Load(bytes, signed), size: inst.ty.bytes(), def, ..place })
            }
            Op::Store => self.store(def, inst),
            Op::Check => self.check(inst),
            Op::CheckLimit => {
                // The upper half of a 32-bit value's register is zero.
                let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
                self.emit(MInst { a, b, ..MInst::new(MOp::Cmp, 8) })?;
                self.trap_if(cc::ABOVE, Trap::MemoryOutOfBounds)
            }
            Op::TrapIf => {
                let code = self.condition(inst.a)?;
                self.trap_if(code, Trap::from_code(inst.aux as u8).unwrap_or(Trap::Unreachable))
            }
            Op::MemoryRecord => self.record(def, abi::instance::MEMORIES as i32, inst.a),
            Op::GlobalRecord => self.record(def, abi::instance::GLOBALS as i32, inst.a),
            Op::MemoryLen => self.word(def, inst.a, abi::memory::LEN),
            Op::MemoryLimit => {
                let len = self.fresh(Ty::I64)?;
                self.word(len, inst.a, abi::memory::LEN)?;
                self.emit(MInst { def, a: len, imm: -i64::from(inst.b), ..MInst::new(MOp::AddImm, 8) })
            }
            Op::MemoryBase => self.word(def, inst.a, abi::memory::BASE),
            Op::GlobalGet => {
                let bytes = inst.ty.bytes();
                self.emit(MInst { def, base: inst.a, ..MInst::new(MOp::Load(bytes, false), bytes) })
            }
            _ => {
                let a = self.reg(inst.b)?;
                // All eight bytes: whoever else reads it may take them for one slot.
                let bytes = match self.func.ty(Value(inst.b)) {
                    Ty::I32 => 8,
                    ty => ty.bytes(),
                };
                self.emit(MInst { a, base: inst.a, ..MInst::new(MOp::Store(bytes), bytes) })
            }
        }
    }

    /// A field of a record.
    fn word(&mut self, def: u32, base: u32, field: usize) -> Result<()> {
        self.emit(MInst { def, base, disp: field as i32, ..MInst::new(MOp::Load(8, false), 8) })
    }

    /// The end of an access beside the memory's length.
    fn check(&mut self, inst: Inst) -> Result<()> {
        let len = MInst { base: inst.b, disp: abi::memory::LEN as i32, ..MInst::new(MOp::CmpMemImm, 8) };
        let constant = self.func.as_const(Value(inst.a)).and_then(|at| at.checked_add(u64::from(inst.c)));
        if let Some(end) = constant.and_then(|end| i32::try_from(end).ok()) {
            self.emit(MInst { imm: i64::from(end), ..len })?;
            return self.trap_if(cc::BELOW, Trap::MemoryOutOfBounds);
        }
        let base = self.reg(inst.a)?;
        let a = self.fresh(Ty::I64)?;
        if inst.aux == 0 {
            self.emit(MInst { def: a, base, disp: inst.c as i32, ..MInst::new(MOp::Lea, 8) })?;
        } else {
            let imm = i64::from(inst.c);
            self.emit(MInst { def: a, a: base, imm, ..MInst::new(MOp::AluImm(Alu::Add), 8) })?;
            self.trap_if(cc::BELOW, Trap::MemoryOutOfBounds)?;
        }
        self.emit(MInst { op: MOp::CmpMemReg, a, ..len })?;
        self.trap_if(cc::BELOW, Trap::MemoryOutOfBounds)
    }
}
