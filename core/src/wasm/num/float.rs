//! The floating-point operators on `f32` and `f64`, and canonical NaNs.
//!
//! In: operands. Out: results, a NaN that an operator computed always quiet. It does not know whether the guest
//! runs deterministically: which quiet NaN comes out is the processor's choice until somebody canonicalises it.
//!
//! Choices are written as values rather than branches, so that the same functions can be bodies of vector loops.

macro_rules! binary {
    ($t:ty: $($name:ident = $f:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: $t, b: $t) -> $t {
            let f: fn($t, $t) -> $t = $f;
            f(a, b)
        }
    )*};
}

macro_rules! unary {
    ($t:ty: $($name:ident = $f:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: $t) -> $t {
            let f: fn($t) -> $t = $f;
            f(a)
        }
    )*};
}

macro_rules! compare {
    ($t:ty: $($name:ident $op:tt;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: $t, b: $t) -> bool {
            a $op b
        }
    )*};
}

/// `min` and `max`: a NaN wins over everything, and of two zeros the sign decides. Equal operands differ in their
/// bits only if they are zeros of two signs, so joining the bits picks the right one and changes nothing else.
macro_rules! extremes {
    ($t:ty: $min:ident, $max:ident) => {
        #[inline]
        pub(crate) fn $min(a: $t, b: $t) -> $t {
            let lesser = if a < b { a } else { b };
            let ordered = if a == b { <$t>::from_bits(a.to_bits() | b.to_bits()) } else { lesser };
            if a.is_nan() | b.is_nan() { a + b } else { ordered }
        }

        #[inline]
        pub(crate) fn $max(a: $t, b: $t) -> $t {
            let greater = if a > b { a } else { b };
            let ordered = if a == b { <$t>::from_bits(a.to_bits() & b.to_bits()) } else { greater };
            if a.is_nan() | b.is_nan() { a + b } else { ordered }
        }
    };
}

/// Rounding to integers. From `$integral` on, a float has no bits left for a fraction: adding it to a smaller
/// magnitude makes the processor round that to an integer, ties to even, and subtracting it again is exact. A NaN
/// takes the arithmetic's path and leaves it quiet. The sign is put back because a zero may have lost it.
macro_rules! rounding {
    ($t:ty, $integral:literal: $ceil:ident, $floor:ident, $trunc:ident, $nearest:ident) => {
        #[inline]
        pub(crate) fn $nearest(a: $t) -> $t {
            let magnitude = a.abs();
            let rounded = ((magnitude + $integral) - $integral).copysign(a);
            if magnitude >= $integral { a } else { rounded }
        }

        #[inline]
        pub(crate) fn $trunc(a: $t) -> $t {
            let magnitude = a.abs();
            let rounded = (magnitude + $integral) - $integral;
            let below = if rounded > magnitude { rounded - 1.0 } else { rounded };
            if magnitude >= $integral { a } else { below.copysign(a) }
        }

        #[inline]
        pub(crate) fn $floor(a: $t) -> $t {
            let rounded = $nearest(a);
            rounded - if rounded > a { 1.0 } else { 0.0 }
        }

        #[inline]
        pub(crate) fn $ceil(a: $t) -> $t {
            let rounded = $nearest(a);
            let above = if rounded < a { rounded + 1.0 } else { rounded };
            above.copysign(a)
        }
    };
}

binary! { f32:
    f32_add = |a, b| a + b;
    f32_sub = |a, b| a - b;
    f32_mul = |a, b| a * b;
    f32_div = |a, b| a / b;
    f32_copysign = f32::copysign;
}

binary! { f64:
    f64_add = |a, b| a + b;
    f64_sub = |a, b| a - b;
    f64_mul = |a, b| a * b;
    f64_div = |a, b| a / b;
    f64_copysign = f64::copysign;
}

extremes! { f32: f32_min, f32_max }
extremes! { f64: f64_min, f64_max }

// `abs`, `neg` and `copysign` are about the sign bit alone: they keep a NaN as it is.
unary! { f32:
    f32_abs = f32::abs;
    f32_neg = |a| -a;
    f32_sqrt = libm::sqrtf;
}

unary! { f64:
    f64_abs = f64::abs;
    f64_neg = |a| -a;
    f64_sqrt = libm::sqrt;
}

rounding! { f32, 8_388_608.0: f32_ceil, f32_floor, f32_trunc, f32_nearest }
rounding! { f64, 4_503_599_627_370_496.0: f64_ceil, f64_floor, f64_trunc, f64_nearest }

compare! { f32: f32_eq ==; f32_ne !=; f32_lt <; f32_gt >; f32_le <=; f32_ge >=; }
compare! { f64: f64_eq ==; f64_ne !=; f64_lt <; f64_gt >; f64_le <=; f64_ge >=; }

/// `a`, or the canonical NaN in place of any NaN.
#[inline]
pub(crate) fn canonicalize_f32(a: f32) -> f32 {
    if a.is_nan() { f32::from_bits(0x7fc0_0000) } else { a }
}

/// `a`, or the canonical NaN in place of any NaN.
#[inline]
pub(crate) fn canonicalize_f64(a: f64) -> f64 {
    if a.is_nan() { f64::from_bits(0x7ff8_0000_0000_0000) } else { a }
}
