//! A wrapper that takes the power to change away from a directory and everything opened through it.
//!
//! In: a [`Dir`]. Out: a [`Dir`] whose every change answers [`ErrorKind::ReadOnly`], as on a file system that is
//! mounted so: what would have failed anyway fails as it would have.

use alloc::{sync::Arc, vec::Vec};
use core::any::Any;

use super::{
    Advice, Dir, DirEntry, ErrorKind, File, FileFlags, FileType, Interest, Node, OpenOptions, Readiness,
    Result, SeekFrom, SetTime, Stat, Step, WaitHandle,
};
use crate::support::OutOfMemory;
use crate::support::reserve::try_arc;

fn no_memory(_: OutOfMemory) -> ErrorKind {
    ErrorKind::OutOfMemory
}

/// A directory that can be read and not changed.
pub struct ReadOnly(Arc<dyn Dir>);

impl ReadOnly {
    /// Wraps `dir` and what is opened through it.
    pub fn new(dir: Arc<dyn Dir>) -> Self {
        Self(dir)
    }

    /// Answers an opening that would change something, or fails for the reason that comes first.
    fn check_open(&self, name: &[u8], options: OpenOptions) -> Result<()> {
        if options.create && options.directory {
            return Err(ErrorKind::InvalidInput);
        }
        if !(options.create || options.write || options.truncate) {
            return Ok(());
        }
        let file_type = match self.0.stat_at(name) {
            Err(ErrorKind::NotFound) if options.create => return Err(ErrorKind::ReadOnly),
            other => other?.file_type,
        };
        match file_type {
            _ if options.create && options.exclusive => Err(ErrorKind::Exists),
            FileType::SymbolicLink => Err(ErrorKind::SymlinkLoop),
            FileType::Directory => Err(ErrorKind::IsDirectory),
            _ if options.write || options.truncate => Err(ErrorKind::ReadOnly),
            _ => Ok(()),
        }
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
        self.check_open(name, options)?;
        let options =
            OpenOptions { write: false, create: false, exclusive: false, truncate: false, ..options };
        Ok(match self.0.open(name, options)? {
            Node::Dir(dir) => Node::Dir(try_arc(Self(dir)).map_err(no_memory)?),
            Node::File(file) => Node::File(try_arc(ReadOnlyFile(file)).map_err(no_memory)?),
        })
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

/// A file opened for reading, without what a handle for reading may still change: its times.
struct ReadOnlyFile(Arc<dyn File>);

impl File for ReadOnlyFile {
    fn stat(&self) -> Result<Stat> {
        self.0.stat()
    }

    fn flags(&self) -> Result<FileFlags> {
        self.0.flags()
    }

    fn set_flags(&self, flags: FileFlags) -> Result<()> {
        self.0.set_flags(flags)
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        self.0.read(buffers)
    }

    fn try_read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        self.0.try_read(buffers)
    }

    fn write(&self, _: &[&[u8]]) -> Result<usize> {
        Err(ErrorKind::BadDescriptor)
    }

    fn read_at(&self, buffers: &mut [&mut [u8]], offset: u64) -> Result<usize> {
        self.0.read_at(buffers, offset)
    }

    fn write_at(&self, _: &[&[u8]], _: u64) -> Result<usize> {
        Err(ErrorKind::BadDescriptor)
    }

    fn seek(&self, from: SeekFrom) -> Result<u64> {
        self.0.seek(from)
    }

    fn set_size(&self, _: u64) -> Result<()> {
        Err(ErrorKind::InvalidInput)
    }

    fn allocate(&self, _: u64, _: u64) -> Result<()> {
        Err(ErrorKind::BadDescriptor)
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<()> {
        self.0.advise(offset, len, advice)
    }

    fn set_times(&self, _: SetTime, _: SetTime) -> Result<()> {
        Err(ErrorKind::ReadOnly)
    }

    fn sync(&self) -> Result<()> {
        self.0.sync()
    }

    fn sync_data(&self) -> Result<()> {
        self.0.sync_data()
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        self.0.ready(interest)
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.0.wait_handle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::TestDir;

    const READ: OpenOptions = OpenOptions {
        read: true,
        write: false,
        create: false,
        exclusive: false,
        directory: false,
        truncate: false,
        flags: FileFlags::empty(),
    };

    /// A file `f`, a directory `d` with a file `g`, a link `s` to `f`.
    fn tree() -> (Arc<TestDir>, ReadOnly) {
        let dir = TestDir::new();
        dir.put("f", b"abc").unwrap();
        dir.create_dir(b"d").unwrap();
        dir.symlink(b"f", b"s").unwrap();
        let Ok(Node::Dir(d)) = dir.open(b"d", READ) else { panic!("not a directory") };
        d.symlink(b"x", b"g").unwrap();
        (dir.clone(), ReadOnly::new(dir))
    }

    #[test]
    fn nothing_can_be_changed() {
        let (dir, wrapped) = tree();
        let now = SetTime::Now;
        let refused = [
            wrapped.set_times(now, now),
            wrapped.set_times_at(b"f", now, now),
            wrapped.create_dir(b"new"),
            wrapped.symlink(b"t", b"new"),
            wrapped.link(b"f", &wrapped, b"new"),
            wrapped.rename(b"f", &wrapped, b"new"),
            wrapped.unlink(b"f"),
            wrapped.remove_dir(b"d"),
        ];
        assert_eq!(refused, [Err(ErrorKind::ReadOnly); 8]);
        // Nor can anything be brought in from elsewhere.
        assert_eq!(dir.rename(b"f", &wrapped, b"new"), Err(ErrorKind::CrossDevice));
        assert_eq!(dir.names(), ["d", "f", "s"]);
        let Ok(Node::Dir(d)) = wrapped.open(b"d", READ) else { panic!("not a directory") };
        assert_eq!(d.unlink(b"g"), Err(ErrorKind::ReadOnly));
    }

    #[test]
    fn opening_fails_for_the_reason_that_comes_first() {
        let (dir, wrapped) = tree();
        let create = OpenOptions { create: true, ..READ };
        let exclusive = OpenOptions { exclusive: true, ..create };
        let write = OpenOptions { write: true, ..READ };
        let truncate = OpenOptions { truncate: true, ..READ };
        use ErrorKind as E;
        for (name, options, wanted) in [
            ("none", READ, E::NotFound),
            ("none", write, E::NotFound),
            ("none", create, E::ReadOnly),
            ("none", exclusive, E::ReadOnly),
            ("f", write, E::ReadOnly),
            ("f", truncate, E::ReadOnly),
            ("f", exclusive, E::Exists),
            ("f", OpenOptions { directory: true, ..READ }, E::NotDirectory),
            ("d", write, E::IsDirectory),
            ("d", create, E::IsDirectory),
            ("d", exclusive, E::Exists),
            ("s", READ, E::SymlinkLoop),
            ("s", write, E::SymlinkLoop),
            ("s", exclusive, E::Exists),
            ("f", OpenOptions { directory: true, ..create }, E::InvalidInput),
        ] {
            assert_eq!(wrapped.open(name.as_bytes(), options).err(), Some(wanted), "{name} {options:?}");
        }
        assert_eq!(dir.get("f").as_deref(), Ok(&b"abc"[..]));
    }

    #[test]
    fn a_file_is_read_and_keeps_its_times() {
        let (dir, wrapped) = tree();
        let before = dir.stat_at(b"f");
        let options = OpenOptions { create: true, ..READ };
        let Ok(Node::File(file)) = wrapped.open(b"f", options) else { panic!("not a file") };
        let mut buffer = [0; 4];
        assert_eq!(file.read(&mut [&mut buffer]), Ok(3));
        assert_eq!(file.write(&[b"x"]), Err(ErrorKind::BadDescriptor));
        assert_eq!(file.write_at(&[b"x"], 0), Err(ErrorKind::BadDescriptor));
        assert_eq!(file.set_size(0), Err(ErrorKind::InvalidInput));
        assert_eq!(file.allocate(0, 9), Err(ErrorKind::BadDescriptor));
        assert_eq!(file.set_times(SetTime::Now, SetTime::At(0)), Err(ErrorKind::ReadOnly));
        assert_eq!(dir.stat_at(b"f"), before);
    }
}
