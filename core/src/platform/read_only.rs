//! A wrapper that takes the power to change away from a directory and everything opened through it.
//!
//! In: a [`Dir`]. Out: a [`Dir`] whose every change answers [`ErrorKind::ReadOnly`].

use alloc::{sync::Arc, vec::Vec};
use core::any::Any;

use super::{Dir, DirEntry, ErrorKind, FileFlags, Node, OpenOptions, Result, SetTime, Stat, Step};

/// A directory that can be read and not changed.
pub struct ReadOnly(Arc<dyn Dir>);

impl ReadOnly {
    /// Wraps `dir`. Files opened through it are opened for reading only, so they need no wrapper.
    pub fn new(dir: Arc<dyn Dir>) -> Self {
        Self(dir)
    }
}

impl Dir for ReadOnly {
    fn stat(&self) -> Result<Stat> {
        self.0.stat()
    }

    fn set_times(&self, _: SetTime, _: SetTime) -> Result<()> {
        Err(ErrorKind::ReadOnly)
    }

    fn open(&self, name: &[u8], options: OpenOptions) -> Result<Node> {
        if options.create && self.0.stat_at(name) == Err(ErrorKind::NotFound) {
            return Err(ErrorKind::ReadOnly);
        }
        if options.write || options.truncate {
            return Err(ErrorKind::ReadOnly);
        }
        let flags = options.flags - FileFlags::APPEND;
        match self.0.open(name, OpenOptions { create: false, flags, ..options })? {
            Node::Dir(dir) => Ok(Node::Dir(Arc::new(Self(dir)))),
            Node::File(_) if options.create && options.exclusive => Err(ErrorKind::Exists),
            Node::File(file) => Ok(Node::File(file)),
        }
    }

    fn stat_at(&self, name: &[u8]) -> Result<Stat> {
        self.0.stat_at(name)
    }

    fn set_times_at(&self, _: &[u8], _: SetTime, _: SetTime) -> Result<()> {
        Err(ErrorKind::ReadOnly)
    }

    fn read_dir(&self, cookie: u64, each: &mut dyn FnMut(DirEntry<'_>) -> Step) -> Result<()> {
        self.0.read_dir(cookie, each)
    }

    fn read_link(&self, name: &[u8]) -> Result<Vec<u8>> {
        self.0.read_link(name)
    }

    fn create_dir(&self, _: &[u8]) -> Result<()> {
        Err(ErrorKind::ReadOnly)
    }

    fn symlink(&self, _: &[u8], _: &[u8]) -> Result<()> {
        Err(ErrorKind::ReadOnly)
    }

    fn link(&self, _: &[u8], _: &dyn Dir, _: &[u8]) -> Result<()> {
        Err(ErrorKind::ReadOnly)
    }

    fn rename(&self, _: &[u8], _: &dyn Dir, _: &[u8]) -> Result<()> {
        Err(ErrorKind::ReadOnly)
    }

    fn unlink(&self, _: &[u8]) -> Result<()> {
        Err(ErrorKind::ReadOnly)
    }

    fn remove_dir(&self, _: &[u8]) -> Result<()> {
        Err(ErrorKind::ReadOnly)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
