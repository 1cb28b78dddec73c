//! Directory handles.
//!
//! In: one name at a time. Out: handles, [`Stat`]. The rules of names and links are the volume's.

use alloc::alloc::handle_alloc_error;
use alloc::{sync::Arc, vec::Vec};
use core::alloc::Layout;
use core::any::Any;
use core::sync::atomic::{AtomicU64, Ordering};

use ringzero::platform::{
    Clock, Dir, DirEntry, ErrorKind, FakeClock, FileType, Node, OpenOptions, ReadOnly, Result, SetTime, Stat,
    Step, path::check_component,
};
use ringzero::reserve::{Reserve, try_arc};
use spin::Mutex;

use super::archive::Archive;
use super::file::MemoryFile;
use super::node::{READ, WRITE};
use super::nodes::{Nodes, ROOT};
use super::quota::{Quota, Usage};
use super::{MAX_TARGET, names};

/// The longest name in bytes, as nearly everywhere.
const MAX_NAME: usize = 255;

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

impl Drop for Held {
    fn drop(&mut self) {
        self.volume.nodes.lock().let_go(self.id);
    }
}

/// A directory of a file system in memory.
///
/// Directories, hard and symbolic links, renames by POSIX's rules, files that live on while open, sparse files,
/// times from a clock. Reading does not change a file's last access (`noatime`).
///
/// **Permissions.** Whoever calls is the owner of everything, and not privileged: of the permission bits the three
/// for the owner count, and a call that they do not allow answers [`ErrorKind::AccessDenied`]. A file is opened to
/// be read or written, a directory opened to be listed, its names looked up (search) and changed (write and
/// search), as on Linux. The bits are an archive's; what is made here has `0644`, `0755` or `0777` (links). Preview
/// 1 of WASI has no call to change them, so there is none.
pub struct MemoryDir {
    held: Held,
    /// Opened with the right to list it; without, it can be gone through.
    listed: bool,
}

fn no_memory<E>(_: E) -> ErrorKind {
    ErrorKind::OutOfMemory
}

impl MemoryDir {
    /// The empty root of a new file system whose times come from a [`FakeClock`].
    pub fn new(quota: Quota) -> Arc<Self> {
        Self::with_clock(quota, Arc::new(FakeClock::default()))
    }

    /// The empty root of a new file system with a clock.
    ///
    /// Where there is no memory for the root it ends as [`Arc::new`] does; [`overlay`](Self::overlay) answers an
    /// error.
    pub fn with_clock(quota: Quota, clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::mount(None, quota, clock).unwrap_or_else(|_| handle_alloc_error(Layout::new::<Volume>()))
    }

    /// The root of a file system that begins as what is in an archive and is written to memory: the archive stays
    /// as it is, and may lie below any number of them.
    ///
    /// All of [`MemoryDir`] holds for what is in the archive too: inode numbers are those of the archive and stay, a
    /// handle opened before a file is changed sees the change, directories are renamed and hard links made
    /// without copying what is in them. Of a file those pages are copied that are written to; of a directory all
    /// names, when the first comes or goes, at the [cost](Quota::bytes) of names; so removing a name may answer
    /// [`ErrorKind::NoSpace`], and so may, with [`ErrorKind::QuotaExceeded`], removing one of several names of a
    /// file or the last one of an open file, which is copied up to be counted.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`]. Cost: two allocations and no look at the archive.
    pub fn overlay(archive: Arc<Archive>, quota: Quota, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        Self::mount(Some(archive), quota, clock)
    }

    /// The root of a file system that is what is in an archive, and cannot be changed: what would change it
    /// answers [`ErrorKind::ReadOnly`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ringzero::platform::{Dir, ErrorKind, path::resolve};
    /// use ringzero_platform_baremetal::{Archive, MemoryDir};
    ///
    /// let archive = Archive::tar(include_bytes!("../../tests/archives/ustar.tar"))?;
    /// let root = MemoryDir::archive(Arc::new(archive))?;
    /// // `link` leads to `etc/motd`.
    /// let found = resolve(&root, b"link", true)?;
    /// assert_eq!(found.dir.stat_at(b"motd")?.size, 6);
    /// assert_eq!(found.dir.unlink(b"motd"), Err(ErrorKind::ReadOnly));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`].
    pub fn archive(archive: Arc<Archive>) -> Result<Arc<dyn Dir>> {
        let quota = Quota { bytes: 0, inodes: 1, ..Quota::default() };
        // Its clock is never asked for the time of a change.
        let clock = try_arc(FakeClock::default()).map_err(no_memory)?;
        let root = Self::mount(Some(archive), quota, clock)?;
        Ok(try_arc(ReadOnly::new(root)).map_err(no_memory)?)
    }

    fn mount(archive: Option<Arc<Archive>>, quota: Quota, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        static DEVICES: AtomicU64 = AtomicU64::new(1);
        let device = DEVICES.fetch_add(1, Ordering::Relaxed);
        let nodes = Nodes::new(archive, quota, device, clock.wall())?;
        let volume = try_arc(Volume { nodes: Mutex::new(nodes), clock }).map_err(no_memory)?;
        try_arc(Self { held: Held { volume, id: ROOT }, listed: true }).map_err(no_memory)
    }

    /// What the whole file system uses now.
    pub fn usage(&self) -> Usage {
        self.held.volume.nodes.lock().usage()
    }

    /// The node of `to`, where that is a directory of this file system.
    fn same_volume(&self, to: &dyn Dir) -> Result<u64> {
        let to: Option<&Self> = to.as_any().downcast_ref();
        let to = to.filter(|to| Arc::ptr_eq(&to.held.volume, &self.held.volume));
        to.map(|to| to.held.id).ok_or(ErrorKind::CrossDevice)
    }

    /// Finds or makes what `open` asks for.
    fn find(&self, nodes: &mut Nodes, name: &[u8], options: OpenOptions, now: u64) -> Result<u64> {
        let id = match nodes.find(self.held.id, name) {
            Err(ErrorKind::NotFound) if options.create => return nodes.create_file(self.held.id, name, now),
            other => other?,
        };
        if options.create && options.exclusive {
            return Err(ErrorKind::Exists);
        }
        match nodes.file_type(id)? {
            FileType::SymbolicLink if options.directory => return Err(ErrorKind::NotDirectory),
            FileType::SymbolicLink => return Err(ErrorKind::SymlinkLoop),
            FileType::Directory if options.write || options.truncate || options.create => {
                return Err(ErrorKind::IsDirectory);
            }
            FileType::Directory => {
                // The right to go through a directory is less than the right to list it.
                let denied = nodes.check(id, READ).err().filter(|_| !options.directory);
                return denied.map_or(Ok(id), Err);
            }
            _ if options.directory => return Err(ErrorKind::NotDirectory),
            _ => {}
        }
        let changes = options.write || options.truncate;
        // Opened for neither, a file has to be readable, as on Linux.
        let reads = if options.read || !options.write { READ } else { 0 };
        nodes.check(id, reads | if changes { WRITE } else { 0 })?;
        Ok(id)
    }
}

fn check_name(name: &[u8]) -> Result<()> {
    check_component(name)?;
    if name.len() > MAX_NAME { Err(ErrorKind::NameTooLong) } else { Ok(()) }
}

impl Dir for MemoryDir {
    fn stat(&self) -> Result<Stat> {
        self.held.volume.nodes.lock().stat(self.held.id)
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let now = self.held.volume.now();
        let mut nodes = self.held.volume.nodes.lock();
        nodes.set_times(self.held.id, accessed, modified, now)
    }

    fn open(&self, name: &[u8], options: OpenOptions) -> Result<Node> {
        check_name(name)?;
        if options.create && options.directory {
            return Err(ErrorKind::InvalidInput);
        }
        let volume = &self.held.volume;
        let now = volume.now();
        // What the handle takes comes first: nothing is created or cut for an opening that then fails.
        let for_dir = Reserve::for_arc::<Self>().map_err(no_memory)?;
        let for_file = Reserve::for_arc::<MemoryFile>().map_err(no_memory)?;
        let mut nodes = volume.nodes.lock();
        nodes.reserve_handle()?;
        let id = self.find(&mut nodes, name, options, now)?;
        let is_dir = nodes.file_type(id)? == FileType::Directory;
        let listed = nodes.check(id, READ).is_ok();
        if options.truncate {
            nodes.truncate(id, now)?;
        }
        nodes.hold(id);
        drop(nodes);
        let held = Held { volume: volume.clone(), id };
        Ok(if is_dir {
            Node::Dir(for_dir.into_arc(Self { held, listed }).map_err(no_memory)?)
        } else {
            Node::File(for_file.into_arc(MemoryFile::new(held, options)).map_err(no_memory)?)
        })
    }

    fn stat_at(&self, name: &[u8]) -> Result<Stat> {
        check_name(name)?;
        let nodes = self.held.volume.nodes.lock();
        nodes.stat(nodes.find(self.held.id, name)?)
    }

    fn set_times_at(&self, name: &[u8], accessed: SetTime, modified: SetTime) -> Result<()> {
        check_name(name)?;
        let now = self.held.volume.now();
        let mut nodes = self.held.volume.nodes.lock();
        let id = nodes.find(self.held.id, name)?;
        nodes.set_times(id, accessed, modified, now)
    }

    fn read_dir(&self, mut cookie: u64, each: &mut dyn FnMut(DirEntry<'_>) -> Step) -> Result<()> {
        if !self.listed {
            return Err(ErrorKind::BadDescriptor);
        }
        let mut buffer = [0; MAX_NAME];
        loop {
            // The name is copied out, so that nothing is locked while the receiver runs.
            let nodes = self.held.volume.nodes.lock();
            let Some((next, name, inode)) = nodes.names(self.held.id)?.after(cookie)? else {
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
        let nodes = self.held.volume.nodes.lock();
        let target = nodes.target(nodes.find(self.held.id, name)?)?;
        names::copy(target).map(Vec::from)
    }

    fn create_dir(&self, name: &[u8]) -> Result<()> {
        check_name(name)?;
        let now = self.held.volume.now();
        self.held.volume.nodes.lock().create_dir(self.held.id, name, now)
    }

    fn symlink(&self, target: &[u8], name: &[u8]) -> Result<()> {
        check_name(name)?;
        match target.len() {
            0 => return Err(ErrorKind::NotFound),
            MAX_TARGET.. => return Err(ErrorKind::NameTooLong),
            _ if target.contains(&0) => return Err(ErrorKind::InvalidInput),
            _ => {}
        }
        let now = self.held.volume.now();
        let mut nodes = self.held.volume.nodes.lock();
        nodes.create_link(self.held.id, name, target, now)
    }

    fn link(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        check_name(name)?;
        check_name(to_name)?;
        let to = self.same_volume(to)?;
        let now = self.held.volume.now();
        let mut nodes = self.held.volume.nodes.lock();
        let id = nodes.find(self.held.id, name)?;
        nodes.link(id, to, to_name, now)
    }

    fn rename(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        check_name(name)?;
        check_name(to_name)?;
        let to = self.same_volume(to)?;
        let now = self.held.volume.now();
        let mut nodes = self.held.volume.nodes.lock();
        nodes.rename((self.held.id, name), (to, to_name), now)
    }

    fn unlink(&self, name: &[u8]) -> Result<()> {
        check_name(name)?;
        let now = self.held.volume.now();
        self.held.volume.nodes.lock().unlink(self.held.id, name, now)
    }

    fn remove_dir(&self, name: &[u8]) -> Result<()> {
        check_name(name)?;
        let now = self.held.volume.now();
        self.held.volume.nodes.lock().remove_dir(self.held.id, name, now)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
