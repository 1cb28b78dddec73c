//! Does a value match what the script expects?
//!
//! In: the values of a call, and the patterns of an assertion. Out: yes, or one line that says what differs.

use alloc::format;
use alloc::string::String;

use ringzero::{AsContext, V128, Val};

use super::step::{Float, Pattern};

/// Whether the results match the expectations, one for one.
pub(super) fn results(store: impl AsContext, actual: &[Val], expected: &[Pattern]) -> Result<(), String> {
    if actual.len() != expected.len() {
        return Err(format!("{} results where {} are expected", actual.len(), expected.len()));
    }
    for (value, pattern) in actual.iter().zip(expected) {
        if !matches(&store, value, pattern) {
            return Err(format!("result {value:?} where {pattern:?} is expected"));
        }
    }
    Ok(())
}

fn matches(store: &impl AsContext, value: &Val, pattern: &Pattern) -> bool {
    match (value, pattern) {
        (value, Pattern::Either(patterns)) => patterns.iter().any(|p| matches(store, value, p)),
        (Val::I32(v), Pattern::I32(p)) => v == p,
        (Val::I64(v), Pattern::I64(p)) => v == p,
        (Val::F32(v), Pattern::F32(p)) => f32_matches(*v, *p),
        (Val::F64(v), Pattern::F64(p)) => f64_matches(*v, *p),
        (Val::V128(v), Pattern::V128(p)) => *v == V128::from_bytes(*p),
        (Val::V128(v), Pattern::F32x4(p)) => (0..4).all(|n| f32_matches(lane(*v, 32, n) as u32, p[n])),
        (Val::V128(v), Pattern::F64x2(p)) => (0..2).all(|n| f64_matches(lane(*v, 64, n), p[n])),
        (Val::FuncRef(None) | Val::ExternRef(None), Pattern::Null) => true,
        (Val::FuncRef(Some(_)), Pattern::AnyFunc) => true,
        (Val::ExternRef(Some(_)), Pattern::AnyExtern) => true,
        (Val::ExternRef(Some(r)), Pattern::Extern(n)) => {
            r.data(store).is_ok_and(|data| data.downcast_ref::<u32>() == Some(n))
        }
        _ => false,
    }
}

fn lane(value: V128, width: usize, n: usize) -> u64 {
    (value.to_bits() >> (width * n)) as u64 & (u64::MAX >> (64 - width))
}

fn f32_matches(bits: u32, pattern: Float<u32>) -> bool {
    match pattern {
        Float::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
        Float::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
        Float::Value(v) => bits == v,
    }
}

fn f64_matches(bits: u64, pattern: Float<u64>) -> bool {
    match pattern {
        Float::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        Float::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        Float::Value(v) => bits == v,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_patterns_tell_canonical_from_arithmetic() {
        for (bits, is_canonical, is_arithmetic) in [
            (0x7fc0_0000, true, true),
            (0xffc0_0000, true, true),
            (0x7fc0_0001, false, true),
            (0x7f80_0001, false, false),
        ] {
            assert_eq!(f32_matches(bits, Float::CanonicalNan), is_canonical, "{bits:x}");
            assert_eq!(f32_matches(bits, Float::ArithmeticNan), is_arithmetic, "{bits:x}");
        }
        assert!(!f32_matches(f32::INFINITY.to_bits(), Float::ArithmeticNan));
        assert!(f64_matches(0xfff8_0000_0000_0000, Float::CanonicalNan));
        assert!(!f64_matches(0x7ff0_0000_0000_0001, Float::ArithmeticNan));
    }

    #[test]
    fn lanes_are_counted_from_the_low_end() {
        let v = V128::from_bits(0x0004_0003_0002_0001_ffff_0007_0006_0005);
        assert_eq!((lane(v, 32, 0), lane(v, 32, 3)), (0x0006_0005, 0x0004_0003));
        assert_eq!(lane(v, 64, 1), 0x0004_0003_0002_0001);
    }
}
