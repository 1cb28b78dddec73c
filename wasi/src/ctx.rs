//! Everything that one guest sees of the world.
//!
//! In: what the [builder](crate::WasiCtxBuilder) was given. Out: the state behind the 46 functions. It does not
//! know the engine or the guest's memory.

use alloc::{sync::Arc, vec::Vec};

use ringzero::platform::{Clock, Entropy};

use crate::{table::Table, wait::Pause};

/// The world of one guest: its arguments, environment, descriptors, clock, randomness and scheduler.
///
/// Made by [`WasiCtxBuilder`](crate::WasiCtxBuilder). What was not granted is not there: no files, no entropy,
/// a fake clock, an empty standard input, outputs that go nowhere.
pub struct WasiCtx {
    pub(crate) args: Strings,
    pub(crate) env: Strings,
    pub(crate) table: Table,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Option<Arc<dyn Entropy>>,
    pub(crate) pause: Pause,
}

/// Strings as the guest wants them: one block, each ended by a NUL.
#[derive(Default)]
pub(crate) struct Strings {
    bytes: Vec<u8>,
    starts: Vec<u32>,
}

/// The block does not fit into 32 bits, or into the host's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StringsError {
    TooLong,
    OutOfMemory,
}

impl Strings {
    /// Appends the string made of `parts`, which hold no NUL.
    pub(crate) fn push(&mut self, parts: &[&[u8]]) -> Result<(), StringsError> {
        let start = u32::try_from(self.bytes.len()).map_err(|_| StringsError::TooLong)?;
        let len = parts
            .iter()
            .try_fold(1usize, |sum, part| sum.checked_add(part.len()))
            .ok_or(StringsError::TooLong)?;
        let end = self.bytes.len().checked_add(len).ok_or(StringsError::TooLong)?;
        u32::try_from(end).map_err(|_| StringsError::TooLong)?;
        let out_of_memory = |_| StringsError::OutOfMemory;
        self.bytes.try_reserve(len).map_err(out_of_memory)?;
        self.starts.try_reserve(1).map_err(out_of_memory)?;
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.bytes.push(0);
        self.starts.push(start);
        Ok(())
    }

    /// All strings with their NULs.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of all of it.
    pub(crate) fn size(&self) -> u64 {
        (self.bytes.len() + size_of_val(&self.starts[..])) as u64
    }

    /// Where each string starts.
    pub(crate) fn starts(&self) -> &[u32] {
        &self.starts
    }
}
