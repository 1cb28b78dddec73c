//! The operators on integer lanes whose result has as many lanes as the operands: arithmetic, shifts, comparisons.
//!
//! In: vectors. Out: vectors. It does not know operators that change the width of lanes.

use super::lanewise::{binary, compare, map, unary, zip};
use crate::wasm::V128;

/// Shifts; the count is taken modulo the lane's width, which is what `wrapping_shl` and its kin do.
macro_rules! shift {
    ($lane:ty, $lanes:literal: $($name:ident = $f:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: V128, n: i32) -> V128 {
            let f: fn($lane, u32) -> $lane = $f;
            map::<$lane, $lane, $lanes>(a, |lane| f(lane, n as u32))
        }
    )*};
}

binary! { i8, 16:
    i8x16_add = i8::wrapping_add;
    i8x16_sub = i8::wrapping_sub;
    i8x16_add_sat_s = i8::saturating_add;
    i8x16_sub_sat_s = i8::saturating_sub;
    i8x16_min_s = i8::min;
    i8x16_max_s = i8::max;
}

binary! { u8, 16:
    i8x16_add_sat_u = u8::saturating_add;
    i8x16_sub_sat_u = u8::saturating_sub;
    i8x16_min_u = u8::min;
    i8x16_max_u = u8::max;
    i8x16_avgr_u = |a, b| ((u16::from(a) + u16::from(b) + 1) >> 1) as u8;
}

binary! { i16, 8:
    i16x8_add = i16::wrapping_add;
    i16x8_sub = i16::wrapping_sub;
    i16x8_mul = i16::wrapping_mul;
    i16x8_add_sat_s = i16::saturating_add;
    i16x8_sub_sat_s = i16::saturating_sub;
    i16x8_min_s = i16::min;
    i16x8_max_s = i16::max;
    // The product of the lowest lanes alone is above the range.
    i16x8_q15mulr_sat_s = |a, b| ((i32::from(a) * i32::from(b) + 0x4000) >> 15).min(0x7fff) as i16;
}

binary! { u16, 8:
    i16x8_add_sat_u = u16::saturating_add;
    i16x8_sub_sat_u = u16::saturating_sub;
    i16x8_min_u = u16::min;
    i16x8_max_u = u16::max;
    i16x8_avgr_u = |a, b| ((u32::from(a) + u32::from(b) + 1) >> 1) as u16;
}

binary! { i32, 4:
    i32x4_add = i32::wrapping_add;
    i32x4_sub = i32::wrapping_sub;
    i32x4_mul = i32::wrapping_mul;
    i32x4_min_s = i32::min;
    i32x4_max_s = i32::max;
}

binary! { u32, 4:
    i32x4_min_u = u32::min;
    i32x4_max_u = u32::max;
}

binary! { i64, 2:
    i64x2_add = i64::wrapping_add;
    i64x2_sub = i64::wrapping_sub;
    i64x2_mul = i64::wrapping_mul;
}

unary! { i8, 16:
    i8x16_abs = i8::wrapping_abs;
    i8x16_neg = i8::wrapping_neg;
    i8x16_popcnt = |a| a.count_ones() as i8;
}

unary! { i16, 8:
    i16x8_abs = i16::wrapping_abs;
    i16x8_neg = i16::wrapping_neg;
}

unary! { i32, 4:
    i32x4_abs = i32::wrapping_abs;
    i32x4_neg = i32::wrapping_neg;
}

unary! { i64, 2:
    i64x2_abs = i64::wrapping_abs;
    i64x2_neg = i64::wrapping_neg;
}

shift! { i8, 16: i8x16_shl = i8::wrapping_shl; i8x16_shr_s = i8::wrapping_shr; }
shift! { u8, 16: i8x16_shr_u = u8::wrapping_shr; }
shift! { i16, 8: i16x8_shl = i16::wrapping_shl; i16x8_shr_s = i16::wrapping_shr; }
shift! { u16, 8: i16x8_shr_u = u16::wrapping_shr; }
shift! { i32, 4: i32x4_shl = i32::wrapping_shl; i32x4_shr_s = i32::wrapping_shr; }
shift! { u32, 4: i32x4_shr_u = u32::wrapping_shr; }
shift! { i64, 2: i64x2_shl = i64::wrapping_shl; i64x2_shr_s = i64::wrapping_shr; }
shift! { u64, 2: i64x2_shr_u = u64::wrapping_shr; }

compare! { i8, 16 => i8:
    i8x16_eq ==; i8x16_ne !=; i8x16_lt_s <; i8x16_gt_s >; i8x16_le_s <=; i8x16_ge_s >=;
}
compare! { u8, 16 => i8: i8x16_lt_u <; i8x16_gt_u >; i8x16_le_u <=; i8x16_ge_u >=; }
compare! { i16, 8 => i16:
    i16x8_eq ==; i16x8_ne !=; i16x8_lt_s <; i16x8_gt_s >; i16x8_le_s <=; i16x8_ge_s >=;
}
compare! { u16, 8 => i16: i16x8_lt_u <; i16x8_gt_u >; i16x8_le_u <=; i16x8_ge_u >=; }
compare! { i32, 4 => i32:
    i32x4_eq ==; i32x4_ne !=; i32x4_lt_s <; i32x4_gt_s >; i32x4_le_s <=; i32x4_ge_s >=;
}
compare! { u32, 4 => i32: i32x4_lt_u <; i32x4_gt_u >; i32x4_le_u <=; i32x4_ge_u >=; }
compare! { i64, 2 => i64:
    i64x2_eq ==; i64x2_ne !=; i64x2_lt_s <; i64x2_gt_s >; i64x2_le_s <=; i64x2_ge_s >=;
}
