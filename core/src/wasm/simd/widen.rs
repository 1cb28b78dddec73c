//! Integer operators that change the width of lanes: extensions, widening products and sums, narrowing, and the
//! loads that extend.
//!
//! In: vectors, or the bytes that a load read. Out: vectors. It does not know addresses.

use core::array::from_fn;

use super::lanewise::zip;
use crate::wasm::V128;

/// Extensions of one half of the lanes.
macro_rules! extend {
    ($($low:ident, $high:ident: $from:ty, $lanes:literal => $to:ty, $half:literal;)*) => {$(
        #[inline]
        pub(crate) fn $low(a: V128) -> V128 {
            let a: [$from; $lanes] = a.into();
            from_fn::<$to, $half, _>(|i| a[i].into()).into()
        }

        #[inline]
        pub(crate) fn $high(a: V128) -> V128 {
            let a: [$from; $lanes] = a.into();
            from_fn::<$to, $half, _>(|i| a[i + $half].into()).into()
        }
    )*};
}

extend! {
    i16x8_extend_low_i8x16_s, i16x8_extend_high_i8x16_s: i8, 16 => i16, 8;
    i16x8_extend_low_i8x16_u, i16x8_extend_high_i8x16_u: u8, 16 => u16, 8;
    i32x4_extend_low_i16x8_s, i32x4_extend_high_i16x8_s: i16, 8 => i32, 4;
    i32x4_extend_low_i16x8_u, i32x4_extend_high_i16x8_u: u16, 8 => u32, 4;
    i64x2_extend_low_i32x4_s, i64x2_extend_high_i32x4_s: i32, 4 => i64, 2;
    i64x2_extend_low_i32x4_u, i64x2_extend_high_i32x4_u: u32, 4 => u64, 2;
}

/// Products of one half of the lanes; every one fits.
macro_rules! extmul {
    ($($low:ident, $high:ident: $from:ty, $lanes:literal => $to:ty, $half:literal;)*) => {$(
        #[inline]
        pub(crate) fn $low(a: V128, b: V128) -> V128 {
            let (a, b): ([$from; $lanes], [$from; $lanes]) = (a.into(), b.into());
            from_fn::<$to, $half, _>(|i| <$to>::from(a[i]).wrapping_mul(b[i].into())).into()
        }

        #[inline]
        pub(crate) fn $high(a: V128, b: V128) -> V128 {
            let (a, b): ([$from; $lanes], [$from; $lanes]) = (a.into(), b.into());
            from_fn::<$to, $half, _>(|i| <$to>::from(a[i + $half]).wrapping_mul(b[i + $half].into())).into()
        }
    )*};
}

extmul! {
    i16x8_extmul_low_i8x16_s, i16x8_extmul_high_i8x16_s: i8, 16 => i16, 8;
    i16x8_extmul_low_i8x16_u, i16x8_extmul_high_i8x16_u: u8, 16 => u16, 8;
    i32x4_extmul_low_i16x8_s, i32x4_extmul_high_i16x8_s: i16, 8 => i32, 4;
    i32x4_extmul_low_i16x8_u, i32x4_extmul_high_i16x8_u: u16, 8 => u32, 4;
    i64x2_extmul_low_i32x4_s, i64x2_extmul_high_i32x4_s: i32, 4 => i64, 2;
    i64x2_extmul_low_i32x4_u, i64x2_extmul_high_i32x4_u: u32, 4 => u64, 2;
}

/// Sums of neighbours; every one fits.
macro_rules! extadd_pairwise {
    ($($name:ident: $from:ty, $lanes:literal => $to:ty, $half:literal;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: V128) -> V128 {
            let a: [$from; $lanes] = a.into();
            from_fn::<$to, $half, _>(|i| <$to>::from(a[2 * i]).wrapping_add(a[2 * i + 1].into())).into()
        }
    )*};
}

extadd_pairwise! {
    i16x8_extadd_pairwise_i8x16_s: i8, 16 => i16, 8;
    i16x8_extadd_pairwise_i8x16_u: u8, 16 => u16, 8;
    i32x4_extadd_pairwise_i16x8_s: i16, 8 => i32, 4;
    i32x4_extadd_pairwise_i16x8_u: u16, 8 => u32, 4;
}

/// Sums of the products of neighbours. One sum does not fit, that of the lowest lanes four times: it wraps.
#[inline]
pub(crate) fn i32x4_dot_i16x8_s(a: V128, b: V128) -> V128 {
    // Neighbours are the two halves of one wide lane: written like this, it becomes vector code.
    let low = |pair: i32| i32::from(pair as i16);
    let high = |pair: i32| pair >> 16;
    zip::<i32, i32, 4>(a, b, |a, b| low(a).wrapping_mul(low(b)).wrapping_add(high(a).wrapping_mul(high(b))))
}

/// The lanes of `a`, then those of `b`, at half the width: read as signed, and clamped to the new lane's range.
macro_rules! narrow {
    ($($name:ident: $from:ty, $half:literal => $to:ty, $lanes:literal;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: V128, b: V128) -> V128 {
            let (a, b): ([$from; $half], [$from; $half]) = (a.into(), b.into());
            let clamp = |x: $from| x.clamp(<$to>::MIN.into(), <$to>::MAX.into()) as $to;
            from_fn::<$to, $lanes, _>(|i| clamp(if i < $half { a[i] } else { b[i - $half] })).into()
        }
    )*};
}

narrow! {
    i8x16_narrow_i16x8_s: i16, 8 => i8, 16;
    i8x16_narrow_i16x8_u: i16, 8 => u8, 16;
    i16x8_narrow_i32x4_s: i32, 4 => i16, 8;
    i16x8_narrow_i32x4_u: i32, 4 => u16, 8;
}

/// What an extending load makes of the eight bytes it read.
///
/// The bytes come by reference because an array of eight that is passed by value becomes an integer, which the
/// optimiser does not turn back into lanes.
macro_rules! load {
    ($($name:ident = $extend:ident;)*) => {$(
        #[inline]
        pub(crate) fn $name(bytes: &[u8; 8]) -> V128 {
            $extend(v128_load64_zero(bytes))
        }
    )*};
}

load! {
    v128_load8x8_s = i16x8_extend_low_i8x16_s;
    v128_load8x8_u = i16x8_extend_low_i8x16_u;
    v128_load16x4_s = i32x4_extend_low_i16x8_s;
    v128_load16x4_u = i32x4_extend_low_i16x8_u;
    v128_load32x2_s = i64x2_extend_low_i32x4_s;
    v128_load32x2_u = i64x2_extend_low_i32x4_u;
}

#[inline]
pub(crate) fn v128_load32_zero(bytes: &[u8; 4]) -> V128 {
    let mut all = [0; 16];
    all[..4].copy_from_slice(bytes);
    V128::from_bytes(all)
}

#[inline]
pub(crate) fn v128_load64_zero(bytes: &[u8; 8]) -> V128 {
    let mut all = [0; 16];
    all[..8].copy_from_slice(bytes);
    V128::from_bytes(all)
}
