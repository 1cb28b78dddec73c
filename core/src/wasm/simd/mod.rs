//! What each vector operator computes: a function per operator, named after it with `_` for `.`.
//!
//! In: operands as [`V128`](crate::wasm::V128) and scalars, lane numbers as `u8`, and for loads the bytes that were
//! read. Out: the result, `bool` where the operator decides something; no vector operator traps. It does not know
//! instructions or memory.
//!
//! Everything is written as loops over lanes, without a processor's own vector functions: the compiler makes vector
//! instructions of them on every target that has any.

mod convert;
mod float_lanes;
mod int_lanes;
mod lanes;
mod lanewise;
mod relaxed;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_float;
#[cfg(test)]
mod tests_lanes;
mod widen;

pub(crate) use convert::{
    f32x4_convert_i32x4_s, f32x4_convert_i32x4_u, f32x4_demote_f64x2_zero, f64x2_convert_low_i32x4_s,
    f64x2_convert_low_i32x4_u, f64x2_promote_low_f32x4, i32x4_trunc_sat_f32x4_s, i32x4_trunc_sat_f32x4_u,
    i32x4_trunc_sat_f64x2_s_zero, i32x4_trunc_sat_f64x2_u_zero,
};
pub(crate) use float_lanes::{
    canonicalize_f32x4, canonicalize_f64x2, f32x4_abs, f32x4_add, f32x4_ceil, f32x4_div, f32x4_eq,
    f32x4_floor, f32x4_ge, f32x4_gt, f32x4_le, f32x4_lt, f32x4_max, f32x4_min, f32x4_mul, f32x4_ne,
    f32x4_nearest, f32x4_neg, f32x4_pmax, f32x4_pmin, f32x4_sqrt, f32x4_sub, f32x4_trunc, f64x2_abs,
    f64x2_add, f64x2_ceil, f64x2_div, f64x2_eq, f64x2_floor, f64x2_ge, f64x2_gt, f64x2_le, f64x2_lt,
    f64x2_max, f64x2_min, f64x2_mul, f64x2_ne, f64x2_nearest, f64x2_neg, f64x2_pmax, f64x2_pmin, f64x2_sqrt,
    f64x2_sub, f64x2_trunc,
};
pub(crate) use int_lanes::{
    i8x16_abs, i8x16_add, i8x16_add_sat_s, i8x16_add_sat_u, i8x16_avgr_u, i8x16_eq, i8x16_ge_s, i8x16_ge_u,
    i8x16_gt_s, i8x16_gt_u, i8x16_le_s, i8x16_le_u, i8x16_lt_s, i8x16_lt_u, i8x16_max_s, i8x16_max_u,
    i8x16_min_s, i8x16_min_u, i8x16_ne, i8x16_neg, i8x16_popcnt, i8x16_shl, i8x16_shr_s, i8x16_shr_u,
    i8x16_sub, i8x16_sub_sat_s, i8x16_sub_sat_u, i16x8_abs, i16x8_add, i16x8_add_sat_s, i16x8_add_sat_u,
    i16x8_avgr_u, i16x8_eq, i16x8_ge_s, i16x8_ge_u, i16x8_gt_s, i16x8_gt_u, i16x8_le_s, i16x8_le_u,
    i16x8_lt_s, i16x8_lt_u, i16x8_max_s, i16x8_max_u, i16x8_min_s, i16x8_min_u, i16x8_mul, i16x8_ne,
    i16x8_neg, i16x8_q15mulr_sat_s, i16x8_shl, i16x8_shr_s, i16x8_shr_u, i16x8_sub, i16x8_sub_sat_s,
    i16x8_sub_sat_u, i32x4_abs, i32x4_add, i32x4_eq, i32x4_ge_s, i32x4_ge_u, i32x4_gt_s, i32x4_gt_u,
    i32x4_le_s, i32x4_le_u, i32x4_lt_s, i32x4_lt_u, i32x4_max_s, i32x4_max_u, i32x4_min_s, i32x4_min_u,
    i32x4_mul, i32x4_ne, i32x4_neg, i32x4_shl, i32x4_shr_s, i32x4_shr_u, i32x4_sub, i64x2_abs, i64x2_add,
    i64x2_eq, i64x2_ge_s, i64x2_gt_s, i64x2_le_s, i64x2_lt_s, i64x2_mul, i64x2_ne, i64x2_neg, i64x2_shl,
    i64x2_shr_s, i64x2_shr_u, i64x2_sub,
};
pub(crate) use lanes::{
    f32x4_extract_lane, f32x4_replace_lane, f32x4_splat, f64x2_extract_lane, f64x2_replace_lane, f64x2_splat,
    i8x16_all_true, i8x16_bitmask, i8x16_extract_lane_s, i8x16_extract_lane_u, i8x16_replace_lane,
    i8x16_shuffle, i8x16_splat, i8x16_swizzle, i16x8_all_true, i16x8_bitmask, i16x8_extract_lane_s,
    i16x8_extract_lane_u, i16x8_replace_lane, i16x8_splat, i32x4_all_true, i32x4_bitmask, i32x4_extract_lane,
    i32x4_replace_lane, i32x4_splat, i64x2_all_true, i64x2_bitmask, i64x2_extract_lane, i64x2_replace_lane,
    i64x2_splat, v128_and, v128_andnot, v128_any_true, v128_bitselect, v128_not, v128_or, v128_xor,
};
pub(crate) use relaxed::{
    f32x4_relaxed_madd, f32x4_relaxed_max, f32x4_relaxed_min, f32x4_relaxed_nmadd, f64x2_relaxed_madd,
    f64x2_relaxed_max, f64x2_relaxed_min, f64x2_relaxed_nmadd, i8x16_relaxed_laneselect,
    i8x16_relaxed_swizzle, i16x8_relaxed_dot_i8x16_i7x16_s, i16x8_relaxed_laneselect,
    i16x8_relaxed_q15mulr_s, i32x4_relaxed_dot_i8x16_i7x16_add_s, i32x4_relaxed_laneselect,
    i32x4_relaxed_trunc_f32x4_s, i32x4_relaxed_trunc_f32x4_u, i32x4_relaxed_trunc_f64x2_s_zero,
    i32x4_relaxed_trunc_f64x2_u_zero, i64x2_relaxed_laneselect,
};
pub(crate) use widen::{
    i8x16_narrow_i16x8_s, i8x16_narrow_i16x8_u, i16x8_extadd_pairwise_i8x16_s, i16x8_extadd_pairwise_i8x16_u,
    i16x8_extend_high_i8x16_s, i16x8_extend_high_i8x16_u, i16x8_extend_low_i8x16_s, i16x8_extend_low_i8x16_u,
    i16x8_extmul_high_i8x16_s, i16x8_extmul_high_i8x16_u, i16x8_extmul_low_i8x16_s, i16x8_extmul_low_i8x16_u,
    i16x8_narrow_i32x4_s, i16x8_narrow_i32x4_u, i32x4_dot_i16x8_s, i32x4_extadd_pairwise_i16x8_s,
    i32x4_extadd_pairwise_i16x8_u, i32x4_extend_high_i16x8_s, i32x4_extend_high_i16x8_u,
    i32x4_extend_low_i16x8_s, i32x4_extend_low_i16x8_u, i32x4_extmul_high_i16x8_s, i32x4_extmul_high_i16x8_u,
    i32x4_extmul_low_i16x8_s, i32x4_extmul_low_i16x8_u, i64x2_extend_high_i32x4_s, i64x2_extend_high_i32x4_u,
    i64x2_extend_low_i32x4_s, i64x2_extend_low_i32x4_u, i64x2_extmul_high_i32x4_s, i64x2_extmul_high_i32x4_u,
    i64x2_extmul_low_i32x4_s, i64x2_extmul_low_i32x4_u, v128_load8x8_s, v128_load8x8_u, v128_load16x4_s,
    v128_load16x4_u, v128_load32_zero, v128_load32x2_s, v128_load32x2_u, v128_load64_zero,
};
