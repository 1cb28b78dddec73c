//! The float operators beside the host's own functions, on edge values of every exponent, NaNs of both kinds and
//! random bits.

extern crate std;

use std::vec::Vec;

use super::tests::Xorshift;
use super::*;

const RANDOM: usize = 300;

macro_rules! float_tests {
    (
        $test:ident, $t:ident, $bits:ident, fraction $fraction:literal, canonical $canonical:literal,
        $add:ident $sub:ident $mul:ident $div:ident $min:ident $max:ident $copysign:ident
        $abs:ident $neg:ident $sqrt:ident $ceil:ident $floor:ident $trunc:ident $nearest:ident
        $eq:ident $ne:ident $lt:ident $gt:ident $le:ident $ge:ident $canonicalize:ident
    ) => {
        pub(super) mod $test {
            use super::*;

            const SIGN: $bits = 1 << ($bits::BITS - 1);
            const QUIET: $bits = 1 << ($fraction - 1);

            /// Halves, integers and their neighbours around every power of two; the subnormals' ends,
            /// infinities, NaNs of both kinds; and random bits.
            pub(in super::super) fn floats() -> Vec<$t> {
                let infinity = $t::INFINITY.to_bits();
                let mut all: Vec<$bits> = (0..4).collect();
                all.extend([infinity, infinity | 1, infinity | QUIET, infinity | QUIET | 5, SIGN - 1]);
                for exponent in 0..infinity >> $fraction {
                    let power = exponent << $fraction;
                    all.extend([power, power + 1, power.saturating_sub(1), power | QUIET]);
                }
                for tenths in 0..200u8 {
                    all.push(($t::from(tenths) / 10.0).to_bits());
                    all.push(($t::from(tenths) / 2.0).to_bits());
                }
                let mut random = Xorshift(3);
                all.extend((0..RANDOM).map(|_| random.next() as $bits));
                all.iter().flat_map(|&bits| [bits, bits ^ SIGN]).map($t::from_bits).collect()
            }

            /// Some of them, so that all pairs are not too many.
            fn pairs(check: impl Fn($t, $t)) {
                let all = floats();
                let edges = [0.0, -0.0, 1.0, -1.5, $t::INFINITY, -$t::INFINITY, $t::MAX, $t::from_bits(1)];
                let nans = [$canonical, $canonical | SIGN | 1, $t::INFINITY.to_bits() | 1];
                let few: Vec<$t> = edges
                    .into_iter()
                    .chain(nans.map($t::from_bits))
                    .chain(all.iter().copied().step_by(41))
                    .collect();
                for &a in &all {
                    for &b in &few {
                        check(a, b);
                        check(b, a);
                    }
                }
            }

            /// The same bits, or a quiet NaN where a NaN is due.
            #[track_caller]
            fn same(got: $t, expected: $t) {
                if expected.is_nan() {
                    assert!(
                        got.is_nan() && got.to_bits() & QUIET != 0,
                        "{:#x} is no quiet NaN",
                        got.to_bits()
                    );
                } else {
                    assert_eq!(got.to_bits(), expected.to_bits(), "{got} is not {expected}");
                }
            }

            #[test]
            fn arithmetic() {
                pairs(|a, b| {
                    same($add(a, b), a + b);
                    same($sub(a, b), a - b);
                    same($mul(a, b), a * b);
                    same($div(a, b), a / b);
                });
            }

            #[test]
            fn extremes() {
                pairs(|a, b| {
                    let (mut least, mut most) = if a.total_cmp(&b).is_le() { (a, b) } else { (b, a) };
                    if a.is_nan() || b.is_nan() {
                        (least, most) = ($t::NAN, $t::NAN);
                    }
                    same($min(a, b), least);
                    same($max(a, b), most);
                });
                same($min(0.0, -0.0), -0.0);
                same($max(-0.0, 0.0), 0.0);
            }

            #[test]
            fn rounding() {
                for a in floats() {
                    same($ceil(a), a.ceil());
                    same($floor(a), a.floor());
                    same($trunc(a), a.trunc());
                    same($nearest(a), a.round_ties_even());
                    same($sqrt(a), a.sqrt());
                }
                same($nearest(-0.5), -0.0);
                same($nearest(2.5), 2.0);
                same($ceil(-0.9), -0.0);
                same($trunc(-0.9), -0.0);
                same($floor(-0.0), -0.0);
            }

            #[test]
            fn signs() {
                pairs(|a, b| {
                    let (x, y) = (a.to_bits(), b.to_bits());
                    assert_eq!($abs(a).to_bits(), x & !SIGN);
                    assert_eq!($neg(a).to_bits(), x ^ SIGN);
                    assert_eq!($copysign(a, b).to_bits(), (x & !SIGN) | (y & SIGN));
                });
            }

            #[test]
            fn comparisons() {
                pairs(|a, b| {
                    let order = a.partial_cmp(&b);
                    let got = [$eq(a, b), $ne(a, b), $lt(a, b), $gt(a, b), $le(a, b), $ge(a, b)];
                    let expected = match order.map(|order| order as i8) {
                        None => [false, true, false, false, false, false],
                        Some(-1) => [false, true, true, false, true, false],
                        Some(0) => [true, false, false, false, true, true],
                        Some(_) => [false, true, false, true, false, true],
                    };
                    assert_eq!(got, expected, "{a} {b}");
                });
            }

            #[test]
            fn canonical_nans() {
                for a in floats() {
                    let expected = if a.is_nan() { $canonical } else { a.to_bits() };
                    assert_eq!($canonicalize(a).to_bits(), expected);
                }
            }
        }
    };
}

float_tests! {
    f32_operators, f32, u32, fraction 23, canonical 0x7fc0_0000,
    f32_add f32_sub f32_mul f32_div f32_min f32_max f32_copysign
    f32_abs f32_neg f32_sqrt f32_ceil f32_floor f32_trunc f32_nearest
    f32_eq f32_ne f32_lt f32_gt f32_le f32_ge canonicalize_f32
}

float_tests! {
    f64_operators, f64, u64, fraction 52, canonical 0x7ff8_0000_0000_0000,
    f64_add f64_sub f64_mul f64_div f64_min f64_max f64_copysign
    f64_abs f64_neg f64_sqrt f64_ceil f64_floor f64_trunc f64_nearest
    f64_eq f64_ne f64_lt f64_gt f64_le f64_ge canonicalize_f64
}
