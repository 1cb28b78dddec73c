//! What loads and stores touch, as bits, and how the front tells one state of it from another.
//!
//! A version is a number that changes whenever what it stands for may have changed: a load is the same as an earlier
//! one if its version is.

/// Bytes of all memories.
pub(crate) const HEAP: u32 = 1;
/// Elements and lengths of all tables, and lengths of memories.
pub(crate) const TABLES: u32 = 2;
/// All of it.
pub(crate) const ALL: u32 = (1 << CLASSES) - 1;
/// How many bits there are: these two, and globals by their number.
pub(crate) const CLASSES: usize = 16;

/// A global's bit, which it may share with others.
pub(crate) const fn global(index: u32) -> u32 {
    1 << global_class(index)
}

/// The position of a global's bit.
pub(crate) const fn global_class(index: u32) -> usize {
    2 + index as usize % (CLASSES - 2)
}

/// The position of a class that is one bit.
pub(crate) const fn class(bit: u32) -> usize {
    bit.trailing_zeros() as usize
}

/// The versions of all classes at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) of: [u32; CLASSES],
}

impl Versions {
    /// All classes in `bits` may have changed; `fresh` is a number that no version has had.
    pub(crate) fn bump(&mut self, bits: u32, fresh: u32) {
        for (class, version) in self.of.iter_mut().enumerate() {
            if bits >> class & 1 != 0 {
                *version = fresh;
            }
        }
    }

    /// The state where this one and another come together.
    pub(crate) fn meet(&mut self, other: &Self, fresh: u32) {
        for (version, theirs) in self.of.iter_mut().zip(&other.of) {
            if *version != *theirs {
                *version = fresh;
            }
        }
    }
}
