//! From a path to a module's bytes.
//!
//! In: a path. Out: the binary format, from a file in either format, or one line that names the file and, in a
//! text, the line and column. Whether the binary is a valid module is the engine's to say.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use wast::Wat;
use wast::parser::{self, ParseBuffer};

use crate::report::Failure;

/// How every binary module begins.
const MAGIC: &[u8] = b"\0asm";

/// The bytes of the module in `path`.
pub(crate) fn load(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(path)?;
    if is_text(path, &bytes) { encode(path, bytes) } else { Ok(bytes) }
}

/// The whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failure = |error: std::io::Error| Failure::about(path.display(), reason(&error));
    let mut file = File::open(path).map_err(failure)?;
    let mut bytes = Vec::new();
    let size = file.metadata().map_err(failure)?.len();
    // A size that the system invents must not end this process: reserve fallibly, then read what is there.
    bytes
        .try_reserve(usize::try_from(size).unwrap_or(usize::MAX))
        .map_err(|error| Failure::about(path.display(), error))?;
    file.read_to_end(&mut bytes).map_err(failure)?;
    Ok(bytes)
}

/// The system's words without the number in parentheses that the standard library adds.
pub(crate) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}

fn is_text(path: &Path, bytes: &[u8]) -> bool {
    if bytes.starts_with(MAGIC) {
        return false;
    }
    let start = bytes.trim_ascii_start();
    path.extension().is_some_and(|e| e == "wat" || e == "wast")
        || start.starts_with(b"(")
        || start.starts_with(b";;")
}

fn encode(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::about(path.display(), "the text is not UTF-8"))?;
    let encoded = ParseBuffer::new(&text).and_then(|buffer| parser::parse::<Wat<'_>>(&buffer)?.encode());
    encoded
        .map_err(|error| Failure::Host(format!("{}: {}", place(path, &text, error.span()), error.message())))
}

/// `file:line:column`.
pub(crate) fn place(path: &Path, text: &str, span: wast::token::Span) -> String {
    let (line, column) = span.linecol_in(text);
    format!("{}:{}:{}", path.display(), line + 1, column + 1)
}
