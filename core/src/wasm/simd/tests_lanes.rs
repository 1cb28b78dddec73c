//! Operators that move lanes and bits, beside the same moves on the 128 bits as one number; and the vector value.

extern crate std;

use std::format;

use super::tests::{pairs, signed, unsigned, vector, vectors};
use super::*;
use crate::wasm::V128;

#[test]
fn views_agree_with_the_number() {
    for v in vectors() {
        let bytes: [u8; 16] = v.into();
        assert_eq!(bytes, v.to_bits().to_le_bytes());
        assert_eq!(bytes, v.to_bytes());
        assert_eq!(V128::from(bytes), v);
        assert_eq!(V128::from(u128::from(v)), v);
        assert_eq!(vector(8, |i| <[i8; 16]>::from(v)[i].into()), v);
        assert_eq!(vector(16, |i| <[u16; 8]>::from(v)[i].into()), v);
        assert_eq!(vector(16, |i| <[i16; 8]>::from(v)[i].into()), v);
        assert_eq!(vector(32, |i| <[u32; 4]>::from(v)[i].into()), v);
        assert_eq!(vector(32, |i| <[f32; 4]>::from(v)[i].to_bits().into()), v);
        assert_eq!(vector(64, |i| <[i64; 2]>::from(v)[i].into()), v);
        assert_eq!(vector(64, |i| <[f64; 2]>::from(v)[i].to_bits().into()), v);
        assert_eq!(V128::from(<[f32; 4]>::from(v)), v);
        assert_eq!(V128::from(<[f64; 2]>::from(v)), v);
        assert_eq!(V128::from(<[i32; 4]>::from(v)), v);
        assert_eq!(V128::from(<[u64; 2]>::from(v)), v);
    }
    assert_eq!(V128::default(), V128::ZERO);
    assert_eq!(format!("{:?}", V128::from_bits(0xab)), "V128(0x000000000000000000000000000000ab)");
}

#[test]
fn splats() {
    for x in [0, 1, -1, 0x7f80_1234, i32::MIN] {
        assert_eq!(i8x16_splat(x), vector(8, |_| x.into()));
        assert_eq!(i16x8_splat(x), vector(16, |_| x.into()));
        assert_eq!(i32x4_splat(x), vector(32, |_| x.into()));
        assert_eq!(f32x4_splat(f32::from_bits(x as u32)), vector(32, |_| x.into()));
        let wide = i64::from(x).rotate_left(24);
        assert_eq!(i64x2_splat(wide), vector(64, |_| wide.into()));
        assert_eq!(f64x2_splat(f64::from_bits(wide as u64)), vector(64, |_| wide.into()));
    }
}

#[test]
fn single_lanes() {
    for v in vectors() {
        for lane in 0..16_u8 {
            let i = usize::from(lane);
            assert_eq!(i128::from(i8x16_extract_lane_s(v, lane)), signed(v, 8, i));
            assert_eq!(i128::from(i8x16_extract_lane_u(v, lane)), unsigned(v, 8, i));
            let replaced = vector(8, |at| if at == i { 0x5a } else { unsigned(v, 8, at) });
            assert_eq!(i8x16_replace_lane(v, lane, -0x1_00a6), replaced);
        }
        for lane in 0..8_u8 {
            let i = usize::from(lane);
            assert_eq!(i128::from(i16x8_extract_lane_s(v, lane)), signed(v, 16, i));
            assert_eq!(i128::from(i16x8_extract_lane_u(v, lane)), unsigned(v, 16, i));
            let replaced = vector(16, |at| if at == i { 0x55aa } else { unsigned(v, 16, at) });
            assert_eq!(i16x8_replace_lane(v, lane, 0x7777_55aa), replaced);
        }
        for lane in 0..4_u8 {
            let i = usize::from(lane);
            assert_eq!(i128::from(i32x4_extract_lane(v, lane)), signed(v, 32, i));
            assert_eq!(i128::from(f32x4_extract_lane(v, lane).to_bits()), unsigned(v, 32, i));
            // A signalling NaN is moved as it is.
            let replaced = vector(32, |at| if at == i { 0x7f80_0001 } else { unsigned(v, 32, at) });
            assert_eq!(i32x4_replace_lane(v, lane, 0x7f80_0001), replaced);
            assert_eq!(f32x4_replace_lane(v, lane, f32::from_bits(0x7f80_0001)), replaced);
        }
        for lane in 0..2_u8 {
            let i = usize::from(lane);
            assert_eq!(i128::from(i64x2_extract_lane(v, lane)), signed(v, 64, i));
            assert_eq!(i128::from(f64x2_extract_lane(v, lane).to_bits()), unsigned(v, 64, i));
            let bits = 0x7ff0_0000_0000_0001_i64;
            let replaced = vector(64, |at| if at == i { bits.into() } else { unsigned(v, 64, at) });
            assert_eq!(i64x2_replace_lane(v, lane, bits), replaced);
            assert_eq!(f64x2_replace_lane(v, lane, f64::from_bits(bits as u64)), replaced);
        }
    }
}

#[test]
fn shuffles() {
    let a = vector(8, |i| i as i128 + 100);
    let b = vector(8, |i| i as i128 + 116);
    pairs(|v, s| {
        let lanes = s.to_bytes().map(|lane| lane % 32);
        assert_eq!(i8x16_shuffle(a, b, lanes), vector(8, |i| i128::from(lanes[i]) + 100));
        let picked = |i: usize| {
            let lane = unsigned(s, 8, i) as usize;
            if lane < 16 { unsigned(v, 8, lane) } else { 0 }
        };
        assert_eq!(i8x16_swizzle(v, s), vector(8, picked));
        assert_eq!(i8x16_relaxed_swizzle(v, s), vector(8, picked));
    });
    let edges = V128::from([0_u8, 15, 16, 17, 31, 32, 127, 128, 255, 14, 1, 0, 0, 0, 0, 0]);
    let expected: [u8; 16] = [100, 115, 0, 0, 0, 0, 0, 0, 0, 114, 101, 100, 100, 100, 100, 100];
    assert_eq!(i8x16_swizzle(a, edges), expected.into());
}

#[test]
fn bitwise() {
    pairs(|a, b| {
        let (x, y) = (a.to_bits(), b.to_bits());
        assert_eq!(v128_not(a).to_bits(), !x);
        assert_eq!(v128_and(a, b).to_bits(), x & y);
        assert_eq!(v128_andnot(a, b).to_bits(), x & !y);
        assert_eq!(v128_or(a, b).to_bits(), x | y);
        assert_eq!(v128_xor(a, b).to_bits(), x ^ y);
        let c = i64x2_add(a, b);
        let selected = y ^ ((x ^ y) & c.to_bits());
        assert_eq!(v128_bitselect(a, b, c).to_bits(), selected);
        for relaxed in [
            i8x16_relaxed_laneselect,
            i16x8_relaxed_laneselect,
            i32x4_relaxed_laneselect,
            i64x2_relaxed_laneselect,
        ] {
            assert_eq!(relaxed(a, b, c).to_bits(), selected);
        }
    });
}

#[test]
fn reductions() {
    type Row = (u32, fn(V128) -> bool, fn(V128) -> i32);
    let rows: [Row; 4] = [
        (8, i8x16_all_true, i8x16_bitmask),
        (16, i16x8_all_true, i16x8_bitmask),
        (32, i32x4_all_true, i32x4_bitmask),
        (64, i64x2_all_true, i64x2_bitmask),
    ];
    let single_bits = (0..128).map(|bit| V128::from_bits(1 << bit));
    let holes = (0..16).map(|byte| V128::from_bits(!(0xff << (8 * byte))));
    let others = vectors().into_iter().chain([V128::ZERO, v128_not(V128::ZERO)]);
    for v in single_bits.chain(holes).chain(others) {
        assert_eq!(v128_any_true(v), v.to_bits() != 0);
        for (bits, all_true, bitmask) in rows {
            let lanes = (128 / bits) as usize;
            assert_eq!(all_true(v), (0..lanes).all(|i| unsigned(v, bits, i) != 0), "{bits} bits: {v:?}");
            let expected: i32 = (0..lanes).map(|i| i32::from(signed(v, bits, i) < 0) << i).sum();
            assert_eq!(bitmask(v), expected, "{bits} bits: {v:?}");
        }
    }
}

#[test]
fn loads() {
    for v in vectors() {
        let bytes = v.to_bytes();
        let (Some(eight), Some(four)) = (bytes.first_chunk::<8>(), bytes.first_chunk::<4>()) else {
            panic!("sixteen bytes hold eight");
        };
        assert_eq!(v128_load8x8_s(eight), vector(16, |i| signed(v, 8, i)));
        assert_eq!(v128_load8x8_u(eight), vector(16, |i| unsigned(v, 8, i)));
        assert_eq!(v128_load16x4_s(eight), vector(32, |i| signed(v, 16, i)));
        assert_eq!(v128_load16x4_u(eight), vector(32, |i| unsigned(v, 16, i)));
        assert_eq!(v128_load32x2_s(eight), vector(64, |i| signed(v, 32, i)));
        assert_eq!(v128_load32x2_u(eight), vector(64, |i| unsigned(v, 32, i)));
        assert_eq!(v128_load32_zero(four).to_bits(), v.to_bits() & 0xffff_ffff);
        assert_eq!(v128_load64_zero(eight).to_bits(), v.to_bits() & u128::from(u64::MAX));
    }
}
