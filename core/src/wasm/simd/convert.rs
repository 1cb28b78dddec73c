//! Conversions between integer and float lanes, and between the widths of floats.
//!
//! In: vectors. Out: vectors; where two lanes become four, the upper two are zero, and where four become two, the
//! upper two are not looked at. Nothing here traps: truncations saturate, a NaN becoming zero.

use super::lanewise::map;
use crate::wasm::V128;

// Rust's float-to-integer cast is the saturating truncation, its integer-to-float cast rounds to nearest.
#[inline]
pub(crate) fn i32x4_trunc_sat_f32x4_s(a: V128) -> V128 {
    map::<f32, i32, 4>(a, |lane| lane as i32)
}

#[inline]
pub(crate) fn i32x4_trunc_sat_f32x4_u(a: V128) -> V128 {
    map::<f32, u32, 4>(a, |lane| lane as u32)
}

#[inline]
pub(crate) fn i32x4_trunc_sat_f64x2_s_zero(a: V128) -> V128 {
    let [low, high]: [f64; 2] = a.into();
    [low as i32, high as i32, 0, 0].into()
}

#[inline]
pub(crate) fn i32x4_trunc_sat_f64x2_u_zero(a: V128) -> V128 {
    let [low, high]: [f64; 2] = a.into();
    [low as u32, high as u32, 0, 0].into()
}

#[inline]
pub(crate) fn f32x4_convert_i32x4_s(a: V128) -> V128 {
    map::<i32, f32, 4>(a, |lane| lane as f32)
}

#[inline]
pub(crate) fn f32x4_convert_i32x4_u(a: V128) -> V128 {
    map::<u32, f32, 4>(a, |lane| lane as f32)
}

#[inline]
pub(crate) fn f64x2_convert_low_i32x4_s(a: V128) -> V128 {
    let [low, high, _, _]: [i32; 4] = a.into();
    [f64::from(low), f64::from(high)].into()
}

#[inline]
pub(crate) fn f64x2_convert_low_i32x4_u(a: V128) -> V128 {
    let [low, high, _, _]: [u32; 4] = a.into();
    [f64::from(low), f64::from(high)].into()
}

#[inline]
pub(crate) fn f32x4_demote_f64x2_zero(a: V128) -> V128 {
    let [low, high]: [f64; 2] = a.into();
    [low as f32, high as f32, 0.0, 0.0].into()
}

#[inline]
pub(crate) fn f64x2_promote_low_f32x4(a: V128) -> V128 {
    let [low, high, _, _]: [f32; 4] = a.into();
    [f64::from(low), f64::from(high)].into()
}
