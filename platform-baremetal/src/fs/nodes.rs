//! The nodes of a file system, what is known of them, and what they cost.
//!
//! In: node numbers. Out: facts, content, names. It does not know offsets or handles, only how many handles hold a
//! node: a node lives for as long as it has a name or a handle. What is done with names is in `links`.
//!
//! Below there may be an archive. A node of it keeps the number it has there and is read there, until something
//! about it changes: then the node is copied up, which takes its facts and not its content, target or names. The
//! names of a directory are copied when the first of them comes or goes; the pages of a file one by one. So there
//! are no marks for what is deleted, a directory moves like any other, and a handle never sees two versions of
//! one file.

use alloc::sync::Arc;
use core::hash::Hash;

use hashbrown::HashMap;
use ringzero::platform::{ErrorKind, FileType, Result, SetTime, Stat};

use super::archive::{self, Archive};
use super::names::{Listing, Names, Place};
use super::node::{Facts, Kind, Node, SEARCH};
use super::pages::{self, Content};
use super::quota::{Budget, Quota, Usage};

/// The number of the root, and of the archive's.
pub(super) const ROOT: u64 = 1;

/// All nodes.
pub(super) struct Nodes {
    /// Those of the file system's own.
    pub(super) own: HashMap<u64, Node>,
    archive: Option<Arc<Archive>>,
    /// Handles, by the node they hold.
    held: HashMap<u64, u64>,
    /// How many there are, the root's own not counted.
    handles: u64,
    /// The last number that was given to a node.
    last: u64,
    pub(super) budget: Budget,
    quota: Quota,
    device: u64,
}

impl Nodes {
    /// A root, without names or with an archive's, and the one handle on it.
    pub(super) fn new(archive: Option<Arc<Archive>>, quota: Quota, device: u64, now: u64) -> Result<Self> {
        let full = |_| ErrorKind::OutOfMemory;
        let below = archive.as_ref().map_or(1, |archive| archive.nodes() as u64);
        let root = match archive.as_ref().and_then(|archive| Some((archive, archive.node(0)?))) {
            Some((archive, root)) => Node::copied(archive, root, ROOT),
            None => Node::new(Kind::Dir { names: Some(Names::default()), parent: ROOT }, now),
        };
        let mut nodes = Self {
            own: HashMap::new(),
            archive,
            held: HashMap::new(),
            handles: 0,
            last: ROOT + below - 1,
            budget: Budget::new(quota.bytes),
            quota,
            device,
        };
        nodes.own.try_reserve(1).map_err(full)?;
        nodes.held.try_reserve(1).map_err(full)?;
        nodes.own.insert(ROOT, root);
        nodes.held.insert(ROOT, 1);
        Ok(nodes)
    }

    pub(super) fn usage(&self) -> Usage {
        Usage { bytes: self.budget.used(), inodes: self.own.len() as u64, handles: self.handles }
    }

    /// The archive's node with this number, whether or not it has been copied up.
    fn archived(&self, id: u64) -> Option<(&Arc<Archive>, u32, &archive::Node)> {
        let archive = self.archive.as_ref()?;
        let number = u32::try_from(id.checked_sub(ROOT)?).ok()?;
        Some((archive, number, archive.node(number)?))
    }

    pub(super) fn facts(&self, id: u64) -> Result<Facts> {
        match self.own.get(&id) {
            Some(node) => Ok(Facts::of(node)),
            // A number without a node would be a bookkeeping error of ours; it must not take the kernel down.
            None => self.archived(id).map(|(.., node)| Facts::of_archive(node)).ok_or(ErrorKind::Io),
        }
    }

    /// The node for changing, copied up where it is the archive's.
    pub(super) fn own(&mut self, id: u64) -> Result<&mut Node> {
        if !self.own.contains_key(&id) {
            let (archive, _, node) = self.archived(id).ok_or(ErrorKind::Io)?;
            let copied = Node::copied(archive, node, self.parent(id)?);
            self.reserve_node()?;
            self.own.insert(id, copied);
        }
        self.own.get_mut(&id).ok_or(ErrorKind::Io)
    }

    /// Makes room for one more node.
    fn reserve_node(&mut self) -> Result<()> {
        if self.own.len() as u64 >= self.quota.inodes {
            return Err(ErrorKind::QuotaExceeded);
        }
        self.own.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)
    }

    /// Makes room for one more node, and says what its number will be.
    pub(super) fn prepare(&mut self) -> Result<u64> {
        self.reserve_node()?;
        Ok(self.last + 1)
    }

    /// Enters a node for which there is [room](Self::prepare).
    pub(super) fn add(&mut self, id: u64, node: Node) {
        self.last = id;
        self.own.insert(id, node);
    }

    /// Makes room for one more handle.
    pub(super) fn reserve_handle(&mut self) -> Result<()> {
        if self.handles >= self.quota.handles {
            return Err(ErrorKind::TooManyOpen);
        }
        self.held.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)
    }

    /// Counts one handle more, for which there is [room](Self::reserve_handle).
    pub(super) fn hold(&mut self, id: u64) {
        *self.held.entry(id).or_insert(0) += 1;
        self.handles += 1;
    }

    /// Counts one handle less.
    pub(super) fn let_go(&mut self, id: u64) {
        self.handles = self.handles.saturating_sub(1);
        if let Some(count) = self.held.get_mut(&id) {
            *count -= 1;
            if *count == 0 {
                self.held.remove(&id);
                shrink(&mut self.held);
            }
        }
        self.forget_if_lost(id);
    }

    pub(super) fn is_held(&self, id: u64) -> bool {
        self.held.contains_key(&id)
    }

    /// Frees a node that has neither name nor handle.
    pub(super) fn forget_if_lost(&mut self, id: u64) {
        let lost = self.own.get(&id).is_some_and(|node| node.links == 0) && !self.is_held(id);
        if lost && let Some(node) = self.own.remove(&id) {
            self.budget.refund(node.cost());
            shrink(&mut self.own);
        }
    }

    pub(super) fn file_type(&self, id: u64) -> Result<FileType> {
        Ok(self.facts(id)?.file_type)
    }

    pub(super) fn is_dir(&self, id: u64) -> Result<bool> {
        Ok(self.facts(id)?.is_dir())
    }

    /// Refuses what the owner may not do.
    pub(super) fn check(&self, id: u64, access: u16) -> Result<()> {
        if self.facts(id)?.allows(access) { Ok(()) } else { Err(ErrorKind::AccessDenied) }
    }

    pub(super) fn stat(&self, id: u64) -> Result<Stat> {
        let facts = self.facts(id)?;
        let size = match facts.file_type {
            FileType::Directory => self.names(id)?.len() as u64,
            FileType::SymbolicLink => self.target(id)?.len() as u64,
            _ => self.size(id)?,
        };
        let Facts { file_type, links, permissions, accessed, modified, changed } = facts;
        let (device, inode) = (self.device, id);
        Ok(Stat { device, inode, file_type, links, size, accessed, modified, changed, permissions })
    }

    pub(super) fn set_times(
        &mut self,
        id: u64,
        accessed: SetTime,
        modified: SetTime,
        now: u64,
    ) -> Result<()> {
        if (accessed, modified) == (SetTime::Omit, SetTime::Omit) {
            return self.facts(id).map(drop);
        }
        let node = self.own(id)?;
        for (field, new) in [(&mut node.accessed, accessed), (&mut node.modified, modified)] {
            match new {
                SetTime::Omit => continue,
                SetTime::Now => *field = now,
                SetTime::At(nanos) => *field = nanos,
            }
            node.changed = now;
        }
        Ok(())
    }

    /// Notes that a node's content, or a directory's names, changed now.
    pub(super) fn touch(&mut self, id: u64, now: u64) -> Result<()> {
        let node = self.own(id)?;
        (node.modified, node.changed) = (now, now);
        Ok(())
    }

    pub(super) fn names(&self, dir: u64) -> Result<Listing<'_>> {
        if let Some(node) = self.own.get(&dir) {
            match &node.kind {
                Kind::Dir { names: Some(names), .. } => return Ok(Listing::Own(names)),
                Kind::Dir { names: None, .. } => {}
                _ => return Err(ErrorKind::NotDirectory),
            }
        }
        match self.archived(dir) {
            Some((archive, number, node)) if node.file_type() == FileType::Directory => {
                Ok(Listing::Archive { archive, dir: number, first: ROOT })
            }
            Some(_) => Err(ErrorKind::NotDirectory),
            None => Err(ErrorKind::Io),
        }
    }

    /// The names for changing, copied from the archive's where they are there, and who pays.
    pub(super) fn names_mut(&mut self, dir: u64) -> Result<(&mut Names, &mut Budget)> {
        self.own(dir)?;
        let listing = self.names(dir)?;
        if matches!(listing, Listing::Archive { .. }) {
            let cost = listing.cost();
            // Paid for first: who cannot pay gets nothing copied.
            self.budget.charge(cost)?;
            let copied = self.names(dir).and_then(Names::copied);
            let copied = copied.inspect_err(|_| self.budget.refund(cost))?;
            if let Kind::Dir { names, .. } = &mut self.own(dir)?.kind {
                *names = Some(copied);
            }
        }
        let Self { own, budget, .. } = self;
        match own.get_mut(&dir).map(|node| &mut node.kind) {
            Some(Kind::Dir { names: Some(names), .. }) => Ok((names, budget)),
            _ => Err(ErrorKind::NotDirectory),
        }
    }

    /// The directory that a directory is in.
    pub(super) fn parent(&self, dir: u64) -> Result<u64> {
        match self.own.get(&dir).map(|node| &node.kind) {
            Some(&Kind::Dir { parent, .. }) => Ok(parent),
            Some(_) => Err(ErrorKind::NotDirectory),
            None => match self.archived(dir).map(|(.., node)| node.kind) {
                Some(archive::Kind::Dir { parent, .. }) => Ok(ROOT + u64::from(parent)),
                // Nobody asks where a file is: it may be in many places.
                _ => Ok(ROOT),
            },
        }
    }

    /// The node with this name, where the directory may be searched.
    pub(super) fn find(&self, dir: u64, name: &[u8]) -> Result<u64> {
        self.place(dir, name)?.map(|place| place.id).ok_or(ErrorKind::NotFound)
    }

    /// As [`find`](Self::find), with the name's place; `None` where there is no such name.
    pub(super) fn place(&self, dir: u64, name: &[u8]) -> Result<Option<Place>> {
        self.check(dir, SEARCH)?;
        Ok(self.names(dir)?.find(name))
    }

    pub(super) fn target(&self, id: u64) -> Result<&[u8]> {
        match self.own.get(&id).map(|node| &node.kind) {
            Some(Kind::Link(Some(target))) => return Ok(target),
            Some(Kind::Link(None)) | None => {}
            _ => return Err(ErrorKind::InvalidInput),
        }
        match self.archived(id) {
            Some((archive, _, &archive::Node { kind: archive::Kind::Link(span), .. })) => {
                Ok(archive.bytes(span))
            }
            _ => Err(ErrorKind::InvalidInput),
        }
    }

    /// The content where it is the archive's alone.
    fn archived_content(&self, id: u64) -> Result<&[u8]> {
        match self.archived(id) {
            Some((archive, _, &archive::Node { kind: archive::Kind::File(span), .. })) => {
                Ok(archive.bytes(span))
            }
            _ => Err(ErrorKind::IsDirectory),
        }
    }

    pub(super) fn size(&self, id: u64) -> Result<u64> {
        match self.own.get(&id).map(|node| &node.kind) {
            Some(Kind::File(content)) => Ok(content.size()),
            Some(_) => Err(ErrorKind::IsDirectory),
            None => Ok(self.archived_content(id)?.len() as u64),
        }
    }

    /// Fills `buffer` from `offset` on; the count is short at the end.
    pub(super) fn read(&self, id: u64, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        match self.own.get(&id).map(|node| &node.kind) {
            Some(Kind::File(content)) => Ok(content.read(offset, buffer)),
            Some(_) => Err(ErrorKind::IsDirectory),
            None => Ok(pages::read(self.archived_content(id)?, offset, buffer)),
        }
    }

    /// Cuts a file to nothing.
    pub(super) fn truncate(&mut self, id: u64, now: u64) -> Result<()> {
        let (content, budget) = self.content_mut(id)?;
        content.set_size(0, budget);
        self.touch(id, now)
    }

    /// The content for changing, and who pays.
    pub(super) fn content_mut(&mut self, id: u64) -> Result<(&mut Content, &mut Budget)> {
        self.own(id)?;
        let Self { own, budget, .. } = self;
        match own.get_mut(&id).map(|node| &mut node.kind) {
            Some(Kind::File(content)) => Ok((content, budget)),
            _ => Err(ErrorKind::IsDirectory),
        }
    }
}

/// Moves to a table that fits where the present one is more than eight times too large. That takes memory: where
/// there is none the large one stays until the next time.
fn shrink<K: Eq + Hash, V>(map: &mut HashMap<K, V>) {
    if map.capacity() / 8 <= map.len().max(8) {
        return;
    }
    let mut smaller = HashMap::new();
    if smaller.try_reserve(2 * map.len()).is_ok() {
        smaller.extend(map.drain());
        *map = smaller;
    }
}
