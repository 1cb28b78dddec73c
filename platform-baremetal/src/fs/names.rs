//! The entries of one directory.
//!
//! In: names. Out: node numbers, and cookies that stay right while names come and go: a name keeps its slot for
//! as long as it is there, and a slot that falls free is used again, so a directory never grows beyond the most
//! names it has held at once.

use alloc::{boxed::Box, vec::Vec};
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use ringzero::platform::{ErrorKind, Result};

/// The names of one directory.
#[derive(Default)]
pub(super) struct Names {
    slots: Vec<Slot>,
    /// Slots by the hash of their name.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    free: Option<u32>,
}

enum Slot {
    Used { name: Box<[u8]>, id: u64 },
    Free { next: Option<u32> },
}

/// Where a name is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    slot: u32,
    /// The node it names.
    pub(super) id: u64,
}

impl Names {
    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn find(&self, name: &[u8]) -> Option<Place> {
        let hash = self.hasher.hash_one(name);
        let slot = *self.index.find(hash, |&slot| self.name(slot) == Some(name))?;
        match self.slots.get(slot as usize)? {
            Slot::Used { id, .. } => Some(Place { slot, id: *id }),
            Slot::Free { .. } => None,
        }
    }

    fn name(&self, slot: u32) -> Option<&[u8]> {
        match self.slots.get(slot as usize)? {
            Slot::Used { name, .. } => Some(name),
            Slot::Free { .. } => None,
        }
    }

    /// Makes room for one more name, so that the next [`insert`](Self::insert) cannot fail.
    pub(super) fn reserve(&mut self) -> Result<()> {
        let full = |_| ErrorKind::OutOfMemory;
        if self.free.is_none() {
            u32::try_from(self.slots.len() + 1).map_err(|_| ErrorKind::NoSpace)?;
            self.slots.try_reserve(1).map_err(full)?;
        }
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.index.try_reserve(1, |&slot| hash_of(slots, hasher, slot)).map_err(|_| ErrorKind::OutOfMemory)
    }

    /// Enters a name that is not there. [`reserve`](Self::reserve) came before.
    pub(super) fn insert(&mut self, name: Box<[u8]>, id: u64) {
        let hash = self.hasher.hash_one(&*name);
        let entry = Slot::Used { name, id };
        let slot = match self.free {
            Some(slot) => {
                let old = core::mem::replace(&mut self.slots[slot as usize], entry);
                self.free = match old {
                    Slot::Free { next } => next,
                    Slot::Used { .. } => None,
                };
                slot
            }
            None => {
                self.slots.push(entry);
                // `reserve` has checked that the number fits.
                (self.slots.len() - 1) as u32
            }
        };
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.index.insert_unique(hash, slot, |&slot| hash_of(slots, hasher, slot));
    }

    /// Lets a name stand for another node; its cookie stays.
    pub(super) fn replace(&mut self, place: Place, new: u64) {
        if let Some(Slot::Used { id, .. }) = self.slots.get_mut(place.slot as usize) {
            *id = new;
        }
    }

    /// Takes a name out.
    pub(super) fn remove(&mut self, place: Place) {
        let hash = hash_of(&self.slots, &self.hasher, place.slot);
        if let Ok(entry) = self.index.find_entry(hash, |&slot| slot == place.slot) {
            entry.remove();
            self.slots[place.slot as usize] = Slot::Free { next: self.free };
            self.free = Some(place.slot);
        }
    }

    /// The first entry after `cookie`: its own cookie, its name and its node. `None` at the end.
    pub(super) fn after(&self, cookie: u64) -> Result<Option<(u64, &[u8], u64)>> {
        let from = usize::try_from(cookie).map_err(|_| ErrorKind::InvalidInput)?;
        let rest = self.slots.get(from..).ok_or(ErrorKind::InvalidInput)?;
        let found = rest.iter().zip(cookie + 1..).find_map(|(slot, next)| match slot {
            Slot::Used { name, id } => Some((next, &**name, *id)),
            Slot::Free { .. } => None,
        });
        Ok(found)
    }
}

fn hash_of(slots: &[Slot], hasher: &DefaultHashBuilder, slot: u32) -> u64 {
    match slots.get(slot as usize) {
        Some(Slot::Used { name, .. }) => hasher.hash_one(&**name),
        _ => 0,
    }
}
