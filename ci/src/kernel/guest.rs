//! A guest that the checking kernel runs, and how it is to end.
//!
//! In: nothing. Out: types that travel. The kernel reads the same source.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// A program with WASI, and what is expected of it.
#[derive(Debug, Deserialize, Serialize)]
pub struct Guest {
    /// What it is called when it surprises.
    pub name: String,
    /// The module.
    pub wasm: Vec<u8>,
    /// Milliseconds after which the timer ends it.
    pub time: u32,
    /// How it ends.
    pub ends: Ends,
}

/// How a guest ends.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum Ends {
    /// With a status of its own.
    Exits(u32),
    /// With a trap, by its message.
    Traps(String),
}
