//! Making, removing and moving names.
//!
//! In: one path or two. Out: a change of one directory, or of two. Slashes at the end are judged as Linux
//! judges them, where POSIX leaves a choice.

use super::{Entry, GuestPath, stat, walk};
use crate::{
    abi,
    ctx::WasiCtx,
    errno::Errno,
    memory::{GuestMemory, GuestPtr},
};

/// The longest target of a symbolic link: `PATH_MAX` of Linux without the NUL.
const MAX_TARGET: usize = 4095;

/// Makes a directory.
pub(crate) fn path_create_directory(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    path: GuestPtr,
    path_len: u32,
) -> Result<(), Errno> {
    let entry = Entry::find(ctx, fd, GuestPath::new(path, path_len).read(memory)?)?;
    Ok(entry.at.dir.create_dir(entry.name(Errno::Exist)?)?)
}

/// Removes an empty directory.
pub(crate) fn path_remove_directory(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    path: GuestPtr,
    path_len: u32,
) -> Result<(), Errno> {
    let path = GuestPath::new(path, path_len).read(memory)?;
    let entry = Entry::find(ctx, fd, path)?;
    let last = path.rsplit(|&byte| byte == b'/').find(|part| !part.is_empty());
    let otherwise = if last == Some(b"..") { Errno::Notempty } else { Errno::Inval };
    Ok(entry.at.dir.remove_dir(entry.name(otherwise)?)?)
}

/// Removes a name that is not a directory's.
pub(crate) fn path_unlink_file(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    path: GuestPtr,
    path_len: u32,
) -> Result<(), Errno> {
    let entry = Entry::find(ctx, fd, GuestPath::new(path, path_len).read(memory)?)?;
    let name = entry.name(Errno::Isdir)?;
    if entry.slash {
        return Err(if entry.is_dir()? { Errno::Isdir } else { Errno::Notdir });
    }
    Ok(entry.at.dir.unlink(name)?)
}

/// Moves a name, replacing what is there. Between file systems: `EXDEV`.
#[expect(clippy::too_many_arguments, reason = "the interface has them")]
pub(crate) fn path_rename(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    old_fd: u32,
    old_path: GuestPtr,
    old_len: u32,
    new_fd: u32,
    new_path: GuestPtr,
    new_len: u32,
) -> Result<(), Errno> {
    let old = Entry::find(ctx, old_fd, GuestPath::new(old_path, old_len).read(memory)?)?;
    let new = Entry::find(ctx, new_fd, GuestPath::new(new_path, new_len).read(memory)?)?;
    let (old_name, new_name) = (old.name(Errno::Busy)?, new.name(Errno::Busy)?);
    if (old.slash || new.slash) && !old.is_dir()? {
        return Err(Errno::Notdir);
    }
    Ok(old.at.dir.rename(old_name, &*new.at.dir, new_name)?)
}

/// Gives a file a second name. Between file systems: `EXDEV`.
#[expect(clippy::too_many_arguments, reason = "the interface has them")]
pub(crate) fn path_link(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    old_fd: u32,
    old_lookup: u32,
    old_path: GuestPtr,
    old_len: u32,
    new_fd: u32,
    new_path: GuestPtr,
    new_len: u32,
) -> Result<(), Errno> {
    let follow = abi::lookup_follow(old_lookup)?;
    let old = walk(ctx, old_fd, GuestPath::new(old_path, old_len).read(memory)?, follow)?;
    let new = Entry::find(ctx, new_fd, GuestPath::new(new_path, new_len).read(memory)?)?;
    if old.must_be_dir {
        stat(&old)?;
    }
    let new_name = vacant(&new)?;
    let old_name = old.name.as_deref().ok_or(Errno::Perm)?;
    Ok(old.dir.link(old_name, &*new.at.dir, new_name)?)
}

/// Makes a symbolic link with the target stored as it is. An absolute target, which could only lead out,
/// answers `EPERM`.
pub(crate) fn path_symlink(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    target: GuestPtr,
    target_len: u32,
    fd: u32,
    path: GuestPtr,
    path_len: u32,
) -> Result<(), Errno> {
    ctx.table.get(fd)?.directory()?;
    let target = GuestPath::new(target, target_len).read(memory)?;
    let path = GuestPath::new(path, path_len).read(memory)?;
    match target {
        [] => return Err(Errno::Noent),
        [b'/', ..] => return Err(Errno::Perm),
        _ if target.len() > MAX_TARGET => return Err(Errno::Nametoolong),
        _ if target.contains(&0) => return Err(Errno::Inval),
        _ => {}
    }
    let entry = Entry::find(ctx, fd, path)?;
    Ok(entry.at.dir.symlink(target, vacant(&entry)?)?)
}

/// The name of a file or link to be made: one that is there answers `EEXIST`, one with a slash that is not
/// there `ENOENT`.
fn vacant(entry: &Entry) -> Result<&[u8], Errno> {
    let name = entry.name(Errno::Exist)?;
    if entry.slash {
        entry.stat()?;
        return Err(Errno::Exist);
    }
    Ok(name)
}
