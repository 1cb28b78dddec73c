//! The nodes of a file system, their links, and what they cost.
//!
//! In: node numbers and names. Out: node numbers. It does not know offsets or handles, only how many handles
//! hold a node: a node lives for as long as it has a name or a handle.

use alloc::{boxed::Box, vec::Vec};

use hashbrown::HashMap;
use ringzero::platform::{ErrorKind, FileType, Result, SetTime, Stat};

use super::names::{Names, Place};
use super::pages::{Budget, Content};

/// The number of the root.
pub(super) const ROOT: u64 = 1;

/// What a file system may use at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of memory for content (in pages of 4 KiB, holes free), link targets and names. A name costs 160
    /// bytes beside its own, hard links like any other; those 160 are given back when it is removed and no name
    /// entered into the directory after it is left. Beyond it a call answers [`ErrorKind::NoSpace`].
    pub bytes: u64,
    /// Files, directories and links, the root among them. Beyond it a call answers
    /// [`ErrorKind::QuotaExceeded`].
    pub inodes: u64,
}

impl Default for Quota {
    /// 64 MiB and 65,536 nodes.
    fn default() -> Self {
        Self { bytes: 64 << 20, inodes: 1 << 16 }
    }
}

/// What a file system uses, counted as its [`Quota`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes.
    pub bytes: u64,
    /// Nodes, those among them that are only open and have no name any more.
    pub inodes: u64,
}

/// All nodes.
pub(super) struct Nodes {
    nodes: HashMap<u64, Node>,
    last: u64,
    budget: Budget,
    inodes: u64,
    device: u64,
}

struct Node {
    kind: Kind,
    links: u64,
    handles: u64,
    accessed: u64,
    modified: u64,
    changed: u64,
}

enum Kind {
    File(Content),
    Link(Box<[u8]>),
    Dir { names: Names, parent: u64 },
}

impl Nodes {
    /// A root without names; nobody holds it yet.
    pub(super) fn new(quota: Quota, device: u64, now: u64) -> Self {
        let mut nodes = Self {
            nodes: HashMap::new(),
            last: ROOT,
            budget: Budget { used: 0, limit: quota.bytes },
            inodes: quota.inodes,
            device,
        };
        nodes.nodes.insert(ROOT, Node::new(empty_dir(ROOT), 2, now));
        nodes
    }

    pub(super) fn usage(&self) -> Usage {
        Usage { bytes: self.budget.used, inodes: self.nodes.len() as u64 }
    }

    fn node(&self, id: u64) -> Result<&Node> {
        // A number without a node would be a bookkeeping error of ours; it must not take the kernel down.
        self.nodes.get(&id).ok_or(ErrorKind::Io)
    }

    fn node_mut(&mut self, id: u64) -> Result<&mut Node> {
        self.nodes.get_mut(&id).ok_or(ErrorKind::Io)
    }

    fn names(&self, dir: u64) -> Result<&Names> {
        match &self.node(dir)?.kind {
            Kind::Dir { names, .. } => Ok(names),
            _ => Err(ErrorKind::NotDirectory),
        }
    }

    fn names_mut(&mut self, dir: u64) -> Result<&mut Names> {
        match &mut self.node_mut(dir)?.kind {
            Kind::Dir { names, .. } => Ok(names),
            _ => Err(ErrorKind::NotDirectory),
        }
    }

    /// Counts one handle more.
    pub(super) fn hold(&mut self, id: u64) -> Result<()> {
        self.node_mut(id)?.handles += 1;
        Ok(())
    }

    /// Counts one handle less.
    pub(super) fn let_go(&mut self, id: u64) {
        if let Ok(node) = self.node_mut(id) {
            node.handles = node.handles.saturating_sub(1);
        }
        self.forget_if_lost(id);
    }

    /// Frees a node that has neither name nor handle.
    fn forget_if_lost(&mut self, id: u64) {
        let lost = self.nodes.get(&id).is_some_and(|n| n.links == 0 && n.handles == 0);
        if lost && let Some(node) = self.nodes.remove(&id) {
            self.budget.refund(node.cost());
        }
    }

    pub(super) fn file_type(&self, id: u64) -> Result<FileType> {
        Ok(self.node(id)?.kind.file_type())
    }

    fn is_dir(&self, id: u64) -> Result<bool> {
        Ok(self.file_type(id)? == FileType::Directory)
    }

    pub(super) fn stat(&self, id: u64) -> Result<Stat> {
        let node = self.node(id)?;
        let size = match &node.kind {
            Kind::File(content) => content.size(),
            Kind::Link(target) => target.len() as u64,
            Kind::Dir { names, .. } => names.len() as u64,
        };
        Ok(Stat {
            device: self.device,
            inode: id,
            file_type: node.kind.file_type(),
            links: node.links,
            size,
            accessed: node.accessed,
            modified: node.modified,
            changed: node.changed,
        })
    }

    pub(super) fn set_times(
        &mut self,
        id: u64,
        accessed: SetTime,
        modified: SetTime,
        now: u64,
    ) -> Result<()> {
        let node = self.node_mut(id)?;
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

    pub(super) fn find(&self, dir: u64, name: &[u8]) -> Result<u64> {
        self.place(dir, name).map(|place| place.id)
    }

    fn place(&self, dir: u64, name: &[u8]) -> Result<Place> {
        self.names(dir)?.find(name).ok_or(ErrorKind::NotFound)
    }

    /// The first entry of `dir` after `cookie`: its own cookie, name and node.
    pub(super) fn after(&self, dir: u64, cookie: u64) -> Result<Option<(u64, &[u8], u64)>> {
        self.names(dir)?.after(cookie)
    }

    pub(super) fn target(&self, id: u64) -> Result<&[u8]> {
        match &self.node(id)?.kind {
            Kind::Link(target) => Ok(target),
            _ => Err(ErrorKind::InvalidInput),
        }
    }

    pub(super) fn content(&self, id: u64) -> Result<&Content> {
        match &self.node(id)?.kind {
            Kind::File(content) => Ok(content),
            _ => Err(ErrorKind::IsDirectory),
        }
    }

    /// The content for changing, and who pays. Counts as a modification.
    pub(super) fn content_mut(&mut self, id: u64, now: u64) -> Result<(&mut Content, &mut Budget)> {
        let node = self.nodes.get_mut(&id).ok_or(ErrorKind::Io)?;
        (node.modified, node.changed) = (now, now);
        match &mut node.kind {
            Kind::File(content) => Ok((content, &mut self.budget)),
            _ => Err(ErrorKind::IsDirectory),
        }
    }

    pub(super) fn create_file(&mut self, dir: u64, name: &[u8], now: u64) -> Result<u64> {
        self.create(dir, name, Kind::File(Content::default()), now)
    }

    pub(super) fn create_dir(&mut self, dir: u64, name: &[u8], now: u64) -> Result<()> {
        self.create(dir, name, empty_dir(dir), now)?;
        self.node_mut(dir)?.links += 1;
        Ok(())
    }

    pub(super) fn create_link(&mut self, dir: u64, name: &[u8], target: &[u8], now: u64) -> Result<()> {
        let target = copy(target)?;
        self.budget.charge(target.len() as u64)?;
        let cost = target.len() as u64;
        let created = self.create(dir, name, Kind::Link(target), now);
        created.map(drop).inspect_err(|_| self.budget.refund(cost))
    }

    /// Makes a node with its first name. What fails leaves nothing behind.
    fn create(&mut self, dir: u64, name: &[u8], kind: Kind, now: u64) -> Result<u64> {
        self.check_free(dir, name)?;
        if self.nodes.len() as u64 >= self.inodes {
            return Err(ErrorKind::QuotaExceeded);
        }
        self.nodes.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
        let id = self.last + 1;
        self.enter(dir, name, id, now)?;
        self.last = id;
        let links = if matches!(kind, Kind::Dir { .. }) { 2 } else { 1 };
        self.nodes.insert(id, Node::new(kind, links, now));
        Ok(id)
    }

    pub(super) fn link(&mut self, id: u64, dir: u64, name: &[u8], now: u64) -> Result<()> {
        self.check_free(dir, name)?;
        if self.is_dir(id)? {
            return Err(ErrorKind::NotPermitted);
        }
        self.enter(dir, name, id, now)?;
        let node = self.node_mut(id)?;
        node.links += 1;
        node.changed = now;
        Ok(())
    }

    fn check_free(&self, dir: u64, name: &[u8]) -> Result<()> {
        if self.names(dir)?.find(name).is_some() {
            return Err(ErrorKind::Exists);
        }
        self.check_alive(dir)
    }

    /// A directory that has been removed takes no new names.
    fn check_alive(&self, dir: u64) -> Result<()> {
        if self.node(dir)?.links == 0 { Err(ErrorKind::NotFound) } else { Ok(()) }
    }

    /// Pays for a name and enters it.
    fn enter(&mut self, dir: u64, name: &[u8], id: u64, now: u64) -> Result<()> {
        let copied = copy(name)?;
        let cost = self.names(dir)?.cost(name);
        // Paid for first: who cannot pay does not grow the tables either.
        self.budget.charge(cost)?;
        let reserved = self.names_mut(dir).and_then(Names::reserve);
        reserved.inspect_err(|_| self.budget.refund(cost))?;
        self.names_mut(dir)?.insert(copied, id);
        self.touch(dir, now)
    }

    fn touch(&mut self, dir: u64, now: u64) -> Result<()> {
        let node = self.node_mut(dir)?;
        (node.modified, node.changed) = (now, now);
        Ok(())
    }

    pub(super) fn unlink(&mut self, dir: u64, name: &[u8], now: u64) -> Result<()> {
        let place = self.place(dir, name)?;
        if self.is_dir(place.id)? {
            return Err(ErrorKind::IsDirectory);
        }
        self.remove_name(dir, place, now)?;
        self.drop_link(dir, place.id, now)
    }

    pub(super) fn remove_dir(&mut self, dir: u64, name: &[u8], now: u64) -> Result<()> {
        let place = self.place(dir, name)?;
        if !self.names(place.id)?.is_empty() {
            return Err(ErrorKind::NotEmpty);
        }
        self.remove_name(dir, place, now)?;
        self.drop_link(dir, place.id, now)
    }

    fn remove_name(&mut self, dir: u64, place: Place, now: u64) -> Result<()> {
        let released = self.names_mut(dir)?.remove(place);
        self.budget.refund(released);
        self.touch(dir, now)
    }

    /// Counts one name of `id` in `dir` less.
    fn drop_link(&mut self, dir: u64, id: u64, now: u64) -> Result<()> {
        let is_dir = self.is_dir(id)?;
        let node = self.node_mut(id)?;
        node.links = if is_dir { 0 } else { node.links.saturating_sub(1) };
        node.changed = now;
        if is_dir {
            self.node_mut(dir)?.links -= 1;
        }
        self.forget_if_lost(id);
        Ok(())
    }

    /// Moves a name, replacing what is at the new one. What fails leaves everything as it was.
    pub(super) fn rename(
        &mut self,
        (from, name): (u64, &[u8]),
        (to, to_name): (u64, &[u8]),
        now: u64,
    ) -> Result<()> {
        let place = self.place(from, name)?;
        self.check_alive(to)?;
        let is_dir = self.is_dir(place.id)?;
        if is_dir && self.is_within(to, place.id)? {
            return Err(ErrorKind::InvalidInput);
        }
        match self.names(to)?.find(to_name) {
            Some(old) if old.id == place.id => return Ok(()),
            Some(old) => {
                if self.is_dir(old.id)? && self.is_within(from, old.id)? {
                    return Err(ErrorKind::NotEmpty);
                }
                self.check_replace(is_dir, old.id)?;
                // The name keeps its cookie: a reader of the directory must see it once.
                self.names_mut(to)?.replace(old, place.id);
                self.touch(to, now)?;
                self.drop_link(to, old.id, now)?;
            }
            None => self.enter(to, to_name, place.id, now)?,
        }
        self.remove_name(from, place, now)?;
        if let Kind::Dir { parent, .. } = &mut self.node_mut(place.id)?.kind {
            *parent = to;
            self.node_mut(from)?.links -= 1;
            self.node_mut(to)?.links += 1;
        }
        self.node_mut(place.id)?.changed = now;
        Ok(())
    }

    fn check_replace(&self, is_dir: bool, old: u64) -> Result<()> {
        match (is_dir, self.is_dir(old)?) {
            (true, false) => Err(ErrorKind::NotDirectory),
            (false, true) => Err(ErrorKind::IsDirectory),
            (true, true) if !self.names(old)?.is_empty() => Err(ErrorKind::NotEmpty),
            _ => Ok(()),
        }
    }

    /// Whether `dir` is `top` or lies below it.
    fn is_within(&self, mut dir: u64, top: u64) -> Result<bool> {
        while dir != top {
            if dir == ROOT {
                return Ok(false);
            }
            dir = match self.node(dir)?.kind {
                Kind::Dir { parent, .. } => parent,
                _ => return Err(ErrorKind::NotDirectory),
            };
        }
        Ok(true)
    }
}

impl Node {
    fn new(kind: Kind, links: u64, now: u64) -> Self {
        Self { kind, links, handles: 0, accessed: now, modified: now, changed: now }
    }

    /// What it costs beside its names.
    fn cost(&self) -> u64 {
        match &self.kind {
            Kind::File(content) => content.cost(),
            Kind::Link(target) => target.len() as u64,
            Kind::Dir { .. } => 0,
        }
    }
}

impl Kind {
    fn file_type(&self) -> FileType {
        match self {
            Self::File(_) => FileType::Regular,
            Self::Link(_) => FileType::SymbolicLink,
            Self::Dir { .. } => FileType::Directory,
        }
    }
}

fn empty_dir(parent: u64) -> Kind {
    Kind::Dir { names: Names::default(), parent }
}

fn copy(bytes: &[u8]) -> Result<Box<[u8]>> {
    let mut copied = Vec::new();
    copied.try_reserve_exact(bytes.len()).map_err(|_| ErrorKind::OutOfMemory)?;
    copied.extend_from_slice(bytes);
    Ok(copied.into_boxed_slice())
}
