//! ringzero: a WebAssembly runtime for ring zero.
#![no_std]

extern crate alloc;

pub mod platform;
/// x
pub struct Engine;
