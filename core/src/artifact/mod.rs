//! Machine code at rest.
//!
//! In: what a compiler makes. Out: bytes that can lie anywhere, and what the runtime must know of places in them. It
//! knows neither compilers nor memory that can be run.

use alloc::vec::Vec;

use crate::abi::{FuncStart, Site};

/// A distance of 32 bits in code that is filled in when the place of the code is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Bytes from the start of the code. The distance is counted from behind it.
    pub(crate) at: u32,
    pub(crate) to: Target,
}

/// What code goes to that lies elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The word of the function with this body.
    Word(u32),
    /// The thunk for references to functions of this type, by type index.
    Thunk(u32),
    /// What keeps all registers while it asks the builtin with this number.
    Stop(u32),
}

/// The code of a module, or of one of its functions, or what a module needs before any function is compiled.
#[derive(Debug, Default)]
pub(crate) struct Artifact {
    pub(crate) bytes: Vec<u8>,
    /// Places that may trap, or follow a call, in the order of the code.
    pub(crate) sites: Vec<Site>,
    /// Bodies in their order, then trampolines.
    pub(crate) functions: Vec<FuncStart>,
    /// The way in from the host to functions of each type, by type index: distances from the start.
    pub(crate) trampolines: Vec<u32>,
    /// Thunks by type index, and where the first gate is, if functions are compiled when they are first called.
    pub(crate) thunks: Vec<u32>,
    /// The same of what keeps all registers, by the number of the builtin that it asks; 0 where none does.
    pub(crate) stops: Vec<u32>,
    pub(crate) gates: Option<u32>,
    /// What code of one function goes to outside of it.
    pub(crate) links: Vec<Link>,
    /// It accesses memories that can be guarded without checks: all of them have to be.
    pub(crate) guarded: bool,
}
