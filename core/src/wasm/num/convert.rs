//! Conversions between the four scalar types.
//!
//! In: a value of one type. Out: a value of another, or the [`Trap`] of a float that is no such integer. It does not
//! know memory: a reinterpretation keeps the bits, a signalling NaN included.

use crate::wasm::Trap;

/// Conversions that cannot fail, written as an expression of `$a`.
macro_rules! convert {
    ($($name:ident($a:ident: $from:ty) -> $to:ty = $value:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name($a: $from) -> $to {
            $value
        }
    )*};
}

/// Truncations that trap. The bounds are the nearest floats that no longer truncate to an integer of the range.
macro_rules! truncate {
    ($($name:ident: $low:literal < $from:ident < $high:literal => $via:ty as $to:ty;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: $from) -> Result<$to, Trap> {
            if a > $low && a < $high {
                Ok(a as $via as $to)
            } else if a.is_nan() {
                Err(Trap::BadConversionToInteger)
            } else {
                Err(Trap::IntegerOverflow)
            }
        }
    )*};
}

truncate! {
    i32_trunc_f32_s: -2147483904.0 < f32 < 2147483648.0 => i32 as i32;
    i32_trunc_f32_u: -1.0 < f32 < 4294967296.0 => u32 as i32;
    i32_trunc_f64_s: -2147483649.0 < f64 < 2147483648.0 => i32 as i32;
    i32_trunc_f64_u: -1.0 < f64 < 4294967296.0 => u32 as i32;
    i64_trunc_f32_s: -9223373136366403584.0 < f32 < 9223372036854775808.0 => i64 as i64;
    i64_trunc_f32_u: -1.0 < f32 < 18446744073709551616.0 => u64 as i64;
    i64_trunc_f64_s: -9223372036854777856.0 < f64 < 9223372036854775808.0 => i64 as i64;
    i64_trunc_f64_u: -1.0 < f64 < 18446744073709551616.0 => u64 as i64;
}

// Rust's float-to-integer cast is the saturating truncation, a NaN becoming 0.
convert! {
    i32_trunc_sat_f32_s(a: f32) -> i32 = a as i32;
    i32_trunc_sat_f32_u(a: f32) -> i32 = a as u32 as i32;
    i32_trunc_sat_f64_s(a: f64) -> i32 = a as i32;
    i32_trunc_sat_f64_u(a: f64) -> i32 = a as u32 as i32;
    i64_trunc_sat_f32_s(a: f32) -> i64 = a as i64;
    i64_trunc_sat_f32_u(a: f32) -> i64 = a as u64 as i64;
    i64_trunc_sat_f64_s(a: f64) -> i64 = a as i64;
    i64_trunc_sat_f64_u(a: f64) -> i64 = a as u64 as i64;
}

convert! {
    i32_wrap_i64(a: i64) -> i32 = a as i32;
    i64_extend_i32_s(a: i32) -> i64 = i64::from(a);
    i64_extend_i32_u(a: i32) -> i64 = i64::from(a as u32);
}

// Integer-to-float casts round to nearest, ties to even.
convert! {
    f32_convert_i32_s(a: i32) -> f32 = a as f32;
    f32_convert_i32_u(a: i32) -> f32 = a as u32 as f32;
    f32_convert_i64_s(a: i64) -> f32 = a as f32;
    f32_convert_i64_u(a: i64) -> f32 = a as u64 as f32;
    f64_convert_i32_s(a: i32) -> f64 = f64::from(a);
    f64_convert_i32_u(a: i32) -> f64 = f64::from(a as u32);
    f64_convert_i64_s(a: i64) -> f64 = a as f64;
    f64_convert_i64_u(a: i64) -> f64 = a as u64 as f64;
    f32_demote_f64(a: f64) -> f32 = a as f32;
    f64_promote_f32(a: f32) -> f64 = f64::from(a);
}

convert! {
    i32_reinterpret_f32(a: f32) -> i32 = a.to_bits() as i32;
    i64_reinterpret_f64(a: f64) -> i64 = a.to_bits() as i64;
    f32_reinterpret_i32(a: i32) -> f32 = f32::from_bits(a as u32);
    f64_reinterpret_i64(a: i64) -> f64 = f64::from_bits(a as u64);
}
