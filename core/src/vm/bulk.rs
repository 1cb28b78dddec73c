//! What bulk operations cost, and how they stop in the middle: the same whichever engine carries them out.
//!
//! In: a store, and how many bytes or elements. Out: the fuel is paid, the work done in pieces; or the reason to stop,
//! with how far it came noted in the store, so that the same operation goes on from there.

use super::VmStore;
use crate::translate::Options;
use crate::wasm::Trap;

pub(crate) use crate::abi::BYTES_PER_FUEL;
/// Elements of a bulk operation that cost as much as one operator.
pub(crate) const ELEMENTS_PER_FUEL: u64 = 8;
/// What is done between two looks at the host's wish to stop: well under a millisecond's work, even where each page
/// is touched for the first time.
pub(crate) const BYTES: u64 = 1 << 18;
/// As above, in elements that are copied or filled.
pub(crate) const ELEMENTS: u64 = 1 << 15;
/// As above, in elements that are computed.
pub(crate) const COMPUTED: u64 = 1 << 12;

/// Bytes that are copied by registers of 16 bytes without a loop.
pub(crate) const IN_REGISTERS: u64 = 256;
/// Beyond it what a switch of stacks takes is nothing beside the work itself.
const LONGEST: u64 = 4096;

/// How many bytes machine code's builtins may copy or fill without asking anybody: such as cost nothing, and are not worth
/// to be divided. `wide`: there are registers of 32 bytes, which longer ones need.
pub(crate) fn at_once(options: Options, wide: bool) -> u64 {
    const { assert!(LONGEST <= BYTES) };
    match wide {
        _ if options.fuel => BYTES_PER_FUEL - 1,
        true => LONGEST,
        false => IN_REGISTERS,
    }
}

impl VmStore {
    /// Pays for a bulk operation, before it does anything. What goes on has paid already.
    ///
    /// # Errors
    /// [`Trap::OutOfFuel`].
    pub(crate) fn charge(&mut self, options: Options, cost: u64) -> Result<(), Trap> {
        if options.fuel && self.progress == 0 {
            self.fuel = self.fuel.checked_sub(cost).ok_or(Trap::OutOfFuel)?;
        }
        Ok(())
    }

    /// Pays for growth, as far as there is fuel: what has happened cannot fail.
    pub(crate) fn drain(&mut self, options: Options, cost: u64) {
        if options.fuel {
            self.fuel = self.fuel.saturating_sub(cost);
        }
    }

    /// Does an operation on `len` bytes or elements: at once, or in pieces of so `many` where it can be interrupted.
    /// `piece` gets how many are done and how many to do; a piece of 0 only checks that its place is in bounds.
    ///
    /// # Errors
    /// `piece`'s, before anything is written; [`Trap::Interrupted`].
    pub(crate) fn in_pieces(
        &mut self,
        options: Options,
        len: u64,
        many: u64,
        piece: impl Fn(u64, u64) -> Result<(), Trap>,
    ) -> Result<(), Trap> {
        if !options.interruption || len <= many {
            return piece(0, len);
        }
        if self.progress == 0 {
            piece(len, 0)?;
            piece(0, 0)?;
        }
        while self.progress < len {
            let next = many.min(len - self.progress);
            piece(self.progress, next)?;
            self.progress += next;
            if self.progress < len && self.stop.due() {
                return Err(Trap::Interrupted);
            }
        }
        self.progress = 0;
        Ok(())
    }
}
