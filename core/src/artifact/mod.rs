//! Machine code at rest.
//!
//! In: what a compiler makes. Out: bytes that can lie anywhere, and what the runtime must know of places in them. It
//! knows neither compilers nor memory that can be run.

use alloc::vec::Vec;

use crate::abi::{FuncStart, Site};

/// The code of a module.
#[derive(Debug, Default)]
pub(crate) struct Artifact {
    pub(crate) bytes: Vec<u8>,
    /// Places that may trap, or follow a call, in the order of the code.
    pub(crate) sites: Vec<Site>,
    /// Bodies in their order, then trampolines.
    pub(crate) functions: Vec<FuncStart>,
    /// The way in from the host to functions of each type, by type index: distances from the start.
    pub(crate) trampolines: Vec<u32>,
    /// It accesses memories that can be guarded without checks: all of them have to be.
    pub(crate) guarded: bool,
}
