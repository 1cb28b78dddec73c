//! What a file system may use, and what it uses.
//!
//! In: limits, charges and refunds. Out: an answer before anything is taken. It does not know files.

use ringzero::platform::{ErrorKind, Result};

/// What a file system may use at most. Each limit has an answer of its own, so that a guest's message says which
/// one was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of memory for content (in pages of 4 KiB, holes free), link targets and names. A name costs 160
    /// bytes beside its own, hard links like any other; those 160 are given back when it is removed and no name
    /// entered into the directory after it is left. What lies in an archive is free until it is changed. Beyond it
    /// a call answers [`ErrorKind::NoSpace`] (`ENOSPC`): the device is full.
    pub bytes: u64,
    /// Files, directories and links, the root among them; of an archive's, those that have been changed. Beyond it
    /// a call answers [`ErrorKind::QuotaExceeded`] (`EDQUOT`): there is room, but not for more files. (Linux
    /// answers `ENOSPC` here too; then nobody can tell the two apart.)
    pub inodes: u64,
    /// Open files and directories, the root's own handle not counted. A path holds one for each directory that
    /// it leads through while it is walked. Beyond it a call answers [`ErrorKind::TooManyOpen`] (`EMFILE`), as a
    /// process at its limit: closing helps, deleting does not.
    pub handles: u64,
}

impl Default for Quota {
    /// 64 MiB, 65,536 nodes and 4096 open files.
    fn default() -> Self {
        Self { bytes: 64 << 20, inodes: 1 << 16, handles: 1 << 12 }
    }
}

/// What a file system uses, counted as its [`Quota`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes.
    pub bytes: u64,
    /// Nodes, those among them that are only open and have no name any more.
    pub inodes: u64,
    /// Open files and directories.
    pub handles: u64,
}

/// Bytes that may be used and bytes that are.
pub(super) struct Budget {
    used: u64,
    limit: u64,
}

impl Budget {
    pub(super) fn new(limit: u64) -> Self {
        Self { used: 0, limit }
    }

    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// Takes `bytes`.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<()> {
        let used = self.used.checked_add(bytes).filter(|&used| used <= self.limit);
        self.used = used.ok_or(ErrorKind::NoSpace)?;
        Ok(())
    }

    /// Gives `bytes` back.
    pub(super) fn refund(&mut self, bytes: u64) {
        debug_assert!(bytes <= self.used, "more is given back than was taken");
        self.used = self.used.saturating_sub(bytes);
    }

    pub(super) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}
