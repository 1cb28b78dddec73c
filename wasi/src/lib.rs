//! WASI preview 1 for ringzero: all 46 functions, without an operating system.
//!
//! What a guest may reach is collected in a [`WasiCtxBuilder`]; nothing is inherited from the host. The
//! functions follow POSIX first, then what the WASI test suite expects, then what other runtimes found out.
//!
//! ```
//! use ringzero::{Engine, Linker, Module, Store};
//! use ringzero_wasi::{WasiCtx, WasiCtxBuilder, add_to_linker, exit_status};
//!
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! # let program = b"\0asm\x01\0\0\0";
//! let engine = Engine::default();
//! let mut linker = Linker::new(&engine);
//! add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx)?;
//!
//! let ctx = WasiCtxBuilder::new().args(["program", "one"]).env("LANG", "C").build()?;
//! let mut store = Store::new(&engine, ctx);
//! let module = Module::new(&engine, program)?;
//! let instance = linker.instantiate(&mut store, &module)?;
//! match instance.run_start(&mut store, &["_initialize", "_start"]) {
//!     Ok(()) => {}
//!     Err(error) => assert_eq!(exit_status(&error), Some(0), "{error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! ```text
//!   guest ── i32, i64 ──► linker ── GuestPtr, u32, u64 ──► functions ── platform traits ──► host
//!                                                            │  ▲
//!                                             checked ranges │  │ Errno
//!                                                            ▼  │
//!                                                     GuestMemory, WasiCtx
//! ```
//!
//! | room | does | does not know |
//! |---|---|---|
//! | `linker` | defines the functions in a `ringzero::Linker` | semantics |
//! | `args`, `clock`, `random`, `proc`, `poll` | the functions about the guest's world | descriptors' insides |
//! | `fd`, `fd_io`, `readdir`, `sock` | the functions on descriptors | paths |
//! | `path` | the functions on names | how a path is walked: that is the core's |
//! | `table`, `wait` | what a number stands for; the one place that waits | the guest's memory |
//! | `memory`, `iovec`, `abi`, `errno` | pointers checked, structures laid out, numbers | the platform |
//! | `builder`, `ctx` | what is granted | the engine |
//!
//! # What a guest can rely on
//!
//! - A bad pointer answers `EFAULT` before anything is done.
//! - Vectors are filled and drained as by native `readv` and `writev`: in order, all of them, one count.
//! - Rights decide the access mode of `path_open` and are kept for guests that look; given up once, they stay
//!   given up.
//! - Time is fake, sleeps end at once, and `random_get` answers `ENOSYS`, until the embedder grants the real
//!   thing. Predictable randomness has a name: [`DeterministicEntropy`].
//!
//! # Limits
//!
//! 1024 buffers and `i32::MAX` bytes in one transfer, 4096 subscriptions in one poll, 4096 bytes in one path,
//! and as many descriptors as [`WasiCtxBuilder::max_descriptors`] says.
#![no_std]

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
mod linker;
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
pub use linker::{NoMemory, add_to_linker, exit_status};
pub use proc::Exit;
pub use random::DeterministicEntropy;
