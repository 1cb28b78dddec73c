//! Host functions: closures as guests call them.
//!
//! In: a Rust closure. Out: a [`HostFunc`], which takes its arguments from slots of the stack and leaves its
//! results there. It belongs to no store yet, so that a linker can hold it.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{fmt, mem};

use super::store::StoreState;
use super::typed::{WasmList, WasmResults, WasmTy, for_each_tuple, func_type};
use super::{Caller, Engine, Error, StoreContextMut, Val, compiled};
use crate::support::reserve::try_arc;
use crate::support::{OutOfMemory, try_boxed};
use crate::vm::{Values, VmFunc};
use crate::wasm::{FuncType, Trap, ValType};

use super::AsContextMut;

/// Calls a closure whose arguments are in these slots, where it leaves its results.
type Call<T> = dyn Fn(Caller<'_, T>, Values) -> Result<(), Error> + Send + Sync;

/// The type of a closure that a host function is made from.
pub(super) trait HostCode<T>:
    Fn(Caller<'_, T>, Values) -> Result<(), Error> + Send + Sync + 'static
{
}

impl<T, C: Fn(Caller<'_, T>, Values) -> Result<(), Error> + Send + Sync + 'static> HostCode<T> for C {}

/// How many slots a host function's values have, where Rust knows it.
pub(super) trait Slots: 'static {
    const COUNT: Option<usize>;
}

/// What its type says.
struct Untyped;

impl Slots for Untyped {
    const COUNT: Option<usize> = None;
}

/// Those of lists.
struct Typed<P, R>(core::marker::PhantomData<fn(P) -> R>);

impl<P: WasmList, R: WasmList> Slots for Typed<P, R> {
    const COUNT: Option<usize> = Some(if P::SLOTS > R::SLOTS { P::SLOTS } else { R::SLOTS });
}

/// A host function for stores with data `T`.
pub struct HostFunc<T> {
    ty: FuncType,
    call: Box<Call<T>>,
    /// The address of what machine code calls: made for the type of the closure.
    code: usize,
}

impl<T> HostFunc<T> {
    /// From a closure with Rust types.
    pub(super) fn wrap<P, R>(func: impl IntoFunc<T, P, R>) -> Result<Arc<Self>, OutOfMemory> {
        try_arc(func.into_func()?)
    }

    /// From a closure that takes and gives values of types known only at run time.
    pub(super) fn dynamic(
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Result<Arc<Self>, OutOfMemory> {
        let signature = ty.clone();
        let call = move |mut caller: Caller<'_, T>, values: Values| {
            // The store's buffer, so that a call allocates only where it has grown; nested calls find it gone.
            let mut buffer = mem::take(&mut caller.as_context_mut().inner_mut().host_values);
            dynamic_values(&mut caller.as_context_mut(), &signature, values, &mut buffer)?;
            let (params, results) = buffer.split_at_mut(signature.params().len());
            func(caller.reborrow(), params, results)?;
            let mut store = caller.as_context_mut();
            let (state, slots) = slots(&mut store, values, signature.result_slots())?;
            store_results(state, &signature, slots, results)?;
            buffer.clear();
            store.inner_mut().host_values = buffer;
            Ok(())
        };
        try_arc(Self::new(ty, call)?)
    }

    /// From a closure over the slots of such a type.
    pub(super) fn new<C>(ty: FuncType, call: C) -> Result<Self, OutOfMemory>
    where
        C: Fn(Caller<'_, T>, Values) -> Result<(), Error> + Send + Sync + 'static,
    {
        let code = compiled::host_code::<T, C, Untyped>().expose_provenance();
        Ok(Self { ty, call: try_boxed(call)?, code })
    }

    /// From a closure over the slots of these lists.
    fn typed<C, P: WasmList, R: WasmList>(call: C) -> Result<Self, OutOfMemory>
    where
        C: Fn(Caller<'_, T>, Values) -> Result<(), Error> + Send + Sync + 'static,
    {
        let code = compiled::host_code::<T, C, Typed<P, R>>().expose_provenance();
        Ok(Self { ty: func_type::<P, R>()?, call: try_boxed(call)?, code })
    }

    /// The closure, of the type that it was made from.
    pub(super) fn closure(&self) -> *const () {
        core::ptr::from_ref(&*self.call).cast()
    }

    pub(super) fn ty(&self) -> &FuncType {
        &self.ty
    }

    /// What it is as a function of a store: the first one, and not yet numbered there.
    pub(super) fn vm_func(&self, engine: &Engine) -> Result<VmFunc, OutOfMemory> {
        let slots = |slots: usize| u16::try_from(slots).map_err(|_| OutOfMemory);
        let (params, results) = (slots(self.ty.param_slots())?, slots(self.ty.result_slots())?);
        let code = core::ptr::with_exposed_provenance(self.code);
        Ok(VmFunc::host(engine.type_id(&self.ty)?, 0, params, results, code))
    }

    pub(super) fn call(&self, caller: Caller<'_, T>, values: Values) -> Result<(), Error> {
        (self.call)(caller, values)
    }
}

impl<T> fmt::Debug for HostFunc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostFunc").field("ty", &self.ty).finish_non_exhaustive()
    }
}

/// The slots of a host call. Whoever calls has made room for them.
pub(super) fn slots<'a, T>(
    store: &'a mut StoreContextMut<'_, T>,
    values: Values,
    len: usize,
) -> Result<(&'a StoreState, &'a mut [u64]), Error> {
    let inner = store.inner_mut();
    let slots = inner.vm.values(values, len).ok_or(Trap::StackOverflow)?;
    Ok((&inner.state, slots))
}

/// Fills an empty buffer with the arguments of a host call, and behind them as many results of the right types.
pub(super) fn dynamic_values<T>(
    store: &mut StoreContextMut<'_, T>,
    ty: &FuncType,
    at: Values,
    values: &mut Vec<Val>,
) -> Result<(), Error> {
    let (state, mut slots) = slots(store, at, ty.param_slots())?;
    let len = ty.params().len() + ty.results().len();
    values.try_reserve(len).map_err(|_| OutOfMemory)?;
    values.resize(len, Val::I32(0));
    let (params, results) = values.split_at_mut(ty.params().len());
    for (ty, param) in ty.params().iter().zip(params) {
        let (value, rest) = slots.split_at_mut_checked(ty.slots()).ok_or(Trap::StackOverflow)?;
        param.load(state, *ty, value);
        slots = rest;
    }
    for (ty, result) in ty.results().iter().zip(results) {
        if *ty != ValType::I32 {
            *result = Val::default_for_ty(*ty);
        }
    }
    Ok(())
}

/// Leaves a host function's results in their slots, if they are of its type.
pub(super) fn store_results(
    state: &StoreState,
    ty: &FuncType,
    mut slots: &mut [u64],
    results: &[Val],
) -> Result<(), Error> {
    for (ty, result) in ty.results().iter().zip(results) {
        if !result.fits(*ty) {
            let found = result.ty();
            return Err(Error::misuse(format_args!(
                "host function returned {found} where its type has {ty}"
            )));
        }
        let (value, rest) = slots.split_at_mut_checked(ty.slots()).ok_or(Trap::StackOverflow)?;
        result.store(state, value)?;
        slots = rest;
    }
    Ok(())
}

/// What a host function's closure may return: [`WasmResults`], or a `Result` of them.
pub trait WasmRet {
    /// The values.
    #[doc(hidden)]
    type Results: WasmResults;

    /// The values, or why there are none.
    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Results, Error>;
}

impl<R: WasmResults> WasmRet for R {
    type Results = R;

    #[inline]
    fn into_result(self) -> Result<R, Error> {
        Ok(self)
    }
}

impl<R: WasmResults> WasmRet for Result<R, Error> {
    type Results = R;

    #[inline]
    fn into_result(self) -> Self {
        self
    }
}

/// A closure that can be a host function: up to 16 parameters that are [`WasmTy`], optionally with a
/// [`Caller`] before them, returning a [`WasmRet`]. `P` and `R` only tell the forms apart.
pub trait IntoFunc<T, P, R>: Send + Sync + 'static {
    /// The host function.
    #[doc(hidden)]
    fn into_func(self) -> Result<HostFunc<T>, OutOfMemory>;
}

/// Marks closures without a [`Caller`].
#[doc(hidden)]
#[derive(Debug)]
pub struct Plain<P>(core::convert::Infallible, P);

/// Marks closures with a [`Caller`].
#[doc(hidden)]
#[derive(Debug)]
pub struct WithCaller<P>(core::convert::Infallible, P);

/// A host function from a closure over lists of values.
fn host_func<T, P: WasmList, R: WasmRet>(
    func: impl Fn(Caller<'_, T>, P) -> R + Send + Sync + 'static,
) -> Result<HostFunc<T>, OutOfMemory> {
    let call = move |mut caller: Caller<'_, T>, values: Values| {
        let mut store = caller.as_context_mut();
        let (state, arguments) = slots(&mut store, values, P::SLOTS)?;
        let params = P::load_all(state, arguments);
        let results = func(caller.reborrow(), params).into_result()?;
        // The stack may have moved: slots are looked up again.
        let mut store = caller.as_context_mut();
        let (state, room) = slots(&mut store, values, R::Results::SLOTS)?;
        results.store_all(state, room)
    };
    HostFunc::typed::<_, P, R::Results>(call)
}

macro_rules! closures {
    ($(($($name:ident)*))*) => {$(
        impl<T, Closure, Ret, $($name),*> IntoFunc<T, Plain<($($name,)*)>, Ret> for Closure
        where
            Closure: Fn($($name),*) -> Ret + Send + Sync + 'static,
            Ret: WasmRet,
            $($name: WasmTy,)*
        {
            #[allow(non_snake_case, reason = "made by a macro")]
            fn into_func(self) -> Result<HostFunc<T>, OutOfMemory> {
                host_func(move |_: Caller<'_, T>, ($($name,)*): ($($name,)*)| self($($name),*))
            }
        }

        impl<T, Closure, Ret, $($name),*> IntoFunc<T, WithCaller<($($name,)*)>, Ret> for Closure
        where
            Closure: Fn(Caller<'_, T>, $($name),*) -> Ret + Send + Sync + 'static,
            Ret: WasmRet,
            $($name: WasmTy,)*
        {
            #[allow(non_snake_case, reason = "made by a macro")]
            fn into_func(self) -> Result<HostFunc<T>, OutOfMemory> {
                host_func(move |caller: Caller<'_, T>, ($($name,)*): ($($name,)*)| self(caller, $($name),*))
            }
        }
    )*};
}

for_each_tuple!(closures);
