//! Directory handles.
//!
//! In: one name at a time. Out: handles, [`Stat`]. The rules of names and links are the volume's.

use alloc::{sync::Arc, vec::Vec};
use core::any::Any;
use core::sync::atomic::{AtomicU64, Ordering};

use ringzero::platform::{
    Clock, Dir, DirEntry, ErrorKind, FakeClock, FileType, Node, OpenOptions, Result, SetTime, Stat, Step,
    path::check_component,
};
use ringzero::reserve::Reserve;
use spin::Mutex;

use super::file::MemoryFile;
use super::volume::{Nodes, Quota, ROOT, Usage};

/// The longest name in bytes, as nearly everywhere.
const MAX_NAME: usize = 255;
/// The longest link target in bytes: no longer path could be walked.
const MAX_TARGET: usize = 4096;

/// One file system, shared by its handles.
pub(super) struct Volume {
    pub(super) nodes: Mutex<Nodes>,
    clock: Arc<dyn Clock>,
}

impl Volume {
    /// The present, asked before the nodes are locked: a clock is foreign code.
    pub(super) fn now(&self) -> u64 {
        self.clock.wall()
    }
}

/// A node that a handle keeps alive, until the handle is dropped.
pub(super) struct Held {
    pub(super) volume: Arc<Volume>,
    pub(super) id: u64,
}

impl Held {
    /// `nodes` is the volume's own, locked by the caller.
    fn new(volume: &Arc<Volume>, nodes: &mut Nodes, id: u64) -> Result<Self> {
        nodes.hold(id)?;
        Ok(Self { volume: volume.clone(), id })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.volume.nodes.lock().let_go(self.id);
    }
}

/// A directory of a file system in memory.
///
/// Directories, hard and symbolic links, renames by POSIX's rules, files that live on while open, sparse files,
/// times from a clock. Reading does not change a file's last access (`noatime`); there are no owners and no
/// permissions.
pub struct MemoryDir(Held);

impl MemoryDir {
    /// The empty root of a new file system whose times come from a [`FakeClock`].
    pub fn new(quota: Quota) -> Arc<Self> {
        Self::with_clock(quota, Arc::new(FakeClock::default()))
    }

    /// The empty root of a new file system with a clock.
    pub fn with_clock(quota: Quota, clock: Arc<dyn Clock>) -> Arc<Self> {
        static DEVICES: AtomicU64 = AtomicU64::new(1);
        let device = DEVICES.fetch_add(1, Ordering::Relaxed);
        let mut nodes = Nodes::new(quota, device, clock.wall());
        let held = nodes.hold(ROOT);
        debug_assert_eq!(held, Ok(()), "the root is there");
        let nodes = Mutex::new(nodes);
        let volume = Arc::new(Volume { nodes, clock });
        Arc::new(Self(Held { volume, id: ROOT }))
    }

    /// What the whole file system uses now.
    pub fn usage(&self) -> Usage {
        self.0.volume.nodes.lock().usage()
    }

    /// The node of `to`, where that is a directory of this file system.
    fn same_volume(&self, to: &dyn Dir) -> Result<u64> {
        let to: Option<&Self> = to.as_any().downcast_ref();
        let to = to.filter(|to| Arc::ptr_eq(&to.0.volume, &self.0.volume));
        to.map(|to| to.0.id).ok_or(ErrorKind::CrossDevice)
    }

    /// Finds or makes what `open` asks for.
    fn find(&self, nodes: &mut Nodes, name: &[u8], options: OpenOptions, now: u64) -> Result<u64> {
        let id = match nodes.find(self.0.id, name) {
            Err(ErrorKind::NotFound) if options.create => return nodes.create_file(self.0.id, name, now),
            other => other?,
        };
        if options.create && options.exclusive {
            return Err(ErrorKind::Exists);
        }
        match nodes.file_type(id)? {
            FileType::SymbolicLink if options.directory => Err(ErrorKind::NotDirectory),
            FileType::SymbolicLink => Err(ErrorKind::SymlinkLoop),
            FileType::Directory if options.write || options.truncate || options.create => {
                Err(ErrorKind::IsDirectory)
            }
            FileType::Directory => Ok(id),
            _ if options.directory => Err(ErrorKind::NotDirectory),
            _ => {
                if options.truncate {
                    let (content, budget) = nodes.content_mut(id, now)?;
                    content.set_size(0, budget);
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

impl Dir for MemoryDir {
    fn stat(&self) -> Result<Stat> {
        self.0.volume.nodes.lock().stat(self.0.id)
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let now = self.0.volume.now();
        let mut nodes = self.0.volume.nodes.lock();
        nodes.set_times(self.0.id, accessed, modified, now)
    }

    fn open(&self, name: &[u8], options: OpenOptions) -> Result<Node> {
        check_name(name)?;
        if options.create && options.directory {
            return Err(ErrorKind::InvalidInput);
        }
        let volume = &self.0.volume;
        let now = volume.now();
        // What the handle takes comes first: nothing is created or cut for an opening that then fails.
        let no_memory = |_| ErrorKind::OutOfMemory;
        let for_dir = Reserve::for_arc::<Self>().map_err(no_memory)?;
        let for_file = Reserve::for_arc::<MemoryFile>().map_err(no_memory)?;
        let mut nodes = volume.nodes.lock();
        let id = self.find(&mut nodes, name, options, now)?;
        let is_dir = nodes.file_type(id)? == FileType::Directory;
        let held = Held::new(volume, &mut nodes, id)?;
        drop(nodes);
        Ok(if is_dir {
            Node::Dir(for_dir.into_arc(Self(held)).map_err(no_memory)?)
        } else {
            Node::File(for_file.into_arc(MemoryFile::new(held, options)).map_err(no_memory)?)
        })
    }

    fn stat_at(&self, name: &[u8]) -> Result<Stat> {
        check_name(name)?;
        let nodes = self.0.volume.nodes.lock();
        nodes.stat(nodes.find(self.0.id, name)?)
    }

    fn set_times_at(&self, name: &[u8], accessed: SetTime, modified: SetTime) -> Result<()> {
        check_name(name)?;
        let now = self.0.volume.now();
        let mut nodes = self.0.volume.nodes.lock();
        let id = nodes.find(self.0.id, name)?;
        nodes.set_times(id, accessed, modified, now)
    }

    fn read_dir(&self, mut cookie: u64, each: &mut dyn FnMut(DirEntry<'_>) -> Step) -> Result<()> {
        let mut buffer = [0; MAX_NAME];
        loop {
            // The name is copied out, so that nothing is locked while the receiver runs.
            let nodes = self.0.volume.nodes.lock();
            let Some((next, name, inode)) = nodes.after(self.0.id, cookie)? else {
                return Ok(());
            };
            let file_type = nodes.file_type(inode)?;
            let copied = &mut buffer[..name.len()];
            copied.copy_from_slice(name);
            drop(nodes);
            cookie = next;
            let entry = DirEntry { name: copied, inode, file_type, next };
            if each(entry) == Step::Stop {
                return Ok(());
            }
        }
    }

    fn read_link(&self, name: &[u8]) -> Result<Vec<u8>> {
        check_name(name)?;
        let nodes = self.0.volume.nodes.lock();
        let target = nodes.target(nodes.find(self.0.id, name)?)?;
        let mut copied = Vec::new();
        copied.try_reserve_exact(target.len()).map_err(|_| ErrorKind::OutOfMemory)?;
        copied.extend_from_slice(target);
        Ok(copied)
    }

    fn create_dir(&self, name: &[u8]) -> Result<()> {
        check_name(name)?;
        let now = self.0.volume.now();
        self.0.volume.nodes.lock().create_dir(self.0.id, name, now)
    }

    fn symlink(&self, target: &[u8], name: &[u8]) -> Result<()> {
        check_name(name)?;
        match target.len() {
            0 => return Err(ErrorKind::NotFound),
            MAX_TARGET.. => return Err(ErrorKind::NameTooLong),
            _ if target.contains(&0) => return Err(ErrorKind::InvalidInput),
            _ => {}
        }
        let now = self.0.volume.now();
        let mut nodes = self.0.volume.nodes.lock();
        nodes.create_link(self.0.id, name, target, now)
    }

    fn link(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        check_name(name)?;
        check_name(to_name)?;
        let to = self.same_volume(to)?;
        let now = self.0.volume.now();
        let mut nodes = self.0.volume.nodes.lock();
        let id = nodes.find(self.0.id, name)?;
        nodes.link(id, to, to_name, now)
    }

    fn rename(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        check_name(name)?;
        check_name(to_name)?;
        let to = self.same_volume(to)?;
        let now = self.0.volume.now();
        let mut nodes = self.0.volume.nodes.lock();
        nodes.rename((self.0.id, name), (to, to_name), now)
    }

    fn unlink(&self, name: &[u8]) -> Result<()> {
        check_name(name)?;
        let now = self.0.volume.now();
        self.0.volume.nodes.lock().unlink(self.0.id, name, now)
    }

    fn remove_dir(&self, name: &[u8]) -> Result<()> {
        check_name(name)?;
        let now = self.0.volume.now();
        self.0.volume.nodes.lock().remove_dir(self.0.id, name, now)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
