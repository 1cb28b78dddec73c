//! Which parts of WebAssembly a module may use.
//!
//! In: nothing. Out: a set of flags; `decode` turns it into the validator's.

use core::fmt;

macro_rules! features {
    ($($(#[doc = $doc:literal])* $name:ident = $bit:literal, $text:literal;)*) => {
        bitflags::bitflags! {
            /// A set of WebAssembly features (proposals). A module that uses a feature outside the set is
            /// refused with the offset of its first use.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub struct Features: u32 { $($(#[doc = $doc])* const $name = 1 << $bit;)* }
        }

        impl Features {
            const NAMES: &[(&'static str, Self)] = &[$(($text, Self::$name),)*];
        }
    };
}

features! {
    /// Mutable globals may be imported and exported.
    MUTABLE_GLOBAL = 0, "mutable-global";
    /// `i32.extend8_s` and its kin.
    SIGN_EXTENSION = 1, "sign-extension";
    /// `i32.trunc_sat_f32_s` and its kin.
    SATURATING_FLOAT_TO_INT = 2, "saturating-float-to-int";
    /// Several results, and parameters of blocks.
    MULTI_VALUE = 3, "multi-value";
    /// `memory.copy` and its kin, passive segments.
    BULK_MEMORY = 4, "bulk-memory";
    /// `externref`, `funcref` as values, several tables.
    REFERENCE_TYPES = 5, "reference-types";
    /// `v128`.
    SIMD = 6, "simd";
    /// Arithmetic in constant expressions.
    EXTENDED_CONST = 7, "extended-const";
    /// `return_call` and `return_call_indirect`.
    TAIL_CALL = 8, "tail-call";
    /// More than one memory.
    MULTI_MEMORY = 9, "multi-memory";
    /// Memories and tables with 64-bit addresses.
    MEMORY64 = 10, "memory64";
    /// Vector operators whose result the host chooses. This runtime always makes the deterministic choice.
    RELAXED_SIMD = 11, "relaxed-simd";
    /// Pages of one byte.
    CUSTOM_PAGE_SIZES = 12, "custom-page-sizes";
    /// 128-bit addition, subtraction and multiplication.
    WIDE_ARITHMETIC = 13, "wide-arithmetic";
}

impl Features {
    /// WebAssembly 1.0 as recommended in 2019.
    pub const WASM1: Self = Self::MUTABLE_GLOBAL;
    /// WebAssembly 2.0.
    pub const WASM2: Self = Self::WASM1
        .union(Self::SIGN_EXTENSION)
        .union(Self::SATURATING_FLOAT_TO_INT)
        .union(Self::MULTI_VALUE)
        .union(Self::BULK_MEMORY)
        .union(Self::REFERENCE_TYPES)
        .union(Self::SIMD);

    /// The feature's name as the proposals write it, for each feature in the set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().filter(move |(_, f)| self.contains(*f)).map(|(name, _)| *name)
    }

    /// The feature with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, f)| *f)
    }
}

impl Default for Features {
    /// Everything that this runtime implements.
    fn default() -> Self {
        Self::all()
    }
}

impl fmt::Display for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.names().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}
