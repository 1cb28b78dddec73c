//! `sock_accept`, `sock_recv`, `sock_send`, `sock_shutdown`.
//!
//! In: a listener that the host opened, or a connection taken from one. Out: connections, bytes, counts. It
//! cannot open a socket of its own: preview 1 has no function for that.

use ringzero::platform::{ErrorKind, FileFlags, Interest, RecvFlags, Shutdown};

use crate::{
    abi,
    ctx::WasiCtx,
    errno::Errno,
    fd_io::store_count,
    iovec::Iovecs,
    memory::{GuestMemory, GuestPtr},
    table::{Descriptor, Object},
    transfer::{Turns, in_turns},
    wait::{Mode, until_done},
};

/// Takes the next connection and stores its descriptor. The only flag is `nonblock`, for the connection.
pub(crate) fn sock_accept(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    flags: u32,
    accepted: GuestPtr,
) -> Result<(), Errno> {
    ctx.table.get(fd)?;
    let place = memory.place::<4>(accepted)?;
    ctx.table.reserve()?;
    let descriptor = ctx.table.get(fd)?;
    let listener = match &descriptor.object {
        Object::Listener(listener) => listener,
        Object::Connection(_) => return Err(Errno::Inval),
        _ => return Err(Errno::Notsock),
    };
    let flags = abi::fd_flags(flags)?;
    if !FileFlags::NONBLOCK.contains(flags) {
        return Err(Errno::Inval);
    }
    let connection = until_done(&ctx.pause, descriptor, Interest::READ, &mut |mode| match mode {
        Mode::Plain => listener.accept(),
        Mode::Try => listener.try_accept(),
    })?;
    let mut new = Descriptor::connection(connection);
    new.set_nonblocking(flags.contains(FileFlags::NONBLOCK))?;
    let number = ctx.table.insert(new)?;
    memory.store(place, number.to_le_bytes())
}

/// Receives into buffers in order. `recv_waitall` goes on until they are full, the peer ends, or an error.
#[expect(clippy::too_many_arguments, reason = "the interface has them")]
pub(crate) fn sock_recv(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    iovs: GuestPtr,
    iovs_len: u32,
    flags: u32,
    count: GuestPtr,
    out_flags: GuestPtr,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    let connection = descriptor.socket()?;
    let flags = u8::try_from(flags).ok().and_then(RecvFlags::from_bits);
    let flags = flags.ok_or(Errno::Notsup)?;
    let mut vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let (count_place, flags_place) = (memory.place(count)?, memory.place::<2>(out_flags)?);
    let mut turns = Turns::One;
    let (mut plain, peek) = (flags, flags.contains(RecvFlags::PEEK));
    if flags.contains(RecvFlags::WAIT_ALL) && !peek {
        (turns, plain) = (Turns::All, flags - RecvFlags::WAIT_ALL);
    }
    // Bytes that stay in the queue cannot be waited for here: the platform has to, unless it could not be stopped.
    let whole = flags.contains(RecvFlags::WAIT_ALL) && peek && !ctx.pause.interruptible();
    let done = in_turns(&mut ctx.pause, &mut vectors, turns, &mut |pause, part, _| {
        part.scatter(memory, &mut |buffers| {
            until_done(pause, descriptor, Interest::READ, &mut |mode| match mode {
                Mode::Try if !whole => connection.try_receive(buffers, plain),
                Mode::Try if !connection.ready(Interest::READ)?.ready => Err(ErrorKind::WouldBlock),
                _ => connection.receive(buffers, plain),
            })
        })
    })?;
    store_count(memory, count_place, done)?;
    memory.store(flags_place, [0; 2])
}

/// Sends buffers in order. There are no flags.
pub(crate) fn sock_send(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    iovs: GuestPtr,
    iovs_len: u32,
    flags: u32,
    count: GuestPtr,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    let connection = descriptor.socket()?;
    if flags != 0 {
        return Err(Errno::Inval);
    }
    let mut vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let place = memory.place(count)?;
    let turns = Turns::of_write(descriptor);
    let done = in_turns(&mut ctx.pause, &mut vectors, turns, &mut |pause, part, _| {
        part.gather(memory, &mut |buffers| {
            until_done(pause, descriptor, Interest::WRITE, &mut |mode| match mode {
                Mode::Plain => connection.write(buffers),
                Mode::Try => connection.try_write(buffers),
            })
        })
    })?;
    store_count(memory, place, done)
}

/// Closes one direction or both.
pub(crate) fn sock_shutdown(ctx: &mut WasiCtx, fd: u32, how: u32) -> Result<(), Errno> {
    let connection = ctx.table.get(fd)?.socket()?;
    let how = u8::try_from(how).ok().and_then(Shutdown::from_bits);
    let how = how.filter(|how| !how.is_empty()).ok_or(Errno::Inval)?;
    Ok(connection.shutdown(how)?)
}
