//! Lists of buffers, as `readv(2)` and `writev(2)` take them.
//!
//! In: slices. Out: counts. Empty buffers are left out (they transfer nothing and count against the kernel's
//! limit), at most [`MAX_BUFFERS`] go into one call, and no byte is copied. A short list costs no allocation.

use std::io::{IoSlice, IoSliceMut};

use ringzero::platform::{ErrorKind, Result};
use rustix::io::Errno;

use super::errno::kind;

/// What one call takes: `IOV_MAX` of Linux, macOS and the BSDs.
const MAX_BUFFERS: usize = 1024;
/// Lists up to this length live on the stack.
const SHORT: usize = 16;

/// How far a transfer goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// One call: a second one might wait for ever.
    Once,
    /// Until the buffers are used up or a call comes short: files, which never wait.
    Whole,
}

/// Reads into `buffers` in order. `call` gets a list and the number of bytes read before it.
pub(super) fn read(
    buffers: &mut [&mut [u8]],
    extent: Extent,
    mut call: impl FnMut(&mut [IoSliceMut<'_>], u64) -> std::result::Result<usize, Errno>,
) -> Result<usize> {
    let mut rest = buffers.iter_mut().filter(|b| !b.is_empty()).peekable();
    let mut total = 0;
    loop {
        let mut short: [IoSliceMut<'_>; SHORT] = std::array::from_fn(|_| IoSliceMut::new(&mut []));
        let mut long = Vec::new();
        let mut count = 0;
        while count < SHORT
            && let Some(buffer) = rest.next()
        {
            short[count] = IoSliceMut::new(buffer);
            count += 1;
        }
        let list: &mut [IoSliceMut<'_>] = if rest.peek().is_none() {
            &mut short[..count]
        } else {
            long.try_reserve_exact(MAX_BUFFERS).map_err(|_| ErrorKind::OutOfMemory)?;
            long.extend(short);
            long.extend(rest.by_ref().take(MAX_BUFFERS - SHORT).map(|b| IoSliceMut::new(b)));
            &mut long
        };
        let wanted = list.iter().map(|b| b.len()).sum();
        let step = retry(|| call(list, total as u64));
        if !proceed(step, wanted, &mut total)? || extent == Extent::Once || rest.peek().is_none() {
            return Ok(total);
        }
    }
}

/// Writes `buffers` in order. `call` gets a list and the number of bytes written before it.
pub(super) fn write(
    buffers: &[&[u8]],
    extent: Extent,
    mut call: impl FnMut(&[IoSlice<'_>], u64) -> std::result::Result<usize, Errno>,
) -> Result<usize> {
    let mut rest = buffers.iter().filter(|b| !b.is_empty()).peekable();
    let mut total = 0;
    loop {
        let mut short: [IoSlice<'_>; SHORT] = std::array::from_fn(|_| IoSlice::new(&[]));
        let mut long = Vec::new();
        let mut count = 0;
        while count < SHORT
            && let Some(buffer) = rest.next()
        {
            short[count] = IoSlice::new(buffer);
            count += 1;
        }
        let list: &[IoSlice<'_>] = if rest.peek().is_none() {
            &short[..count]
        } else {
            long.try_reserve_exact(MAX_BUFFERS).map_err(|_| ErrorKind::OutOfMemory)?;
            long.extend(short);
            long.extend(rest.by_ref().take(MAX_BUFFERS - SHORT).map(|b| IoSlice::new(b)));
            &long
        };
        let wanted = list.iter().map(|b| b.len()).sum();
        let step = retry(|| call(list, total as u64));
        if !proceed(step, wanted, &mut total)? || extent == Extent::Once || rest.peek().is_none() {
            return Ok(total);
        }
    }
}

/// The front of a list: its first `room` bytes.
pub(super) fn first_bytes<'a>(buffers: &[&'a [u8]], room: usize) -> Result<Vec<&'a [u8]>> {
    let mut few = Vec::new();
    let mut room = room;
    for buffer in buffers.iter().filter(|b| !b.is_empty()) {
        let part = &buffer[..buffer.len().min(room)];
        few.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
        few.push(part);
        room -= part.len();
        if room == 0 {
            break;
        }
    }
    Ok(few)
}

fn retry(call: impl FnMut() -> std::result::Result<usize, Errno>) -> std::result::Result<usize, Errno> {
    rustix::io::retry_on_intr(call)
}

/// Adds one step to the total: true where the step was full. An error after bytes have moved is left for the
/// next call to meet, as the kernel does inside one call.
fn proceed(step: std::result::Result<usize, Errno>, wanted: usize, total: &mut usize) -> Result<bool> {
    match step {
        Ok(count) => {
            *total += count;
            Ok(count == wanted)
        }
        Err(_) if *total > 0 => Ok(false),
        Err(errno) => Err(kind(errno)),
    }
}
