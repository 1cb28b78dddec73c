//! One call from the host into machine code.
//!
//! In: a place on a wasm stack, arguments, code. Out: results, or how else the code was left. A call that is suspended
//! is this value and the stack that it lies on.

use core::marker::PhantomData;
use core::mem::transmute;
use core::ptr::{NonNull, null_mut, with_exposed_provenance_mut};
use core::slice;

use super::Stack;
use super::activation::{Activation, Faulted};
use super::backtrace::Places;
#[cfg(doc)]
use super::builtin::Answer;
use super::switch::{Trampoline, enter, resume, resume_again};
use crate::vm::{Machine, VmInstance, VmStore};
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
    /// A fault that is a trap.
    Faulted(Faulted),
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
pub(crate) struct Call<'a> {
    activation: NonNull<Activation>,
    _stack: PhantomData<&'a mut Stack>,
}

impl<'a> Call<'a> {
    /// A call with so many values at the top of an unused stack.
    ///
    /// # Errors
    /// [`Trap::StackOverflow`] where they do not fit.
    pub(crate) fn on(stack: &'a mut Stack, values: usize) -> Result<Self, Trap> {
        // SAFETY: nobody uses the stack, or it would be borrowed.
        unsafe { Self::below(stack.top(), stack.limit(), stack.guard(), values) }
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
        // SAFETY: the caller's promise; the place of a field.
        let machine = unsafe { &raw const (*store.as_ptr()).machine };
        // SAFETY: the caller's promise.
        let around = NonNull::new(unsafe { (*machine).activation }.cast::<Activation>())?;
        // SAFETY: the innermost activation is there until its call ends.
        let around = unsafe { around.as_ref() };
        let top = NonNull::new(with_exposed_provenance_mut(around.exit_sp))?;
        // SAFETY: below the frames of that call, which does not go on meanwhile, nobody uses the stack.
        Some(unsafe { Self::below(top, around.limit, around.guard, values) })
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

    /// Goes on with a call that is suspended; what it had asked for has this answer, or is asked again, if that is what
    /// the builtin wanted ([`Answer::again`]).
    ///
    /// # Safety
    /// As for [`enter`](Self::enter), but that the call has run, and was left as [`Exit::Suspended`].
    pub(crate) unsafe fn resume(&mut self, store: NonNull<VmStore>, answer: u64) -> Exit {
        let activation = self.activation;
        // SAFETY: the record belongs to this value, and nothing runs.
        let asked = unsafe { activation.as_ref() }.again[0] != 0;
        let go = || match asked {
            // SAFETY: linked in by now; suspended, as the caller promises, and with something to ask.
            true => unsafe { resume_again(activation) },
            // SAFETY: as above, with nothing to ask.
            false => unsafe { resume(activation, answer) },
        };
        // SAFETY: the caller's promise.
        unsafe { self.run(store, go) }
    }

    /// Links the activation in while `go` runs, and says how that was left.
    ///
    /// # Safety
    /// The store lives and is not used otherwise.
    unsafe fn run(&mut self, mut store: NonNull<VmStore>, go: impl FnOnce() -> Status) -> Exit {
        // SAFETY: the caller's promise; the place of a field. It is used by nobody else until machine code runs.
        let machine = unsafe { &mut (*store.as_ptr()).machine };
        // SAFETY: the record belongs to this value, and nothing runs yet.
        link(machine, unsafe { self.activation.as_mut() });
        let status = go();
        // SAFETY: as above; what ran in between has unlinked itself.
        let store = unsafe { store.as_mut() };
        // SAFETY: as above: machine code does not run any more.
        let record = unsafe { self.activation.as_mut() };
        unlink(&mut store.machine, record);
        match (status, record.fault) {
            (Status::Suspended, _) => Exit::Suspended,
            (Status::Faulted, Some(fault)) => Exit::Faulted(fault),
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

    /// # Safety
    /// Nobody uses the stack between `top`, which is on it, and its guard.
    unsafe fn below(top: NonNull<u8>, limit: usize, guard: [usize; 2], count: usize) -> Result<Self, Trap> {
        let values = count.checked_mul(size_of::<u64>()).ok_or(Trap::StackOverflow)?;
        let size = values.checked_next_multiple_of(align_of::<Activation>()).ok_or(Trap::StackOverflow)?;
        let size = size.checked_add(size_of::<Activation>()).ok_or(Trap::StackOverflow)?;
        let room = (top.as_ptr() as usize & !15).checked_sub(limit).ok_or(Trap::StackOverflow)?;
        if size > room {
            return Err(Trap::StackOverflow);
        }
        let odd = top.as_ptr() as usize & 15;
        // SAFETY: `size` is at most what lies between the limit and the top, rounded down.
        let activation = unsafe { top.sub(odd + size) }.cast::<Activation>();
        // SAFETY: behind the record, where the values have been counted in.
        let values = unsafe { activation.add(1) }.cast::<u64>();
        // SAFETY: so many values have been counted in; zeros are values.
        unsafe { values.write_bytes(0, count) };
        let record = Activation {
            host_sp: 0,
            exit_sp: 0,
            exit_fp: 0,
            exit_context: 0,
            exit_base: 0,
            again: [0; 7],
            guard,
            limit,
            outer: null_mut(),
            outer_limit: 0,
            values: values.as_ptr(),
            value_count: count,
            fault: None,
        };
        // SAFETY: on the stack, where nobody uses it, and a multiple of 16: `top` less `odd` is one, and `size` is.
        unsafe { activation.write(record) };
        Ok(Self { activation, _stack: PhantomData })
    }
}

/// Makes this activation the innermost.
fn link(machine: &mut Machine, record: &mut Activation) {
    (record.outer, record.outer_limit) = (machine.activation, machine.stack_limit);
    record.fault = None;
    (machine.activation, machine.stack_limit) = (core::ptr::from_mut(record).cast(), record.limit);
}

/// Makes the one around it the innermost again.
fn unlink(machine: &mut Machine, record: &Activation) {
    (machine.activation, machine.stack_limit) = (record.outer, record.outer_limit);
}
