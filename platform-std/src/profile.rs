//! Where machine code lies, for `perf`.
//!
//! In: functions as they are published. Out: a line each in `/tmp/perf-PID.map`, where `perf report` looks for the names
//! of code that no file on disk has. It does not know who samples.

use std::fs::File;
use std::io::{Result, Write};
use std::sync::Mutex;

use ringzero::platform::{Profiler, PublishedFunction};

/// A file with the names of this process's machine code, in the format that `perf` reads.
///
/// ```no_run
/// # use std::sync::Arc;
/// use ringzero::Config;
/// use ringzero_platform_std::PerfMap;
/// let config = Config::new().profiler(Arc::new(PerfMap::new()?));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct PerfMap(Mutex<File>);

impl PerfMap {
    /// Creates the file, empty.
    ///
    /// # Errors
    /// What creating a file in `/tmp` meets; another user's file of that name is not overwritten.
    pub fn new() -> Result<Self> {
        Ok(Self(Mutex::new(File::create(format!("/tmp/perf-{}.map", std::process::id()))?)))
    }
}

impl Profiler for PerfMap {
    /// A line that cannot be written is left out: a profile is no reason for a program to fail.
    fn published(&self, function: &PublishedFunction<'_>) {
        let Ok(mut file) = self.0.lock() else { return };
        // One call for each line, so that none is torn when the process ends.
        let name = function.name.to_string().replace(['\n', '\r'], " ");
        let line = format!("{:x} {:x} {name}\n", function.address, function.code.len());
        let _ = file.write_all(line.as_bytes());
    }
}
