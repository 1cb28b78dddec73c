//! The part of a store that machine code reads.
//!
//! In: nothing. Out: words at offsets that [`abi`](crate::abi) names. It does not know how code is entered.

use core::ptr::{null, null_mut};

/// A builtin's address, as machine code calls it.
#[cfg(target_arch = "x86_64")]
pub(crate) type Builtin = unsafe extern "sysv64" fn();
/// Nobody calls any.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) type Builtin = unsafe extern "C" fn();

/// What machine code reads of its store, at offsets that are a part of the contract.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Machine {
    /// The innermost entry into machine code, of which only its owner knows more; null where there is none.
    pub(crate) activation: *mut (),
    /// The lowest address that a frame may reach down to.
    pub(crate) stack_limit: usize,
    /// Addresses of the builtins, by number.
    pub(crate) builtins: *const Builtin,
}

impl Machine {
    /// No machine code runs.
    pub(crate) const fn new() -> Self {
        Self { activation: null_mut(), stack_limit: usize::MAX, builtins: null() }
    }
}
