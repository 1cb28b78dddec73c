//! Calls that are futures, and host functions that are.
//!
//! In: a function, and whoever polls. Out: a future of its results, which needs no executor of its own: it is
//! pending while a host function's future is, or while a guest has had its share of fuel. The guest is suspended
//! data meanwhile, and dropping the future gives its call up.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::future::{Future, poll_fn};
use core::task::Poll;

use super::host::{HostFunc, dynamic_values, slots, store_results};
use super::raw::{Answer, Deferred, Pending, Step, defer};
use super::suspend::{InFlight, zeros};
use super::typed::{WasmList, func_type};
use super::{
    AsContextMut, Caller, Error, Func, Instance, InstancePre, Linker, Module, Store, StoreContextMut,
    TypedFunc, Val, WasmParams, WasmResults, WasmRet,
};
use crate::support::reserve::try_arc;
use crate::support::{OutOfMemory, try_boxed};
use crate::vm::{Stop, Values};
use crate::wasm::{FuncType, Trap};

/// What a host function's closure returns that is a future: boxed, and borrowing the [`Caller`].
type HostFuture<'a, R> = Box<dyn Future<Output = R> + Send + 'a>;

impl<T: Send + 'static> Linker<T> {
    /// Defines a host function by a closure that returns a future. Its parameters are one tuple, its result is what
    /// the future's output is; both are as in [`Linker::func_wrap`]. The future may hold the [`Caller`], and with it
    /// use the store's data and the guest's memory and call guests by
    /// [`TypedFunc::call_async`]. While it is pending, so is the future of the guest's call.
    ///
    /// A guest that calls it has to be called by [`Func::call_async`] or [`TypedFunc::call_async`], or instantiated
    /// by [`Linker::instantiate_async`], with no other host function between: in any other call it is an error of
    /// [`Category::Misuse`](super::Category::Misuse).
    ///
    /// ```
    /// use core::{future, pin::pin, task::{Context, Poll, Waker}};
    /// use ringzero::{Caller, Engine, Error, Linker, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let mut linker = Linker::<u32>::new(&engine);
    /// // Pending once, then the number and the store's data.
    /// linker.func_wrap_async("host", "add", |caller: Caller<'_, u32>, (number,): (u32,)| {
    ///     Box::new(async move {
    ///         let mut asked = false;
    ///         future::poll_fn(|context| {
    ///             if core::mem::replace(&mut asked, true) {
    ///                 return Poll::Ready(());
    ///             }
    ///             context.waker().wake_by_ref(); // a device's interrupt handler, say
    ///             Poll::Pending
    ///         })
    ///         .await;
    ///         Ok::<u32, Error>(number + caller.data())
    ///     })
    /// })?;
    /// let bytes = wat::parse_str(r#"(module (import "host" "add" (func $add (param i32) (result i32)))
    ///     (func (export "run") (param i32) (result i32) (i32.mul (call $add (local.get 0)) (i32.const 2))))"#).unwrap();
    /// let module = Module::new(&engine, bytes)?;
    ///
    /// let mut store = Store::new(&engine, 1);
    /// let mut call = pin!(async {
    ///     let instance = linker.instantiate_async(&mut store, &module).await?;
    ///     let run = instance.get_typed_func::<u32, u32>(&mut store, "run")?;
    ///     run.call_async(&mut store, 20).await
    /// });
    /// // An executor in small: what is pending is polled again.
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert!(call.as_mut().poll(&mut context).is_pending());
    /// let Poll::Ready(result) = call.as_mut().poll(&mut context) else { panic!("it was pending once") };
    /// assert_eq!(result?, 42);
    /// # use core::future::Future;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) if the name is taken.
    pub fn func_wrap_async<P: WasmParams, R: WasmRet + 'static>(
        &mut self,
        module: &str,
        name: &str,
        func: impl for<'a> Fn(Caller<'a, T>, P) -> HostFuture<'a, R> + Send + Sync + 'static,
    ) -> Result<&mut Self, Error> {
        self.define_host(module, name, HostFunc::wrap_async(func)?)
    }

    /// The same for a type known only at run time: see [`Func::new`].
    ///
    /// # Errors
    /// [`Category::Link`](super::Category::Link) if the name is taken.
    pub fn func_new_async(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl for<'a> Fn(Caller<'a, T>, &'a [Val], &'a mut [Val]) -> HostFuture<'a, Result<(), Error>>
        + Send
        + Sync
        + 'static,
    ) -> Result<&mut Self, Error> {
        self.define_host(module, name, HostFunc::dynamic_async(ty, func)?)
    }
}

impl<T> Linker<T> {
    /// As [`Linker::instantiate`]; the start function may call host functions that are futures. Dropping the future
    /// leaves an instance that nobody can name.
    ///
    /// # Errors
    /// As there.
    pub async fn instantiate_async<S: AsContextMut<Data = T>>(
        &self,
        mut store: S,
        module: &Module,
    ) -> Result<Instance, Error> {
        let mut store = store.as_context_mut();
        let imports = self.imports(&mut store, module)?;
        Instance::make(&mut store, module, imports)?.start_async(&mut store).await
    }
}

impl<T> InstancePre<T> {
    /// As [`InstancePre::instantiate`]; otherwise as [`Linker::instantiate_async`].
    ///
    /// # Errors
    /// As there.
    pub async fn instantiate_async<S: AsContextMut<Data = T>>(
        &self,
        mut store: S,
    ) -> Result<Instance, Error> {
        let mut store = store.as_context_mut();
        let imports = self.imports(&mut store)?;
        Instance::make(&mut store, self.module(), imports)?.start_async(&mut store).await
    }
}

impl Instance {
    async fn start_async<T>(self, store: &mut StoreContextMut<'_, T>) -> Result<Self, Error> {
        if let Some(start) = self.initialise(store)? {
            run(store, start, &mut []).await?;
        }
        Ok(self)
    }
}

impl<T> Store<T> {
    /// How much fuel a guest called by [`Func::call_async`] may spend before its future is pending once, so that an
    /// executor can run others; it wakes itself at once. `None`, the default: a guest goes on as long as it can.
    /// Calls that are no futures are not concerned.
    ///
    /// # Errors
    /// [`Category::Misuse`](super::Category::Misuse) for an interval of 0, and where
    /// [`Config::fuel`](super::Config::fuel) is off.
    pub fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<(), Error> {
        if interval == Some(0) {
            return Err(Error::misuse(format_args!("a guest that may spend nothing never ends")));
        }
        self.get_fuel()?;
        self.as_context_mut().inner_mut().state.fuel_interval = interval;
        Ok(())
    }
}

impl Func {
    /// Calls the function as a future: what it reaches of the host may take its time, see
    /// [`Linker::func_wrap_async`]. The future borrows the store, which is free again when the future has ended or
    /// is dropped: then the call is given up, and what the guest has done so far stays done. A host function that
    /// asks to [wait](Error::wait) is called again at the next poll, which the future asks for at once.
    ///
    /// The future is `Send` if the store is. Cost: as [`Func::call_resumable`] for each time that it is pending.
    ///
    /// # Errors
    /// As [`Func::call`]. A call that is interrupted or out of fuel ends with that trap.
    pub async fn call_async<S: AsContextMut>(
        &self,
        mut store: S,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<(), Error> {
        let mut store = store.as_context_mut();
        let (ty, mut values) = self.lower_call(&store.inner().state, params, results.len())?;
        run(&mut store, *self, &mut values).await?;
        let state = &store.inner().state;
        let mut at = 0;
        for (ty, result) in ty.results().iter().zip(results) {
            result.load(state, *ty, values.get(at..).unwrap_or_default());
            at += ty.slots();
        }
        Ok(())
    }
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    /// As [`Func::call_async`].
    ///
    /// # Errors
    /// As there.
    pub async fn call_async<S: AsContextMut>(&self, mut store: S, params: P) -> Result<R, Error> {
        let mut store = store.as_context_mut();
        let mut values = zeros(P::SLOTS.max(R::SLOTS))?;
        params.store_all(&store.inner().state, &mut values)?;
        run(&mut store, self.func(), &mut values).await?;
        Ok(R::load_all(&store.inner().state, &values))
    }
}

/// Runs a function to its end, step by step.
async fn run<T>(store: &mut StoreContextMut<'_, T>, func: Func, values: &mut [u64]) -> Result<(), Error> {
    let _in_flight = InFlight::new(&store.inner().vm);
    let interval = store.inner().state.fuel_interval;
    let mut step = Step::first(store, func, values, interval.unwrap_or(u64::MAX))?;
    loop {
        let (stopped, answer, slice) = match step {
            Step::Done => return Ok(()),
            Step::Host(pending) => {
                let answer = guarded(pending).await?;
                return answer(&store.inner().state, values);
            }
            Step::Waiting(stopped, pending) => {
                let answer = guarded(pending).await;
                (stopped, Some(answer), interval)
            }
            Step::Stopped(stopped, Stop::OutOfFuel, Some(unspent)) => {
                once().await;
                // What was too little for the next stretch comes to enough in the end.
                (stopped, None, interval.map(|interval| interval.saturating_add(unspent)))
            }
            Step::Stopped(stopped, Stop::OutOfFuel, None) => return Err(stopped.fail(store, Trap::OutOfFuel)),
            Step::Stopped(stopped, Stop::Interrupted | Stop::InHost(_), _) => {
                return Err(stopped.fail(store, Trap::Interrupted));
            }
            Step::Stopped(stopped, Stop::Wait(_), _) => {
                once().await;
                (stopped, None, interval)
            }
        };
        step = stopped.go_on(store, answer, values, slice.unwrap_or(u64::MAX))?;
    }
}

impl<T: Send + 'static> HostFunc<T> {
    fn wrap_async<P: WasmParams, R: WasmRet + 'static>(
        func: impl for<'a> Fn(Caller<'a, T>, P) -> HostFuture<'a, R> + Send + Sync + 'static,
    ) -> Result<Arc<Self>, OutOfMemory> {
        let call = move |mut caller: Caller<'_, T>, values: Values| {
            let params = {
                let mut store = caller.as_context_mut();
                let (state, arguments) = slots(&mut store, values, P::SLOTS)?;
                P::load_all(state, arguments)
            };
            Err(defer(caller, |caller| {
                let future = Box::into_pin(func(caller, params));
                deferred(async move {
                    let results = future.await.into_result()?;
                    Ok(try_boxed(move |state: &_, slots: &mut [u64]| results.store_all(state, slots))?
                        as Answer)
                })
            }))
        };
        try_arc(Self::new(func_type::<P, R::Results>()?, call)?)
    }

    fn dynamic_async(
        ty: FuncType,
        func: impl for<'a> Fn(Caller<'a, T>, &'a [Val], &'a mut [Val]) -> HostFuture<'a, Result<(), Error>>
        + Send
        + Sync
        + 'static,
    ) -> Result<Arc<Self>, OutOfMemory> {
        let (signature, func) = (ty.clone(), try_arc(func)?);
        let call = move |mut caller: Caller<'_, T>, values: Values| {
            let mut buffer = Vec::new();
            dynamic_values(&mut caller.as_context_mut(), &signature, values, &mut buffer)?;
            let count = signature.params().len();
            let (signature, func) = (signature.clone(), Arc::clone(&func));
            Err(defer(caller, |caller| {
                deferred(async move {
                    let (params, results) = buffer.split_at_mut(count);
                    Box::into_pin(func(caller, params, results)).await?;
                    let answer = move |state: &_, slots: &mut [u64]| {
                        store_results(state, &signature, slots, &buffer[count..])
                    };
                    Ok(try_boxed(answer)? as Answer)
                })
            }))
        };
        try_arc(Self::new(ty, call)?)
    }
}

fn deferred(future: impl Future<Output = Result<Answer, Error>> + Send + 'static) -> Result<Deferred, Error> {
    Ok(Box::into_pin(try_boxed(future)? as Box<dyn Future<Output = _> + Send>))
}

/// Waits for a host function's future; a panic in it is an error where the platform catches it.
async fn guarded(mut pending: Pending<'_>) -> Result<Answer, Error> {
    poll_fn(|context| {
        // As in a call: a guard that does not call, or calls twice, must not be believed.
        let mut polled = None;
        let guarded = pending.platform.guard(&mut || {
            if polled.is_none() {
                polled = Some(pending.future.as_mut().poll(context));
            }
        });
        match (guarded, polled) {
            (Ok(()), Some(polled)) => polled,
            _ => Poll::Ready(Err(Error::host_panic())),
        }
    })
    .await
}

/// Lets others run once.
async fn once() {
    let mut asked = false;
    poll_fn(|context| {
        if core::mem::replace(&mut asked, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
