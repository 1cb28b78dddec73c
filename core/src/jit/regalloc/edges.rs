//! Moves on the ways between blocks.
//!
//! In: what registers hold at the end of one block and at the start of another. Out: moves that make the one the other,
//! and bring arguments to their parameters. They are put into an order in the end, when values share slots: a slot may be
//! what two of them name.

use super::Place;
use super::alloc::{Allocator, NOWHERE, Pass};
use super::moves::Source;
use crate::jit::Result;
use crate::jit::ir::{Block, Edge, Function, NONE, Op, Value};
use crate::jit::x64::{PReg, RegSet};
use crate::support::Entity;

impl Allocator {
    /// Puts the moves on each way into an order, now that slots are final.
    pub(super) fn order_moves(&mut self, func: &Function, allowed: RegSet) -> Result<()> {
        for (edge, data) in func.edges.iter() {
            let range = self.out.edges[edge.index()].clone();
            let first = self.out.moves.len() as u32;
            if !range.is_empty() {
                let mut taken = self.out.starts[data.to.index()];
                for &(to, from, ty) in &self.ways[range.start as usize..range.end as usize] {
                    for place in [Some(to), from.place()].into_iter().flatten() {
                        if let Place::Reg(reg) = place {
                            taken = taken.with(reg);
                        }
                    }
                    self.moves.add(to, from, ty)?;
                }
                let free = RegSet::GENERAL.and(allowed).without(taken);
                self.moves.finish(&mut self.out.moves, free.iter().next())?;
            }
            self.out.edges[edge.index()] = first..self.out.moves.len() as u32;
        }
        Ok(())
    }
}

impl Pass<'_> {
    /// The ways to a block from earlier ones.
    pub(super) fn connect_forward(&mut self, block: Block) -> Result<()> {
        let func = self.func;
        for edge in func.preds(block) {
            if func.edges[edge].from < block {
                self.connect(edge)?;
            }
        }
        Ok(())
    }

    /// The ways from a block to earlier ones.
    pub(super) fn leave(&mut self, block: Block) -> Result<()> {
        let func = self.func;
        for edge in func.succs(block) {
            if func.edges[edge].to <= block {
                self.connect(edge)?;
            }
        }
        Ok(())
    }

    fn connect(&mut self, edge: Edge) -> Result<()> {
        let func = self.func;
        let data = func.edges[edge];
        let end = self.room.ends[data.from.index()];
        for (reg, &value) in end.iter().enumerate() {
            if value != NONE {
                self.room.at_end[value as usize] = reg as u8;
            }
        }
        let connected = self.connect_places(edge, data.to);
        for &value in end.iter().filter(|value| **value != NONE) {
            self.room.at_end[value as usize] = NOWHERE;
        }
        connected?;
        let first = self.room.ways.len() as u32;
        self.room.moves.take(&mut self.room.ways)?;
        self.room.out.edges[edge.index()] = first..self.room.ways.len() as u32;
        Ok(())
    }

    fn connect_places(&mut self, edge: Edge, to: Block) -> Result<()> {
        let func = self.func;
        let start = self.room.starts[to.index()];
        for (reg, &value) in start.iter().enumerate() {
            let param = value != NONE
                && func.insts.get(Value(value)).is_some_and(|i| i.op == Op::Param && i.a == to.0);
            if value != NONE && !param {
                let from = self.place_at_end(value, func.edges[edge].from)?;
                let ty = self.ty(value);
                self.room.moves.add(Place::Reg(PReg(reg as u8)), Source::Place(from), ty)?;
            }
        }
        for (&arg, param) in func.args(edge).iter().zip(func.params(to)) {
            let Some(place) = Place::of(self.room.out.params[param.index()]) else { continue };
            let ty = func.ty(param);
            let from = match func.bits(Value(arg)) {
                Some(bits) if ty.is_int() => Source::Imm(bits as i64),
                Some(bits) => Source::Const(self.code.constant(bits)?),
                None => Source::Place(self.place_at_end(func.same(arg), func.edges[edge].from)?),
            };
            self.room.moves.add(place, from, ty)?;
        }
        Ok(())
    }

    fn place_at_end(&mut self, value: u32, from: Block) -> Result<Place> {
        match self.room.at_end[value as usize] {
            NOWHERE => self.read_slot(value, from).map(Place::Slot),
            reg => Ok(Place::Reg(PReg(reg))),
        }
    }
}
