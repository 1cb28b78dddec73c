//! ringzero with no operating system: what `ringzero::platform` asks for, made of memory.
//!
//! In: quotas, bytes, a clock; for a kernel, frames, page tables and devices. Out: the platform traits. It knows no
//! WASI. The only privileged instructions are those of [`device::Ports`]; each module says what it leaves to the kernel.
//!
//! | trait | here |
//! |---|---|
//! | [`Dir`](ringzero::platform::Dir), [`File`](ringzero::platform::File) | [`MemoryDir`], [`MemoryFile`] |
//! | [`Stream`](ringzero::platform::Stream) | [`Reader`], [`Buffer`], [`Pipe`], [`Serial`](serial::Serial) |
//! | [`Clock`](ringzero::platform::Clock) | [`FixedClock`], [`HardwareClock`](clock::HardwareClock) |
//! | [`Entropy`](ringzero::platform::Entropy) | [`HardwareEntropy`](entropy::HardwareEntropy) |
//! | [`Scheduler`](ringzero::platform::Scheduler) | [`HaltScheduler`](schedule::HaltScheduler) |
//! | [`VirtualMemory`](ringzero::platform::VirtualMemory) | [`PagedMemory`](paging::PagedMemory) |
//! | [`FaultHook`](ringzero::platform::FaultHook) | [`Exceptions`](fault::Exceptions), which a kernel calls from its entries |
//!
//! Every allocation that a guest can cause is counted against a [`Quota`] or bounded by a capacity, and its
//! failure is an error value. Locks are spin locks, held for the length of one call; while one is held nothing is
//! called back but the seams that a kernel fills.
#![no_std]

extern crate alloc;

pub mod clock;
#[expect(unsafe_code, reason = "executes the instructions for ports, and accesses registers by address")]
pub mod device;
pub mod entropy;
#[expect(unsafe_code, reason = "what happened to the processor can only be promised")]
pub mod fault;
mod fs;
pub mod paging;
pub mod schedule;
pub mod serial;
mod stream;

pub use clock::FixedClock;
pub use fs::{MemoryDir, MemoryFile, Quota, Usage};
pub use stream::{Buffer, Pipe, Reader};
