//! Calls from machine code to host functions.
//!
//! In: an instance, a function, its values on the wasm stack. Out: the answer that the switch between the stacks goes on
//! with. It does not know what the function does.

use core::ptr::NonNull;

use crate::native::{Answer, host_raised};
use crate::runtime::Error;
use crate::runtime::host::{HostCode, Slots};
use crate::runtime::raw::{self, raised_of};
use crate::vm::{Values, VmFunc, VmInstance};

/// What [`VmFunc::code`] is of a host function made from a closure of this type.
pub(in crate::runtime) fn host_code<T, C: HostCode<T>, S: Slots>() -> *const u8 {
    call_host::<T, C, S> as *const () as *const u8
}

/// Calls a host function for machine code, on the host's stack. What is unusual is done elsewhere, and last: a call with
/// nothing unusual needs no frame.
///
/// # Safety
/// Machine code runs in the instance, whose store is the first field of a `StoreInner<T>`, of which no reference is alive;
/// `func` is a host function of it, made from a `C`, with so many slots; there are as many `values`.
unsafe extern "sysv64-unwind" fn call_host<T, C: HostCode<T>, S: Slots>(
    instance: NonNull<VmInstance>,
    func: NonNull<VmFunc>,
    values: NonNull<u64>,
) -> Answer {
    // SAFETY: functions live as long as their store.
    let vm = unsafe { func.as_ref() };
    let count = S::COUNT.unwrap_or_else(|| vm.value_slots());
    // SAFETY: nobody else uses the slots until machine code goes on.
    let slots = unsafe { Values::at(values, count) };
    // SAFETY: the caller's promise.
    match unsafe { raw::call_host::<T, C>(instance, vm.index, slots) } {
        Some(Ok(())) => Answer::value(0),
        // SAFETY: as above.
        Some(Err(error)) => unsafe { host_failed(instance, func, values, error) },
        // SAFETY: as above.
        None => unsafe { call_host_slowly::<T>(instance, func, values) },
    }
}

/// The same where something is to be done before or behind the call.
///
/// # Safety
/// As for [`call_host`].
#[cold]
unsafe fn call_host_slowly<T>(
    instance: NonNull<VmInstance>,
    func: NonNull<VmFunc>,
    values: NonNull<u64>,
) -> Answer {
    // SAFETY: functions live as long as their store.
    let vm = unsafe { func.as_ref() };
    // SAFETY: nobody else uses the slots until machine code goes on.
    let slots = unsafe { Values::at(values, vm.value_slots()) };
    // SAFETY: the caller's promise.
    match unsafe { raw::call_host_slowly::<T>(instance, vm.index, slots) } {
        Ok(()) => Answer::value(0),
        // SAFETY: as above.
        Err(error) => unsafe { host_failed(instance, func, values, error) },
    }
}

/// # Safety
/// As for [`call_host`].
#[cold]
unsafe fn host_failed(
    instance: NonNull<VmInstance>,
    func: NonNull<VmFunc>,
    values: NonNull<u64>,
    error: Error,
) -> Answer {
    // SAFETY: the caller's promise.
    unsafe { host_raised(instance, func, values, raised_of(error)) }
}
