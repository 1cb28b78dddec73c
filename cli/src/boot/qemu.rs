//! QEMU, and the serial lines between its machine and this process.
//!
//! In: an image, an archive, a command line. Out: the guest's output and errors, as they come; a log. The guest's
//! input is this process's, on the first line: a byte 0x04 ends it, so that one within it, and the byte 0x10 that
//! says so, travel behind a 0x10.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::load::reason;
use crate::report::Failure;

const QEMU: &str = "qemu-system-x86_64";
/// End of the input.
const END: u8 = 0x04;
/// The next byte is itself.
const QUOTE: u8 = 0x10;

/// A machine to be.
pub(super) struct Machine<'a> {
    pub(super) kernel: &'a Path,
    pub(super) archive: &'a Path,
    pub(super) line: &'a [u8],
    /// Bytes of memory.
    pub(super) memory: u64,
    /// Where the kernel's own words go.
    pub(super) log: &'a Path,
}

impl Machine<'_> {
    /// Runs it to its end. The log says how the guest ended.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut child = self.command()?.spawn().map_err(|error| missing(&error))?;
        if let Some(input) = child.stdin.take() {
            let log = self.log.to_owned();
            // It may read for as long as this process lives; nobody waits for it.
            thread::spawn(move || {
                until_booted(&log);
                forward(io::stdin().lock(), input);
            });
        }
        let errors =
            child.stderr.take().map(|mut from| thread::spawn(move || io::copy(&mut from, &mut io::stderr())));
        let ended = child.wait();
        if let Some(errors) = errors {
            let _ = errors.join();
        }
        ended.map(drop).map_err(|error| Failure::about(QEMU, reason(&error)))
    }

    fn command(&self) -> Result<Command, Failure> {
        let mut qemu = Command::new(QEMU);
        qemu.args("-machine q35 -accel tcg -cpu max -nodefaults -display none -no-reboot".split(' '));
        qemu.args(["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]);
        qemu.arg("-m").arg(format!("{}M", self.memory.div_ceil(1 << 20)));
        qemu.args(["-chardev", "stdio,id=guest,signal=off", "-serial", "chardev:guest"]);
        // What QEMU itself complains of comes the same way.
        qemu.args(["-chardev", "file,id=errors,path=/dev/fd/2,append=on", "-serial", "chardev:errors"]);
        qemu.arg("-debugcon").arg(format!("file:{}", option_path(self.log)?));
        qemu.arg("-kernel").arg(self.kernel).arg("-initrd").arg(option_path(self.archive)?);
        qemu.arg("-append").arg(os_string(self.line)?);
        qemu.stdin(Stdio::piped()).stderr(Stdio::piped());
        Ok(qemu)
    }
}

/// A path within an option, where QEMU takes a comma for the option's end.
fn option_path(path: &Path) -> Result<String, Failure> {
    match path.to_str() {
        Some(path) => Ok(path.replace(',', ",,")),
        None => Err(Failure::about(path.display(), "QEMU wants a path in UTF-8")),
    }
}

#[cfg(unix)]
fn os_string(line: &[u8]) -> Result<std::ffi::OsString, Failure> {
    use std::os::unix::ffi::OsStringExt;
    Ok(std::ffi::OsString::from_vec(line.to_vec()))
}

#[cfg(not(unix))]
fn os_string(line: &[u8]) -> Result<std::ffi::OsString, Failure> {
    let line = String::from_utf8(line.to_vec());
    line.map(Into::into).map_err(|_| Failure::Host("an argument is not UTF-8".to_owned()))
}

fn missing(error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure::Host(format!(
            "{QEMU} is not installed: `apt-get install qemu-system-x86`, `dnf install qemu-system-x86-core`, \
             `pacman -S qemu-system-x86` or `brew install qemu`"
        )),
        _ => Failure::about(QEMU, reason(error)),
    }
}

/// Waits for the kernel's first word: a serial line that nobody has opened loses what it gets.
fn until_booted(log: &Path) {
    while fs::metadata(log).map_or(0, |log| log.len()) == 0 {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Hands the input on, quoted, and its end.
fn forward(mut from: impl Read, mut to: ChildStdin) {
    let mut buffer = [0; 4096];
    let mut quoted = Vec::with_capacity(2 * buffer.len());
    loop {
        let count = match from.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => 0,
        };
        quoted.clear();
        quote(&buffer[..count], &mut quoted);
        if count == 0 {
            quoted.push(END);
        }
        // The guest may have ended without reading it all.
        if to.write_all(&quoted).and_then(|()| to.flush()).is_err() || count == 0 {
            break;
        }
    }
    // QEMU takes the end of its own input for a line that hangs up; the machine goes on until the guest ends.
    thread::park();
}

fn quote(bytes: &[u8], to: &mut Vec<u8>) {
    for &byte in bytes {
        if byte == END || byte == QUOTE {
            to.push(QUOTE);
        }
        to.push(byte);
    }
}

#[test]
fn only_two_bytes_are_quoted() {
    let all: Vec<u8> = (0..=255).collect();
    let mut quoted = Vec::new();
    quote(&all, &mut quoted);
    assert_eq!(quoted.len(), all.len() + 2);
    let mut rest = quoted.into_iter();
    let mut next = || match rest.next()? {
        QUOTE => rest.next(),
        END => None,
        byte => Some(byte),
    };
    assert!(std::iter::from_fn(&mut next).eq(all));
}
