//! Directories of the host.
//!
//! In: a directory handle and one path component. Out: handles, [`Stat`]. It follows no symbolic link and
//! walks no path: every call is one `…at(2)` call with `NOFOLLOW`.

use std::any::Any;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ringzero::platform::{
    Dir, DirEntry, ErrorKind, FileFlags, FileType, Node, OpenOptions, Result, SetTime, Stat, Step,
    path::check_component,
};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, fcntl_setfl, fstat, openat, statat};

use super::{errno::uninterrupted, file::HostFile, kernel, kernel::Listing, stat};

/// An open directory of the host.
///
/// Files are created with mode `0666`, directories with `0777`, less the process's umask.
pub struct HostDir {
    fd: OwnedFd,
    /// The handle's one reading position, and what was read ahead.
    listing: Mutex<Listing>,
}

impl HostDir {
    /// Opens the directory at a path of the host, links followed.
    ///
    /// # Errors
    /// What the host says; `NotADirectory` where the path leads elsewhere.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Arc<Self>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::io::retry_on_intr(|| openat(CWD, path.as_ref(), flags, Mode::empty()))?;
        Ok(Arc::new(Self::new(fd)))
    }

    fn new(fd: OwnedFd) -> Self {
        Self { fd, listing: Mutex::default() }
    }

    /// The handle behind another directory of this platform.
    fn of(dir: &dyn Dir) -> Result<&Self> {
        dir.as_any().downcast_ref().ok_or(ErrorKind::CrossDevice)
    }

    fn open_fd(&self, name: &[u8], options: OpenOptions) -> Result<OwnedFd> {
        let mode = Mode::from_raw_mode(0o666);
        let enters = options.directory && !options.write && !options.truncate;
        match uninterrupted(|| openat(&self.fd, name, open_flags(options), mode)) {
            // The right to go through a directory is less than the right to list it.
            Err(ErrorKind::AccessDenied) if enters => {
                uninterrupted(|| kernel::open_to_search(self.fd.as_fd(), name))
                    .map_err(|_| ErrorKind::AccessDenied)
            }
            other => other,
        }
    }

    fn is_dir(&self, name: &[u8]) -> bool {
        self.stat_at(name).is_ok_and(|stat| stat.file_type == FileType::Directory)
    }
}

impl Dir for HostDir {
    fn stat(&self) -> Result<Stat> {
        uninterrupted(|| fstat(&self.fd)).map(|found| stat::stat(&found))
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let times = stat::timestamps(accessed, modified);
        uninterrupted(|| rustix::fs::futimens(&self.fd, &times))
    }

    fn sync(&self) -> Result<()> {
        uninterrupted(|| rustix::fs::fsync(&self.fd))
    }

    /// A pipe is opened without waiting for its other end: for writing with nobody there to read it answers
    /// [`ErrorKind::NoDevice`].
    fn open(&self, name: &[u8], options: OpenOptions) -> Result<Node> {
        check_component(name)?;
        if options.create && options.directory {
            return Err(ErrorKind::InvalidInput);
        }
        let fd = self.open_fd(name, options)?;
        let file_type = stat::stat(&uninterrupted(|| fstat(&fd))?).file_type;
        if file_type == FileType::Directory {
            return Ok(Node::Dir(Arc::new(Self::new(fd))));
        }
        if !options.flags.contains(FileFlags::NONBLOCK) {
            // It was set for the opening alone.
            let mut flags = OFlags::empty();
            flags.set(OFlags::APPEND, options.flags.contains(FileFlags::APPEND));
            uninterrupted(|| fcntl_setfl(&fd, flags))?;
        }
        Ok(Node::File(Arc::new(HostFile::opened(fd, file_type, options))))
    }

    fn stat_at(&self, name: &[u8]) -> Result<Stat> {
        check_component(name)?;
        let found = uninterrupted(|| statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW))?;
        Ok(stat::stat(&found))
    }

    fn set_times_at(&self, name: &[u8], accessed: SetTime, modified: SetTime) -> Result<()> {
        check_component(name)?;
        let times = stat::timestamps(accessed, modified);
        uninterrupted(|| rustix::fs::utimensat(&self.fd, name, &times, AtFlags::SYMLINK_NOFOLLOW))
    }

    /// `each` runs while the handle's reading position is held: it must not list the same handle.
    fn read_dir(&self, cookie: u64, each: &mut dyn FnMut(DirEntry<'_>) -> Step) -> Result<()> {
        let mut listing = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        listing.read(self.fd.as_fd(), cookie, each)
    }

    fn read_link(&self, name: &[u8]) -> Result<Vec<u8>> {
        check_component(name)?;
        uninterrupted(|| rustix::fs::readlinkat(&self.fd, name, Vec::new()))
            .map(std::ffi::CString::into_bytes)
    }

    fn create_dir(&self, name: &[u8]) -> Result<()> {
        check_component(name)?;
        uninterrupted(|| rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o777)))
    }

    fn symlink(&self, target: &[u8], name: &[u8]) -> Result<()> {
        check_component(name)?;
        uninterrupted(|| rustix::fs::symlinkat(target, &self.fd, name))
    }

    fn link(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        check_component(name)?;
        check_component(to_name)?;
        let to = Self::of(to)?;
        uninterrupted(|| rustix::fs::linkat(&self.fd, name, &to.fd, to_name, AtFlags::empty()))
    }

    fn rename(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        check_component(name)?;
        check_component(to_name)?;
        let to = Self::of(to)?;
        uninterrupted(|| rustix::fs::renameat(&self.fd, name, &to.fd, to_name)).map_err(not_empty)
    }

    fn unlink(&self, name: &[u8]) -> Result<()> {
        check_component(name)?;
        match uninterrupted(|| rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())) {
            // POSIX has EPERM for a directory where Linux has EISDIR.
            Err(ErrorKind::NotPermitted) if self.is_dir(name) => Err(ErrorKind::IsDirectory),
            other => other,
        }
    }

    fn remove_dir(&self, name: &[u8]) -> Result<()> {
        check_component(name)?;
        uninterrupted(|| rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR)).map_err(not_empty)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// POSIX lets a system say `EEXIST` where a directory is not empty.
fn not_empty(kind: ErrorKind) -> ErrorKind {
    if kind == ErrorKind::Exists { ErrorKind::NotEmpty } else { kind }
}

fn open_flags(options: OpenOptions) -> OFlags {
    // NONBLOCK, so that a pipe or a device cannot hold up the opening; NOCTTY, so that a terminal does not
    // become the process's own.
    let mut flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    flags |= match (options.read, options.write) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        _ => OFlags::RDONLY,
    };
    let pairs = [
        (options.create, OFlags::CREATE),
        (options.create && options.exclusive, OFlags::EXCL),
        (options.directory, OFlags::DIRECTORY),
        (options.truncate, OFlags::TRUNC),
        (options.flags.contains(FileFlags::APPEND), OFlags::APPEND),
        (options.flags.contains(FileFlags::DSYNC), OFlags::DSYNC),
        // RSYNC is not everywhere; SYNC promises more.
        (options.flags.intersects(FileFlags::SYNC | FileFlags::RSYNC), OFlags::SYNC),
    ];
    for (wanted, flag) in pairs {
        flags.set(flag, flags.contains(flag) || wanted);
    }
    flags
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_may_only_be_entered_is_walked_through() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::create_dir(temp.path().join("d")).unwrap();
        std::fs::write(temp.path().join("d/f"), "abc").unwrap();
        let root = HostDir::open(temp.path()).unwrap();
        let d = HostDir::new(kernel::open_to_search(root.fd.as_fd(), b"d").unwrap());
        assert_eq!(d.stat_at(b"f").unwrap().size, 3);
        let options = OpenOptions { read: true, ..OpenOptions::default() };
        assert!(matches!(d.open(b"f", options), Ok(Node::File(_))));
        assert_eq!(d.stat().unwrap().file_type, FileType::Directory);
        assert_eq!(d.read_dir(0, &mut |_| Step::Continue), Err(ErrorKind::BadDescriptor));
        assert!(kernel::open_to_search(d.fd.as_fd(), b"f").is_err());
    }
}
