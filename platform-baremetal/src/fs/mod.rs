//! A writable file system in memory.
//!
//! In: names, slices, offsets, a quota, a clock. Out: what POSIX says of directories, links, renames and open
//! files. It does not know paths: [`ringzero::platform::path`] walks them.
//!
//! `pages` holds one file's content, `names` one directory's entries, `volume` the nodes, their links and what
//! they cost; `dir` and `file` are the handles.

mod dir;
mod file;
mod names;
mod pages;
mod volume;

pub use dir::MemoryDir;
pub use file::MemoryFile;
pub use volume::{Quota, Usage};

#[cfg(test)]
mod tests;
