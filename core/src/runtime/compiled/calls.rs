//! Calls from the host into machine code.
//!
//! In: a function's entry, values. Out: results, what was raised, or a call set aside, which is a stack of its own. How
//! code is entered, the room below knows.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::NonNull;

use super::of_platform;
use crate::native::{Call, Entry, Exit, Record, Stack};
use crate::platform::{ErrorKind, Kept, Platform};
use crate::runtime::Error;
use crate::runtime::raw::raised_of;
use crate::runtime::store::StoreInner;
use crate::support::{OutOfMemory, TryPush, try_to_vec};
use crate::vm::{At, Frame, HostState, Instance, MAX_FRAMES, Raised, Stop, VmFunc, VmStore};
use crate::wasm::Trap;

/// How far a call has come.
pub(in crate::runtime) enum Progress {
    /// To its end: the results are in the values.
    Done,
    /// Not to its end.
    Suspended(Suspended, Stop),
}

/// A call set aside: its stack. Belongs to the store that it was running in.
pub(in crate::runtime) struct Suspended {
    call: Call,
    /// How far the bulk operation has come that it stopped in.
    progress: u64,
    waiting: Option<Waiting>,
}

/// The host function that asked to wait, or was interrupted.
struct Waiting {
    handle: u32,
    /// The slots of its arguments, where its results are expected. They are on the call's stack.
    values: NonNull<u64>,
    /// How many results it has, in slots.
    results: usize,
    /// What it wants to know when it is called again.
    state: HostState,
}

// SAFETY: it is data that refers to its store and to the stack of its call; it is only used again with that store
// borrowed exclusively, which may move between threads itself.
unsafe impl Send for Waiting {}
// SAFETY: a shared one can only be looked at.
unsafe impl Sync for Waiting {}

impl Suspended {
    /// The handle of the host function that asked to wait, or was interrupted.
    pub(in crate::runtime) fn waiting(&self) -> Option<u32> {
        self.waiting.as_ref().map(|waiting| waiting.handle)
    }

    /// Ends the call with something raised, with the frames that it has.
    ///
    /// # Safety
    /// The store that it was running in is there.
    pub(in crate::runtime) unsafe fn abandon(self, raised: Raised) -> Raised {
        // SAFETY: the caller's promise: instances keep their modules, and those their code.
        let frames = unsafe { frames(self.call.record()) };
        raised.with_frames(frames.unwrap_or_default())
    }
}

/// Calls a function that has machine code. What would have to be suspended is an error.
///
/// # Errors
/// What was raised.
///
/// # Safety
/// `store` is the first field of a `StoreInner<T>`, which is live and which nobody else uses meanwhile; the entry is one
/// of a function of it; `values` has exactly its slots, and references in it are of the store.
#[inline]
pub(in crate::runtime) unsafe fn call<T>(
    store: NonNull<VmStore>,
    entry: &Entry,
    values: &mut [u64],
) -> Result<(), Raised> {
    // SAFETY: the caller's promise.
    let ready = unsafe { prepare::<T>(store) };
    // SAFETY: as above.
    let record = unsafe { record::<T>(store, values.len()) }?;
    // SAFETY: as above.
    let platform = unsafe { ready.platform() };
    // SAFETY: as above; the code was published by the compiler. If it is left early, nobody goes on with it.
    let exit = unsafe { record.enter(store, platform, entry, NonNull::from(values)) };
    let exit = exit.map_err(raised_by)?;
    if exit != Exit::Returned {
        // SAFETY: as above.
        return Err(unsafe { not_returned::<T>(store, &ready, record, exit) });
    }
    Ok(())
}

/// Ends a call that has not returned, and will not.
///
/// # Safety
/// As for [`call`](fn@call).
#[cold]
unsafe fn not_returned<T>(store: NonNull<VmStore>, ready: &Ready, record: Record, exit: Exit) -> Raised {
    // SAFETY: the caller's promise.
    let ended = unsafe { outcome::<T>(store, ready, record, exit) };
    let raised = ended.map_or_else(|raised| raised, Stop::into_raised);
    // SAFETY: as above: instances keep their modules, and those their code.
    raised.with_frames(unsafe { frames(record) }.unwrap_or_default())
}

/// The way in from the host to a function, if it has machine code.
///
/// # Safety
/// The function's store lives.
pub(in crate::runtime) unsafe fn entry(func: NonNull<VmFunc>) -> Option<Entry> {
    // SAFETY: functions live as long as their store.
    let func = unsafe { func.as_ref() };
    let (code, instance) = (NonNull::new(func.code.cast_mut())?, NonNull::new(func.instance)?);
    // SAFETY: the instance's own pointer, which was made from a whole record.
    let module = unsafe { Instance::of(instance) }.module();
    let ty = module.info.functions[module.info.func_of_body(func.index as usize)];
    let trampoline = module.machine.as_ref()?.trampoline(ty)?;
    Some(Entry { trampoline, code, instance })
}

/// The record of a call whose values are elsewhere: that of the store's own call, or one below the frames of a builtin.
///
/// # Safety
/// As for [`call`](fn@call).
#[inline]
unsafe fn record<T>(store: NonNull<VmStore>, values: usize) -> Result<Record, Raised> {
    // SAFETY: the caller's promise: the innermost call, if there is one, is in the builtin that has called us.
    let record = match unsafe { Record::inside(store) } {
        Some(record) => record?,
        // SAFETY: as above; the reference ends here.
        None => match unsafe { &store.cast::<StoreInner<T>>().as_ref().state.wasm_call } {
            Some(call) => call.record(),
            // SAFETY: as above.
            None => unsafe { new_record::<T>(store) }?,
        },
    };
    if !record.has_room(values) {
        // SAFETY: as above.
        let space = unsafe { store.as_ref() }.stop.space();
        record.make_room(space.pages().ok_or(Trap::OutOfMemory)?, values)?;
    }
    Ok(record)
}

/// Makes the store a call of its own, where none runs.
///
/// # Safety
/// As for [`call`](fn@call).
#[cold]
unsafe fn new_record<T>(store: NonNull<VmStore>) -> Result<Record, Raised> {
    // SAFETY: the caller's promise.
    let call = Call::on(unsafe { stack::<T>(store) }?, 0)?;
    let record = call.record();
    // SAFETY: as above; the reference ends here.
    unsafe { &mut store.cast::<StoreInner<T>>().as_mut().state }.wasm_call = Some(call);
    Ok(record)
}

/// The same, but what would have to be suspended is.
///
/// # Errors
/// What was raised.
///
/// # Safety
/// As for [`call`].
pub(in crate::runtime) unsafe fn start<T>(
    store: NonNull<VmStore>,
    entry: &Entry,
    values: &mut [u64],
) -> Result<Progress, Raised> {
    // SAFETY: the caller's promise.
    let ready = unsafe { prepare::<T>(store) };
    // Its frames may have to stay while those of a call around it go on: it has a stack of its own.
    // SAFETY: as above.
    let mut call = Call::on(unsafe { stack::<T>(store) }?, values.len())?;
    call.values().copy_from_slice(values);
    // SAFETY: as above.
    let platform = unsafe { ready.platform() };
    // SAFETY: as above; the code was published by the compiler.
    let exit = unsafe { call.enter(store, platform, entry) }.map_err(raised_by)?;
    // SAFETY: as above.
    unsafe { stopped::<T>(store, &ready, call, exit, values) }
}

/// Goes on with a call. A host function that asked to wait is called again, unless `results`, as slots, are
/// given in its stead.
///
/// # Errors
/// What was raised.
///
/// # Safety
/// As for [`call`]; the call was suspended in this store, and `values` and `results` have exactly its slots.
pub(in crate::runtime) unsafe fn resume<T>(
    mut store: NonNull<VmStore>,
    suspended: Suspended,
    values: &mut [u64],
    results: Option<&[u64]>,
) -> Result<Progress, Raised> {
    // SAFETY: the caller's promise.
    let ready = unsafe { prepare::<T>(store) };
    let Suspended { mut call, progress, waiting } = suspended;
    // SAFETY: as above; the reference ends before machine code runs.
    let vm = unsafe { store.as_mut() };
    vm.progress = progress;
    let mut answer = None;
    if let Some(waiting) = waiting {
        match results.filter(|results| results.len() == waiting.results) {
            Some(results) => {
                // SAFETY: the slots are on the stack of the call, which is there, and have room for the results.
                unsafe { waiting.values.as_ptr().copy_from_nonoverlapping(results.as_ptr(), results.len()) };
                answer = Some(0);
            }
            None => vm.host_state = waiting.state,
        }
    }
    // SAFETY: the caller's promise.
    let platform = unsafe { ready.platform() };
    // SAFETY: as above; it has been suspended, and its store has kept its code.
    let exit = unsafe { call.resume(store, platform, answer) }.map_err(raised_by)?;
    // SAFETY: as above.
    unsafe { stopped::<T>(store, &ready, call, exit, values) }
}

/// What there was before machine code ran.
struct Ready {
    /// The engine's, which is the store's until the end.
    platform: *const dyn Platform,
    /// Of the interpreter's stack.
    top: usize,
}

impl Ready {
    /// # Safety
    /// The store is there.
    #[inline]
    unsafe fn platform<'p>(&self) -> &'p dyn Platform {
        // SAFETY: the caller's promise.
        unsafe { &*self.platform }
    }
}

/// Makes the store ready for machine code.
///
/// # Safety
/// As for [`call`].
#[inline]
unsafe fn prepare<T>(store: NonNull<VmStore>) -> Ready {
    // SAFETY: the caller's promise; the reference ends here.
    let inner = unsafe { store.cast::<StoreInner<T>>().as_mut() };
    inner.vm.progress = 0;
    inner.vm.pace.host_ran();
    Ready { platform: inner.state.engine.entered(), top: inner.vm.stack.top }
}

/// A stack that nobody uses. Below a call it is no larger than what that one has left.
///
/// # Safety
/// As for [`call`].
unsafe fn stack<T>(store: NonNull<VmStore>) -> Result<Stack, Raised> {
    // SAFETY: the caller's promise.
    let room = unsafe { Call::room_inside(store) };
    // SAFETY: as above; the reference ends here.
    let state = unsafe { &mut store.cast::<StoreInner<T>>().as_mut().state };
    if room.is_none()
        && let Some(stack) = state.wasm_call.take().map(Call::into_stack)
    {
        return Ok(stack);
    }
    let pages = Kept::pages(state.engine.platform());
    let pages = pages.ok_or_else(|| raised_by(ErrorKind::InvalidInput))?;
    Stack::new(&pages, room.unwrap_or(state.engine.config().max_stack)).map_err(raised_by)
}

#[cold]
fn raised_by(error: ErrorKind) -> Raised {
    match error {
        ErrorKind::OutOfMemory => Trap::OutOfMemory.into(),
        other => raised_of(of_platform(other)),
    }
}

/// What it means how machine code was left that has not returned.
///
/// # Safety
/// As for [`call`](fn@call).
#[cold]
unsafe fn outcome<T>(
    store: NonNull<VmStore>,
    ready: &Ready,
    record: Record,
    exit: Exit,
) -> Result<Stop, Raised> {
    // SAFETY: the caller's promise: nobody else uses the store, and machine code does not run.
    let inner = unsafe { store.cast::<StoreInner<T>>().as_mut() };
    let vm = &mut inner.vm;
    if exit == Exit::Panicked {
        // The panic has skipped the steps that would have put this back.
        vm.stack.top = ready.top;
        return Err(raised_of(Error::host_panic()));
    }
    if let Some((fault, fuel)) = record.fault().filter(|_| exit == Exit::Faulted) {
        if inner.state.engine.config().options.fuel {
            vm.fuel = fuel;
        }
        return Err(fault.trap.into());
    }
    let raised = vm.raised.take().unwrap_or_else(|| Trap::Unreachable.into());
    if exit != Exit::Suspended {
        return Err(raised);
    }
    let stop = match raised {
        Raised::Trap(Trap::OutOfFuel, _) => Stop::OutOfFuel,
        Raised::Trap(Trap::Interrupted, _) => Stop::Interrupted,
        Raised::Interrupted(state) => Stop::InHost(state),
        Raised::Wait(error, _) => Stop::Wait(error),
        other => return Err(other),
    };
    if matches!(stop, Stop::Interrupted | Stop::InHost(_)) {
        vm.stop.fulfil();
    }
    Ok(stop)
}

/// Sets a call aside that has stopped, or ends it, with its results in `values`.
///
/// # Safety
/// As for [`call`].
unsafe fn stopped<T>(
    store: NonNull<VmStore>,
    ready: &Ready,
    mut call: Call,
    exit: Exit,
    values: &mut [u64],
) -> Result<Progress, Raised> {
    if exit == Exit::Returned {
        values.copy_from_slice(call.values());
        // SAFETY: the caller's promise.
        unsafe { keep::<T>(store, call) };
        return Ok(Progress::Done);
    }
    // SAFETY: as above.
    let mut stop = match unsafe { outcome::<T>(store, ready, call.record(), exit) } {
        Ok(stop) => stop,
        // SAFETY: as above.
        Err(raised) => return Err(unsafe { failed::<T>(store, call, raised) }),
    };
    // SAFETY: as above.
    let vm = unsafe { store.as_ref() };
    let state = if let Stop::InHost(state) = &mut stop { state.take() } else { None };
    let in_host = matches!(stop, Stop::Wait(_) | Stop::InHost(_));
    let waiting = in_host.then(|| {
        let values = NonNull::new(vm.callee_frame)?;
        // SAFETY: functions live as long as their store.
        let func = unsafe { vm.callee.as_ref() }?;
        Some(Waiting { handle: func.handle, values, results: func.result_slots as usize, state })
    });
    let suspended = Suspended { call, progress: vm.progress, waiting: waiting.flatten() };
    Ok(Progress::Suspended(suspended, stop))
}

/// Ends a call that has raised something, which gets its frames.
///
/// # Safety
/// As for [`call`](fn@call).
unsafe fn failed<T>(store: NonNull<VmStore>, call: Call, raised: Raised) -> Raised {
    // SAFETY: the caller's promise: instances keep their modules, and those their code.
    let frames = unsafe { frames(call.record()) };
    // SAFETY: as above.
    unsafe { keep::<T>(store, call) };
    raised.with_frames(frames.unwrap_or_default())
}

/// Keeps a call that has ended, with its stack, for the next one.
///
/// # Safety
/// As for [`call`](fn@call).
#[inline]
unsafe fn keep<T>(store: NonNull<VmStore>, call: Call) {
    // SAFETY: the caller's promise; the reference ends here.
    let spare = unsafe { &mut store.cast::<StoreInner<T>>().as_mut().state.wasm_call };
    if spare.is_none() {
        *spare = Some(call);
    }
}

/// The frames of machine code where a call was left.
///
/// # Safety
/// The code that it ran is published still.
unsafe fn frames(record: Record) -> Result<Box<[Frame]>, OutOfMemory> {
    let mut frames = Vec::new();
    // SAFETY: the caller's promise.
    for place in unsafe { record.places() }.take(MAX_FRAMES) {
        frames.try_push(Frame {
            instance: place.instance,
            body: place.body,
            at: At::Offset(place.offset),
        })?;
    }
    // Not shrunk in place: that may fail, and then nobody could be told.
    Ok(try_to_vec(&frames)?.into_boxed_slice())
}
