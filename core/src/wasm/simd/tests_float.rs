//! The operators on float lanes and the conversions beside the scalar operators on each lane; and what is special
//! about the relaxed ones.

extern crate std;

use std::vec::Vec;

use super::tests::{pairs, signed, unsigned, vector};
use super::*;
use crate::wasm::num::tests::Xorshift;
use crate::wasm::{V128, num};

const NANS_32: [u32; 3] = [0x7fc0_0000, 0xffc0_0001, 0x7f80_0001];
const EDGES_32: [f32; 12] =
    [0.0, -0.0, 0.5, -0.5, 1.5, -2.5, 8388607.5, 2147483648.0, 4294967296.0, f32::MAX, f32::INFINITY, 1e-45];
const NANS_64: [u64; 3] = [0x7ff8_0000_0000_0000, 0xfff8_0000_0000_0001, 0x7ff0_0000_0000_0001];
const EDGES_64: [f64; 13] = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.5,
    -2.5,
    4503599627370495.5,
    2147483647.5,
    4294967295.5,
    f64::MAX,
    f64::INFINITY,
    5e-324,
    1.0 + 1.0 / 16777216.0,
];

/// Vectors with edge values, their negatives, NaNs and random bits in every lane.
fn floats<const N: usize>(lane: impl Fn(u64) -> u64) -> Vec<V128> {
    let mut random = Xorshift(11);
    let bits = 128 / N as u32;
    (0..150)
        .map(|_| {
            let lanes = [(); N].map(|()| lane(random.next() >> 7));
            vector(bits, |i| lanes[i].into())
        })
        .collect()
}

fn f32s() -> Vec<V128> {
    floats::<4>(|random| {
        let choice = random as usize >> 8;
        let bits = match random % 8 {
            0 => NANS_32[choice % 3],
            1..5 => EDGES_32[choice % 12].to_bits(),
            _ => choice as u32,
        };
        (bits ^ ((random as u32 & 0x80) << 24)).into()
    })
}

fn f64s() -> Vec<V128> {
    floats::<2>(|random| {
        let choice = random as usize >> 8;
        let bits = match random % 8 {
            0 => NANS_64[choice % 3],
            1..5 => EDGES_64[choice % 13].to_bits(),
            _ => random.rotate_left(31),
        };
        bits ^ ((random & 0x80) << 56)
    })
}

/// The same bits lane by lane, or both quiet NaNs: which of two NaNs comes out is open.
#[track_caller]
fn same(bits: u32, got: V128, expected: V128) {
    for i in 0..(128 / bits) as usize {
        let (x, y) = (unsigned(got, bits, i), unsigned(expected, bits, i));
        let quiet: i128 = if bits == 32 { 0x7fc0_0000 } else { 0x7ff8_0000_0000_0000 };
        assert!(x == y || (x & quiet == quiet && y & quiet == quiet), "lane {i} of {got:?} {expected:?}");
    }
}

fn lane32(v: V128, i: usize) -> f32 {
    f32::from_bits(unsigned(v, 32, i) as u32)
}

fn lane64(v: V128, i: usize) -> f64 {
    f64::from_bits(unsigned(v, 64, i) as u64)
}

#[test]
fn arithmetic_f32x4() {
    type Row = (fn(V128, V128) -> V128, fn(f32, f32) -> f32);
    let rows: [Row; 10] = [
        (f32x4_add, num::f32_add),
        (f32x4_sub, num::f32_sub),
        (f32x4_mul, num::f32_mul),
        (f32x4_div, num::f32_div),
        (f32x4_min, num::f32_min),
        (f32x4_max, num::f32_max),
        (f32x4_relaxed_min, num::f32_min),
        (f32x4_relaxed_max, num::f32_max),
        (f32x4_pmin, |a, b| if num::f32_lt(b, a) { b } else { a }),
        (f32x4_pmax, |a, b| if num::f32_lt(a, b) { b } else { a }),
    ];
    for (operator, scalar) in rows {
        for &a in &f32s() {
            for &b in &f32s() {
                let expected = vector(32, |i| scalar(lane32(a, i), lane32(b, i)).to_bits().into());
                same(32, operator(a, b), expected);
            }
        }
    }
}

#[test]
fn arithmetic_f64x2() {
    type Row = (fn(V128, V128) -> V128, fn(f64, f64) -> f64);
    let rows: [Row; 10] = [
        (f64x2_add, num::f64_add),
        (f64x2_sub, num::f64_sub),
        (f64x2_mul, num::f64_mul),
        (f64x2_div, num::f64_div),
        (f64x2_min, num::f64_min),
        (f64x2_max, num::f64_max),
        (f64x2_relaxed_min, num::f64_min),
        (f64x2_relaxed_max, num::f64_max),
        (f64x2_pmin, |a, b| if num::f64_lt(b, a) { b } else { a }),
        (f64x2_pmax, |a, b| if num::f64_lt(a, b) { b } else { a }),
    ];
    for (operator, scalar) in rows {
        for &a in &f64s() {
            for &b in &f64s() {
                let expected = vector(64, |i| scalar(lane64(a, i), lane64(b, i)).to_bits().into());
                same(64, operator(a, b), expected);
            }
        }
    }
}

#[test]
fn pseudo_extremes_pass_nans_through() {
    let nan = f32::from_bits(0x7f80_0001);
    let (one, nans) = (f32x4_splat(1.0), f32x4_splat(nan));
    assert_eq!(f32x4_pmin(nans, one), nans);
    assert_eq!(f32x4_pmin(one, nans), one);
    assert_eq!(f32x4_pmax(f32x4_splat(-0.0), f32x4_splat(0.0)), f32x4_splat(-0.0));
    assert_eq!(f64x2_pmin(f64x2_splat(0.0), f64x2_splat(-0.0)), f64x2_splat(0.0));
}

#[test]
fn one_operand() {
    type Rows<T> = [(fn(V128) -> V128, fn(T) -> T); 5];
    let narrow: Rows<f32> = [
        (f32x4_sqrt, num::f32_sqrt),
        (f32x4_ceil, num::f32_ceil),
        (f32x4_floor, num::f32_floor),
        (f32x4_trunc, num::f32_trunc),
        (f32x4_nearest, num::f32_nearest),
    ];
    for a in f32s() {
        for (operator, scalar) in narrow {
            same(32, operator(a), vector(32, |i| scalar(lane32(a, i)).to_bits().into()));
        }
        assert_eq!(f32x4_abs(a), vector(32, |i| unsigned(a, 32, i) & 0x7fff_ffff));
        assert_eq!(f32x4_neg(a), vector(32, |i| unsigned(a, 32, i) ^ 0x8000_0000));
        assert_eq!(
            canonicalize_f32x4(a),
            vector(32, |i| num::canonicalize_f32(lane32(a, i)).to_bits().into())
        );
    }
    let wide: Rows<f64> = [
        (f64x2_sqrt, num::f64_sqrt),
        (f64x2_ceil, num::f64_ceil),
        (f64x2_floor, num::f64_floor),
        (f64x2_trunc, num::f64_trunc),
        (f64x2_nearest, num::f64_nearest),
    ];
    for a in f64s() {
        for (operator, scalar) in wide {
            same(64, operator(a), vector(64, |i| scalar(lane64(a, i)).to_bits().into()));
        }
        assert_eq!(f64x2_abs(a), vector(64, |i| unsigned(a, 64, i) & !(1 << 63)));
        assert_eq!(f64x2_neg(a), vector(64, |i| unsigned(a, 64, i) ^ (1 << 63)));
        assert_eq!(
            canonicalize_f64x2(a),
            vector(64, |i| num::canonicalize_f64(lane64(a, i)).to_bits().into())
        );
    }
}

#[test]
fn comparisons() {
    type Rows<T> = [(fn(V128, V128) -> V128, fn(T, T) -> bool); 6];
    let narrow: Rows<f32> = [
        (f32x4_eq, num::f32_eq),
        (f32x4_ne, num::f32_ne),
        (f32x4_lt, num::f32_lt),
        (f32x4_gt, num::f32_gt),
        (f32x4_le, num::f32_le),
        (f32x4_ge, num::f32_ge),
    ];
    let wide: Rows<f64> = [
        (f64x2_eq, num::f64_eq),
        (f64x2_ne, num::f64_ne),
        (f64x2_lt, num::f64_lt),
        (f64x2_gt, num::f64_gt),
        (f64x2_le, num::f64_le),
        (f64x2_ge, num::f64_ge),
    ];
    for (&a, &c) in f32s().iter().zip(&f64s()) {
        for (&b, &d) in f32s().iter().zip(&f64s()) {
            for (operator, scalar) in narrow {
                let expected = vector(32, |i| -i128::from(scalar(lane32(a, i), lane32(b, i))));
                assert_eq!(operator(a, b), expected);
            }
            for (operator, scalar) in wide {
                let expected = vector(64, |i| -i128::from(scalar(lane64(c, i), lane64(d, i))));
                assert_eq!(operator(c, d), expected);
            }
        }
    }
}

#[test]
fn to_integers() {
    for a in f32s() {
        let s = vector(32, |i| num::i32_trunc_sat_f32_s(lane32(a, i)).into());
        let u = vector(32, |i| num::i32_trunc_sat_f32_u(lane32(a, i)).into());
        assert_eq!([i32x4_trunc_sat_f32x4_s(a), i32x4_relaxed_trunc_f32x4_s(a)], [s; 2]);
        assert_eq!([i32x4_trunc_sat_f32x4_u(a), i32x4_relaxed_trunc_f32x4_u(a)], [u; 2]);
    }
    for a in f64s() {
        let s = vector(32, |i| if i < 2 { num::i32_trunc_sat_f64_s(lane64(a, i)).into() } else { 0 });
        let u = vector(32, |i| if i < 2 { num::i32_trunc_sat_f64_u(lane64(a, i)).into() } else { 0 });
        assert_eq!([i32x4_trunc_sat_f64x2_s_zero(a), i32x4_relaxed_trunc_f64x2_s_zero(a)], [s; 2]);
        assert_eq!([i32x4_trunc_sat_f64x2_u_zero(a), i32x4_relaxed_trunc_f64x2_u_zero(a)], [u; 2]);
    }
}

#[test]
fn to_floats() {
    for a in f32s() {
        let s = |i: usize| signed(a, 32, i) as i32;
        let narrow_s = vector(32, |i| num::f32_convert_i32_s(s(i)).to_bits().into());
        let narrow_u = vector(32, |i| num::f32_convert_i32_u(s(i)).to_bits().into());
        assert_eq!(f32x4_convert_i32x4_s(a), narrow_s);
        assert_eq!(f32x4_convert_i32x4_u(a), narrow_u);
        let wide_s = vector(64, |i| num::f64_convert_i32_s(s(i)).to_bits().into());
        let wide_u = vector(64, |i| num::f64_convert_i32_u(s(i)).to_bits().into());
        assert_eq!(f64x2_convert_low_i32x4_s(a), wide_s);
        assert_eq!(f64x2_convert_low_i32x4_u(a), wide_u);
        let promoted = vector(64, |i| num::f64_promote_f32(lane32(a, i)).to_bits().into());
        same(64, f64x2_promote_low_f32x4(a), promoted);
    }
    for a in f64s() {
        let lane = |i: usize| num::f32_demote_f64(lane64(a, i)).to_bits();
        same(32, f32x4_demote_f64x2_zero(a), vector(32, |i| if i < 2 { lane(i).into() } else { 0 }));
    }
}

#[test]
fn multiply_add_rounds_twice() {
    // Fused, the first would be f32::MAX and the second 2^-37.
    let (max, two) = (f32x4_splat(f32::MAX), f32x4_splat(2.0));
    assert_eq!(f32x4_relaxed_madd(max, two, f32x4_neg(max)), f32x4_splat(f32::INFINITY));
    assert_eq!(f32x4_relaxed_nmadd(max, two, max), f32x4_splat(-f32::INFINITY));
    let x = f32x4_splat(f32::from_bits(0x3f80_0002));
    let y = f32x4_splat(f32::from_bits(0x3f80_0100));
    let z = f32x4_splat(f32::from_bits(0xbf80_0102));
    assert_eq!(f32x4_relaxed_madd(x, y, z), V128::ZERO);
    for &a in &f64s() {
        for &b in &f64s() {
            let c = f64x2_splat(0.75);
            let product = |i: usize| num::f64_mul(lane64(a, i), lane64(b, i));
            let madd = vector(64, |i| num::f64_add(product(i), 0.75).to_bits().into());
            let nmadd = vector(64, |i| num::f64_sub(0.75, product(i)).to_bits().into());
            same(64, f64x2_relaxed_madd(a, b, c), madd);
            same(64, f64x2_relaxed_nmadd(a, b, c), nmadd);
        }
    }
}

#[test]
fn relaxed_integer_operators() {
    pairs(|a, b| {
        assert_eq!(i16x8_relaxed_q15mulr_s(a, b), i16x8_q15mulr_sat_s(a, b));
        let product = |i: usize| signed(a, 8, i) * signed(b, 8, i);
        let sums = vector(16, |i| product(2 * i) + product(2 * i + 1));
        assert_eq!(i16x8_relaxed_dot_i8x16_i7x16_s(a, b), sums);
        let c = i32x4_splat(-3);
        let expected = vector(32, |i| signed(sums, 16, 2 * i) + signed(sums, 16, 2 * i + 1) - 3);
        assert_eq!(i32x4_relaxed_dot_i8x16_i7x16_add_s(a, b, c), expected);
    });
    let lowest = i8x16_splat(-128);
    assert_eq!(i16x8_relaxed_dot_i8x16_i7x16_s(lowest, lowest), i16x8_splat(-32768));
}
