//! `path_open`.
//!
//! In: a path, flags and rights. Out: a new descriptor with the lowest free number, stored in the guest's
//! memory. The access mode follows from the rights to read and to write; the other rights are kept for guests
//! that ask.

use alloc::sync::Arc;

use ringzero::platform::{Dir, Node, OpenOptions, path::Resolved};

use super::{Entry, GuestPath, walk};
use crate::{
    abi::{self, OFlags, Rights},
    ctx::WasiCtx,
    errno::Errno,
    memory::{GuestMemory, GuestPtr},
    table::Descriptor,
};

/// Opens or creates.
#[expect(clippy::too_many_arguments, reason = "the interface has them")]
pub(crate) fn path_open(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    lookup: u32,
    path: GuestPtr,
    path_len: u32,
    oflags: u32,
    base: u64,
    inheriting: u64,
    fdflags: u32,
    opened: GuestPtr,
) -> Result<(), Errno> {
    let parent = ctx.table.get(fd)?;
    parent.directory()?;
    let mut request = Request::new(parent, oflags, base, inheriting, fdflags)?;
    request.follow = abi::lookup_follow(lookup)?;
    let path = GuestPath::new(path, path_len).read(memory)?;
    let place = memory.place::<4>(opened)?;
    // Before anything is created or cut that nobody could then use.
    ctx.table.reserve()?;
    if request.options.create && path.ends_with(b"/") {
        // A file cannot be created under a directory's name, whether or not something is there.
        let entry = Entry::find(ctx, fd, path)?;
        return Err(if request.options.exclusive && entry.at.name.is_none() {
            Errno::Exist
        } else {
            Errno::Isdir
        });
    }
    let at = walk(ctx, fd, path, request.follows())?;
    let descriptor = request.open(&at)?;
    let number = ctx.table.insert(descriptor)?;
    memory.store(place, number.to_le_bytes())
}

/// What is asked for.
struct Request {
    follow: bool,
    base: Rights,
    inheriting: Rights,
    ceiling: Rights,
    options: OpenOptions,
}

impl Request {
    fn new(
        parent: &Descriptor,
        oflags: u32,
        base: u64,
        inheriting: u64,
        fdflags: u32,
    ) -> Result<Self, Errno> {
        let oflags = OFlags::from_bits(oflags).ok_or(Errno::Inval)?;
        let flags = abi::fd_flags(fdflags)?;
        if oflags.contains(OFlags::CREAT | OFlags::DIRECTORY) {
            return Err(Errno::Inval);
        }
        let base = Rights::from_bits_truncate(base);
        let access = base & (Rights::FD_READ | Rights::FD_WRITE);
        let truncate = oflags.contains(OFlags::TRUNC);
        let may_truncate = parent.base.contains(Rights::PATH_FILESTAT_SET_SIZE);
        if !parent.ceiling.contains(access) || (truncate && !may_truncate) {
            return Err(Errno::Notcapable);
        }
        let write = access.contains(Rights::FD_WRITE);
        let create = oflags.contains(OFlags::CREAT);
        Ok(Self {
            follow: false,
            base: base & parent.ceiling,
            inheriting: Rights::from_bits_truncate(inheriting) & parent.ceiling,
            ceiling: parent.ceiling,
            options: OpenOptions {
                // Neither right still has to open: native programs read at least.
                read: access.contains(Rights::FD_READ) || !write,
                // Truncating without the right to write is undefined in POSIX, and done here.
                write: write || truncate,
                create,
                exclusive: create && oflags.contains(OFlags::EXCL),
                directory: oflags.contains(OFlags::DIRECTORY),
                truncate,
                flags,
            },
        })
    }

    /// Whether a link in the last place leads on. Where the file has to be new, the link itself is in the way.
    fn follows(&self) -> bool {
        self.follow && !self.options.exclusive
    }

    fn open(&self, at: &Resolved) -> Result<Descriptor, Errno> {
        let Some(name) = &at.name else {
            return self.open_itself(&at.dir);
        };
        let options = OpenOptions { directory: self.options.directory || at.must_be_dir, ..self.options };
        Ok(match at.dir.open(name, options)? {
            Node::Dir(dir) => self.directory(dir),
            Node::File(file) => Descriptor::file(file, self.base),
        })
    }

    /// The path leads to a directory handle: it is already open.
    fn open_itself(&self, dir: &Arc<dyn Dir>) -> Result<Descriptor, Errno> {
        if self.options.exclusive {
            return Err(Errno::Exist);
        }
        if self.options.create || self.options.write {
            return Err(Errno::Isdir);
        }
        Ok(self.directory(dir.clone()))
    }

    fn directory(&self, dir: Arc<dyn Dir>) -> Descriptor {
        Descriptor {
            inheriting: self.inheriting,
            ceiling: self.ceiling,
            flags: self.options.flags,
            ..Descriptor::dir(dir, self.base)
        }
    }
}
