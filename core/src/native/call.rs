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
use crate::platform::{Platform, Result, VirtualMemory};
use crate::vm::{VmInstance, VmStore};
use crate::wasm::Trap;

/// How machine code was left, as the switches say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Exit {
    /// The results are in the call's values.
    Returned = 0,
    /// By a fault that is a trap: [`Record::fault`].
    Faulted = 1,
    /// A builtin has ended the call. The store has what it raised.
    Raised = 2,
    /// It can be resumed.
    Suspended = 3,
    /// A host function has panicked. No switch says so, but who catches that.
    Panicked = 4,
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

/// A call on a stack of its own: what it can be set aside with. Its values are there, too.
pub(crate) struct Call {
    record: Record,
    stack: Stack,
}

// SAFETY: it owns its stack, which belongs to no thread.
unsafe impl Send for Call {}
// SAFETY: a shared one can only be looked at.
unsafe impl Sync for Call {}

impl Call {
    /// A call with so many values at the top of an unused stack.
    ///
    /// # Errors
    /// [`Trap::StackOverflow`] where they do not fit; [`Trap::OutOfMemory`].
    pub(crate) fn on(stack: Stack, values: usize) -> core::result::Result<Self, Trap> {
        // SAFETY: nobody uses the stack, or it would not be ours.
        let activation = unsafe { below(stack.top(), stack.extent(), stack.pages(), values) }?;
        Ok(Self { record: Record(activation), stack })
    }

    /// The stack, once nothing of the call is needed any more.
    pub(crate) fn into_stack(self) -> Stack {
        self.stack
    }

    /// Its record, which is there as long as the call is.
    #[inline]
    pub(crate) fn record(&self) -> Record {
        self.record
    }

    /// The slots of arguments, and then of results.
    pub(crate) fn values(&mut self) -> &mut [u64] {
        // SAFETY: the record belongs to this value, and nothing runs.
        let Activation { values, value_count: count, .. } = *unsafe { self.record.0.as_ref() };
        // SAFETY: so many initialised slots behind the record, used by machine code only while this value is borrowed.
        unsafe { slice::from_raw_parts_mut(values, count) }
    }

    /// Runs code on the wasm stack, until it is left. Costs about as much as two calls.
    ///
    /// # Safety
    /// As for [`Record::enter`]: the values are the call's own.
    pub(crate) unsafe fn enter(
        &mut self,
        store: NonNull<VmStore>,
        platform: &dyn Platform,
        entry: &Entry,
    ) -> Result<Exit> {
        let values = NonNull::from(self.values());
        // SAFETY: the caller's promise; the values are where they are until the stack is given up.
        unsafe { self.record.enter(store, platform, entry, values) }
    }

    /// Goes on with a call that is suspended: what it had asked for has this answer. Without one it is asked again, if
    /// that is what the builtin wanted ([`Answer::again`]); otherwise the answer is 0.
    ///
    /// # Safety
    /// As for [`enter`](Self::enter), but that the call has run, and was left as [`Exit::Suspended`].
    pub(crate) unsafe fn resume(
        &mut self,
        store: NonNull<VmStore>,
        platform: &dyn Platform,
        answer: Option<u64>,
    ) -> Result<Exit> {
        let activation = self.record.0;
        // SAFETY: the record belongs to this value, and nothing runs.
        let asks = unsafe { activation.as_ref() }.again[0] != 0;
        let go = || match answer {
            // SAFETY: linked in by now; suspended, as the caller promises, and with something to ask.
            None if asks => unsafe { resume_again(activation) },
            // SAFETY: as above.
            answer => unsafe { resume(activation, answer.unwrap_or(0)) },
        };
        // SAFETY: the caller's promise.
        unsafe { self.record.run(store, platform, go) }
    }

    /// How many bytes a call would find below the frames of a store's innermost call, at most; `None` where there is none.
    ///
    /// # Safety
    /// As for [`Record::inside`].
    pub(crate) unsafe fn room_inside(store: NonNull<VmStore>) -> Option<usize> {
        // SAFETY: the caller's promise.
        let around = NonNull::new(unsafe { store.as_ref() }.machine.activation.cast::<Activation>())?;
        // SAFETY: the innermost activation is there until its call ends.
        let around = unsafe { around.as_ref() };
        // SAFETY: it lies on the same stack.
        Some(around.exit_sp.saturating_sub(unsafe { (*around.extent).lowest_limit() }))
    }
}

/// The record of a call. Who has one promises that the call is there still: that of a [`Call`], or one
/// [inside](Self::inside) another.
#[derive(Clone, Copy)]
pub(crate) struct Record(NonNull<Activation>);

impl Record {
    /// A call below the frames of a store's innermost call, which is in a builtin now; `None` where there is no such
    /// call.
    ///
    /// # Errors
    /// [`Trap::StackOverflow`] where it does not fit.
    ///
    /// # Safety
    /// The store lives, and its innermost call stays in its builtin as long as the record is used.
    #[inline]
    pub(crate) unsafe fn inside(store: NonNull<VmStore>) -> Option<core::result::Result<Self, Trap>> {
        // SAFETY: the caller's promise.
        let around = NonNull::new(unsafe { store.as_ref() }.machine.activation.cast::<Activation>())?;
        // SAFETY: as above.
        unsafe { Self::below(store, around) }
    }

    /// # Safety
    /// As for [`inside`](Self::inside), and this is the innermost call's activation.
    unsafe fn below(
        store: NonNull<VmStore>,
        around: NonNull<Activation>,
    ) -> Option<core::result::Result<Self, Trap>> {
        // SAFETY: the caller's promise.
        let store = unsafe { store.as_ref() };
        // SAFETY: the innermost activation is there until its call ends.
        let around = unsafe { around.as_ref() };
        let top = NonNull::new(with_exposed_provenance_mut(around.exit_sp))?;
        let extent = NonNull::new(around.extent)?;
        let pages = store.stop.space().pages()?;
        // SAFETY: below the frames of that call, which does not go on meanwhile, nobody uses the stack.
        Some(unsafe { below(top, extent, pages, 0) }.map(Self))
    }

    /// Whether it can be entered with so many values that are elsewhere.
    #[inline]
    pub(crate) fn has_room(self, values: usize) -> bool {
        // SAFETY: the record is there, and nothing runs.
        let extent = unsafe { self.0.as_ref() }.extent;
        // SAFETY: it lies on the activation's own stack.
        let limit = unsafe { (*extent).limit() };
        lowest(self.0.as_ptr() as usize, values).is_ok_and(|lowest| lowest >= limit)
    }

    /// Sees to it that it can.
    ///
    /// # Errors
    /// [`Trap::StackOverflow`] where the trampoline's frame does not fit; [`Trap::OutOfMemory`].
    #[cold]
    pub(crate) fn make_room(
        self,
        pages: &dyn VirtualMemory,
        values: usize,
    ) -> core::result::Result<(), Trap> {
        let lowest = lowest(self.0.as_ptr() as usize, values)?;
        // SAFETY: the record is there, and nothing runs.
        let extent = unsafe { self.0.as_ref() }.extent;
        // SAFETY: it lies on the activation's own stack, and nobody else refers to it meanwhile.
        let extent = unsafe { &mut *extent };
        // SAFETY: stacks are made of these pages.
        unsafe { extent.reach(pages, lowest) }
    }

    /// Runs code on the wasm stack, until it is left, with values that are elsewhere: it cannot be gone on with once they
    /// are not there any more.
    ///
    /// # Safety
    /// The store lives and is not used otherwise, except by the builtins that the code calls; the instance is one of
    /// it. The code is published, keeps to [`abi`](crate::abi), and finds its arguments in the values, which nobody else
    /// uses meanwhile. Where it may fault, the handler is [installed](super::install). The call is there, has room, and has not run yet, or has ended.
    #[inline]
    pub(crate) unsafe fn enter(
        self,
        store: NonNull<VmStore>,
        platform: &dyn Platform,
        entry: &Entry,
        values: NonNull<[u64]>,
    ) -> Result<Exit> {
        let (activation, values) = (self.0, values.as_ptr().cast::<u64>());
        let go = move || {
            // SAFETY: the publisher of the code promises that it is a trampoline.
            let trampoline = unsafe { transmute::<NonNull<u8>, Trampoline>(entry.trampoline) };
            // SAFETY: linked in by now; there is room, by the limit's slack.
            unsafe { enter(activation, entry.instance, values, entry.code, trampoline) }
        };
        // SAFETY: the caller's promise.
        unsafe { self.run(store, platform, go) }
    }

    /// Links the activation in while `go` runs, with a net under the host functions that machine code calls: a panic comes
    /// from the builtin to here. How it was left.
    ///
    /// # Errors
    /// Where this thread cannot be made ready for it.
    ///
    /// # Safety
    /// The store lives and is not used otherwise; the call is there.
    #[inline]
    unsafe fn run(
        mut self,
        mut store: NonNull<VmStore>,
        platform: &dyn Platform,
        go: impl Fn() -> Exit,
    ) -> Result<Exit> {
        // SAFETY: the caller's promise. It is used by nobody else until machine code runs.
        let before = unsafe { store.as_mut() };
        // SAFETY: as above, and nothing runs yet.
        link(before, unsafe { self.0.as_mut() });
        let linked = Linked { store, activation: self.0 };
        // A guard that does not call, or calls twice, would mistake arguments for results or the reverse.
        let mut exit = None;
        let entered = platform.enter(&mut || {
            if exit.is_none() {
                exit = Some(Exit::Panicked);
                exit = Some(go());
            }
        });
        drop(linked);
        match (entered?, exit) {
            (Ok(()), Some(Exit::Returned)) => {
                // SAFETY: as above: machine code does not run any more.
                unsafe { self.0.as_mut() }.exit_sp = 0;
                Ok(Exit::Returned)
            }
            (Ok(()), Some(exit)) => Ok(exit),
            _ => Ok(Exit::Panicked),
        }
    }

    /// The fault that it was left by, and the fuel that was left then, in code that pays.
    pub(crate) fn fault(self) -> Option<(Faulted, u64)> {
        // SAFETY: the record is there, and nothing runs.
        let record = unsafe { self.0.as_ref() };
        Some((record.fault?, record.exit_fuel))
    }

    /// Where the code stood when it was left, innermost first; nothing where it has returned.
    ///
    /// # Safety
    /// The code that it ran is published still, and the call is there.
    pub(crate) unsafe fn places<'a>(self) -> Places<'a> {
        // SAFETY: the caller's promise.
        Places::of(unsafe { self.0.as_ref() })
    }
}

/// How far down the frame of a trampoline reaches that begins here: it has room for arguments and results, and does not
/// look at the limit.
#[inline]
fn lowest(start: usize, values: usize) -> core::result::Result<usize, Trap> {
    let frame = values.checked_mul(2 * size_of::<u64>());
    frame.and_then(|frame| start.checked_sub(frame)).ok_or(Trap::StackOverflow)
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
) -> core::result::Result<NonNull<Activation>, Trap> {
    let values = count.checked_mul(size_of::<u64>()).ok_or(Trap::StackOverflow)?;
    let size = values.checked_next_multiple_of(align_of::<Activation>()).ok_or(Trap::StackOverflow)?;
    let size = size.checked_add(size_of::<Activation>()).ok_or(Trap::StackOverflow)?;
    let odd = top.as_ptr() as usize & 15;
    let start = (top.as_ptr() as usize - odd).checked_sub(size).ok_or(Trap::StackOverflow)?;
    let lowest = lowest(start, count)?;
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
#[inline]
fn link(store: &mut VmStore, record: &mut Activation) {
    record.outer = store.machine.activation;
    record.fault = None;
    store.machine.activation = core::ptr::from_mut(record).cast();
    // SAFETY: the extent lies on the activation's own stack.
    store.set_stack_limit(unsafe { (*record.extent).limit() });
}

/// Unlinks an activation when its code has been left, even by a panic of a host function.
struct Linked {
    store: NonNull<VmStore>,
    activation: NonNull<Activation>,
}

impl Drop for Linked {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: whoever linked it in promises that the store lives; what ran in between has unlinked itself.
        let store = unsafe { self.store.as_mut() };
        // SAFETY: the record belongs to the call that is being left.
        unlink(store, unsafe { self.activation.as_ref() });
    }
}

/// Makes the one around it the innermost again. Where there is none, the limit is left: the next call is likely to have
/// the same.
#[inline]
fn unlink(store: &mut VmStore, record: &Activation) {
    store.machine.activation = record.outer;
    if let Some(outer) = NonNull::new(record.outer.cast::<Activation>()) {
        // SAFETY: the activation around is there until its call ends.
        let extent = unsafe { outer.as_ref() }.extent;
        // SAFETY: it lies on that one's own stack.
        store.set_stack_limit(unsafe { (*extent).limit() });
    }
}

/// Sees to it that frames of a store's innermost call may reach down to this address.
///
/// # Errors
/// [`Trap::StackOverflow`], [`Trap::OutOfMemory`].
///
/// # Safety
/// The store's activation is one, if there is one.
pub(super) unsafe fn reach(store: &mut VmStore, lowest: usize) -> core::result::Result<(), Trap> {
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
