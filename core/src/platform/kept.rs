//! One capability of a platform, asked for once and kept.
//!
//! In: a platform. Out: what it answered, the same one whenever it is used. A platform that answered differently from
//! one time to the next could otherwise be given back what it never gave out.
#![expect(unsafe_code, reason = "a borrow of what the same value keeps alive")]

use alloc::sync::Arc;
use core::mem::transmute;
use core::ops::Deref;
use core::ptr::NonNull;

use super::{FaultHook, Platform, VirtualMemory};

/// What a platform answered, and the platform, which keeps it alive.
pub(crate) struct Kept<T: ?Sized> {
    it: NonNull<T>,
    platform: Arc<dyn Platform>,
}

// SAFETY: it stands for shared references to a platform and to a part of it, which are `Sync`.
unsafe impl<T: ?Sized + Sync> Send for Kept<T> {}
// SAFETY: as for Send.
unsafe impl<T: ?Sized + Sync> Sync for Kept<T> {}

impl Kept<dyn Platform> {
    /// The platform itself, without a look for it behind the counts.
    pub(crate) fn whole(platform: &Arc<dyn Platform>) -> Self {
        Self { it: NonNull::from(&**platform), platform: Arc::clone(platform) }
    }
}

impl Kept<dyn VirtualMemory> {
    /// The address space of a platform, if it has one.
    pub(crate) fn pages(platform: &Arc<dyn Platform>) -> Option<Self> {
        let it: NonNull<dyn VirtualMemory + '_> = NonNull::from(platform.virtual_memory()?);
        // SAFETY: only the lifetime changes, from that of a borrow of the platform; `deref` gives it back no longer
        // than the platform is there.
        let it = unsafe { transmute::<NonNull<dyn VirtualMemory + '_>, NonNull<dyn VirtualMemory>>(it) };
        Some(Self { it, platform: Arc::clone(platform) })
    }
}

impl Kept<dyn FaultHook> {
    /// The hook of a platform, if it has one.
    pub(crate) fn faults(platform: &Arc<dyn Platform>) -> Option<Self> {
        let it: NonNull<dyn FaultHook + '_> = NonNull::from(platform.fault_hook()?);
        // SAFETY: as in `pages`.
        let it = unsafe { transmute::<NonNull<dyn FaultHook + '_>, NonNull<dyn FaultHook>>(it) };
        Some(Self { it, platform: Arc::clone(platform) })
    }
}

impl<T: ?Sized> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: a shared borrow of the platform's contents, which this value keeps alive and nobody can borrow
        // exclusively meanwhile: it holds one of the platform's counts.
        unsafe { self.it.as_ref() }
    }
}

impl<T: ?Sized> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { it: self.it, platform: Arc::clone(&self.platform) }
    }
}
