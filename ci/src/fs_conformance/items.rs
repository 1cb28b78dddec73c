//! Files that are there before a case begins: described once, made in whatever way a file system begins.
//!
//! In: a description. Out: a tar archive, or the same made by calls. What only an operating system can set
//! (permissions) the test does itself, from the description.

use std::sync::Arc;

use ringzero::platform::{Dir, ErrorKind, Node, OpenOptions};

use super::{NEW, READ};

/// One file, directory or link.
#[derive(Clone, Debug)]
pub struct Item {
    /// Below the root, parts parted by `/`. What it is in comes before it.
    pub path: String,
    /// What it is.
    pub kind: ItemKind,
    /// Its permission bits.
    pub permissions: u16,
}

/// What an [`Item`] is.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// A directory.
    Dir,
    /// A file with this content.
    File(Vec<u8>),
    /// A symbolic link with this target.
    Link(String),
    /// One more name of the file at this path.
    Hard(String),
}

impl Item {
    pub(super) fn dir(path: impl Into<String>) -> Self {
        Self { path: path.into(), kind: ItemKind::Dir, permissions: 0o755 }
    }

    pub(super) fn file(path: impl Into<String>, content: &[u8]) -> Self {
        Self { path: path.into(), kind: ItemKind::File(content.to_vec()), permissions: 0o644 }
    }

    pub(super) fn link(path: impl Into<String>, target: &str) -> Self {
        Self { path: path.into(), kind: ItemKind::Link(target.to_owned()), permissions: 0o777 }
    }

    pub(super) fn hard(path: impl Into<String>, target: impl Into<String>) -> Self {
        Self { path: path.into(), kind: ItemKind::Hard(target.into()), permissions: 0o644 }
    }

    pub(super) fn with(self, permissions: u16) -> Self {
        Self { permissions, ..self }
    }

    /// The same below a directory.
    pub(super) fn below(&self, dir: &str) -> Self {
        let kind = match &self.kind {
            ItemKind::Hard(target) => ItemKind::Hard(format!("{dir}/{target}")),
            other => other.clone(),
        };
        Self { path: format!("{dir}/{}", self.path), kind, permissions: self.permissions }
    }
}

/// A tar archive of the items and their root, in ustar's format. Paths of more than 100 bytes are not for it.
pub fn pack(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for item in [&Item::dir("./")].into_iter().chain(items) {
        let (kind, target, content) = match &item.kind {
            ItemKind::Dir => (b'5', "", &[][..]),
            ItemKind::File(content) => (b'0', "", &content[..]),
            ItemKind::Link(target) => (b'2', target.as_str(), &[][..]),
            ItemKind::Hard(target) => (b'1', target.as_str(), &[][..]),
        };
        let mut header = [0; 512];
        let fields = [
            (0, item.path.clone()),
            (100, format!("{:07o}", item.permissions)),
            (124, format!("{:011o}", content.len())),
            (136, format!("{:011o}", 1_234_567_890)),
            (157, target.to_owned()),
            (257, "ustar\x0000".to_owned()),
        ];
        for (at, text) in fields {
            header[at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        header[156] = kind;
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
        bytes.extend(header);
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// Makes the items by calls. Their permissions are what the file system gives.
///
/// # Errors
/// What a call answers, with the path.
pub fn plant(items: &[Item], root: &Arc<dyn Dir>) -> Result<(), String> {
    items.iter().try_for_each(|item| make(item, root).map_err(|error| format!("{}: {error}", item.path)))
}

fn make(item: &Item, root: &Arc<dyn Dir>) -> Result<(), ErrorKind> {
    let (dir, name) = parent(root, &item.path)?;
    let name = name.as_bytes();
    match &item.kind {
        ItemKind::Dir => dir.create_dir(name),
        ItemKind::Link(target) => dir.symlink(target.as_bytes(), name),
        ItemKind::File(content) => match dir.open(name, NEW)? {
            Node::File(file) => file.write(&[content]).map(drop),
            Node::Dir(_) => Err(ErrorKind::IsDirectory),
        },
        ItemKind::Hard(target) => {
            let (from, old) = parent(root, target)?;
            from.link(old.as_bytes(), &*dir, name)
        }
    }
}

fn parent<'a>(root: &Arc<dyn Dir>, path: &'a str) -> Result<(Arc<dyn Dir>, &'a str), ErrorKind> {
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut dir = root.clone();
    for part in above.split('/').filter(|part| !part.is_empty()) {
        dir = match dir.open(part.as_bytes(), OpenOptions { directory: true, ..READ })? {
            Node::Dir(dir) => dir,
            Node::File(_) => return Err(ErrorKind::NotDirectory),
        };
    }
    Ok((dir, name))
}
