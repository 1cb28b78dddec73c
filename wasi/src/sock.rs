//! `sock_accept`, `sock_recv`, `sock_send`, `sock_shutdown`.
//!
//! In: a listener that the host opened, or a connection taken from one. Out: connections, bytes, counts. It
//! cannot open a socket of its own: preview 1 has no function for that.

use ringzero::platform::{FileFlags, Interest, RecvFlags, Shutdown};

use crate::{
    abi,
    ctx::WasiCtx,
    errno::Errno,
    fd_io::{store_count, transfer_in, transfer_out},
    iovec::Iovecs,
    memory::{GuestMemory, GuestPtr},
    table::{Descriptor, Object},
    wait,
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
    let connection =
        wait::until_done(&*ctx.scheduler, descriptor, Interest::READ, &mut || listener.accept())?;
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
    // Bytes that stay in the queue cannot be waited for here: the platform has to.
    let one_by_one = flags.contains(RecvFlags::WAIT_ALL) && !flags.contains(RecvFlags::PEEK);
    let flags = if one_by_one { flags - RecvFlags::WAIT_ALL } else { flags };
    let mut done = 0usize;
    loop {
        let received = transfer_in(&vectors, memory, &mut |buffers| {
            wait::until_done(&*ctx.scheduler, descriptor, Interest::READ, &mut || {
                connection.receive(buffers, flags)
            })
        });
        match received {
            Err(error) if done == 0 => return Err(error),
            // What came before the error is reported; the error comes again.
            Err(_) | Ok(0) => break,
            Ok(received) => {
                done += received;
                vectors.advance(received);
            }
        }
        if !one_by_one || vectors.total() == 0 {
            break;
        }
    }
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
    let vectors = Iovecs::decode(memory, iovs, iovs_len)?;
    let place = memory.place(count)?;
    let done = transfer_out(&vectors, memory, &mut |buffers| {
        wait::until_done(&*ctx.scheduler, descriptor, Interest::WRITE, &mut || connection.write(buffers))
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
