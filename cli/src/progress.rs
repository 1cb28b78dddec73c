//! A sign of life while a large module loads, or much is packed.
//!
//! In: what is done. Out: after one second, and then each second, a line on the standard error that
//! rewrites itself and is wiped at the end; nothing at all where the standard error is not a terminal.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::report::printable;

/// Runs until dropped.
pub(crate) struct Progress {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts to watch the loading of `file`.
    pub(crate) fn start(file: &Path) -> Self {
        Self::of(&format!("loading {}", file.display()))
    }

    /// Starts to watch something that may take long.
    pub(crate) fn of(doing: &str) -> Self {
        if !io::stderr().is_terminal() {
            return Self { running: None };
        }
        let (stop, stopped) = mpsc::channel::<()>();
        let begun = Instant::now();
        let doing = printable(doing);
        let watch = std::thread::spawn(move || {
            let mut shown = false;
            // The channel carries nothing: it is dropped at the end.
            while stopped.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                shown = true;
                let _ = write!(io::stderr(), "\r\x1b[K{doing}, {} s", begun.elapsed().as_secs());
            }
            if shown {
                let _ = write!(io::stderr(), "\r\x1b[K");
            }
        });
        Self { running: Some((stop, watch)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, watch)) = self.running.take() {
            drop(stop);
            let _ = watch.join();
        }
    }
}

/// A number of bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[test]
fn sizes_are_rounded_to_a_digit() {
    assert_eq!(size(1023), "1023 B");
    assert_eq!(size(1536), "1.5 KiB");
    assert_eq!(size(17 << 20), "17.0 MiB");
}
