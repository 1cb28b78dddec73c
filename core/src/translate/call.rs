//! Calls: arguments move to the top of the frame, where they become the first slots of the callee's.
//!
//! In: call operators. Out: call operations. The callee's results replace the arguments.

use super::stack::Source;
use super::{Result, Translator};
use crate::bytecode::{HEADER_SLOTS, Op};
use crate::wasm::{FuncIndex, FuncType};

/// Whom a call goes to.
#[derive(Clone, Copy)]
pub(super) enum Callee {
    Func(FuncIndex),
    /// Through a table, with the index in a slot.
    Table {
        table: u32,
        type_index: u32,
        index: u16,
    },
}

impl Translator<'_> {
    /// Pops the index of an indirect call, before the arguments move.
    pub(super) fn table_callee(&mut self, type_index: u32, table: u32) -> Result<Callee> {
        let index = self.pop_slot()?;
        Ok(Callee::Table { table, type_index, index })
    }

    fn callee_type(&self, callee: Callee) -> FuncType {
        match callee {
            Callee::Func(func) => self.module.func_type(func).clone(),
            Callee::Table { type_index, .. } => self.type_at(type_index).0,
        }
    }

    /// Moves the arguments of a call to their own slots; returns the first one's slot.
    fn place_arguments(&mut self, ty: &FuncType) -> Result<usize> {
        let first = self.stack.len() - ty.params().len();
        self.settle_from(first)?;
        let base = self.stack.slot_at(first);
        self.stack.require(base + value_slots(ty) + HEADER_SLOTS)?;
        Ok(base)
    }

    pub(super) fn call(&mut self, callee: Callee) -> Result<()> {
        self.called();
        let ty = self.callee_type(callee);
        // The index of an indirect call lies above the arguments, where the callee's header will be; the
        // operation reads it before it writes the header.
        let base = self.place_arguments(&ty)?;
        let header = (base + value_slots(&ty)) as u16;
        let base = base as u16;
        let home = self.header + 2;
        match callee {
            Callee::Func(func) => match self.module.body_index(func) {
                Some(body) => {
                    self.out.op(Op::Call)?;
                    self.out.u32(body as u32)?;
                    self.out.u16(base)?;
                    self.out.u16(header)?;
                }
                None => {
                    self.out.op(Op::CallImport)?;
                    self.out.u32(func.0)?;
                    self.out.u16(base)?;
                    self.out.u16(home)?;
                    self.restore(home)?;
                }
            },
            Callee::Table { table, type_index, index } => {
                self.out.op(Op::CallIndirect)?;
                self.out.u32(table)?;
                self.out.u32(self.type_at(type_index).1.0)?;
                self.out.u16(index)?;
                self.out.u16(base)?;
                self.out.u16(header)?;
                self.out.u16(home)?;
                self.restore(home)?;
            }
        }
        for _ in ty.params() {
            self.pop()?;
        }
        for &result in ty.results() {
            self.stack.push(result, Source::Slot)?;
        }
        Ok(())
    }

    /// What follows a call that may have left the instance.
    fn restore(&mut self, home: u16) -> Result<()> {
        self.out.op(Op::RestoreInstance)?;
        self.out.u16(home)
    }

    pub(super) fn tail_call(&mut self, callee: Callee) -> Result<()> {
        let ty = self.callee_type(callee);
        let base = self.place_arguments(&ty)?;
        // The arguments move down to the frame's start, and the header to behind them.
        self.stack.require(value_slots(&ty) + HEADER_SLOTS)?;
        let (base, values) = (base as u16, value_slots(&ty) as u16);
        let arguments = ty.param_slots() as u16;
        match callee {
            Callee::Func(func) => match self.module.body_index(func) {
                Some(body) => {
                    self.out.op(Op::ReturnCall)?;
                    self.out.u32(body as u32)?;
                    self.out.u16(base)?;
                    self.out.u16(arguments)?;
                    self.out.u16(self.header)?;
                    self.out.u16(values)
                }
                None => {
                    self.out.op(Op::ReturnCallImport)?;
                    self.out.u32(func.0)?;
                    self.out.u16(base)?;
                    self.out.u16(self.header)?;
                    self.out.u16(self.header + 2)
                }
            },
            Callee::Table { table, type_index, index } => {
                self.out.op(Op::ReturnCallIndirect)?;
                self.out.u32(table)?;
                self.out.u32(self.type_at(type_index).1.0)?;
                self.out.u16(index)?;
                self.out.u16(base)?;
                self.out.u16(self.header)?;
                self.out.u16(self.header + 2)
            }
        }
    }
}

/// Slots that arguments and results share.
fn value_slots(ty: &FuncType) -> usize {
    ty.param_slots().max(ty.result_slots())
}
