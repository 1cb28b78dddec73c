//! `fd_read`, `fd_pread`, `fd_write`, `fd_pwrite`.
//!
//! In: a descriptor and an array of buffers. Out: one count, as native `readv` and `writev` would give it: buffers
//! are filled in order, straight in the guest's memory, by one platform call unless that comes short of what a native
//! call would do, or is long. Every pointer is checked before a byte moves.

use ringzero::platform::{self, Interest};

use crate::{
    abi::Rights,
    ctx::WasiCtx,
    errno::Errno,
    iovec::Iovecs,
    memory::{GuestMemory, GuestPtr, Place},
    table::{Descriptor, Object},
    transfer::{Turns, in_turns},
    wait::{Mode, until_done},
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
    let mut vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let place = memory.place(count)?;
    let turns = Turns::of_read(descriptor);
    let done = in_turns(&mut ctx.pause, &mut vectors, turns, &mut |pause, part, _| {
        part.scatter(memory, &mut |buffers| {
            until_done(pause, descriptor, Interest::READ, &mut |mode| read(descriptor, buffers, mode))
        })
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
    let mut vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let place = memory.place(count)?;
    let turns = Turns::of_read(descriptor);
    let done = in_turns(&mut ctx.pause, &mut vectors, turns, &mut |_, part, done| {
        let at = offset.saturating_add(done as u64);
        part.scatter(memory, &mut |buffers| Ok(file.read_at(buffers, at)?))
    })?;
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
    let mut vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let place = memory.place(count)?;
    let turns = Turns::of_write(descriptor);
    let done = in_turns(&mut ctx.pause, &mut vectors, turns, &mut |pause, part, _| {
        part.gather(memory, &mut |buffers| {
            until_done(pause, descriptor, Interest::WRITE, &mut |mode| write(descriptor, buffers, mode))
        })
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
    let mut vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let place = memory.place(count)?;
    let turns = Turns::of_read(descriptor);
    let done = in_turns(&mut ctx.pause, &mut vectors, turns, &mut |_, part, done| {
        let at = offset.saturating_add(done as u64);
        part.gather(memory, &mut |buffers| Ok(file.write_at(buffers, at)?))
    })?;
    store_count(memory, place, done)
}

/// A position in a file: what a signed 64-bit `off_t` can hold.
pub(crate) fn position(offset: u64) -> Result<u64, Errno> {
    match i64::try_from(offset) {
        Ok(_) => Ok(offset),
        Err(_) => Err(Errno::Inval),
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

fn read(descriptor: &Descriptor, buffers: &mut [&mut [u8]], mode: Mode) -> platform::Result<usize> {
    let plain = mode == Mode::Plain;
    match &descriptor.object {
        Object::Stream(stream) if plain => stream.read(buffers),
        Object::Stream(stream) => stream.try_read(buffers),
        Object::File(file) if plain => file.read(buffers),
        Object::File(file) => file.try_read(buffers),
        Object::Connection(connection) if plain => connection.read(buffers),
        Object::Connection(connection) => connection.try_read(buffers),
        Object::Dir(_) | Object::Listener(_) => Err(platform::ErrorKind::BadDescriptor),
    }
}

fn write(descriptor: &Descriptor, buffers: &[&[u8]], mode: Mode) -> platform::Result<usize> {
    let plain = mode == Mode::Plain;
    match &descriptor.object {
        Object::Stream(stream) if plain => stream.write(buffers),
        Object::Stream(stream) => stream.try_write(buffers),
        Object::File(file) if plain => file.write(buffers),
        Object::File(file) => file.try_write(buffers),
        Object::Connection(connection) if plain => connection.write(buffers),
        Object::Connection(connection) => connection.try_write(buffers),
        Object::Dir(_) | Object::Listener(_) => Err(platform::ErrorKind::BadDescriptor),
    }
}
