//! Stores: what guests live in, together with the embedder's data.
//!
//! In: an engine, data. Out: a [`Store`], and the two traits by which everything that stands for a store (the
//! store itself, a [`Caller`](super::Caller), a context) is passed. When a store is dropped, all that it holds is.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::any::Any;
use core::fmt;
use core::sync::atomic::Ordering;
use core::time::Duration;

use hashbrown::HashMap;
use spin::Mutex;

use super::compiled::Call;
use super::host::HostFunc;
use super::limits::Limiter;
use super::pre::Linked;
use super::raw::{Deferred, StoreContextMut, StorePtr};
use super::{Engine, Error, InterruptHandle, Val};
use crate::support::OutOfMemory;
use crate::vm::{Arena, VmStore};

/// Names a store in handles. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct StoreId(u64);

impl StoreId {
    fn fresh() -> Self {
        // A lock and not an atomic: not every target has 64-bit atomics, and 32 bits could come around.
        static NEXT: Mutex<u64> = Mutex::new(1);
        let mut next = NEXT.lock();
        *next += 1;
        Self(*next)
    }
}

/// A store and all that it holds. Lives in a box of its own, which never moves.
#[repr(C)]
pub(super) struct StoreInner<T> {
    /// First, so that a running guest's pointer to it is one to the store.
    pub(super) vm: VmStore,
    /// A host function's future on its way to who waits for it. It may refer to all of the store, and is here only
    /// while a call runs.
    pub(super) deferred: Option<Deferred>,
    /// Before all that guests have, so that it is dropped before it.
    pub(super) data: T,
    pub(super) state: StoreState,
    /// Host functions, by the number in their `VmFunc`. They are never removed.
    pub(super) hosts: Vec<Arc<HostFunc<T>>>,
    /// The functions that host functions and linked modules have become here, by the address of either: of one
    /// its handle, of many the first one's. Both are kept, so that addresses stay their own.
    pub(super) known_hosts: HashMap<usize, u32>,
    pub(super) linked: Vec<Arc<Linked<T>>>,
    /// Room for the values of a call of a dynamic host function.
    pub(super) host_values: Vec<Val>,
    /// Where in the data the one is who may say no to growth.
    pub(super) limiter: Option<Limiter<T>>,
}

/// The part of a store that does not depend on the embedder's data.
pub struct StoreState {
    pub(super) id: StoreId,
    pub(super) engine: Engine,
    /// A call of machine code for who calls from outside, and its stack. In use while there is an innermost activation.
    pub(super) wasm_call: Option<Call>,
    pub(super) arena: Arena,
    /// Values of the host, by the number in their reference.
    pub(super) externs: Vec<Box<dyn Any + Send + Sync>>,
    /// Calls from the host into guests that have not returned.
    pub(super) nesting: u32,
    /// The nesting of the call that may be pending, if it is the innermost; 0 if there is none.
    pub(super) pending_at: u32,
    /// What such a call may spend before it is pending once.
    pub(super) fuel_interval: Option<u64>,
    /// What it may spend afterwards; 0 while none runs.
    pub(super) fuel_reserve: u64,
}

impl StoreState {
    pub(super) fn new(engine: &Engine) -> Self {
        Self {
            id: StoreId::fresh(),
            engine: engine.clone(),
            wasm_call: None,
            arena: Arena::default(),
            externs: Vec::new(),
            nesting: 0,
            pending_at: 0,
            fuel_interval: None,
            fuel_reserve: 0,
        }
    }
}

impl<T> StoreInner<T> {
    /// Whether a call from the host into a guest has begun and is not over.
    pub(super) fn in_flight(&self) -> bool {
        self.state.nesting > 0 || self.vm.stop.suspended.load(Ordering::Relaxed) > 0
    }

    /// Keeps back what goes beyond a slice of the fuel.
    pub(super) fn split_fuel(&mut self, slice: u64) {
        let fuel = self.vm.fuel.min(slice);
        self.state.fuel_reserve = self.vm.fuel - fuel;
        self.vm.fuel = fuel;
    }

    /// Gives all the fuel there is.
    pub(super) fn join_fuel(&mut self) {
        self.vm.fuel += core::mem::take(&mut self.state.fuel_reserve);
    }

    /// Makes a host function a function of this store; its handle.
    pub(super) fn add_host(&mut self, host: Arc<HostFunc<T>>) -> Result<u32, Error> {
        let index = u32::try_from(self.hosts.len()).map_err(|_| OutOfMemory)?;
        let func = host.vm_func(&self.state.engine)?.with_index(index);
        self.hosts.try_reserve(1).map_err(|_| OutOfMemory)?;
        let handle = self.state.arena.add_function(func)?;
        self.hosts.push(host);
        Ok(handle)
    }
}

/// What guests live in: instances with their memories, tables, globals and functions, the stack they run on,
/// and data `T` of the embedder, which host functions reach.
///
/// A store is the unit of lifetime: what is instantiated or made in it stays until the store is dropped, and is
/// freed then, all at once, since guests, tables and handles may point to any of it. So a long-lived program makes a
/// store per guest, per request or per session, which [`InstancePre`](super::InstancePre) makes cheap, or uses one
/// instance again by [`Instance::reset`](super::Instance::reset). [`StoreLimits`](super::StoreLimits) bounds what one
/// store may gather.
///
/// Dropping a store ends it. Its data is dropped first, once, while memories and all else are there still: a `Drop`
/// in the data is how to be told. No guest can be running then, since a call borrows its store; who wants to end one
/// from elsewhere [interrupts](InterruptHandle::interrupt) it, or [closes](InterruptHandle::close) the store. A store may move between threads, and runs on one at a time.
pub struct Store<T> {
    ptr: StorePtr<T>,
}

impl<T> Store<T> {
    /// An empty store. Its three allocations, of some hundred bytes and the data's size, end the program where they
    /// fail: see [`Store::try_new`].
    pub fn new(engine: &Engine, data: T) -> Self {
        Self { ptr: StorePtr::new(engine, data) }
    }

    /// An empty store. One of its allocations is reported where it fails; the others, too, where there is a
    /// [`ReservingAllocator`](crate::reserve::ReservingAllocator).
    ///
    /// # Errors
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory); the data is then dropped.
    pub fn try_new(engine: &Engine, data: T) -> Result<Self, Error> {
        Ok(Self { ptr: StorePtr::try_new(engine, data)? })
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.ptr.get().state.engine
    }

    /// The embedder's data.
    pub fn data(&self) -> &T {
        &self.ptr.get().data
    }

    /// The embedder's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.ptr.get_mut().data
    }

    /// What guests may spend from now on, where [`Config::fuel`](super::Config::fuel) makes them pay. A new store
    /// has none.
    ///
    /// ```
    /// use ringzero::{Config, Engine, Instance, Module, Store, Trap};
    ///
    /// let bytes = wat::parse_str(r#"(module
    ///     (func (export "count") (param i32)
    ///         (loop $more (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#).unwrap();
    /// let engine = Engine::new(&Config::new().fuel(true))?;
    /// let module = Module::new(&engine, bytes)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let count = instance.get_typed_func::<i32, ()>(&mut store, "count")?;
    ///
    /// // Five operators per turn: `local.get`, `i32.const`, `i32.sub`, `local.tee`, `br_if`.
    /// store.set_fuel(1_000)?;
    /// count.call(&mut store, 100)?;
    /// assert_eq!(store.get_fuel()?, 500);
    /// assert_eq!(count.call(&mut store, 101).unwrap_err().trap(), Some(Trap::OutOfFuel));
    /// # Ok::<(), ringzero::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) where it does not.
    pub fn set_fuel(&mut self, fuel: u64) -> Result<(), Error> {
        self.as_context_mut().set_fuel(fuel)
    }

    /// What guests may still spend.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) where [`Config::fuel`](super::Config::fuel) does not make them
    /// pay.
    pub fn get_fuel(&self) -> Result<u64, Error> {
        self.as_context().get_fuel()
    }

    /// What stops the guests of this store, from anywhere. Without
    /// [`Config::interruption`](super::Config::interruption) they do not look.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle::new(&self.ptr.get().vm.stop)
    }

    /// When the guests of this store are to stop, in nanoseconds of the monotonic clock of the engine's
    /// [platform](super::Config::platform); `None` (the default) is never. A guest that runs then, or is called
    /// later, ends with [`Trap::Interrupted`](crate::Trap::Interrupted), or is suspended if it was called so, until
    /// there is another deadline.
    ///
    /// It needs no thread and no timer: the guest reads the clock itself, after so many of its
    /// [looks](super::Config::interruption) as take about 50 µs, and after each call of a host function; host
    /// functions that [wait](super::Interruption::wait) wait until then at most.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) where the platform has no [clock][`Platform::clock`], or guests
    /// do not look since [`Config::interruption`](super::Config::interruption) is off.
    ///
    /// [`Platform::clock`]: crate::platform::Platform::clock
    pub fn set_deadline(&mut self, deadline: Option<u64>) -> Result<(), Error> {
        self.as_context_mut().set_deadline(deadline)
    }

    /// Lets the guests of this store run for so long from now: sets a [deadline](Self::set_deadline).
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// use ringzero::{Config, Engine, Instance, Module, Store, Trap};
    /// use ringzero::platform::{Clock, FakeClock, Platform};
    ///
    /// // An operating system's platform has a clock already (`ringzero_platform_std::StdPlatform`).
    /// struct Machine(FakeClock);
    /// impl Platform for Machine {
    ///     fn clock(&self) -> Option<&dyn Clock> {
    ///         Some(&self.0)
    ///     }
    /// }
    ///
    /// let bytes = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#).unwrap();
    /// let config = Config::new().interruption(true).platform(Arc::new(Machine(FakeClock::default())));
    /// let engine = Engine::new(&config)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &Module::new(&engine, bytes)?, &[])?;
    /// let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    ///
    /// store.set_deadline_after(Duration::from_millis(20))?;
    /// assert_eq!(spin.call(&mut store, ()).unwrap_err().trap(), Some(Trap::Interrupted));
    /// # Ok::<(), ringzero::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Store::set_deadline`].
    pub fn set_deadline_after(&mut self, time: Duration) -> Result<(), Error> {
        self.as_context_mut().set_deadline_after(time)
    }

    /// Whether somebody has [closed](InterruptHandle::close) the store.
    pub fn is_closed(&self) -> bool {
        self.ptr.get().vm.stop.closed()
    }

    /// The embedder's data; all else is dropped.
    pub fn into_data(self) -> T {
        self.ptr.into_inner().data
    }
}

impl<T: fmt::Debug> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("data", self.data()).finish_non_exhaustive()
    }
}

/// A store, to read.
pub struct StoreContext<'a, T> {
    inner: &'a StoreInner<T>,
}

impl<T> Clone for StoreContext<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoreContext<'_, T> {}

impl<'a, T> StoreContext<'a, T> {
    pub(super) fn new(inner: &'a StoreInner<T>) -> Self {
        Self { inner }
    }

    pub(super) fn state(self) -> &'a StoreState {
        &self.inner.state
    }

    pub(super) fn inner(self) -> &'a StoreInner<T> {
        self.inner
    }

    /// The engine.
    pub fn engine(&self) -> &'a Engine {
        &self.inner.state.engine
    }

    /// As [`Store::get_fuel`].
    ///
    /// # Errors
    /// As [`Store::get_fuel`].
    pub fn get_fuel(&self) -> Result<u64, Error> {
        fuel_is_on(self.engine())?;
        Ok(self.inner.vm.fuel.saturating_add(self.inner.state.fuel_reserve))
    }

    /// The embedder's data.
    pub fn data(&self) -> &'a T {
        &self.inner.data
    }
}

impl<T> StoreContextMut<'_, T> {
    /// As [`Store::set_fuel`]; for host functions that charge for what they do.
    ///
    /// # Errors
    /// As [`Store::set_fuel`].
    pub fn set_fuel(&mut self, fuel: u64) -> Result<(), Error> {
        fuel_is_on(self.engine())?;
        let inner = self.inner_mut();
        let slice = if inner.state.fuel_reserve > 0 { inner.vm.fuel } else { u64::MAX };
        (inner.vm.fuel, inner.state.fuel_reserve) = (fuel, 0);
        inner.split_fuel(slice);
        Ok(())
    }

    /// As [`Store::set_deadline`]; a host function may give its guest more time, or less.
    ///
    /// # Errors
    /// As [`Store::set_deadline`].
    pub fn set_deadline(&mut self, deadline: Option<u64>) -> Result<(), Error> {
        self.clock_of_deadlines()?;
        let vm = &mut self.inner_mut().vm;
        vm.stop.set_deadline(deadline);
        vm.pace.switch(deadline.is_some());
        Ok(())
    }

    /// As [`Store::set_deadline_after`].
    ///
    /// # Errors
    /// As [`Store::set_deadline`].
    pub fn set_deadline_after(&mut self, time: Duration) -> Result<(), Error> {
        let now = self.clock_of_deadlines()?;
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.set_deadline(Some(now.saturating_add(nanos)))
    }

    /// What the clock of deadlines shows.
    fn clock_of_deadlines(&self) -> Result<u64, Error> {
        if !self.engine().config().options.interruption {
            let text = format_args!("interruption is not switched on in this engine's configuration");
            return Err(Error::misuse(text));
        }
        let now = self.inner().vm.stop.now();
        now.ok_or_else(|| Error::misuse(format_args!("this engine's platform has no clock for a deadline")))
    }
}

fn fuel_is_on(engine: &Engine) -> Result<(), Error> {
    if engine.config().options.fuel {
        return Ok(());
    }
    Err(Error::misuse(format_args!("fuel is not switched on in this engine's configuration")))
}

/// Whatever stands for a store, to read: a [`Store`], a [`Caller`](super::Caller), a context, a reference to one.
pub trait AsContext {
    /// The embedder's data.
    type Data;

    /// The store.
    fn as_context(&self) -> StoreContext<'_, Self::Data>;
}

/// Whatever stands for a store, to change.
pub trait AsContextMut: AsContext {
    /// The store.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

impl<T> AsContext for Store<T> {
    type Data = T;

    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext::new(self.ptr.get())
    }
}

impl<T> AsContextMut for Store<T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.ptr.context_mut()
    }
}

impl<T> AsContext for StoreContext<'_, T> {
    type Data = T;

    fn as_context(&self) -> StoreContext<'_, T> {
        *self
    }
}

impl<T> AsContext for StoreContextMut<'_, T> {
    type Data = T;

    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext::new(self.inner())
    }
}

impl<T> AsContextMut for StoreContextMut<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.reborrow()
    }
}

impl<S: AsContext + ?Sized> AsContext for &S {
    type Data = S::Data;

    fn as_context(&self) -> StoreContext<'_, S::Data> {
        S::as_context(self)
    }
}

impl<S: AsContext + ?Sized> AsContext for &mut S {
    type Data = S::Data;

    fn as_context(&self) -> StoreContext<'_, S::Data> {
        S::as_context(self)
    }
}

impl<S: AsContextMut + ?Sized> AsContextMut for &mut S {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, S::Data> {
        S::as_context_mut(self)
    }
}
