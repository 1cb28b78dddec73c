//! Why a module is refused: where, and what is wrong.

use alloc::string::String;
use core::fmt;

use crate::support::{OutOfMemory, try_string};

/// A module is malformed, invalid, or uses what is not implemented.
#[derive(Debug)]
pub(crate) struct DecodeError {
    /// Where in the module's bytes.
    pub(crate) offset: usize,
    pub(crate) kind: DecodeErrorKind,
}

/// What is wrong.
#[derive(Debug)]
pub(crate) enum DecodeErrorKind {
    /// The validator's words.
    Invalid(String),
    /// A limit of this runtime.
    Unsupported(&'static str),
    /// More than [`ModuleLimits`](super::ModuleLimits) allow.
    Limit {
        what: &'static str,
        found: u64,
        most: u64,
    },
    OutOfMemory,
}

/// Why a sink did not take an operator.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SinkError {
    OutOfMemory,
    /// A limit of this runtime.
    Unsupported(&'static str),
}

impl DecodeError {
    pub(crate) fn unsupported(offset: usize, what: &'static str) -> Self {
        Self { offset, kind: DecodeErrorKind::Unsupported(what) }
    }

    pub(super) fn limit(offset: usize, what: &'static str, found: u64, most: u64) -> Self {
        Self { offset, kind: DecodeErrorKind::Limit { what, found, most } }
    }

    pub(crate) fn sink(offset: usize, error: SinkError) -> Self {
        match error {
            SinkError::OutOfMemory => Self { offset, kind: DecodeErrorKind::OutOfMemory },
            SinkError::Unsupported(what) => Self::unsupported(offset, what),
        }
    }
}

impl From<wasmparser::BinaryReaderError> for DecodeError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        let kind = match try_string(error.message()) {
            Ok(message) => DecodeErrorKind::Invalid(message),
            Err(OutOfMemory) => DecodeErrorKind::OutOfMemory,
        };
        Self { offset: error.offset() as usize, kind }
    }
}

impl From<OutOfMemory> for DecodeError {
    fn from(_: OutOfMemory) -> Self {
        Self { offset: 0, kind: DecodeErrorKind::OutOfMemory }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DecodeErrorKind::Invalid(message) => write!(f, "{message} (at offset {:#x})", self.offset),
            DecodeErrorKind::Unsupported(what) => write!(f, "{what} (at offset {:#x})", self.offset),
            DecodeErrorKind::Limit { what, found, most } => {
                write!(f, "{what}: {found}, the limit is {most} (at offset {:#x})", self.offset)
            }
            DecodeErrorKind::OutOfMemory => f.write_str("out of memory while decoding"),
        }
    }
}

impl core::error::Error for DecodeError {}
