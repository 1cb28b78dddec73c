//! Metering: what a guest pays, and where it looks up.
//!
//! In: the operators, as they are translated. Out: an operation that pays at the head of each stretch, and one
//! that polls at the head of each function and loop.
//!
//! A stretch is what runs once its first operator does, but for branches: it begins with the function, with a
//! loop's body, with either arm of an `if`, and behind the end of a block. Every operator in it costs 1, except
//! `block`, `loop`, `else`, `end` and `nop`, which cost nothing; so costs follow from the module alone.

use super::{Result, Translator};
use crate::bytecode::Op;

/// A stretch that has operators.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// Where its cost stands in the code.
    place: usize,
    cost: u32,
}

impl Translator<'_> {
    /// The next operator begins a stretch.
    pub(super) fn begin_stretch(&mut self) {
        self.stretch = None;
    }

    /// An operator that can be reached is about to be translated: its stretch pays for it.
    pub(super) fn charge(&mut self) -> Result<()> {
        if !self.options.fuel {
            return Ok(());
        }
        let mut stretch = match self.stretch {
            Some(stretch) => stretch,
            None => {
                self.out.op(Op::Fuel)?;
                let place = self.out.place();
                self.out.u32(0)?;
                Stretch { place, cost: 0 }
            }
        };
        stretch.cost += 1;
        self.out.patch(stretch.place, stretch.cost);
        self.stretch = Some(stretch);
        Ok(())
    }

    /// The guest looks here whether it shall stop.
    pub(super) fn poll(&mut self) -> Result<()> {
        if self.options.interruption { self.out.op(Op::Poll) } else { Ok(()) }
    }
}
