//! The operators on float lanes: the scalar operators, lane by lane, and the two that only vectors have.
//!
//! In: vectors. Out: vectors, and the canonical form of the NaNs in one. It does not know conversions.

use super::lanewise::{binary, compare, map, unary, zip};
use crate::wasm::V128;
use crate::wasm::num::{
    canonicalize_f32, canonicalize_f64, f32_ceil, f32_floor, f32_max, f32_min, f32_nearest, f32_sqrt,
    f32_trunc, f64_ceil, f64_floor, f64_max, f64_min, f64_nearest, f64_sqrt, f64_trunc,
};

// `pmin` and `pmax` are the comparison's choice as it stands: the first operand unless the second is better,
// a NaN passing through untouched.
binary! { f32, 4:
    f32x4_add = |a, b| a + b;
    f32x4_sub = |a, b| a - b;
    f32x4_mul = |a, b| a * b;
    f32x4_div = |a, b| a / b;
    f32x4_min = f32_min;
    f32x4_max = f32_max;
    f32x4_pmin = |a, b| if b < a { b } else { a };
    f32x4_pmax = |a, b| if a < b { b } else { a };
}

binary! { f64, 2:
    f64x2_add = |a, b| a + b;
    f64x2_sub = |a, b| a - b;
    f64x2_mul = |a, b| a * b;
    f64x2_div = |a, b| a / b;
    f64x2_min = f64_min;
    f64x2_max = f64_max;
    f64x2_pmin = |a, b| if b < a { b } else { a };
    f64x2_pmax = |a, b| if a < b { b } else { a };
}

unary! { f32, 4:
    f32x4_abs = f32::abs;
    f32x4_neg = |a| -a;
    f32x4_sqrt = f32_sqrt;
    f32x4_ceil = f32_ceil;
    f32x4_floor = f32_floor;
    f32x4_trunc = f32_trunc;
    f32x4_nearest = f32_nearest;
    canonicalize_f32x4 = canonicalize_f32;
}

unary! { f64, 2:
    f64x2_abs = f64::abs;
    f64x2_neg = |a| -a;
    f64x2_sqrt = f64_sqrt;
    f64x2_ceil = f64_ceil;
    f64x2_floor = f64_floor;
    f64x2_trunc = f64_trunc;
    f64x2_nearest = f64_nearest;
    canonicalize_f64x2 = canonicalize_f64;
}

compare! { f32, 4 => i32: f32x4_eq ==; f32x4_ne !=; f32x4_lt <; f32x4_gt >; f32x4_le <=; f32x4_ge >=; }
compare! { f64, 2 => i64: f64x2_eq ==; f64x2_ne !=; f64x2_lt <; f64x2_gt >; f64x2_le <=; f64x2_ge >=; }
