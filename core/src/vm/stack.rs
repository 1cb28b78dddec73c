//! The interpreter's stack: one array of 64-bit slots per store, grown by doubling up to one limit.
//!
//! In: how many slots a frame needs. Out: room, or a trap. Frames are linked by distances, not addresses, so
//! the array may move when it grows.

use alloc::vec::Vec;

use crate::wasm::Trap;

/// Slots of a new stack: 4 KiB. Making them zero is a part of what the first call in a store costs.
const INITIAL_SLOTS: usize = 512;

/// A stack of 64-bit slots.
#[derive(Debug)]
pub(crate) struct ValueStack {
    slots: Vec<u64>,
    limit: usize,
    /// The first slot that no frame uses; where the next call from the host starts.
    pub(crate) top: usize,
}

impl ValueStack {
    /// An empty stack that may grow to `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { slots: Vec::new(), limit: limit / size_of::<u64>(), top: 0 }
    }

    /// Slots there are now.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The first slot. Moves when the stack grows.
    pub(crate) fn base(&mut self) -> *mut u64 {
        self.slots.as_mut_ptr()
    }

    /// Grows until `slots` slots are there. New slots are zero.
    ///
    /// # Errors
    /// [`Trap::StackOverflow`] beyond the limit, [`Trap::OutOfMemory`] where the host has no more.
    pub(crate) fn reserve(&mut self, slots: usize) -> Result<(), Trap> {
        if slots <= self.slots.len() {
            return Ok(());
        }
        if slots > self.limit {
            return Err(Trap::StackOverflow);
        }
        let target = slots.max(self.slots.len().saturating_mul(2)).max(INITIAL_SLOTS).min(self.limit);
        let more = target - self.slots.len();
        self.slots.try_reserve_exact(more).map_err(|_| Trap::OutOfMemory)?;
        self.slots.resize(target, 0);
        Ok(())
    }

    /// A range of slots, by number.
    pub(crate) fn slots(&mut self, start: usize, len: usize) -> Option<&mut [u64]> {
        self.slots.get_mut(start..start.checked_add(len)?)
    }
}
