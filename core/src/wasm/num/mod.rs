//! What each scalar operator computes: a function per operator, named after it with `_` for `.`.
//!
//! In: operands as `i32`, `i64`, `f32` and `f64`. Out: the result, `bool` where the operator decides something, and
//! `Err(Trap)` where it may trap. It does not know instructions, stacks or constants: the interpreter and whoever
//! folds constants call the same functions, so that they cannot disagree.

mod convert;
mod float;
mod int;
#[cfg(test)]
pub(in crate::wasm) mod tests;
#[cfg(test)]
mod tests_float;
#[cfg(test)]
mod tests_int;
mod wide;

pub(crate) use convert::{
    f32_convert_i32_s, f32_convert_i32_u, f32_convert_i64_s, f32_convert_i64_u, f32_demote_f64,
    f32_reinterpret_i32, f64_convert_i32_s, f64_convert_i32_u, f64_convert_i64_s, f64_convert_i64_u,
    f64_promote_f32, f64_reinterpret_i64, i32_reinterpret_f32, i32_trunc_f32_s, i32_trunc_f32_u,
    i32_trunc_f64_s, i32_trunc_f64_u, i32_trunc_sat_f32_s, i32_trunc_sat_f32_u, i32_trunc_sat_f64_s,
    i32_trunc_sat_f64_u, i32_wrap_i64, i64_extend_i32_s, i64_extend_i32_u, i64_reinterpret_f64,
    i64_trunc_f32_s, i64_trunc_f32_u, i64_trunc_f64_s, i64_trunc_f64_u, i64_trunc_sat_f32_s,
    i64_trunc_sat_f32_u, i64_trunc_sat_f64_s, i64_trunc_sat_f64_u,
};
pub(crate) use float::{
    canonicalize_f32, canonicalize_f64, f32_abs, f32_add, f32_ceil, f32_copysign, f32_div, f32_eq, f32_floor,
    f32_ge, f32_gt, f32_le, f32_lt, f32_max, f32_min, f32_mul, f32_ne, f32_nearest, f32_neg, f32_sqrt,
    f32_sub, f32_trunc, f64_abs, f64_add, f64_ceil, f64_copysign, f64_div, f64_eq, f64_floor, f64_ge, f64_gt,
    f64_le, f64_lt, f64_max, f64_min, f64_mul, f64_ne, f64_nearest, f64_neg, f64_sqrt, f64_sub, f64_trunc,
};
pub(crate) use int::{
    i32_add, i32_and, i32_clz, i32_ctz, i32_div_s, i32_div_u, i32_eq, i32_extend8_s, i32_extend16_s,
    i32_ge_s, i32_ge_u, i32_gt_s, i32_gt_u, i32_le_s, i32_le_u, i32_lt_s, i32_lt_u, i32_mul, i32_ne, i32_or,
    i32_popcnt, i32_rem_s, i32_rem_u, i32_rotl, i32_rotr, i32_shl, i32_shr_s, i32_shr_u, i32_sub, i32_xor,
    i64_add, i64_and, i64_clz, i64_ctz, i64_div_s, i64_div_u, i64_eq, i64_extend8_s, i64_extend16_s,
    i64_extend32_s, i64_ge_s, i64_ge_u, i64_gt_s, i64_gt_u, i64_le_s, i64_le_u, i64_lt_s, i64_lt_u, i64_mul,
    i64_ne, i64_or, i64_popcnt, i64_rem_s, i64_rem_u, i64_rotl, i64_rotr, i64_shl, i64_shr_s, i64_shr_u,
    i64_sub, i64_xor,
};
pub(crate) use wide::{i64_add128, i64_mul_wide_s, i64_mul_wide_u, i64_sub128};
