//! The 128-bit vector value and its views as lanes.
//!
//! In: lanes, bytes or a number. Out: [`V128`], one plain value that is the same on every target. It does not
//! know the operators; those are in the rooms beside it.

use core::array::from_fn;
use core::fmt;

/// A 128-bit vector: sixteen bytes, the least significant first, as a guest's memory would hold them.
///
/// Lane 0 of every view is the lowest-addressed one. The views convert by [`From`] in both directions, at no
/// cost once optimised: `let lanes: [i32; 4] = v.into();`.
// Bytes and not a `u128`: the optimiser keeps a wide integer in two general registers and splits lane loops into
// shifts, while an array becomes one vector register. For the same reason, code in a hurry reads and writes vectors in
// memory as a `V128`, not as two `u64` put together.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct V128([u8; 16]);

impl V128 {
    /// All bits clear.
    pub const ZERO: Self = Self([0; 16]);

    /// The vector with these bits, the least significant bit being bit 0 of lane 0.
    #[inline]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits.to_le_bytes())
    }

    /// The bits as one number.
    #[inline]
    pub const fn to_bits(self) -> u128 {
        u128::from_le_bytes(self.0)
    }

    /// The vector of these bytes, in the order of memory.
    #[inline]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, in the order of memory.
    #[inline]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl From<u128> for V128 {
    #[inline]
    fn from(bits: u128) -> Self {
        Self::from_bits(bits)
    }
}

impl From<V128> for u128 {
    #[inline]
    fn from(v: V128) -> Self {
        v.to_bits()
    }
}

impl fmt::Debug for V128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V128({:#034x})", self.to_bits())
    }
}

macro_rules! views {
    ($($lane:ty, $lanes:literal, $bytes:literal;)*) => {$(
        impl From<[$lane; $lanes]> for V128 {
            #[inline]
            fn from(lanes: [$lane; $lanes]) -> Self {
                let mut bytes = [0; 16];
                for (chunk, lane) in bytes.as_chunks_mut::<$bytes>().0.iter_mut().zip(lanes) {
                    *chunk = lane.to_le_bytes();
                }
                Self(bytes)
            }
        }

        impl From<V128> for [$lane; $lanes] {
            #[inline]
            fn from(v: V128) -> Self {
                from_fn(|lane| <$lane>::from_le_bytes(from_fn(|byte| v.0[lane * $bytes + byte])))
            }
        }
    )*};
}

views! {
    i8, 16, 1;
    u8, 16, 1;
    i16, 8, 2;
    u16, 8, 2;
    i32, 4, 4;
    u32, 4, 4;
    f32, 4, 4;
    i64, 2, 8;
    u64, 2, 8;
    f64, 2, 8;
}
