//! Walking paths: the one place where a guest's path meets a file system.
//!
//! In: a root [`Dir`] and a path as bytes. Out: the directory that holds the last component and its name.
//! Symbolic links are expanded here, component by component, and neither a link, nor `..`, nor an absolute
//! path leads above the root: it answers [`ErrorKind::NotPermitted`]. Since each step goes through an open
//! handle and never follows a link itself, a concurrent rename cannot widen what is reached.

use alloc::{sync::Arc, vec::Vec};

use super::{Dir, ErrorKind, FileType, Node, OpenOptions, Result};

/// Links expanded in one walk before it answers [`ErrorKind::SymlinkLoop`]; Linux's number.
const MAX_LINKS: usize = 40;
/// The longest path in bytes, links included; Linux's `PATH_MAX`.
const MAX_PATH: usize = 4096;

/// The deepest a walk goes below its root before it answers [`ErrorKind::NameTooLong`]. Each level holds a handle
/// until the walk ends, and handles are scarce: a process has 1024 descriptors by custom, and a guest must not
/// take them all from its embedder's other threads by one path.
const MAX_DEPTH: usize = 512;

/// Where a path leads.
pub struct Resolved {
    /// The directory that holds the last component, or that the path leads to itself.
    pub dir: Arc<dyn Dir>,
    /// The last component; `None` where the path leads to `dir` itself (`.`, `a/..`).
    pub name: Option<Vec<u8>>,
    /// The path ended in a separator: only a directory will do.
    pub must_be_dir: bool,
}

impl Resolved {
    /// The last component.
    ///
    /// # Errors
    /// The given kind where the path leads to a directory handle itself.
    pub fn name_or(&self, otherwise: ErrorKind) -> Result<&[u8]> {
        self.name.as_deref().ok_or(otherwise)
    }
}

/// Walks `path` from `root`. With `follow`, a symbolic link in the last place is expanded too; a dangling one
/// leads to the name that it dangles at, so that creating through it works as in POSIX.
///
/// # Errors
/// [`ErrorKind::NotFound`] for an empty path or a missing directory, [`ErrorKind::NotPermitted`] for a way out,
/// [`ErrorKind::NotDirectory`], [`ErrorKind::SymlinkLoop`], [`ErrorKind::NameTooLong`] for more than 4096 bytes or
/// 512 levels, links included, [`ErrorKind::InvalidInput`] for a NUL byte.
pub fn resolve(root: &Arc<dyn Dir>, path: &[u8], follow: bool) -> Result<Resolved> {
    resolve_while(root, path, follow, &mut || Ok(()))
}

/// As [`resolve`], but asks `go_on` before each component, of which links can make tens of thousands: so a walk can
/// be ended.
///
/// # Errors
/// As [`resolve`], and `go_on`'s.
pub fn resolve_while(
    root: &Arc<dyn Dir>,
    path: &[u8],
    follow: bool,
    go_on: &mut dyn FnMut() -> Result<()>,
) -> Result<Resolved> {
    if path.is_empty() {
        return Err(ErrorKind::NotFound);
    }
    check(path)?;
    let mut walk = Walk { above: Vec::new(), here: root.clone(), pending: Vec::new(), links: 0 };
    walk.push(path)?;
    walk.run(follow || path.ends_with(b"/"), go_on)
}

/// Checks what every [`Dir`] method is promised of a name: one component, neither `.` nor `..`.
///
/// # Errors
/// [`ErrorKind::InvalidInput`].
pub fn check_component(name: &[u8]) -> Result<()> {
    if matches!(name, b"" | b"." | b"..") || name.iter().any(|&b| b == b'/' || b == 0) {
        return Err(ErrorKind::InvalidInput);
    }
    Ok(())
}

fn check(path: &[u8]) -> Result<()> {
    if path.len() > MAX_PATH {
        return Err(ErrorKind::NameTooLong);
    }
    if path.contains(&0) {
        return Err(ErrorKind::InvalidInput);
    }
    if path.starts_with(b"/") {
        return Err(ErrorKind::NotPermitted);
    }
    Ok(())
}

/// A walk under way: the handles above the present one (so that `..` is a pop, not a look-up), and the
/// components still to go, last first.
struct Walk {
    above: Vec<Arc<dyn Dir>>,
    here: Arc<dyn Dir>,
    pending: Vec<Vec<u8>>,
    links: usize,
}

impl Walk {
    /// Queues the components of `path`. A trailing separator is kept as an empty last component.
    fn push(&mut self, path: &[u8]) -> Result<()> {
        let trailing = path.ends_with(b"/");
        if trailing && self.pending.is_empty() {
            self.queue(b"")?;
        }
        for component in path.rsplit(|&b| b == b'/') {
            if !component.is_empty() {
                self.queue(component)?;
            }
        }
        Ok(())
    }

    fn queue(&mut self, component: &[u8]) -> Result<()> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(component.len()).map_err(|_| ErrorKind::OutOfMemory)?;
        copy.extend_from_slice(component);
        self.pending.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
        self.pending.push(copy);
        Ok(())
    }

    fn run(mut self, follow: bool, go_on: &mut dyn FnMut() -> Result<()>) -> Result<Resolved> {
        loop {
            go_on()?;
            let Some(component) = self.pending.pop() else {
                return Ok(Resolved { dir: self.here, name: None, must_be_dir: false });
            };
            match component.as_slice() {
                b"" => {
                    return Ok(Resolved { dir: self.here, name: None, must_be_dir: true });
                }
                b"." => {}
                b".." => self.here = self.above.pop().ok_or(ErrorKind::NotPermitted)?,
                _ if self.pending.iter().all(|c| c.is_empty()) => {
                    let must_be_dir = !self.pending.is_empty();
                    if follow && self.is_link(&component) {
                        self.expand(&component)?;
                        continue;
                    }
                    return Ok(Resolved { dir: self.here, name: Some(component), must_be_dir });
                }
                _ => self.enter(&component)?,
            }
        }
    }

    fn is_link(&self, name: &[u8]) -> bool {
        matches!(self.here.stat_at(name), Ok(stat) if stat.file_type == FileType::SymbolicLink)
    }

    /// Goes down into `name`, which may be a link to a directory.
    fn enter(&mut self, name: &[u8]) -> Result<()> {
        if self.above.len() >= MAX_DEPTH {
            return Err(ErrorKind::NameTooLong);
        }
        let options = OpenOptions { read: true, directory: true, ..OpenOptions::default() };
        match self.here.open(name, options) {
            Ok(Node::Dir(dir)) => {
                self.above.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
                self.above.push(core::mem::replace(&mut self.here, dir));
                Ok(())
            }
            Ok(Node::File(_)) => Err(ErrorKind::NotDirectory),
            Err(ErrorKind::SymlinkLoop | ErrorKind::NotDirectory) if self.is_link(name) => self.expand(name),
            Err(error) => Err(error),
        }
    }

    /// Replaces the link `name` by the components of its target.
    fn expand(&mut self, name: &[u8]) -> Result<()> {
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(ErrorKind::SymlinkLoop);
        }
        let target = self.here.read_link(name)?;
        if target.is_empty() {
            return Err(ErrorKind::NotFound);
        }
        check(&target)?;
        let queued: usize = self.pending.iter().map(|c| c.len() + 1).sum();
        if queued + target.len() > MAX_PATH {
            return Err(ErrorKind::NameTooLong);
        }
        self.push(&target)
    }
}
