//! Values as words: what a person types for a parameter and reads as a result.
//!
//! In: a type and a word, or a value. Out: the other. Integers are signed or unsigned, decimal or hexadecimal;
//! floats as Rust reads them, with `inf` and `nan`; vectors are 128-bit numbers; references only `null`.

use ringzero::{V128, Val, ValType};

/// The value that `word` means as a `ty`.
pub(crate) fn parse(ty: ValType, word: &str) -> Result<Val, String> {
    let wrong = || format!("not of type {ty}");
    match ty {
        ValType::I32 => integer(word, 32).map(|bits| Val::I32((bits as u32).cast_signed())).ok_or_else(wrong),
        ValType::I64 => integer(word, 64).map(|bits| Val::I64((bits as u64).cast_signed())).ok_or_else(wrong),
        ValType::F32 => word.parse().map(|value: f32| Val::F32(value.to_bits())).map_err(|_| wrong()),
        ValType::F64 => word.parse().map(|value: f64| Val::F64(value.to_bits())).map_err(|_| wrong()),
        ValType::V128 => integer(word, 128).map(|bits| Val::V128(V128::from_bits(bits))).ok_or_else(wrong),
        ValType::Ref(_) if word == "null" => Ok(Val::default_for_ty(ty)),
        ValType::Ref(_) => Err("only `null` can be written for a reference".to_owned()),
    }
}

/// An integer of so many bits, signed or unsigned, as its bit pattern.
fn integer(word: &str, bits: u32) -> Option<u128> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word),
    };
    let magnitude = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if !hex.starts_with('+') => u128::from_str_radix(hex, 16).ok()?,
        None if !digits.starts_with('+') => digits.parse().ok()?,
        _ => return None,
    };
    let mask = u128::MAX >> (128 - bits);
    let limit = if negative { 1 << (bits - 1) } else { mask };
    if magnitude > limit {
        return None;
    }
    Some(if negative { magnitude.wrapping_neg() & mask } else { magnitude })
}

/// The value in words that [`parse`] reads back, where there are such words.
pub(crate) fn show(value: &Val) -> String {
    match value {
        Val::I32(value) => value.to_string(),
        Val::I64(value) => value.to_string(),
        Val::F32(bits) => f32::from_bits(*bits).to_string(),
        Val::F64(bits) => f64::from_bits(*bits).to_string(),
        Val::V128(value) => format!("{:#034x}", value.to_bits()),
        Val::FuncRef(None) | Val::ExternRef(None) => "null".to_owned(),
        Val::FuncRef(Some(_)) => "funcref".to_owned(),
        Val::ExternRef(Some(_)) => "externref".to_owned(),
        _ => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_signed_or_unsigned() {
        assert_eq!(integer("-1", 32), Some(0xffff_ffff));
        assert_eq!(integer("4294967295", 32), Some(0xffff_ffff));
        assert_eq!(integer("-0x80000000", 32), Some(0x8000_0000));
        assert_eq!(integer("0xffffffffffffffff", 64), Some(u128::from(u64::MAX)));
        assert_eq!(integer(&u128::MAX.to_string(), 128), Some(u128::MAX));
        for wrong in ["", "-", "4294967296", "-2147483649", "0x", "1.5", "--1", "0x-1", "+1"] {
            assert_eq!(integer(wrong, 32), None, "{wrong}");
        }
    }

    #[test]
    fn values_come_back() {
        for (ty, word) in [
            (ValType::I32, "-7"),
            (ValType::I64, "9223372036854775807"),
            (ValType::F32, "1.5"),
            (ValType::F64, "-0"),
            (ValType::F64, "inf"),
            (ValType::F64, "NaN"),
            (ValType::V128, "0x000102030405060708090a0b0c0d0e0f"),
            (ValType::EXTERNREF, "null"),
        ] {
            assert_eq!(show(&parse(ty, word).expect("parses")), word);
        }
        assert!(parse(ValType::FUNCREF, "f").is_err());
    }
}
