//! The integer operators on `i32` and `i64`.
//!
//! In: operands. Out: results, or the [`Trap`] of a division. It does not know which values are constants.
//! Signs are a matter of the operator: an unsigned one reads the same bits as `u32` or `u64`.

use crate::wasm::Trap;

/// Operators of two operands whose result has their type.
macro_rules! binary {
    ($t:ty: $($name:ident = $f:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: $t, b: $t) -> $t {
            let f: fn($t, $t) -> $t = $f;
            f(a, b)
        }
    )*};
}

/// Operators of one operand whose result has its type.
macro_rules! unary {
    ($t:ty: $($name:ident = $f:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: $t) -> $t {
            let f: fn($t) -> $t = $f;
            f(a)
        }
    )*};
}

/// Comparisons, of the bits read as `$as`.
macro_rules! compare {
    ($t:ty as $as:ty: $($name:ident $op:tt;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: $t, b: $t) -> bool {
            (a as $as) $op (b as $as)
        }
    )*};
}

/// Divisions: a zero divisor traps, and so does the one signed quotient that does not fit; its remainder is 0.
macro_rules! divide {
    ($t:ty as $as:ty: $div:ident, $rem:ident) => {
        #[inline]
        pub(crate) fn $div(a: $t, b: $t) -> Result<$t, Trap> {
            if b == 0 {
                return Err(Trap::IntegerDivisionByZero);
            }
            match (a as $as).checked_div(b as $as) {
                Some(quotient) => Ok(quotient as $t),
                None => Err(Trap::IntegerOverflow),
            }
        }

        #[inline]
        pub(crate) fn $rem(a: $t, b: $t) -> Result<$t, Trap> {
            if b == 0 {
                return Err(Trap::IntegerDivisionByZero);
            }
            Ok((a as $as).wrapping_rem(b as $as) as $t)
        }
    };
}

// Shift counts are taken modulo the width, which is what `wrapping_shl` and its kin do with the low 32 bits.
binary! { i32:
    i32_add = i32::wrapping_add;
    i32_sub = i32::wrapping_sub;
    i32_mul = i32::wrapping_mul;
    i32_and = |a, b| a & b;
    i32_or = |a, b| a | b;
    i32_xor = |a, b| a ^ b;
    i32_shl = |a, n| a.wrapping_shl(n as u32);
    i32_shr_s = |a, n| a.wrapping_shr(n as u32);
    i32_shr_u = |a, n| (a as u32).wrapping_shr(n as u32) as i32;
    i32_rotl = |a, n| a.rotate_left(n as u32);
    i32_rotr = |a, n| a.rotate_right(n as u32);
}

binary! { i64:
    i64_add = i64::wrapping_add;
    i64_sub = i64::wrapping_sub;
    i64_mul = i64::wrapping_mul;
    i64_and = |a, b| a & b;
    i64_or = |a, b| a | b;
    i64_xor = |a, b| a ^ b;
    i64_shl = |a, n| a.wrapping_shl(n as u32);
    i64_shr_s = |a, n| a.wrapping_shr(n as u32);
    i64_shr_u = |a, n| (a as u64).wrapping_shr(n as u32) as i64;
    i64_rotl = |a, n| a.rotate_left(n as u32);
    i64_rotr = |a, n| a.rotate_right(n as u32);
}

divide! { i32 as i32: i32_div_s, i32_rem_s }
divide! { i32 as u32: i32_div_u, i32_rem_u }
divide! { i64 as i64: i64_div_s, i64_rem_s }
divide! { i64 as u64: i64_div_u, i64_rem_u }

unary! { i32:
    i32_clz = |a| a.leading_zeros() as i32;
    i32_ctz = |a| a.trailing_zeros() as i32;
    i32_popcnt = |a| a.count_ones() as i32;
    i32_extend8_s = |a| i32::from(a as i8);
    i32_extend16_s = |a| i32::from(a as i16);
}

unary! { i64:
    i64_clz = |a| i64::from(a.leading_zeros());
    i64_ctz = |a| i64::from(a.trailing_zeros());
    i64_popcnt = |a| i64::from(a.count_ones());
    i64_extend8_s = |a| i64::from(a as i8);
    i64_extend16_s = |a| i64::from(a as i16);
    i64_extend32_s = |a| i64::from(a as i32);
}

compare! { i32 as i32: i32_eq ==; i32_ne !=; i32_lt_s <; i32_gt_s >; i32_le_s <=; i32_ge_s >=; }
compare! { i32 as u32: i32_lt_u <; i32_gt_u >; i32_le_u <=; i32_ge_u >=; }
compare! { i64 as i64: i64_eq ==; i64_ne !=; i64_lt_s <; i64_gt_s >; i64_le_s <=; i64_ge_s >=; }
compare! { i64 as u64: i64_lt_u <; i64_gt_u >; i64_le_u <=; i64_ge_u >=; }
