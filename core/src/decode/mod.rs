//! Bytes → [`ModuleInfo`] and validated operators. wasmparser reads and validates; this room drives it.
//!
//! In: the bytes of a module, the [`Features`] it may use, and how much it may declare. Out: [`Decoded`], whose bodies are validated on
//! their own or, operator by operator, together with a [`Sink`] that receives what has been found valid. It
//! does not know what a sink makes of the operators.

mod body;
mod bounds;
#[cfg(test)]
mod bounds_tests;
mod const_expr;
mod error;
mod limits;
mod scan;
mod sections;
mod types;

use wasmparser::WasmFeatures;

pub(crate) use body::{Bodies, Sink, replay_body};
pub(crate) use error::{DecodeError, DecodeErrorKind, SinkError};
pub use limits::ModuleLimits;

use crate::module::ModuleInfo;
use crate::wasm::Features;

/// A module whose sections are decoded and valid; its bodies are yet to be validated.
pub(crate) struct Decoded<'a> {
    pub(crate) info: ModuleInfo,
    pub(crate) bodies: Bodies<'a>,
}

/// Decodes and validates all but the bodies of functions.
///
/// # Errors
/// The first violation, with its offset; a limit is checked before memory is taken for what it counts. Cost: linear in the size of the sections other than code, plus one
/// step per function.
pub(crate) fn decode<'a>(
    bytes: &'a [u8],
    features: Features,
    limits: &ModuleLimits,
) -> Result<Decoded<'a>, DecodeError> {
    sections::decode(bytes, validator_features(features), limits)
}

/// What the validator calls this set. Floats are always there; what this runtime does not implement is not.
fn validator_features(features: Features) -> WasmFeatures {
    const MAP: &[(Features, WasmFeatures)] = &[
        (Features::MUTABLE_GLOBAL, WasmFeatures::MUTABLE_GLOBAL),
        (Features::SIGN_EXTENSION, WasmFeatures::SIGN_EXTENSION),
        (Features::SATURATING_FLOAT_TO_INT, WasmFeatures::SATURATING_FLOAT_TO_INT),
        (Features::MULTI_VALUE, WasmFeatures::MULTI_VALUE),
        (Features::BULK_MEMORY, WasmFeatures::BULK_MEMORY),
        (Features::REFERENCE_TYPES, WasmFeatures::REFERENCE_TYPES),
        (Features::SIMD, WasmFeatures::SIMD),
        (Features::EXTENDED_CONST, WasmFeatures::EXTENDED_CONST),
        (Features::TAIL_CALL, WasmFeatures::TAIL_CALL),
        (Features::MULTI_MEMORY, WasmFeatures::MULTI_MEMORY),
        (Features::MEMORY64, WasmFeatures::MEMORY64),
        (Features::RELAXED_SIMD, WasmFeatures::RELAXED_SIMD),
        (Features::CUSTOM_PAGE_SIZES, WasmFeatures::CUSTOM_PAGE_SIZES),
        (Features::WIDE_ARITHMETIC, WasmFeatures::WIDE_ARITHMETIC),
    ];
    MAP.iter()
        .filter(|(ours, _)| features.contains(*ours))
        .fold(WasmFeatures::FLOATS | WasmFeatures::GC_TYPES, |all, (_, theirs)| all | *theirs)
}
