//! Calls.
//!
//! In: call operators. Out: call instructions and the projections of their results. A call may change all state.

use super::{Front, ty_of};
use crate::jit::ir::{Inst, NONE, Op, Term, Ty, Value};
use crate::jit::{CompileError, Result};
use crate::module::ModuleInfo;
use crate::support::TryPush;
use crate::wasm::{FuncIndex, FuncType, Trap, TypeIndex};

use super::state::{ALL, TABLES};

impl<'m> Front<'m> {
    pub(super) fn call(&mut self, func: FuncIndex) -> Result<()> {
        let module: &'m ModuleInfo = self.module;
        let ty = module.func_type(func);
        if module.body_index(func).is_none() {
            let callee = self.func_ref(func.0)?;
            return self.call_ref(callee, module.functions[func]);
        }
        let args = self.pop_args(ty)?;
        let call = Inst {
            op: Op::Call,
            ty: ty.results().first().map_or(Ty::None, |ty| ty_of(*ty)),
            aux: 0,
            a: args,
            b: ty.params().len() as u32,
            c: func.0,
        };
        self.called(call, ty)
    }

    /// The reference to a function.
    pub(super) fn func_ref(&mut self, func: u32) -> Result<Value> {
        self.pure(Op::FuncRef, Ty::I64, 0, [func, NONE, NONE])
    }

    /// Calls what a reference refers to, which is a function of this type.
    fn call_ref(&mut self, callee: Value, ty: TypeIndex) -> Result<()> {
        let module: &'m ModuleInfo = self.module;
        let index = u16::try_from(ty.0).map_err(|_| CompileError::Limit("too many types"))?;
        let ty = &module.types[ty];
        let args = self.pop_args(ty)?;
        let call = Inst {
            op: Op::CallRef,
            ty: ty.results().first().map_or(Ty::None, |ty| ty_of(*ty)),
            aux: index,
            a: args,
            b: ty.params().len() as u32,
            c: callee.0,
        };
        self.called(call, ty)
    }

    pub(super) fn call_indirect(&mut self, ty: u32, table: u32) -> Result<()> {
        let callee = self.table_callee(ty, table)?;
        self.call_ref(callee, TypeIndex(ty))
    }

    /// The element of a table whose index is on top of the stack, if it is a function of this type.
    fn table_callee(&mut self, ty: u32, table: u32) -> Result<Value> {
        let index = self.pop()?;
        let callee = self.element(table, index, Trap::UndefinedElement)?;
        let id = self.type_ids.get(ty as usize).map_or(NONE, |id| id.0);
        let check = Inst { op: Op::CheckType, ty: Ty::None, aux: 0, a: callee.0, b: id, c: NONE };
        self.effect(check)?;
        Ok(callee)
    }

    /// Calls a function in place of this one.
    pub(super) fn return_call(&mut self, func: FuncIndex) -> Result<()> {
        let module: &'m ModuleInfo = self.module;
        if module.body_index(func).is_none() {
            let callee = self.func_ref(func.0)?;
            return self.return_call_ref(callee, module.functions[func]);
        }
        let ty = module.func_type(func);
        let args = self.pop_args(ty)?;
        self.leave_by(Inst {
            op: Op::TailCall,
            ty: Ty::None,
            aux: 0,
            a: args,
            b: ty.params().len() as u32,
            c: func.0,
        })
    }

    pub(super) fn return_call_indirect(&mut self, ty: u32, table: u32) -> Result<()> {
        let callee = self.table_callee(ty, table)?;
        self.return_call_ref(callee, TypeIndex(ty))
    }

    fn return_call_ref(&mut self, callee: Value, ty: TypeIndex) -> Result<()> {
        let module: &'m ModuleInfo = self.module;
        let index = u16::try_from(ty.0).map_err(|_| CompileError::Limit("too many types"))?;
        let ty = &module.types[ty];
        let args = self.pop_args(ty)?;
        self.leave_by(Inst {
            op: Op::TailCallRef,
            ty: Ty::None,
            aux: index,
            a: args,
            b: ty.params().len() as u32,
            c: callee.0,
        })
    }

    /// Nothing follows this call.
    fn leave_by(&mut self, call: Inst) -> Result<()> {
        self.effect(call)?;
        self.end_block(Term::Left);
        self.dead = true;
        Ok(())
    }

    /// An element of a table, or this trap.
    pub(super) fn element(&mut self, table: u32, index: Value, trap: Trap) -> Result<Value> {
        let record = self.table_record(table)?;
        let aux = u16::from(trap.code());
        let inst = Inst { op: Op::TableGet, ty: Ty::I64, aux, a: index.0, b: record.0, c: NONE };
        let version = self.version(TABLES);
        self.number(inst, version)
    }

    pub(super) fn table_record(&mut self, table: u32) -> Result<Value> {
        self.pure(Op::TableRecord, Ty::I64, 0, [table, NONE, NONE])
    }

    /// The arguments of a call, as a list in the pool.
    fn pop_args(&mut self, ty: &FuncType) -> Result<u32> {
        let from = self.stack.len().checked_sub(ty.params().len());
        let from = from.ok_or(CompileError::Internal("arguments are missing"))?;
        let first = self.func.pool.len() as u32;
        for at in from..self.stack.len() {
            self.func.pool.try_push(self.stack[at].0)?;
        }
        self.stack.truncate(from);
        Ok(first)
    }

    fn called(&mut self, call: Inst, ty: &FuncType) -> Result<()> {
        let value = self.effect(call)?;
        let fresh = self.fresh_version();
        self.versions.bump(ALL, fresh);
        for (index, &result) in ty.results().iter().enumerate() {
            let result = match index {
                0 => value,
                _ => self.effect(Inst {
                    op: Op::Proj,
                    ty: ty_of(result),
                    aux: 0,
                    a: value.0,
                    b: index as u32,
                    c: NONE,
                })?,
            };
            self.push(result)?;
        }
        Ok(())
    }

    /// Calls a builtin of the runtime.
    pub(super) fn builtin(&mut self, number: u32, args: &[Value], ty: Ty) -> Result<Value> {
        let first = self.func.pool.len() as u32;
        for arg in args {
            self.func.pool.try_push(arg.0)?;
        }
        let value =
            self.effect(Inst { op: Op::Builtin, ty, aux: 0, a: first, b: args.len() as u32, c: number })?;
        let fresh = self.fresh_version();
        self.versions.bump(ALL, fresh);
        Ok(value)
    }
}
