//! The interpreter's stack: one array of 64-bit slots per store, which grows up to one limit.
//!
//! In: how many slots a frame needs. Out: room, or a trap. Frames are linked by distances, not addresses, so
//! the array may move when it grows. It does so while it is small, and where the platform reserves no address space;
//! a larger one goes where it can grow in place, so that a deep recursion is never held up by a copy of all of it.

use alloc::{sync::Arc, vec::Vec};
use core::ptr::NonNull;
use core::slice;

use super::AddressSpace;
use super::address_space::{Reservation, commit};
use crate::wasm::Trap;

/// Slots of a new stack: 4 KiB. Making them zero is a part of what the first call in a store costs.
const INITIAL_SLOTS: usize = 512;
/// Slots beyond which a stack goes where it need not move any more: 64 KiB, which are copied in some microseconds.
const FEW_SLOTS: usize = 8192;

/// A stack of 64-bit slots.
#[derive(Debug)]
pub(crate) struct ValueStack {
    base: NonNull<u64>,
    len: usize,
    limit: usize,
    backing: Backing,
    /// The first slot that no frame uses; where the next call from the host starts.
    pub(crate) top: usize,
}

/// Whose the slots are.
#[derive(Debug)]
enum Backing {
    Heap(Vec<u64>),
    Reserved(Arc<AddressSpace>, Reservation),
}

// SAFETY: it owns its slots, which are numbers; whoever shares it only reads its length.
unsafe impl Send for ValueStack {}
// SAFETY: as for Send.
unsafe impl Sync for ValueStack {}

impl ValueStack {
    /// An empty stack that may grow to `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        let backing = Backing::Heap(Vec::new());
        Self { base: NonNull::dangling(), len: 0, limit: limit / size_of::<u64>(), backing, top: 0 }
    }

    /// Slots there are now.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The first slot. Moves when the stack grows.
    #[inline(always)]
    pub(crate) fn base(&self) -> *mut u64 {
        self.base.as_ptr()
    }

    /// Grows until `slots` slots are there. New slots are zero.
    ///
    /// # Errors
    /// [`Trap::StackOverflow`] beyond the limit, [`Trap::OutOfMemory`] where the host has no more.
    #[inline]
    pub(crate) fn reserve(&mut self, slots: usize, space: &Arc<AddressSpace>) -> Result<(), Trap> {
        if slots <= self.len { Ok(()) } else { self.grow(slots, space) }
    }

    #[cold]
    fn grow(&mut self, slots: usize, space: &Arc<AddressSpace>) -> Result<(), Trap> {
        if slots > self.limit {
            return Err(Trap::StackOverflow);
        }
        let target = slots.max(self.len.saturating_mul(2)).max(INITIAL_SLOTS).min(self.limit);
        if let Backing::Heap(_) = &self.backing
            && target > FEW_SLOTS
        {
            // Where there is no address space, or none left, the heap has to do.
            self.settle(target, space);
        }
        match &mut self.backing {
            Backing::Heap(slots) => {
                slots.try_reserve_exact(target - slots.len()).map_err(|_| Trap::OutOfMemory)?;
                slots.resize(target, 0);
                self.base = NonNull::from(&mut slots[..]).cast();
            }
            Backing::Reserved(space, reservation) => extend(space, reservation, target)?,
        }
        self.len = target;
        Ok(())
    }

    /// Moves to address space that lasts, and makes `target` slots of it accessible; if it can.
    fn settle(&mut self, target: usize, space: &Arc<AddressSpace>) {
        let Some(pages) = space.pages() else { return };
        let bytes = self.limit.checked_mul(size_of::<u64>());
        let Some(reserved) = bytes.and_then(|bytes| bytes.checked_next_multiple_of(pages.page_size())) else {
            return;
        };
        let Ok(start) = pages.reserve(reserved) else { return };
        let reservation = Reservation { start, reserved, committed: 0 };
        let mut backing = Backing::Reserved(Arc::clone(space), reservation);
        // A platform may have the oddest pages.
        if start.cast::<u64>().is_aligned()
            && let Backing::Reserved(space, reservation) = &mut backing
            && extend(space, reservation, target).is_ok()
        {
            let base: NonNull<u64> = start.cast();
            // SAFETY: both are accessible for as many slots as there are now, fewer than `target`; the reservation is
            // fresh and overlaps nothing.
            unsafe { base.copy_from_nonoverlapping(self.base, self.len) };
            self.base = base;
            core::mem::swap(&mut self.backing, &mut backing);
        }
        release(backing);
    }

    /// A range of slots, by number.
    pub(crate) fn slots(&mut self, start: usize, len: usize) -> Option<&mut [u64]> {
        let end = start.checked_add(len)?;
        if end > self.len {
            return None;
        }
        // SAFETY: there are so many slots, all initialised, and the stack that owns them is borrowed exclusively.
        Some(unsafe { slice::from_raw_parts_mut(self.base().wrapping_add(start), len) })
    }
}

impl Drop for ValueStack {
    fn drop(&mut self) {
        release(core::mem::replace(&mut self.backing, Backing::Heap(Vec::new())));
    }
}

/// Makes the first `slots` slots of a reservation accessible, which has room for them.
fn extend(space: &AddressSpace, reservation: &mut Reservation, slots: usize) -> Result<(), Trap> {
    let pages = space.pages().ok_or(Trap::OutOfMemory)?;
    let Reservation { start, committed, .. } = reservation;
    commit(pages, *start, committed, slots * size_of::<u64>()).map_err(|_| Trap::OutOfMemory)
}

/// Gives slots back to where they came from.
fn release(backing: Backing) {
    if let Backing::Reserved(space, Reservation { start, reserved, .. }) = backing
        && let Some(pages) = space.pages()
    {
        // SAFETY: a whole reservation of this space, and the stack that had it has let go of it.
        unsafe { pages.release(start, reserved) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{ErrorKind, NoPlatform, Platform, Protection, Result as Answer, VirtualMemory};
    use crate::support::reserve::try_arc;
    use alloc::{boxed::Box, vec};

    /// Address space made of the heap, full of ones; so many bytes of it can be accessible.
    struct Pages(usize);

    // SAFETY: reservations are fresh allocations, exclusive until released, and never move; `commit` zeroes.
    unsafe impl VirtualMemory for Pages {
        fn page_size(&self) -> usize {
            4096
        }

        fn reserve(&self, len: usize) -> Answer<NonNull<u8>> {
            Ok(NonNull::from(Box::leak(vec![u64::MAX; len / 8].into_boxed_slice())).cast())
        }

        unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Answer<()> {
            if len > self.0 {
                return Err(ErrorKind::OutOfMemory);
            }
            // SAFETY: the caller's promise: the range lies in a reservation, which is an allocation.
            unsafe { start.write_bytes(0, len) };
            Ok(())
        }

        unsafe fn protect(&self, _: NonNull<u8>, _: usize, _: Protection) -> Answer<()> {
            Ok(())
        }

        unsafe fn release(&self, start: NonNull<u8>, len: usize) {
            let slice = core::ptr::slice_from_raw_parts_mut(start.as_ptr().cast::<u64>(), len / 8);
            // SAFETY: the caller's promise: it is a whole reservation, which was a box of this length.
            drop(unsafe { Box::from_raw(slice) });
        }
    }

    impl Platform for Pages {
        fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
            Some(self)
        }
    }

    fn space(platform: impl Platform + 'static) -> Arc<AddressSpace> {
        let platform: Arc<dyn Platform> = Arc::new(platform);
        try_arc(AddressSpace::of(&platform)).unwrap()
    }

    /// Grows step by step, and looks whether every slot keeps what was written to it and new ones are zero.
    fn grows(space: &Arc<AddressSpace>) -> ValueStack {
        let mut stack = ValueStack::new(1 << 20);
        let mut seen = 0;
        for slots in [1, 512, 513, 5000, 8192, 8193, 70_000, 131_072] {
            stack.reserve(slots, space).unwrap();
            assert!(stack.len() >= slots && stack.len() <= 131_072);
            let len = stack.len();
            let all = stack.slots(0, len).unwrap();
            assert!(all[..seen].iter().enumerate().all(|(n, slot)| *slot == n as u64));
            assert!(all[seen..].iter().all(|slot| *slot == 0));
            all.iter_mut().enumerate().for_each(|(n, slot)| *slot = n as u64);
            seen = len;
        }
        assert_eq!(stack.reserve(131_073, space), Err(Trap::StackOverflow));
        assert!(stack.slots(131_072, 1).is_none() && stack.slots(usize::MAX, 2).is_none());
        stack
    }

    #[test]
    fn a_stack_keeps_its_slots_on_the_heap() {
        let space = space(NoPlatform);
        assert!(matches!(grows(&space).backing, Backing::Heap(_)));
    }
    #[test]
    fn a_stack_stays_where_it_is_once_it_is_large() {
        let space = space(Pages(1 << 20));
        let stack = grows(&space);
        assert!(matches!(&stack.backing, Backing::Reserved(_, whole) if whole.reserved == 1 << 20));
        let mut stack = ValueStack::new(1 << 20);
        stack.reserve(FEW_SLOTS + 1, &space).unwrap();
        let base = stack.base();
        stack.reserve(131_072, &space).unwrap();
        assert_eq!(stack.base(), base);
    }

    #[test]
    fn where_pages_are_refused_the_heap_does() {
        assert!(matches!(grows(&space(Pages(0))).backing, Backing::Heap(_)));
        // Later it is too late.
        let space = space(Pages(1 << 18));
        let mut stack = ValueStack::new(1 << 20);
        stack.reserve(FEW_SLOTS + 1, &space).unwrap();
        assert_eq!(stack.reserve(131_072, &space), Err(Trap::OutOfMemory));
        assert!(stack.slots(0, FEW_SLOTS + 1).is_some());
    }
}
