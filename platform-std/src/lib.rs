//! ringzero on an operating system: what `ringzero::platform` asks for, filled by the host.
//!
//! In: host paths, host addresses, the process's own streams. Out: the platform traits, ready to be granted to
//! a guest one by one. It does not know WASI, and it grants nothing by itself.
//!
//! | trait | here |
//! |---|---|
//! | [`Platform`](ringzero::platform::Platform) | [`StdPlatform`] |
//! | [`Dir`](ringzero::platform::Dir), [`File`](ringzero::platform::File) | [`HostDir`], [`HostFile`] |
//! | [`Stream`](ringzero::platform::Stream) | [`stdin`], [`stdout`], [`stderr`], [`pipe`], [`HostStream`] |
//! | [`Listener`](ringzero::platform::Listener), [`Connection`](ringzero::platform::Connection) | [`TcpListenerSource`], [`TcpConnection`] |
//! | [`Clock`](ringzero::platform::Clock) | [`HostClock`] |
//! | [`Entropy`](ringzero::platform::Entropy) | [`HostEntropy`] |
//! | [`Scheduler`](ringzero::platform::Scheduler) | [`HostScheduler`] |
//! | [`Profiler`](ringzero::platform::Profiler) | [`PerfMap`], `JitDump` |
//! | [`ReservingAllocator`](ringzero::reserve::ReservingAllocator): who asks | [`this_thread`] |
//!
//! # Signals
//!
//! `SIGSEGV`, `SIGBUS`, `SIGILL` and `SIGFPE` are what the processor's faults become. Once machine code is about to run,
//! [`StdPlatform`] puts a handler before those that the process has, on x86-64 Linux and macOS. A fault outside of
//! machine code, and a signal that somebody sent, goes on to the earlier handler with its mask and flags, or to the
//! default. Two things differ from a process without it: such a handler runs on the thread's alternate stack even if it
//! did not ask for that, and one that is installed later, and does not pass on what it does not know, takes the traps
//! of guests away. Nothing of this happens while guests are interpreted.
//!
//! Two other signals concern an embedder:
//!
//! - `SIGXFSZ` ends the process by default, where a guest's file grows beyond the process's file size limit. Call
//!   [`ignore_file_size_signal`] once, and the guest gets `EFBIG` instead; so does the command.
//! - `SIGPIPE` is ignored by the standard library before `main` begins. Where a program has changed that, a guest that
//!   writes to a pipe without a reader ends it.
//!
//! # Waiting
//!
//! A guest that waits in WASI for time, a stream or a socket is woken by its store's
//! [`InterruptHandle`](ringzero::InterruptHandle) and by its deadline, if it has been granted the [`HostScheduler`].
//! Reads and writes on its behalf do not wait in the kernel: they are tried, and waited for by `poll(2)`. A
//! terminal, and a pipe before Linux 6.4, is opened once more for that (`/proc/self/fd`). Where this cannot be done,
//! trying means to ask first and then to transfer little (4096 bytes of a write): if another process reads or writes
//! the same pipe and comes in between, or a terminal has less room, the call waits in the kernel until that moves on. System calls on regular files and directories take as long as the file system takes; each transfers at most
//! 256 KiB where guests may be interrupted.
//!
//! Everything that differs between operating systems lies in one folder per family (`unix/`); another family
//! is another folder that exports the same names.

#[cfg(not(unix))]
compile_error!(
    "ringzero-platform-std has no folder for this operating system family yet: \
     add src/<family>/ with the names that src/unix/mod.rs exports"
);

mod entropy;
mod guard;
mod profile;
mod thread;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as os;

pub use entropy::HostEntropy;
pub use guard::StdPlatform;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use os::JitDump;
pub use os::{
    HostClock, HostDir, HostFile, HostScheduler, HostStream, TcpConnection, TcpListenerSource,
    ignore_file_size_signal, pipe, stderr, stdin, stdout,
};
pub use profile::PerfMap;
pub use thread::this_thread;
