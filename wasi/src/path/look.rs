//! `path_filestat_get`, `path_filestat_set_times`, `path_readlink`.
//!
//! In: a path. Out: what the file system knows about it, in the guest's memory; or new times. No descriptor is
//! opened.

use super::{GuestPath, stat, walk};
use crate::{
    abi,
    ctx::WasiCtx,
    errno::Errno,
    fd::times,
    memory::{GuestMemory, GuestPtr},
};

/// Stores what is known about a path.
pub(crate) fn path_filestat_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    lookup: u32,
    path: GuestPtr,
    path_len: u32,
    buffer: GuestPtr,
) -> Result<(), Errno> {
    let follow = abi::lookup_follow(lookup)?;
    let place = memory.place::<64>(buffer)?;
    let at = walk(ctx, fd, GuestPath::new(path, path_len).read(memory)?, follow)?;
    memory.store(place, abi::filestat(&stat(&at)?))
}

/// Sets the times of a path, a link's own without `symlink_follow`.
#[expect(clippy::too_many_arguments, reason = "the interface has them")]
pub(crate) fn path_filestat_set_times(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    lookup: u32,
    path: GuestPtr,
    path_len: u32,
    accessed: u64,
    modified: u64,
    flags: u32,
) -> Result<(), Errno> {
    let follow = abi::lookup_follow(lookup)?;
    let (accessed, modified) = times(accessed, modified, flags)?;
    let at = walk(ctx, fd, GuestPath::new(path, path_len).read(memory)?, follow)?;
    if at.must_be_dir {
        stat(&at)?;
    }
    match &at.name {
        Some(name) => at.dir.set_times_at(name, accessed, modified)?,
        None => at.dir.set_times(accessed, modified)?,
    }
    Ok(())
}

/// Stores a symbolic link's target, as much as fits, and how many bytes that are.
#[expect(clippy::too_many_arguments, reason = "the interface has them")]
pub(crate) fn path_readlink(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    path: GuestPtr,
    path_len: u32,
    buffer: GuestPtr,
    buffer_len: u32,
    used: GuestPtr,
) -> Result<(), Errno> {
    let room = memory.check(buffer, buffer_len)?;
    let place = memory.place::<4>(used)?;
    if buffer_len == 0 {
        return Err(Errno::Inval);
    }
    let at = walk(ctx, fd, GuestPath::new(path, path_len).read(memory)?, false)?;
    if at.must_be_dir {
        stat(&at)?;
    }
    let target = at.dir.read_link(at.name.as_deref().ok_or(Errno::Inval)?)?;
    let count = target.len().min(room.len());
    memory.bytes_mut(room.take(count))?.copy_from_slice(&target[..count]);
    let count = u32::try_from(count).map_err(|_| Errno::Overflow)?;
    memory.store(place, count.to_le_bytes())
}
