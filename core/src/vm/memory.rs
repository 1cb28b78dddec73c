//! Linear memories.
//!
//! In: a type, a limit, an address space. Out: zeroed bytes that grow: in place where the platform reserves address
//! space, by the allocator where it does not, or within bytes that the host lent. Guests reach the bytes by [`VmMemory::base`] and
//! [`VmMemory::len`]; whoever lets a memory grow reads both again. A guarded memory never moves, and nothing else can be
//! accessed wherever machine code reaches from its first byte: exactly its length is.

use alloc::sync::Arc;
use core::ptr::NonNull;
use core::slice;

use super::Refused;
use super::address_space::{AddressSpace, Reservation, clear, commit, renew, revoke};
use super::heap::{HeapBytes, PIECE};
use super::image::{MemoryImage, Shown};
use super::pieces::{NotGrown, Pause, Pieces, no_pause};
use crate::abi::memory::{GUARDED, can_be_guarded};
use crate::platform::VirtualMemory;
use crate::support::OutOfMemory;
use crate::wasm::{MemoryType, Trap};

/// Address space for one memory with 32-bit addresses: all it can ever reach.
const RESERVE_32: u64 = 4 << 30;
/// Address space for one memory with 64-bit addresses; beyond it the memory moves.
const RESERVE_64: u64 = 16 << 30;

/// What a memory that grows gets at most beyond what it has asked for, so that steady growth takes fewer calls.
const AHEAD: usize = 1 << 20;

/// A linear memory. Never moves itself; its bytes may, when it grows.
#[repr(C)]
pub(crate) struct VmMemory {
    /// The first byte. Never null.
    pub(crate) base: *mut u8,
    /// How many bytes the guest may use.
    pub(crate) len: usize,
    ty: MemoryType,
    /// The most bytes it may have: its type's maximum, its addresses' reach, the configured limit.
    limit: u64,
    /// Its position in the store's list of memories.
    pub(super) handle: u32,
    /// It has so much address space that no address of 32 bits leaves it, and access to its bytes alone.
    guarded: bool,
    backing: Backing,
    space: Arc<AddressSpace>,
}

/// Where the bytes come from.
#[derive(Debug)]
enum Backing {
    Heap(HeapBytes),
    /// Address space; the first `committed` bytes are accessible, and those beyond `len` are zero.
    Reserved {
        start: NonNull<u8>,
        reserved: usize,
        committed: usize,
        /// What its first bytes started with, where that was not zeros.
        shown: Option<Shown>,
    },
    /// Bytes of the host, given for good.
    Lent {
        start: NonNull<u8>,
        capacity: usize,
        /// Zeros behind the bytes in use.
        zeros: Pieces,
    },
}

impl VmMemory {
    /// A memory of the type's minimum, all zero, that never has more than `max_bytes`.
    ///
    /// # Errors
    /// [`Refused::MemoryLimit`] where the minimum is above a limit, [`Refused::OutOfMemory`] where the host has
    /// not so much.
    pub(crate) fn new(ty: MemoryType, max_bytes: u64, space: &Arc<AddressSpace>) -> Result<Self, Refused> {
        let limit = Self::limit_of(ty, max_bytes);
        let initial = ty.minimum().checked_mul(ty.page_size()).filter(|bytes| *bytes <= limit);
        let initial = usize::try_from(initial.ok_or(Refused::MemoryLimit)?).map_err(|_| OutOfMemory)?;
        let guarded = space.guards() && can_be_guarded(ty);
        let backing = match guarded {
            true => reserve_guarded(space, initial)?,
            false => reserve(space, ty, limit, initial).unwrap_or(Backing::Heap(HeapBytes::empty())),
        };
        let (base, space) = (backing.start(), Arc::clone(space));
        let mut memory = Self { base, len: 0, ty, limit, handle: 0, guarded, backing, space };
        memory.extend(initial, &mut no_pause).map_err(|_| OutOfMemory)?;
        Ok(memory)
    }

    /// A memory of the type's minimum in bytes of the host, which keep what they hold so far. It grows as far as
    /// they reach.
    ///
    /// # Errors
    /// [`Refused::MemoryLimit`] where the minimum is above a limit, or above what there is.
    pub(crate) fn lent(
        ty: MemoryType,
        max_bytes: u64,
        bytes: &'static mut [u8],
        space: &Arc<AddressSpace>,
    ) -> Result<Self, Refused> {
        let capacity = bytes.len();
        let limit = Self::limit_of(ty, max_bytes.min(capacity as u64));
        let initial = ty.minimum().checked_mul(ty.page_size()).filter(|bytes| *bytes <= limit);
        // At most the slice's length.
        let len = initial.ok_or(Refused::MemoryLimit)? as usize;
        let start = NonNull::from(bytes).cast();
        let backing = Backing::Lent { start, capacity, zeros: Pieces::NONE };
        let base = backing.start();
        Ok(Self { base, len, ty, limit, handle: 0, guarded: false, backing, space: Arc::clone(space) })
    }

    /// The most bytes that a memory of this type may ever have where `max_bytes` is configured.
    pub(crate) fn limit_of(ty: MemoryType, max_bytes: u64) -> u64 {
        reach(ty).min(max_bytes)
    }

    /// Whether it never moves, and what follows its last byte cannot be accessed.
    pub(crate) fn is_guarded(&self) -> bool {
        self.guarded
    }

    /// The most bytes that it may have.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Its type, with the minimum that it was made with.
    pub(crate) fn ty(&self) -> MemoryType {
        self.ty
    }

    /// Its position in the store's list of memories.
    pub(crate) fn handle(&self) -> u32 {
        self.handle
    }

    /// Its size in pages.
    pub(crate) fn size_pages(&self) -> u64 {
        self.len as u64 >> self.ty.page_size_log2()
    }

    /// Grows by `delta` pages of zeros; the size before.
    ///
    /// # Errors
    /// [`NotGrown`].
    // Each return after a call of the system is one that the processor has not foreseen: this is one function, with
    // its callers.
    #[inline]
    pub(crate) fn grow(&mut self, delta: u64, pause: Pause<'_>) -> Result<u64, NotGrown> {
        let old = self.size_pages();
        let bytes = old.checked_add(delta).and_then(|pages| pages.checked_mul(self.ty.page_size()));
        let bytes = bytes.filter(|bytes| *bytes <= self.limit).ok_or(NotGrown::Refused)?;
        self.extend(usize::try_from(bytes).map_err(|_| NotGrown::Refused)?, pause)?;
        Ok(old)
    }

    /// Lets it start with an image: at first, when it is all zero, and again after each [`reset`](Self::reset). Tells
    /// whether it did; otherwise it is as before, but that some of what the image has may be there already.
    pub(super) fn start_with(&mut self, image: &Arc<MemoryImage>) -> bool {
        let Backing::Reserved { start, shown, .. } = &mut self.backing else { return false };
        let Some(pages) = self.space.pages() else { return false };
        if shown.is_none() {
            // SAFETY: images are made for memories with this minimum, which is committed.
            *shown = unsafe { Shown::new(image, pages, *start) };
        }
        // The memory is used from here on.
        shown.as_mut().is_some_and(|shown| core::mem::take(&mut shown.fresh))
    }

    /// Makes it what [`VmMemory::new`] made: all zero, or but for an image that it started with. Its bytes stay where
    /// they are if they can; what it has grown by is given back.
    ///
    /// # Errors
    /// [`OutOfMemory`] where the platform cannot take access away: its bytes are zero then, and as many as before.
    pub(crate) fn reset(&mut self) -> Result<(), OutOfMemory> {
        // It has had so many from the beginning.
        let len = (self.ty.minimum().saturating_mul(self.ty.page_size()) as usize).min(self.len);
        match &mut self.backing {
            Backing::Heap(heap) => heap.reset(self.len, len),
            Backing::Reserved { start, committed, shown, .. } => {
                let pages = self.space.pages();
                match shown {
                    // SAFETY: the memory's bytes are accessible, and borrowed exclusively.
                    None => unsafe { clear(pages, *start, self.len) },
                    Some(shown) => {
                        // SAFETY: as above.
                        let renewed = unsafe { renew(pages, *start, self.len) };
                        shown.fresh = renewed && shown.is_whole();
                    }
                }
                if let Some(pages) = pages.filter(|_| self.guarded) {
                    // SAFETY: as above; a guarded memory's length is a multiple of the page size.
                    unsafe { revoke(pages, *start, committed, len) }?;
                }
            }
            Backing::Lent { start, zeros, .. } => {
                *zeros = Pieces::NONE;
                // SAFETY: the memory's bytes, borrowed exclusively. Those beyond are made zero when it grows.
                unsafe { start.write_bytes(0, len) }
            }
        }
        self.base = self.backing.start();
        self.len = len;
        Ok(())
    }

    /// All bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the first `len` bytes are allocated, initialised (zero at first) and owned by this value.
        unsafe { slice::from_raw_parts(self.base, self.len) }
    }

    /// All bytes, to write.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; the exclusive borrow of the memory is one of its bytes.
        unsafe { slice::from_raw_parts_mut(self.base, self.len) }
    }

    /// The address space that it may be in.
    pub(super) fn space(&self) -> &Arc<AddressSpace> {
        &self.space
    }

    /// All bytes up to the end of the last one's page, if they are in address space of their own.
    pub(super) fn accessible(&self) -> &[u8] {
        let Backing::Reserved { start, committed, .. } = self.backing else { return &[] };
        // SAFETY: what is committed is accessible, initialised (zero at first) and owned by this value.
        unsafe { slice::from_raw_parts(start.as_ptr(), committed) }
    }

    /// A range of bytes: where it starts, and its length.
    ///
    /// # Errors
    /// [`Trap::MemoryOutOfBounds`] if not all of it is inside the memory.
    pub(crate) fn range(&self, start: u64, len: u64) -> Result<(*mut u8, usize), Trap> {
        let end = start.checked_add(len).filter(|end| *end <= self.len as u64);
        end.ok_or(Trap::MemoryOutOfBounds)?;
        // Both are at most `self.len`, a `usize`.
        Ok((self.base.wrapping_add(start as usize), len as usize))
    }

    /// A range of bytes.
    ///
    /// # Errors
    /// As [`VmMemory::range`].
    pub(crate) fn range_mut(&mut self, start: u64, len: u64) -> Result<&mut [u8], Trap> {
        let (start, len) = self.range(start, len)?;
        // SAFETY: the range lies inside the memory, which is borrowed exclusively.
        Ok(unsafe { slice::from_raw_parts_mut(start, len) })
    }

    /// Makes `len` bytes accessible, of which those beyond the present ones are zero.
    #[inline]
    fn extend(&mut self, len: usize, pause: Pause<'_>) -> Result<(), NotGrown> {
        let refused = |OutOfMemory| NotGrown::Refused;
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        match &mut self.backing {
            Backing::Heap(heap) => heap.grow(self.len, len, most, pause)?,
            Backing::Reserved { reserved, .. } if len > *reserved => {
                self.relocate(len, most).map_err(refused)?;
            }
            Backing::Reserved { start, reserved, committed, .. } => {
                let pages = self.space.pages().ok_or(NotGrown::Refused)?;
                // Nothing but what the guest may use can be accessible where that is how bounds are found.
                let exactly = self.guarded || *committed == 0 || len <= *committed;
                let ahead = len.saturating_add((len / 8).min(AHEAD)).min(most).min(*reserved);
                if exactly || commit(pages, *start, committed, ahead).is_err() {
                    commit(pages, *start, committed, len).map_err(refused)?;
                }
            }
            Backing::Lent { start, capacity, zeros } => {
                if len > *capacity {
                    return Err(NotGrown::Refused);
                }
                zeros.run((self.len, len), 0, PIECE, pause, |at, bytes| {
                    // SAFETY: the piece ends below `len`, and so lies in the slice.
                    let fresh = unsafe { start.add(at) };
                    // SAFETY: as above; the slice was given for good.
                    unsafe { fresh.write_bytes(0, bytes) };
                })?;
            }
        }
        self.base = self.backing.start();
        self.len = len;
        Ok(())
    }

    /// Moves to more address space: only memories that outgrow [`RESERVE_64`] ever come here.
    #[cold]
    fn relocate(&mut self, len: usize, most: usize) -> Result<(), OutOfMemory> {
        let pages = self.space.pages().ok_or(OutOfMemory)?;
        let wish = len.saturating_mul(2).min(most).max(len);
        let mut fresh = reserve_some(pages, wish, len).ok_or(OutOfMemory)?;
        let Backing::Reserved { start, committed, .. } = &mut fresh else {
            return Err(OutOfMemory);
        };
        if let Err(error) = commit(pages, *start, committed, len) {
            fresh.release(&self.space, 0);
            return Err(error);
        }
        // SAFETY: both ranges are accessible for `self.len` bytes, which is less than `len`; a fresh reservation
        // overlaps nothing.
        unsafe { start.as_ptr().copy_from_nonoverlapping(self.base, self.len) };
        core::mem::replace(&mut self.backing, fresh).release(&self.space, self.len);
        Ok(())
    }
}

impl Drop for VmMemory {
    fn drop(&mut self) {
        let backing = core::mem::replace(&mut self.backing, Backing::Heap(HeapBytes::empty()));
        backing.release(&self.space, self.len);
    }
}

impl core::fmt::Debug for VmMemory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("VmMemory").field("ty", &self.ty).field("len", &self.len).finish_non_exhaustive()
    }
}

impl Backing {
    fn of(reservation: Reservation) -> Self {
        let Reservation { start, reserved, committed } = reservation;
        Self::Reserved { start, reserved, committed, shown: None }
    }

    fn start(&self) -> *mut u8 {
        match self {
            Self::Heap(heap) => heap.base().as_ptr(),
            Self::Reserved { start, .. } | Self::Lent { start, .. } => start.as_ptr(),
        }
    }

    /// Gives everything back to the space that it came from; `used` bytes of it may be anything.
    fn release(self, space: &AddressSpace, used: usize) {
        if let Self::Reserved { start, reserved, committed, shown } = self {
            // SAFETY: the whole range of one `reserve`; the memory that used it has let go of it.
            unsafe { space.give_back(Reservation { start, reserved, committed }, used, shown) };
        }
    }
}

/// The most bytes that a type allows. Sizes in pages must fit the guest's addresses, too.
fn reach(ty: MemoryType) -> u64 {
    let mut pages = ty.maximum().unwrap_or(u64::MAX).min(ty.absolute_max_pages());
    if !ty.is_64() {
        pages = pages.min(u32::MAX.into());
    }
    pages.saturating_mul(ty.page_size())
}

/// Address space for a memory that starts with `initial` bytes: what another memory has let go of, if there is some.
fn reserve(space: &AddressSpace, ty: MemoryType, limit: u64, initial: usize) -> Option<Backing> {
    let pages = space.pages()?;
    let cap = if ty.is_64() { RESERVE_64 } else { RESERVE_32 };
    let wish = usize::try_from(limit.min(cap)).unwrap_or(isize::MAX as usize).max(initial);
    if wish == 0 {
        return None;
    }
    match space.take(wish.checked_next_multiple_of(pages.page_size())?) {
        Some(reservation) => Some(Backing::of(reservation)),
        None => reserve_some(pages, wish, initial.max(1)),
    }
}

/// Address space for a guarded memory that starts with `initial` bytes, of which no more are accessible.
fn reserve_guarded(space: &AddressSpace, initial: usize) -> Result<Backing, OutOfMemory> {
    let pages = space.pages().ok_or(OutOfMemory)?;
    let len = usize::try_from(GUARDED).map_err(|_| OutOfMemory)?;
    if let Some(mut kept) = space.take(len) {
        // SAFETY: nobody uses what another memory has let go of.
        match unsafe { revoke(pages, kept.start, &mut kept.committed, initial) } {
            Ok(()) => return Ok(Backing::of(kept)),
            // SAFETY: as above, the whole of it.
            Err(OutOfMemory) => unsafe { pages.release(kept.start, kept.reserved) },
        }
    }
    let start = pages.reserve(len).map_err(|_| OutOfMemory)?;
    Ok(Backing::of(Reservation { start, reserved: len, committed: 0 }))
}

/// Reserves `wish` bytes, or fewer where that is refused, but at least `least`, which is not 0.
fn reserve_some(pages: &dyn VirtualMemory, wish: usize, least: usize) -> Option<Backing> {
    let least = least.checked_next_multiple_of(pages.page_size())?;
    let mut reserved = wish.checked_next_multiple_of(pages.page_size())?.max(least);
    loop {
        if let Ok(start) = pages.reserve(reserved) {
            return Some(Backing::of(Reservation { start, reserved, committed: 0 }));
        }
        if reserved == least {
            return None;
        }
        reserved = (reserved / 2).checked_next_multiple_of(pages.page_size())?.max(least);
    }
}
