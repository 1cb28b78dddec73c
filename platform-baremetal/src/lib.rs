//! ringzero with no operating system: what `ringzero::platform` asks for, made of memory.
//!
//! In: quotas, bytes, a clock; for a kernel, frames and page tables. Out: the platform traits. It knows no WASI, and
//! executes no privileged instruction: each module says what it leaves to the kernel.
//!
//! | trait | here |
//! |---|---|
//! | [`Dir`](ringzero::platform::Dir), [`File`](ringzero::platform::File) | [`MemoryDir`], [`MemoryFile`] |
//! | [`Stream`](ringzero::platform::Stream) | [`Reader`], [`Buffer`], [`Pipe`] |
//! | [`Clock`](ringzero::platform::Clock) | [`FixedClock`] |
//! | [`VirtualMemory`](ringzero::platform::VirtualMemory) | [`PagedMemory`](paging::PagedMemory) |
//! | [`FaultHook`](ringzero::platform::FaultHook) | [`Exceptions`](fault::Exceptions), which a kernel calls from its entries |
//!
//! Every allocation that a guest can cause is counted against a [`Quota`] or bounded by a capacity, and its
//! failure is an error value. Locks are spin locks, held for the length of one call; nothing is called back
//! while one is held.
#![no_std]

extern crate alloc;

mod clock;
#[expect(unsafe_code, reason = "what happened to the processor can only be promised")]
pub mod fault;
mod fs;
pub mod paging;
mod stream;

pub use clock::FixedClock;
pub use fs::{MemoryDir, MemoryFile, Quota, Usage};
pub use stream::{Buffer, Pipe, Reader};
