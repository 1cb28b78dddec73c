//! Files and directories as handles.
//!
//! In: a handle and **one** path component, as bytes. Out: handles, counts, [`Stat`]. A [`Dir`] never sees a
//! separator, `.` or `..` and never follows a symbolic link: walking a path, following links and staying below
//! the root are done once, in [`path`](super::path), for every file system there is. Names are bytes, as in
//! POSIX.

use alloc::{sync::Arc, vec::Vec};
use core::any::Any;

use super::{ErrorKind, Interest, Readiness, Result, WaitHandle};

/// What a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileType {
    /// None of the others, or unknown.
    #[default]
    Unknown,
    /// A block device.
    BlockDevice,
    /// A character device, such as a terminal.
    CharacterDevice,
    /// A directory.
    Directory,
    /// A regular file.
    Regular,
    /// A stream socket.
    Socket,
    /// A symbolic link.
    SymbolicLink,
    /// A pipe.
    Fifo,
}

/// What is known about a file. Nearest call: `fstatat(2)`. Times are nanoseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// The file system's number.
    pub device: u64,
    /// The file's number in it; 0 where unknown.
    pub inode: u64,
    /// What it is.
    pub file_type: FileType,
    /// How many names it has.
    pub links: u64,
    /// Its size in bytes.
    pub size: u64,
    /// Last read.
    pub accessed: u64,
    /// Last change of content.
    pub modified: u64,
    /// Last change of content or status.
    pub changed: u64,
    /// Permission bits, as the lowest twelve of `st_mode`; 0 where there are none.
    pub permissions: u16,
}

/// A new time for a file. Nearest call: `utimensat(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetTime {
    /// Leave it.
    Omit,
    /// The file system's own present.
    Now,
    /// Nanoseconds since 1970.
    At(u64),
}

/// Where to seek from. Nearest call: `lseek(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeekFrom {
    /// From the start.
    Start(u64),
    /// From the present offset.
    Current(i64),
    /// From the end.
    End(i64),
}

impl SeekFrom {
    /// Where it leads, from the present offset and the size. For file systems that keep offsets themselves.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where that is before the start or beyond `i64::MAX`, the last position that
    /// POSIX can name.
    pub fn target(self, current: u64, size: u64) -> Result<u64> {
        let target = match self {
            Self::Start(offset) => Some(offset),
            Self::Current(delta) => current.checked_add_signed(delta),
            Self::End(delta) => size.checked_add_signed(delta),
        };
        target.filter(|&offset| i64::try_from(offset).is_ok()).ok_or(ErrorKind::InvalidInput)
    }
}

/// What access pattern to expect. Nearest call: `posix_fadvise(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// No advice.
    Normal,
    /// In order.
    Sequential,
    /// In no order.
    Random,
    /// Soon.
    WillNeed,
    /// Not soon.
    DontNeed,
    /// Once.
    NoReuse,
}

bitflags::bitflags! {
    /// The status flags of an open file, as `fcntl(F_GETFL)` shows them.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct FileFlags: u8 {
        /// Each write goes to the end.
        const APPEND = 1;
        /// Writes wait for data integrity.
        const DSYNC = 2;
        /// Operations do not block.
        const NONBLOCK = 4;
        /// Reads wait as writes do.
        const RSYNC = 8;
        /// Writes wait for file integrity.
        const SYNC = 16;
    }
}

/// How to open a file. Nearest call: `openat(2)` with `O_NOFOLLOW`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Open for reading.
    pub read: bool,
    /// Open for writing.
    pub write: bool,
    /// Create a regular file where there is none.
    pub create: bool,
    /// Fail where something is there. Only with `create`.
    pub exclusive: bool,
    /// Fail unless it is a directory.
    pub directory: bool,
    /// Cut to length 0.
    pub truncate: bool,
    /// Status flags of the new handle.
    pub flags: FileFlags,
}

/// What [`Dir::open`] found.
pub enum Node {
    /// A directory.
    Dir(Arc<dyn Dir>),
    /// Anything else that can be read or written.
    File(Arc<dyn File>),
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry<'a> {
    /// Its name: never `.` or `..`.
    pub name: &'a [u8],
    /// The file's number; 0 where unknown.
    pub inode: u64,
    /// What it is; [`FileType::Unknown`] where only `stat` would tell.
    pub file_type: FileType,
    /// The cookie that continues after this entry; never 0.
    pub next: u64,
}

/// What the receiver of directory entries wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next entry.
    Continue,
    /// No more.
    Stop,
}

/// An open file. The offset belongs to the handle: everyone who holds the same handle shares it.
pub trait File: Send + Sync {
    /// What is known about it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    fn stat(&self) -> Result<Stat>;

    /// The status flags.
    ///
    /// # Errors
    /// What the platform says.
    fn flags(&self) -> Result<FileFlags>;

    /// Changes the status flags. Only `APPEND` and `NONBLOCK` can change.
    ///
    /// # Errors
    /// [`ErrorKind::NotSupported`].
    fn set_flags(&self, flags: FileFlags) -> Result<()> {
        let _ = flags;
        Err(ErrorKind::NotSupported)
    }

    /// Reads at the offset into `buffers` in order, filling each before the next, and advances the offset by
    /// exactly the count. 0 means the end.
    ///
    /// # Errors
    /// [`ErrorKind::BadDescriptor`] where not open for reading.
    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize>;

    /// Writes `buffers` in order at the offset (at the end in append mode) and advances the offset.
    ///
    /// # Errors
    /// [`ErrorKind::BadDescriptor`] where not open for writing, [`ErrorKind::NoSpace`],
    /// [`ErrorKind::FileTooBig`].
    fn write(&self, buffers: &[&[u8]]) -> Result<usize>;

    /// As [`read`](Self::read), but it never waits, whatever the mode.
    ///
    /// The default asks [`ready`](Self::ready) first. That is enough unless somebody else reads the same file and
    /// may be quicker; a platform that has a call for it uses that.
    ///
    /// # Errors
    /// As [`read`](Self::read); [`ErrorKind::WouldBlock`] where it would wait.
    fn try_read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        if self.ready(Interest::READ)?.ready { self.read(buffers) } else { Err(ErrorKind::WouldBlock) }
    }

    /// As [`write`](Self::write), but it never waits, whatever the mode: it takes what there is room for. The
    /// default asks [`ready`](Self::ready) first, and so may still wait for room for the rest.
    ///
    /// # Errors
    /// As [`write`](Self::write); [`ErrorKind::WouldBlock`] where it would wait.
    fn try_write(&self, buffers: &[&[u8]]) -> Result<usize> {
        if self.ready(Interest::WRITE)?.ready { self.write(buffers) } else { Err(ErrorKind::WouldBlock) }
    }

    /// Reads at `offset`; the handle's own offset stays. Nearest call: `preadv(2)`.
    ///
    /// # Errors
    /// As [`read`](Self::read), and [`ErrorKind::InvalidSeek`] where the file has no positions.
    fn read_at(&self, buffers: &mut [&mut [u8]], offset: u64) -> Result<usize>;

    /// Writes at `offset`, also in append mode; the handle's own offset stays. Nearest call: `pwritev(2)`
    /// as POSIX has it (Linux appends where the file is in append mode).
    ///
    /// # Errors
    /// As [`write`](Self::write), and [`ErrorKind::InvalidSeek`].
    fn write_at(&self, buffers: &[&[u8]], offset: u64) -> Result<usize>;

    /// Moves the offset and returns it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where it would be negative, [`ErrorKind::InvalidSeek`].
    fn seek(&self, from: SeekFrom) -> Result<u64>;

    /// Cuts or extends with zeros. Nearest call: `ftruncate(2)`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where not open for writing, [`ErrorKind::FileTooBig`].
    fn set_size(&self, size: u64) -> Result<()>;

    /// Makes sure that `[offset, offset + len)` can be written; extends, never cuts. Nearest call:
    /// `posix_fallocate(3)`. The default extends by [`set_size`](Self::set_size).
    ///
    /// # Errors
    /// [`ErrorKind::FileTooBig`], [`ErrorKind::NoSpace`], [`ErrorKind::InvalidInput`] for a length of 0.
    fn allocate(&self, offset: u64, len: u64) -> Result<()> {
        if len == 0 {
            return Err(ErrorKind::InvalidInput);
        }
        let end = offset.checked_add(len).ok_or(ErrorKind::FileTooBig)?;
        if self.stat()?.size < end { self.set_size(end) } else { Ok(()) }
    }

    /// Takes advice. The default ignores it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where the offset or the length is none that POSIX can name.
    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<()> {
        let _ = advice;
        if [offset, len].iter().all(|&number| i64::try_from(number).is_ok()) {
            Ok(())
        } else {
            Err(ErrorKind::InvalidInput)
        }
    }

    /// Sets the times.
    ///
    /// # Errors
    /// [`ErrorKind::NotPermitted`], [`ErrorKind::ReadOnly`].
    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()>;

    /// Waits for data and metadata to be stored. The default has nothing to store.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    fn sync(&self) -> Result<()> {
        Ok(())
    }

    /// Waits for data to be stored.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    fn sync_data(&self) -> Result<()> {
        self.sync()
    }

    /// Whether the operation would block now; regular files never do.
    ///
    /// # Errors
    /// What the platform says.
    fn ready(&self, interest: Interest) -> Result<Readiness> {
        let _ = interest;
        Ok(Readiness::READY)
    }

    /// By what the platform's scheduler knows this file; `None` for a regular file.
    fn wait_handle(&self) -> Option<WaitHandle> {
        None
    }
}

/// An open directory: a real handle, which a rename of the directory does not break. Every `name` is one
/// component: not empty, no separator, neither `.` nor `..` (the caller's promise; a breach answers
/// [`ErrorKind::InvalidInput`]). No method follows a symbolic link in `name`.
pub trait Dir: Send + Sync + Any {
    /// What is known about the directory itself.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    fn stat(&self) -> Result<Stat>;

    /// Sets the directory's own times.
    ///
    /// # Errors
    /// [`ErrorKind::NotPermitted`], [`ErrorKind::ReadOnly`].
    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let _ = (accessed, modified);
        Err(ErrorKind::NotImplemented)
    }

    /// Waits for the directory to be stored.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    fn sync(&self) -> Result<()> {
        Ok(())
    }

    /// Opens or creates.
    ///
    /// # Errors
    /// [`ErrorKind::SymlinkLoop`] where `name` is a symbolic link, [`ErrorKind::NotFound`],
    /// [`ErrorKind::Exists`], [`ErrorKind::IsDirectory`] (write or truncate access to a directory),
    /// [`ErrorKind::NotDirectory`], [`ErrorKind::AccessDenied`].
    fn open(&self, name: &[u8], options: OpenOptions) -> Result<Node>;

    /// What is known about `name`; a symbolic link is described itself. Nearest call: `fstatat(2)` with
    /// `AT_SYMLINK_NOFOLLOW`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    fn stat_at(&self, name: &[u8]) -> Result<Stat>;

    /// Sets the times of `name`; a symbolic link's own.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::NotPermitted`].
    fn set_times_at(&self, name: &[u8], accessed: SetTime, modified: SetTime) -> Result<()> {
        let _ = (name, accessed, modified);
        Err(ErrorKind::NotImplemented)
    }

    /// Hands out entries after `cookie` (0: from the first) until `each` says stop or there are no more.
    /// A name that is there from the first call to the last is handed out exactly once.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidInput`] for a cookie never handed out.
    fn read_dir(&self, cookie: u64, each: &mut dyn FnMut(DirEntry<'_>) -> Step) -> Result<()>;

    /// The target of the symbolic link `name`, verbatim.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where it is not a symbolic link.
    fn read_link(&self, name: &[u8]) -> Result<Vec<u8>> {
        let _ = name;
        Err(ErrorKind::InvalidInput)
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// [`ErrorKind::Exists`], [`ErrorKind::NoSpace`].
    fn create_dir(&self, name: &[u8]) -> Result<()> {
        let _ = name;
        Err(ErrorKind::NotImplemented)
    }

    /// Makes a symbolic link named `name` with `target` stored verbatim.
    ///
    /// # Errors
    /// [`ErrorKind::Exists`].
    fn symlink(&self, target: &[u8], name: &[u8]) -> Result<()> {
        let _ = (target, name);
        Err(ErrorKind::NotImplemented)
    }

    /// Gives the file `name` a second name in `to`. A symbolic link is linked itself.
    ///
    /// # Errors
    /// [`ErrorKind::CrossDevice`] where `to` is another file system's, [`ErrorKind::Exists`],
    /// [`ErrorKind::NotPermitted`] for a directory.
    fn link(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        let _ = (name, to, to_name);
        Err(ErrorKind::NotImplemented)
    }

    /// Moves `name` to `to`, replacing what is there. Nearest call: `renameat(2)`.
    ///
    /// # Errors
    /// [`ErrorKind::CrossDevice`], [`ErrorKind::NotEmpty`], [`ErrorKind::IsDirectory`],
    /// [`ErrorKind::NotDirectory`], [`ErrorKind::InvalidInput`] (into itself).
    fn rename(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        let _ = (name, to, to_name);
        Err(ErrorKind::NotImplemented)
    }

    /// Removes a name that is not a directory's.
    ///
    /// # Errors
    /// [`ErrorKind::IsDirectory`], [`ErrorKind::NotFound`].
    fn unlink(&self, name: &[u8]) -> Result<()> {
        let _ = name;
        Err(ErrorKind::NotImplemented)
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// [`ErrorKind::NotEmpty`], [`ErrorKind::NotDirectory`].
    fn remove_dir(&self, name: &[u8]) -> Result<()> {
        let _ = name;
        Err(ErrorKind::NotImplemented)
    }

    /// Itself as [`Any`], by which [`link`](Self::link) and [`rename`](Self::rename) know their own kind.
    fn as_any(&self) -> &dyn Any;
}
