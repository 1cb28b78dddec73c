//! `args_*` and `environ_*`.
//!
//! In: two addresses. Out: strings and pointers to them in the guest's memory, or their sizes. Both are copied
//! only after both ranges are known to be good.

use crate::{
    ctx::{Strings, WasiCtx},
    errno::Errno,
    memory::{GuestMemory, GuestPtr},
};

/// Copies the arguments to `argv_buf` and pointers to them to `argv`.
pub(crate) fn args_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    argv: GuestPtr,
    argv_buf: GuestPtr,
) -> Result<(), Errno> {
    get(&ctx.args, memory, argv, argv_buf)
}

/// Stores how many arguments there are and how many bytes they take, NULs included.
pub(crate) fn args_sizes_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    count: GuestPtr,
    size: GuestPtr,
) -> Result<(), Errno> {
    sizes(&ctx.args, memory, count, size)
}

/// Copies the environment to `environ_buf` and pointers to it to `environ`.
pub(crate) fn environ_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    environ: GuestPtr,
    environ_buf: GuestPtr,
) -> Result<(), Errno> {
    get(&ctx.env, memory, environ, environ_buf)
}

/// Stores how many variables there are and how many bytes they take, NULs included.
pub(crate) fn environ_sizes_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    count: GuestPtr,
    size: GuestPtr,
) -> Result<(), Errno> {
    sizes(&ctx.env, memory, count, size)
}

fn get(
    strings: &Strings,
    memory: &mut GuestMemory<'_>,
    pointers: GuestPtr,
    buffer: GuestPtr,
) -> Result<(), Errno> {
    let (count, size) = counts(strings)?;
    let pointers = memory.check_array(pointers, count, 4)?;
    let buffer = memory.check(buffer, size)?;
    let base = u32::try_from(buffer.start()).map_err(|_| Errno::Fault)?;
    let (slots, _) = memory.bytes_mut(pointers)?.as_chunks_mut::<4>();
    for (slot, start) in slots.iter_mut().zip(strings.starts()) {
        // Inside a memory that a u32 can address, as checked above; an empty string at the very end wraps to 0.
        *slot = base.wrapping_add(*start).to_le_bytes();
    }
    memory.bytes_mut(buffer)?.copy_from_slice(strings.bytes());
    Ok(())
}

fn sizes(
    strings: &Strings,
    memory: &mut GuestMemory<'_>,
    count: GuestPtr,
    size: GuestPtr,
) -> Result<(), Errno> {
    let (count_place, size_place) = (memory.place::<4>(count)?, memory.place::<4>(size)?);
    let (count, size) = counts(strings)?;
    memory.store(count_place, count.to_le_bytes())?;
    memory.store(size_place, size.to_le_bytes())
}

fn counts(strings: &Strings) -> Result<(u32, u32), Errno> {
    let count = u32::try_from(strings.starts().len()).map_err(|_| Errno::Overflow)?;
    let size = u32::try_from(strings.bytes().len()).map_err(|_| Errno::Overflow)?;
    Ok((count, size))
}
