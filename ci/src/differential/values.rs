//! Values that mean the same in every runtime, and where arguments come from.
//!
//! In: ringzero's types; a number. Out: [`Value`]s, the same for the same number; a hash of bytes.

use crate::fuzz::random::Random;
use ringzero::{HeapType, ValType};

/// A value. Floats are their bits; of a function's reference only whether it is null can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// `i32`
    I32(u32),
    /// `i64`
    I64(u64),
    /// `f32`
    F32(u32),
    /// `f64`
    F64(u64),
    /// `v128`
    V128(u128),
    /// `funcref`: whether there is one.
    Func(bool),
    /// `externref`: the number that the host put in, if there is one.
    Extern(Option<u32>),
}

/// A type of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `v128`
    V128,
    /// `funcref`
    Func,
    /// `externref`
    Extern,
}

impl From<ValType> for Kind {
    fn from(ty: ValType) -> Self {
        match ty {
            ValType::I32 => Self::I32,
            ValType::I64 => Self::I64,
            ValType::F32 => Self::F32,
            ValType::F64 => Self::F64,
            ValType::V128 => Self::V128,
            ValType::Ref(ty) if ty.heap_type() == HeapType::Func => Self::Func,
            ValType::Ref(_) => Self::Extern,
        }
    }
}

/// Where integers wrap, shifts end and conversions fail.
const EDGES: [u64; 16] = [
    0,
    1,
    2,
    31,
    32,
    64,
    0x7f,
    0xff80,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    u64::MAX,
];

/// Zeros, numbers around the limits of integers, halves, infinities, a subnormal and the canonical NaN.
const FLOATS: [f64; 14] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -2.5,
    1e-40,
    2_147_483_648.0,
    -2_147_483_649.0,
    4_294_967_296.0,
    9.3e18,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// Values of these types for a number.
pub fn values(number: u64, kinds: impl IntoIterator<Item = Kind>) -> Vec<Value> {
    let mut random = Random::new(number);
    kinds.into_iter().map(|kind| value(&mut random, kind)).collect()
}

fn value(random: &mut Random, kind: Kind) -> Value {
    match kind {
        Kind::I32 => Value::I32(integer(random) as u32),
        Kind::I64 => Value::I64(integer(random)),
        Kind::F32 => Value::F32(float32(random)),
        Kind::F64 => Value::F64(float64(random)),
        Kind::V128 => {
            let mut half = || if random.below(2) == 0 { random.next() } else { integer(random) };
            Value::V128(u128::from(half()) << 64 | u128::from(half()))
        }
        Kind::Func => Value::Func(false),
        Kind::Extern => Value::Extern((random.below(2) == 0).then(|| random.below(1000) as u32)),
    }
}

fn integer(random: &mut Random) -> u64 {
    match random.below(4) {
        0 => random.next(),
        1 => random.below(256) as u64,
        2 => (random.below(256) as u64).wrapping_neg(),
        _ => EDGES[random.below(EDGES.len())],
    }
}

// Any NaN but the canonical one is left out: operators may answer it with another.
fn float32(random: &mut Random) -> u32 {
    let bits = random.next() as u32;
    let float = if random.below(2) == 0 { f32::from_bits(bits) } else { FLOATS[random.below(14)] as f32 };
    if float.is_nan() { 0x7fc0_0000 } else { float.to_bits() }
}

fn float64(random: &mut Random) -> u64 {
    let bits = random.next();
    let float = if random.below(2) == 0 { f64::from_bits(bits) } else { FLOATS[random.below(14)] };
    if float.is_nan() { 0x7ff8 << 48 } else { float.to_bits() }
}

/// A hash of a memory: four lanes, so that a large one costs little.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut lanes = [1u64, 2, 3, bytes.len() as u64];
    let mut blocks = bytes.chunks_exact(32);
    for block in &mut blocks {
        for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
            *lane = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR).rotate_left(29);
        }
    }
    for (at, byte) in blocks.remainder().iter().enumerate() {
        lanes[at % 4] = (lanes[at % 4] ^ u64::from(*byte)).wrapping_mul(FACTOR).rotate_left(29);
    }
    lanes.into_iter().fold(0, mix)
}

/// A hash so far and one more number.
pub fn mix(hash: u64, number: u64) -> u64 {
    Random::new(hash.rotate_left(7) ^ number).next()
}

/// A hash of values.
pub fn hash_values(values: &[Value]) -> u64 {
    values.iter().fold(values.len() as u64, |hash, value| match *value {
        Value::I32(v) | Value::F32(v) => mix(hash, u64::from(v)),
        Value::I64(v) | Value::F64(v) => mix(hash, v),
        Value::V128(v) => mix(mix(hash, v as u64), (v >> 64) as u64),
        Value::Func(v) => mix(hash, u64::from(v)),
        Value::Extern(v) => mix(hash, v.map_or(u64::MAX, u64::from)),
    })
}
