//! Value numbering: what has been computed already, where it is still known.
//!
//! In: instructions and the version of the state that they read. Out: an earlier value that is the same. Entries are
//! forgotten last in, first out, when a place is left that they dominate.

use alloc::vec::Vec;

use crate::jit::Result;
use crate::jit::ir::{Inst, NONE, Value};
use crate::support::{OutOfMemory, TryPush};

/// What a pure instruction reads: nothing that changes.
pub(super) const PURE: u32 = 0;

/// A table of 2^n places for numbers of entries, by hash, with linear probing.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    places: Vec<u32>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    inst: Inst,
    version: u32,
    value: Value,
    place: u32,
}

impl Numbering {
    /// Forgets everything. Cost: the number of entries.
    pub(super) fn clear(&mut self) {
        self.forget(0);
    }

    /// How many entries there are: what [`forget`](Self::forget) takes.
    pub(super) fn len(&self) -> u32 {
        self.entries.len() as u32
    }

    /// Forgets what has come since there were so many.
    pub(super) fn forget(&mut self, len: u32) {
        // Last in, first out: nobody has probed over a place that is emptied.
        while self.entries.len() > len as usize
            && let Some(entry) = self.entries.pop()
        {
            self.places[entry.place as usize] = NONE;
        }
    }

    /// The last value that is the same.
    pub(super) fn find(&self, inst: &Inst, version: u32) -> Option<Value> {
        let mut found = None;
        self.probe(inst, version, |entry| found = Some(entry.value));
        found
    }

    /// Hands each entry that is the same to `each`, oldest first; the free place behind them.
    fn probe(&self, inst: &Inst, version: u32, mut each: impl FnMut(&Entry)) -> Option<usize> {
        let mask = self.places.len().checked_sub(1)?;
        let mut place = hash(inst, version) & mask;
        loop {
            match self.entries.get(self.places[place] as usize) {
                None => return Some(place),
                Some(entry) if entry.version == version && entry.inst == *inst => each(entry),
                Some(_) => {}
            }
            place = (place + 1) & mask;
        }
    }

    /// From now on this instruction gives this value.
    pub(super) fn insert(&mut self, inst: Inst, version: u32, value: Value) -> Result<()> {
        if self.entries.len() * 2 >= self.places.len() {
            self.enlarge()?;
        }
        let Some(place) = self.probe(&inst, version, |_| {}) else { return Ok(()) };
        let number = self.entries.len() as u32;
        self.entries.try_push(Entry { inst, version, value, place: place as u32 })?;
        self.places[place] = number;
        Ok(())
    }

    fn enlarge(&mut self) -> Result<()> {
        let len = (self.places.len() * 2).max(256);
        self.places.clear();
        self.places.try_reserve_exact(len).map_err(|_| OutOfMemory)?;
        self.places.resize(len, NONE);
        // In their order, so that the last one in can be the first one out.
        for number in 0..self.entries.len() {
            let Entry { inst, version, .. } = self.entries[number];
            if let Some(place) = self.probe(&inst, version, |_| {}) {
                self.places[place] = number as u32;
                self.entries[number].place = place as u32;
            }
        }
        Ok(())
    }
}

fn hash(inst: &Inst, version: u32) -> usize {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let head = inst.op as u64 | (inst.ty as u64) << 8 | u64::from(inst.aux) << 16 | u64::from(version) << 32;
    let mut hash = head.wrapping_mul(K);
    hash = (hash.rotate_left(23) ^ (u64::from(inst.a) | u64::from(inst.b) << 32)).wrapping_mul(K);
    hash = (hash.rotate_left(23) ^ u64::from(inst.c)).wrapping_mul(K);
    (hash >> 32) as usize
}
