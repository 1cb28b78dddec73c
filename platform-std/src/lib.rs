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
//! | [`ReservingAllocator`](ringzero::reserve::ReservingAllocator): who asks | [`this_thread`] |
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
mod thread;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as os;

pub use entropy::HostEntropy;
pub use guard::StdPlatform;
pub use os::{
    HostClock, HostDir, HostFile, HostScheduler, HostStream, TcpConnection, TcpListenerSource, pipe, stderr,
    stdin, stdout,
};
pub use thread::this_thread;
