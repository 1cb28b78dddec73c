//! Whether a result is what a script expects.
//!
//! In: a value and a pattern. Out: yes or no. Floats are compared by their bits, except that a pattern may mean
//! any canonical or any arithmetic NaN.

use ringzero::{ExternRef, Store, V128, Val};
use wast::core::{NanPattern, V128Pattern, WastRetCore};
use wast::token::{F32, F64};

/// Whether `actual` is one of the values that `expected` means.
pub(super) fn matches(store: &Store<()>, actual: &Val, expected: &WastRetCore<'_>) -> bool {
    match (actual, expected) {
        (Val::I32(actual), WastRetCore::I32(expected)) => actual == expected,
        (Val::I64(actual), WastRetCore::I64(expected)) => actual == expected,
        (Val::F32(actual), WastRetCore::F32(expected)) => float32(*actual, expected),
        (Val::F64(actual), WastRetCore::F64(expected)) => float64(*actual, expected),
        (Val::V128(actual), WastRetCore::V128(expected)) => vector(*actual, expected),
        (Val::FuncRef(None) | Val::ExternRef(None), WastRetCore::RefNull(_)) => true,
        (Val::FuncRef(Some(_)), WastRetCore::RefFunc(_)) => true,
        (Val::ExternRef(Some(_)), WastRetCore::RefExtern(None)) => true,
        (Val::ExternRef(Some(actual)), WastRetCore::RefExtern(Some(number))) => holds(store, actual, *number),
        (_, WastRetCore::Either(choices)) => choices.iter().any(|choice| matches(store, actual, choice)),
        _ => false,
    }
}

/// Whether a host value is the number that a script passed in.
fn holds(store: &Store<()>, reference: &ExternRef, number: u32) -> bool {
    reference.data(store).is_ok_and(|value| value.downcast_ref::<u32>() == Some(&number))
}

fn float32(bits: u32, pattern: &NanPattern<F32>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(value) => bits == value.bits,
    }
}

fn float64(bits: u64, pattern: &NanPattern<F64>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(value) => bits == value.bits,
    }
}

fn vector(actual: V128, pattern: &V128Pattern) -> bool {
    let bits = actual.to_bits();
    let lane = |index: usize, width: u32| bits >> (index as u32 * width);
    match pattern {
        V128Pattern::I8x16(lanes) => {
            lanes.iter().enumerate().all(|(i, l)| (lane(i, 8) as u8).cast_signed() == *l)
        }
        V128Pattern::I16x8(lanes) => {
            lanes.iter().enumerate().all(|(i, l)| (lane(i, 16) as u16).cast_signed() == *l)
        }
        V128Pattern::I32x4(lanes) => {
            lanes.iter().enumerate().all(|(i, l)| (lane(i, 32) as u32).cast_signed() == *l)
        }
        V128Pattern::I64x2(lanes) => {
            lanes.iter().enumerate().all(|(i, l)| (lane(i, 64) as u64).cast_signed() == *l)
        }
        V128Pattern::F32x4(lanes) => lanes.iter().enumerate().all(|(i, l)| float32(lane(i, 32) as u32, l)),
        V128Pattern::F64x2(lanes) => lanes.iter().enumerate().all(|(i, l)| float64(lane(i, 64) as u64, l)),
    }
}

#[test]
fn a_nan_is_canonical_or_arithmetic() {
    let quiet = f32::NAN.to_bits() & 0x7fff_ffff;
    assert!(float32(quiet, &NanPattern::CanonicalNan));
    assert!(float32(quiet | 0x8000_0000, &NanPattern::CanonicalNan));
    assert!(!float32(quiet | 1, &NanPattern::CanonicalNan));
    assert!(float32(quiet | 1, &NanPattern::ArithmeticNan));
    assert!(!float32(0x7f80_0001, &NanPattern::ArithmeticNan));
    assert!(!float64(f64::INFINITY.to_bits(), &NanPattern::ArithmeticNan));
}
