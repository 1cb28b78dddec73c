//! Whether a platform keeps what its traits promise.
//!
//! In: a platform. Out: what was seen to hold, or the first thing that did not. For whoever writes a platform: a kernel
//! runs it once at its start, or in a test, before it lets guests in. It does not know which platform it is.
//!
//! ```
//! # #[cfg(target_os = "none")] {
//! # use ringzero::{conformance, platform::Platform};
//! # extern crate alloc;
//! # fn kernel(platform: alloc::sync::Arc<dyn Platform>, mut say: impl FnMut(core::fmt::Arguments)) {
//! match conformance::machine_code(&platform) {
//!     Ok(report) => report.passed().iter().for_each(|check| say(format_args!("ok: {check}\n"))),
//!     Err(failure) => say(format_args!("{failure}\n")),
//! }
//! # }
//! # }
//! ```

mod bench;
mod checks;
mod images;
mod pieces;

pub use bench::machine_code;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What has been seen to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    passed: Vec<&'static str>,
    skipped: Vec<&'static str>,
}

impl Report {
    /// What holds, in the order in which it was looked at.
    pub fn passed(&self) -> &[&'static str] {
        &self.passed
    }

    /// What the platform does not claim: it has no [`FaultHook`](crate::platform::FaultHook), or no
    /// [images](crate::platform::VirtualMemory::make_image).
    pub fn skipped(&self) -> &[&'static str] {
        &self.skipped
    }
}

/// What did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What should hold.
    pub check: &'static str,
    /// What was seen instead.
    pub seen: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.seen)
    }
}

impl core::error::Error for Failure {}
