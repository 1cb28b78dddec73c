//! One call from the host into machine code.
//!
//! In: a place on a wasm stack, arguments, code. Out: results, or how else the code was left. A call that is suspended
//! is this value, with the stack that it lies on.

use core::mem::transmute;
use core::ptr::{NonNull, null_mut, with_exposed_provenance_mut};
use core::slice;

use super::Stack;
use super::activation::{Activation, Faulted};
use super::backtrace::Places;
#[cfg(doc)]
use super::builtin::Answer;
use super::stack::Extent;
use super::switch::{Trampoline, enter, resume, resume_again};
use crate::platform::VirtualMemory;
use crate::vm::{VmInstance, VmStore};
use crate::wasm::Trap;

/// How machine code was left, as the switches say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Status {
    Returned = 0,
    Faulted = 1,
    Raised = 2,
    Suspended = 3,
}

/// How machine code was left.
#[derive(Debug)]
pub(crate) enum Exit {
    /// The results are in the call's values.
    Returned,
    /// A fault that is a trap; and the fuel that was left then, in code that pays.
    Faulted(Faulted, u64),
    /// A builtin has ended the call. The store has what it raised.
    Raised,
    /// It can be resumed.
    Suspended,
}

/// What to call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Loads arguments, stores results: `extern "sysv64" fn(instance, values, code)`.
    pub(crate) trampoline: NonNull<u8>,
    /// The function.
    pub(crate) code: NonNull<u8>,
    /// Where it runs.
    pub(crate) instance: NonNull<VmInstance>,
}

/// A call: room for values, and the record of the activation, both on a wasm stack.
pub(crate) struct Call {
    activation: NonNull<Activation>,
    /// The stack, if it is this call's alone.
    stack: Option<Stack>,
}

// SAFETY: it owns its stack, which belongs to no thread; one without is used by who made it, at once.
unsafe impl Send for Call {}
// SAFETY: a shared one can only be looked at.
unsafe impl Sync for Call {}

impl Call {
    /// A call with so many values at the top of an unused stack.
    ///
    /// # Errors
    /// [`Trap::StackOverflow`] where they do not fit; [`Trap::OutOfMemory`].
    pub(crate) fn on(stack: Stack, values: usize) -> Result<Self, Trap> {
        // SAFETY: nobody uses the stack, or it would not be ours.
        let activation = unsafe { below(stack.top(), stack.extent(), stack.pages(), values) }?;
        Ok(Self { activation, stack: Some(stack) })
    }

    /// The stack, once nothing of the call is needed any more.
    pub(crate) fn into_stack(self) -> Option<Stack> {
        self.stack
    }

    /// A call with so many values below the frames of a store's innermost call, which is in a builtin now; `None` where
    /// there is no such call.
    ///
    /// # Errors
    /// [`Trap::StackOverflow`] where they do not fit.
    ///
    /// # Safety
    /// The store lives, and its innermost call stays in its builtin until this call is dropped.
    pub(crate) unsafe fn inside(store: NonNull<VmStore>, values: usize) -> Option<Result<Self, Trap>> {
        // SAFETY: the caller's promise.
        let store = unsafe { store.as_ref() };
        let around = NonNull::new(store.machine.activation.cast::<Activation>())?;
        // SAFETY: the innermost activation is there until its call ends.
        let around = unsafe { around.as_ref() };
        let top = NonNull::new(with_exposed_provenance_mut(around.exit_sp))?;
        let extent = NonNull::new(around.extent)?;
        let pages = store.stop.space().pages()?;
        // SAFETY: below the frames of that call, which does not go on meanwhile, nobody uses the stack.
        let activation = unsafe { below(top, extent, pages, values) };
        Some(activation.map(|activation| Self { activation, stack: None }))
    }

    /// How many bytes a call would find below the frames of a store's innermost call, at most; `None` where there is none.
    ///
    /// # Safety
    /// As for [`inside`](Self::inside).
    pub(crate) unsafe fn room_inside(store: NonNull<VmStore>) -> Option<usize> {
        // SAFETY: the caller's promise.
        let around = NonNull::new(unsafe { store.as_ref() }.machine.activation.cast::<Activation>())?;
        // SAFETY: the innermost activation is there until its call ends.
        let around = unsafe { around.as_ref() };
        // SAFETY: it lies on the same stack.
        Some(around.exit_sp.saturating_sub(unsafe { (*around.extent).lowest_limit() }))
    }

    /// The slots of arguments, and then of results.
    pub(crate) fn values(&mut self) -> &mut [u64] {
        // SAFETY: the record belongs to this value, and nothing runs.
        let Activation { values, value_count: count, .. } = *unsafe { self.activation.as_ref() };
        // SAFETY: so many initialised slots behind the record, used by machine code only while this value is borrowed.
        unsafe { slice::from_raw_parts_mut(values, count) }
    }

    /// Runs code on the wasm stack, until it is left. Costs about as much as two calls.
    ///
    /// # Safety
    /// The store lives and is not used otherwise, except by the builtins that the code calls; the instance is one of
    /// it. The code is published, keeps to [`abi`](crate::abi), and finds its arguments in the values. Where it may
    /// fault, the handler is [installed](super::install), and this thread prepared. The call has not run yet.
    pub(crate) unsafe fn enter(&mut self, store: NonNull<VmStore>, entry: Entry) -> Exit {
        let (activation, values) = (self.activation, self.values().as_mut_ptr());
        // SAFETY: the publisher of the code promises that it is a trampoline.
        let trampoline = unsafe { transmute::<NonNull<u8>, Trampoline>(entry.trampoline) };
        let go = || {
            // SAFETY: linked in by now; there is room, by the limit's slack.
            unsafe { enter(activation, entry.instance, values, entry.code, trampoline) }
        };
        // SAFETY: the caller's promise.
        unsafe { self.run(store, go) }
    }

    /// Goes on with a call that is suspended: what it had asked for has this answer. Without one it is asked again, if
    /// that is what the builtin wanted ([`Answer::again`]); otherwise the answer is 0.
    ///
    /// # Safety
    /// As for [`enter`](Self::enter), but that the call has run, and was left as [`Exit::Suspended`].
    pub(crate) unsafe fn resume(&mut self, store: NonNull<VmStore>, answer: Option<u64>) -> Exit {
        let activation = self.activation;
        // SAFETY: the record belongs to this value, and nothing runs.
        let asks = unsafe { activation.as_ref() }.again[0] != 0;
        let go = || match answer {
            // SAFETY: linked in by now; suspended, as the caller promises, and with something to ask.
            None if asks => unsafe { resume_again(activation) },
            // SAFETY: as above.
            answer => unsafe { resume(activation, answer.unwrap_or(0)) },
        };
        // SAFETY: the caller's promise.
        unsafe { self.run(store, go) }
    }

    /// Links the activation in while `go` runs, and says how that was left.
    ///
    /// # Safety
    /// The store lives and is not used otherwise.
    unsafe fn run(&mut self, mut store: NonNull<VmStore>, go: impl FnOnce() -> Status) -> Exit {
        // SAFETY: the caller's promise. It is used by nobody else until machine code runs.
        let before = unsafe { store.as_mut() };
        // SAFETY: the record belongs to this value, and nothing runs yet.
        link(before, unsafe { self.activation.as_mut() });
        let status = go();
        // SAFETY: as above; what ran in between has unlinked itself.
        let store = unsafe { store.as_mut() };
        // SAFETY: as above: machine code does not run any more.
        let record = unsafe { self.activation.as_mut() };
        unlink(store, record);
        match (status, record.fault) {
            (Status::Suspended, _) => Exit::Suspended,
            (Status::Faulted, Some(fault)) => Exit::Faulted(fault, record.exit_fuel),
            (Status::Raised, _) => Exit::Raised,
            _ => {
                record.exit_sp = 0;
                Exit::Returned
            }
        }
    }

    /// Where the code stood when it was left, innermost first; nothing where it has returned.
    ///
    /// # Safety
    /// The code that it ran is published still.
    pub(crate) unsafe fn places(&self) -> Places<'_> {
        // SAFETY: the record belongs to this value, which is borrowed.
        Places::of(unsafe { self.activation.as_ref() })
    }
}

/// Room for so many values, and the record, below `top`.
///
/// # Safety
/// Nobody uses the stack between `top`, which is on it, and its end; the extent is that stack's, which has come from these
/// pages.
unsafe fn below(
    top: NonNull<u8>,
    mut extent: NonNull<Extent>,
    pages: &dyn VirtualMemory,
    count: usize,
) -> Result<NonNull<Activation>, Trap> {
    let values = count.checked_mul(size_of::<u64>()).filter(|bytes| *bytes < usize::MAX / 4);
    let values = values.ok_or(Trap::StackOverflow)?;
    let size = values.checked_next_multiple_of(align_of::<Activation>()).ok_or(Trap::StackOverflow)?;
    let size = size.checked_add(size_of::<Activation>()).ok_or(Trap::StackOverflow)?;
    let odd = top.as_ptr() as usize & 15;
    let start = (top.as_ptr() as usize - odd).checked_sub(size).ok_or(Trap::StackOverflow)?;
    // A trampoline's frame is not compared with the limit: it has room for arguments and results.
    let lowest = start.checked_sub(2 * values).ok_or(Trap::StackOverflow)?;
    // SAFETY: the caller's promise; nobody else refers to the extent meanwhile.
    let known = unsafe { extent.as_mut() };
    // SAFETY: the caller's promise.
    unsafe { known.reach(pages, lowest) }?;
    // SAFETY: `size` is at most what lies between the limit and the top, rounded down.
    let activation = unsafe { top.sub(odd + size) }.cast::<Activation>();
    // SAFETY: behind the record, where the values have been counted in.
    let values = unsafe { activation.add(1) }.cast::<u64>();
    // Not of nothing: a store of no bytes at the stack's end is slow on some machines.
    if count > 0 {
        // SAFETY: so many values have been counted in; zeros are values.
        unsafe { values.write_bytes(0, count) };
    }
    let record = Activation {
        host_sp: 0,
        exit_sp: 0,
        exit_fp: 0,
        exit_context: 0,
        exit_base: 0,
        exit_stop: 0,
        exit_fuel: 0,
        again: [0; 7],
        extent: extent.as_ptr(),
        outer: null_mut(),
        values: values.as_ptr(),
        value_count: count,
        fault: None,
    };
    // SAFETY: on the stack, where nobody uses it, and a multiple of 16: `top` less `odd` is one, and `size` is.
    unsafe { activation.write(record) };
    Ok(activation)
}

/// Makes this activation the innermost.
fn link(store: &mut VmStore, record: &mut Activation) {
    record.outer = store.machine.activation;
    record.fault = None;
    store.machine.activation = core::ptr::from_mut(record).cast();
    // SAFETY: the extent lies on the activation's own stack.
    store.set_stack_limit(unsafe { (*record.extent).limit() });
}

/// Makes the one around it the innermost again.
fn unlink(store: &mut VmStore, record: &Activation) {
    store.machine.activation = record.outer;
    let outer = NonNull::new(record.outer.cast::<Activation>());
    let limit = outer.map_or(usize::MAX, |outer| {
        // SAFETY: the activation around is there until its call ends.
        let extent = unsafe { outer.as_ref() }.extent;
        // SAFETY: it lies on that one's own stack.
        unsafe { (*extent).limit() }
    });
    store.set_stack_limit(limit);
}

/// Sees to it that frames of a store's innermost call may reach down to this address.
///
/// # Errors
/// [`Trap::StackOverflow`], [`Trap::OutOfMemory`].
///
/// # Safety
/// The store's activation is one, if there is one.
pub(super) unsafe fn reach(store: &mut VmStore, lowest: usize) -> Result<(), Trap> {
    let record = NonNull::new(store.machine.activation.cast::<Activation>()).ok_or(Trap::StackOverflow)?;
    // SAFETY: the caller's promise.
    let extent = unsafe { record.as_ref() }.extent;
    // SAFETY: it lies on the activation's own stack, and nobody else refers to it meanwhile.
    let extent = unsafe { &mut *extent };
    let pages = store.stop.space().pages().ok_or(Trap::StackOverflow)?;
    // SAFETY: stacks are made of the pages of the store's platform.
    unsafe { extent.reach(pages, lowest) }?;
    let limit = extent.limit();
    store.set_stack_limit(limit);
    Ok(())
}
