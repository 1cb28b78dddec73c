//! Conversions and wide arithmetic beside independent formulations, and the integers that the tests here share.

extern crate std;

use std::format;
use std::hint::black_box;
use std::vec::Vec;

use super::tests_float::{f32_operators, f64_operators};
use super::*;
use crate::wasm::Trap;

/// Reproducible random bits.
pub(in crate::wasm) struct Xorshift(pub(in crate::wasm) u64);

impl Xorshift {
    pub(in crate::wasm) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

const RANDOM: usize = 300;

/// Edge values and random ones, of every magnitude.
pub(super) fn integers<T: TryFrom<i128>>(bits: u32) -> Vec<T> {
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    let mut all = Vec::new();
    for power in 0..bits {
        for offset in -2..=2 {
            all.push((1i128 << power) + offset);
            all.push(-(1i128 << power) + offset);
        }
    }
    for _ in 0..RANDOM {
        all.push(i128::from(random.next() as i64) >> (random.next() % 64));
    }
    all.into_iter().filter_map(|x| T::try_from(x).ok()).collect()
}

/// What `bits` bits hold of `x`, as a signed number.
pub(super) fn wrap(x: i128, bits: u32) -> i128 {
    (x << (128 - bits)) >> (128 - bits)
}

pub(super) fn unsigned(x: i128, bits: u32) -> i128 {
    x & ((1 << bits) - 1)
}

#[test]
fn widths_of_integers() {
    for a in integers::<i64>(64) {
        let x = i128::from(a);
        assert_eq!(i128::from(i64_extend8_s(a)), wrap(x, 8));
        assert_eq!(i128::from(i64_extend16_s(a)), wrap(x, 16));
        assert_eq!(i128::from(i64_extend32_s(a)), wrap(x, 32));
        assert_eq!(i128::from(i32_wrap_i64(a)), wrap(x, 32));
    }
    for a in integers::<i32>(32) {
        let x = i128::from(a);
        assert_eq!(i128::from(i32_extend8_s(a)), wrap(x, 8));
        assert_eq!(i128::from(i32_extend16_s(a)), wrap(x, 16));
        assert_eq!(i128::from(i64_extend_i32_s(a)), x);
        assert_eq!(i128::from(i64_extend_i32_u(a)), unsigned(x, 32));
    }
}

/// The sum of two pairs, by its carry.
fn add_with_carry(a: (i64, i64), b: (i64, i64)) -> (i64, i64) {
    let low = (a.0 as u64).wrapping_add(b.0 as u64);
    let carry = i64::from(low < a.0 as u64);
    (low as i64, a.1.wrapping_add(b.1).wrapping_add(carry))
}

/// The unsigned product, by hand in halves of 32 bits.
fn long_multiplication(a: u64, b: u64) -> (i64, i64) {
    let (a0, a1, b0, b1) = (a & 0xffff_ffff, a >> 32, b & 0xffff_ffff, b >> 32);
    let middle = ((a0 * b0) >> 32) + ((a1 * b0) & 0xffff_ffff) + ((a0 * b1) & 0xffff_ffff);
    let high = a1 * b1 + ((a1 * b0) >> 32) + ((a0 * b1) >> 32) + (middle >> 32);
    (a.wrapping_mul(b) as i64, high as i64)
}

#[test]
fn wide_arithmetic() {
    let all = integers::<i64>(64);
    let mut random = Xorshift(7);
    for &a in &all {
        for &b in &all {
            let (c, d) = (random.next() as i64, all[random.next() as usize % all.len()]);
            let sum = i64_add128(a, c, b, d);
            assert_eq!(sum, add_with_carry((a, c), (b, d)));
            assert_eq!(i64_sub128(sum.0, sum.1, b, d), (a, c));
            let (low, high) = long_multiplication(a as u64, b as u64);
            assert_eq!(i64_mul_wide_u(a, b), (low, high));
            let below_zero = (if a < 0 { b } else { 0 }).wrapping_add(if b < 0 { a } else { 0 });
            assert_eq!(i64_mul_wide_s(a, b), (low, high.wrapping_sub(below_zero)));
        }
    }
}

/// What truncating `a` gives in a range of integers: exactly, by clamping, and whether it is inside.
fn truncated(a: f64, low: i128, high: i128) -> (i128, Result<i128, Trap>) {
    if a.is_nan() {
        return (0, Err(Trap::BadConversionToInteger));
    }
    // Everything beyond 2^100 is beyond every range here.
    let exact = a.trunc().clamp(-(2f64.powi(100)), 2f64.powi(100)) as i128;
    let inside = (low..=high).contains(&exact);
    (exact.clamp(low, high), if inside { Ok(exact) } else { Err(Trap::IntegerOverflow) })
}

macro_rules! truncation_test {
    ($test:ident, $floats:path, $from:ident, $to:ident as $via:ident: $trunc:ident, $sat:ident) => {
        #[test]
        fn $test() {
            let (low, high) = (i128::from($via::MIN), i128::from($via::MAX));
            let mut all = $floats();
            for bound in [low, high] {
                for a in [bound as $from, (bound - 1) as $from, (bound + 1) as $from] {
                    all.extend([a, a.next_up(), a.next_down()]);
                }
            }
            for a in all {
                let (clamped, checked) = truncated(f64::from(a), low, high);
                assert_eq!(i128::from($sat(a) as $via), clamped, "{a}");
                assert_eq!($trunc(a).map(|x: $to| i128::from(x as $via)), checked, "{a}");
            }
        }
    };
}

truncation_test! { i32_from_f32_s, f32_operators::floats, f32, i32 as i32: i32_trunc_f32_s, i32_trunc_sat_f32_s }
truncation_test! { i32_from_f32_u, f32_operators::floats, f32, i32 as u32: i32_trunc_f32_u, i32_trunc_sat_f32_u }
truncation_test! { i32_from_f64_s, f64_operators::floats, f64, i32 as i32: i32_trunc_f64_s, i32_trunc_sat_f64_s }
truncation_test! { i32_from_f64_u, f64_operators::floats, f64, i32 as u32: i32_trunc_f64_u, i32_trunc_sat_f64_u }
truncation_test! { i64_from_f32_s, f32_operators::floats, f32, i64 as i64: i64_trunc_f32_s, i64_trunc_sat_f32_s }
truncation_test! { i64_from_f32_u, f32_operators::floats, f32, i64 as u64: i64_trunc_f32_u, i64_trunc_sat_f32_u }
truncation_test! { i64_from_f64_s, f64_operators::floats, f64, i64 as i64: i64_trunc_f64_s, i64_trunc_sat_f64_s }
truncation_test! { i64_from_f64_u, f64_operators::floats, f64, i64 as u64: i64_trunc_f64_u, i64_trunc_sat_f64_u }

/// `got` is the float nearest to `exact`, and the even one if two are equally near.
macro_rules! assert_nearest {
    ($got:expr, $exact:expr) => {{
        let (got, exact) = ($got, $exact);
        let distance = (got as i128 - exact).abs();
        for neighbour in [got.next_up(), got.next_down()] {
            let other = (neighbour as i128 - exact).abs();
            // Between small integers the neighbours are fractions, which the cast cuts off.
            if neighbour.fract() == 0.0 {
                assert!(
                    distance < other || (distance == other && got.to_bits() % 2 == 0),
                    "{got} for {exact}"
                );
            } else {
                assert_eq!(distance, 0, "{got} for {exact}");
            }
        }
    }};
}

#[test]
fn floats_from_integers() {
    for a in integers::<i64>(64) {
        let x = i128::from(a);
        assert_nearest!(f32_convert_i64_s(a), x);
        assert_nearest!(f64_convert_i64_s(a), x);
        assert_nearest!(f32_convert_i64_u(a), unsigned(x, 64));
        assert_nearest!(f64_convert_i64_u(a), unsigned(x, 64));
    }
    for a in integers::<i32>(32) {
        let x = i128::from(a);
        assert_nearest!(f32_convert_i32_s(a), x);
        assert_nearest!(f64_convert_i32_s(a), x);
        assert_nearest!(f32_convert_i32_u(a), unsigned(x, 32));
        assert_nearest!(f64_convert_i32_u(a), unsigned(x, 32));
    }
}

#[test]
fn widths_of_floats() {
    let rows: [(u64, u32); 10] = [
        (0x3ff0_0000_1000_0000, 0x3f80_0000), // 1 + half a unit: a tie, to even
        (0x3ff0_0000_1000_0001, 0x3f80_0001), // just above it
        (0x3ff0_0000_3000_0000, 0x3f80_0002), // 1 + one unit and a half: a tie, to even
        (0x47ef_ffff_efff_ffff, 0x7f7f_ffff), // just below the tie with infinity
        (0x47ef_ffff_f000_0000, 0x7f80_0000), // that tie
        (0x36a0_0000_0000_0000, 0x0000_0001), // the least subnormal
        (0x3690_0000_0000_0000, 0x0000_0000), // half of it: a tie, to even
        (0x3690_0000_0000_0001, 0x0000_0001),
        (0x8000_0000_0000_0000, 0x8000_0000),
        (0xfff0_0000_0000_0000, 0xff80_0000),
    ];
    for (wide, narrow) in rows {
        assert_eq!(f32_demote_f64(f64::from_bits(wide)).to_bits(), narrow, "{wide:#x}");
    }
    for a in f32_operators::floats() {
        let wide = f64_promote_f32(a);
        // Two casts seen together would be taken for none, and none would leave a signalling NaN.
        let back = f32_demote_f64(black_box(wide));
        if a.is_nan() {
            assert!(wide.is_nan() && wide.to_bits() & (1 << 51) != 0);
            assert!(back.is_nan() && back.to_bits() & (1 << 22) != 0);
        } else {
            assert_eq!(format!("{wide:e}").parse::<f32>().map(f32::to_bits), Ok(a.to_bits()));
            assert_eq!(back.to_bits(), a.to_bits());
        }
    }
}

#[test]
fn reinterpretations_keep_signalling_nans() {
    for bits in [0x7f80_0001_u32, 0xffbf_ffff, 0x8000_0000, 1] {
        assert_eq!(i32_reinterpret_f32(f32_reinterpret_i32(bits as i32)), bits as i32);
    }
    for bits in [0x7ff0_0000_0000_0001_u64, 0xfff7_ffff_ffff_ffff, 1] {
        assert_eq!(i64_reinterpret_f64(f64_reinterpret_i64(bits as i64)), bits as i64);
    }
}
