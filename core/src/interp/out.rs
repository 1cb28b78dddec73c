//! Calls of host functions on behalf of guests.
//!
//! In: a place in running code, a function of the host, and the slots with its values. Out: the place again,
//! wherever the stack has moved meanwhile, and the results in the slots; or that something was raised, which the
//! store then has. Everything that a call costs on its way out is here: no allocation, no look at anything unusual.

use core::ptr::NonNull;

use crate::vm::{Place, Values, VmFunc, VmStore};

/// Calls `callee` with the values at `frame`: whether it returned. If not, the store has what was raised, and who
/// raised it as its callee.
///
/// # Safety
/// `store` is live and nobody holds a reference into it; `callee` is a host function of it; the place is in a live
/// instance of it, or in none; `place.sp` and `frame` point into its stack, which has the function's slots there.
#[inline(always)]
pub(super) unsafe fn call(
    store: NonNull<VmStore>,
    place: &mut Place,
    callee: NonNull<VmFunc>,
    frame: *mut u64,
) -> bool {
    // SAFETY: functions live as long as their store.
    let func = unsafe { callee.as_ref() };
    // Numbers of slots last, addresses do not: a nested call may move the stack.
    let number =
        |base: *mut u64, slot: *mut u64| (slot as usize).wrapping_sub(base as usize) / size_of::<u64>();
    let (sp, values, host_call) = {
        // SAFETY: the caller's promise; the reference ends before the host runs.
        let store = unsafe { &mut *store.as_ptr() };
        let base = store.stack.base();
        let values = number(base, frame);
        store.stack.top = values + func.value_slots();
        (number(base, place.sp), values, store.host_call)
    };
    // SAFETY: no reference into the store is held; the values are on its stack, below `top`.
    let returned = unsafe { host_call(store, func.index, place.instance, Values::on_stack(values)) };
    // SAFETY: as above; the host has returned.
    let store = unsafe { &mut *store.as_ptr() };
    let base = store.stack.base();
    place.sp = base.wrapping_add(sp);
    store.pace.host_ran();
    if !returned {
        // Nested calls have left for functions of their own.
        store.callee = callee.as_ptr();
        store.callee_frame = base.wrapping_add(values);
    }
    returned
}
