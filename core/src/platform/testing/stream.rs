//! The test bed's stream and its source of bytes.
//!
//! In: bytes that the test puts in. Out: bytes that the guest has written.

use alloc::{collections::VecDeque, sync::Arc, vec::Vec};
use core::sync::atomic::{AtomicU8, Ordering};

use spin::Mutex;

use crate::platform::{Entropy, ErrorKind, FileType, Interest, Readiness, Result, Stream, WaitHandle};

/// A stream that reads what the test pushed and keeps what was written.
///
/// Reading from an empty stream that has not been [closed](Self::close) answers [`ErrorKind::WouldBlock`]:
/// nobody else would come to fill it.
pub struct TestStream {
    state: Mutex<State>,
    file_type: FileType,
    handle: Option<WaitHandle>,
}

#[derive(Default)]
struct State {
    input: VecDeque<u8>,
    output: Vec<u8>,
    closed: bool,
    nonblocking: bool,
    /// The most that one read or write transfers.
    limit: Option<usize>,
}

impl TestStream {
    /// An empty stream of unknown type.
    pub fn new() -> Arc<Self> {
        Self::with_type(FileType::Unknown, None)
    }

    /// A stream with this input and nothing after it.
    pub fn from_input(input: &[u8]) -> Arc<Self> {
        let stream = Self::new();
        stream.push(input);
        stream.close();
        stream
    }

    /// An empty stream that says what it is and by which handle it is waited for.
    pub fn with_type(file_type: FileType, handle: Option<WaitHandle>) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), file_type, handle })
    }

    /// Adds to what can be read.
    pub fn push(&self, bytes: &[u8]) {
        self.state.lock().input.extend(bytes);
    }

    /// Says that no more input comes.
    pub fn close(&self) {
        self.state.lock().closed = true;
    }

    /// Makes each transfer stop after `bytes`: short counts on purpose.
    pub fn limit(&self, bytes: usize) {
        self.state.lock().limit = Some(bytes);
    }

    /// What is left to read.
    pub fn unread(&self) -> Vec<u8> {
        self.state.lock().input.iter().copied().collect()
    }

    /// What has been written; empties it.
    pub fn take_output(&self) -> Vec<u8> {
        core::mem::take(&mut self.state.lock().output)
    }
}

impl Stream for TestStream {
    fn file_type(&self) -> FileType {
        self.file_type
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        let mut state = self.state.lock();
        if buffers.iter().all(|b| b.is_empty()) {
            return Ok(0);
        }
        if state.input.is_empty() && !state.closed {
            return Err(ErrorKind::WouldBlock);
        }
        let mut room = state.limit.unwrap_or(usize::MAX);
        let mut total = 0;
        for byte in buffers.iter_mut().flat_map(|b| b.iter_mut()) {
            if room == 0 {
                break;
            }
            let Some(next) = state.input.pop_front() else {
                break;
            };
            *byte = next;
            (total, room) = (total + 1, room - 1);
        }
        Ok(total)
    }

    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        let mut state = self.state.lock();
        let room = state.limit.unwrap_or(usize::MAX);
        let before = state.output.len();
        let bytes = buffers.iter().flat_map(|b| b.iter().copied()).take(room);
        state.output.extend(bytes);
        Ok(state.output.len() - before)
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        let state = self.state.lock();
        if interest.contains(Interest::WRITE) {
            return Ok(Readiness::READY);
        }
        Ok(Readiness {
            ready: !state.input.is_empty() || state.closed,
            bytes: state.input.len() as u64,
            hangup: state.closed,
        })
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.handle
    }

    fn nonblocking(&self) -> bool {
        self.state.lock().nonblocking
    }

    fn set_nonblocking(&self, on: bool) -> Result<()> {
        self.state.lock().nonblocking = on;
        Ok(())
    }
}

/// Bytes that count up from 0 and go on where the last call stopped: as predictable as can be.
#[derive(Debug, Default)]
pub struct CountingEntropy(AtomicU8);

impl Entropy for CountingEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        for byte in buffer {
            *byte = self.0.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }
}
