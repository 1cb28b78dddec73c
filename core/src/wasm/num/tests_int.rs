//! The integer operators beside exact arithmetic in 128 bits, on all pairs of edge values and random ones.

extern crate std;

use std::format;

use super::tests::{integers, unsigned, wrap};
use super::*;
use crate::wasm::Trap;

macro_rules! integer_tests {
    (
        $test:ident, $t:ident, $bits:literal,
        $add:ident $sub:ident $mul:ident $and:ident $or:ident $xor:ident
        $shl:ident $shr_s:ident $shr_u:ident $rotl:ident $rotr:ident
        $div_s:ident $div_u:ident $rem_s:ident $rem_u:ident
        $eq:ident $ne:ident $lt_s:ident $lt_u:ident $gt_s:ident $gt_u:ident $le_s:ident $le_u:ident
        $ge_s:ident $ge_u:ident $clz:ident $ctz:ident $popcnt:ident
    ) => {
        mod $test {
            use super::*;

            /// Every pair as given, exact signed, and exact unsigned.
            fn pairs(check: impl Fn($t, $t, [i128; 2], [i128; 2])) {
                let all = integers::<$t>($bits);
                for &a in &all {
                    for &b in &all {
                        let signed = [i128::from(a), i128::from(b)];
                        check(a, b, signed, signed.map(|x| unsigned(x, $bits)));
                    }
                }
            }

            #[test]
            fn arithmetic() {
                pairs(|a, b, [x, y], _| {
                    assert_eq!(i128::from($add(a, b)), wrap(x + y, $bits));
                    assert_eq!(i128::from($sub(a, b)), wrap(x - y, $bits));
                    assert_eq!(i128::from($mul(a, b)), wrap(x * y, $bits));
                    assert_eq!(i128::from($and(a, b)), x & y);
                    assert_eq!(i128::from($or(a, b)), x | y);
                    assert_eq!(i128::from($xor(a, b)), x ^ y);
                });
            }

            #[test]
            fn shifts() {
                pairs(|a, n, [x, y], [u, _]| {
                    let by = y.rem_euclid($bits);
                    let scale = 1i128 << by;
                    let turned = u as u128 * scale as u128;
                    let rotated = wrap((turned | (turned >> $bits)) as i128, $bits);
                    assert_eq!(i128::from($shl(a, n)), wrap(turned as i128, $bits));
                    assert_eq!(i128::from($shr_s(a, n)), x.div_euclid(scale));
                    assert_eq!(i128::from($shr_u(a, n)), wrap(u / scale, $bits));
                    assert_eq!(i128::from($rotl(a, n)), rotated);
                    assert_eq!($rotr($rotl(a, n), n), a);
                });
            }

            #[test]
            fn divisions() {
                pairs(|a, b, [x, y], [u, v]| {
                    if b == 0 {
                        for divide in [$div_s, $div_u, $rem_s, $rem_u] {
                            assert_eq!(divide(a, b), Err(Trap::IntegerDivisionByZero));
                        }
                        return;
                    }
                    let quotient = $t::try_from(x / y).map_err(|_| Trap::IntegerOverflow);
                    assert_eq!($div_s(a, b), quotient, "{a} / {b}");
                    assert_eq!($rem_s(a, b).map(i128::from), Ok(x % y));
                    assert_eq!($div_u(a, b).map(i128::from), Ok(wrap(u / v, $bits)));
                    assert_eq!($rem_u(a, b).map(i128::from), Ok(wrap(u % v, $bits)));
                });
                assert_eq!($div_s($t::MIN, -1), Err(Trap::IntegerOverflow));
                assert_eq!($rem_s($t::MIN, -1), Ok(0));
            }

            #[test]
            fn comparisons() {
                pairs(|a, b, [x, y], [u, v]| {
                    let signed = [$eq(a, b), $ne(a, b), $lt_s(a, b), $gt_s(a, b), $le_s(a, b), $ge_s(a, b)];
                    assert_eq!(signed, [x == y, x != y, x < y, x > y, x <= y, x >= y]);
                    let unsigned = [$lt_u(a, b), $gt_u(a, b), $le_u(a, b), $ge_u(a, b)];
                    assert_eq!(unsigned, [u < v, u > v, u <= v, u >= v]);
                });
            }

            #[test]
            fn counts() {
                for a in integers::<$t>($bits) {
                    let digits = format!("{a:0width$b}", width = $bits);
                    assert_eq!($clz(a) as usize, digits.find('1').unwrap_or($bits));
                    assert_eq!($ctz(a) as usize, digits.rfind('1').map_or($bits, |at| $bits - 1 - at));
                    assert_eq!($popcnt(a) as usize, digits.matches('1').count());
                }
            }
        }
    };
}

integer_tests! {
    i32_operators, i32, 32,
    i32_add i32_sub i32_mul i32_and i32_or i32_xor i32_shl i32_shr_s i32_shr_u i32_rotl i32_rotr
    i32_div_s i32_div_u i32_rem_s i32_rem_u
    i32_eq i32_ne i32_lt_s i32_lt_u i32_gt_s i32_gt_u i32_le_s i32_le_u i32_ge_s i32_ge_u
    i32_clz i32_ctz i32_popcnt
}

integer_tests! {
    i64_operators, i64, 64,
    i64_add i64_sub i64_mul i64_and i64_or i64_xor i64_shl i64_shr_s i64_shr_u i64_rotl i64_rotr
    i64_div_s i64_div_u i64_rem_s i64_rem_u
    i64_eq i64_ne i64_lt_s i64_lt_u i64_gt_s i64_gt_u i64_le_s i64_le_u i64_ge_s i64_ge_u
    i64_clz i64_ctz i64_popcnt
}
