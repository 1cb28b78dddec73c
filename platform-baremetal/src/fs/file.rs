//! File handles: an offset, flags, and a node.
//!
//! In: slices and offsets. Out: counts. The bytes are the volume's.

use ringzero::platform::{ErrorKind, File, FileFlags, OpenOptions, Result, SeekFrom, SetTime, Stat};
use spin::Mutex;

use super::dir::Held;
use super::pages::Content;
use super::quota::Budget;

/// The last position that POSIX can name.
const MAX_OFFSET: u64 = i64::MAX as u64;

/// An open file of a file system in memory. It lives on when its last name is gone.
pub struct MemoryFile {
    held: Held,
    read: bool,
    write: bool,
    /// Locked before the volume, never after it.
    handle: Mutex<Handle>,
}

struct Handle {
    offset: u64,
    flags: FileFlags,
}

impl MemoryFile {
    pub(super) fn new(held: Held, options: OpenOptions) -> Self {
        Self {
            held,
            read: options.read,
            write: options.write,
            handle: Mutex::new(Handle { offset: 0, flags: options.flags }),
        }
    }

    fn check_write(&self) -> Result<()> {
        if self.write { Ok(()) } else { Err(ErrorKind::BadDescriptor) }
    }

    fn copy_out(&self, buffers: &mut [&mut [u8]], offset: u64) -> Result<usize> {
        if !self.read {
            return Err(ErrorKind::BadDescriptor);
        }
        let nodes = self.held.volume.nodes.lock();
        let mut total = 0;
        for buffer in buffers {
            let count = nodes.read(self.held.id, offset + total as u64, buffer)?;
            total += count;
            if count < buffer.len() {
                break;
            }
        }
        Ok(total)
    }

    /// Writes at `offset`, or at the end where there is none; returns the count and where it ended.
    fn copy_in(&self, buffers: &[&[u8]], offset: Option<u64>) -> Result<(usize, u64)> {
        self.check_write()?;
        if buffers.iter().all(|b| b.is_empty()) {
            return Ok((0, 0));
        }
        let id = self.held.id;
        let now = self.held.volume.now();
        let mut nodes = self.held.volume.nodes.lock();
        let start = offset.map_or_else(|| nodes.size(id), Ok)?;
        let wanted = buffers.iter().fold(0u64, |sum, b| sum.saturating_add(b.len() as u64));
        if start.checked_add(wanted).is_none_or(|end| end > MAX_OFFSET) {
            return Err(ErrorKind::FileTooBig);
        }
        let (content, budget) = nodes.content_mut(id)?;
        let mut total = 0;
        for buffer in buffers {
            match content.write(start + total as u64, buffer, budget) {
                Ok(count) => {
                    total += count;
                    if count < buffer.len() {
                        break;
                    }
                }
                Err(error) if total == 0 => return Err(error),
                Err(_) => break,
            }
        }
        nodes.touch(id, now)?;
        Ok((total, start + total as u64))
    }

    /// Changes the content, and notes when.
    fn change(&self, change: impl FnOnce(&mut Content, &mut Budget) -> Result<()>) -> Result<()> {
        let now = self.held.volume.now();
        let mut nodes = self.held.volume.nodes.lock();
        let (content, budget) = nodes.content_mut(self.held.id)?;
        change(content, budget)?;
        nodes.touch(self.held.id, now)
    }
}

/// Positions are signed in POSIX: the upper half is not a position.
fn check_offset(offset: u64) -> Result<()> {
    if offset > MAX_OFFSET { Err(ErrorKind::InvalidInput) } else { Ok(()) }
}

impl File for MemoryFile {
    fn stat(&self) -> Result<Stat> {
        self.held.volume.nodes.lock().stat(self.held.id)
    }

    fn flags(&self) -> Result<FileFlags> {
        Ok(self.handle.lock().flags)
    }

    fn set_flags(&self, flags: FileFlags) -> Result<()> {
        let mut handle = self.handle.lock();
        if !(FileFlags::APPEND | FileFlags::NONBLOCK).contains(handle.flags ^ flags) {
            return Err(ErrorKind::NotSupported);
        }
        handle.flags = flags;
        Ok(())
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        let mut handle = self.handle.lock();
        let count = self.copy_out(buffers, handle.offset)?;
        handle.offset += count as u64;
        Ok(count)
    }

    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        let mut handle = self.handle.lock();
        let append = handle.flags.contains(FileFlags::APPEND);
        let (count, end) = self.copy_in(buffers, (!append).then_some(handle.offset))?;
        if count > 0 {
            handle.offset = end;
        }
        Ok(count)
    }

    fn read_at(&self, buffers: &mut [&mut [u8]], offset: u64) -> Result<usize> {
        check_offset(offset)?;
        self.copy_out(buffers, offset)
    }

    fn write_at(&self, buffers: &[&[u8]], offset: u64) -> Result<usize> {
        check_offset(offset)?;
        self.copy_in(buffers, Some(offset)).map(|(count, _)| count)
    }

    fn seek(&self, from: SeekFrom) -> Result<u64> {
        let mut handle = self.handle.lock();
        let size = self.held.volume.nodes.lock().size(self.held.id)?;
        handle.offset = from.target(handle.offset, size)?;
        Ok(handle.offset)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.check_write().map_err(|_| ErrorKind::InvalidInput)?;
        if size > MAX_OFFSET {
            return Err(ErrorKind::FileTooBig);
        }
        self.change(|content, budget| {
            content.set_size(size, budget);
            Ok(())
        })
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<()> {
        if len == 0 {
            return Err(ErrorKind::InvalidInput);
        }
        self.check_write()?;
        let end = offset.checked_add(len).filter(|&end| end <= MAX_OFFSET);
        let end = end.ok_or(ErrorKind::FileTooBig)?;
        self.change(|content, budget| content.allocate(offset, end, budget))
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let now = self.held.volume.now();
        let mut nodes = self.held.volume.nodes.lock();
        nodes.set_times(self.held.id, accessed, modified, now)
    }
}
