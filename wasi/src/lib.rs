//! WASI preview 1 for ringzero: all 46 functions, without an operating system.
#![no_std]
#![cfg_attr(not(test), allow(dead_code, reason = "glue pending"))]

extern crate alloc;

mod abi;
mod args;
mod builder;
mod clock;
mod ctx;
mod errno;
mod fd;
mod fd_io;
mod iovec;
mod memory;
mod path;
mod poll;
mod proc;
mod random;
mod readdir;
mod sock;
mod table;
#[cfg(test)]
mod tests;
mod wait;

pub use builder::{BuildError, WasiCtxBuilder};
pub use ctx::WasiCtx;
pub use errno::Errno;
pub use proc::Exit;
pub use random::DeterministicEntropy;
