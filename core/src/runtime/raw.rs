//! Where pointers without type become stores again, and functions run.
//!
//! In: handles, values. Out: contexts, results of calls, host functions called on behalf of guests. Beside
//! the ways into machine code it is the one room of the embedding API with unsafe code; and long, since who holds which
//! reference when is to be read in one place.
//!
//! **Who may touch a store.** Each store is one box, given up for one raw pointer when it is made
//! ([`StorePtr`]). All other pointers are copies of that one: in contexts, in instances, in the interpreter.
//! References are made from it for the length of one step, never over a call into a guest. A
//! [`StoreContextMut`] has the exclusive borrow of the store in its lifetime: while a guest runs its caller's
//! context cannot be used, and while a host function runs the guest does not.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::future::Future;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::ptr::NonNull;

use hashbrown::HashMap;

#[cfg(target_arch = "x86_64")]
use super::host::HostCode;
use super::host::HostFunc;
use super::run::{self, Callee, Progress, Suspended};
use super::store::{StoreId, StoreInner, StoreState};
use super::suspend::{CannotWait, zeros};
use super::{Backtrace, Caller, Engine, Error, Func};
use crate::interp::Dispatch;
use crate::platform::Platform;
use crate::support::reserve::try_arc;
use crate::support::{OutOfMemory, try_boxed};
use crate::vm::{
    Frame, Growth, Instance, Raised, Stop, StopSignal, ValueStack, Values, VmFunc, VmInstance, VmStore,
};
use crate::wasm::Trap;

/// Owns a store.
pub(super) struct StorePtr<T> {
    ptr: NonNull<StoreInner<T>>,
    owns: PhantomData<StoreInner<T>>,
}

// SAFETY: it owns the store as a box would; nothing in a store but `T` is bound to a thread (host functions are
// Send and Sync, the arena is).
unsafe impl<T: Send> Send for StorePtr<T> {}
// SAFETY: a shared store only gives shared references to parts that are Sync.
unsafe impl<T: Sync> Sync for StorePtr<T> {}

impl<T> StorePtr<T> {
    pub(super) fn new(engine: &Engine, data: T) -> Self {
        let stop = Arc::new(StopSignal::new(engine.space()));
        Self::from_box(Box::new(Self::empty(engine, stop, data)))
    }

    pub(super) fn try_new(engine: &Engine, data: T) -> Result<Self, OutOfMemory> {
        let stop = try_arc(StopSignal::new(engine.space()))?;
        Ok(Self::from_box(try_boxed(Self::empty(engine, stop, data))?))
    }

    fn empty(engine: &Engine, stop: Arc<StopSignal>, data: T) -> StoreInner<T> {
        let stack = ValueStack::new(engine.config().max_stack);
        #[cfg_attr(
            not(target_arch = "x86_64"),
            expect(unused_mut, reason = "no machine code to ask anything")
        )]
        let mut vm = VmStore::new(stack, host_call::<T>, grow::<T>, compile::<T>, stop);
        #[cfg(target_arch = "x86_64")]
        {
            vm.machine.builtins = crate::native::BUILTINS.as_ptr();
        }
        let state = StoreState::new(engine);
        let (hosts, known_hosts, linked) = (Vec::new(), HashMap::new(), Vec::new());
        let host_values = Vec::new();
        StoreInner { vm, deferred: None, data, state, hosts, known_hosts, linked, host_values, limiter: None }
    }

    fn from_box(store: Box<StoreInner<T>>) -> Self {
        Self { ptr: NonNull::from(Box::leak(store)), owns: PhantomData }
    }

    pub(super) fn get(&self) -> &StoreInner<T> {
        // SAFETY: the store lives as long as `self`, and whoever changes it borrows `self` exclusively.
        unsafe { self.ptr.as_ref() }
    }

    pub(super) fn get_mut(&mut self) -> &mut StoreInner<T> {
        // SAFETY: as in `get`; the borrow is exclusive.
        unsafe { self.ptr.as_mut() }
    }

    pub(super) fn context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { ptr: self.ptr, borrow: PhantomData }
    }

    pub(super) fn into_inner(self) -> StoreInner<T> {
        let ptr = ManuallyDrop::new(self).ptr;
        // SAFETY: the pointer came from a box; `self`'s drop, which would free it, does not run.
        *unsafe { Box::from_raw(ptr.as_ptr()) }
    }
}

impl<T> Drop for StorePtr<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a box and is freed here alone; no context outlives the owner.
        drop(unsafe { Box::from_raw(self.ptr.as_ptr()) });
    }
}

/// A store, to change.
pub struct StoreContextMut<'a, T> {
    ptr: NonNull<StoreInner<T>>,
    borrow: PhantomData<&'a mut StoreInner<T>>,
}

impl<'a, T> StoreContextMut<'a, T> {
    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.inner().state.engine
    }

    /// The embedder's data.
    pub fn data(&self) -> &T {
        &self.inner().data
    }

    /// The embedder's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.inner_mut().data
    }

    pub(super) fn inner(&self) -> &StoreInner<T> {
        // SAFETY: the store lives for `'a`, borrowed exclusively by this context.
        unsafe { self.ptr.as_ref() }
    }

    pub(super) fn inner_mut(&mut self) -> &mut StoreInner<T> {
        // SAFETY: as in `inner`.
        unsafe { self.ptr.as_mut() }
    }

    pub(super) fn into_inner(mut self) -> &'a mut StoreInner<T> {
        // SAFETY: as in `inner`; the context ends here and gives up its borrow.
        unsafe { self.ptr.as_mut() }
    }

    pub(super) fn reborrow(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { ptr: self.ptr, borrow: PhantomData }
    }

    /// The store as running code names it.
    pub(super) fn vm(&self) -> NonNull<VmStore> {
        // The first field of a C layout.
        self.ptr.cast()
    }
}

// SAFETY: it is an exclusive borrow of a store, which may go to another thread if the store may.
unsafe impl<T: Send> Send for StoreContextMut<'_, T> {}
// SAFETY: a shared one only reads what a shared store lets be read.
unsafe impl<T: Sync> Sync for StoreContextMut<'_, T> {}

/// A function of one store, found and checked.
#[derive(Clone, Copy)]
pub(super) struct RawFunc {
    callee: Callee,
    store: StoreId,
}

// SAFETY: it is addresses and a number. The addresses are used only after comparing the number with that of a
// store that is borrowed exclusively.
unsafe impl Send for RawFunc {}
// SAFETY: as for Send.
unsafe impl Sync for RawFunc {}

impl RawFunc {
    pub(super) fn new(func: Func, state: &StoreState) -> Result<Self, Error> {
        // SAFETY: it is a function of this store.
        let callee = unsafe { Callee::new(func.ptr(state)?) };
        Ok(Self { callee, store: state.id })
    }

    /// Runs the function: arguments and results are in the first slots of `values`.
    pub(super) fn invoke<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        values: &mut [u64],
    ) -> Result<(), Error> {
        self.run(store, values, |store, callee, values, dispatch| {
            // SAFETY: store and function belong together, and the number of values is the function's. The
            // exclusive borrow of the store is in `store`, of which no reference is alive.
            unsafe { run::call::<T>(store, callee, values, dispatch) }
        })
    }

    /// The same, but the function may stop before its end.
    pub(super) fn start<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        values: &mut [u64],
    ) -> Result<Progress, Error> {
        self.run(store, values, |store, callee, values, dispatch| {
            // SAFETY: as in `invoke`.
            unsafe { run::start::<T>(store, callee, values, dispatch) }
        })
    }

    #[inline]
    fn run<T, R>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        values: &mut [u64],
        run: impl FnOnce(NonNull<VmStore>, &Callee, &mut [u64], Dispatch) -> Result<R, Raised>,
    ) -> Result<R, Error> {
        if store.inner().state.id != self.store {
            return Err(Error::wrong_store("the function"));
        }
        let values = values.get_mut(..self.callee.slots as usize).ok_or(Trap::StackOverflow)?;
        nested(store, |store, dispatch| run(store, &self.callee, values, dispatch))
    }
}

/// Goes on with a suspended call of this store.
pub(super) fn resume_raw<T>(
    store: &mut StoreContextMut<'_, T>,
    suspended: Suspended,
    values: &mut [u64],
    host_results: Option<&[u64]>,
) -> Result<Progress, Error> {
    nested(store, |store, dispatch| {
        // SAFETY: the caller has compared the stores, and the values are as many as the functions' types say. The
        // exclusive borrow of the store is in `store`, of which no reference is alive.
        unsafe { run::resume::<T>(store, suspended, values, host_results, dispatch) }
    })
}

/// Runs guests one level deeper.
#[inline]
fn nested<T, R>(
    store: &mut StoreContextMut<'_, T>,
    run: impl FnOnce(NonNull<VmStore>, Dispatch) -> Result<R, Raised>,
) -> Result<R, Error> {
    let inner = store.inner_mut();
    if inner.vm.stop.closed() {
        return Err(Error::closed());
    }
    let reserve = inner.state.fuel_reserve;
    let slice = inner.vm.fuel;
    if reserve != 0 {
        // It is not the call that keeps some of its fuel back.
        inner.join_fuel();
    }
    let state = &mut inner.state;
    let config = state.engine.config();
    if state.nesting >= config.max_nesting {
        return Err(Error::from(Trap::StackOverflow));
    }
    let (dispatch, nesting) = (config.dispatch, state.nesting);
    state.nesting = nesting + 1;
    let result = run(store.vm(), dispatch);
    let inner = store.inner_mut();
    // A host function's panic may have skipped steps like this one.
    inner.state.nesting = nesting;
    if reserve != 0 {
        inner.split_fuel(slice);
    }
    result.map_err(error_of)
}

/// Turns what was raised into an error, while the store and so its frames are alive.
#[cold]
fn error_of(raised: Raised) -> Error {
    let (mut error, frames) = match raised {
        Raised::Trap(trap, frames) => (Error::from(trap), frames),
        Raised::Host(error, frames) => (Error::from_box(error), frames),
        Raised::Wait(error, frames) => (Error::host(CannotWait(error)), frames),
        Raised::Interrupted(_) => (Error::from(Trap::Interrupted), Box::default()),
    };
    error.extend_backtrace(|backtrace| add_frames(backtrace, &frames));
    error
}

fn add_frames(backtrace: &mut Backtrace, frames: &[Frame]) {
    for frame in frames {
        // SAFETY: the frames were running a moment ago, in a store that is still borrowed.
        let module = unsafe { frame.module() };
        if backtrace.push(module, frame.body as usize, frame.at).is_err() {
            return;
        }
    }
}

/// How a host function's results get into their slots.
pub(super) type Answer = Box<dyn FnOnce(&StoreState, &mut [u64]) -> Result<(), Error> + Send>;
/// A host function's future. It may hold a [`Caller`], and so refer to the store.
pub(super) type Deferred = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send>>;

/// A future that is waited for. While it lives the store is borrowed, for it may use it.
pub(super) struct Pending<'s> {
    pub(super) future: Deferred,
    pub(super) platform: Arc<dyn Platform>,
    store: PhantomData<&'s mut ()>,
}

/// How far a call that may be pending has come.
pub(super) enum Step<'s> {
    /// To its end: the results are in the values.
    Done,
    /// The function that was called is the host's, and is waited for.
    Host(Pending<'s>),
    /// A host function is waited for.
    Waiting(Stopped, Pending<'s>),
    /// It has stopped for another reason. Where fuel was kept back, what is left of the slice.
    Stopped(Stopped, Stop, Option<u64>),
}

/// A call that has stopped, in the store that its user has borrowed throughout.
pub(super) struct Stopped(Suspended);

impl<'s> Step<'s> {
    /// Calls a function whose arguments and results are in the first of `values`.
    pub(super) fn first<T>(
        store: &'s mut StoreContextMut<'_, T>,
        func: Func,
        values: &mut [u64],
        slice: u64,
    ) -> Result<Self, Error> {
        let func = func.ptr(&store.inner().state)?;
        // SAFETY: it is a function of this store, and lives as long.
        let callee = unsafe { Callee::new(func) };
        let values = values.get_mut(..callee.slots as usize).ok_or(Trap::StackOverflow)?;
        step(store, slice, |store, dispatch| {
            // SAFETY: store and function belong together, and the number of values is the function's. The exclusive
            // borrow of the store is the caller's, and no reference into it is alive.
            unsafe { run::start::<T>(store, &callee, values, dispatch) }
        })
    }
}

impl Stopped {
    /// Goes on; where a host function was waited for, with its answer.
    pub(super) fn go_on<'s, T>(
        self,
        store: &'s mut StoreContextMut<'_, T>,
        answer: Option<Result<Answer, Error>>,
        values: &mut [u64],
        slice: u64,
    ) -> Result<Step<'s>, Error> {
        let results = match answer.map(|answer| self.results(&store.inner().state, answer?)).transpose() {
            Ok(results) => results,
            Err(error) => return Err(self.fail(store, error)),
        };
        step(store, slice, |store, dispatch| {
            // SAFETY: as in `Step::first`; whoever has the stopped call has borrowed its store throughout.
            unsafe { run::resume::<T>(store, self.0, values, results.as_deref(), dispatch) }
        })
    }

    fn results(&self, state: &StoreState, answer: Answer) -> Result<Vec<u64>, Error> {
        let func = self.0.waiting().and_then(|func| state.arena.func(func));
        let mut slots = zeros(func.map_or(0, |func| func.result_slots as usize))?;
        answer(state, &mut slots)?;
        Ok(slots)
    }

    /// Gives the call up: the error, with the guest's frames.
    pub(super) fn fail<T>(self, store: &mut StoreContextMut<'_, T>, error: impl Into<Error>) -> Error {
        let behind = self.0.waiting().is_some();
        let raised = raised_of(error.into());
        // SAFETY: as in `go_on`.
        error_of(unsafe { run::abandon(store.vm(), self.0, raised, behind) })
    }
}

/// Puts the depth of the call that may be pending back, even where a panic passes.
struct PendingAt<T> {
    store: NonNull<StoreInner<T>>,
    outer: u32,
}

impl<T> Drop for PendingAt<T> {
    fn drop(&mut self) {
        // SAFETY: made and dropped while the store is borrowed, and no reference into it is alive.
        unsafe { self.store.as_mut() }.state.pending_at = self.outer;
    }
}

/// Runs a call that may be pending, until it ends or stops.
fn step<'s, T>(
    store: &'s mut StoreContextMut<'_, T>,
    slice: u64,
    run: impl FnOnce(NonNull<VmStore>, Dispatch) -> Result<Progress, Raised>,
) -> Result<Step<'s>, Error> {
    let state = &mut store.inner_mut().state;
    let outer = core::mem::replace(&mut state.pending_at, state.nesting + 1);
    let restore = PendingAt { store: store.ptr, outer };
    let mut unspent = None;
    let result = nested(store, |vm, dispatch| {
        let inner = vm.cast::<StoreInner<T>>().as_ptr();
        // SAFETY: it is the store that is borrowed, and no other reference into it is alive.
        unsafe { &mut *inner }.split_fuel(slice);
        let result = run(vm, dispatch);
        // SAFETY: as above.
        let inner = unsafe { &mut *inner };
        unspent = Some(inner.vm.fuel).filter(|_| inner.state.fuel_reserve > 0);
        inner.join_fuel();
        result
    });
    drop(restore);
    let inner = store.inner_mut();
    let platform = Arc::clone(inner.state.engine.platform());
    // Taken in any case: once the caller has the store again, the future could refer to what is not there any more.
    let pending = inner.deferred.take().map(|future| Pending { future, platform, store: PhantomData });
    match (result, pending) {
        (Ok(Progress::Done), _) => Ok(Step::Done),
        (Ok(Progress::Suspended(suspended, Stop::Wait(_))), Some(pending)) => {
            Ok(Step::Waiting(Stopped(suspended), pending))
        }
        (Ok(Progress::Suspended(suspended, stop)), _) => Ok(Step::Stopped(Stopped(suspended), stop, unspent)),
        (Err(error), Some(pending)) if error.downcast_ref::<CannotWait>().is_some() => {
            Ok(Step::Host(pending))
        }
        (Err(error), _) => Err(error),
    }
}

/// Makes a host function's future, and the error with which the function leaves its guest until it is there. Who
/// runs the guest takes the future from the store, and keeps the store borrowed while it has it.
pub(super) fn defer<T: 'static>(
    caller: Caller<'_, T>,
    make: impl FnOnce(Caller<'static, T>) -> Result<Deferred, Error>,
) -> Error {
    let (mut store, instance, progress) = caller.into_parts();
    let state = &store.inner().state;
    if state.pending_at == 0 || state.pending_at != state.nesting {
        return Error::misuse(format_args!(
            "a host function that is a future was called by a call that is none"
        ));
    }
    let ptr = store.ptr;
    // SAFETY: instances live as long as their store.
    let instance = instance.map(|instance| unsafe { NonNull::from(instance).as_ref() });
    // The borrow is made longer than it is. `pending_at` says that the guest is run by `step`, which takes the future
    // before anybody else has the store, and ties it to the borrow by `Pending`; so the future is used, and dropped,
    // only while the store is borrowed for it and nobody else uses it.
    let caller = Caller::from_parts(StoreContextMut { ptr, borrow: PhantomData }, instance, progress);
    match make(caller) {
        Ok(future) => {
            store.inner_mut().deferred = Some(future);
            Error::wait(InFuture)
        }
        Err(error) => error,
    }
}

/// Why a host function that is a future leaves its guest.
#[derive(Debug)]
struct InFuture;

impl core::fmt::Display for InFuture {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("for a future")
    }
}

impl core::error::Error for InFuture {}

/// Calls a host function for a guest, or for the host itself: what [`VmStore::host_call`] is.
///
/// # Safety
/// `store` is the first field of a `StoreInner<T>`, of which no reference is alive; `caller` is null or an
/// instance of it; there are as many `values` as the function has.
unsafe fn host_call<T>(store: NonNull<VmStore>, host: u32, caller: *mut VmInstance, values: Values) -> bool {
    let mut store = StoreContextMut::<T> { ptr: store.cast(), borrow: PhantomData };
    let inner = store.inner();
    let (top, nesting) = (inner.vm.stack.top, inner.state.nesting);
    let platform: *const dyn Platform = &**inner.state.engine.platform();
    let Some(func) = inner.hosts.get(host as usize) else {
        store.inner_mut().vm.raised = Some(Raised::from(Trap::NullReference));
        return false;
    };
    let func: *const HostFunc<T> = &**func;
    // SAFETY: the store never removes a host function, so it lives while the store does.
    let func = unsafe { &*func };
    // SAFETY: the engine is the store's until the end, and the platform the engine's.
    let platform = unsafe { &*platform };
    // SAFETY: a caller is a live instance of this store, made from a whole record.
    let instance = NonNull::new(caller).map(|vm| unsafe { Instance::of(vm) });
    // A guard that does not call, or calls twice, would mistake arguments for results or the reverse.
    let (mut called, mut result) = (false, None);
    let guarded = platform.guard(&mut || {
        if !core::mem::replace(&mut called, true) {
            result = Some(func.call(Caller::new(store.reborrow(), instance), values));
        }
    });
    if guarded.is_ok() && matches!(result, Some(Ok(()))) {
        return true;
    }
    // A panic has skipped the steps that would have put these back.
    let inner = store.inner_mut();
    inner.vm.stack.top = top;
    inner.state.nesting = nesting;
    let error = match result {
        Some(Err(error)) if guarded.is_ok() => error,
        _ => Error::host_panic(),
    };
    inner.vm.raised = Some(raised_of(error));
    false
}

/// Calls a host function for machine code, if there is nothing more to do than that. A panic goes on to whoever has entered
/// the code.
///
/// # Safety
/// The instance is one of a store that is the first field of a `StoreInner<T>`, of which no reference is alive; the number
/// is that of a host function of it, made from a `C`; there are as many `values` as the function has.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) unsafe fn call_host<T, C: HostCode<T>>(
    instance: NonNull<VmInstance>,
    host: u32,
    values: Values,
) -> Option<Result<(), Error>> {
    // SAFETY: the caller's promise.
    let ptr = NonNull::new(unsafe { instance.as_ref() }.store)?.cast();
    let store = StoreContextMut::<T> { ptr, borrow: PhantomData };
    let inner = store.inner();
    if inner.vm.host_state.is_some() || inner.vm.pace.is_on() {
        return None;
    }
    let closure = if size_of::<C>() == 0 {
        // One is like another, and lies nowhere.
        NonNull::<C>::dangling().as_ptr()
    } else {
        inner.hosts.get(host as usize)?.closure().cast::<C>().cast_mut()
    };
    // SAFETY: the instance's own pointer, which was made from a whole record.
    let caller = Caller::from_parts(store, Some(unsafe { Instance::of(instance) }), None);
    // SAFETY: what the function was made from. The store never removes a host function, so it lives while the store does.
    Some(unsafe { &*closure }(caller, values))
}

/// Calls a host function for machine code: one that is called again, or one that may take long while there is a deadline.
///
/// # Safety
/// As for [`call_host`].
#[cfg(target_arch = "x86_64")]
pub(super) unsafe fn call_host_slowly<T>(
    instance: NonNull<VmInstance>,
    host: u32,
    values: Values,
) -> Result<(), Error> {
    // SAFETY: the caller's promise.
    let ptr = NonNull::new(unsafe { instance.as_ref() }.store).ok_or(Trap::NullReference)?.cast();
    let mut store = StoreContextMut::<T> { ptr, borrow: PhantomData };
    let func: *const HostFunc<T> = &**store.inner().hosts.get(host as usize).ok_or(Trap::NullReference)?;
    // SAFETY: the instance's own pointer, which was made from a whole record.
    let caller = Caller::new(store.reborrow(), Some(unsafe { Instance::of(instance) }));
    // SAFETY: the store never removes a host function, so it lives while the store does.
    let result = unsafe { &*func }.call(caller, values);
    store.inner_mut().vm.pace.host_ran();
    result
}

/// Grows a memory or a table for a guest: what [`VmStore::grow`] is.
///
/// # Safety
/// `store` is the first field of a `StoreInner<T>`, of which no reference is alive.
unsafe fn grow<T>(store: NonNull<VmStore>, growth: Growth) -> Result<Option<u64>, Raised> {
    let mut store = StoreContextMut::<T> { ptr: store.cast(), borrow: PhantomData };
    let inner = store.inner_mut();
    if inner.limiter.is_none() {
        return inner.grow_for_guest(growth).map_err(raised_of);
    }
    // A limiter is the embedder's code: its panic ends with the call, as a host function's does.
    let platform = Arc::clone(inner.state.engine.platform());
    let mut result = Ok(None);
    match platform.guard(&mut || result = inner.grow_for_guest(growth)) {
        Ok(()) => result.map_err(raised_of),
        Err(_) => Err(raised_of(Error::host_panic())),
    }
}

/// Has a function of an instance compiled: what a store of this type is made with.
///
/// # Safety
/// `store` is the first field of a `StoreInner<T>`, of which no reference is alive, and the instance is one of it.
unsafe fn compile<T>(
    store: NonNull<VmStore>,
    instance: NonNull<VmInstance>,
    body: u32,
) -> Result<usize, Raised> {
    let mut store = StoreContextMut::<T> { ptr: store.cast(), borrow: PhantomData };
    let engine = store.inner_mut().state.engine.clone();
    // SAFETY: the instance's own pointer, which was made from a whole record.
    let module = unsafe { Instance::of(instance) }.module();
    super::compiled::compile_body(&engine, module, body as usize).map_err(raised_of)
}

/// An error on its way through a guest. Traps need no box.
#[cold]
pub(super) fn raised_of(error: Error) -> Raised {
    let error = match error.into_wait() {
        Ok(reason) => return Raised::Wait(reason, Box::default()),
        Err(error) => error,
    };
    let error = match error.into_interrupted() {
        Ok(state) => return Raised::Interrupted(state),
        Err(error) => error,
    };
    match (error.trap(), error.backtrace()) {
        (Some(trap), None) => Raised::from(trap),
        _ => match crate::support::try_boxed(error) {
            Ok(error) => Raised::Host(error, Box::default()),
            Err(_) => Raised::from(Trap::OutOfMemory),
        },
    }
}

/// The function that a reference in a slot, table or global of this store refers to; `None` for null.
///
/// Trusts `bits`: validated code can put nothing into such a place but the address of a function of the store,
/// or null, and the embedding API writes nothing else there.
pub(super) fn func_of(state: &StoreState, bits: u64) -> Option<Func> {
    // SAFETY: the address of a function of the store, see above; functions live as long as their store.
    let handle = VmFunc::from_bits(bits).map(|func| unsafe { func.as_ref() }.handle)?;
    Some(Func::from_index(state, handle))
}
