//! Operators that move lanes, or bits regardless of lanes: splats, single lanes, shuffles, bitwise logic, and what
//! reduces a vector to a scalar.
//!
//! In: vectors, scalars and lane numbers. Out: vectors or scalars. It does not know memory. Lane numbers are
//! validated before; one out of range would be taken modulo the number of lanes.

use core::array::from_fn;

use super::lanewise::zip;
use crate::wasm::V128;

macro_rules! splat {
    ($($name:ident($x:ident: $scalar:ty) = [$lane:expr; $lanes:literal];)*) => {$(
        #[inline]
        pub(crate) fn $name($x: $scalar) -> V128 {
            [$lane; $lanes].into()
        }
    )*};
}

splat! {
    i8x16_splat(x: i32) = [x as i8; 16];
    i16x8_splat(x: i32) = [x as i16; 8];
    i32x4_splat(x: i32) = [x; 4];
    i64x2_splat(x: i64) = [x; 2];
    f32x4_splat(x: f32) = [x; 4];
    f64x2_splat(x: f64) = [x; 2];
}

macro_rules! extract {
    ($($name:ident: $lane:ty, $lanes:literal => $scalar:ty;)*) => {$(
        #[inline]
        pub(crate) fn $name(v: V128, lane: u8) -> $scalar {
            let lanes: [$lane; $lanes] = v.into();
            <$scalar>::from(lanes[usize::from(lane) % $lanes])
        }
    )*};
}

extract! {
    i8x16_extract_lane_s: i8, 16 => i32;
    i8x16_extract_lane_u: u8, 16 => i32;
    i16x8_extract_lane_s: i16, 8 => i32;
    i16x8_extract_lane_u: u16, 8 => i32;
    i32x4_extract_lane: i32, 4 => i32;
    i64x2_extract_lane: i64, 2 => i64;
    f32x4_extract_lane: f32, 4 => f32;
    f64x2_extract_lane: f64, 2 => f64;
}

macro_rules! replace {
    ($($name:ident($x:ident: $scalar:ty) = $value:expr, $lane:ty, $lanes:literal;)*) => {$(
        #[inline]
        pub(crate) fn $name(v: V128, lane: u8, $x: $scalar) -> V128 {
            let mut lanes: [$lane; $lanes] = v.into();
            lanes[usize::from(lane) % $lanes] = $value;
            lanes.into()
        }
    )*};
}

replace! {
    i8x16_replace_lane(x: i32) = x as i8, i8, 16;
    i16x8_replace_lane(x: i32) = x as i16, i16, 8;
    i32x4_replace_lane(x: i32) = x, i32, 4;
    i64x2_replace_lane(x: i64) = x, i64, 2;
    f32x4_replace_lane(x: f32) = x, f32, 4;
    f64x2_replace_lane(x: f64) = x, f64, 2;
}

/// Lane `i` of the result is lane `lanes[i]` of the thirty-two that `a` and `b` have together.
#[inline]
pub(crate) fn i8x16_shuffle(a: V128, b: V128, lanes: [u8; 16]) -> V128 {
    let mut both = [0; 32];
    let (low, high) = both.split_at_mut(16);
    low.copy_from_slice(&a.to_bytes());
    high.copy_from_slice(&b.to_bytes());
    // A plain loop: a closure over the array would have its address taken, and a handler whose frame has an
    // address cannot end in a jump.
    let mut picked = [0; 16];
    for (byte, lane) in picked.iter_mut().zip(lanes) {
        *byte = both[usize::from(lane % 32)];
    }
    V128::from_bytes(picked)
}

/// Lane `i` of the result is lane `s[i]` of `a`, or zero where there is no such lane.
#[inline]
pub(crate) fn i8x16_swizzle(a: V128, s: V128) -> V128 {
    // Zeros for every other lane number a byte can name: cheaper to write than to compare sixteen times.
    let mut table = [0; 256];
    table[..16].copy_from_slice(&a.to_bytes());
    let mut picked = [0; 16];
    for (byte, lane) in picked.iter_mut().zip(s.to_bytes()) {
        *byte = table[usize::from(lane)];
    }
    V128::from_bytes(picked)
}

#[inline]
pub(crate) fn v128_not(a: V128) -> V128 {
    let a: [u64; 2] = a.into();
    a.map(|bits| !bits).into()
}

#[inline]
pub(crate) fn v128_and(a: V128, b: V128) -> V128 {
    zip::<u64, u64, 2>(a, b, |a, b| a & b)
}

#[inline]
pub(crate) fn v128_andnot(a: V128, b: V128) -> V128 {
    zip::<u64, u64, 2>(a, b, |a, b| a & !b)
}

#[inline]
pub(crate) fn v128_or(a: V128, b: V128) -> V128 {
    zip::<u64, u64, 2>(a, b, |a, b| a | b)
}

#[inline]
pub(crate) fn v128_xor(a: V128, b: V128) -> V128 {
    zip::<u64, u64, 2>(a, b, |a, b| a ^ b)
}

/// Each bit from `a` where `c` has a one, from `b` where it has a zero.
#[inline]
pub(crate) fn v128_bitselect(a: V128, b: V128, c: V128) -> V128 {
    v128_or(v128_and(a, c), v128_andnot(b, c))
}

#[inline]
pub(crate) fn v128_any_true(a: V128) -> bool {
    let [low, high]: [u64; 2] = a.into();
    (low | high) != 0
}

// Every lane is looked at, without leaving early: that is what becomes vector code.
macro_rules! all_true {
    ($($name:ident: $lane:ty, $lanes:literal;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: V128) -> bool {
            let lanes: [$lane; $lanes] = a.into();
            lanes.iter().fold(true, |all, &lane| all & (lane != 0))
        }
    )*};
}

all_true! {
    i8x16_all_true: u8, 16;
    i16x8_all_true: u16, 8;
    i32x4_all_true: u32, 4;
    i64x2_all_true: u64, 2;
}

/// The sign bits of narrow lanes, those of each half gathered by one multiplication: it adds up copies of the half,
/// shifted so that the sign bits meet in order at the top. No two bits of the copies meet, so nothing carries.
macro_rules! bitmask {
    ($($name:ident: signs $signs:literal, copies $copies:literal, lanes in a half $half:literal;)*) => {$(
        #[inline]
        pub(crate) fn $name(a: V128) -> i32 {
            let halves: [u64; 2] = a.into();
            let [low, high] = halves.map(|half| (half & $signs).wrapping_mul($copies) >> (64 - $half));
            (low | (high << $half)) as i32
        }
    )*};
}

bitmask! {
    i8x16_bitmask: signs 0x8080_8080_8080_8080, copies 0x0002_0408_1020_4081, lanes in a half 8;
    i16x8_bitmask: signs 0x8000_8000_8000_8000, copies 0x0000_2000_4000_8001, lanes in a half 4;
}

#[inline]
pub(crate) fn i32x4_bitmask(a: V128) -> i32 {
    let lanes: [u32; 4] = a.into();
    from_fn::<u32, 4, _>(|i| lanes[i] >> 31 << i).iter().fold(0, |mask, bit| mask | bit) as i32
}

#[inline]
pub(crate) fn i64x2_bitmask(a: V128) -> i32 {
    let [low, high]: [u64; 2] = a.into();
    ((low >> 63) | (high >> 63 << 1)) as i32
}
