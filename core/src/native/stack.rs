//! A stack for machine code.
//!
//! In: a size. Out: memory that can be written, with a guard below it that can not. Only a part of it can be accessed at
//! first; it grows downward, in place, as machine code asks for more. Nothing on it refers to the host's stack for longer
//! than the host is inside a call, so it can be left and taken up again.

use alloc::boxed::Box;
use core::ptr::{NonNull, with_exposed_provenance_mut};

use crate::abi::STACK_SLACK;
use crate::platform::{ErrorKind, Kept, Result, VirtualMemory};
use crate::support::try_boxed;
use crate::wasm::Trap;

/// Bytes below a stack that nobody can access: a frame of up to this size cannot step over them.
const GUARD: usize = 64 << 10;
/// Bytes that can be accessed at first.
const INITIAL: usize = 64 << 10;
/// Bytes at the top for [`Extent`]. A multiple of 16.
const HEAD: usize = 64;

/// A stack. Dropped, its memory is given back. Boxed: each call takes it and puts it back.
pub(crate) struct Stack(Box<Reservation>);

/// What a stack has of its platform.
struct Reservation {
    pages: Kept<dyn VirtualMemory>,
    start: NonNull<u8>,
    reserved: usize,
    extent: NonNull<Extent>,
}

/// What of a reservation is a stack now. It lies at the stack's own top.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Where the reservation starts, where the guard below the whole stack ends, and where the reservation ends.
    pub(super) start: usize,
    floor: usize,
    end: usize,
    /// The lowest byte that can be accessed.
    pub(super) low: usize,
}

// SAFETY: it owns its memory, which belongs to no thread.
unsafe impl Send for Stack {}
// SAFETY: a shared one gives out numbers only.
unsafe impl Sync for Stack {}

impl Stack {
    /// A stack of at least `size` bytes above its lowest limit.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]; whatever else the platform meets.
    pub(crate) fn new(pages: &Kept<dyn VirtualMemory>, size: usize) -> Result<Self> {
        let whole = |bytes: usize| bytes.checked_next_multiple_of(pages.page_size());
        let guard = whole(GUARD).ok_or(ErrorKind::OutOfMemory)?;
        let usable = size.checked_add(STACK_SLACK + HEAD).and_then(whole).ok_or(ErrorKind::OutOfMemory)?;
        let reserved = usable.checked_add(guard).ok_or(ErrorKind::OutOfMemory)?;
        let first = whole(INITIAL).map_or(usable, |initial| initial.min(usable));
        let start = pages.reserve(reserved)?;
        // SAFETY: within the reservation.
        let low = unsafe { start.add(reserved - first) };
        // SAFETY: as above.
        let extent = unsafe { start.add(reserved - HEAD) }.cast::<Extent>();
        // From here on it is given back when dropped.
        let stack = Reservation { pages: pages.clone(), start, reserved, extent };
        let stack = Self(try_boxed(stack).map_err(|_| ErrorKind::OutOfMemory)?);
        // SAFETY: the end of the reservation.
        unsafe { pages.commit(low, first) }?;
        let address = start.as_ptr().expose_provenance();
        let (floor, end) = (address + guard, address + reserved);
        let record = Extent { start: address, floor, end, low: low.as_ptr() as usize };
        // SAFETY: just made accessible, a multiple of 16, and nobody uses it.
        unsafe { extent.write(record) };
        Ok(stack)
    }

    /// Behind its highest byte. A multiple of 16.
    pub(super) fn top(&self) -> NonNull<u8> {
        self.0.extent.cast()
    }

    /// What it is now.
    pub(super) fn extent(&self) -> NonNull<Extent> {
        self.0.extent
    }

    /// What its memory comes from.
    pub(super) fn pages(&self) -> &dyn VirtualMemory {
        &*self.0.pages
    }
}

impl Extent {
    /// The lowest address that frames may reach down to now.
    #[inline]
    pub(super) fn limit(&self) -> usize {
        self.low + STACK_SLACK
    }

    /// The lowest address that frames may ever reach down to.
    pub(super) fn lowest_limit(&self) -> usize {
        self.floor + STACK_SLACK
    }

    /// Sees to it that frames may reach down to this address: the stack becomes at least twice as large, as far as that is
    /// possible.
    ///
    /// # Errors
    /// [`Trap::StackOverflow`] where it cannot be so large, [`Trap::OutOfMemory`] where the platform has no more.
    ///
    /// # Safety
    /// It is the extent of a stack of these pages.
    pub(super) unsafe fn reach(
        &mut self,
        pages: &dyn VirtualMemory,
        lowest: usize,
    ) -> core::result::Result<(), Trap> {
        if lowest >= self.limit() {
            return Ok(());
        }
        let wanted = lowest.checked_sub(STACK_SLACK).filter(|wanted| *wanted >= self.floor);
        let wanted = wanted.ok_or(Trap::StackOverflow)?;
        let twice = self.low.saturating_sub(self.end - self.low);
        let low = wanted.min(twice).max(self.floor);
        let low = low - (low - self.floor) % pages.page_size();
        let start = NonNull::new(with_exposed_provenance_mut::<u8>(low)).ok_or(Trap::StackOverflow)?;
        // SAFETY: a part of the reservation that has not been accessible so far.
        unsafe { pages.commit(start, self.low - low) }.map_err(|_| Trap::OutOfMemory)?;
        self.low = low;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: the whole reservation; calls on it own the stack.
        unsafe { self.pages.release(self.start, self.reserved) };
    }
}
