//! What is done with names: making, linking, renaming and removing.
//!
//! In: directories and names. Out: node numbers. Of two reasons to refuse, the one that Linux names comes first.
//! What fails leaves everything as it was; only what was copied from the archive to be changed stays copied.

use ringzero::platform::{ErrorKind, Result};

use super::names::{Names, Place, copy};
use super::node::{Kind, Node, WRITE};
use super::nodes::{Nodes, ROOT};
use super::pages::Content;

impl Nodes {
    pub(super) fn create_file(&mut self, dir: u64, name: &[u8], now: u64) -> Result<u64> {
        self.create(dir, name, Kind::File(Content::default()), now)
    }

    pub(super) fn create_dir(&mut self, dir: u64, name: &[u8], now: u64) -> Result<()> {
        self.create(dir, name, Kind::Dir { names: Some(Names::default()), parent: dir }, now)?;
        self.own(dir)?.links += 1;
        Ok(())
    }

    pub(super) fn create_link(&mut self, dir: u64, name: &[u8], target: &[u8], now: u64) -> Result<()> {
        let target = copy(target)?;
        let cost = target.len() as u64;
        self.check_free(dir, name)?;
        self.budget.charge(cost)?;
        let created = self.create(dir, name, Kind::Link(Some(target)), now);
        created.map(drop).inspect_err(|_| self.budget.refund(cost))
    }

    /// Makes a node with its first name.
    fn create(&mut self, dir: u64, name: &[u8], kind: Kind, now: u64) -> Result<u64> {
        self.check_free(dir, name)?;
        self.names_mut(dir)?;
        let id = self.prepare()?;
        self.enter(dir, name, id, now)?;
        self.add(id, Node::new(kind, now));
        Ok(id)
    }

    pub(super) fn link(&mut self, id: u64, dir: u64, name: &[u8], now: u64) -> Result<()> {
        self.check_free(dir, name)?;
        if self.is_dir(id)? {
            return Err(ErrorKind::NotPermitted);
        }
        self.own(id)?;
        self.enter(dir, name, id, now)?;
        let node = self.own(id)?;
        node.links += 1;
        node.changed = now;
        Ok(())
    }

    /// The name may be entered: it is not there, and the directory is and may be changed.
    fn check_free(&self, dir: u64, name: &[u8]) -> Result<()> {
        if self.place(dir, name)?.is_some() {
            return Err(ErrorKind::Exists);
        }
        self.check_alive(dir)?;
        self.check(dir, WRITE)
    }

    /// A directory that has been removed takes no new names.
    fn check_alive(&self, dir: u64) -> Result<()> {
        if self.facts(dir)?.links == 0 { Err(ErrorKind::NotFound) } else { Ok(()) }
    }

    /// Pays for a name and enters it.
    fn enter(&mut self, dir: u64, name: &[u8], id: u64, now: u64) -> Result<()> {
        let copied = copy(name)?;
        let (names, budget) = self.names_mut(dir)?;
        let cost = names.cost(name);
        // Paid for first: who cannot pay does not grow the tables either.
        budget.charge(cost)?;
        names.reserve().inspect_err(|_| budget.refund(cost))?;
        names.insert(copied, id);
        self.touch(dir, now)
    }

    pub(super) fn unlink(&mut self, dir: u64, name: &[u8], now: u64) -> Result<()> {
        let place = self.place_to_remove(dir, name)?;
        if self.is_dir(place.id)? {
            return Err(ErrorKind::IsDirectory);
        }
        self.remove(dir, place, now)
    }

    pub(super) fn remove_dir(&mut self, dir: u64, name: &[u8], now: u64) -> Result<()> {
        let place = self.place_to_remove(dir, name)?;
        if !self.names(place.id)?.is_empty() {
            return Err(ErrorKind::NotEmpty);
        }
        self.remove(dir, place, now)
    }

    fn place_to_remove(&self, dir: u64, name: &[u8]) -> Result<Place> {
        let place = self.place(dir, name)?.ok_or(ErrorKind::NotFound)?;
        self.check(dir, WRITE)?;
        Ok(place)
    }

    fn remove(&mut self, dir: u64, place: Place, now: u64) -> Result<()> {
        self.names_mut(dir)?;
        self.prepare_drop(place.id)?;
        self.remove_name(dir, place, now)?;
        self.drop_link(dir, place.id, now)
    }

    fn remove_name(&mut self, dir: u64, place: Place, now: u64) -> Result<()> {
        let (names, budget) = self.names_mut(dir)?;
        budget.refund(names.remove(place));
        self.touch(dir, now)
    }

    /// Copies up a node that will be seen with a name less: it has others, or somebody holds it.
    fn prepare_drop(&mut self, id: u64) -> Result<()> {
        let facts = self.facts(id)?;
        let seen = self.is_held(id) || (facts.links > 1 && !facts.is_dir());
        if seen { self.own(id).map(drop) } else { Ok(()) }
    }

    /// Counts one name of `id` in `dir` less. [`prepare_drop`](Self::prepare_drop) came before: what is not our own
    /// has lost its only name, and nothing leads to it any more.
    fn drop_link(&mut self, dir: u64, id: u64, now: u64) -> Result<()> {
        let is_dir = self.is_dir(id)?;
        if let Some(node) = self.own.get_mut(&id) {
            node.links = if is_dir { 0 } else { node.links.saturating_sub(1) };
            node.changed = now;
        }
        if is_dir {
            let parent = self.own(dir)?;
            parent.links = parent.links.saturating_sub(1);
        }
        self.forget_if_lost(id);
        Ok(())
    }

    /// Moves a name, replacing what is at the new one.
    pub(super) fn rename(
        &mut self,
        (from, name): (u64, &[u8]),
        (to, to_name): (u64, &[u8]),
        now: u64,
    ) -> Result<()> {
        let place = self.place(from, name)?.ok_or(ErrorKind::NotFound)?;
        let replaced = self.place(to, to_name)?;
        let is_dir = self.check_rename(from, place.id, to, replaced)?;
        if replaced.is_some_and(|old| old.id == place.id) {
            return Ok(());
        }
        // All copies come first: from here on only entering the new name can fail.
        self.names_mut(from)?;
        self.names_mut(to)?;
        self.own(place.id)?;
        match replaced {
            Some(old) => {
                self.prepare_drop(old.id)?;
                // The name keeps its cookie: a reader of the directory must see it once.
                self.names_mut(to)?.0.replace(old, place.id);
                self.touch(to, now)?;
                self.drop_link(to, old.id, now)?;
            }
            None => self.enter(to, to_name, place.id, now)?,
        }
        self.remove_name(from, place, now)?;
        if is_dir {
            self.own(from)?.links -= 1;
            self.own(to)?.links += 1;
        }
        let node = self.own(place.id)?;
        node.changed = now;
        if let Kind::Dir { parent, .. } = &mut node.kind {
            *parent = to;
        }
        Ok(())
    }

    /// Refuses a move that may not be; says whether it moves a directory.
    fn check_rename(&self, from: u64, id: u64, to: u64, replaced: Option<Place>) -> Result<bool> {
        self.check_alive(to)?;
        let is_dir = self.is_dir(id)?;
        if is_dir && self.is_within(to, id)? {
            return Err(ErrorKind::InvalidInput);
        }
        if let Some(old) = replaced {
            if old.id == id {
                return Ok(is_dir);
            }
            if self.is_dir(old.id)? && self.is_within(from, old.id)? {
                return Err(ErrorKind::NotEmpty);
            }
        }
        self.check(from, WRITE)?;
        self.check(to, WRITE)?;
        if let Some(old) = replaced {
            self.check_kinds(is_dir, old.id)?;
        }
        if is_dir && from != to {
            // Moving it changes what is above it, which is a change of itself.
            self.check(id, WRITE)?;
        }
        match replaced {
            Some(old) if is_dir && !self.names(old.id)?.is_empty() => Err(ErrorKind::NotEmpty),
            _ => Ok(is_dir),
        }
    }

    fn check_kinds(&self, is_dir: bool, old: u64) -> Result<()> {
        match (is_dir, self.is_dir(old)?) {
            (true, false) => Err(ErrorKind::NotDirectory),
            (false, true) => Err(ErrorKind::IsDirectory),
            _ => Ok(()),
        }
    }

    /// Whether `dir` is `top` or lies below it.
    fn is_within(&self, mut dir: u64, top: u64) -> Result<bool> {
        while dir != top {
            if dir == ROOT {
                return Ok(false);
            }
            dir = self.parent(dir)?;
        }
        Ok(true)
    }
}
