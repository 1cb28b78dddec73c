//! What may be wrong with an archive.
//!
//! In: an offset and a fault. Out: a sentence.

use core::fmt;

/// Why an archive was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveError {
    offset: usize,
    fault: ArchiveFault,
}

impl ArchiveError {
    pub(super) fn new(offset: usize, fault: ArchiveFault) -> Self {
        Self { offset, fault }
    }

    /// Where in the archive the header begins that is at fault.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// What is wrong with it.
    pub fn fault(&self) -> ArchiveFault {
        self.fault
    }
}

/// What is wrong with an entry of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArchiveFault {
    /// The archive ends in the entry, or has no end at all: at least one block of zeros.
    Truncated,
    /// The checksum is another; perhaps this is no tar archive.
    Checksum,
    /// A number cannot be read, or is too large.
    Number,
    /// An extended header cannot be read.
    Record,
    /// A name is empty, too long, too deep, or holds `..` or a NUL byte.
    Name,
    /// A link's target is empty, too long or holds a NUL byte; or a hard link's is not an earlier file.
    Link,
    /// The name leads through something that is no directory, or stands for a directory and something else.
    Conflict,
    /// The kind of entry is not supported: sparse files, parts of volumes, or one that nobody knows.
    Unsupported,
    /// There is no memory for the tree, or there are more than 2³² names.
    OutOfMemory,
}

impl fmt::Display for ArchiveFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the archive ends too early",
            Self::Checksum => "bad checksum",
            Self::Number => "bad number",
            Self::Record => "bad extended header",
            Self::Name => "bad name",
            Self::Link => "bad link",
            Self::Conflict => "a name is used for a directory and for something else",
            Self::Unsupported => "a kind of entry that is not supported",
            Self::OutOfMemory => "out of memory",
        })
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (in the entry at offset {})", self.fault, self.offset)
    }
}

impl core::error::Error for ArchiveError {}
