//! Pages for a kernel that has an MMU: frames of physical memory, page tables, and address space made of both.
//!
//! In: ranges of free physical memory, a range of virtual addresses that nobody else uses, the root of the page tables.
//! Out: [`PagedMemory`], the [`VirtualMemory`](ringzero::platform::VirtualMemory) of a kernel. It knows no interrupt,
//! no processor and no guest.
//!
//! ```text
//!  PagedMemory ── reserves address ranges, commits and protects pages, all or nothing
//!    │        └── PageTable       a seam: FourLevelTable is x86-64's; a kernel may bring its own
//!    │              └── Flush     a seam: `invlpg`, and the other processors
//!    └── FrameAllocator           a seam: FramePool serves from lists of free ranges; a kernel may bring its own
//!          └── Window             where physical memory is seen: an offset
//! ```
//!
//! **What the kernel does itself**, since it takes privileged instructions: loading CR3, switching on NXE (EFER) and WP
//! (CR0), `invlpg` in [`Flush`], telling the other processors, and the #PF handler. Without NXE the entries that are
//! made here fault as malformed; without WP ring 0 writes to pages that are for reading only.
//!
//! **Every page is backed when it is committed**, not when it is first touched. Pages backed on demand would let a
//! host function that writes into a guest's memory fault where no frame is left, and nobody could be told.
//!
//! **Locks.** Each value here has a spin lock, held while entries are looked at and changed, never while pages are made
//! zero. None is taken for loads and stores of a guest. An interrupt handler must not call what it may have interrupted.

#[expect(unsafe_code, reason = "reads and writes frames by their physical address")]
mod four_level;
#[expect(
    unsafe_code,
    reason = "declares the contract of free frames, and links them through their own bytes"
)]
mod frames;
#[expect(unsafe_code, reason = "implements mapped memory on page tables")]
mod memory;
#[expect(unsafe_code, reason = "declares the contract of page tables")]
mod table;
#[cfg(test)]
#[expect(unsafe_code, reason = "a double of physical memory and of a processor that walks tables in it")]
mod tests;
#[expect(unsafe_code, reason = "turns physical addresses into pointers")]
mod window;

pub use four_level::FourLevelTable;
pub use frames::{FailingFrames, FrameAllocator, FramePool};
pub use memory::{PagedMemory, PagingUsage};
pub use table::{Flush, PageTable};
pub use window::{Frame, Window};

/// Bytes of a page, and of a frame.
pub const PAGE_SIZE: usize = 4096;
