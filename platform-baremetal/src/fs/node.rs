//! What a file, directory or link is.
//!
//! In: the archive's node, or nothing. Out: a node of the file system's own, and what is told of either.

use alloc::{boxed::Box, sync::Arc};

use ringzero::platform::FileType;

use super::archive::{self, Archive};
use super::names::Names;
use super::pages::Content;

/// The owner may read it: a file's content, a directory's list of names.
pub(super) const READ: u16 = 0o400;
/// The owner may change it.
pub(super) const WRITE: u16 = 0o200;
/// The owner may reach what a directory holds.
pub(super) const SEARCH: u16 = 0o100;

/// A node of the file system's own: made here, or copied from the archive to be changed.
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) links: u64,
    pub(super) permissions: u16,
    pub(super) accessed: u64,
    pub(super) modified: u64,
    pub(super) changed: u64,
}

pub(super) enum Kind {
    File(Content),
    /// A target; `None` where it is the archive's.
    Link(Option<Box<[u8]>>),
    /// Names; `None` where they are still the archive's.
    Dir {
        names: Option<Names>,
        parent: u64,
    },
}

/// What is told of a node wherever it is.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    pub(super) file_type: FileType,
    pub(super) links: u64,
    pub(super) permissions: u16,
    pub(super) accessed: u64,
    pub(super) modified: u64,
    pub(super) changed: u64,
}

impl Node {
    /// A new one. Files are made with `0644`, directories with `0755`, links with `0777`: what programs ask for
    /// nearly everywhere, less the customary mask of `022`.
    pub(super) fn new(kind: Kind, now: u64) -> Self {
        let (links, permissions) = match kind {
            Kind::File(_) => (1, 0o644),
            Kind::Link(_) => (1, 0o777),
            Kind::Dir { .. } => (2, 0o755),
        };
        Self { kind, links, permissions, accessed: now, modified: now, changed: now }
    }

    /// A copy of the archive's; names, target and content stay there.
    pub(super) fn copied(archive: &Arc<Archive>, from: &archive::Node, parent: u64) -> Self {
        let kind = match from.kind {
            archive::Kind::File(span) => Kind::File(Content::of(archive.clone(), span)),
            archive::Kind::Link(_) => Kind::Link(None),
            archive::Kind::Dir { .. } => Kind::Dir { names: None, parent },
        };
        let Facts { links, permissions, accessed, modified, changed, .. } = Facts::of_archive(from);
        Self { kind, links, permissions, accessed, modified, changed }
    }

    /// What it costs beside its names.
    pub(super) fn cost(&self) -> u64 {
        match &self.kind {
            Kind::File(content) => content.cost(),
            Kind::Link(target) => target.as_ref().map_or(0, |target| target.len() as u64),
            Kind::Dir { .. } => 0,
        }
    }
}

impl Facts {
    pub(super) fn of(node: &Node) -> Self {
        let file_type = match node.kind {
            Kind::File(_) => FileType::Regular,
            Kind::Link(_) => FileType::SymbolicLink,
            Kind::Dir { .. } => FileType::Directory,
        };
        let &Node { links, permissions, accessed, modified, changed, .. } = node;
        Self { file_type, links, permissions, accessed, modified, changed }
    }

    pub(super) fn of_archive(node: &archive::Node) -> Self {
        let &archive::Node { links, permissions, modified, .. } = node;
        Self {
            file_type: node.file_type(),
            links: u64::from(links),
            permissions,
            accessed: modified,
            modified,
            changed: modified,
        }
    }

    pub(super) fn is_dir(&self) -> bool {
        self.file_type == FileType::Directory
    }

    pub(super) fn allows(&self, access: u16) -> bool {
        self.permissions & access == access
    }
}
