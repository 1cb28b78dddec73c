//! What went wrong, in one line, and the exit status that says so to a script.
//!
//! In: an error of any layer. Out: `error: …` on the standard error, a backtrace below a trap, an [`ExitCode`].

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use ringzero::Error;
use ringzero_wasi::Exit;

/// The status of a process that a shell saw abort: 128 + SIGABRT.
const TRAPPED: u8 = 134;

/// Why the command ends with a status other than 0.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The guest's own exit status. Nothing is wrong, and nothing is said.
    Status(u32),
    /// The guest trapped.
    Trap(Error),
    /// Anything else: a file that is not there, a bad module, a missing import.
    Host(String),
}

impl Failure {
    /// An error about something that has a name.
    pub(crate) fn about(what: impl Display, error: impl Display) -> Self {
        Self::Host(format!("{what}: {error}"))
    }

    /// What ended a call of the guest.
    pub(crate) fn of_call(error: Error) -> Self {
        if let Some(exit) = error.downcast_ref::<Exit>() {
            return Self::Status(exit.0);
        }
        if error.trap().is_some() {
            return Self::Trap(error);
        }
        Self::Host(error.to_string())
    }
}

/// Says what is to be said and turns it into the process's end.
pub(crate) fn exit(failure: &Failure) -> ExitCode {
    match failure {
        // A status wider than the byte that the system keeps is cut by the system, as for any process.
        #[expect(clippy::exit, reason = "ExitCode holds a byte, the guest's status 32 bits")]
        Failure::Status(status) => std::process::exit(status.cast_signed()),
        Failure::Trap(error) => {
            complain(error);
            if let Some(backtrace) = error.backtrace() {
                for line in backtrace.to_string().lines() {
                    let _ = writeln!(io::stderr(), "{}", printable(line));
                }
            }
            ExitCode::from(TRAPPED)
        }
        Failure::Host(text) => {
            complain(text);
            ExitCode::FAILURE
        }
    }
}

/// `error: …`. Nobody is left to tell where the standard error fails.
fn complain(text: impl Display) {
    let _ = writeln!(io::stderr(), "error: {}", printable(&text.to_string()));
}

/// The text with control characters spelt out: names are a guest's to choose, and neither break a line nor
/// speak to the terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    clean
}

/// Writes to the standard output. A reader that has gone is no error, as for any filter.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::about("standard output", error))
        }
        _ => Ok(()),
    }
}

#[test]
fn names_do_not_speak_to_the_terminal() {
    assert_eq!(printable("a\u{1b}[2J\nb ä"), "a\\u{1b}[2J\\nb ä");
}
