//! One tree of what the entries of an archive name.
//!
//! In: paths and attributes, in the archive's order. Out: nodes and sorted names. It knows no headers. A path is
//! never followed through a link: what it leads through must be a directory of the archive itself.

use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{ArchiveFault, Entry, Kind, Node, Span};

/// The longest name in bytes, as in the file system above.
const MAX_NAME: usize = 255;
/// The deepest path; a walk goes no further.
const MAX_DEPTH: usize = 512;
/// The number of the root.
const ROOT: u32 = 0;

type Result<T> = core::result::Result<T, ArchiveFault>;

/// A path in one or two pieces, as ustar stores it: a separator lies between them.
#[derive(Clone, Copy, Default)]
pub(super) struct Path {
    pub(super) prefix: Span,
    pub(super) name: Span,
}

/// What an entry says of a node beside its content.
#[derive(Clone, Copy)]
pub(super) struct Attributes {
    pub(super) permissions: u16,
    pub(super) modified: u64,
}

/// A tree under construction.
pub(super) struct Tree<'a> {
    bytes: &'a [u8],
    nodes: Vec<Node>,
    entries: Vec<Entry>,
    /// Entries by directory and name.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<'a> Tree<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self> {
        let mut tree = Self {
            bytes,
            nodes: Vec::new(),
            entries: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        };
        tree.add_node(unnamed_dir(ROOT))?;
        Ok(tree)
    }

    pub(super) fn directory(&mut self, path: Path, attributes: Attributes) -> Result<()> {
        let dir = match self.split(path)? {
            None => ROOT,
            Some((parent, name)) => self.enter_or_make(parent, name)?,
        };
        if let Some(node) = self.nodes.get_mut(dir as usize) {
            (node.permissions, node.modified) = (attributes.permissions, attributes.modified);
        }
        Ok(())
    }

    pub(super) fn file(&mut self, path: Path, content: Span, attributes: Attributes) -> Result<()> {
        self.put(path, Kind::File(content), attributes)
    }

    pub(super) fn symbolic_link(&mut self, path: Path, target: Span, attributes: Attributes) -> Result<()> {
        let text = target.of(self.bytes);
        if text.is_empty() || text.len() >= super::super::MAX_TARGET || text.contains(&0) {
            return Err(ArchiveFault::Link);
        }
        self.put(path, Kind::Link(target), attributes)
    }

    pub(super) fn hard_link(&mut self, path: Path, target: Path) -> Result<()> {
        let node = self.lookup(target)?.ok_or(ArchiveFault::Link)?;
        if self.is_dir(node) {
            return Err(ArchiveFault::Link);
        }
        let (parent, name) = self.split(path)?.ok_or(ArchiveFault::Name)?;
        self.name(parent, name, node)
    }

    fn put(&mut self, path: Path, kind: Kind, attributes: Attributes) -> Result<()> {
        let (parent, name) = self.split(path)?.ok_or(ArchiveFault::Name)?;
        let Attributes { permissions, modified } = attributes;
        let node = self.add_node(Node { kind, links: 0, permissions, modified })?;
        self.name(parent, name, node)
    }

    /// Lets a name stand for a node that is no directory.
    fn name(&mut self, parent: u32, name: Span, node: u32) -> Result<()> {
        match self.find(parent, name.of(self.bytes)) {
            None => self.add_entry(Entry { dir: parent, name, node }),
            Some(entry) if self.is_dir(self.entries[entry].node) => Err(ArchiveFault::Conflict),
            Some(entry) => {
                self.entries[entry].node = node;
                Ok(())
            }
        }
    }

    /// The directory that holds the last part of the path, made with all above it, and that part; `None` for the
    /// root.
    fn split(&mut self, path: Path) -> Result<Option<(u32, Span)>> {
        let (mut dir, mut last, mut depth) = (ROOT, None, 0);
        for part in Parts::new(self.bytes, path) {
            if let Some(name) = last.replace(check(self.bytes, part)?) {
                dir = self.enter_or_make(dir, name)?;
            }
            depth += 1;
            if depth > MAX_DEPTH {
                return Err(ArchiveFault::Name);
            }
        }
        Ok(last.map(|name| (dir, name)))
    }

    fn enter_or_make(&mut self, parent: u32, name: Span) -> Result<u32> {
        match self.find(parent, name.of(self.bytes)) {
            None => {
                let node = self.add_node(unnamed_dir(parent))?;
                self.add_entry(Entry { dir: parent, name, node })?;
                Ok(node)
            }
            Some(entry) if self.is_dir(self.entries[entry].node) => Ok(self.entries[entry].node),
            Some(_) => Err(ArchiveFault::Conflict),
        }
    }

    /// What a path leads to, if anything.
    fn lookup(&self, path: Path) -> Result<Option<u32>> {
        let mut node = ROOT;
        for part in Parts::new(self.bytes, path) {
            match self.find(node, check(self.bytes, part)?.of(self.bytes)) {
                Some(entry) => node = self.entries[entry].node,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    fn is_dir(&self, node: u32) -> bool {
        self.nodes.get(node as usize).is_some_and(|node| matches!(node.kind, Kind::Dir { .. }))
    }

    /// The number of the entry with this name; it is in range.
    fn find(&self, dir: u32, name: &[u8]) -> Option<usize> {
        let same = |&entry: &u32| {
            let entry = self.entries.get(entry as usize);
            entry.is_some_and(|entry| entry.dir == dir && entry.name.of(self.bytes) == name)
        };
        self.index.find(self.hasher.hash_one((dir, name)), same).map(|&entry| entry as usize)
    }

    fn add_node(&mut self, node: Node) -> Result<u32> {
        let number = u32::try_from(self.nodes.len()).map_err(|_| ArchiveFault::OutOfMemory)?;
        self.nodes.try_reserve(1).map_err(|_| ArchiveFault::OutOfMemory)?;
        self.nodes.push(node);
        Ok(number)
    }

    fn add_entry(&mut self, entry: Entry) -> Result<()> {
        let number = u32::try_from(self.entries.len()).map_err(|_| ArchiveFault::OutOfMemory)?;
        self.entries.try_reserve(1).map_err(|_| ArchiveFault::OutOfMemory)?;
        let (bytes, entries, hasher) = (self.bytes, &self.entries, &self.hasher);
        let hash = |&number: &u32| {
            let entry = entries.get(number as usize);
            entry.map_or(0, |entry| hasher.hash_one((entry.dir, entry.name.of(bytes))))
        };
        self.index.try_reserve(1, hash).map_err(|_| ArchiveFault::OutOfMemory)?;
        let own = hasher.hash_one((entry.dir, entry.name.of(bytes)));
        self.index.insert_unique(own, number, hash);
        self.entries.push(entry);
        Ok(())
    }

    /// Sorts the names, tells each directory where its own are, and counts the names of each node.
    pub(super) fn finish(self) -> (Vec<Node>, Vec<Entry>) {
        let Self { bytes, mut nodes, mut entries, .. } = self;
        entries.sort_unstable_by(|a, b| (a.dir, a.name.of(bytes)).cmp(&(b.dir, b.name.of(bytes))));
        for (at, entry) in entries.iter().enumerate() {
            let mut is_dir = false;
            if let Some(node) = nodes.get_mut(entry.node as usize) {
                is_dir = matches!(node.kind, Kind::Dir { .. });
                // A directory begins with its own two: the name here, and `.`.
                node.links += u32::from(!is_dir);
            }
            if let Some(Node { kind: Kind::Dir { first, count, .. }, links, .. }) =
                nodes.get_mut(entry.dir as usize)
            {
                if *count == 0 {
                    // There are no more entries than a `u32` counts.
                    *first = at as u32;
                }
                *count += 1;
                *links += u32::from(is_dir);
            }
        }
        (nodes, entries)
    }
}

/// A directory that has no entry, or none yet.
fn unnamed_dir(parent: u32) -> Node {
    Node { kind: Kind::Dir { parent, first: 0, count: 0 }, links: 2, permissions: 0o755, modified: 0 }
}

/// One part of a path, as names must be.
fn check(bytes: &[u8], part: Span) -> Result<Span> {
    let text = part.of(bytes);
    if text == b".." || text.len() > MAX_NAME || text.contains(&0) {
        return Err(ArchiveFault::Name);
    }
    Ok(part)
}

/// The parts of a path, those that say nothing left out: empty ones and `.`.
struct Parts<'a> {
    bytes: &'a [u8],
    rest: [Span; 2],
}

impl<'a> Parts<'a> {
    fn new(bytes: &'a [u8], path: Path) -> Self {
        Self { bytes, rest: [path.prefix, path.name] }
    }
}

impl Iterator for Parts<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        for rest in &mut self.rest {
            while rest.len > 0 {
                let text = rest.of(self.bytes);
                let len = text.iter().position(|&b| b == b'/').unwrap_or(text.len());
                let part = Span { start: rest.start, len };
                let taken = (len + 1).min(rest.len);
                *rest = Span { start: rest.start + taken, len: rest.len - taken };
                if !matches!(part.of(self.bytes), b"" | b".") {
                    return Some(part);
                }
            }
        }
        None
    }
}
