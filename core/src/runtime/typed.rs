//! Functions whose type Rust knows: calls that allocate nothing.
//!
//! In: Rust values. Out: slots, and back. A value takes one 64-bit slot, a vector two, the low half first.

use core::fmt;
use core::marker::PhantomData;

use super::raw::{RawFunc, func_of};
use super::store::StoreState;
use super::{AsContextMut, Error, ExternRef, Func};
use crate::support::OutOfMemory;
use crate::vm::VmFunc;
use crate::wasm::{FuncType, V128, ValType};

/// The most slots that a typed function's parameters or results take: 16 vectors.
const MAX_SLOTS: usize = 32;
/// What nearly all calls need: less to clear.
const FEW_SLOTS: usize = 4;

mod sealed {
    /// Nobody else implements the traits of this room.
    pub trait Sealed {}
}
use sealed::Sealed;

/// A Rust type that is a WebAssembly value: `i32` and `u32`, `i64` and `u64`, `f32`, `f64`,
/// [`V128`], `Option<`[`Func`]`>`, `Option<`[`ExternRef`]`>`.
pub trait WasmTy: Sealed + Copy + Send + Sync + 'static {
    /// The value's type.
    #[doc(hidden)]
    const TYPE: ValType;

    /// Writes the value to its slots.
    #[doc(hidden)]
    fn store(self, state: &StoreState, slots: &mut [u64]) -> Result<(), Error>;

    /// Reads a value from its slots.
    #[doc(hidden)]
    fn load(state: &StoreState, slots: &[u64]) -> Self;
}

macro_rules! numbers {
    ($($rust:ty = $wasm:ident, |$value:ident| $store:expr, |$bits:ident| $load:expr;)*) => {$(
        impl Sealed for $rust {}

        impl WasmTy for $rust {
            const TYPE: ValType = ValType::$wasm;

            #[inline]
            fn store(self, _: &StoreState, slots: &mut [u64]) -> Result<(), Error> {
                let $value = self;
                *slots.first_mut().ok_or(OutOfMemory)? = $store;
                Ok(())
            }

            #[inline]
            fn load(_: &StoreState, slots: &[u64]) -> Self {
                let $bits = slots.first().copied().unwrap_or_default();
                $load
            }
        }
    )*};
}

numbers! {
    i32 = I32, |value| value as u32 as u64, |bits| bits as i32;
    u32 = I32, |value| value as u64, |bits| bits as u32;
    i64 = I64, |value| value as u64, |bits| bits as i64;
    u64 = I64, |value| value, |bits| bits;
    f32 = F32, |value| value.to_bits() as u64, |bits| f32::from_bits(bits as u32);
    f64 = F64, |value| value.to_bits(), |bits| f64::from_bits(bits);
}

impl Sealed for V128 {}

impl WasmTy for V128 {
    const TYPE: ValType = ValType::V128;

    #[inline]
    fn store(self, _: &StoreState, slots: &mut [u64]) -> Result<(), Error> {
        let [low, high, ..] = slots else {
            return Err(Error::from(OutOfMemory));
        };
        (*low, *high) = (self.to_bits() as u64, (self.to_bits() >> 64) as u64);
        Ok(())
    }

    #[inline]
    fn load(_: &StoreState, slots: &[u64]) -> Self {
        let [low, high, ..] = slots else { return Self::ZERO };
        Self::from_bits(u128::from(*high) << 64 | u128::from(*low))
    }
}

impl Sealed for Option<Func> {}

impl WasmTy for Option<Func> {
    const TYPE: ValType = ValType::FUNCREF;

    fn store(self, state: &StoreState, slots: &mut [u64]) -> Result<(), Error> {
        let bits = match self {
            None => 0,
            Some(func) => VmFunc::bits(func.ptr(state)?),
        };
        bits.store(state, slots)
    }

    fn load(state: &StoreState, slots: &[u64]) -> Self {
        func_of(state, u64::load(state, slots))
    }
}

impl Sealed for Option<ExternRef> {}

impl WasmTy for Option<ExternRef> {
    const TYPE: ValType = ValType::EXTERNREF;

    fn store(self, state: &StoreState, slots: &mut [u64]) -> Result<(), Error> {
        self.map_or(Ok(0), |reference| reference.bits(state))?.store(state, slots)
    }

    fn load(state: &StoreState, slots: &[u64]) -> Self {
        ExternRef::from_bits(state, u64::load(state, slots))
    }
}

/// A list of values: one [`WasmTy`], or a tuple of up to 16.
#[doc(hidden)]
pub trait WasmList: Sealed + Send + 'static {
    /// Slots that the list takes.
    const SLOTS: usize;

    /// Whether these are the list's types.
    fn matches(types: &[ValType]) -> bool;

    /// The list's types, in order.
    fn types() -> impl Iterator<Item = ValType>;

    /// Writes all values.
    fn store_all(self, state: &StoreState, slots: &mut [u64]) -> Result<(), Error>;

    /// Reads all values.
    fn load_all(state: &StoreState, slots: &[u64]) -> Self;
}

/// Parameters of a typed function: one [`WasmTy`], or a tuple of up to 16 of them.
pub trait WasmParams: WasmList {}
/// Results of a typed function: one [`WasmTy`], or a tuple of up to 16 of them.
pub trait WasmResults: WasmList {}

impl<L: WasmList> WasmParams for L {}
impl<L: WasmList> WasmResults for L {}

impl<A: WasmTy> WasmList for A {
    const SLOTS: usize = A::TYPE.slots();

    fn matches(types: &[ValType]) -> bool {
        types == [A::TYPE]
    }

    fn types() -> impl Iterator<Item = ValType> {
        core::iter::once(A::TYPE)
    }

    #[inline]
    fn store_all(self, state: &StoreState, slots: &mut [u64]) -> Result<(), Error> {
        WasmTy::store(self, state, slots)
    }

    #[inline]
    fn load_all(state: &StoreState, slots: &[u64]) -> Self {
        WasmTy::load(state, slots)
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: WasmTy),*> Sealed for ($($name,)*) {}

        impl<$($name: WasmTy),*> WasmList for ($($name,)*) {
            const SLOTS: usize = 0 $(+ $name::TYPE.slots())*;

            fn matches(types: &[ValType]) -> bool {
                types == [$($name::TYPE),*]
            }

            fn types() -> impl Iterator<Item = ValType> {
                [$($name::TYPE),*].into_iter()
            }

            #[inline]
            #[allow(
                non_snake_case,
                unused_mut,
                unused_variables,
                unused_assignments,
                clippy::unused_unit,
                reason = "made by a macro"
            )]
            fn store_all(self, state: &StoreState, slots: &mut [u64]) -> Result<(), Error> {
                let ($($name,)*) = self;
                let mut at = 0;
                $(
                    WasmTy::store($name, state, slots.get_mut(at..).unwrap_or_default())?;
                    at += $name::TYPE.slots();
                )*
                Ok(())
            }

            #[inline]
            #[allow(
                non_snake_case,
                unused_mut,
                unused_variables,
                unused_assignments,
                clippy::unused_unit,
                reason = "made by a macro"
            )]
            fn load_all(state: &StoreState, slots: &[u64]) -> Self {
                let mut at = 0;
                $(
                    let $name = <$name as WasmTy>::load(state, slots.get(at..).unwrap_or_default());
                    at += $name::TYPE.slots();
                )*
                ($($name,)*)
            }
        }
    )*};
}

/// Hands a macro the tuples of 0 to 16 type names.
macro_rules! for_each_tuple {
    ($callback:ident) => {
        $callback! {
            ()
            (A)
            (A B)
            (A B C)
            (A B C D)
            (A B C D E)
            (A B C D E F)
            (A B C D E F G)
            (A B C D E F G H)
            (A B C D E F G H I)
            (A B C D E F G H I J)
            (A B C D E F G H I J K)
            (A B C D E F G H I J K L)
            (A B C D E F G H I J K L M)
            (A B C D E F G H I J K L M N)
            (A B C D E F G H I J K L M N O)
            (A B C D E F G H I J K L M N O P)
        }
    };
}
pub(super) use for_each_tuple;

for_each_tuple!(tuples);

/// The type of a function with these parameters and results.
pub(super) fn func_type<P: WasmList, R: WasmList>() -> Result<FuncType, OutOfMemory> {
    FuncType::try_new(P::types(), R::types())
}

/// A function whose type has been compared with a Rust type. Calls allocate nothing.
pub struct TypedFunc<P, R> {
    func: Func,
    raw: RawFunc,
    types: PhantomData<fn(P) -> R>,
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    pub(super) fn new(func: Func, state: &StoreState) -> Result<Self, Error> {
        let raw = RawFunc::new(func, state)?;
        let ty = func.type_in(state)?;
        if P::matches(ty.params()) && R::matches(ty.results()) {
            return Ok(Self { func, raw, types: PhantomData });
        }
        let expected = func_type::<P, R>()?;
        Err(Error::misuse(format_args!("type mismatch: expected func {expected}, found func {ty}")))
    }

    /// Calls the function.
    ///
    /// # Errors
    /// What ends the guest: a trap, a host function's error. An error if the function, or a reference among the
    /// parameters, belongs to another store.
    pub fn call(&self, mut store: impl AsContextMut, params: P) -> Result<R, Error> {
        let mut store = store.as_context_mut();
        // Known when this is compiled.
        if P::SLOTS <= FEW_SLOTS && R::SLOTS <= FEW_SLOTS {
            self.call_with(&mut store, params, &mut [0; FEW_SLOTS])
        } else {
            self.call_with(&mut store, params, &mut [0; MAX_SLOTS])
        }
    }

    #[inline]
    fn call_with<T>(
        &self,
        store: &mut super::StoreContextMut<'_, T>,
        params: P,
        values: &mut [u64],
    ) -> Result<R, Error> {
        params.store_all(&store.inner().state, values)?;
        self.raw.invoke(store, values)?;
        Ok(R::load_all(&store.inner().state, values))
    }

    /// The function without its Rust type.
    pub fn func(&self) -> Func {
        self.func
    }
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, R> Copy for TypedFunc<P, R> {}

impl<P, R> fmt::Debug for TypedFunc<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedFunc").field("func", &self.func).finish_non_exhaustive()
    }
}
