//! The tree behind [`TestDir`](super::TestDir): names, links and contents.
//!
//! In: node numbers and names. Out: node numbers. It does not know handles or offsets. Nodes are never given
//! back, so a number stays good for ever.

use alloc::{collections::BTreeMap, vec::Vec};

use crate::platform::{ErrorKind, FileType, Result, SetTime, Stat};

/// The number of the root.
pub(super) const ROOT: usize = 0;

/// All nodes.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

struct Node {
    kind: Kind,
    links: u64,
    accessed: u64,
    modified: u64,
    changed: u64,
}

enum Kind {
    File(Vec<u8>),
    Link(Vec<u8>),
    Dir(Names),
}

/// The names of a directory by cookie: a name keeps its cookie for as long as it is there.
struct Names {
    parent: usize,
    by_cookie: BTreeMap<u64, (Vec<u8>, usize)>,
    last: u64,
}

impl Names {
    fn find(&self, name: &[u8]) -> Option<(u64, usize)> {
        let found = self.by_cookie.iter().find(|(_, (n, _))| n == name);
        found.map(|(&cookie, &(_, id))| (cookie, id))
    }
}

impl Tree {
    pub(super) fn new(now: u64) -> Self {
        let mut tree = Self { nodes: Vec::new() };
        tree.add_node(empty_dir(ROOT), 2, now);
        tree
    }

    fn add_node(&mut self, kind: Kind, links: u64, now: u64) -> usize {
        self.nodes.push(Node { kind, links, accessed: now, modified: now, changed: now });
        self.nodes.len() - 1
    }

    fn names(&self, dir: usize) -> Result<&Names> {
        match &self.nodes[dir].kind {
            Kind::Dir(names) => Ok(names),
            _ => Err(ErrorKind::NotDirectory),
        }
    }

    fn names_mut(&mut self, dir: usize) -> Result<&mut Names> {
        match &mut self.nodes[dir].kind {
            Kind::Dir(names) => Ok(names),
            _ => Err(ErrorKind::NotDirectory),
        }
    }

    pub(super) fn file_type(&self, id: usize) -> FileType {
        match self.nodes[id].kind {
            Kind::File(_) => FileType::Regular,
            Kind::Link(_) => FileType::SymbolicLink,
            Kind::Dir(_) => FileType::Directory,
        }
    }

    pub(super) fn is_dir(&self, id: usize) -> bool {
        self.file_type(id) == FileType::Directory
    }

    pub(super) fn stat(&self, id: usize) -> Stat {
        let node = &self.nodes[id];
        let size = match &node.kind {
            Kind::File(bytes) | Kind::Link(bytes) => bytes.len(),
            Kind::Dir(names) => names.by_cookie.len(),
        };
        Stat {
            device: 1,
            inode: id as u64 + 1,
            file_type: self.file_type(id),
            links: node.links,
            size: size as u64,
            accessed: node.accessed,
            modified: node.modified,
            changed: node.changed,
            // Nothing is refused here.
            permissions: 0o777,
        }
    }

    pub(super) fn set_times(&mut self, id: usize, accessed: SetTime, modified: SetTime, now: u64) {
        let node = &mut self.nodes[id];
        for (field, new) in [(&mut node.accessed, accessed), (&mut node.modified, modified)] {
            match new {
                SetTime::Omit => continue,
                SetTime::Now => *field = now,
                SetTime::At(nanos) => *field = nanos,
            }
            node.changed = now;
        }
    }

    pub(super) fn find(&self, dir: usize, name: &[u8]) -> Result<usize> {
        let found = self.names(dir)?.find(name).ok_or(ErrorKind::NotFound)?;
        Ok(found.1)
    }

    /// The first entry after `cookie`: its own cookie, name and node.
    pub(super) fn after(&self, dir: usize, cookie: u64) -> Option<(u64, &[u8], usize)> {
        let names = self.names(dir).ok()?;
        let (&cookie, (name, id)) = names.by_cookie.range(cookie.checked_add(1)?..).next()?;
        Some((cookie, name, *id))
    }

    pub(super) fn content(&self, id: usize) -> Result<&Vec<u8>> {
        match &self.nodes[id].kind {
            Kind::File(bytes) => Ok(bytes),
            _ => Err(ErrorKind::InvalidInput),
        }
    }

    /// The content for changing; counts as a modification.
    pub(super) fn content_mut(&mut self, id: usize, now: u64) -> Result<&mut Vec<u8>> {
        let node = &mut self.nodes[id];
        (node.modified, node.changed) = (now, now);
        match &mut node.kind {
            Kind::File(bytes) => Ok(bytes),
            _ => Err(ErrorKind::InvalidInput),
        }
    }

    pub(super) fn target(&self, id: usize) -> Result<Vec<u8>> {
        match &self.nodes[id].kind {
            Kind::Link(target) => Ok(target.clone()),
            _ => Err(ErrorKind::InvalidInput),
        }
    }

    pub(super) fn create_file(&mut self, dir: usize, name: &[u8], now: u64) -> Result<usize> {
        self.check_free(dir, name)?;
        let id = self.add_node(Kind::File(Vec::new()), 1, now);
        self.enter(dir, name, id, now)?;
        Ok(id)
    }

    pub(super) fn create_link(&mut self, dir: usize, name: &[u8], target: &[u8], now: u64) -> Result<()> {
        self.check_free(dir, name)?;
        let id = self.add_node(Kind::Link(target.to_vec()), 1, now);
        self.enter(dir, name, id, now)
    }

    pub(super) fn create_dir(&mut self, dir: usize, name: &[u8], now: u64) -> Result<()> {
        self.check_free(dir, name)?;
        let id = self.add_node(empty_dir(dir), 2, now);
        self.nodes[dir].links += 1;
        self.enter(dir, name, id, now)
    }

    pub(super) fn link(&mut self, id: usize, dir: usize, name: &[u8], now: u64) -> Result<()> {
        if self.is_dir(id) {
            return Err(ErrorKind::NotPermitted);
        }
        self.check_free(dir, name)?;
        self.nodes[id].links += 1;
        self.nodes[id].changed = now;
        self.enter(dir, name, id, now)
    }

    fn check_free(&self, dir: usize, name: &[u8]) -> Result<()> {
        if self.names(dir)?.find(name).is_some() {
            return Err(ErrorKind::Exists);
        }
        self.check_alive(dir)
    }

    /// A directory that has been removed takes no new names.
    fn check_alive(&self, dir: usize) -> Result<()> {
        if self.nodes[dir].links == 0 { Err(ErrorKind::NotFound) } else { Ok(()) }
    }

    fn enter(&mut self, dir: usize, name: &[u8], id: usize, now: u64) -> Result<()> {
        let names = self.names_mut(dir)?;
        names.last += 1;
        names.by_cookie.insert(names.last, (name.to_vec(), id));
        self.touch(dir, now);
        Ok(())
    }

    fn touch(&mut self, dir: usize, now: u64) {
        (self.nodes[dir].modified, self.nodes[dir].changed) = (now, now);
    }

    pub(super) fn unlink(&mut self, dir: usize, name: &[u8], now: u64) -> Result<()> {
        let (cookie, id) = self.names(dir)?.find(name).ok_or(ErrorKind::NotFound)?;
        if self.is_dir(id) {
            return Err(ErrorKind::IsDirectory);
        }
        self.drop_name(dir, cookie, id, now)
    }

    pub(super) fn remove_dir(&mut self, dir: usize, name: &[u8], now: u64) -> Result<()> {
        let (cookie, id) = self.names(dir)?.find(name).ok_or(ErrorKind::NotFound)?;
        if !self.names(id)?.by_cookie.is_empty() {
            return Err(ErrorKind::NotEmpty);
        }
        self.drop_name(dir, cookie, id, now)
    }

    fn drop_name(&mut self, dir: usize, cookie: u64, id: usize, now: u64) -> Result<()> {
        self.drop_link(dir, id, now);
        self.names_mut(dir)?.by_cookie.remove(&cookie);
        self.touch(dir, now);
        Ok(())
    }

    /// Counts one name of `id` in `dir` less.
    fn drop_link(&mut self, dir: usize, id: usize, now: u64) {
        if self.is_dir(id) {
            self.nodes[id].links = 0;
            self.nodes[dir].links -= 1;
        } else {
            self.nodes[id].links -= 1;
        }
        self.nodes[id].changed = now;
    }

    pub(super) fn rename(
        &mut self,
        (from, name): (usize, &[u8]),
        (to, to_name): (usize, &[u8]),
        now: u64,
    ) -> Result<()> {
        let (cookie, id) = self.names(from)?.find(name).ok_or(ErrorKind::NotFound)?;
        self.check_alive(to)?;
        if self.is_dir(id) && self.is_within(to, id)? {
            return Err(ErrorKind::InvalidInput);
        }
        let replaced = self.names(to)?.find(to_name);
        if let Some((_, old)) = replaced {
            if old == id {
                return Ok(());
            }
            match (self.is_dir(id), self.is_dir(old)) {
                (true, false) => return Err(ErrorKind::NotDirectory),
                (false, true) => return Err(ErrorKind::IsDirectory),
                (true, true) if !self.names(old)?.by_cookie.is_empty() => return Err(ErrorKind::NotEmpty),
                _ => self.drop_link(to, old, now),
            }
        }
        self.names_mut(from)?.by_cookie.remove(&cookie);
        if self.is_dir(id) {
            self.names_mut(id)?.parent = to;
            self.nodes[from].links -= 1;
            self.nodes[to].links += 1;
        }
        self.nodes[id].changed = now;
        self.touch(from, now);
        // A name that is replaced keeps its cookie: a reader of the directory must see it once.
        if let Some((old_cookie, _)) = replaced {
            let entry = (to_name.to_vec(), id);
            self.names_mut(to)?.by_cookie.insert(old_cookie, entry);
            self.touch(to, now);
            return Ok(());
        }
        self.enter(to, to_name, id, now)
    }

    /// Whether `dir` is `top` or lies below it.
    fn is_within(&self, mut dir: usize, top: usize) -> Result<bool> {
        while dir != top {
            if dir == ROOT {
                return Ok(false);
            }
            dir = self.names(dir)?.parent;
        }
        Ok(true)
    }
}

fn empty_dir(parent: usize) -> Kind {
    Kind::Dir(Names { parent, by_cookie: BTreeMap::new(), last: 0 })
}
