//! `fd_readdir`.
//!
//! In: a directory and a cookie. Out: entries in the guest's memory, `.` and `..` first. Cookies are the
//! directory's own, moved up by two to make room for the dots, so nothing is remembered between calls and a
//! listing survives what happens to the directory meanwhile.

use ringzero::platform::{DirEntry, FileType, Step};

use crate::{
    abi,
    ctx::WasiCtx,
    errno::Errno,
    memory::{GuestMemory, GuestPtr},
    table::Directory,
    wait::{Pause, Progress},
};

/// The cookie after `.` and the one after `..`.
const DOTS: [(&[u8], u64); 2] = [(b".", 1), (b"..", 2)];
/// What the directory's own cookies are moved up by.
const SHIFT: u64 = 2;
/// Entries between two looks whether the guest shall stop.
const ENTRIES: u32 = 256;

/// Stores entries after `cookie` and how many bytes they take. The last one is cut where the room ends, so a
/// full buffer means that there is more; a buffer too small for anything is simply filled.
pub(crate) fn fd_readdir(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    buffer: GuestPtr,
    len: u32,
    cookie: u64,
    used: GuestPtr,
) -> Result<(), Errno> {
    let directory = ctx.table.get(fd)?.directory()?;
    let room = memory.check(buffer, len)?;
    let place = memory.place::<4>(used)?;
    let (used, cookie) = match ctx.pause.progress() {
        Some(Progress::Listing { used, cookie }) => (used, cookie),
        _ => (0, cookie),
    };
    let room = memory.bytes_mut(room)?;
    let mut listing = Listing { room, used, cookie, entries: 0, pause: &ctx.pause, error: None };
    listing.fill(directory, cookie)?;
    let Listing { used, cookie, error, .. } = listing;
    if let Some(error) = error {
        ctx.pause.keep(Progress::Listing { used, cookie });
        return Err(error);
    }
    let used = u32::try_from(used).map_err(|_| Errno::Overflow)?;
    memory.store(place, used.to_le_bytes())
}

/// Entries being written.
struct Listing<'a> {
    room: &'a mut [u8],
    used: usize,
    /// The cookie of the last entry.
    cookie: u64,
    entries: u32,
    pause: &'a Pause,
    error: Option<Errno>,
}

impl Listing<'_> {
    fn fill(&mut self, directory: &Directory, cookie: u64) -> Result<(), Errno> {
        for (name, next) in DOTS {
            if cookie < next
                && self.entry(name, dot_inode(directory, next)?, FileType::Directory, next) == Step::Stop
            {
                return Ok(());
            }
        }
        let mut each = |entry: DirEntry<'_>| match entry.next.checked_add(SHIFT) {
            Some(next) => self.entry(entry.name, entry.inode, entry.file_type, next),
            None => {
                self.error = Some(Errno::Overflow);
                Step::Stop
            }
        };
        Ok(directory.dir.read_dir(cookie.saturating_sub(SHIFT), &mut each)?)
    }

    /// Writes one entry, or as much of it as fits.
    fn entry(&mut self, name: &[u8], inode: u64, kind: FileType, next: u64) -> Step {
        let Ok(name_len) = u32::try_from(name.len()) else {
            self.error = Some(Errno::Overflow);
            return Step::Stop;
        };
        self.put(&abi::dirent(next, inode, name_len, kind));
        self.put(name);
        self.cookie = next;
        if self.used >= self.room.len() {
            return Step::Stop;
        }
        self.entries += 1;
        if self.entries.is_multiple_of(ENTRIES)
            && let Err(error) = self.pause.check()
        {
            self.error = Some(error);
            return Step::Stop;
        }
        Step::Continue
    }

    fn put(&mut self, bytes: &[u8]) {
        let room = self.room.get_mut(self.used..).unwrap_or_default();
        let count = room.len().min(bytes.len());
        room[..count].copy_from_slice(&bytes[..count]);
        self.used += count;
    }
}

/// The file's number of `.` or `..`. What lies above is not the guest's business: a root is its own parent, as
/// `/` is; elsewhere the number is unknown.
fn dot_inode(directory: &Directory, next: u64) -> Result<u64, Errno> {
    if next == DOTS[0].1 || directory.preopen.is_some() { Ok(directory.dir.stat()?.inode) } else { Ok(0) }
}
