//! The shapes of vector operators: what is done to each lane becomes what is done to the vector.
//!
//! In: vectors and a function of lanes. Out: a vector. It does not know any operator. The loops run over arrays of
//! fixed length, which the compiler turns into vector instructions.

use core::array::from_fn;

use crate::wasm::V128;

/// `f` of each lane.
#[inline]
pub(super) fn map<A: Copy, B, const N: usize>(a: V128, f: impl Fn(A) -> B) -> V128
where
    [A; N]: From<V128>,
    V128: From<[B; N]>,
{
    let a: [A; N] = a.into();
    from_fn(|i| f(a[i])).into()
}

/// `f` of each two lanes at the same place.
#[inline]
pub(super) fn zip<A: Copy, B, const N: usize>(a: V128, b: V128, f: impl Fn(A, A) -> B) -> V128
where
    [A; N]: From<V128>,
    V128: From<[B; N]>,
{
    let (a, b): ([A; N], [A; N]) = (a.into(), b.into());
    from_fn(|i| f(a[i], b[i])).into()
}

/// Operators of two vectors, lane by lane.
macro_rules! binary {
    ($lane:ty, $lanes:literal: $($name:ident = $f:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: V128, b: V128) -> V128 {
            zip::<$lane, $lane, $lanes>(a, b, $f)
        }
    )*};
}

/// Operators of one vector, lane by lane.
macro_rules! unary {
    ($lane:ty, $lanes:literal: $($name:ident = $f:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: V128) -> V128 {
            map::<$lane, $lane, $lanes>(a, $f)
        }
    )*};
}

/// Comparisons, lane by lane: a lane of ones where the comparison holds, of zeros where it does not.
macro_rules! compare {
    ($lane:ty, $lanes:literal => $mask:ty: $($name:ident $op:tt;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: V128, b: V128) -> V128 {
            zip::<$lane, $mask, $lanes>(a, b, |a, b| -<$mask>::from(a $op b))
        }
    )*};
}

pub(super) use {binary, compare, unary};
