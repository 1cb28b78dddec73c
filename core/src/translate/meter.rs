//! Metering: what a guest pays, and where it looks up.
//!
//! In: the operators, as they are translated. Out: an operation that pays at the head of each stretch, and one
//! that polls at the head of each function and loop, some operators after each call, and now and then in long code.
//!
//! A stretch is what runs once its first operator does, but for branches: it begins with the function, with a
//! loop's body, with either arm of an `if`, and behind the end of a block. Every operator in it costs 1, except
//! `block`, `loop`, `else`, `end` and `nop`, which cost nothing; so costs follow from the module alone.

use super::{Result, Translator};
use crate::bytecode::Op;

/// The most operators, in the order of the code, between two polls.
const MOST_UNPOLLED: u32 = 1000;
/// The most after a call.
const MOST_AFTER_CALL: u32 = 8;

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

    /// An operator that can be reached is about to be translated: its stretch pays for it. Long code without a loop
    /// polls now and then.
    pub(super) fn charge(&mut self) -> Result<()> {
        self.unpolled += 1;
        if self.unpolled > MOST_UNPOLLED {
            self.out.forget();
            self.poll()?;
        }
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

    /// A call has been translated: a poll follows soon, unless the function ends sooner. Returning from a deep recursion
    /// enters nothing, and turns no loop.
    pub(super) fn called(&mut self) {
        self.unpolled = self.unpolled.max(MOST_UNPOLLED - MOST_AFTER_CALL);
    }

    /// The guest looks here whether it shall stop.
    pub(super) fn poll(&mut self) -> Result<()> {
        self.unpolled = 0;
        if self.options.interruption { self.out.op(Op::Poll) } else { Ok(()) }
    }
}
