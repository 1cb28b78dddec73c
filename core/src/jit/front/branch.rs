//! Branches and returns.
//!
//! In: operators that leave a block. Out: what the block ends with, and the ways from it.

use super::Front;
use crate::jit::improve::Improvement;
use crate::jit::ir::{NONE, Term, Value};
use crate::jit::{CompileError, Result};
use crate::support::TryPush;

impl Front<'_> {
    pub(super) fn br(&mut self, depth: u32) -> Result<()> {
        let position = self.position(depth)?;
        if position == 0 {
            return self.ret();
        }
        let edge = self.edge_to(position)?;
        self.end_block(Term::Jump(edge));
        self.dead = true;
        Ok(())
    }

    pub(super) fn br_if(&mut self, depth: u32) -> Result<()> {
        let condition = self.pop()?;
        match self.func.as_const(condition).filter(|_| self.may(Improvement::Branch)) {
            Some(0) => return Ok(()),
            Some(_) => return self.br(depth),
            None => {}
        }
        let position = self.position(depth)?;
        let yes = self.edge_to(position)?;
        let no = self.func.edge(self.block)?;
        self.branch_on(condition, yes, no);
        if position == 0 {
            self.enter(yes)?;
            self.return_values()?;
        }
        self.enter(no)
    }

    pub(super) fn br_table(&mut self, targets: &wasmparser::BrTable<'_>) -> Result<()> {
        let index = self.pop()?;
        let mut depths = core::mem::take(&mut self.scratch);
        depths.clear();
        for target in targets.targets() {
            depths.try_push(target.map_err(|_| CompileError::Internal("branch table"))?)?;
        }
        depths.try_push(targets.default())?;
        let result = self.table(index, &mut depths);
        self.scratch = depths;
        result
    }

    /// A branch by table: each label is reached by one edge, whoever often it is named.
    fn table(&mut self, index: Value, depths: &mut [u32]) -> Result<()> {
        let mut returns = None;
        // Of each open block, the edge made for it, in a list that is as long as there are open blocks.
        let mut made = alloc::vec::Vec::new();
        made.try_reserve_exact(self.frames.len()).map_err(|_| crate::support::OutOfMemory)?;
        made.resize(self.frames.len(), NONE);
        for depth in depths.iter_mut() {
            let position = self.position(*depth)?;
            if made[position] == NONE {
                let edge = self.edge_to(position)?;
                made[position] = edge.0;
                if position == 0 {
                    returns = Some(edge);
                }
            }
            *depth = made[position];
        }
        let first = self.func.pool.len() as u32;
        self.func.pool.try_extend(depths)?;
        self.end_block(Term::Table { index, first, count: depths.len() as u32 });
        if let Some(edge) = returns {
            self.enter(edge)?;
            self.return_values()?;
        }
        self.dead = true;
        Ok(())
    }

    pub(super) fn ret(&mut self) -> Result<()> {
        self.return_values()?;
        self.dead = true;
        Ok(())
    }

    /// Ends the block by returning the operands on top.
    fn return_values(&mut self) -> Result<()> {
        let count = self.func.results.len();
        let first = self.func.pool.len() as u32;
        let from =
            self.stack.len().checked_sub(count).ok_or(CompileError::Internal("results are missing"))?;
        for at in from..self.stack.len() {
            self.func.pool.try_push(self.stack[at].0)?;
        }
        self.end_block(Term::Return { first, count: count as u32 });
        Ok(())
    }
}
