//! The address space of a platform, asked for once.
//!
//! In: a platform. Out: its address space, the same one whenever it is used. A platform that answered differently from
//! one time to the next could otherwise be given back what it never gave out.

use alloc::sync::Arc;
use core::ptr::NonNull;

use crate::platform::{Platform, VirtualMemory};

/// What a platform answered, and the platform, which keeps it alive.
pub(super) struct AddressSpace {
    pages: Option<NonNull<dyn VirtualMemory>>,
    _platform: Arc<dyn Platform>,
}

// SAFETY: it stands for shared references to a platform and to its address space; both are `Sync`.
unsafe impl Send for AddressSpace {}
// SAFETY: as for Send.
unsafe impl Sync for AddressSpace {}

impl AddressSpace {
    pub(super) fn of(platform: &Arc<dyn Platform>) -> Self {
        let pages = platform.virtual_memory().map(|pages| {
            let pages: NonNull<dyn VirtualMemory + '_> = NonNull::from(pages);
            // SAFETY: only the lifetime changes, from that of a borrow of the platform: `pages` below gives it back no
            // longer than the platform is there.
            unsafe {
                core::mem::transmute::<NonNull<dyn VirtualMemory + '_>, NonNull<dyn VirtualMemory>>(pages)
            }
        });
        Self { pages, _platform: Arc::clone(platform) }
    }

    /// The address space, if the platform has one.
    pub(super) fn pages(&self) -> Option<&dyn VirtualMemory> {
        // SAFETY: a shared borrow of the platform's contents, which this value keeps alive and nobody can borrow
        // exclusively meanwhile: it holds one of the platform's counts.
        self.pages.map(|pages| unsafe { pages.as_ref() })
    }
}
