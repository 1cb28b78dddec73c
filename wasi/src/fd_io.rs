//! `fd_read`, `fd_pread`, `fd_write`, `fd_pwrite`.
//!
//! In: a descriptor and an array of buffers. Out: one count, as native `readv` and `writev` would give it: one
//! platform call for all buffers, filled in order, straight in the guest's memory. Every pointer is checked
//! before a byte moves. An error after some bytes is the platform's to report with the next call.

use ringzero::platform::{self, Interest};

use crate::{
    abi::Rights,
    ctx::WasiCtx,
    errno::Errno,
    iovec::{Drain, Fill, Iovecs},
    memory::{GuestMemory, GuestPtr, Place},
    table::{Descriptor, Object},
    wait,
};

/// Reads at the descriptor's offset.
pub(crate) fn fd_read(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    iovs: GuestPtr,
    iovs_len: u32,
    count: GuestPtr,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    require_readable(descriptor)?;
    let vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let place = memory.place(count)?;
    let scheduler = &*ctx.scheduler;
    let done = transfer_in(&vectors, memory, &mut |buffers| {
        wait::until_done(scheduler, descriptor, Interest::READ, &mut || read(descriptor, buffers))
    })?;
    store_count(memory, place, done)
}

/// Reads at `offset`; the descriptor's own offset stays.
pub(crate) fn fd_pread(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    iovs: GuestPtr,
    iovs_len: u32,
    offset: u64,
    count: GuestPtr,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    require_readable(descriptor)?;
    let file = descriptor.as_file().ok_or(Errno::Spipe)?;
    let offset = position(offset)?;
    let vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let place = memory.place(count)?;
    let done = transfer_in(&vectors, memory, &mut |buffers| Ok(file.read_at(buffers, offset)?))?;
    store_count(memory, place, done)
}

/// Writes at the descriptor's offset, or at the end in append mode.
pub(crate) fn fd_write(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    iovs: GuestPtr,
    iovs_len: u32,
    count: GuestPtr,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    require_writable(descriptor)?;
    let vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let place = memory.place(count)?;
    let scheduler = &*ctx.scheduler;
    let done = transfer_out(&vectors, memory, &mut |buffers| {
        wait::until_done(scheduler, descriptor, Interest::WRITE, &mut || write(descriptor, buffers))
    })?;
    store_count(memory, place, done)
}

/// Writes at `offset`, also in append mode; the descriptor's own offset stays.
pub(crate) fn fd_pwrite(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    iovs: GuestPtr,
    iovs_len: u32,
    offset: u64,
    count: GuestPtr,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    require_writable(descriptor)?;
    let file = descriptor.as_file().ok_or(Errno::Spipe)?;
    let offset = position(offset)?;
    let vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let place = memory.place(count)?;
    let done = transfer_out(&vectors, memory, &mut |buffers| Ok(file.write_at(buffers, offset)?))?;
    store_count(memory, place, done)
}

/// A position in a file: what a signed 64-bit `off_t` can hold.
pub(crate) fn position(offset: u64) -> Result<u64, Errno> {
    match i64::try_from(offset) {
        Ok(_) => Ok(offset),
        Err(_) => Err(Errno::Inval),
    }
}

/// Fills the buffers. A transfer of no bytes does not reach the platform, so that it never waits.
pub(crate) fn transfer_in(
    vectors: &Iovecs,
    memory: &mut GuestMemory<'_>,
    fill: &mut Fill<'_>,
) -> Result<usize, Errno> {
    match vectors.total() {
        0 => Ok(0),
        _ => vectors.scatter(memory, fill),
    }
}

/// Drains the buffers. A transfer of no bytes does not reach the platform.
pub(crate) fn transfer_out(
    vectors: &Iovecs,
    memory: &GuestMemory<'_>,
    drain: &mut Drain<'_>,
) -> Result<usize, Errno> {
    match vectors.total() {
        0 => Ok(0),
        _ => vectors.gather(memory, drain),
    }
}

pub(crate) fn store_count(memory: &mut GuestMemory<'_>, place: Place<4>, count: usize) -> Result<(), Errno> {
    let count = u32::try_from(count).map_err(|_| Errno::Overflow)?;
    memory.store(place, count.to_le_bytes())
}

fn require_readable(descriptor: &Descriptor) -> Result<(), Errno> {
    match &descriptor.object {
        Object::Dir(_) => Err(Errno::Isdir),
        Object::Listener(_) => Err(Errno::Notconn),
        _ if descriptor.base.contains(Rights::FD_READ) => Ok(()),
        _ => Err(Errno::Badf),
    }
}

fn require_writable(descriptor: &Descriptor) -> Result<(), Errno> {
    match &descriptor.object {
        Object::Listener(_) => Err(Errno::Notconn),
        // A directory never has the right, as its native descriptor is never open for writing.
        _ if descriptor.base.contains(Rights::FD_WRITE) => Ok(()),
        _ => Err(Errno::Badf),
    }
}

fn read(descriptor: &Descriptor, buffers: &mut [&mut [u8]]) -> platform::Result<usize> {
    match &descriptor.object {
        Object::Stream(stream) => stream.read(buffers),
        Object::File(file) => file.read(buffers),
        Object::Connection(connection) => connection.read(buffers),
        Object::Dir(_) | Object::Listener(_) => Err(platform::ErrorKind::BadDescriptor),
    }
}

fn write(descriptor: &Descriptor, buffers: &[&[u8]]) -> platform::Result<usize> {
    match &descriptor.object {
        Object::Stream(stream) => stream.write(buffers),
        Object::File(file) => file.write(buffers),
        Object::Connection(connection) => connection.write(buffers),
        Object::Dir(_) | Object::Listener(_) => Err(platform::ErrorKind::BadDescriptor),
    }
}
