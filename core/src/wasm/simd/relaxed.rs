//! The relaxed operators, each by the one choice that the specification's deterministic profile prescribes.
//!
//! In: vectors. Out: vectors, the same on every target. It does not know the other permitted results: a compiler
//! that prefers a faster one has to be told that determinism is not asked for.
//!
//! Multiply-add is the unfused one here: the profile takes the first alternative of each list, and of this list that
//! is a product rounded, then a sum rounded.

use super::lanewise::zip;
use super::{
    f32x4_add, f32x4_max, f32x4_min, f32x4_mul, f32x4_neg, f64x2_add, f64x2_max, f64x2_min, f64x2_mul,
    f64x2_neg, i8x16_swizzle, i16x8_q15mulr_sat_s, i32x4_add, i32x4_trunc_sat_f32x4_s,
    i32x4_trunc_sat_f32x4_u, i32x4_trunc_sat_f64x2_s_zero, i32x4_trunc_sat_f64x2_u_zero, v128_bitselect,
};
use crate::wasm::V128;

macro_rules! same_as {
    ($($name:ident($($operand:ident),*) = $strict:ident;)*) => {$(
        #[inline]
        pub(crate) fn $name($($operand: V128),*) -> V128 {
            $strict($($operand),*)
        }
    )*};
}

same_as! {
    i8x16_relaxed_swizzle(a, s) = i8x16_swizzle;
    i32x4_relaxed_trunc_f32x4_s(a) = i32x4_trunc_sat_f32x4_s;
    i32x4_relaxed_trunc_f32x4_u(a) = i32x4_trunc_sat_f32x4_u;
    i32x4_relaxed_trunc_f64x2_s_zero(a) = i32x4_trunc_sat_f64x2_s_zero;
    i32x4_relaxed_trunc_f64x2_u_zero(a) = i32x4_trunc_sat_f64x2_u_zero;
    i8x16_relaxed_laneselect(a, b, c) = v128_bitselect;
    i16x8_relaxed_laneselect(a, b, c) = v128_bitselect;
    i32x4_relaxed_laneselect(a, b, c) = v128_bitselect;
    i64x2_relaxed_laneselect(a, b, c) = v128_bitselect;
    f32x4_relaxed_min(a, b) = f32x4_min;
    f32x4_relaxed_max(a, b) = f32x4_max;
    f64x2_relaxed_min(a, b) = f64x2_min;
    f64x2_relaxed_max(a, b) = f64x2_max;
    i16x8_relaxed_q15mulr_s(a, b) = i16x8_q15mulr_sat_s;
}

/// `a * b + c`.
#[inline]
pub(crate) fn f32x4_relaxed_madd(a: V128, b: V128, c: V128) -> V128 {
    f32x4_add(f32x4_mul(a, b), c)
}

/// `-a * b + c`.
#[inline]
pub(crate) fn f32x4_relaxed_nmadd(a: V128, b: V128, c: V128) -> V128 {
    f32x4_relaxed_madd(f32x4_neg(a), b, c)
}

/// `a * b + c`.
#[inline]
pub(crate) fn f64x2_relaxed_madd(a: V128, b: V128, c: V128) -> V128 {
    f64x2_add(f64x2_mul(a, b), c)
}

/// `-a * b + c`.
#[inline]
pub(crate) fn f64x2_relaxed_nmadd(a: V128, b: V128, c: V128) -> V128 {
    f64x2_relaxed_madd(f64x2_neg(a), b, c)
}

/// Sums of the products of neighbours, both operands signed; a sum that does not fit wraps.
#[inline]
pub(crate) fn i16x8_relaxed_dot_i8x16_i7x16_s(a: V128, b: V128) -> V128 {
    let low = |pair: i16| i16::from(pair as i8);
    let high = |pair: i16| pair >> 8;
    zip::<i16, i16, 8>(a, b, |a, b| low(a).wrapping_mul(low(b)).wrapping_add(high(a).wrapping_mul(high(b))))
}

/// The same, its neighbours added once more, and `c` added to that.
#[inline]
pub(crate) fn i32x4_relaxed_dot_i8x16_i7x16_add_s(a: V128, b: V128, c: V128) -> V128 {
    let product = |a: i32, b: i32, left: u32| ((a << left) >> 24).wrapping_mul((b << left) >> 24);
    let sums = zip::<i32, i32, 4>(a, b, |a, b| {
        let low = product(a, b, 24).wrapping_add(product(a, b, 16)) as i16;
        let high = product(a, b, 8).wrapping_add(product(a, b, 0)) as i16;
        i32::from(low).wrapping_add(i32::from(high))
    });
    i32x4_add(sums, c)
}
