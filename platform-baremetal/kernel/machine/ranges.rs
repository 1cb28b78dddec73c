//! A few ranges of physical memory, before there is a heap to keep them in.

/// `[start, end)`, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Range {
    pub(crate) fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// How many pieces memory may be in; what is beyond is not used.
const MOST: usize = 16;

/// Ranges that do not overlap. An empty one is no range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ranges([Range; MOST]);

impl Ranges {
    pub(crate) const fn new() -> Self {
        Self([Range { start: 0, end: 0 }; MOST])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Range> {
        self.0.into_iter().filter(|range| range.len() > 0)
    }

    /// Adds a range that overlaps none.
    pub(crate) fn add(&mut self, range: Range) {
        if let Some(free) = self.0.iter_mut().find(|range| range.len() == 0) {
            *free = range;
        }
    }

    /// Takes out whatever overlaps `hole`.
    pub(crate) fn remove(&mut self, hole: Range) {
        for index in 0..MOST {
            let range = self.0[index];
            if hole.start < range.end && range.start < hole.end {
                self.0[index] = Range { start: range.start, end: hole.start.max(range.start) };
                self.add(Range { start: hole.end.min(range.end), end: range.end });
            }
        }
    }

    /// Makes each start and end a multiple of `unit` by leaving out the rest.
    pub(crate) fn shrink_to(&mut self, unit: u64) {
        for range in &mut self.0 {
            *range = Range { start: range.start.next_multiple_of(unit), end: range.end / unit * unit };
        }
    }

    /// Takes the lower half of the longest range out.
    pub(crate) fn take_half(&mut self) -> Range {
        let longest = self.iter().max_by_key(|range| range.len()).unwrap_or(Range { start: 0, end: 0 });
        let half = Range { start: longest.start, end: longest.start + longest.len() / 2 };
        self.remove(half);
        half
    }
}
