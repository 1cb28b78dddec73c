//! Bytes between a guest's buffers and a descriptor, in turns.
//!
//! In: buffers, an operation that transfers some of them. Out: one count, as native `readv` and `writev` give it.
//! A write that waits goes on until all is written; what may be interrupted goes in pieces, and keeps how far it
//! came. It does not know what the operation is.

use crate::{
    errno::Errno,
    iovec::Iovecs,
    table::Descriptor,
    wait::{Pause, Progress, waits_here},
};

/// The most bytes in one operation where the guest may be interrupted: a fraction of a millisecond's copying, also
/// to pages that are touched for the first time.
pub(crate) const PIECE: usize = 1 << 18;

/// When another operation follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turns {
    /// Never: a second one might wait for ever.
    One,
    /// After one that did all it was asked for, which may have been a piece.
    WhileFull,
    /// Until all is done.
    All,
}

impl Turns {
    /// How a descriptor is read: files, which never wait, to the end of the buffers; all else once.
    pub(crate) fn of_read(descriptor: &Descriptor) -> Self {
        let file = descriptor.as_file().is_some() && descriptor.wait_handle().is_none();
        if file { Self::WhileFull } else { Self::One }
    }

    /// How a descriptor is written: what waits takes all, all else until it comes short.
    pub(crate) fn of_write(descriptor: &Descriptor) -> Self {
        if waits_here(descriptor) { Self::All } else { Self::WhileFull }
    }
}

/// Transfers in turns; `operation` gets the buffers of its turn and the number of bytes done before. An error
/// after some bytes is left for the next call to meet.
pub(crate) fn in_turns(
    pause: &mut Pause,
    vectors: &mut Iovecs,
    turns: Turns,
    operation: &mut dyn FnMut(&Pause, &Iovecs, usize) -> Result<usize, Errno>,
) -> Result<usize, Errno> {
    let mut done = match pause.progress() {
        Some(Progress::Bytes(done)) => done,
        _ => 0,
    };
    vectors.advance(done);
    loop {
        let front = if pause.interruptible() { vectors.front(PIECE)? } else { None };
        let part = front.as_ref().unwrap_or(vectors);
        let wanted = part.total();
        // A transfer of no bytes does not reach the platform, so that it never waits.
        let result = if wanted == 0 { Ok(0) } else { operation(pause, part, done) };
        match result {
            Ok(count) => {
                done += count;
                vectors.advance(count);
                let again = turns == Turns::All || (turns == Turns::WhileFull && count == wanted);
                if count == 0 || vectors.total() == 0 || !again {
                    return Ok(done);
                }
            }
            Err(error) if pause.interrupted() => {
                pause.keep(Progress::Bytes(done));
                return Err(error);
            }
            Err(error) if done == 0 => return Err(error),
            Err(_) => return Ok(done),
        }
        if let Err(error) = pause.check() {
            pause.keep(Progress::Bytes(done));
            return Err(error);
        }
    }
}
