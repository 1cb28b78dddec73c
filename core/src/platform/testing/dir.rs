//! The test bed's directories and files.
//!
//! In: names, slices, offsets. Out: what a POSIX file system answers. The tree behind it is in `tree.rs`.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::any::Any;

use spin::Mutex;

use super::tree::{ROOT, Tree};
use crate::platform::{
    Clock, Dir, DirEntry, ErrorKind, FakeClock, File, FileFlags, FileType, Node, OpenOptions, Result,
    SeekFrom, SetTime, Stat, Step, path::check_component,
};

/// The longest content: a test bed keeps every byte.
const MAX_SIZE: u64 = 1 << 28;
/// The longest name, as nearly everywhere.
const MAX_NAME: usize = 255;

struct Volume {
    tree: Mutex<Tree>,
    clock: Arc<dyn Clock>,
}

/// A directory in memory.
pub struct TestDir {
    volume: Arc<Volume>,
    id: usize,
}

/// A regular file in memory. Every handle has its own offset and flags.
pub struct TestFile {
    volume: Arc<Volume>,
    id: usize,
    options: OpenOptions,
    handle: Mutex<Handle>,
}

struct Handle {
    offset: u64,
    flags: FileFlags,
}

impl TestDir {
    /// The empty root of a new file system that takes its times from a [`FakeClock`].
    pub fn new() -> Arc<Self> {
        Self::with_clock(Arc::new(FakeClock::default()))
    }

    /// The empty root of a new file system with a clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Arc<Self> {
        let tree = Mutex::new(Tree::new(clock.wall()));
        let volume = Arc::new(Volume { tree, clock });
        Arc::new(Self { volume, id: ROOT })
    }

    /// Makes or replaces a file here with the given content.
    ///
    /// # Errors
    /// As [`Dir::open`].
    pub fn put(&self, name: &str, content: &[u8]) -> Result<()> {
        let options = OpenOptions { write: true, create: true, truncate: true, ..OpenOptions::default() };
        match self.open(name.as_bytes(), options)? {
            Node::File(file) => file.write(&[content]).map(drop),
            Node::Dir(_) => Err(ErrorKind::IsDirectory),
        }
    }

    /// The content of a file here.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::InvalidInput`] where it is not a regular file.
    pub fn get(&self, name: &str) -> Result<Vec<u8>> {
        let tree = self.volume.tree.lock();
        tree.content(tree.find(self.id, name.as_bytes())?).cloned()
    }

    /// The names here, sorted; what is not UTF-8 is replaced.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let each = &mut |entry: DirEntry<'_>| {
            names.push(String::from_utf8_lossy(entry.name).into_owned());
            Step::Continue
        };
        // The test bed's own listing has no way to fail.
        let _ = self.read_dir(0, each);
        names.sort();
        names
    }

    fn now(&self) -> u64 {
        self.volume.clock.wall()
    }

    fn of(dir: &dyn Dir) -> Option<&Self> {
        dir.as_any().downcast_ref()
    }

    /// The node in `to` of this file system.
    fn same_volume(&self, to: &dyn Dir) -> Result<usize> {
        let to = Self::of(to).filter(|to| Arc::ptr_eq(&to.volume, &self.volume));
        to.map(|to| to.id).ok_or(ErrorKind::CrossDevice)
    }

    fn open_node(&self, name: &[u8], options: OpenOptions) -> Result<usize> {
        let now = self.now();
        let mut tree = self.volume.tree.lock();
        let id = match tree.find(self.id, name) {
            Err(ErrorKind::NotFound) if options.create => return tree.create_file(self.id, name, now),
            other => other?,
        };
        if options.create && options.exclusive {
            return Err(ErrorKind::Exists);
        }
        match tree.file_type(id) {
            FileType::SymbolicLink if options.directory => Err(ErrorKind::NotDirectory),
            FileType::SymbolicLink => Err(ErrorKind::SymlinkLoop),
            FileType::Directory if options.write || options.truncate || options.create => {
                Err(ErrorKind::IsDirectory)
            }
            FileType::Directory => Ok(id),
            _ if options.directory => Err(ErrorKind::NotDirectory),
            _ => {
                if options.truncate {
                    tree.content_mut(id, now)?.clear();
                }
                Ok(id)
            }
        }
    }
}

fn check_name(name: &[u8]) -> Result<()> {
    check_component(name)?;
    if name.len() > MAX_NAME { Err(ErrorKind::NameTooLong) } else { Ok(()) }
}

impl Dir for TestDir {
    fn stat(&self) -> Result<Stat> {
        Ok(self.volume.tree.lock().stat(self.id))
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let now = self.now();
        self.volume.tree.lock().set_times(self.id, accessed, modified, now);
        Ok(())
    }

    fn open(&self, name: &[u8], options: OpenOptions) -> Result<Node> {
        check_name(name)?;
        if options.create && options.directory {
            return Err(ErrorKind::InvalidInput);
        }
        let id = self.open_node(name, options)?;
        let volume = self.volume.clone();
        if volume.tree.lock().is_dir(id) {
            return Ok(Node::Dir(Arc::new(Self { volume, id })));
        }
        let handle = Mutex::new(Handle { offset: 0, flags: options.flags });
        Ok(Node::File(Arc::new(TestFile { volume, id, options, handle })))
    }

    fn stat_at(&self, name: &[u8]) -> Result<Stat> {
        check_name(name)?;
        let tree = self.volume.tree.lock();
        Ok(tree.stat(tree.find(self.id, name)?))
    }

    fn set_times_at(&self, name: &[u8], accessed: SetTime, modified: SetTime) -> Result<()> {
        check_name(name)?;
        let now = self.now();
        let mut tree = self.volume.tree.lock();
        let id = tree.find(self.id, name)?;
        tree.set_times(id, accessed, modified, now);
        Ok(())
    }

    fn read_dir(&self, mut cookie: u64, each: &mut dyn FnMut(DirEntry<'_>) -> Step) -> Result<()> {
        if cookie == u64::MAX {
            return Err(ErrorKind::InvalidInput);
        }
        loop {
            // The lock is not held while the receiver runs.
            let tree = self.volume.tree.lock();
            let Some((next, name, id)) = tree.after(self.id, cookie) else {
                return Ok(());
            };
            let (name, file_type) = (name.to_vec(), tree.file_type(id));
            drop(tree);
            cookie = next;
            let inode = id as u64 + 1;
            let entry = DirEntry { name: &name, inode, file_type, next };
            if each(entry) == Step::Stop {
                return Ok(());
            }
        }
    }

    fn read_link(&self, name: &[u8]) -> Result<Vec<u8>> {
        check_name(name)?;
        let tree = self.volume.tree.lock();
        tree.target(tree.find(self.id, name)?)
    }

    fn create_dir(&self, name: &[u8]) -> Result<()> {
        check_name(name)?;
        let now = self.now();
        self.volume.tree.lock().create_dir(self.id, name, now)
    }

    fn symlink(&self, target: &[u8], name: &[u8]) -> Result<()> {
        check_name(name)?;
        match target.len() {
            0 => return Err(ErrorKind::NotFound),
            4096.. => return Err(ErrorKind::NameTooLong),
            _ if target.contains(&0) => return Err(ErrorKind::InvalidInput),
            _ => {}
        }
        let now = self.now();
        self.volume.tree.lock().create_link(self.id, name, target, now)
    }

    fn link(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        check_name(name)?;
        check_name(to_name)?;
        let to = self.same_volume(to)?;
        let now = self.now();
        let mut tree = self.volume.tree.lock();
        let id = tree.find(self.id, name)?;
        tree.link(id, to, to_name, now)
    }

    fn rename(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        check_name(name)?;
        check_name(to_name)?;
        let to = self.same_volume(to)?;
        let now = self.now();
        self.volume.tree.lock().rename((self.id, name), (to, to_name), now)
    }

    fn unlink(&self, name: &[u8]) -> Result<()> {
        check_name(name)?;
        let now = self.now();
        self.volume.tree.lock().unlink(self.id, name, now)
    }

    fn remove_dir(&self, name: &[u8]) -> Result<()> {
        check_name(name)?;
        let now = self.now();
        self.volume.tree.lock().remove_dir(self.id, name, now)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl TestFile {
    fn check_write(&self) -> Result<()> {
        if self.options.write { Ok(()) } else { Err(ErrorKind::BadDescriptor) }
    }

    fn copy_out(&self, buffers: &mut [&mut [u8]], offset: u64) -> Result<usize> {
        if !self.options.read {
            return Err(ErrorKind::BadDescriptor);
        }
        let tree = self.volume.tree.lock();
        let content = tree.content(self.id)?;
        let mut rest = usize::try_from(offset).map_or(&[][..], |at| content.get(at..).unwrap_or(&[]));
        let mut total = 0;
        for buffer in buffers {
            let (now, later) = rest.split_at(buffer.len().min(rest.len()));
            buffer[..now.len()].copy_from_slice(now);
            total += now.len();
            rest = later;
        }
        Ok(total)
    }

    /// Writes at `offset`, or at the end where there is none; returns the count and the new offset.
    fn copy_in(&self, buffers: &[&[u8]], offset: Option<u64>) -> Result<(usize, u64)> {
        self.check_write()?;
        let now = self.volume.clock.wall();
        let total: usize = buffers.iter().map(|b| b.len()).sum();
        let mut tree = self.volume.tree.lock();
        let start = offset.unwrap_or(tree.content(self.id)?.len() as u64);
        let end = start.saturating_add(total as u64);
        if total == 0 {
            return Ok((0, start));
        }
        if end > MAX_SIZE {
            return Err(ErrorKind::FileTooBig);
        }
        let content = tree.content_mut(self.id, now)?;
        // Both lie below MAX_SIZE.
        let (mut at, end) = (start as usize, end as usize);
        if content.len() < end {
            content.resize(end, 0);
        }
        for buffer in buffers {
            content[at..at + buffer.len()].copy_from_slice(buffer);
            at += buffer.len();
        }
        Ok((total, end as u64))
    }
}

/// Positions are signed in POSIX.
fn check_offset(offset: u64) -> Result<()> {
    i64::try_from(offset).map(drop).map_err(|_| ErrorKind::InvalidInput)
}

impl File for TestFile {
    fn stat(&self) -> Result<Stat> {
        Ok(self.volume.tree.lock().stat(self.id))
    }

    fn flags(&self) -> Result<FileFlags> {
        Ok(self.handle.lock().flags)
    }

    fn set_flags(&self, flags: FileFlags) -> Result<()> {
        let mut handle = self.handle.lock();
        if !(FileFlags::APPEND | FileFlags::NONBLOCK).contains(handle.flags ^ flags) {
            return Err(ErrorKind::NotSupported);
        }
        handle.flags = flags;
        Ok(())
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        let mut handle = self.handle.lock();
        let count = self.copy_out(buffers, handle.offset)?;
        handle.offset += count as u64;
        Ok(count)
    }

    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        let mut handle = self.handle.lock();
        let append = handle.flags.contains(FileFlags::APPEND);
        let (count, end) = self.copy_in(buffers, (!append).then_some(handle.offset))?;
        if count > 0 {
            handle.offset = end;
        }
        Ok(count)
    }

    fn read_at(&self, buffers: &mut [&mut [u8]], offset: u64) -> Result<usize> {
        check_offset(offset)?;
        self.copy_out(buffers, offset)
    }

    fn write_at(&self, buffers: &[&[u8]], offset: u64) -> Result<usize> {
        check_offset(offset)?;
        self.copy_in(buffers, Some(offset)).map(|(count, _)| count)
    }

    fn seek(&self, from: SeekFrom) -> Result<u64> {
        let size = self.stat()?.size;
        let mut handle = self.handle.lock();
        handle.offset = from.target(handle.offset, size)?;
        Ok(handle.offset)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.check_write().map_err(|_| ErrorKind::InvalidInput)?;
        if size > MAX_SIZE {
            return Err(ErrorKind::FileTooBig);
        }
        let now = self.volume.clock.wall();
        // Below MAX_SIZE.
        self.volume.tree.lock().content_mut(self.id, now)?.resize(size as usize, 0);
        Ok(())
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<()> {
        self.check_write()?;
        if len == 0 {
            return Err(ErrorKind::InvalidInput);
        }
        let end = offset.checked_add(len).ok_or(ErrorKind::FileTooBig)?;
        if self.stat()?.size < end { self.set_size(end) } else { Ok(()) }
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let now = self.volume.clock.wall();
        self.volume.tree.lock().set_times(self.id, accessed, modified, now);
        Ok(())
    }
}
