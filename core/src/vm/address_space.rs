//! The address space of a platform, asked for once.
//!
//! In: a platform. Out: its address space, the same one whenever it is used; and what of it is kept for later.

use alloc::{sync::Arc, vec::Vec};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use spin::Mutex;

use super::image::Shown;
use crate::abi::memory::GUARDED;
use crate::platform::{Image, Kept, Platform, Protection, VirtualMemory};
use crate::support::OutOfMemory;

/// Bytes that are cheaper made zero than given back and asked for again.
const KEEP: usize = 64 << 10;
/// The most images that one engine has: an operating system may have few names for them.
const MOST_IMAGES: usize = 256;

/// What a platform answered; shared by all memories of an engine. Besides, the reservations that memories have let go
/// of, for the next ones.
pub(crate) struct AddressSpace {
    pages: Option<Kept<dyn VirtualMemory>>,
    platform: Arc<dyn Platform>,
    /// At most `most`. Their accessible bytes are zero.
    free: Mutex<Vec<Reservation>>,
    most: usize,
    /// Memories that can be are guarded.
    guards: bool,
    /// How many images there are, or are being made.
    images: AtomicUsize,
}

/// A range of address space.
#[derive(Debug)]
pub(super) struct Reservation {
    pub(super) start: NonNull<u8>,
    pub(super) reserved: usize,
    /// The first of its bytes, which are accessible.
    pub(super) committed: usize,
}

// SAFETY: it owns a range of address space, which belongs to no thread.
unsafe impl Send for Reservation {}

impl AddressSpace {
    /// That of a platform. It keeps nothing.
    pub(crate) fn of(platform: &Arc<dyn Platform>) -> Self {
        let (pages, platform) = (Kept::pages(platform), Arc::clone(platform));
        let (free, images) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
        Self { pages, platform, free, most: 0, guards: false, images }
    }

    /// The same, and it keeps at most so many reservations for later.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn keeping(mut self, most: usize) -> Result<Self, OutOfMemory> {
        // Without address space there is nothing to keep.
        if self.pages.is_some() {
            // Keeping one must not fail.
            self.free.get_mut().try_reserve_exact(most).map_err(|_| OutOfMemory)?;
            self.most = most;
        }
        Ok(self)
    }

    /// The same, and memories that can be are guarded: what follows their last byte, as far as machine code may reach,
    /// cannot be accessed. It stays as it is where pages are too large for that, or where there is no such room.
    pub(crate) fn guarding(mut self) -> Self {
        let whole_pages = |pages: &&dyn VirtualMemory| (1usize << 16).is_multiple_of(pages.page_size());
        if let Some(pages) = self.pages().filter(whole_pages)
            && let Ok(len) = usize::try_from(GUARDED)
            && let Ok(start) = pages.reserve(len)
        {
            // SAFETY: a whole reservation, made just now.
            unsafe { pages.release(start, len) };
            self.guards = true;
        }
        self
    }

    /// Whether memories that can be are guarded.
    pub(crate) fn guards(&self) -> bool {
        self.guards
    }

    /// Whose address space it is.
    pub(crate) fn platform(&self) -> &Arc<dyn Platform> {
        &self.platform
    }

    /// A reservation of this length that another memory has let go of, all zero as far as it is accessible.
    pub(super) fn take(&self, reserved: usize) -> Option<Reservation> {
        if self.most == 0 {
            return None;
        }
        let mut free = self.free.lock();
        // The last one first: its pages are likely to be in some cache.
        let at = free.iter().rposition(|reservation| reservation.reserved == reserved)?;
        Some(free.swap_remove(at))
    }

    /// Keeps a reservation for later, or gives it back to the platform. The first `used` bytes may be anything, and
    /// some of them may show an image; the other accessible ones are zero.
    ///
    /// # Safety
    /// It came from this address space, and nobody uses it any more.
    pub(super) unsafe fn give_back(&self, reservation: Reservation, used: usize, shown: Option<Shown>) {
        let Some(pages) = self.pages() else { return };
        // SAFETY: nobody uses what shows an image, as the caller promises.
        let hidden = |shown: Shown| unsafe { shown.hide(pages, reservation.start) }.is_ok();
        if self.free.lock().len() < self.most && shown.is_none_or(hidden) {
            // Not under the lock: it may take a while.
            // SAFETY: the bytes that were used are accessible, and nobody else uses them, as the caller promises.
            unsafe { clear(Some(pages), reservation.start, used) };
            let mut free = self.free.lock();
            if free.len() < self.most {
                free.push(reservation);
                return;
            }
        }
        // SAFETY: a whole reservation, which nobody uses any more.
        unsafe { pages.release(reservation.start, reservation.reserved) };
    }

    /// An image of these bytes, if the platform makes one, and there are not too many.
    pub(super) fn make_image(&self, parts: &[&[u8]]) -> Option<Image> {
        let pages = self.pages()?;
        if self.images.fetch_add(1, Ordering::Relaxed) < MOST_IMAGES
            && let Ok(image) = pages.make_image(parts)
        {
            return Some(image);
        }
        self.images.fetch_sub(1, Ordering::Relaxed);
        None
    }

    /// Gives an image back.
    ///
    /// # Safety
    /// It came from this address space, and nobody uses it any more.
    pub(super) unsafe fn release_image(&self, image: Image) {
        let Some(pages) = self.pages() else { return };
        // SAFETY: the caller's promise.
        unsafe { pages.release_image(image) };
        self.images.fetch_sub(1, Ordering::Relaxed);
    }

    /// The address space, if the platform has one.
    pub(crate) fn pages(&self) -> Option<&dyn VirtualMemory> {
        self.pages.as_deref()
    }
}

impl Drop for AddressSpace {
    fn drop(&mut self) {
        let free = core::mem::take(self.free.get_mut());
        let Some(pages) = self.pages() else { return };
        for Reservation { start, reserved, .. } in free {
            // SAFETY: a whole reservation, which no memory has.
            unsafe { pages.release(start, reserved) };
        }
    }
}

impl core::fmt::Debug for AddressSpace {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AddressSpace").field("most", &self.most).finish_non_exhaustive()
    }
}

/// Makes the first `len` bytes of a reservation accessible.
pub(super) fn commit(
    pages: &dyn VirtualMemory,
    start: NonNull<u8>,
    committed: &mut usize,
    len: usize,
) -> Result<(), OutOfMemory> {
    if len <= *committed {
        return Ok(());
    }
    let target = len.checked_next_multiple_of(pages.page_size()).ok_or(OutOfMemory)?;
    // SAFETY: what is committed lies in the reservation.
    let fresh = unsafe { start.add(*committed) };
    // SAFETY: `len` lies in the reservation, whose end is a multiple of the page size; so `target` does too.
    unsafe { pages.commit(fresh, target - *committed) }.map_err(|_| OutOfMemory)?;
    *committed = target;
    Ok(())
}

/// Takes the access to what is committed beyond the first `len` bytes of a reservation away again.
///
/// # Errors
/// [`OutOfMemory`]; nothing has changed then.
///
/// # Safety
/// Nobody holds a reference into what is taken away. `len` is a multiple of the page size.
pub(super) unsafe fn revoke(
    pages: &dyn VirtualMemory,
    start: NonNull<u8>,
    committed: &mut usize,
    len: usize,
) -> Result<(), OutOfMemory> {
    if len >= *committed {
        return Ok(());
    }
    // SAFETY: what is committed lies in the reservation.
    let beyond = unsafe { start.add(len) };
    // SAFETY: as above; the caller's promise.
    unsafe { pages.protect(beyond, *committed - len, Protection::None) }.map_err(|_| OutOfMemory)?;
    *committed = len;
    Ok(())
}

/// Makes accessible bytes zero, by giving their pages back where that is cheaper and possible.
///
/// # Safety
/// `[start, start + len)` is accessible and nobody holds a reference into it; `start` is that of a reservation.
pub(super) unsafe fn clear(pages: Option<&dyn VirtualMemory>, start: NonNull<u8>, len: usize) {
    // SAFETY: the caller's promise.
    if len > KEEP && unsafe { discard(pages, start, len) } {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe { start.write_bytes(0, len) }
}

/// Makes accessible bytes of which some show an image what they were at first, and tells that it did; where that is not
/// possible they are zero.
///
/// # Safety
/// As for [`clear`].
pub(super) unsafe fn renew(pages: Option<&dyn VirtualMemory>, start: NonNull<u8>, len: usize) -> bool {
    // SAFETY: the caller's promise.
    let renewed = unsafe { discard(pages, start, len) };
    if !renewed {
        // SAFETY: the caller's promise.
        unsafe { start.write_bytes(0, len) }
    }
    renewed
}

/// Gives the pages of accessible bytes back, if that is possible.
///
/// # Safety
/// As for [`clear`].
unsafe fn discard(pages: Option<&dyn VirtualMemory>, start: NonNull<u8>, len: usize) -> bool {
    let Some(pages) = pages else { return false };
    let Some(whole) = len.checked_next_multiple_of(pages.page_size()) else { return false };
    // SAFETY: what is accessible of a reservation ends at a page's end, so that it includes all of `whole`.
    unsafe { pages.discard(start, whole) }.is_ok()
}
