//! A look at a section before anybody reads it, which allocates nothing.
//!
//! In: the module's bytes, and where a section stands. Out: counts and lengths. It refuses nothing: where it does not
//! understand, it stops, and so will whoever reads the section.

use core::ops::Range;

/// A place in a section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'a> {
    rest: &'a [u8],
    end: usize,
}

impl<'a> Scan<'a> {
    /// At the start of a section.
    pub(super) fn new(module: &'a [u8], section: Range<u64>) -> Self {
        let rest = module.get(section.start as usize..section.end as usize).unwrap_or_default();
        Self { rest, end: section.end as usize }
    }

    /// Where in the module.
    pub(super) fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// A number of up to 32 bits. What is longer is cut: its reader refuses it.
    pub(super) fn unsigned(&mut self) -> Option<usize> {
        let (mut value, mut shift) = (0u32, 0);
        loop {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(value as usize);
            }
        }
    }

    /// Passes a list of value types of one byte each; how many. `None` where there is something else.
    pub(super) fn value_types(&mut self) -> Option<usize> {
        let count = self.unsigned()?;
        let types = self.rest.get(..count)?;
        // Numbers, vectors, and the short forms of references.
        if !types.iter().all(|ty| matches!(ty, 0x7b..=0x7f | 0x6f | 0x70)) {
            return None;
        }
        self.skip(count)?;
        Some(count)
    }

    /// In a data section: the bytes of the longest constant expression among so many segments.
    pub(super) fn longest_offset(mut self, segments: usize) -> usize {
        let mut longest = 0;
        self.unsigned();
        for _ in 0..segments {
            let before = self.rest.len();
            match self.segment() {
                Some(offset) => longest = longest.max(offset),
                // What is not understood reaches to the section's end at most.
                None => return longest.max(before),
            }
        }
        longest
    }

    /// Passes a data segment; the bytes of its offset.
    fn segment(&mut self) -> Option<usize> {
        let flags = self.unsigned()?;
        if flags == 2 {
            self.unsigned()?;
        }
        let before = self.rest.len();
        if matches!(flags, 0 | 2) {
            while self.constant()? {}
        }
        let offset = before - self.rest.len();
        let bytes = self.unsigned()?;
        self.skip(bytes)?;
        Some(offset)
    }

    /// Passes an operator of a constant expression; whether another follows.
    fn constant(&mut self) -> Option<bool> {
        match self.byte()? {
            0x0b => return Some(false),
            0x41 | 0x42 | 0x23 | 0xd0 | 0xd2 => drop(self.unsigned()?),
            0x43 => self.skip(4)?,
            0x44 => self.skip(8)?,
            0x6a..=0x6c | 0x7c..=0x7e => {}
            0xfd if self.unsigned()? == 12 => self.skip(16)?,
            _ => return None,
        }
        Some(true)
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.rest = self.rest.get(bytes..)?;
        Some(())
    }
}
