//! Where ways come together: parameters for operands and locals that differ between them.
//!
//! In: the branches to the end of a block. Out: the block behind it, and the arguments on each way.

use super::Front;
use super::control::{Frame, Kind, LabelEdge};
use crate::jit::Result;
use crate::jit::ir::{NONE, Term, Value};
use crate::support::TryPush;

impl Front<'_> {
    /// Ends a block where ways may come together.
    pub(super) fn merge(&mut self, position: usize) -> Result<()> {
        let frame = self.frames[position];
        if frame.edges == 0 {
            // Whoever gets here comes from the block's last operator.
            self.frames.pop();
            return Ok(());
        }
        if !self.dead {
            let edge = self.func.edge(self.block)?;
            self.end_block(Term::Jump(edge));
            self.branch_to_end(position, edge)?;
        }
        let frame = self.frames[position];
        self.frames.pop();
        self.locals.go_back(frame.mark);
        let known = if matches!(frame.kind, Kind::Block) { frame.known_at_end } else { frame.known };
        self.numbering.forget(known);
        self.versions = frame.versions;
        self.stack.truncate(frame.height as usize);
        self.dead = false;
        let inside = self.open_loops.last().copied().unwrap_or(0);
        self.block = self.func.begin_block(inside)?;
        self.merge_operands(&frame)?;
        self.merge_locals(&frame)?;
        self.finish_edges(&frame)
    }

    fn label_edges(&self, frame: &Frame) -> impl Iterator<Item = LabelEdge> {
        let mut next = frame.last_edge;
        core::iter::from_fn(move || {
            let entry = *self.label_edges.get(next as usize)?;
            next = entry.next;
            Some(entry)
        })
    }

    /// The results of a block: the value that all ways carry, or a parameter. Those with a parameter are noted in
    /// the scratch list, as positions.
    fn merge_operands(&mut self, frame: &Frame) -> Result<()> {
        let mut differing = core::mem::take(&mut self.scratch);
        differing.clear();
        for index in 0..self.results(frame.signature) {
            let mut common = None;
            let mut same = true;
            for entry in self.label_edges(frame) {
                let value = self.func.pool[entry.operands as usize + index];
                same &= *common.get_or_insert(value) == value;
            }
            let value = match common {
                Some(value) if same => Value(value),
                _ => {
                    differing.try_push(index as u32)?;
                    self.func.add_param(self.block, self.result_ty(frame.signature, index))?
                }
            };
            self.push(value)?;
        }
        self.scratch = differing;
        Ok(())
    }

    /// The locals set on some way: the value that all ways give, or a parameter. Those with a parameter follow in the
    /// scratch list, behind [`NONE`].
    fn merge_locals(&mut self, frame: &Frame) -> Result<()> {
        let mut changed = alloc::vec::Vec::new();
        for entry in self.label_edges(frame) {
            let of_edge = &self.differences[entry.first as usize..(entry.first + entry.count) as usize];
            changed.try_extend(of_edge)?;
        }
        changed.sort_unstable_by_key(|(local, value)| (*local, value.0));
        self.scratch.try_push(NONE)?;
        let edges = frame.edges as usize;
        for of_local in changed.chunk_by(|a, b| a.0 == b.0) {
            let (local, value) = of_local[0];
            let same = of_local.iter().all(|(_, other)| *other == value);
            // Whoever has not set it carries what it was, which is its value now.
            if same && (of_local.len() == edges || self.locals.get(local) == value) {
                self.set_local(local, value)?;
            } else {
                self.scratch.try_push(local)?;
                let ty = self.ty(value.0);
                self.func.add_param(self.block, ty)?;
            }
        }
        Ok(())
    }

    /// Gives each edge its arguments, and the locals their parameters.
    fn finish_edges(&mut self, frame: &Frame) -> Result<()> {
        let list = core::mem::take(&mut self.scratch);
        let split = list.iter().position(|entry| *entry == NONE).unwrap_or(list.len());
        let (operands, locals) = (&list[..split], &list[(split + 1).min(list.len())..]);
        let mut next = frame.last_edge;
        while let Some(entry) = self.label_edges.get(next as usize).copied() {
            next = entry.next;
            let args = self.func.pool.len() as u32;
            for index in operands {
                let value = self.func.pool[(entry.operands + index) as usize];
                self.func.pool.try_push(value)?;
            }
            self.push_locals(&entry, locals)?;
            let data = &mut self.func.edges[entry.edge];
            data.args = args;
            data.arg_count = self.func.pool.len() as u32 - args;
            self.func.link(entry.edge, self.block);
        }
        let first = self.func.blocks[self.block].params.wrapping_add(operands.len() as u32);
        for (at, &local) in locals.iter().enumerate() {
            self.set_local(local, Value(first + at as u32))?;
        }
        self.scratch = list;
        Ok(())
    }

    /// The values of these locals, in order, on one way.
    fn push_locals(&mut self, entry: &LabelEdge, locals: &[u32]) -> Result<()> {
        let base = self.func.pool.len();
        for &local in locals {
            self.func.pool.try_push(self.locals.get(local).0)?;
        }
        for &(local, value) in &self.differences[entry.first as usize..(entry.first + entry.count) as usize] {
            if let Ok(at) = locals.binary_search(&local) {
                self.func.pool[base + at] = value.0;
            }
        }
        Ok(())
    }
}
