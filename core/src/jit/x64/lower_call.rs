//! Lowering of calls.
//!
//! In: a call. Out: arguments in their places, the call, results from theirs. On the stack arguments lie from `rsp` on,
//! and results above them: a callee takes its arguments off, and the call puts `rsp` back to where it was.

use alloc::vec::Vec;

use super::inst::{MInst, MOp};
use super::lower::Lowering;
use super::{ArgPlace, PReg, Places};
use crate::jit::Result;
use crate::jit::ir::{Inst, Op, Ty, Value};
use crate::support::TryPush;

/// The most values of a call that goes to the host without the thunk.
const IMPORT_SLOTS: usize = 8;

impl Lowering<'_> {
    /// Arguments go to their places: those in registers as a list, and how many bytes of others there are.
    fn arguments(&mut self, inst: Inst) -> Result<(Vec<u32>, u32)> {
        let func = self.func;
        let mut places = Places::default();
        let mut used = Vec::new();
        for &arg in func.list(inst.a, inst.b) {
            let ty = func.ty(Value(arg));
            let a = self.reg(arg)?;
            match places.next(ty) {
                ArgPlace::Reg(reg) => used.try_extend(&[a, u32::from(reg.0)])?,
                ArgPlace::Stack(at) => self.emit(MInst {
                    a,
                    base: PReg::RSP.operand(),
                    disp: at as i32,
                    ..MInst::new(MOp::Store(ty.bytes()), ty.bytes())
                })?,
            }
        }
        if matches!(inst.op, Op::CallRef | Op::TailCallRef) {
            let callee = self.reg(inst.c)?;
            used.try_extend(&[callee, u32::from(PReg::R11.0)])?;
        }
        Ok((used, places.bytes))
    }

    pub(super) fn call(&mut self, value: Value, inst: Inst) -> Result<()> {
        let func = self.func;
        let (used, stack) = self.arguments(inst)?;
        let mut results = Places::default();
        let (mut defined, mut loads) = (Vec::new(), Vec::new());
        // The projections of a call follow it at once.
        let mut next = value.0;
        let mut ty = inst.ty;
        while ty != Ty::None {
            let needed = self.room.code.uses[next as usize] > 0;
            match results.next(ty) {
                ArgPlace::Reg(reg) if needed => defined.try_extend(&[next, u32::from(reg.0)])?,
                ArgPlace::Stack(at) if needed => loads.try_push(MInst {
                    def: next,
                    base: PReg::RSP.operand(),
                    disp: (stack + at) as i32,
                    ..MInst::new(MOp::Load(ty.bytes(), false), ty.bytes())
                })?,
                _ => {}
            }
            next += 1;
            ty = match func.insts.get(Value(next)) {
                Some(proj) if proj.op == Op::Proj && proj.a == value.0 => proj.ty,
                _ => Ty::None,
            };
        }
        self.room.code.area = self.room.code.area.max(stack + results.bytes);
        self.room.code.calls = true;
        let imm = self.list(&used, &defined, stack)?;
        let few = stack + results.bytes == 0 && next <= value.0 + 1;
        let (op, callee) = match inst.op {
            Op::Call => (MOp::Call, inst.c),
            _ if few && self.is_simple_import(inst) => (MOp::CallImport, u32::from(inst.aux)),
            _ => (MOp::CallRef, u32::from(inst.aux)),
        };
        self.emit(MInst { imm, disp: callee as i32, ..MInst::new(op, 0) })?;
        loads.into_iter().try_for_each(|load| self.emit(load))
    }

    /// Whether it calls an imported function with few numbers, of which those that are floats are what they are called:
    /// how wide they are is looked up by that.
    fn is_simple_import(&self, inst: Inst) -> bool {
        let func = self.func;
        let imported = func.insts.get(Value(inst.c)).is_some_and(|callee| callee.op == Op::FuncRef);
        let simple = |arg: &u32| {
            let ty = func.ty(Value(*arg));
            let named = func.same(*arg) == *arg && func.insts[Value(*arg)].op != Op::Const;
            ty.is_int() || ty != Ty::V128 && named
        };
        imported && inst.b as usize <= IMPORT_SLOTS && func.list(inst.a, inst.b).iter().all(simple)
    }

    /// A call in place of the function.
    pub(super) fn tail_call(&mut self, inst: Inst) -> Result<()> {
        let (used, stack) = self.arguments(inst)?;
        self.room.code.area = self.room.code.area.max(stack);
        // What moves the return address wants to find it beside the frame's link.
        self.room.code.calls |= stack > 0 || self.room.code.incoming > 0;
        let imm = self.list(&used, &[], stack)?;
        let (op, callee) = match inst.op {
            Op::TailCall => (MOp::TailCall, inst.c),
            _ => (MOp::TailCallRef, u32::from(inst.aux)),
        };
        self.emit(MInst { imm, disp: callee as i32, ..MInst::new(op, 0) })
    }

    pub(super) fn builtin(&mut self, value: Value, inst: Inst) -> Result<()> {
        const PLACES: [PReg; 5] = [PReg::RSI, PReg::RDX, PReg::RCX, PReg::R8, PReg::R9];
        let func = self.func;
        let mut used = Vec::new();
        for (&arg, reg) in func.list(inst.a, inst.b).iter().zip(PLACES) {
            let a = self.reg(arg)?;
            used.try_extend(&[a, u32::from(reg.0)])?;
        }
        let result = [value.0, u32::from(PReg::RAX.0)];
        let defined = if self.uses(value) > 0 { &result[..] } else { &[] };
        self.room.code.calls = true;
        let imm = self.list(&used, defined, 0)?;
        self.emit(MInst { imm, disp: inst.c as i32, ..MInst::new(MOp::CallBuiltin, 0) })?;
        // Memory may have moved, and fuel been given.
        if self.settings.kept.changes() { self.emit(MInst::new(MOp::MemoryBase, 8)) } else { Ok(()) }
    }
}
