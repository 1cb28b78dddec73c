//! `fd_*` other than reading, writing and listing: what is known about a descriptor, and how to change it.
//!
//! In: a descriptor's number. Out: structures in the guest's memory, or a change of the object behind it. It
//! does not know paths.

use ringzero::platform::{ErrorKind, File, FileFlags, FileType, SeekFrom, SetTime};

use crate::{
    abi::{self, FstFlags, Rights},
    ctx::WasiCtx,
    errno::Errno,
    fd_io::position,
    memory::{GuestMemory, GuestPtr},
    table::{Descriptor, Object},
};

/// The flags that decide how durable a write is. They are chosen when a file is opened.
const SYNC_FLAGS: FileFlags = FileFlags::DSYNC.union(FileFlags::RSYNC).union(FileFlags::SYNC);

/// Takes advice about `[offset, offset + len)`.
pub(crate) fn fd_advise(ctx: &mut WasiCtx, fd: u32, offset: u64, len: u64, advice: u32) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    let advice = abi::advice(advice)?;
    let (offset, len) = (position(offset)?, position(len)?);
    match (descriptor.as_file(), &descriptor.object) {
        (Some(file), _) => Ok(file.advise(offset, len, advice)?),
        (None, Object::Dir(_)) => Ok(()),
        _ => Err(Errno::Spipe),
    }
}

/// Makes sure that `[offset, offset + len)` can be written.
pub(crate) fn fd_allocate(ctx: &mut WasiCtx, fd: u32, offset: u64, len: u64) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    if !descriptor.base.contains(Rights::FD_WRITE) {
        return Err(Errno::Badf);
    }
    let file = descriptor.as_file().ok_or(Errno::Spipe)?;
    let (offset, len) = (position(offset)?, position(len)?);
    if len == 0 {
        return Err(Errno::Inval);
    }
    position(offset + len).map_err(|_| Errno::Fbig)?;
    Ok(file.allocate(offset, len)?)
}

/// Closes, a directory that was there from the start too.
pub(crate) fn fd_close(ctx: &mut WasiCtx, fd: u32) -> Result<(), Errno> {
    ctx.table.remove(fd).map(drop)
}

/// Waits for data to be stored.
pub(crate) fn fd_datasync(ctx: &mut WasiCtx, fd: u32) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    synced(match (descriptor.as_file(), &descriptor.object) {
        (Some(file), _) => file.sync_data(),
        (None, Object::Dir(directory)) => directory.dir.sync(),
        _ => Err(ErrorKind::InvalidInput),
    })
}

/// Waits for data and metadata to be stored.
pub(crate) fn fd_sync(ctx: &mut WasiCtx, fd: u32) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    synced(match (descriptor.as_file(), &descriptor.object) {
        (Some(file), _) => file.sync(),
        (None, Object::Dir(directory)) => directory.dir.sync(),
        _ => Err(ErrorKind::InvalidInput),
    })
}

/// A file system that stores nothing has nothing to wait for.
fn synced(result: Result<(), ErrorKind>) -> Result<(), Errno> {
    match result {
        Err(ErrorKind::NotImplemented) => Ok(()),
        other => Ok(other?),
    }
}

/// Stores type, flags and rights.
pub(crate) fn fd_fdstat_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    buffer: GuestPtr,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    let place = memory.place::<24>(buffer)?;
    let kind = descriptor.stat()?.file_type;
    let mut base = descriptor.base;
    if kind == FileType::CharacterDevice && !has_positions(descriptor) {
        // By their absence guests know a terminal. Other devices, as `/dev/null`, can be seeked.
        base -= Rights::FD_SEEK | Rights::FD_TELL;
    }
    let stat = abi::fdstat(kind, descriptor.status()?, base, descriptor.inheriting);
    memory.store(place, stat)
}

fn has_positions(descriptor: &Descriptor) -> bool {
    descriptor.as_file().is_some_and(|file| file.seek(SeekFrom::Current(0)).is_ok())
}

/// Changes the flags. Those about durability cannot be turned on any more (`EINVAL`), and stay on where asked
/// to go, as on Linux.
pub(crate) fn fd_fdstat_set_flags(ctx: &mut WasiCtx, fd: u32, flags: u32) -> Result<(), Errno> {
    let descriptor = ctx.table.get_mut(fd)?;
    let flags = abi::fd_flags(flags)?;
    let before = descriptor.status()?;
    if !before.contains(flags & SYNC_FLAGS) {
        return Err(Errno::Inval);
    }
    let flags = flags | (before & SYNC_FLAGS);
    match &descriptor.object {
        Object::File(file) => {
            let nonblocking = file_flags(&**file, flags)?;
            descriptor.flags.set(FileFlags::NONBLOCK, nonblocking);
            Ok(())
        }
        Object::Dir(_) => {
            descriptor.flags = flags;
            Ok(())
        }
        _ => {
            let append = flags & FileFlags::APPEND;
            match descriptor.as_file() {
                Some(file) => append_flag(file, append)?,
                // It always appends.
                None => descriptor.flags = append | (descriptor.flags & FileFlags::NONBLOCK),
            }
            Ok(descriptor.set_nonblocking(flags.contains(FileFlags::NONBLOCK))?)
        }
    }
}

/// Switches append mode of the file behind a stream, and nothing else.
fn append_flag(file: &dyn File, append: FileFlags) -> Result<(), Errno> {
    let before = file.flags()?;
    let after = (before - FileFlags::APPEND) | append;
    if after != before {
        file.set_flags(after)?;
    }
    Ok(())
}

/// Changes a file's flags, and tells whether the descriptor has to see to it itself that nobody waits.
fn file_flags(file: &dyn File, flags: FileFlags) -> Result<bool, Errno> {
    match file.set_flags(flags) {
        Ok(()) => Ok(false),
        Err(error @ (ErrorKind::NotSupported | ErrorKind::NotImplemented)) => {
            let rest = FileFlags::NONBLOCK.complement();
            if file.flags()? & rest == flags & rest {
                Ok(flags.contains(FileFlags::NONBLOCK))
            } else {
                Err(error.into())
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives rights up. More than there were answers `ENOTCAPABLE`.
pub(crate) fn fd_fdstat_set_rights(
    ctx: &mut WasiCtx,
    fd: u32,
    base: u64,
    inheriting: u64,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get_mut(fd)?;
    let base = Rights::from_bits(base).ok_or(Errno::Notcapable)?;
    let inheriting = Rights::from_bits(inheriting).ok_or(Errno::Notcapable)?;
    if !descriptor.base.contains(base) || !descriptor.inheriting.contains(inheriting) {
        return Err(Errno::Notcapable);
    }
    let given_up = descriptor.inheriting - inheriting;
    descriptor.base = base;
    descriptor.inheriting = inheriting;
    descriptor.ceiling -= given_up;
    Ok(())
}

/// Stores what is known about the file.
pub(crate) fn fd_filestat_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    buffer: GuestPtr,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    let place = memory.place::<64>(buffer)?;
    memory.store(place, abi::filestat(&descriptor.stat()?))
}

/// Cuts or extends.
pub(crate) fn fd_filestat_set_size(ctx: &mut WasiCtx, fd: u32, size: u64) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    match descriptor.as_file() {
        Some(file) if descriptor.base.contains(Rights::FD_WRITE) => Ok(file.set_size(position(size)?)?),
        _ => Err(Errno::Inval),
    }
}

/// Sets the times.
pub(crate) fn fd_filestat_set_times(
    ctx: &mut WasiCtx,
    fd: u32,
    accessed: u64,
    modified: u64,
    flags: u32,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    let (accessed, modified) = times(accessed, modified, flags)?;
    match (descriptor.as_file(), &descriptor.object) {
        (Some(file), _) => Ok(file.set_times(accessed, modified)?),
        (None, Object::Dir(directory)) => Ok(directory.dir.set_times(accessed, modified)?),
        _ => Err(Errno::Notsup),
    }
}

/// What `fstflags` say about two times. The present is the file system's own, not the guest's clock, which may
/// be fake.
pub(crate) fn times(accessed: u64, modified: u64, flags: u32) -> Result<(SetTime, SetTime), Errno> {
    let flags = FstFlags::from_bits(flags).ok_or(Errno::Inval)?;
    let choose = |at: FstFlags, now: FstFlags, time: u64| match (flags.contains(at), flags.contains(now)) {
        (true, true) => Err(Errno::Inval),
        (true, false) => Ok(SetTime::At(time)),
        (false, true) => Ok(SetTime::Now),
        (false, false) => Ok(SetTime::Omit),
    };
    Ok((
        choose(FstFlags::ATIM, FstFlags::ATIM_NOW, accessed)?,
        choose(FstFlags::MTIM, FstFlags::MTIM_NOW, modified)?,
    ))
}

/// Stores the length of a preopened directory's name; anything else answers `EBADF`, by which guests know that
/// they have seen all.
pub(crate) fn fd_prestat_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    buffer: GuestPtr,
) -> Result<(), Errno> {
    let name = preopen_name(ctx.table.get(fd)?)?;
    let place = memory.place::<8>(buffer)?;
    let len = u32::try_from(name.len()).map_err(|_| Errno::Overflow)?;
    memory.store(place, abi::prestat_dir(len))
}

/// Copies a preopened directory's name, without a NUL. The room may be larger, not smaller (`ENAMETOOLONG`).
pub(crate) fn fd_prestat_dir_name(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    path: GuestPtr,
    path_len: u32,
) -> Result<(), Errno> {
    let name = preopen_name(ctx.table.get(fd)?)?;
    let room = memory.check(path, path_len)?;
    if room.len() < name.len() {
        return Err(Errno::Nametoolong);
    }
    memory.bytes_mut(room.take(name.len()))?.copy_from_slice(name);
    Ok(())
}

fn preopen_name(descriptor: &Descriptor) -> Result<&[u8], Errno> {
    match &descriptor.object {
        Object::Dir(directory) => directory.preopen.as_deref().ok_or(Errno::Badf),
        _ => Err(Errno::Badf),
    }
}

/// Moves a descriptor to another number, which has to be open and is closed; the same number is no move.
pub(crate) fn fd_renumber(ctx: &mut WasiCtx, from: u32, to: u32) -> Result<(), Errno> {
    ctx.table.renumber(from, to)
}

/// Moves the offset and stores it.
pub(crate) fn fd_seek(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    delta: i64,
    whence: u32,
    offset: GuestPtr,
) -> Result<(), Errno> {
    let file = seekable(ctx.table.get(fd)?)?;
    let from = match whence {
        0 => SeekFrom::Start(u64::try_from(delta).map_err(|_| Errno::Inval)?),
        1 => SeekFrom::Current(delta),
        2 => SeekFrom::End(delta),
        _ => return Err(Errno::Inval),
    };
    let place = memory.place::<8>(offset)?;
    memory.store(place, file.seek(from)?.to_le_bytes())
}

/// Stores the offset.
pub(crate) fn fd_tell(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    offset: GuestPtr,
) -> Result<(), Errno> {
    let file = seekable(ctx.table.get(fd)?)?;
    let place = memory.place::<8>(offset)?;
    memory.store(place, file.seek(SeekFrom::Current(0))?.to_le_bytes())
}

/// A directory has positions on some systems; here it answers `EISDIR`, as guests are tested for.
fn seekable(descriptor: &Descriptor) -> Result<&dyn File, Errno> {
    match (descriptor.as_file(), &descriptor.object) {
        (Some(file), _) => Ok(file),
        (None, Object::Dir(_)) => Err(Errno::Isdir),
        _ => Err(Errno::Spipe),
    }
}
