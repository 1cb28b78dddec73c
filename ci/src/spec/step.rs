//! A script as data: what `wast` makes of a file of the suite, in a form that travels.
//!
//! In: nothing. Out: types. They hold binary modules and bit patterns only, so that the same script runs where there
//! is no parser of texts: in the kernel.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// The directives of one file, in order, for one store.
#[derive(Debug, Deserialize, Serialize)]
pub struct Script {
    /// The file's name.
    pub name: String,
    /// Bits of the features that the engine accepts.
    pub features: u32,
    /// Line and directive.
    pub steps: Vec<(usize, Step)>,
}

/// One directive.
#[derive(Debug, Deserialize, Serialize)]
pub enum Step {
    /// A module that is instantiated, under a name if it has one.
    Module(Option<String>, Vec<u8>),
    /// A module that is only loaded.
    Definition(Option<String>, Vec<u8>),
    /// An instance, by name, of a definition.
    Instance(Option<String>, Option<String>),
    /// A name for others' imports, and the instance that gets it.
    Register(String, Option<String>),
    /// A call whose results nobody asks for.
    Invoke(Call),
    /// What must return these results.
    Returns(Action, Vec<Pattern>),
    /// What must trap so.
    Traps(Action, String),
    /// A module that is not to be accepted.
    Refused(Vec<u8>),
    /// A module that is not to be linked, and the reason that is expected.
    Unlinkable(Vec<u8>, String),
    /// A text that the parser refuses, as it should: nothing is left to do.
    NotEncoded,
    /// What cannot be run, and why: a failure, and whether it would have been an assertion.
    Unsupported(String, bool),
}

impl Step {
    /// Whether it is an assertion, rather than something done for the assertions' sake.
    pub fn is_assertion(&self) -> bool {
        match self {
            Self::Module(..)
            | Self::Definition(..)
            | Self::Instance(..)
            | Self::Register(..)
            | Self::Invoke(_) => false,
            Self::Unsupported(_, assertion) => *assertion,
            _ => true,
        }
    }
}

/// What an assertion does first.
#[derive(Debug, Deserialize, Serialize)]
pub enum Action {
    /// A call.
    Invoke(Call),
    /// A module that is instantiated.
    Module(Vec<u8>),
    /// A global, of an instance.
    Get(Option<String>, String),
}

/// A call of an export.
#[derive(Debug, Deserialize, Serialize)]
pub struct Call {
    /// The instance; the last one if none is named.
    pub instance: Option<String>,
    /// The export.
    pub name: String,
    /// The arguments.
    pub arguments: Vec<Argument>,
}

/// An argument, as bits.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub enum Argument {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// Bits of an `f32`.
    F32(u32),
    /// Bits of an `f64`.
    F64(u64),
    /// Bytes of a `v128`, lowest first.
    V128([u8; 16]),
    /// No function.
    NullFunc,
    /// No host value.
    NullExtern,
    /// A host value, known by its number.
    Extern(u32),
}

/// What a result must be.
#[derive(Debug, Deserialize, Serialize)]
pub enum Pattern {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// An `f32`.
    F32(Float<u32>),
    /// An `f64`.
    F64(Float<u64>),
    /// Lanes of integers, compared as they are.
    V128([u8; 16]),
    /// Four `f32`.
    F32x4([Float<u32>; 4]),
    /// Two `f64`.
    F64x2([Float<u64>; 2]),
    /// Any null reference.
    Null,
    /// Any function.
    AnyFunc,
    /// Any host value.
    AnyExtern,
    /// The host value of this number.
    Extern(u32),
    /// One of these.
    Either(Vec<Pattern>),
}

/// A floating-point number, or a class of those that are none.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub enum Float<B> {
    /// Of either sign, with only the top bit of the payload.
    CanonicalNan,
    /// Of either sign, with at least the top bit of the payload.
    ArithmeticNan,
    /// These bits.
    Value(B),
}
