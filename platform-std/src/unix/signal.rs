//! The one signal that a guest's write can send to the whole process.
//!
//! In: nothing. Out: the process's decision about it. It does not know which files there are.

use std::ffi::c_int;

use rustix::process::Signal;

/// `SIG_IGN`, everywhere.
const IGNORE: usize = 1;

unsafe extern "C" {
    /// `signal(2)`, of the C library that the standard library is linked with.
    fn signal(number: c_int, action: usize) -> usize;
}

/// Ignores `SIGXFSZ` in this process. The kernel sends it where a write goes beyond the process's file size limit
/// (`RLIMIT_FSIZE`, `ulimit -f`), and by default it ends the process: a guest that fills a file would end its
/// embedder, and all other guests with it. Ignored, the write answers
/// [`ErrorKind::FileTooBig`](ringzero::platform::ErrorKind::FileTooBig), as a guest expects.
///
/// What a process does about its signals is its own decision, so nothing here calls this: an embedder whose guests
/// write files does, once, at its start.
pub fn ignore_file_size_signal() {
    // SAFETY: `signal` may be called at any time with a signal's number, and to ignore is an action. The process has
    // no handler for this signal that could be lost, or it would not ask for this.
    unsafe { signal(Signal::XFSZ.as_raw(), IGNORE) };
}
