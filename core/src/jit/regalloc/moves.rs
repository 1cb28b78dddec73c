//! Moves that happen at once, put into an order.
//!
//! In: pairs of places, each target once. Out: moves one after another that have the same effect. General registers that
//! change places in a circle are exchanged; otherwise the scratch register of vectors helps.

use alloc::vec::Vec;

use super::Place;
use crate::jit::Result;
use crate::jit::ir::{NONE, Ty};
use crate::jit::x64::{MInst, MOp, PReg};
use crate::support::TryPush;

/// What a target gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Place(Place),
    /// An integer.
    Imm(i64),
    /// A constant behind the code.
    Const(i64),
}

impl Source {
    pub(super) fn place(self) -> Option<Place> {
        match self {
            Self::Place(place) => Some(place),
            Self::Imm(_) | Self::Const(_) => None,
        }
    }
}

/// A move: to where, what, and of which type that is.
pub(super) type Pending = (Place, Source, Ty);

/// Moves to be ordered. Its containers are used again.
#[derive(Debug)]
pub(super) struct Moves {
    pending: Vec<Pending>,
    /// How many pending moves read each place, by [`index`].
    readers: Vec<u32>,
    /// The pending move that writes each place, plus one.
    writer: Vec<u32>,
    ready: Vec<u32>,
    /// The register for moves between slots.
    free: PReg,
}

impl Default for Moves {
    fn default() -> Self {
        let (pending, readers, writer, ready) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { pending, readers, writer, ready, free: PReg::SCRATCH }
    }
}

const fn index(place: Place) -> usize {
    match place {
        Place::Reg(reg) => reg.0 as usize,
        Place::Slot(slot) => 32 + slot as usize,
    }
}

impl Moves {
    pub(super) fn add(&mut self, to: Place, from: Source, ty: Ty) -> Result<()> {
        if Source::Place(to) == from {
            return Ok(());
        }
        Ok(self.pending.try_push((to, from, ty))?)
    }

    /// Hands the moves over as they are.
    pub(super) fn take(&mut self, out: &mut Vec<Pending>) -> Result<()> {
        out.try_extend(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    /// Appends the moves in order. A general register that is free makes those between slots faster.
    pub(super) fn finish(&mut self, out: &mut Vec<MInst>, free: Option<PReg>) -> Result<()> {
        self.free = free.unwrap_or(PReg::SCRATCH);
        let most = self.pending.iter().flat_map(|(to, from, _)| match from {
            Source::Place(from) => [index(*to), index(*from)],
            _ => [index(*to); 2],
        });
        let len = most.max().map_or(0, |most| most + 1).max(self.readers.len());
        for list in [&mut self.readers, &mut self.writer] {
            list.try_reserve(len - list.len()).map_err(|_| crate::support::OutOfMemory)?;
            list.resize(len, 0);
        }
        for (number, (to, from, _)) in self.pending.iter().enumerate() {
            self.writer[index(*to)] = number as u32 + 1;
            if let Source::Place(from) = from {
                self.readers[index(*from)] += 1;
            }
        }
        self.ready.clear();
        for (number, (to, ..)) in self.pending.iter().enumerate() {
            if self.readers[index(*to)] == 0 {
                self.ready.try_push(number as u32)?;
            }
        }
        self.ordered(out)?;
        self.circles(out)?;
        for (to, ..) in &self.pending {
            self.writer[index(*to)] = 0;
        }
        self.pending.clear();
        Ok(())
    }

    /// Moves whose target nobody reads any more; those that only read no place come last, since they free nothing.
    fn ordered(&mut self, out: &mut Vec<MInst>) -> Result<()> {
        while let Some(number) = self.ready.pop() {
            let (to, from, ty) = self.pending[number as usize];
            push(out, to, from, ty, self.free)?;
            self.writer[index(to)] = 0;
            let Source::Place(from) = from else { continue };
            self.readers[index(from)] -= 1;
            if self.readers[index(from)] == 0
                && let Some(next) = self.writer[index(from)].checked_sub(1)
            {
                self.ready.try_push(next)?;
            }
        }
        Ok(())
    }

    /// What is left are circles, each place in one of them read once.
    fn circles(&mut self, out: &mut Vec<MInst>) -> Result<()> {
        for number in 0..self.pending.len() {
            let (to, from, ty) = self.pending[number];
            let Source::Place(from) = from else { continue };
            if self.writer[index(to)] != number as u32 + 1 {
                continue;
            }
            self.circle(out, to, from, ty)?;
        }
        Ok(())
    }

    fn circle(&mut self, out: &mut Vec<MInst>, start: Place, from: Place, ty: Ty) -> Result<()> {
        let general = |place| matches!(place, Place::Reg(reg) if !reg.is_vector());
        let (mut to, mut from) = (start, from);
        let mut all_general = general(to);
        let mut at = from;
        while at != start {
            all_general &= general(at);
            let Some((_, Source::Place(next), _)) = self.written(at) else { break };
            at = next;
        }
        if all_general {
            // Exchanging along the circle: after each step `to` has its own, and `from` what `to` had.
            while from != start {
                self.done(to, from);
                let exchange = MInst { def: to.operand(), a: from.operand(), ..MInst::new(MOp::Exchange, 8) };
                out.try_push(exchange)?;
                let Some((_, Source::Place(next), _)) = self.written(from) else { break };
                (to, from) = (from, next);
            }
            self.done(to, from);
            return Ok(());
        }
        let scratch = Place::Reg(PReg::SCRATCH);
        push(out, scratch, Source::Place(start), ty, PReg::SCRATCH)?;
        let mut move_ty = ty;
        while from != start {
            self.done(to, from);
            // Slots in a circle need a second helper: general registers are kept on the machine's stack.
            push_through(out, to, from, move_ty, self.free)?;
            let Some((_, Source::Place(next), next_ty)) = self.written(from) else { break };
            (to, from, move_ty) = (from, next, next_ty);
        }
        self.done(to, from);
        // The last one gets what was at the start, which is of its own type.
        push(out, to, Source::Place(scratch), move_ty, PReg::SCRATCH)
    }

    fn written(&self, place: Place) -> Option<(Place, Source, Ty)> {
        let number = self.writer.get(index(place))?.checked_sub(1)?;
        self.pending.get(number as usize).copied()
    }

    /// The move into `to` is made.
    fn done(&mut self, to: Place, from: Place) {
        self.readers[index(from)] = 0;
        self.writer[index(to)] = 0;
    }
}

/// One move. Between slots a register helps: `free`, or the scratch register for what is wide.
pub(super) fn push(out: &mut Vec<MInst>, to: Place, from: Source, ty: Ty, free: PReg) -> Result<()> {
    let size = if ty == Ty::V128 { 16 } else { 8 };
    let scratch = if size == 16 { PReg::SCRATCH } else { free }.operand();
    let inst = match from {
        Source::Imm(imm) => MInst { def: to.operand(), imm, ..MInst::new(MOp::MovImm, 8) },
        Source::Const(imm) => MInst { def: to.operand(), imm, ..MInst::new(MOp::MovConst, size) },
        Source::Place(from) => {
            if let (Place::Slot(_), Place::Slot(_)) = (to, from) {
                out.try_push(MInst { def: scratch, a: from.operand(), ..MInst::new(MOp::Move, size) })?;
                return Ok(out.try_push(MInst {
                    def: to.operand(),
                    a: scratch,
                    ..MInst::new(MOp::Move, size)
                })?);
            }
            MInst { def: to.operand(), a: from.operand(), ..MInst::new(MOp::Move, size) }
        }
    };
    debug_assert!(inst.def != NONE);
    Ok(out.try_push(inst)?)
}

/// One move while the scratch register is taken.
fn push_through(out: &mut Vec<MInst>, to: Place, from: Place, ty: Ty, free: PReg) -> Result<()> {
    if let (Place::Slot(_), Place::Slot(_)) = (to, from)
        && (free == PReg::SCRATCH || ty == Ty::V128)
    {
        let size = if ty == Ty::V128 { 16 } else { 8 };
        let through = MInst { def: to.operand(), a: from.operand(), ..MInst::new(MOp::MoveSlot, size) };
        return Ok(out.try_push(through)?);
    }
    push(out, to, Source::Place(from), ty, free)
}
