//! The entries of one directory.
//!
//! In: names. Out: node numbers, and cookies that stay right while names come and go: a name keeps its slot for
//! as long as it is there, a slot that falls free is used again, and free slots at the end are given up. It does not know
//! who pays, only [what a name costs](Names::cost). Where a directory is still the archive's, a [`Listing`] reads
//! it there, and a copy of it has the same slots.

use alloc::{boxed::Box, vec::Vec};
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use ringzero::platform::{ErrorKind, Result};

use super::archive::Archive;

/// What a slot costs beside the bytes of its name, whether a name is in it or not: four times what a slot takes
/// itself (24 bytes, and 8 to 12 in the index), since the tables may be four times too large, and the
/// allocator's own overhead. A bare name in an otherwise empty directory takes as much.
pub(super) const SLOT_COST: u64 = 160;

/// The names of one directory.
#[derive(Default)]
pub(super) struct Names {
    slots: Vec<Slot>,
    /// Slots by the hash of their name.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    free: Option<u32>,
    /// The most slots there have been: the last cookie that a reader may have been given.
    most: u32,
}

enum Slot {
    Used {
        name: Box<[u8]>,
        id: u64,
    },
    /// Free slots form a list, linked both ways since they leave it from anywhere.
    Free {
        previous: Option<u32>,
        next: Option<u32>,
    },
}

/// Where a name is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    slot: u32,
    /// The node it names.
    pub(super) id: u64,
}

/// The names of a directory wherever they are. Nodes of the archive have numbers from `first` on.
#[derive(Clone, Copy)]
pub(super) enum Listing<'a> {
    Own(&'a Names),
    Archive { archive: &'a Archive, dir: u32, first: u64 },
}

impl<'a> Listing<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(self) -> usize {
        match self {
            Self::Own(names) => names.len(),
            Self::Archive { archive, dir, .. } => archive.len(dir),
        }
    }

    pub(super) fn find(self, name: &[u8]) -> Option<Place> {
        match self {
            Self::Own(names) => names.find(name),
            Self::Archive { archive, dir, first } => {
                let (slot, node) = archive.find(dir, name)?;
                Some(Place { slot, id: first + u64::from(node) })
            }
        }
    }

    /// The first entry after `cookie`: its own cookie, its name and its node. `None` at the end.
    pub(super) fn after(self, cookie: u64) -> Result<Option<(u64, &'a [u8], u64)>> {
        let (archive, dir, first) = match self {
            Self::Own(names) => return names.after(cookie),
            Self::Archive { archive, dir, first } => (archive, dir, first),
        };
        let from = usize::try_from(cookie).ok().filter(|&from| from <= archive.len(dir));
        let found = archive.at(dir, from.ok_or(ErrorKind::InvalidInput)?);
        Ok(found.map(|(name, node)| (cookie + 1, name, first + u64::from(node))))
    }

    /// What a copy of these names costs.
    pub(super) fn cost(self) -> u64 {
        let mut cost = 0;
        let mut cookie = 0;
        while let Ok(Some((next, name, _))) = self.after(cookie) {
            cost += name.len() as u64 + SLOT_COST;
            cookie = next;
        }
        cost
    }
}

impl Names {
    /// The same names in the same slots, so that cookies stay good.
    pub(super) fn copied(from: Listing<'_>) -> Result<Self> {
        let mut names = Self::default();
        names.slots.try_reserve_exact(from.len()).map_err(|_| ErrorKind::OutOfMemory)?;
        names.index.try_reserve(from.len(), |_| 0).map_err(|_| ErrorKind::OutOfMemory)?;
        let mut cookie = 0;
        while let Some((next, name, id)) = from.after(cookie)? {
            names.reserve()?;
            names.insert(copy(name)?, id);
            cookie = next;
        }
        Ok(names)
    }

    fn len(&self) -> usize {
        self.index.len()
    }

    fn find(&self, name: &[u8]) -> Option<Place> {
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

    /// What entering `name` would cost: its bytes, and a slot where none is free.
    pub(super) fn cost(&self, name: &[u8]) -> u64 {
        name.len() as u64 + if self.free.is_none() { SLOT_COST } else { 0 }
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
                self.leave_list(slot);
                self.slots[slot as usize] = entry;
                slot
            }
            None => {
                self.slots.push(entry);
                // `reserve` has checked that the number fits.
                let count = self.slots.len() as u32;
                self.most = self.most.max(count);
                count - 1
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

    /// Takes a name out; returns what it no longer costs: its bytes, and the slots that are given up. A slot
    /// between others stays, and goes on costing, since those behind it must keep their cookies.
    pub(super) fn remove(&mut self, place: Place) -> u64 {
        let hash = hash_of(&self.slots, &self.hasher, place.slot);
        let Ok(entry) = self.index.find_entry(hash, |&slot| slot == place.slot) else {
            return 0;
        };
        entry.remove();
        let bytes = self.name(place.slot).map_or(0, <[u8]>::len) as u64;
        let before = self.slots.len();
        self.join_list(place.slot);
        while let Some(Slot::Free { .. }) = self.slots.last() {
            self.leave_list((self.slots.len() - 1) as u32);
            self.slots.pop();
        }
        let given_up = (before - self.slots.len()) as u64;
        self.shrink();
        bytes + given_up * SLOT_COST
    }

    fn join_list(&mut self, slot: u32) {
        let next = self.free.replace(slot);
        self.slots[slot as usize] = Slot::Free { previous: None, next };
        if let Some(Slot::Free { previous, .. }) = next.and_then(|next| self.slots.get_mut(next as usize)) {
            *previous = Some(slot);
        }
    }

    fn leave_list(&mut self, slot: u32) {
        let Some(&Slot::Free { previous: before, next: behind }) = self.slots.get(slot as usize) else {
            return;
        };
        match before.and_then(|before| self.slots.get_mut(before as usize)) {
            Some(Slot::Free { next, .. }) => *next = behind,
            _ => self.free = behind,
        }
        if let Some(Slot::Free { previous, .. }) =
            behind.and_then(|behind| self.slots.get_mut(behind as usize))
        {
            *previous = before;
        }
    }

    /// Halves tables that are more than four times too large. Moving to a smaller table takes memory: where
    /// there is none the large one stays until the next time.
    fn shrink(&mut self) {
        if self.slots.is_empty() {
            (self.slots, self.index) = (Vec::new(), HashTable::new());
        }
        if self.slots.capacity() / 4 <= self.slots.len() {
            return;
        }
        let mut slots = Vec::new();
        if slots.try_reserve_exact(2 * self.slots.len()).is_ok() {
            slots.append(&mut self.slots);
            self.slots = slots;
        }
        let mut index = HashTable::new();
        if index.try_reserve(self.index.len(), |_| 0).is_ok() {
            let hash = |&slot: &u32| hash_of(&self.slots, &self.hasher, slot);
            for slot in self.index.drain() {
                index.insert_unique(hash(&slot), slot, hash);
            }
            self.index = index;
        }
    }

    /// The first entry after `cookie`: its own cookie, its name and its node. `None` at the end.
    fn after(&self, cookie: u64) -> Result<Option<(u64, &[u8], u64)>> {
        let from = usize::try_from(cookie).map_err(|_| ErrorKind::InvalidInput)?;
        if from > self.most as usize {
            return Err(ErrorKind::InvalidInput);
        }
        // Between two calls the slots behind the cookie may have been given up.
        let rest = self.slots.get(from..).unwrap_or(&[]);
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

/// A copy on the heap, or an error where there is no memory.
pub(super) fn copy(bytes: &[u8]) -> Result<Box<[u8]>> {
    let mut copied = Vec::new();
    copied.try_reserve_exact(bytes.len()).map_err(|_| ErrorKind::OutOfMemory)?;
    copied.extend_from_slice(bytes);
    Ok(copied.into_boxed_slice())
}
