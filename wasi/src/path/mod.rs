//! `path_*`: names below a directory descriptor.
//!
//! In: a directory's number and a path in the guest's memory. Out: what [`resolve_while`] made of it, handed to one
//! directory handle. Where a path leads is decided there, for every file system; here is only what POSIX says
//! about the last component: trailing slashes, `.` and `..`, links.

mod change;
mod look;
mod open;

use ringzero::platform::{
    ErrorKind, FileType, Stat,
    path::{Resolved, resolve_while},
};

pub(crate) use change::{
    path_create_directory, path_link, path_remove_directory, path_rename, path_symlink, path_unlink_file,
};
pub(crate) use look::{path_filestat_get, path_filestat_set_times, path_readlink};
pub(crate) use open::path_open;

use crate::{
    ctx::WasiCtx,
    errno::Errno,
    memory::{GuestMemory, GuestPtr},
};

/// A path that the guest named: where it is said to be, and how long.
#[derive(Clone, Copy, Debug)]
struct GuestPath {
    ptr: GuestPtr,
    len: u32,
}

impl GuestPath {
    fn new(ptr: GuestPtr, len: u32) -> Self {
        Self { ptr, len }
    }

    fn read<'m>(self, memory: &'m GuestMemory<'_>) -> Result<&'m [u8], Errno> {
        memory.read(self.ptr, self.len)
    }
}

/// Where `path` leads below descriptor `fd`.
fn walk(ctx: &WasiCtx, fd: u32, path: &[u8], follow: bool) -> Result<Resolved, Errno> {
    let dir = &ctx.table.get(fd)?.directory()?.dir;
    // A walk that was interrupted begins anew; it comes to its end then, or frequent interruptions would keep it from
    // ever doing so.
    let mut go_on = || match ctx.pause.is_resumed() {
        true => Ok(()),
        false => ctx.pause.check().map_err(|_| ErrorKind::Interrupted),
    };
    Ok(resolve_while(dir, path, follow, &mut go_on)?)
}

/// A name to be made, removed or moved: a link in the last place is itself meant, even before a slash.
struct Entry {
    at: Resolved,
    /// The path ended in a slash.
    slash: bool,
}

impl Entry {
    fn find(ctx: &WasiCtx, fd: u32, path: &[u8]) -> Result<Self, Errno> {
        let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
        let bare = path.get(..end).unwrap_or_default();
        // Nothing but slashes is the host's root.
        let (bare, slash) = if bare.is_empty() { (path, false) } else { (bare, end < path.len()) };
        Ok(Self { at: walk(ctx, fd, bare, false)?, slash })
    }

    /// The name, or `otherwise` where the path leads to a directory handle itself (`.`, `..`).
    fn name(&self, otherwise: Errno) -> Result<&[u8], Errno> {
        self.at.name.as_deref().ok_or(otherwise)
    }

    fn stat(&self) -> Result<Stat, Errno> {
        stat(&self.at)
    }

    /// Whether there is a directory.
    fn is_dir(&self) -> Result<bool, Errno> {
        Ok(self.stat()?.file_type == FileType::Directory)
    }
}

/// What is known about the place that a path leads to.
fn stat(at: &Resolved) -> Result<Stat, Errno> {
    let stat = match &at.name {
        Some(name) => at.dir.stat_at(name)?,
        None => at.dir.stat()?,
    };
    if at.must_be_dir && stat.file_type != FileType::Directory {
        return Err(Errno::Notdir);
    }
    Ok(stat)
}
