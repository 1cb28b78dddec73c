//! Vectors of buffers in the guest's memory.
//!
//! In: an array of `iovec` that the guest made up. Out: slices of its memory, in order, each checked before
//! any is used. It does not know what fills or drains them.

use alloc::vec::Vec;

use crate::{
    abi::IOVEC_SIZE,
    errno::Errno,
    memory::{GuestMemory, GuestPtr, GuestRange},
};

/// The most buffers in one call: `IOV_MAX` of Linux and of wasi-libc.
pub(crate) const MAX_IOVECS: u32 = 1024;
/// The most bytes in one call: what a 32-bit `ssize_t` can count.
const MAX_TOTAL: u64 = i32::MAX as u64;
/// Vectors up to this length need no allocation.
const INLINE: usize = 8;
/// The most bytes read at once into buffers that overlap.
const MAX_BOUNCE: usize = 1 << 20;

/// Puts bytes into buffers, first to last, and counts them.
pub(crate) type Fill<'f> = dyn FnMut(&mut [&mut [u8]]) -> Result<usize, Errno> + 'f;
/// Takes bytes from buffers, first to last, and counts them.
pub(crate) type Drain<'d> = dyn FnMut(&[&[u8]]) -> Result<usize, Errno> + 'd;

/// Checked buffers of one call. Empty ones are left out: as in POSIX, their address does not matter.
pub(crate) struct Iovecs {
    inline: [GuestRange; INLINE],
    spilled: Vec<GuestRange>,
    len: usize,
    total: usize,
}

impl Iovecs {
    /// Decodes `count` vectors at `iovs`. Answers `EINVAL` for more than [`MAX_IOVECS`] and for a total beyond
    /// `i32::MAX`, `EFAULT` where a buffer leaves the memory.
    pub(crate) fn decode(memory: &GuestMemory<'_>, iovs: GuestPtr, count: u32) -> Result<Self, Errno> {
        if count > MAX_IOVECS {
            return Err(Errno::Inval);
        }
        let array = memory.bytes(memory.check_array(iovs, count, IOVEC_SIZE)?)?;
        let mut vectors =
            Self { inline: [GuestRange::default(); INLINE], spilled: Vec::new(), len: 0, total: 0 };
        let mut total = 0u64;
        let (pairs, _) = array.as_chunks::<8>();
        for &[a, b, c, d, e, f, g, h] in pairs {
            let len = u32::from_le_bytes([e, f, g, h]);
            total += u64::from(len);
            if total > MAX_TOTAL {
                return Err(Errno::Inval);
            }
            if len > 0 {
                let start = GuestPtr::new(u32::from_le_bytes([a, b, c, d]));
                vectors.push(memory.check(start, len)?, pairs.len())?;
            }
        }
        vectors.total = usize::try_from(total).map_err(|_| Errno::Inval)?;
        Ok(vectors)
    }

    fn push(&mut self, range: GuestRange, at_most: usize) -> Result<(), Errno> {
        if let Some(slot) = self.inline.get_mut(self.len) {
            *slot = range;
        } else {
            if self.spilled.is_empty() {
                self.spilled.try_reserve_exact(at_most).map_err(|_| Errno::Nomem)?;
                self.spilled.extend_from_slice(&self.inline);
            }
            self.spilled.push(range);
        }
        self.len += 1;
        Ok(())
    }

    fn ranges(&self) -> &[GuestRange] {
        if self.spilled.is_empty() { &self.inline[..self.len] } else { &self.spilled }
    }

    /// The sum of the lengths.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Drops the first `count` bytes, as after a short transfer.
    pub(crate) fn advance(&mut self, count: usize) {
        self.total = self.total.saturating_sub(count);
        let mut count = count;
        let ranges =
            if self.spilled.is_empty() { &mut self.inline[..self.len] } else { &mut self.spilled[..] };
        for range in ranges {
            let dropped = count.min(range.len());
            *range = range.skip(dropped);
            count -= dropped;
        }
    }

    /// Those that hold the first `room` bytes; `None` if that is all of them.
    pub(crate) fn front(&self, room: usize) -> Result<Option<Self>, Errno> {
        if self.total <= room {
            return Ok(None);
        }
        let mut front =
            Self { inline: [GuestRange::default(); INLINE], spilled: Vec::new(), len: 0, total: room };
        let mut room = room;
        for range in self.ranges() {
            front.push(range.take(room), self.len)?;
            room = room.saturating_sub(range.len());
            if room == 0 {
                break;
            }
        }
        Ok(Some(front))
    }

    /// Calls `drain` with the buffers to be written out.
    pub(crate) fn gather(&self, memory: &GuestMemory<'_>, drain: &mut Drain<'_>) -> Result<usize, Errno> {
        let ranges = self.ranges();
        let mut inline: [&[u8]; INLINE] = [&[]; INLINE];
        if let Some(buffers) = inline.get_mut(..ranges.len()) {
            for (buffer, range) in buffers.iter_mut().zip(ranges) {
                *buffer = memory.bytes(*range)?;
            }
            return drain(buffers);
        }
        let mut buffers = Vec::new();
        buffers.try_reserve_exact(ranges.len()).map_err(|_| Errno::Nomem)?;
        for range in ranges {
            buffers.push(memory.bytes(*range)?);
        }
        drain(&buffers)
    }

    /// Calls `fill` with the buffers to be filled. Buffers that overlap are filled from a copy, first to last,
    /// which is what a kernel does.
    pub(crate) fn scatter(&self, memory: &mut GuestMemory<'_>, fill: &mut Fill<'_>) -> Result<usize, Errno> {
        let ranges = self.ranges();
        if let &[range] = ranges {
            return fill(&mut [memory.bytes_mut(range)?]);
        }
        let mut inline_order = [0; INLINE];
        let mut long_order = Vec::new();
        let order = if let Some(order) = inline_order.get_mut(..ranges.len()) {
            order
        } else {
            long_order.try_reserve_exact(ranges.len()).map_err(|_| Errno::Nomem)?;
            long_order.resize(ranges.len(), 0);
            &mut long_order[..]
        };
        if !sort_disjoint(ranges, order) {
            return self.bounce(memory, fill);
        }
        let mut inline: [&mut [u8]; INLINE] = Default::default();
        if let Some(buffers) = inline.get_mut(..ranges.len()) {
            carve(memory.whole(), ranges, order, buffers)?;
            return fill(buffers);
        }
        let mut buffers: Vec<&mut [u8]> = Vec::new();
        buffers.try_reserve_exact(ranges.len()).map_err(|_| Errno::Nomem)?;
        buffers.resize_with(ranges.len(), Default::default);
        carve(memory.whole(), ranges, order, &mut buffers)?;
        fill(&mut buffers)
    }

    fn bounce(&self, memory: &mut GuestMemory<'_>, fill: &mut Fill<'_>) -> Result<usize, Errno> {
        let size = self.total.min(MAX_BOUNCE);
        let mut copy = Vec::new();
        copy.try_reserve_exact(size).map_err(|_| Errno::Nomem)?;
        copy.resize(size, 0u8);
        let count = fill(&mut [&mut copy[..]])?.min(size);
        let mut rest = &copy[..count];
        for range in self.ranges() {
            let (part, tail) = rest.split_at(rest.len().min(range.len()));
            memory.bytes_mut(range.take(part.len()))?.copy_from_slice(part);
            rest = tail;
        }
        Ok(count)
    }
}

/// Puts the indices of `ranges` into `order` by start, and tells whether no two ranges share a byte.
fn sort_disjoint(ranges: &[GuestRange], order: &mut [usize]) -> bool {
    for (index, slot) in order.iter_mut().enumerate() {
        *slot = index;
    }
    // An empty range (left by `advance`) sorts before one that starts with it.
    order.sort_unstable_by_key(|&index| (ranges[index].start(), ranges[index].len()));
    order.windows(2).all(|pair| match *pair {
        [first, second] => ranges[first].end() <= ranges[second].start(),
        _ => true,
    })
}

/// Splits `memory` into the slices that `ranges` name. `order` is by start, without overlap.
fn carve<'m>(
    memory: &'m mut [u8],
    ranges: &[GuestRange],
    order: &[usize],
    buffers: &mut [&'m mut [u8]],
) -> Result<(), Errno> {
    let mut rest = memory;
    let mut passed = 0;
    for &index in order {
        let range = ranges[index];
        let gap = range.start().checked_sub(passed).ok_or(Errno::Fault)?;
        let (_, tail) = rest.split_at_mut_checked(gap).ok_or(Errno::Fault)?;
        let (buffer, tail) = tail.split_at_mut_checked(range.len()).ok_or(Errno::Fault)?;
        buffers[index] = buffer;
        rest = tail;
        passed = range.end();
    }
    Ok(())
}
