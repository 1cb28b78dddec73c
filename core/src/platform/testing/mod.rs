//! The test bed: a platform that lives in memory, a tracer and a fault injector.
//!
//! In: nothing. Out: every trait of [`platform`](crate::platform), filled by something a test can look into.
//! What is here is small and plain, allocates as it likes and keeps what it is given for ever: it serves tests,
//! examples and machines without an operating system under them, and is not meant for guests in production.
//!
//! | what | stands for |
//! |---|---|
//! | [`TestDir`], [`TestFile`] | a file system |
//! | [`TestStream`] | a pipe, a console |
//! | [`ManualClock`], [`TestScheduler`] | time that passes when told to |
//! | [`CountingEntropy`] | randomness that repeats |
//! | [`Tracer`] | middleware that writes down each call |
//! | [`Faults`] | middleware whose n-th call fails |

mod dir;
mod faults;
#[cfg(all(test, target_os = "linux", target_arch = "x86_64"))]
#[expect(unsafe_code, reason = "maps pages")]
pub(crate) mod mapped;
#[expect(unsafe_code, reason = "wraps a trait whose contract is unsafe")]
mod memory_faults;
mod stream;
#[cfg(test)]
#[expect(unsafe_code, reason = "calls a trait whose contract is unsafe")]
mod tests;
mod time;
mod tracer;
mod tree;

pub use dir::{TestDir, TestFile};
pub use faults::Faults;
pub use stream::{CountingEntropy, TestStream};
pub use time::{ManualClock, TestScheduler};
pub use tracer::Tracer;
