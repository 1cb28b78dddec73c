//! Where pointers without type become stores again, and functions run.
//!
//! In: handles, values. Out: contexts, results of calls, host functions called on behalf of guests. It is the
//! one room of the embedding API with unsafe code.
//!
//! **Who may touch a store.** Each store is one box, given up for one raw pointer when it is made
//! ([`StorePtr`]). All other pointers are copies of that one: in contexts, in instances, in the interpreter.
//! References are made from it for the length of one step, never over a call into a guest. A
//! [`StoreContextMut`] has the exclusive borrow of the store in its lifetime: while a guest runs its caller's
//! context cannot be used, and while a host function runs the guest does not.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use core::sync::atomic::AtomicUsize;

use hashbrown::HashMap;

use super::host::HostFunc;
use super::store::{StoreId, StoreInner, StoreState};
use super::suspend::CannotWait;
use super::{Backtrace, Caller, Engine, Error, Func};
use crate::interp::{self, Dispatch, Progress, Suspended};
use crate::platform::Platform;
use crate::support::reserve::try_arc;
use crate::support::{OutOfMemory, try_boxed};
use crate::vm::{Frame, Growth, Instance, Raised, StopSignal, ValueStack, VmFunc, VmInstance, VmStore};
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
        let stop = Arc::new(StopSignal::new(engine.platform()));
        Self::from_box(Box::new(Self::empty(engine, stop, Arc::default(), data)))
    }

    pub(super) fn try_new(engine: &Engine, data: T) -> Result<Self, OutOfMemory> {
        let stop = try_arc(StopSignal::new(engine.platform()))?;
        let suspended = try_arc(AtomicUsize::new(0))?;
        Ok(Self::from_box(try_boxed(Self::empty(engine, stop, suspended, data))?))
    }

    fn empty(engine: &Engine, stop: Arc<StopSignal>, suspended: Arc<AtomicUsize>, data: T) -> StoreInner<T> {
        let vm = VmStore::new(ValueStack::new(engine.config().max_stack), host_call::<T>, grow::<T>, stop);
        let state = StoreState::new(engine, suspended);
        let (hosts, known_hosts, linked) = (Vec::new(), HashMap::new(), Vec::new());
        StoreInner { vm, state, hosts, known_hosts, linked, limiter: None, data }
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

/// A function of one store, found and checked.
#[derive(Clone, Copy)]
pub(super) struct RawFunc {
    func: NonNull<VmFunc>,
    store: StoreId,
}

// SAFETY: it is an address and a number. The address is used only after comparing the number with that of a
// store that is borrowed exclusively.
unsafe impl Send for RawFunc {}
// SAFETY: as for Send.
unsafe impl Sync for RawFunc {}

impl RawFunc {
    pub(super) fn new(func: Func, state: &StoreState) -> Result<Self, Error> {
        Ok(Self { func: func.ptr(state)?, store: state.id })
    }

    /// Runs the function: arguments and results are in the first slots of `values`.
    pub(super) fn invoke<T>(
        self,
        store: &mut StoreContextMut<'_, T>,
        values: &mut [u64],
    ) -> Result<(), Error> {
        self.run(store, values, |store, func, values, dispatch| {
            // SAFETY: store and function belong together, and the number of values is the function's. The
            // exclusive borrow of the store is in `store`, of which no reference is alive.
            unsafe { interp::call(store, func, values, dispatch) }
        })
    }

    /// The same, but the function may stop before its end.
    pub(super) fn start<T>(
        self,
        store: &mut StoreContextMut<'_, T>,
        values: &mut [u64],
    ) -> Result<Progress, Error> {
        self.run(store, values, |store, func, values, dispatch| {
            // SAFETY: as in `invoke`.
            unsafe { interp::start(store, func, values, dispatch) }
        })
    }

    #[inline]
    fn run<T, R>(
        self,
        store: &mut StoreContextMut<'_, T>,
        values: &mut [u64],
        run: impl FnOnce(NonNull<VmStore>, NonNull<VmFunc>, &mut [u64], Dispatch) -> Result<R, Raised>,
    ) -> Result<R, Error> {
        if store.inner().state.id != self.store {
            return Err(Error::wrong_store("the function"));
        }
        // SAFETY: the store is the one that the function was found in, and keeps it while it lives.
        let slots = unsafe { self.func.as_ref() }.value_slots();
        let values = values.get_mut(..slots).ok_or(Trap::StackOverflow)?;
        nested(store, |store, dispatch| run(store, self.func, values, dispatch))
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
        unsafe { interp::resume(store, suspended, values, host_results, dispatch) }
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
    let state = &mut inner.state;
    let config = state.engine.config();
    if state.nesting >= config.max_nesting {
        return Err(Error::from(Trap::StackOverflow));
    }
    let dispatch = config.dispatch;
    state.nesting += 1;
    let result = run(store.vm(), dispatch);
    store.inner_mut().state.nesting -= 1;
    result.map_err(error_of)
}

/// Turns what the interpreter raised into an error, while the store and so its frames are alive.
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
        if backtrace.push(module, frame.body as usize, frame.offset).is_err() {
            return;
        }
    }
}

/// Calls a host function for a guest, or for the host itself: what [`VmStore::host_call`] is.
///
/// # Safety
/// `store` is the first field of a `StoreInner<T>`, of which no reference is alive; `caller` is null or an
/// instance of it; arguments stand at slot `values` of its stack, which has room for the results there.
unsafe fn host_call<T>(
    store: NonNull<VmStore>,
    host: u32,
    caller: *mut VmInstance,
    values: usize,
) -> Result<(), Raised> {
    let mut store = StoreContextMut::<T> { ptr: store.cast(), borrow: PhantomData };
    let inner = store.inner();
    let (top, nesting) = (inner.vm.stack.top, inner.state.nesting);
    let platform: *const dyn Platform = &**inner.state.engine.platform();
    let Some(func) = inner.hosts.get(host as usize) else {
        return Err(Raised::from(Trap::NullReference));
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
        return Ok(());
    }
    // A panic has skipped the steps that would have put these back.
    let inner = store.inner_mut();
    inner.vm.stack.top = top;
    inner.state.nesting = nesting;
    let error = match result {
        Some(Err(error)) if guarded.is_ok() => error,
        _ => Error::host_panic(),
    };
    Err(raised_of(error))
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

/// An error on its way through a guest. Traps need no box.
#[cold]
fn raised_of(error: Error) -> Raised {
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
