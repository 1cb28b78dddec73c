//! The kernel's own words, apart from the guest's: the debug console at port 0xe9.

use core::fmt::{self, Write};

use x86_64::instructions::port::Port;

/// Writes one line to the kernel's log.
macro_rules! log {
    ($($word:tt)*) => { $crate::machine::write_log(format_args!($($word)*)) };
}
pub(crate) use log;

struct DebugConsole;

impl Write for DebugConsole {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut port = Port::<u8>::new(0xe9);
        for byte in text.bytes() {
            // SAFETY: QEMU's debug console takes any byte; elsewhere nothing listens at this port.
            unsafe { port.write(byte) };
        }
        Ok(())
    }
}

pub(crate) fn write_log(words: fmt::Arguments<'_>) {
    let _ = writeln!(DebugConsole, "{words}");
}
