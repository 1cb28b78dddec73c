//! The Unix family: everything here goes through rustix.
//!
//! In: calls of the platform traits. Out: POSIX calls. What only Linux has lies in `linux.rs`; `posix.rs` has
//! the same names for the others.

mod clock;
mod dir;
mod errno;
#[cfg(all(target_arch = "x86_64", any(target_os = "linux", target_os = "macos")))]
#[expect(
    unsafe_code,
    reason = "signals, and registers of interrupted code, are outside what the compiler can see"
)]
mod fault;
mod file;
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "an image is mapped over reserved memory, and named by a bare descriptor")]
mod image;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[expect(unsafe_code, reason = "a profiler notices a file by its mapping, which is made by hand")]
mod jitdump;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[expect(unsafe_code, reason = "mapping memory is outside what the compiler can see")]
mod memory;
#[expect(unsafe_code, reason = "a wait handle is a bare number, and poll(2) asks for a borrowed descriptor")]
mod poll;
#[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
#[cfg_attr(
    any(target_os = "linux", target_os = "android"),
    expect(dead_code, reason = "tested here, used elsewhere")
)]
mod posix;
#[expect(unsafe_code, reason = "the standard library has no call for a signal's action")]
mod signal;
mod socket;
mod stat;
mod stream;
mod vectored;

#[cfg(any(target_os = "linux", target_os = "android"))]
use linux as kernel;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use posix as kernel;

pub use clock::HostClock;
pub use dir::HostDir;
pub use file::HostFile;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use jitdump::JitDump;
pub use poll::HostScheduler;
pub use signal::ignore_file_size_signal;
pub use socket::{TcpConnection, TcpListenerSource};
pub use stream::{HostStream, pipe, stderr, stdin, stdout};

#[cfg(all(target_arch = "x86_64", any(target_os = "linux", target_os = "macos")))]
pub(crate) use fault::Signals;
pub(crate) use memory::Pages;
