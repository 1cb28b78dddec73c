//! `struct stat` and times, in the platform's words.
//!
//! In: what the kernel says. Out: [`Stat`], [`FileType`], timestamps for `utimensat(2)`.

use ringzero::platform::{FileType, SetTime, Stat};
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

/// A kernel's answer in the platform's words. Times before 1970 become 0.
pub(super) fn stat(from: &rustix::fs::Stat) -> Stat {
    // The field types differ between systems and machines; all of them fit.
    Stat {
        device: wide(from.st_dev),
        inode: wide(from.st_ino),
        file_type: file_type(rustix::fs::FileType::from_raw_mode(from.st_mode)),
        links: wide(from.st_nlink),
        size: wide(from.st_size),
        accessed: nanos(wide(from.st_atime), wide(from.st_atime_nsec)),
        modified: nanos(wide(from.st_mtime), wide(from.st_mtime_nsec)),
        changed: nanos(wide(from.st_ctime), wide(from.st_ctime_nsec)),
        // Masked: twelve bits are left.
        permissions: (from.st_mode & 0o7777) as u16,
    }
}

pub(super) fn file_type(from: rustix::fs::FileType) -> FileType {
    use rustix::fs::FileType as Host;
    match from {
        Host::RegularFile => FileType::Regular,
        Host::Directory => FileType::Directory,
        Host::Symlink => FileType::SymbolicLink,
        Host::Fifo => FileType::Fifo,
        Host::Socket => FileType::Socket,
        Host::CharacterDevice => FileType::CharacterDevice,
        Host::BlockDevice => FileType::BlockDevice,
        _ => FileType::Unknown,
    }
}

/// The argument of `utimensat(2)` and `futimens(2)`.
pub(super) fn timestamps(accessed: SetTime, modified: SetTime) -> Timestamps {
    Timestamps { last_access: timespec(accessed), last_modification: timespec(modified) }
}

fn timespec(time: SetTime) -> Timespec {
    match time {
        SetTime::Omit => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        SetTime::Now => Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        SetTime::At(nanos) => span(nanos),
    }
}

/// A number of nanoseconds as seconds and the rest.
pub(super) fn span(nanos: u64) -> Timespec {
    Timespec {
        // u64::MAX nanoseconds are 1.8e10 seconds; the remainder is below 1e9. Only a 32-bit time_t saturates.
        tv_sec: (nanos / 1_000_000_000).try_into().unwrap_or(rustix::fs::Secs::MAX),
        tv_nsec: (nanos % 1_000_000_000).try_into().unwrap_or(0),
    }
}

fn wide(number: impl TryInto<u64>) -> u64 {
    number.try_into().unwrap_or(0)
}

fn nanos(seconds: u64, below: u64) -> u64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(below)
}
