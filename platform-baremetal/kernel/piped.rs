//! A serial line behind which nobody sits.
//!
//! In: a stream. Out: the same, as a pipe: programs ask whether they talk to a terminal, and buffer and colour what they
//! write by the answer.

use alloc::sync::Arc;

use ringzero::platform::{FileType, Interest, Readiness, Result, Stream, WaitHandle};

pub(crate) struct Piped(pub(crate) Arc<dyn Stream>);

impl Stream for Piped {
    fn file_type(&self) -> FileType {
        FileType::Fifo
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        self.0.read(buffers)
    }

    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        self.0.write(buffers)
    }

    fn try_read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        self.0.try_read(buffers)
    }

    fn try_write(&self, buffers: &[&[u8]]) -> Result<usize> {
        self.0.try_write(buffers)
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        self.0.ready(interest)
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.0.wait_handle()
    }

    fn nonblocking(&self) -> bool {
        self.0.nonblocking()
    }

    fn set_nonblocking(&self, on: bool) -> Result<()> {
        self.0.set_nonblocking(on)
    }
}
