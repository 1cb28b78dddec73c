//! The binary interface of preview 1: flags, numbers, and how each structure lies in memory.
//!
//! In: values. Out: bytes in the guest's order (little endian), and back. It knows neither descriptors nor the
//! platform's calls.

use ringzero::platform::{Advice, FileFlags, FileType, Stat};

use crate::errno::Errno;

bitflags::bitflags! {
    /// What a descriptor may be used for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Rights: u64 {
        const FD_DATASYNC = 1 << 0;
        const FD_READ = 1 << 1;
        const FD_SEEK = 1 << 2;
        const FD_FDSTAT_SET_FLAGS = 1 << 3;
        const FD_SYNC = 1 << 4;
        const FD_TELL = 1 << 5;
        const FD_WRITE = 1 << 6;
        const FD_ADVISE = 1 << 7;
        const FD_ALLOCATE = 1 << 8;
        const PATH_CREATE_DIRECTORY = 1 << 9;
        const PATH_CREATE_FILE = 1 << 10;
        const PATH_LINK_SOURCE = 1 << 11;
        const PATH_LINK_TARGET = 1 << 12;
        const PATH_OPEN = 1 << 13;
        const FD_READDIR = 1 << 14;
        const PATH_READLINK = 1 << 15;
        const PATH_RENAME_SOURCE = 1 << 16;
        const PATH_RENAME_TARGET = 1 << 17;
        const PATH_FILESTAT_GET = 1 << 18;
        const PATH_FILESTAT_SET_SIZE = 1 << 19;
        const PATH_FILESTAT_SET_TIMES = 1 << 20;
        const FD_FILESTAT_GET = 1 << 21;
        const FD_FILESTAT_SET_SIZE = 1 << 22;
        const FD_FILESTAT_SET_TIMES = 1 << 23;
        const PATH_SYMLINK = 1 << 24;
        const PATH_REMOVE_DIRECTORY = 1 << 25;
        const PATH_UNLINK_FILE = 1 << 26;
        const POLL_FD_READWRITE = 1 << 27;
        const SOCK_SHUTDOWN = 1 << 28;
        const SOCK_ACCEPT = 1 << 29;

        /// What makes sense on a regular file.
        const FILE = Self::FD_DATASYNC.bits() | Self::FD_READ.bits() | Self::FD_SEEK.bits()
            | Self::FD_FDSTAT_SET_FLAGS.bits() | Self::FD_SYNC.bits() | Self::FD_TELL.bits()
            | Self::FD_WRITE.bits() | Self::FD_ADVISE.bits() | Self::FD_ALLOCATE.bits()
            | Self::FD_FILESTAT_GET.bits() | Self::FD_FILESTAT_SET_SIZE.bits()
            | Self::FD_FILESTAT_SET_TIMES.bits() | Self::POLL_FD_READWRITE.bits();
        /// What makes sense on bytes without a position. Without `FD_SEEK` and `FD_TELL`, by whose absence
        /// `isatty` of wasi-libc knows a terminal.
        const STREAM = Self::FD_READ.bits() | Self::FD_WRITE.bits() | Self::FD_FDSTAT_SET_FLAGS.bits()
            | Self::FD_FILESTAT_GET.bits() | Self::POLL_FD_READWRITE.bits();
        /// What makes sense on a directory.
        const DIRECTORY = Self::FD_FDSTAT_SET_FLAGS.bits() | Self::FD_SYNC.bits() | Self::FD_ADVISE.bits()
            | Self::PATH_CREATE_DIRECTORY.bits() | Self::PATH_CREATE_FILE.bits()
            | Self::PATH_LINK_SOURCE.bits() | Self::PATH_LINK_TARGET.bits() | Self::PATH_OPEN.bits()
            | Self::FD_READDIR.bits() | Self::PATH_READLINK.bits() | Self::PATH_RENAME_SOURCE.bits()
            | Self::PATH_RENAME_TARGET.bits() | Self::PATH_FILESTAT_GET.bits()
            | Self::PATH_FILESTAT_SET_SIZE.bits() | Self::PATH_FILESTAT_SET_TIMES.bits()
            | Self::FD_FILESTAT_GET.bits() | Self::FD_FILESTAT_SET_TIMES.bits() | Self::PATH_SYMLINK.bits()
            | Self::PATH_REMOVE_DIRECTORY.bits() | Self::PATH_UNLINK_FILE.bits()
            | Self::POLL_FD_READWRITE.bits();
        /// What makes sense on a connection.
        const CONNECTION = Self::STREAM.bits() | Self::SOCK_SHUTDOWN.bits();
        /// What makes sense on a listener.
        const LISTENER = Self::SOCK_ACCEPT.bits() | Self::FD_FDSTAT_SET_FLAGS.bits()
            | Self::FD_FILESTAT_GET.bits() | Self::POLL_FD_READWRITE.bits();
    }
}

bitflags::bitflags! {
    /// How `path_open` opens.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct OFlags: u32 {
        const CREAT = 1;
        const DIRECTORY = 2;
        const EXCL = 4;
        const TRUNC = 8;
    }
}

bitflags::bitflags! {
    /// Which times to set, and to what.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct FstFlags: u32 {
        const ATIM = 1;
        const ATIM_NOW = 2;
        const MTIM = 4;
        const MTIM_NOW = 8;
    }
}

/// `subscription_clock_abstime`: the timeout is a point in time, not a duration.
pub(crate) const SUBCLOCK_ABSTIME: u16 = 1;
/// `fd_readwrite_hangup`: the peer has gone.
pub(crate) const EVENT_HANGUP: u16 = 1;
/// The size of `iovec` and `ciovec`.
pub(crate) const IOVEC_SIZE: u32 = 8;
/// The size of `dirent`, without the name that follows it.
pub(crate) const DIRENT_SIZE: usize = 24;
/// The size of `subscription`.
pub(crate) const SUBSCRIPTION_SIZE: usize = 48;
/// The size of `event`.
pub(crate) const EVENT_SIZE: usize = 32;

/// Descriptor flags as the guest writes them. The bits are those of [`FileFlags`] on purpose of neither side,
/// so the equality is held by a test.
pub(crate) fn fd_flags(bits: u32) -> Result<FileFlags, Errno> {
    u8::try_from(bits).ok().and_then(FileFlags::from_bits).ok_or(Errno::Inval)
}

/// Whether `lookupflags` ask to follow a symbolic link in the last place.
pub(crate) fn lookup_follow(bits: u32) -> Result<bool, Errno> {
    match bits {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Errno::Inval),
    }
}

/// `advice` by number.
pub(crate) fn advice(number: u32) -> Result<Advice, Errno> {
    Ok(match number {
        0 => Advice::Normal,
        1 => Advice::Sequential,
        2 => Advice::Random,
        3 => Advice::WillNeed,
        4 => Advice::DontNeed,
        5 => Advice::NoReuse,
        _ => return Err(Errno::Inval),
    })
}

/// `filetype`. There is no number for a pipe, which is therefore unknown.
pub(crate) fn file_type(file_type: FileType) -> u8 {
    match file_type {
        FileType::BlockDevice => 1,
        FileType::CharacterDevice => 2,
        FileType::Directory => 3,
        FileType::Regular => 4,
        FileType::Socket => 6,
        FileType::SymbolicLink => 7,
        _ => 0,
    }
}

/// Bytes written one after another, with gaps left zero.
struct Layout<const N: usize>([u8; N]);

impl<const N: usize> Layout<N> {
    fn put<const M: usize>(mut self, offset: usize, value: [u8; M]) -> Self {
        if let Some(place) = self.0.get_mut(offset..offset + M) {
            place.copy_from_slice(&value);
        }
        self
    }
}

/// `fdstat`.
pub(crate) fn fdstat(kind: FileType, flags: FileFlags, base: Rights, inheriting: Rights) -> [u8; 24] {
    Layout([0; 24])
        .put(0, [file_type(kind)])
        .put(2, u16::from(flags.bits()).to_le_bytes())
        .put(8, base.bits().to_le_bytes())
        .put(16, inheriting.bits().to_le_bytes())
        .0
}

/// `filestat`.
pub(crate) fn filestat(stat: &Stat) -> [u8; 64] {
    Layout([0; 64])
        .put(0, stat.device.to_le_bytes())
        .put(8, stat.inode.to_le_bytes())
        .put(16, [file_type(stat.file_type)])
        .put(24, stat.links.to_le_bytes())
        .put(32, stat.size.to_le_bytes())
        .put(40, stat.accessed.to_le_bytes())
        .put(48, stat.modified.to_le_bytes())
        .put(56, stat.changed.to_le_bytes())
        .0
}

/// `dirent`, without the name.
pub(crate) fn dirent(next: u64, inode: u64, name_len: u32, kind: FileType) -> [u8; DIRENT_SIZE] {
    Layout([0; DIRENT_SIZE])
        .put(0, next.to_le_bytes())
        .put(8, inode.to_le_bytes())
        .put(16, name_len.to_le_bytes())
        .put(20, [file_type(kind)])
        .0
}

/// `prestat` of a directory whose name has `name_len` bytes.
pub(crate) fn prestat_dir(name_len: u32) -> [u8; 8] {
    Layout([0; 8]).put(0, [0]).put(4, name_len.to_le_bytes()).0
}

/// What a subscription waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// A point in time or a duration, in nanoseconds.
    Clock { id: u32, timeout: u64, flags: u16 },
    /// Reading without blocking.
    Read { fd: u32 },
    /// Writing without blocking.
    Write { fd: u32 },
}

/// `subscription`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) user_data: u64,
    pub(crate) awaited: Awaited,
}

impl Subscription {
    /// Decodes one. An event type that the interface does not name answers `EINVAL`.
    pub(crate) fn decode(bytes: &[u8; SUBSCRIPTION_SIZE]) -> Result<Self, Errno> {
        let awaited = match bytes[8] {
            0 => Awaited::Clock {
                id: u32::from_le_bytes(take(bytes, 16)),
                timeout: u64::from_le_bytes(take(bytes, 24)),
                flags: u16::from_le_bytes(take(bytes, 40)),
            },
            1 => Awaited::Read { fd: u32::from_le_bytes(take(bytes, 16)) },
            2 => Awaited::Write { fd: u32::from_le_bytes(take(bytes, 16)) },
            _ => return Err(Errno::Inval),
        };
        Ok(Self { user_data: u64::from_le_bytes(take(bytes, 0)), awaited })
    }
}

/// `N` bytes at `offset`, which lies inside by construction of the callers above.
fn take<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    let mut value = [0; N];
    if let Some(source) = bytes.get(offset..offset + N) {
        value.copy_from_slice(source);
    }
    value
}

/// `event`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) user_data: u64,
    pub(crate) error: Option<Errno>,
    pub(crate) event_type: u8,
    pub(crate) bytes: u64,
    pub(crate) flags: u16,
}

impl Event {
    pub(crate) fn encode(&self) -> [u8; EVENT_SIZE] {
        Layout([0; EVENT_SIZE])
            .put(0, self.user_data.to_le_bytes())
            .put(8, self.error.map_or(0, Errno::number).to_le_bytes())
            .put(10, [self.event_type])
            .put(16, self.bytes.to_le_bytes())
            .put(24, self.flags.to_le_bytes())
            .0
    }
}

#[cfg(test)]
mod tests {
    use super::{Awaited, Event, Subscription, dirent, fd_flags, fdstat, filestat};
    use crate::{abi::Rights, errno::Errno};
    use ringzero::platform::{FileFlags, FileType, Stat};

    #[test]
    fn flag_bits_are_those_of_the_interface() {
        assert_eq!(FileFlags::APPEND.bits(), 1);
        assert_eq!(FileFlags::DSYNC.bits(), 2);
        assert_eq!(FileFlags::NONBLOCK.bits(), 4);
        assert_eq!(FileFlags::RSYNC.bits(), 8);
        assert_eq!(FileFlags::SYNC.bits(), 16);
        assert_eq!(fd_flags(5), Ok(FileFlags::APPEND | FileFlags::NONBLOCK));
        assert_eq!(fd_flags(32), Err(Errno::Inval));
        assert_eq!(fd_flags(0x100), Err(Errno::Inval));
    }

    #[test]
    fn structures_lie_where_the_interface_says() {
        let stat = Stat {
            device: 1,
            inode: 2,
            file_type: FileType::SymbolicLink,
            links: 3,
            size: 4,
            accessed: 5,
            modified: 6,
            changed: 7,
            permissions: 0o644,
        };
        let bytes = filestat(&stat);
        let words: [u8; 8] = core::array::from_fn(|i| bytes[i * 8]);
        assert_eq!(words, [1, 2, 7, 3, 4, 5, 6, 7]);
        let bytes = dirent(9, 8, 7, FileType::Directory);
        assert_eq!((bytes[0], bytes[8], bytes[16], bytes[20]), (9, 8, 7, 3));
        let bytes = fdstat(FileType::Regular, FileFlags::APPEND, Rights::FD_READ, Rights::FD_WRITE);
        assert_eq!((bytes[0], bytes[2], bytes[8], bytes[16]), (4, 1, 2, 64));
    }

    #[test]
    fn subscriptions_and_events_lie_where_the_interface_says() {
        let mut bytes = [0; 48];
        (bytes[0], bytes[8], bytes[16], bytes[24], bytes[40]) = (1, 0, 1, 9, 1);
        let clock = Awaited::Clock { id: 1, timeout: 9, flags: 1 };
        assert_eq!(Subscription::decode(&bytes).map(|s| s.awaited), Ok(clock));
        (bytes[8], bytes[16]) = (2, 5);
        assert_eq!(Subscription::decode(&bytes).map(|s| s.awaited), Ok(Awaited::Write { fd: 5 }));
        bytes[8] = 3;
        assert_eq!(Subscription::decode(&bytes), Err(Errno::Inval));
        let event = Event { user_data: 1, error: Some(Errno::Badf), event_type: 2, bytes: 3, flags: 1 };
        let bytes = event.encode();
        assert_eq!((bytes[0], bytes[8], bytes[10], bytes[16], bytes[24]), (1, 8, 2, 3, 1));
    }
}
