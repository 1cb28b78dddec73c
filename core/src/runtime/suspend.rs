//! Calls that can stop and go on.
//!
//! In: a function, or a call that has stopped. Out: results, or a [`Suspension`], which holds the guest's frames
//! as data: the store is free for other calls meanwhile, and what goes on gives the same results as what never
//! stopped.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::fmt;
use core::sync::atomic::Ordering;

use super::raw::{RawFunc, resume_raw};
use super::run::{Progress, Suspended};
use super::store::{StoreId, StoreState};
use super::{AsContextMut, Error, Func, StoreContextMut, Val};
use crate::support::OutOfMemory;
use crate::vm::{Stop, StopSignal, VmStore};
use crate::wasm::FuncType;

/// How a call that can be suspended came to its end, or did not.
#[derive(Debug)]
pub enum ResumableCall {
    /// It has returned; the results are there.
    Finished,
    /// It can go on.
    Suspended(Suspension),
}

/// Why a call stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SuspendReason {
    /// The next stretch of operators costs more fuel than there is: give it some with
    /// [`Store::set_fuel`](super::Store::set_fuel).
    OutOfFuel,
    /// Somebody has used an [`InterruptHandle`](super::InterruptHandle), or the deadline has passed: going on needs
    /// [another](super::Store::set_deadline) then.
    Interrupted,
    /// A host function has returned [`Error::wait`].
    Wait,
}

/// A call that has stopped and can go on, in the store in which it was made. Dropping it gives the call up: what
/// the guest has done so far stays done.
///
/// With fuel in slices, guests take turns on one thread:
///
/// ```
/// use ringzero::{Config, Engine, Instance, Module, ResumableCall, Store, Val};
///
/// let bytes = wat::parse_str(r#"(module (func (export "sum") (param i64) (result i64) (local i64)
///     (loop $more
///         (local.set 1 (i64.add (local.get 1) (local.get 0)))
///         (br_if $more (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0))))
///     (local.get 1)))"#).unwrap();
/// let engine = Engine::new(&Config::new().fuel(true))?;
/// let module = Module::new(&engine, bytes)?;
///
/// let mut guests = Vec::new();
/// for n in [100, 300] {
///     let mut store = Store::new(&engine, n);
///     let sum = Instance::new(&mut store, &module, &[])?.get_func(&mut store, "sum").unwrap();
///     // Without fuel it stops before its first operator.
///     let call = sum.call_resumable(&mut store, &[Val::I64(n)], &mut [Val::I64(0)])?;
///     guests.push((store, call));
/// }
/// let (mut finished, mut turns) = (Vec::new(), 0);
/// while let Some((mut store, call)) = guests.pop() {
///     let ResumableCall::Suspended(suspension) = call else { unreachable!("it has had no fuel") };
///     store.set_fuel(500)?; // a slice
///     turns += 1;
///     let mut results = [Val::I64(0)];
///     match suspension.resume(&mut store, &mut results)? {
///         ResumableCall::Finished => finished.push((*store.data(), results[0])),
///         suspended => guests.insert(0, (store, suspended)), // to the end of the queue
///     }
/// }
/// assert!(matches!(finished[..], [(100, Val::I64(5_050)), (300, Val::I64(45_150))]));
/// assert!(turns > 4);
/// # Ok::<(), ringzero::Error>(())
/// ```
///
/// [`Error::wait`] is how a host function stops its guest.
pub struct Suspension {
    suspended: Suspended,
    store: StoreId,
    ty: FuncType,
    stop: Stop,
    _in_flight: InFlight,
}

/// Counts among the suspended calls of a store as long as it lives.
pub(super) struct InFlight(Arc<StopSignal>);

impl InFlight {
    pub(super) fn new(store: &VmStore) -> Self {
        store.stop.suspended.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&store.stop))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.suspended.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Suspension {
    /// Why it stopped.
    pub fn reason(&self) -> SuspendReason {
        match self.stop {
            Stop::OutOfFuel => SuspendReason::OutOfFuel,
            Stop::Interrupted | Stop::InHost(_) => SuspendReason::Interrupted,
            Stop::Wait(_) => SuspendReason::Wait,
        }
    }

    /// What the host function that asked to wait gave to [`Error::wait`].
    pub fn waiting_for<E: core::error::Error + 'static>(&self) -> Option<&E> {
        match &self.stop {
            Stop::Wait(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// Goes on. A host function that asked to wait, or was interrupted while it worked or waited, is called again,
    /// with the same arguments.
    ///
    /// # Errors
    /// As [`Func::call`].
    pub fn resume(self, mut store: impl AsContextMut, results: &mut [Val]) -> Result<ResumableCall, Error> {
        self.go_on(&mut store.as_context_mut(), None, results)
    }

    /// Goes on after a host function that asked to wait, with its results given here.
    ///
    /// # Errors
    /// As [`Func::call`]. [`Category::Misuse`](super::Category::Misuse) if no host function asked to wait, or the
    /// values are not its results.
    pub fn resume_with(
        self,
        mut store: impl AsContextMut,
        host_results: &[Val],
        results: &mut [Val],
    ) -> Result<ResumableCall, Error> {
        let mut store = store.as_context_mut();
        let state = &store.inner().state;
        let Some(func) = self.suspended.waiting().filter(|_| matches!(self.stop, Stop::Wait(_))) else {
            return Err(Error::misuse(format_args!("no host function asked to wait")));
        };
        let ty = Func::from_index(state, func).type_in(state)?;
        let slots = lower(state, ty.results(), host_results)?;
        self.go_on(&mut store, Some(slots), results)
    }

    fn go_on<T>(
        self,
        store: &mut StoreContextMut<'_, T>,
        host_results: Option<Vec<u64>>,
        results: &mut [Val],
    ) -> Result<ResumableCall, Error> {
        if store.inner().state.id != self.store {
            return Err(Error::wrong_store("the suspended call"));
        }
        expect_results(&self.ty, results.len())?;
        let mut values = zeros(self.ty.param_slots().max(self.ty.result_slots()))?;
        let progress = resume_raw(store, self.suspended, &mut values, host_results.as_deref())?;
        finish(store, self.ty, progress, &values, results)
    }
}

impl fmt::Debug for Suspension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suspension").field("reason", &self.reason()).finish_non_exhaustive()
    }
}

impl Func {
    /// Calls the function so that it can stop and go on: when it runs out of fuel, is interrupted, or reaches a
    /// host function that asks to wait. A call made by [`Func::call`] ends with an error in these cases. Costs a
    /// copy of the guest's frames per stop.
    ///
    /// # Errors
    /// As [`Func::call`].
    pub fn call_resumable(
        &self,
        mut store: impl AsContextMut,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<ResumableCall, Error> {
        let mut store = store.as_context_mut();
        let (ty, mut values) = self.lower_call(&store.inner().state, params, results.len())?;
        let func = RawFunc::new(*self, &store.inner().state)?;
        let progress = func.start(&mut store, &mut values)?;
        finish(&mut store, ty, progress, &values, results)
    }

    /// Checks a call, and lays its arguments out where its results will be.
    pub(super) fn lower_call(
        self,
        state: &StoreState,
        params: &[Val],
        results: usize,
    ) -> Result<(FuncType, Vec<u64>), Error> {
        let ty = self.type_in(state)?;
        expect_results(&ty, results)?;
        let mut values = lower(state, ty.params(), params)?;
        let slots = ty.param_slots().max(ty.result_slots());
        values.try_reserve_exact(slots - values.len()).map_err(|_| OutOfMemory)?;
        values.resize(slots, 0);
        Ok((ty, values))
    }
}

/// Takes the results, or wraps up what has stopped.
fn finish<T>(
    store: &mut StoreContextMut<'_, T>,
    ty: FuncType,
    progress: Progress,
    values: &[u64],
    results: &mut [Val],
) -> Result<ResumableCall, Error> {
    let state = &store.inner().state;
    match progress {
        Progress::Suspended(suspended, stop) => Ok(ResumableCall::Suspended(Suspension {
            suspended,
            store: state.id,
            ty,
            stop,
            _in_flight: InFlight::new(&store.inner().vm),
        })),
        Progress::Done => {
            let mut at = 0;
            for (ty, result) in ty.results().iter().zip(results) {
                result.load(state, *ty, values.get(at..).unwrap_or_default());
                at += ty.slots();
            }
            Ok(ResumableCall::Finished)
        }
    }
}

pub(super) fn expect_results(ty: &FuncType, found: usize) -> Result<(), Error> {
    let expected = ty.results().len();
    if found == expected {
        return Ok(());
    }
    Err(Error::misuse(format_args!("expected room for {expected} results, got {found}")))
}

pub(super) fn zeros(slots: usize) -> Result<Vec<u64>, Error> {
    let mut values = Vec::new();
    values.try_reserve_exact(slots).map_err(|_| OutOfMemory)?;
    values.resize(slots, 0);
    Ok(values)
}

/// Values as slots, if they are of these types.
fn lower(state: &StoreState, types: &[crate::wasm::ValType], values: &[Val]) -> Result<Vec<u64>, Error> {
    if types.len() != values.len() {
        let (expected, found) = (types.len(), values.len());
        return Err(Error::misuse(format_args!("expected {expected} values, got {found}")));
    }
    let mut slots = zeros(types.iter().map(|ty| ty.slots()).sum())?;
    let mut at = 0;
    for (position, (ty, value)) in types.iter().zip(values).enumerate() {
        if !value.fits(*ty) {
            let found = value.ty();
            return Err(Error::misuse(format_args!("value {position}: expected {ty}, got {found}")));
        }
        value.store(state, slots.get_mut(at..).unwrap_or_default())?;
        at += ty.slots();
    }
    Ok(slots)
}

/// What a call that cannot be suspended ends with when a host function asks to wait.
#[derive(Debug)]
pub(super) struct CannotWait(pub(super) Box<dyn core::error::Error + Send + Sync>);

impl fmt::Display for CannotWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a host function asked to wait in a call that cannot be suspended: {}", self.0)
    }
}

impl core::error::Error for CannotWait {}
