//! The serial lines: the guest's input and output on the first, its errors on the second, or on the first where there
//! is no second.
//!
//! In: ports. Out: streams. A line has no end, and a program's input has one; so a byte 0x04 on the first line ends the
//! input, as Ctrl-D on a terminal does, and a byte 0x10 makes the next one an ordinary one.

use alloc::sync::Arc;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, Ordering};

use ringzero::platform::{ErrorKind, FileType, Interest, Readiness, Result, Stream, WaitHandle};
use ringzero_platform_baremetal::device::Ports;
use ringzero_platform_baremetal::serial::Serial;
use spin::{Mutex, Once};

/// The ports of the two lines.
const FIRST: u16 = 0x3f8;
const SECOND: u16 = 0x2f8;
const SPEED: u32 = 115_200;

/// By what the scheduler knows the input.
const INPUT: WaitHandle = WaitHandle(1);
/// Ends the input.
const END: u8 = 0x04;
/// Makes the next byte an ordinary one.
const QUOTE: u8 = 0x10;

type Line = Serial<Ports>;

/// The line whose interrupts arrive.
static LINE: Once<Arc<Line>> = Once::new();

/// The streams of the guest.
pub(crate) struct Console {
    pub(crate) input: Arc<dyn Stream>,
    pub(crate) output: Arc<dyn Stream>,
    pub(crate) error: Arc<dyn Stream>,
}

impl Console {
    /// Opens the lines.
    ///
    /// # Errors
    /// There is not even one.
    pub(super) fn open(ports: Ports) -> Result<Self> {
        let first = Arc::new(Serial::open(ports, FIRST, SPEED)?.with_handle(INPUT));
        LINE.call_once(|| first.clone());
        let error: Arc<dyn Stream> = match Serial::open(ports, SECOND, SPEED) {
            Ok(second) => Arc::new(second),
            Err(_) => first.clone(),
        };
        let (quoted, ended) = (Mutex::new(false), AtomicBool::new(false));
        Ok(Self { input: Arc::new(Input { line: first.clone(), quoted, ended }), output: first, error })
    }

    /// What the scheduler has to know.
    pub(super) fn source(&self) -> (WaitHandle, Arc<dyn Stream>) {
        (INPUT, self.input.clone())
    }

    /// Writes to the guest's errors, without the heap, which a guest may have filled. Nobody is left to tell where it
    /// fails.
    pub(crate) fn complain(&self, words: fmt::Arguments<'_>) {
        let _ = Printable(&*self.error).write_fmt(words);
    }
}

/// Text with control characters spelt out: names in it are a guest's to choose, and do not speak to the terminal.
struct Printable<'s>(&'s dyn Stream);

impl Write for Printable<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            let mut bytes = [0; 4];
            match c.is_control() && c != '\n' {
                true => write!(self, "{}", c.escape_default())?,
                false => drop(self.0.write(&[c.encode_utf8(&mut bytes).as_bytes()]).map_err(|_| fmt::Error)?),
            }
        }
        Ok(())
    }
}

/// The first line's interrupt.
pub(super) fn received() {
    if let Some(line) = LINE.get() {
        line.interrupt();
    }
}

/// The first line, read to its end.
struct Input {
    line: Arc<Line>,
    /// The byte before this one was [`QUOTE`].
    quoted: Mutex<bool>,
    ended: AtomicBool,
}

impl Stream for Input {
    fn file_type(&self) -> FileType {
        FileType::CharacterDevice
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        loop {
            match self.try_read(buffers) {
                Err(ErrorKind::WouldBlock) if !self.nonblocking() => core::hint::spin_loop(),
                result => return result,
            }
        }
    }

    fn try_read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        let mut quoted = self.quoted.lock();
        let mut count = 0;
        for place in buffers.iter_mut().flat_map(|buffer| buffer.iter_mut()) {
            loop {
                if self.ended.load(Ordering::Relaxed) {
                    return Ok(count);
                }
                let mut byte = [0];
                match self.line.try_read(&mut [&mut byte]) {
                    Ok(_) => {}
                    Err(_) if count > 0 => return Ok(count),
                    Err(error) => return Err(error),
                }
                match (core::mem::take(&mut *quoted), byte[0]) {
                    (false, END) => self.ended.store(true, Ordering::Relaxed),
                    (false, QUOTE) => *quoted = true,
                    (_, byte) => {
                        *place = byte;
                        count += 1;
                        break;
                    }
                }
            }
        }
        Ok(count)
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        if self.ended.load(Ordering::Relaxed) {
            return Ok(Readiness { ready: true, bytes: 0, hangup: true });
        }
        self.line.ready(interest)
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.line.wait_handle()
    }

    fn nonblocking(&self) -> bool {
        self.line.nonblocking()
    }

    fn set_nonblocking(&self, on: bool) -> Result<()> {
        self.line.set_nonblocking(on)
    }
}
