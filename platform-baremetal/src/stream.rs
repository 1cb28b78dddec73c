//! Streams made of memory.
//!
//! In: bytes. Out: the same bytes, on the other side. They never wait: there is nobody to wait for.

use alloc::{collections::VecDeque, sync::Arc, vec::Vec};

use ringzero::platform::{ErrorKind, FileType, Interest, Readiness, Result, Stream};
use ringzero::reserve::try_arc;
use spin::Mutex;

/// Reads bytes that were there from the start, then ends.
pub struct Reader<B> {
    bytes: B,
    at: Mutex<usize>,
}

impl<B: AsRef<[u8]> + Send + Sync> Reader<B> {
    /// A stream of these bytes.
    pub fn new(bytes: B) -> Arc<Self> {
        Arc::new(Self { bytes, at: Mutex::new(0) })
    }
}

impl<B: AsRef<[u8]> + Send + Sync> Stream for Reader<B> {
    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        let mut at = self.at.lock();
        let mut rest = self.bytes.as_ref().get(*at..).unwrap_or(&[]);
        let before = rest.len();
        for buffer in buffers {
            let (now, later) = rest.split_at(buffer.len().min(rest.len()));
            buffer[..now.len()].copy_from_slice(now);
            rest = later;
        }
        let count = before - rest.len();
        *at += count;
        Ok(count)
    }

    fn ready(&self, _: Interest) -> Result<Readiness> {
        let left = self.bytes.as_ref().len().saturating_sub(*self.at.lock());
        Ok(Readiness { ready: true, bytes: left as u64, hangup: left == 0 })
    }
}

/// Keeps what is written, up to a limit.
pub struct Buffer {
    bytes: Mutex<Vec<u8>>,
    limit: usize,
}

impl Buffer {
    /// An empty buffer for at most `limit` bytes. Memory is taken as it fills.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { bytes: Mutex::new(Vec::new()), limit })
    }

    /// What has been written so far; empties the buffer.
    pub fn take(&self) -> Vec<u8> {
        core::mem::take(&mut self.bytes.lock())
    }

    /// Shows what has been written so far. `look` runs with the buffer locked: it must not write to it.
    pub fn with<R>(&self, look: impl FnOnce(&[u8]) -> R) -> R {
        look(&self.bytes.lock())
    }
}

impl Stream for Buffer {
    /// A full buffer answers [`ErrorKind::NoSpace`], one that cannot grow [`ErrorKind::OutOfMemory`].
    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        let mut bytes = self.bytes.lock();
        let mut total = 0;
        for buffer in buffers.iter().filter(|b| !b.is_empty()) {
            let part = &buffer[..buffer.len().min(self.limit.saturating_sub(bytes.len()))];
            let kept = bytes.try_reserve(part.len()).map_err(|_| ErrorKind::OutOfMemory);
            let kept = if part.is_empty() { Err(ErrorKind::NoSpace) } else { kept };
            if let Err(error) = kept {
                return if total > 0 { Ok(total) } else { Err(error) };
            }
            bytes.extend_from_slice(part);
            total += part.len();
        }
        Ok(total)
    }
}

/// What is written can be read, in order: a bounded queue, with both ends in one object.
///
/// It is always in non-blocking mode: reading from an empty pipe and writing to a full one answer
/// [`ErrorKind::WouldBlock`], and whoever waits asks [`ready`](Stream::ready) again.
pub struct Pipe {
    state: Mutex<Ends>,
    capacity: usize,
}

struct Ends {
    queue: VecDeque<u8>,
    writer_gone: bool,
    reader_gone: bool,
}

impl Pipe {
    /// An empty pipe that holds up to `capacity` bytes, all taken now.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]; [`ErrorKind::InvalidInput`] for a capacity of 0.
    pub fn new(capacity: usize) -> Result<Arc<Self>> {
        if capacity == 0 {
            return Err(ErrorKind::InvalidInput);
        }
        let mut queue = VecDeque::new();
        queue.try_reserve_exact(capacity).map_err(|_| ErrorKind::OutOfMemory)?;
        let state = Mutex::new(Ends { queue, writer_gone: false, reader_gone: false });
        try_arc(Self { state, capacity }).map_err(|_| ErrorKind::OutOfMemory)
    }

    /// Says that nothing more is written: after what is in it, readers see the end.
    pub fn close_writer(&self) {
        self.state.lock().writer_gone = true;
    }

    /// Says that nobody reads any more: writers get [`ErrorKind::BrokenPipe`].
    pub fn close_reader(&self) {
        self.state.lock().reader_gone = true;
    }
}

impl Stream for Pipe {
    fn file_type(&self) -> FileType {
        FileType::Fifo
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        let mut ends = self.state.lock();
        if buffers.iter().all(|b| b.is_empty()) {
            return Ok(0);
        }
        if ends.queue.is_empty() && !ends.writer_gone {
            return Err(ErrorKind::WouldBlock);
        }
        let mut total = 0;
        for buffer in buffers {
            let count = buffer.len().min(ends.queue.len());
            for (to, from) in buffer.iter_mut().zip(ends.queue.drain(..count)) {
                *to = from;
            }
            total += count;
        }
        Ok(total)
    }

    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        let mut ends = self.state.lock();
        if ends.reader_gone {
            return Err(ErrorKind::BrokenPipe);
        }
        let mut total = 0;
        for buffer in buffers {
            let room = self.capacity - ends.queue.len();
            let part = &buffer[..buffer.len().min(room)];
            ends.queue.extend(part);
            total += part.len();
        }
        if total == 0 && buffers.iter().any(|b| !b.is_empty()) {
            return Err(ErrorKind::WouldBlock);
        }
        Ok(total)
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        let ends = self.state.lock();
        let writable = self.capacity - ends.queue.len();
        let (count, gone) = if interest.contains(Interest::WRITE) {
            (writable, ends.reader_gone)
        } else {
            (ends.queue.len(), ends.writer_gone)
        };
        Ok(Readiness { ready: count > 0 || gone, bytes: count as u64, hangup: gone })
    }

    fn nonblocking(&self) -> bool {
        true
    }

    fn set_nonblocking(&self, on: bool) -> Result<()> {
        if on { Ok(()) } else { Err(ErrorKind::NotSupported) }
    }
}
