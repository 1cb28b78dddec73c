//! WASI preview 1 for ringzero: all 46 functions, without an operating system.
//!
//! What a guest may reach is collected in a [`WasiCtxBuilder`]; nothing is inherited from the host. The
//! functions follow POSIX first, then what the WASI test suite expects, then what other runtimes found out.
//!
//! ```
//! use ringzero::{Engine, Linker, Module, Store};
//! use ringzero_wasi::{WasiCtx, WasiCtxBuilder, add_to_linker, run};
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
//! assert_eq!(run(&mut store, instance)?, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # A file system of your own
//!
//! Files that are known beforehand are put into a file system in memory, such as
//! [`TestDir`](ringzero::platform::testing::TestDir), and that is preopened. Anything else is two traits of the
//! core. Here a directory has one file, `now`, whose content is made when it is opened:
//!
//! ```
//! use std::{any::Any, sync::{Arc, Mutex}};
//! use ringzero::platform::{
//!     Clock, Dir, DirEntry, ErrorKind, FakeClock, File, FileFlags, FileType, Node, OpenOptions, ReadOnly, Result,
//!     SeekFrom, SetTime, Stat, Step, testing::TestStream,
//! };
//!
//! struct Clocks(FakeClock);
//!
//! // A `Dir` gets one component of a path at a time: walking, `..` and links are not its business.
//! impl Dir for Clocks {
//!     fn stat(&self) -> Result<Stat> {
//!         Ok(Stat { file_type: FileType::Directory, links: 1, ..Stat::default() })
//!     }
//!     fn open(&self, name: &[u8], options: OpenOptions) -> Result<Node> {
//!         self.stat_at(name)?;
//!         if options.directory {
//!             return Err(ErrorKind::NotDirectory);
//!         }
//!         let content = format!("{}\n", self.0.wall()).into_bytes();
//!         Ok(Node::File(Arc::new(Content { content, offset: Mutex::new(0) })))
//!     }
//!     fn stat_at(&self, name: &[u8]) -> Result<Stat> {
//!         if name != b"now" {
//!             return Err(ErrorKind::NotFound);
//!         }
//!         Ok(Stat { file_type: FileType::Regular, links: 1, ..Stat::default() })
//!     }
//!     fn read_dir(&self, cookie: u64, each: &mut dyn FnMut(DirEntry<'_>) -> Step) -> Result<()> {
//!         if cookie == 0 {
//!             each(DirEntry { name: b"now", inode: 0, file_type: FileType::Regular, next: 1 });
//!         }
//!         Ok(())
//!     }
//!     fn as_any(&self) -> &dyn Any {
//!         self
//!     }
//! }
//!
//! struct Content { content: Vec<u8>, offset: Mutex<u64> }
//!
//! impl File for Content {
//!     fn stat(&self) -> Result<Stat> {
//!         let size = self.content.len() as u64;
//!         Ok(Stat { file_type: FileType::Regular, links: 1, size, ..Stat::default() })
//!     }
//!     fn flags(&self) -> Result<FileFlags> {
//!         Ok(FileFlags::empty())
//!     }
//!     fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
//!         let mut offset = self.offset.lock().unwrap();
//!         let count = self.read_at(buffers, *offset)?;
//!         *offset += count as u64;
//!         Ok(count)
//!     }
//!     fn read_at(&self, buffers: &mut [&mut [u8]], offset: u64) -> Result<usize> {
//!         let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.content.len());
//!         let mut rest = &self.content[start..];
//!         for buffer in buffers {
//!             let (now, later) = rest.split_at(buffer.len().min(rest.len()));
//!             buffer[..now.len()].copy_from_slice(now);
//!             rest = later;
//!         }
//!         Ok(self.content.len() - start - rest.len())
//!     }
//!     fn seek(&self, from: SeekFrom) -> Result<u64> {
//!         let mut offset = self.offset.lock().unwrap();
//!         *offset = from.target(*offset, self.content.len() as u64)?;
//!         Ok(*offset)
//!     }
//! #   fn write(&self, _: &[&[u8]]) -> Result<usize> { Err(ErrorKind::BadDescriptor) }
//! #   fn write_at(&self, _: &[&[u8]], _: u64) -> Result<usize> { Err(ErrorKind::BadDescriptor) }
//! #   fn set_size(&self, _: u64) -> Result<()> { Err(ErrorKind::InvalidInput) }
//!     fn set_times(&self, _: SetTime, _: SetTime) -> Result<()> { Err(ErrorKind::ReadOnly) }
//!     // … and so `write`, `write_at`, `set_size`: `ReadOnly`, below, answers before they would
//! }
//!
//! # fn main() -> core::result::Result<(), Box<dyn core::error::Error>> {
//! # use ringzero::{Engine, Linker, Module, Store};
//! # use ringzero_wasi::{WasiCtx, WasiCtxBuilder, add_to_linker};
//! # let text = r#"(module
//! #   (import "wasi_snapshot_preview1" "path_open"
//! #     (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
//! #   (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
//! #   (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
//! #   (memory (export "memory") 1)
//! #   (data (i32.const 0) "now") (data (i32.const 16) "\40\00\00\00\20\00\00\00")
//! #   (func $check (param i32) (if (local.get 0) (then unreachable)))
//! #   (func (export "_start")
//! #     (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3)
//! #       (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
//! #     (call $check (call $read (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 20)))
//! #     (call $check (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))"#;
//! # let buffer = wast::parser::ParseBuffer::new(text)?;
//! # let program = wast::parser::parse::<wast::Wat>(&buffer)?.encode()?;
//! // `program` opens `now` in its first directory, reads it, and writes what it has read to its output.
//! let output = TestStream::new();
//! let clocks = ReadOnly::new(Arc::new(Clocks(FakeClock::default())));
//! let ctx = WasiCtxBuilder::new().preopen("/clocks", Arc::new(clocks)).stdout(output.clone()).build()?;
//! # let engine = Engine::default();
//! # let mut linker = Linker::new(&engine);
//! # add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx)?;
//! let mut store = Store::new(&engine, ctx);
//! let instance = linker.instantiate(&mut store, &Module::new(&engine, program)?)?;
//! instance.run_start(&mut store, &["_start"])?;
//! assert_eq!(output.take_output(), b"1640995200000000000\n");
//! # Ok(())
//! # }
//! ```
//!
//! # The map
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
//! | `table` | what a number stands for | the guest's memory |
//! | `wait`, `transfer` | the one place that waits; what is transferred in turns | how a guest is stopped |
//! | `memory`, `iovec`, `abi`, `errno` | pointers checked, structures laid out, numbers | the platform |
//! | `builder`, `ctx`, `usage` | what is granted, and what it costs | the engine |
//!
//! # What a guest can rely on
//!
//! - A bad pointer answers `EFAULT` before anything is done.
//! - Vectors are filled and drained as by native `readv` and `writev`: in order, all of them, one count.
//! - A write to what waits (a pipe, a connection) is whole, unless an error comes between: then its count says how
//!   much was written.
//! - Rights decide the access mode of `path_open` and are kept for guests that look; given up once, they stay
//!   given up.
//! - Time is fake, sleeps end at once, and `random_get` answers `ENOSYS`, until the embedder grants the real
//!   thing. Predictable randomness has a name: [`DeterministicEntropy`].
//!
//! # Interruption
//!
//! Where [`Config::interruption`](ringzero::Config::interruption) is on, a guest that waits or works in one of these
//! functions stops within a millisecond of its handle's use or of its deadline: sleeps and waits in `poll_oneoff`,
//! reads, writes and `sock_accept` are woken; transfers go in pieces of 256 KiB, `random_get` in pieces of 64 KiB;
//! listings and walks look every few entries. It needs a [scheduler](WasiCtxBuilder::scheduler) with a
//! [waker](ringzero::platform::Scheduler::waker), as `ringzero_platform_std::HostScheduler` is, and streams whose
//! [`try_read`](ringzero::platform::Stream::try_read) and [`try_write`](ringzero::platform::Stream::try_write) do not
//! wait. What one call on a file or directory of the host takes, it takes.
//!
//! A call that goes on after an interruption does so where it was: what has been written is not written again, a sleep
//! ends when it would have ended, and the result is the one of a call that was never interrupted.
//!
//! # Limits
//!
//! 1024 buffers and `i32::MAX` bytes in one transfer, 4096 subscriptions in one poll, 4096 bytes in one path,
//! and as many descriptors as [`WasiCtxBuilder::max_descriptors`] says. So what one call takes of the host while it
//! lasts is at most about a MiB, and what a guest can make it keep is descriptors: [`WasiCtx::usage`] counts them.
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
mod transfer;
mod usage;
mod wait;

pub use builder::{BuildError, WasiCtxBuilder};
pub use ctx::WasiCtx;
pub use errno::Errno;
pub use linker::{NoMemory, add_to_linker, exit_status, run};
pub use proc::Exit;
pub use random::DeterministicEntropy;
pub use usage::WasiUsage;
