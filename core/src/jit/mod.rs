//! Validated operators → machine code for x86-64: a pure function of a module, which knows no store and no platform.
//!
//! ```text
//!  body ── scan ──► Scan            per loop: locals it sets, what it writes       (front::scan)
//!    │     front ─► Function        SSA: folded, numbered, hoisted while built    (ir, front)
//!    │     lower ─► Code            machine instructions on virtual registers     (x64::lower)
//!    │     alloc ─► Allocation      where each operand is, and moves between      (regalloc)
//!    ▼     emit ──► bytes           with relocations and trap sites               (x64::emit)
//!  Artifact
//! ```
//!
//! [`improve`] is asked before each step that only makes code better, and [`explain()`] writes down what is between the
//! passes.
//!
//! Everything is indexed by `u32` and kept in vectors that the next function uses again; what a guest sizes is
//! allocated fallibly, and what would grow faster than the function is refused by a stated limit.

mod compile;
mod explain;
mod front;
mod improve;
mod ir;
mod regalloc;
#[cfg(test)]
mod tests;
mod x64;

pub(crate) use compile::{Compiler, CpuFeatures, FirstMemory, Settings, detect};
pub(crate) use explain::{Explained, explain};
pub(crate) use improve::Limit;
#[cfg(test)]
pub(crate) use improve::{Improvement, planted};

use crate::support::OutOfMemory;

/// Why a valid function could not be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompileError {
    OutOfMemory,
    /// An operator that the compiler does not know yet.
    Unsupported(&'static str),
    /// A limit of the compiler.
    Limit(&'static str),
    /// A mistake of the compiler, found by itself.
    Internal(&'static str),
}

impl From<OutOfMemory> for CompileError {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

pub(crate) type Result<T> = core::result::Result<T, CompileError>;
