//! A writable file system in memory, alone or above an archive.
//!
//! In: names, slices, offsets, a quota, a clock, an archive. Out: what POSIX says of directories, links, renames and
//! open files. It does not know paths: [`ringzero::platform::path`] walks them.
//!
//! `archive` reads what may lie below; `pages` holds one file's content, `names` one directory's entries, `node`
//! says what a node is, `nodes` has them all and `links` changes their names, `quota` what that may cost; `dir` and
//! `file` are the handles.

mod archive;
mod dir;
mod file;
mod links;
mod names;
mod node;
mod nodes;
mod pages;
mod quota;

pub use archive::{Archive, ArchiveBytes, ArchiveError, ArchiveFault};
pub use dir::MemoryDir;
pub use file::MemoryFile;
pub use quota::{Quota, Usage};

/// A link's target is shorter than this, in bytes: no longer path could be walked.
const MAX_TARGET: usize = 4096;

#[cfg(test)]
mod tests;
