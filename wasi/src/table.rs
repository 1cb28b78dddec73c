//! The descriptor table: what the guest's small numbers stand for.
//!
//! In: objects of the platform. Out: the lowest free number, and the object behind a number. It does not know
//! the guest's memory or what a function does with an object.

use alloc::{sync::Arc, vec::Vec};

use ringzero::platform::{
    self, Connection, Dir, ErrorKind, File, FileFlags, FileType, Interest, Listener, Readiness, Stat, Stream,
    WaitHandle,
};

use crate::{abi::Rights, errno::Errno};

/// What a descriptor stands for.
pub(crate) enum Object {
    /// Bytes without a position.
    Stream(Arc<dyn Stream>),
    /// An open file; the offset is the file's own.
    File(Arc<dyn File>),
    /// An open directory.
    Dir(Directory),
    /// A socket that accepts.
    Listener(Arc<dyn Listener>),
    /// A socket that talks.
    Connection(Arc<dyn Connection>),
}

/// An open directory, from which no path leads out.
pub(crate) struct Directory {
    pub(crate) dir: Arc<dyn Dir>,
    /// Its name for the guest, where it was there from the start.
    pub(crate) preopen: Option<Arc<[u8]>>,
}

/// One entry of the table.
pub(crate) struct Descriptor {
    pub(crate) object: Object,
    /// What the guest asked for, as far as it makes sense for the object. Only reading, writing and truncating
    /// by path depend on it; the rest is kept because guests look at it.
    pub(crate) base: Rights,
    /// What the guest asked for files opened below.
    pub(crate) inheriting: Rights,
    /// What files opened below may have at most: everything, until the guest gives something up.
    pub(crate) ceiling: Rights,
    /// Flags that the object itself does not keep.
    pub(crate) flags: FileFlags,
}

impl Descriptor {
    pub(crate) fn stream(stream: Arc<dyn Stream>) -> Self {
        let base = if stream.as_file().is_some() { Rights::FILE } else { Rights::STREAM };
        Self::new(Object::Stream(stream), base)
    }

    pub(crate) fn listener(listener: Arc<dyn Listener>) -> Self {
        Self { inheriting: Rights::CONNECTION, ..Self::new(Object::Listener(listener), Rights::LISTENER) }
    }

    pub(crate) fn connection(connection: Arc<dyn Connection>) -> Self {
        Self::new(Object::Connection(connection), Rights::CONNECTION)
    }

    pub(crate) fn file(file: Arc<dyn File>, base: Rights) -> Self {
        Self::new(Object::File(file), base & Rights::FILE)
    }

    pub(crate) fn dir(dir: Arc<dyn Dir>, base: Rights) -> Self {
        let object = Object::Dir(Directory { dir, preopen: None });
        Self { inheriting: Rights::DIRECTORY | Rights::FILE, ..Self::new(object, base & Rights::DIRECTORY) }
    }

    pub(crate) fn preopen(dir: Arc<dyn Dir>, name: Arc<[u8]>) -> Self {
        Self {
            object: Object::Dir(Directory { dir: dir.clone(), preopen: Some(name) }),
            ..Self::dir(dir, Rights::DIRECTORY)
        }
    }

    fn new(object: Object, base: Rights) -> Self {
        Self { object, base, inheriting: Rights::empty(), ceiling: Rights::all(), flags: FileFlags::empty() }
    }

    /// The file with positions, if there is one: a stream may have a regular file behind it.
    pub(crate) fn as_file(&self) -> Option<&dyn File> {
        match &self.object {
            Object::File(file) => Some(&**file),
            Object::Stream(stream) => stream.as_file(),
            _ => None,
        }
    }

    /// The directory, or `ENOTDIR`.
    pub(crate) fn directory(&self) -> Result<&Directory, Errno> {
        match &self.object {
            Object::Dir(directory) => Ok(directory),
            _ => Err(Errno::Notdir),
        }
    }

    /// The socket that talks, or why there is none.
    pub(crate) fn socket(&self) -> Result<&Arc<dyn Connection>, Errno> {
        match &self.object {
            Object::Connection(connection) => Ok(connection),
            Object::Listener(_) => Err(Errno::Notconn),
            _ => Err(Errno::Notsock),
        }
    }

    pub(crate) fn stat(&self) -> platform::Result<Stat> {
        let bare = |file_type| Stat { file_type, links: 1, ..Stat::default() };
        if let Some(file) = self.as_file() {
            return file.stat();
        }
        match &self.object {
            Object::Stream(stream) => Ok(bare(stream.file_type())),
            Object::File(file) => file.stat(),
            Object::Dir(directory) => directory.dir.stat(),
            Object::Listener(_) | Object::Connection(_) => Ok(bare(FileType::Socket)),
        }
    }

    /// The status flags, wherever they are kept.
    pub(crate) fn status(&self) -> platform::Result<FileFlags> {
        let own = match self.as_file() {
            Some(file) => file.flags()?,
            None => FileFlags::empty(),
        };
        let mut flags = own | self.flags;
        flags.set(FileFlags::NONBLOCK, self.nonblocking());
        Ok(flags)
    }

    /// Whether calls answer instead of waiting.
    pub(crate) fn nonblocking(&self) -> bool {
        self.flags.contains(FileFlags::NONBLOCK) || self.object_nonblocking()
    }

    /// Whether the object itself never waits, so that nobody has to ask before.
    pub(crate) fn object_nonblocking(&self) -> bool {
        match &self.object {
            Object::Stream(stream) => stream.nonblocking(),
            Object::File(file) => file.flags().is_ok_and(|flags| flags.contains(FileFlags::NONBLOCK)),
            Object::Dir(_) => false,
            Object::Listener(listener) => listener.nonblocking(),
            Object::Connection(connection) => connection.nonblocking(),
        }
    }

    /// Switches waiting on or off. An object that cannot is asked for readiness before each call instead.
    pub(crate) fn set_nonblocking(&mut self, on: bool) -> platform::Result<()> {
        let done = match &self.object {
            Object::Stream(stream) => stream.set_nonblocking(on),
            Object::Listener(listener) => listener.set_nonblocking(on),
            Object::Connection(connection) => connection.set_nonblocking(on),
            Object::File(_) | Object::Dir(_) => Err(ErrorKind::NotSupported),
        };
        match done {
            Ok(()) => self.flags.remove(FileFlags::NONBLOCK),
            Err(ErrorKind::NotSupported | ErrorKind::NotImplemented) => {
                self.flags.set(FileFlags::NONBLOCK, on);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    pub(crate) fn ready(&self, interest: Interest) -> platform::Result<Readiness> {
        match &self.object {
            Object::Stream(stream) => stream.ready(interest),
            Object::File(file) => file.ready(interest),
            Object::Dir(_) => Ok(Readiness::READY),
            Object::Listener(listener) if interest.contains(Interest::READ) => listener.ready(),
            Object::Listener(_) => Ok(Readiness::PENDING),
            Object::Connection(connection) => connection.ready(interest),
        }
    }

    pub(crate) fn wait_handle(&self) -> Option<WaitHandle> {
        match &self.object {
            Object::Stream(stream) => stream.wait_handle(),
            Object::File(file) => file.wait_handle(),
            Object::Dir(_) => None,
            Object::Listener(listener) => listener.wait_handle(),
            Object::Connection(connection) => connection.wait_handle(),
        }
    }
}

/// Numbers and what they stand for.
pub(crate) struct Table {
    entries: Vec<Option<Descriptor>>,
    /// No number below this one is free.
    lowest: usize,
    limit: usize,
}

impl Table {
    /// An empty table for at most `limit` descriptors.
    pub(crate) fn new(limit: u32) -> Self {
        Self { entries: Vec::new(), lowest: 0, limit: usize::try_from(limit).unwrap_or(usize::MAX) }
    }

    /// The most descriptors.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Entries that there is room for without asking the host.
    pub(crate) fn capacity(&self) -> usize {
        self.entries.capacity()
    }

    /// All that are open.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Descriptor> {
        self.entries.iter().flatten()
    }

    pub(crate) fn get(&self, fd: u32) -> Result<&Descriptor, Errno> {
        let entry = usize::try_from(fd).ok().and_then(|fd| self.entries.get(fd));
        entry.and_then(Option::as_ref).ok_or(Errno::Badf)
    }

    pub(crate) fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor, Errno> {
        self.slot(fd)?.as_mut().ok_or(Errno::Badf)
    }

    /// Makes sure that the next [`insert`](Self::insert) succeeds. Asked before something is created that
    /// would otherwise be left without a number.
    pub(crate) fn reserve(&mut self) -> Result<(), Errno> {
        let free = self.free();
        if free >= self.limit {
            return Err(Errno::Mfile);
        }
        if free == self.entries.len() {
            // Doubling, as a vector does, but never beyond what may be open.
            let more = self.entries.len().max(8).min(self.limit - free);
            if self.entries.len() == self.entries.capacity() {
                self.entries.try_reserve_exact(more).map_err(|_| Errno::Nomem)?;
            }
        }
        Ok(())
    }

    /// Gives `descriptor` the lowest free number.
    pub(crate) fn insert(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        self.reserve()?;
        let free = self.free();
        let number = u32::try_from(free).map_err(|_| Errno::Mfile)?;
        match self.entries.get_mut(free) {
            Some(slot) => *slot = Some(descriptor),
            None => self.entries.push(Some(descriptor)),
        }
        self.lowest = free + 1;
        Ok(number)
    }

    pub(crate) fn remove(&mut self, fd: u32) -> Result<Descriptor, Errno> {
        let descriptor = self.slot(fd)?.take().ok_or(Errno::Badf)?;
        if let Ok(free) = usize::try_from(fd) {
            self.lowest = self.lowest.min(free);
        }
        Ok(descriptor)
    }

    /// Moves `from` to `to`, closing what was there. Both have to be open.
    pub(crate) fn renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.get(from)?;
        self.get(to)?;
        if from != to {
            let moved = self.remove(from)?;
            *self.get_mut(to)? = moved;
        }
        Ok(())
    }

    fn slot(&mut self, fd: u32) -> Result<&mut Option<Descriptor>, Errno> {
        let index = usize::try_from(fd).map_err(|_| Errno::Badf)?;
        self.entries.get_mut(index).ok_or(Errno::Badf)
    }

    fn free(&self) -> usize {
        let taken = self.entries.iter().skip(self.lowest).take_while(|e| e.is_some());
        self.lowest + taken.count()
    }
}
