//! The integer operators on lanes beside exact arithmetic on lanes cut out of the 128 bits, on random vectors with
//! many edge values. What all tests of vectors share is here too.

extern crate std;

use std::vec::Vec;

use super::*;
use crate::wasm::V128;
use crate::wasm::num::tests::Xorshift;

/// Lane `i` of the lanes of `bits` bits, as an unsigned number.
pub(super) fn unsigned(v: V128, bits: u32, i: usize) -> i128 {
    ((v.to_bits() >> (bits as usize * i)) & ((1 << bits) - 1)) as i128
}

/// The same lane as a signed number.
pub(super) fn signed(v: V128, bits: u32, i: usize) -> i128 {
    (unsigned(v, bits, i) << (128 - bits)) >> (128 - bits)
}

/// The vector whose lanes are `lane(0)`, `lane(1)` and so on, as far as `bits` bits hold them.
pub(super) fn vector(bits: u32, lane: impl Fn(usize) -> i128) -> V128 {
    let lanes = (128 / bits) as usize;
    let cut = |i: usize| (lane(i) as u128 & ((1 << bits) - 1)) << (bits as usize * i);
    V128::from_bits((0..lanes).map(cut).fold(0, |all, one| all | one))
}

/// Vectors of random bytes, many of them the extremes, so that lanes of every width meet their edges.
pub(super) fn vectors() -> Vec<V128> {
    const EDGES: [u8; 8] = [0x00, 0xff, 0x7f, 0x80, 0x01, 0xfe, 0x81, 0x10];
    let mut random = Xorshift(0x2545_f491_4f6c_dd1d);
    let edges = [0x7f, 0x80, 0xff, 0x00].map(|top: u128| {
        let rest = if top == 0x7f { u64::MAX >> 8 } else { 0 };
        (top << 120) | u128::from(rest) | (top << 56)
    });
    let mut all: Vec<V128> = edges.map(V128::from_bits).into();
    // In lanes of 16 and 32 bits, the lowest, the highest, and minus one.
    all.extend([0x8000, 0x7fff, 0xffff].map(|lane| vector(16, |_| lane)));
    all.extend([0x8000_0000, 0x7fff_ffff].map(|lane| vector(32, |_| lane)));
    for round in 0..60 {
        let bytes = [(); 16].map(|()| {
            let random = random.next() >> 20;
            if random % 64 < round { (random >> 8) as u8 } else { EDGES[(random >> 8) as usize % 8] }
        });
        all.push(V128::from_bytes(bytes));
    }
    all
}

pub(super) fn pairs(mut check: impl FnMut(V128, V128)) {
    let all = vectors();
    for &a in &all {
        for &b in &all {
            check(a, b);
        }
    }
}

type Reading = fn(V128, u32, usize) -> i128;
type Binary = fn(V128, V128) -> V128;
type Exact = fn(i128, i128) -> i128;

/// `operator` does on each lane, read by `read`, what `exact` does, then wraps.
fn lanewise(bits: u32, read: Reading, rows: &[(Binary, Exact)]) {
    for (row, (operator, exact)) in rows.iter().enumerate() {
        pairs(|a, b| {
            let expected = vector(bits, |i| exact(read(a, bits, i), read(b, bits, i)));
            assert_eq!(operator(a, b), expected, "row {row}, {bits} bits: {a:?} {b:?}");
        });
    }
}

fn saturate(x: i128, low: i128, high: i128) -> i128 {
    x.clamp(low, high)
}

fn mask(holds: bool) -> i128 {
    -i128::from(holds)
}

#[test]
fn arithmetic() {
    let add: Exact = |a, b| a + b;
    let sub: Exact = |a, b| a - b;
    let mul: Exact = |a, b| a.wrapping_mul(b);
    lanewise(8, unsigned, &[(i8x16_add, add), (i8x16_sub, sub)]);
    lanewise(16, unsigned, &[(i16x8_add, add), (i16x8_sub, sub), (i16x8_mul, mul)]);
    lanewise(32, unsigned, &[(i32x4_add, add), (i32x4_sub, sub), (i32x4_mul, mul)]);
    lanewise(64, unsigned, &[(i64x2_add, add), (i64x2_sub, sub), (i64x2_mul, mul)]);
}

#[test]
fn saturation() {
    lanewise(
        8,
        signed,
        &[
            (i8x16_add_sat_s, |a, b| saturate(a + b, -128, 127)),
            (i8x16_sub_sat_s, |a, b| saturate(a - b, -128, 127)),
        ],
    );
    lanewise(
        8,
        unsigned,
        &[
            (i8x16_add_sat_u, |a, b| saturate(a + b, 0, 255)),
            (i8x16_sub_sat_u, |a, b| saturate(a - b, 0, 255)),
            (i8x16_avgr_u, |a, b| (a + b + 1) / 2),
        ],
    );
    lanewise(
        16,
        signed,
        &[
            (i16x8_add_sat_s, |a, b| saturate(a + b, -32768, 32767)),
            (i16x8_sub_sat_s, |a, b| saturate(a - b, -32768, 32767)),
            (i16x8_q15mulr_sat_s, |a, b| saturate((a * b + 0x4000).div_euclid(0x8000), -32768, 32767)),
        ],
    );
    lanewise(
        16,
        unsigned,
        &[
            (i16x8_add_sat_u, |a, b| saturate(a + b, 0, 65535)),
            (i16x8_sub_sat_u, |a, b| saturate(a - b, 0, 65535)),
            (i16x8_avgr_u, |a, b| (a + b + 1) / 2),
        ],
    );
    let lowest = i16x8_splat(-32768);
    assert_eq!(i16x8_q15mulr_sat_s(lowest, lowest), i16x8_splat(32767));
}

#[test]
fn extremes() {
    let min: Exact = |a, b| if a < b { a } else { b };
    let max: Exact = |a, b| if a > b { a } else { b };
    lanewise(8, signed, &[(i8x16_min_s, min), (i8x16_max_s, max)]);
    lanewise(8, unsigned, &[(i8x16_min_u, min), (i8x16_max_u, max)]);
    lanewise(16, signed, &[(i16x8_min_s, min), (i16x8_max_s, max)]);
    lanewise(16, unsigned, &[(i16x8_min_u, min), (i16x8_max_u, max)]);
    lanewise(32, signed, &[(i32x4_min_s, min), (i32x4_max_s, max)]);
    lanewise(32, unsigned, &[(i32x4_min_u, min), (i32x4_max_u, max)]);
}

#[test]
fn comparisons() {
    let eq: Exact = |a, b| mask(a == b);
    let ne: Exact = |a, b| mask(a != b);
    let lt: Exact = |a, b| mask(a < b);
    let gt: Exact = |a, b| mask(a > b);
    let le: Exact = |a, b| mask(a <= b);
    let ge: Exact = |a, b| mask(a >= b);
    lanewise(8, signed, &[(i8x16_eq, eq), (i8x16_ne, ne), (i8x16_lt_s, lt), (i8x16_gt_s, gt)]);
    lanewise(8, signed, &[(i8x16_le_s, le), (i8x16_ge_s, ge)]);
    lanewise(8, unsigned, &[(i8x16_lt_u, lt), (i8x16_gt_u, gt), (i8x16_le_u, le), (i8x16_ge_u, ge)]);
    lanewise(16, signed, &[(i16x8_eq, eq), (i16x8_ne, ne), (i16x8_lt_s, lt), (i16x8_gt_s, gt)]);
    lanewise(16, signed, &[(i16x8_le_s, le), (i16x8_ge_s, ge)]);
    lanewise(16, unsigned, &[(i16x8_lt_u, lt), (i16x8_gt_u, gt), (i16x8_le_u, le), (i16x8_ge_u, ge)]);
    lanewise(32, signed, &[(i32x4_eq, eq), (i32x4_ne, ne), (i32x4_lt_s, lt), (i32x4_gt_s, gt)]);
    lanewise(32, signed, &[(i32x4_le_s, le), (i32x4_ge_s, ge)]);
    lanewise(32, unsigned, &[(i32x4_lt_u, lt), (i32x4_gt_u, gt), (i32x4_le_u, le), (i32x4_ge_u, ge)]);
    lanewise(64, signed, &[(i64x2_eq, eq), (i64x2_ne, ne), (i64x2_lt_s, lt), (i64x2_gt_s, gt)]);
    lanewise(64, signed, &[(i64x2_le_s, le), (i64x2_ge_s, ge)]);
}

#[test]
fn one_operand() {
    type Row = (u32, fn(V128) -> V128, fn(i128) -> i128);
    let rows: [Row; 9] = [
        (8, i8x16_abs, i128::abs),
        (16, i16x8_abs, i128::abs),
        (32, i32x4_abs, i128::abs),
        (64, i64x2_abs, i128::abs),
        (8, i8x16_neg, |a| -a),
        (16, i16x8_neg, |a| -a),
        (32, i32x4_neg, |a| -a),
        (64, i64x2_neg, |a| -a),
        (8, i8x16_popcnt, |a| (0..8).map(|bit| (a >> bit) & 1).sum()),
    ];
    for (bits, operator, exact) in rows {
        for a in vectors() {
            assert_eq!(operator(a), vector(bits, |i| exact(signed(a, bits, i))), "{bits} bits: {a:?}");
        }
    }
}

#[test]
fn shifts() {
    type Shift = fn(V128, i32) -> V128;
    let rows: [(u32, Shift, Shift, Shift); 4] = [
        (8, i8x16_shl, i8x16_shr_s, i8x16_shr_u),
        (16, i16x8_shl, i16x8_shr_s, i16x8_shr_u),
        (32, i32x4_shl, i32x4_shr_s, i32x4_shr_u),
        (64, i64x2_shl, i64x2_shr_s, i64x2_shr_u),
    ];
    for (bits, shl, shr_s, shr_u) in rows {
        for a in vectors() {
            for n in (-70..70).chain([i32::MIN, i32::MAX]) {
                let scale = 1i128 << n.rem_euclid(bits as i32);
                assert_eq!(shl(a, n), vector(bits, |i| unsigned(a, bits, i) * scale), "{bits} bits by {n}");
                assert_eq!(shr_s(a, n), vector(bits, |i| signed(a, bits, i).div_euclid(scale)));
                assert_eq!(shr_u(a, n), vector(bits, |i| unsigned(a, bits, i) / scale));
            }
        }
    }
}

#[test]
fn extensions() {
    type Row = (u32, Reading, fn(V128) -> V128, fn(V128) -> V128);
    let rows: [Row; 6] = [
        (8, signed, i16x8_extend_low_i8x16_s, i16x8_extend_high_i8x16_s),
        (8, unsigned, i16x8_extend_low_i8x16_u, i16x8_extend_high_i8x16_u),
        (16, signed, i32x4_extend_low_i16x8_s, i32x4_extend_high_i16x8_s),
        (16, unsigned, i32x4_extend_low_i16x8_u, i32x4_extend_high_i16x8_u),
        (32, signed, i64x2_extend_low_i32x4_s, i64x2_extend_high_i32x4_s),
        (32, unsigned, i64x2_extend_low_i32x4_u, i64x2_extend_high_i32x4_u),
    ];
    for (bits, read, low, high) in rows {
        let half = 64 / bits as usize;
        for a in vectors() {
            assert_eq!(low(a), vector(2 * bits, |i| read(a, bits, i)));
            assert_eq!(high(a), vector(2 * bits, |i| read(a, bits, i + half)));
        }
    }
}

#[test]
fn widening_products() {
    let rows: [(u32, Reading, Binary, Binary); 6] = [
        (8, signed, i16x8_extmul_low_i8x16_s, i16x8_extmul_high_i8x16_s),
        (8, unsigned, i16x8_extmul_low_i8x16_u, i16x8_extmul_high_i8x16_u),
        (16, signed, i32x4_extmul_low_i16x8_s, i32x4_extmul_high_i16x8_s),
        (16, unsigned, i32x4_extmul_low_i16x8_u, i32x4_extmul_high_i16x8_u),
        (32, signed, i64x2_extmul_low_i32x4_s, i64x2_extmul_high_i32x4_s),
        (32, unsigned, i64x2_extmul_low_i32x4_u, i64x2_extmul_high_i32x4_u),
    ];
    for (bits, read, low, high) in rows {
        let half = 64 / bits as usize;
        pairs(|a, b| {
            assert_eq!(low(a, b), vector(2 * bits, |i| read(a, bits, i) * read(b, bits, i)));
            let product = |i: usize| read(a, bits, i + half) * read(b, bits, i + half);
            assert_eq!(high(a, b), vector(2 * bits, product));
        });
    }
}

#[test]
fn sums_of_neighbours() {
    type Row = (u32, Reading, fn(V128) -> V128);
    let rows: [Row; 4] = [
        (8, signed, i16x8_extadd_pairwise_i8x16_s),
        (8, unsigned, i16x8_extadd_pairwise_i8x16_u),
        (16, signed, i32x4_extadd_pairwise_i16x8_s),
        (16, unsigned, i32x4_extadd_pairwise_i16x8_u),
    ];
    for (bits, read, operator) in rows {
        for a in vectors() {
            assert_eq!(operator(a), vector(2 * bits, |i| read(a, bits, 2 * i) + read(a, bits, 2 * i + 1)));
        }
    }
    pairs(|a, b| {
        let product = |i: usize| signed(a, 16, i) * signed(b, 16, i);
        assert_eq!(i32x4_dot_i16x8_s(a, b), vector(32, |i| product(2 * i) + product(2 * i + 1)));
    });
}

#[test]
fn narrowing() {
    let rows: [(u32, i128, i128, Binary); 4] = [
        (8, -128, 127, i8x16_narrow_i16x8_s),
        (8, 0, 255, i8x16_narrow_i16x8_u),
        (16, -32768, 32767, i16x8_narrow_i32x4_s),
        (16, 0, 65535, i16x8_narrow_i32x4_u),
    ];
    for (bits, low, high, operator) in rows {
        let half = 64 / bits as usize;
        pairs(|a, b| {
            let lane = |i: usize| {
                if i < half { signed(a, 2 * bits, i) } else { signed(b, 2 * bits, i - half) }
            };
            assert_eq!(operator(a, b), vector(bits, |i| saturate(lane(i), low, high)));
        });
    }
}
