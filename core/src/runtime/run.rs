//! Which engine runs a call: the one that the function belongs to.
//!
//! In: a function and its values, or a call that has stopped. Out: results, what was raised, or the call set aside.

use core::ptr::NonNull;

use super::compiled::{self, Entry};
use crate::interp::{self, Dispatch};
use crate::vm::{Raised, Stop, VmFunc, VmStore};

/// A call set aside. Belongs to the store that it was running in.
pub(super) enum Suspended {
    Interpreted(interp::Suspended),
    Compiled(compiled::Suspended),
}

impl Suspended {
    /// The handle of the host function that asked to wait, or was interrupted.
    pub(super) fn waiting(&self) -> Option<u32> {
        match self {
            Self::Interpreted(suspended) => suspended.waiting(),
            Self::Compiled(suspended) => suspended.waiting(),
        }
    }
}

/// How far a call has come.
pub(super) enum Progress {
    /// To its end: the results are in the values.
    Done,
    /// Not to its end.
    Suspended(Suspended, Stop),
}

impl From<interp::Progress> for Progress {
    fn from(progress: interp::Progress) -> Self {
        match progress {
            interp::Progress::Done => Self::Done,
            interp::Progress::Suspended(suspended, stop) => {
                Self::Suspended(Suspended::Interpreted(suspended), stop)
            }
        }
    }
}

impl From<compiled::Progress> for Progress {
    fn from(progress: compiled::Progress) -> Self {
        match progress {
            compiled::Progress::Done => Self::Done,
            compiled::Progress::Suspended(suspended, stop) => {
                Self::Suspended(Suspended::Compiled(suspended), stop)
            }
        }
    }
}

/// A function of a store, and the way into it from the host, if it has machine code.
#[derive(Clone, Copy)]
pub(super) struct Callee {
    func: NonNull<VmFunc>,
    entry: Option<Entry>,
    /// Slots that arguments and results share.
    pub(super) slots: u32,
}

impl Callee {
    /// # Safety
    /// The function's store lives.
    pub(super) unsafe fn new(func: NonNull<VmFunc>) -> Self {
        // SAFETY: the caller's promise.
        let slots = unsafe { func.as_ref() }.value_slots() as u32;
        // SAFETY: as above.
        Self { func, entry: unsafe { compiled::entry(func) }, slots }
    }
}

/// Calls `callee` with its arguments in `values`, where its results replace them.
///
/// # Errors
/// What the guest or the host raised; also where it would have to be suspended. Slots in `values` are then
/// unspecified.
///
/// # Safety
/// `store` is the first field of a `StoreInner<T>`, which is live and which nobody else uses meanwhile; `callee` is a
/// function of it; `values` has exactly its slots, and references in it are of the store.
#[inline]
pub(super) unsafe fn call<T>(
    store: NonNull<VmStore>,
    callee: &Callee,
    values: &mut [u64],
    dispatch: Dispatch,
) -> Result<(), Raised> {
    match &callee.entry {
        // SAFETY: the caller's promise.
        Some(entry) => unsafe { compiled::call::<T>(store, entry, values) },
        // SAFETY: as above.
        None => unsafe { interp::call(store, callee.func, values, dispatch) },
    }
}

/// The same, but what would have to be suspended is.
///
/// # Errors
/// What the guest or the host raised.
///
/// # Safety
/// As for [`call`].
pub(super) unsafe fn start<T>(
    store: NonNull<VmStore>,
    callee: &Callee,
    values: &mut [u64],
    dispatch: Dispatch,
) -> Result<Progress, Raised> {
    match &callee.entry {
        // SAFETY: the caller's promise.
        Some(entry) => unsafe { compiled::start::<T>(store, entry, values) }.map(Progress::from),
        // SAFETY: as above.
        None => unsafe { interp::start(store, callee.func, values, dispatch) }.map(Progress::from),
    }
}

/// Goes on with a call. A host function that asked to wait is called again, unless `results`, as slots, are
/// given in its stead.
///
/// # Errors
/// What the guest or the host raised.
///
/// # Safety
/// As for [`call`]; the call was suspended in this store, and `values` and `results` have exactly its slots.
pub(super) unsafe fn resume<T>(
    store: NonNull<VmStore>,
    suspended: Suspended,
    values: &mut [u64],
    results: Option<&[u64]>,
    dispatch: Dispatch,
) -> Result<Progress, Raised> {
    match suspended {
        Suspended::Interpreted(suspended) => {
            // SAFETY: the caller's promise.
            unsafe { interp::resume(store, suspended, values, results, dispatch) }.map(Progress::from)
        }
        Suspended::Compiled(suspended) => {
            // SAFETY: the caller's promise.
            unsafe { compiled::resume::<T>(store, suspended, values, results) }.map(Progress::from)
        }
    }
}

/// Ends a call with something raised, where it has stopped: that, with its frames. `behind`: the place is behind the
/// operator that it stopped at.
///
/// # Safety
/// `store` is live and nobody else uses it meanwhile; the call was suspended in it.
pub(super) unsafe fn abandon(
    store: NonNull<VmStore>,
    suspended: Suspended,
    raised: Raised,
    behind: bool,
) -> Raised {
    match suspended {
        // SAFETY: the caller's promise.
        Suspended::Interpreted(suspended) => unsafe { interp::abandon(store, suspended, raised, behind) },
        // SAFETY: as above: what its store has, its code among it, is there.
        Suspended::Compiled(suspended) => unsafe { suspended.abandon(raised) },
    }
}
