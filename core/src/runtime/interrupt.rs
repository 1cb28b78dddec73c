//! Stopping a guest from outside, and how a host function sees it.
//!
//! In: a request, from anywhere; a deadline. Out: whether the guest shall stop; waits that end when it shall.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::any::Any;
use core::fmt;

use super::Error;
use crate::platform::{ErrorKind, Interest, Result, Scheduler, Wait, Waited, Waker};
use crate::support::try_boxed;
use crate::vm::{HostState, StopSignal};
use crate::wasm::Trap;

/// Nanoseconds of a wait that nobody can end: then the guest's interruption is looked for.
const SLICE: u64 = 500_000;

/// Stops the guest that runs in a store, from another thread, another processor, or an interrupt handler.
///
/// ```
/// use std::{thread, time::Duration};
/// use ringzero::{Config, Engine, Instance, Module, Store, Trap};
///
/// let bytes = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#).unwrap();
/// let engine = Engine::new(&Config::new().interruption(true))?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &Module::new(&engine, bytes)?, &[])?;
/// let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
///
/// let handle = store.interrupt_handle();
/// let stopper = thread::spawn(move || {
///     thread::sleep(Duration::from_millis(20));
///     handle.interrupt();
/// });
/// let error = spin.call(&mut store, ()).unwrap_err();
/// assert_eq!(error.trap(), Some(Trap::Interrupted));
/// # stopper.join().unwrap();
/// # Ok::<(), ringzero::Error>(())
/// ```
///
/// Where it is only time that is to end a guest, no thread is needed: see [`Store::set_deadline_after`].
///
/// [`Store::set_deadline_after`]: super::Store::set_deadline_after
#[derive(Clone, Debug)]
pub struct InterruptHandle {
    stop: Arc<StopSignal>,
}

impl InterruptHandle {
    pub(super) fn new(stop: &Arc<StopSignal>) -> Self {
        Self { stop: Arc::clone(stop) }
    }

    /// Asks the guest to stop: it ends with [`Trap::Interrupted`], or is suspended if
    /// it was called so. It looks where [`Config::interruption`](super::Config::interruption) says; a host function
    /// that [waits](Interruption::wait) is woken. If no guest runs, the next one stops at once.
    ///
    /// Costs one store to memory, and a [wake](Waker::wake) if a guest of the store has ever waited. Never waits
    /// itself.
    pub fn interrupt(&self) {
        self.stop.ask();
    }

    /// Closes the store: the guest that runs is stopped as by [`interrupt`](Self::interrupt), and from then on each
    /// call of a function of the store, each instantiation and each resumption is an error of
    /// [`Category::Closed`](super::Category::Closed). Memories can still be read, and the store is freed when its
    /// owner drops it. Where guests do not look, since
    /// [`Config::interruption`](super::Config::interruption) is off, the one that runs goes on to its next call from
    /// the host.
    ///
    /// Safe at any time, from anywhere; to close twice is to close once. Cost: as to interrupt.
    ///
    /// ```
    /// use ringzero::{Category, Config, Engine, Instance, Module, Store, Trap};
    ///
    /// let bytes = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#).unwrap();
    /// let engine = Engine::new(&Config::new().interruption(true))?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &Module::new(&engine, bytes)?, &[])?;
    /// let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    ///
    /// let handle = store.interrupt_handle();
    /// let closer = std::thread::spawn(move || handle.close());
    /// let error = spin.call(&mut store, ()).unwrap_err();
    /// // It was running already, or had not begun.
    /// assert!(error.trap() == Some(Trap::Interrupted) || error.category() == Category::Closed);
    /// # closer.join().unwrap();
    /// assert_eq!(spin.call(&mut store, ()).unwrap_err().category(), Category::Closed);
    /// assert!(store.is_closed());
    /// # Ok::<(), ringzero::Error>(())
    /// ```
    pub fn close(&self) {
        self.stop.close();
    }

    /// Whether somebody has closed the store.
    pub fn is_closed(&self) -> bool {
        self.stop.closed()
    }
}

/// Whether the guest shall stop, for a host function that works or waits for long: from
/// [`Caller::interruption`](super::Caller::interruption).
///
/// A host function asks [`check`](Self::check) at least every millisecond, and passes on what that returns:
///
/// ```
/// use ringzero::{Caller, Config, Engine, Error, Linker, Module, Store, Trap};
///
/// let engine = Engine::new(&Config::new().interruption(true))?;
/// let mut linker = Linker::new(&engine);
/// linker.func_wrap("host", "search", |caller: Caller<'_, ()>| -> Result<(), Error> {
///     loop {
///         // … a piece of the work …
///         if let Some(interruption) = caller.interruption() {
///             interruption.check()?;
///         }
///     }
/// })?;
/// let bytes = wat::parse_str(r#"(module (import "host" "search" (func)) (export "run" (func 0)))"#).unwrap();
/// let mut store = Store::new(&engine, ());
/// let instance = linker.instantiate(&mut store, &Module::new(&engine, bytes)?)?;
/// let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
/// store.interrupt_handle().interrupt();
/// assert_eq!(run.call(&mut store, ()).unwrap_err().trap(), Some(Trap::Interrupted));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Interruption {
    stop: Arc<StopSignal>,
}

impl Interruption {
    pub(super) fn new(stop: &Arc<StopSignal>) -> Self {
        Self { stop: Arc::clone(stop) }
    }

    /// Whether the guest shall stop: somebody has used an [`InterruptHandle`], or the store's deadline has passed.
    /// Costs a load, and a reading of the clock where there is a deadline.
    ///
    /// # Errors
    /// [`Interrupted`], for the host function to return.
    pub fn check(&self) -> core::result::Result<(), Interrupted> {
        if self.stop.due() { Err(Interrupted::default()) } else { Ok(()) }
    }

    /// Nanoseconds until the store's deadline; 0 if it has passed, `None` if there is none. Costs a reading of the
    /// clock.
    pub fn time_left(&self) -> Option<u64> {
        self.stop.time_left()
    }

    /// Waits as [`Scheduler::wait`] does, but no longer than until the guest shall stop. The answer is then
    /// [`Waited::Woken`]: whoever has waited asks [`check`](Self::check) before anything else.
    ///
    /// `waker` is one that [`Scheduler::waker`] of the same scheduler has made, kept from wait to wait. Without one
    /// the wait is cut into slices of half a millisecond.
    ///
    /// # Errors
    /// As [`Scheduler::wait`]; [`ErrorKind::OutOfMemory`].
    pub fn wait(
        &self,
        scheduler: &dyn Scheduler,
        waker: Option<&Arc<dyn Waker>>,
        waits: &[Wait],
        timeout: Option<u64>,
    ) -> Result<Waited> {
        match waker {
            Some(waker) => self.wait_for_waker(scheduler, waker, waits, timeout),
            None => self.wait_in_slices(scheduler, waits, timeout),
        }
    }

    fn wait_for_waker(
        &self,
        scheduler: &dyn Scheduler,
        waker: &Arc<dyn Waker>,
        waits: &[Wait],
        timeout: Option<u64>,
    ) -> Result<Waited> {
        self.stop.arm(waker);
        if self.stop.due() {
            return Ok(Waited::Woken);
        }
        let own = Wait { handle: waker.wait_handle(), interest: Interest::READ };
        let (alone, pair, many);
        let waits = match waits {
            [] => {
                alone = [own];
                &alone[..]
            }
            [one] => {
                pair = [own, *one];
                &pair[..]
            }
            more => {
                let mut list = Vec::new();
                list.try_reserve_exact(more.len() + 1).map_err(|_| ErrorKind::OutOfMemory)?;
                list.push(own);
                list.extend_from_slice(more);
                many = list;
                &many[..]
            }
        };
        let waited = self.wait_in_time(scheduler, waits, timeout)?;
        if waited == Waited::Woken {
            // A request from now on wakes anew; one from before is seen by who looks now.
            waker.clear();
        }
        Ok(waited)
    }

    fn wait_in_slices(
        &self,
        scheduler: &dyn Scheduler,
        waits: &[Wait],
        timeout: Option<u64>,
    ) -> Result<Waited> {
        let mut left = timeout;
        loop {
            if self.stop.due() {
                return Ok(Waited::Woken);
            }
            let slice = left.map_or(SLICE, |left| left.min(SLICE));
            match self.wait_in_time(scheduler, waits, Some(slice))? {
                Waited::TimedOut => {}
                other => return Ok(other),
            }
            left = left.map(|left| left - slice);
            if left == Some(0) {
                return Ok(Waited::TimedOut);
            }
        }
    }

    /// Waits until the deadline at most.
    fn wait_in_time(
        &self,
        scheduler: &dyn Scheduler,
        waits: &[Wait],
        timeout: Option<u64>,
    ) -> Result<Waited> {
        match self.stop.time_left() {
            Some(left) if timeout.is_none_or(|timeout| left < timeout) => {
                match scheduler.wait(waits, Some(left))? {
                    Waited::TimedOut => Ok(Waited::Woken),
                    other => Ok(other),
                }
            }
            _ => scheduler.wait(waits, timeout),
        }
    }
}

/// That the guest shall stop: what a host function returns then, as its error. The guest's call ends with
/// [`Trap::Interrupted`], or is suspended if it was made so; when it goes on, the host
/// function is called again, with the same arguments.
#[derive(Debug, Default)]
pub struct Interrupted {
    pub(super) state: HostState,
}

impl Interrupted {
    /// Keeps what the host function has done so far until it is called again: it finds it by
    /// [`Caller::take_progress`](super::Caller::take_progress). Where the call does not go on, it is dropped. If
    /// the host has no memory left for it the guest ends with [`Trap::OutOfMemory`].
    ///
    /// ```
    /// use ringzero::{Caller, Config, Engine, Error, Linker, Module, ResumableCall, Store, Val};
    ///
    /// let engine = Engine::new(&Config::new().interruption(true))?;
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap("host", "count", |mut caller: Caller<'_, Vec<u32>>, to: u32| -> Result<u32, Error> {
    ///     let mut done: u32 = caller.take_progress().unwrap_or(0);
    ///     while done < to {
    ///         caller.data_mut().push(done);
    ///         done += 1;
    ///         if let Some(interruption) = caller.interruption() {
    ///             interruption.check().map_err(|interrupted| interrupted.keep(done))?;
    ///         }
    ///     }
    ///     Ok(done)
    /// })?;
    /// let bytes = wat::parse_str(r#"(module (import "host" "count" (func $count (param i32) (result i32)))
    ///     (func (export "run") (result i32) (call $count (i32.const 3))))"#).unwrap();
    /// let mut store = Store::new(&engine, Vec::new());
    /// let instance = linker.instantiate(&mut store, &Module::new(&engine, bytes)?)?;
    /// let run = instance.get_func(&mut store, "run").unwrap();
    /// let (mut results, mut stops) = ([Val::I32(0)], 0);
    /// let handle = store.interrupt_handle();
    /// handle.interrupt();
    /// let mut call = run.call_resumable(&mut store, &[], &mut results)?;
    /// while let ResumableCall::Suspended(suspension) = call {
    ///     stops += 1;
    ///     handle.interrupt();
    ///     call = suspension.resume(&mut store, &mut results)?;
    /// }
    /// assert_eq!(store.data(), &[0, 1, 2]);
    /// assert!(stops >= 3 && matches!(results, [Val::I32(3)]));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn keep(self, progress: impl Any + Send + Sync) -> Error {
        match try_boxed(progress) {
            Ok(state) => Error::from(Self { state: Some(state as Box<dyn Any + Send + Sync>) }),
            Err(_) => Error::from(Trap::OutOfMemory),
        }
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Trap::Interrupted.fmt(f)
    }
}

impl core::error::Error for Interrupted {}
