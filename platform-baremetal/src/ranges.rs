//! Free address ranges: the first that fits is taken, neighbours grow together again.
//!
//! In: lengths, and ranges given back. Out: addresses. It knows nothing of pages.

use alloc::vec::Vec;

use ringzero::platform::{ErrorKind, Result};

/// What is free of one range of addresses.
///
/// There is at most one free range more than there are taken ones, so a list with that much room takes any range back
/// without allocating. With thousands taken, a call looks through thousands of entries of two words.
#[derive(Debug)]
pub(crate) struct FreeRanges {
    /// In ascending order, never empty ones, never two that touch.
    free: Vec<Span>,
    taken: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
}

impl FreeRanges {
    /// All addresses from `start` to before `end` are free.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`].
    pub(crate) fn new(start: usize, end: usize) -> Result<Self> {
        let mut free = Vec::new();
        free.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
        free.push(Span { start, end });
        Ok(Self { free, taken: 0 })
    }

    /// Takes `len` addresses, at least 1: where they start.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`] where no free range is as long, or the heap has no room for the list.
    pub(crate) fn take(&mut self, len: usize) -> Result<usize> {
        let fits = |span: &Span| span.end - span.start >= len;
        let at = self.free.iter().position(fits).ok_or(ErrorKind::OutOfMemory)?;
        // One more will be taken, and one more than that can be free.
        let most = self.taken + 2;
        self.free.try_reserve(most.saturating_sub(self.free.len())).map_err(|_| ErrorKind::OutOfMemory)?;
        self.taken += 1;
        let start = self.free[at].start;
        self.free[at].start += len;
        if self.free[at].start == self.free[at].end {
            self.free.remove(at);
        }
        Ok(start)
    }

    /// Takes a range back that [`take`](Self::take) gave out. Never allocates.
    pub(crate) fn give_back(&mut self, start: usize, len: usize) {
        let end = start + len;
        let at = self.free.partition_point(|span| span.start < start);
        debug_assert!(at == 0 || self.free[at - 1].end <= start, "given back twice");
        debug_assert!(at == self.free.len() || end <= self.free[at].start, "given back twice");
        self.taken -= 1;
        let joins_previous = at > 0 && self.free[at - 1].end == start;
        let joins_next = at < self.free.len() && self.free[at].start == end;
        match (joins_previous, joins_next) {
            (true, true) => {
                self.free[at - 1].end = self.free[at].end;
                self.free.remove(at);
            }
            (true, false) => self.free[at - 1].end = end,
            (false, true) => self.free[at].start = start,
            (false, false) => self.free.insert(at, Span { start, end }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_fits_is_taken_and_neighbours_grow_together() {
        let mut ranges = FreeRanges::new(100, 200).unwrap();
        let taken: Vec<usize> = (0..5).map(|_| ranges.take(20).unwrap()).collect();
        assert_eq!(taken, [100, 120, 140, 160, 180]);
        assert_eq!(ranges.take(1), Err(ErrorKind::OutOfMemory));
        ranges.give_back(120, 20);
        ranges.give_back(160, 20);
        assert_eq!(ranges.take(21), Err(ErrorKind::OutOfMemory));
        ranges.give_back(140, 20);
        assert_eq!(ranges.free, [Span { start: 120, end: 180 }]);
        assert_eq!(ranges.take(60), Ok(120));
        ranges.give_back(180, 20);
        ranges.give_back(100, 20);
        ranges.give_back(120, 60);
        assert_eq!(ranges.free, [Span { start: 100, end: 200 }]);
        assert_eq!(ranges.taken, 0);
    }

    #[test]
    fn giving_back_needs_no_allocation() {
        let mut ranges = FreeRanges::new(0, 10_000).unwrap();
        let taken: Vec<usize> = (0..10_000).map(|_| ranges.take(1).unwrap()).collect();
        let room = ranges.free.capacity();
        // Every other one: nothing grows together, which is the most there can be.
        for &start in taken.iter().step_by(2) {
            ranges.give_back(start, 1);
        }
        assert_eq!((ranges.free.len(), ranges.free.capacity()), (5_000, room));
        for &start in taken.iter().skip(1).step_by(2) {
            ranges.give_back(start, 1);
        }
        assert_eq!(ranges.free, [Span { start: 0, end: 10_000 }]);
    }
}
