//! A tree of files inside an archive's bytes.
//!
//! In: the bytes of a tar archive. Out: nodes and names that point into them; nothing but the tree itself is
//! allocated. It is never changed, so any number of file systems may lie above one archive. It knows neither
//! handles nor quotas.
//!
//! `tar` reads headers and their extensions, `tree` makes one tree of what they name.

mod error;
mod tar;
mod tree;

use alloc::{sync::Arc, vec::Vec};

use ringzero::platform::FileType;

pub use error::{ArchiveError, ArchiveFault};

/// An archive's bytes: wherever they are, they stay there. Made by `into` from `&'static [u8]` (what
/// `include_bytes!` gives, or a module that a boot loader left in memory), `Arc<[u8]>` or `Vec<u8>`.
pub struct ArchiveBytes(Owner);

enum Owner {
    Static(&'static [u8]),
    Shared(Arc<[u8]>),
    Owned(Vec<u8>),
}

impl ArchiveBytes {
    fn get(&self) -> &[u8] {
        match &self.0 {
            Owner::Static(bytes) => bytes,
            Owner::Shared(bytes) => bytes,
            Owner::Owned(bytes) => bytes,
        }
    }
}

impl From<&'static [u8]> for ArchiveBytes {
    fn from(bytes: &'static [u8]) -> Self {
        Self(Owner::Static(bytes))
    }
}

impl<const N: usize> From<&'static [u8; N]> for ArchiveBytes {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self(Owner::Static(bytes))
    }
}

impl From<Arc<[u8]>> for ArchiveBytes {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self(Owner::Shared(bytes))
    }
}

impl From<Vec<u8>> for ArchiveBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Owner::Owned(bytes))
    }
}

/// A tar archive, read and checked: see [`tar`](Self::tar).
///
/// It is mounted by [`MemoryDir::archive`](super::MemoryDir::archive) to be read, and by
/// [`MemoryDir::overlay`](super::MemoryDir::overlay) to be changed without changing it.
pub struct Archive {
    bytes: ArchiveBytes,
    /// The root comes first.
    nodes: Vec<Node>,
    /// Grouped by directory, in each by name.
    entries: Vec<Entry>,
    skipped: usize,
}

/// A range of the archive's bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) len: usize,
}

impl Span {
    /// The bytes there; nothing where it leads outside.
    fn of(self, bytes: &[u8]) -> &[u8] {
        self.start.checked_add(self.len).and_then(|end| bytes.get(self.start..end)).unwrap_or(&[])
    }
}

/// A file, directory or link of the archive.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) links: u32,
    pub(super) permissions: u16,
    /// Nanoseconds since 1970; the one time that archives have.
    pub(super) modified: u64,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    File(Span),
    Link(Span),
    Dir { parent: u32, first: u32, count: u32 },
}

/// A name in a directory.
#[derive(Clone, Copy)]
struct Entry {
    dir: u32,
    name: Span,
    node: u32,
}

impl Archive {
    /// Reads a tar archive: POSIX ustar and pax (long names and targets, sizes, times in fractions of seconds),
    /// GNU tar's long names and base-256 numbers, and the old format without a name. Contents stay where they
    /// are. The same archive gives the same tree and the same inode numbers again.
    ///
    /// | in the archive | in the tree |
    /// |---|---|
    /// | `/a`, `./a`, `a//b/` | `a`, `a`, `a/b` |
    /// | a name with `..`, an empty one, one over 255 bytes a part, one more than 512 deep | refused |
    /// | a directory that no entry names | made, with the permissions `0755` and the time 0 |
    /// | a name once more | the later entry is what the name stands for; a directory keeps what is in it |
    /// | a directory where a file is, a file where a directory is, a path through a file or a symbolic link | refused |
    /// | a hard link | another name of an entry before it; refused where there is none, or it is a directory |
    /// | a symbolic link | its target verbatim, wherever it may lead: following it is [`path`](ringzero::platform::path)'s |
    /// | devices and pipes | left out, [counted](Self::skipped) |
    /// | sparse files of GNU tar, parts of volumes, kinds unknown | refused |
    /// | anything behind the first block of zeros | not read |
    ///
    /// # Errors
    /// An [`ArchiveError`] with the offset of the header it met. Cost: one pass and one sort of the names; the
    /// tree takes 40 bytes for a file and 24 for a name, up to twice as much where it has just grown, and while it
    /// is read some 16 more for each. A name may make up to 512 directories, so a hostile archive gets about forty
    /// times its size, and no more.
    pub fn tar(bytes: impl Into<ArchiveBytes>) -> Result<Self, ArchiveError> {
        let bytes = bytes.into();
        let (nodes, entries, skipped) = tar::read(bytes.get())?;
        Ok(Self { bytes, nodes, entries, skipped })
    }

    /// How many files, directories and links there are, the root among them.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// How many entries were left out: devices and pipes.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    pub(super) fn node(&self, number: u32) -> Option<&Node> {
        self.nodes.get(number as usize)
    }

    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        span.of(self.bytes.get())
    }

    /// The names in a directory, sorted; nothing where it is none.
    fn entries(&self, dir: u32) -> &[Entry] {
        match self.node(dir).map(|node| node.kind) {
            Some(Kind::Dir { first, count, .. }) => {
                let first = first as usize;
                self.entries.get(first..first + count as usize).unwrap_or(&[])
            }
            _ => &[],
        }
    }

    pub(super) fn len(&self, dir: u32) -> usize {
        self.entries(dir).len()
    }

    /// The name and node at a place in a directory.
    pub(super) fn at(&self, dir: u32, place: usize) -> Option<(&[u8], u32)> {
        self.entries(dir).get(place).map(|entry| (self.bytes(entry.name), entry.node))
    }

    /// The place and the node of a name.
    pub(super) fn find(&self, dir: u32, name: &[u8]) -> Option<(u32, u32)> {
        let entries = self.entries(dir);
        let place = entries.binary_search_by(|entry| self.bytes(entry.name).cmp(name)).ok()?;
        // There are fewer entries than nodes, and nodes are numbered by a `u32`.
        Some((place as u32, entries.get(place)?.node))
    }
}

impl Node {
    pub(super) fn file_type(&self) -> FileType {
        match self.kind {
            Kind::File(_) => FileType::Regular,
            Kind::Link(_) => FileType::SymbolicLink,
            Kind::Dir { .. } => FileType::Directory,
        }
    }
}

// What the documentation of `Archive::tar` says of them, where addresses have 64 bits.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Node>() == 40 && size_of::<Entry>() == 24);
