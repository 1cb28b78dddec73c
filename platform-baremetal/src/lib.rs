//! ringzero with no operating system: what `ringzero::platform` asks for, made of memory.
//!
//! In: quotas, bytes, a clock; for a kernel, frames, page tables and devices. Out: the platform traits. It knows no
//! WASI. The only privileged instructions are those of [`device::Ports`]; each module says what it leaves to the kernel.
//!
//! | trait | here |
//! |---|---|
//! | [`Dir`](ringzero::platform::Dir), [`File`](ringzero::platform::File) | [`MemoryDir`], [`MemoryFile`]: files in memory, an [`Archive`], or the one above the other |
//! | [`Stream`](ringzero::platform::Stream) | [`Reader`], [`Buffer`], [`Pipe`], [`Serial`](serial::Serial) |
//! | [`Clock`](ringzero::platform::Clock) | [`FixedClock`], [`HardwareClock`](clock::HardwareClock) |
//! | [`Entropy`](ringzero::platform::Entropy) | [`HardwareEntropy`](entropy::HardwareEntropy) |
//! | [`Scheduler`](ringzero::platform::Scheduler) | [`HaltScheduler`](schedule::HaltScheduler) |
//! | [`VirtualMemory`](ringzero::platform::VirtualMemory) | [`PagedMemory`](paging::PagedMemory), [`Arena`] |
//! | [`FaultHook`](ringzero::platform::FaultHook) | [`Exceptions`](fault::Exceptions), which a kernel calls from its entries |
//!
//! Who writes a kernel begins with the [`guide`]: which traits, in which order, and what each of them buys.
//!
//! Every allocation that a guest can cause is counted against a [`Quota`] or bounded by a capacity, and its
//! failure is an error value. Locks are spin locks, held for the length of one call; while one is held nothing is
//! called back but the seams that a kernel fills.
//!
//! # Files
//!
//! | root | made by | what it costs |
//! |---|---|---|
//! | an empty directory in memory | [`MemoryDir::new`], [`MemoryDir::with_clock`] | what is written |
//! | a tar archive, to be read | [`Archive::tar`], [`MemoryDir::archive`] | the tree; contents stay in the archive's bytes |
//! | a tar archive, to be read and changed | [`Archive::tar`], [`MemoryDir::overlay`] | the tree, once for any number of roots; and what is changed: pages, and names of directories |
//!
//! Each is a root for WASI, or for [`path`](ringzero::platform::path). Here an archive is a guest's root; what
//! the guest changes it sees, at a price of one page and the names of one directory, and the archive stays:
//!
//! ```
//! use std::sync::Arc;
//! use ringzero::{Engine, Linker, Module, Store};
//! use ringzero_platform_baremetal::{Archive, FixedClock, MemoryDir, Quota};
//! use ringzero_wasi::{WasiCtx, WasiCtxBuilder};
//!
//! // Whatever the boot loader left in memory; here it is part of the program.
//! static ROOT: &[u8] = include_bytes!("../tests/archives/ustar.tar");
//!
//! // `etc/motd` is opened to be read and written, and its first byte replaced.
//! let guest = wat::parse_str(r#"
//!     (module
//!       (import "wasi_snapshot_preview1" "path_open"
//!         (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
//!       (import "wasi_snapshot_preview1" "fd_write"
//!         (func $write (param i32 i32 i32 i32) (result i32)))
//!       (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
//!       (memory (export "memory") 1)
//!       (data (i32.const 0) "etc/motd")
//!       (data (i32.const 16) "J")
//!       (data (i32.const 32) "\10\00\00\00\01\00\00\00")
//!       (func (export "_start")
//!         ;; 3 is the first directory given; 66 are the rights to read and write.
//!         (call $exit (i32.or
//!           (call $open (i32.const 3) (i32.const 1) (i32.const 0) (i32.const 8) (i32.const 0)
//!             (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 48))
//!           (call $write (i32.load (i32.const 48)) (i32.const 32) (i32.const 1) (i32.const 52))))))"#)?;
//!
//! let archive = Arc::new(Archive::tar(ROOT)?);
//! let quota = Quota { bytes: 1 << 20, inodes: 100, handles: 20 };
//! let root = MemoryDir::overlay(archive, quota, Arc::new(FixedClock::new(0, 1)))?;
//!
//! let engine = Engine::default();
//! let module = Module::new(&engine, &guest)?;
//! let mut store = Store::new(&engine, WasiCtxBuilder::new().preopen("/", root.clone()).build()?);
//! let mut linker = Linker::new(&engine);
//! ringzero_wasi::add_to_linker(&mut linker, |wasi: &mut WasiCtx| wasi)?;
//! let instance = linker.instantiate(&mut store, &module)?;
//! assert_eq!(ringzero_wasi::run(&mut store, instance)?, 0);
//!
//! drop(store);
//! let usage = root.usage();
//! // A page; the root directory and the file; nothing is open any more.
//! assert_eq!((usage.bytes, usage.inodes, usage.handles), (4096, 2, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A file system alone in memory, and what a guest meets at the end of its quota:
//!
//! ```
//! use ringzero::platform::{Dir, ErrorKind, Node, OpenOptions};
//! use ringzero_platform_baremetal::{MemoryDir, Quota};
//!
//! let root = MemoryDir::new(Quota { bytes: 10_000, inodes: 3, handles: 1 });
//! let new = OpenOptions { read: true, write: true, create: true, ..OpenOptions::default() };
//! let Node::File(file) = root.open(b"a", new)? else { unreachable!() };
//! assert_eq!(root.open(b"a", new).err(), Some(ErrorKind::TooManyOpen));
//! // Two pages and the name fit; what is written is what fits.
//! assert_eq!(file.write(&[&[7; 10_000]]), Ok(8192));
//! assert_eq!(file.write(&[b"more"]), Err(ErrorKind::NoSpace));
//! // A hole costs nothing.
//! file.set_size(1 << 40)?;
//! root.create_dir(b"b")?;
//! assert_eq!(root.create_dir(b"c"), Err(ErrorKind::QuotaExceeded));
//! # Ok::<(), ErrorKind>(())
//! ```
//!
//! ## Where files differ from POSIX
//!
//! - Reading does not change the last access (`noatime`).
//! - Who calls owns everything and is not privileged: three of the [permission bits](MemoryDir) count, and there is
//!   no call to change them.
//! - Removing a name, or renaming, can fail for lack of room or of nodes where an archive lies below, since
//!   the directory is copied. ([`MemoryDir::overlay`] says when; file systems that copy on write are alike.)
//! - A directory's size is the number of names in it.
//! - There are no devices, pipes or sockets; an archive's are left out.
#![no_std]

extern crate alloc;

#[expect(unsafe_code, reason = "implements the contract of mapped memory in a block of bytes")]
mod arena;
pub mod clock;
#[expect(unsafe_code, reason = "executes the instructions for ports, and accesses registers by address")]
pub mod device;
pub mod entropy;
#[expect(unsafe_code, reason = "what happened to the processor can only be promised")]
pub mod fault;
mod fs;
pub mod guide;
pub mod paging;
mod ranges;
pub mod schedule;
pub mod serial;
mod stream;
pub mod words;

pub use arena::Arena;
pub use clock::FixedClock;
pub use fs::{Archive, ArchiveBytes, ArchiveError, ArchiveFault, MemoryDir, MemoryFile, Quota, Usage};
pub use stream::{Buffer, Pipe, Reader};
