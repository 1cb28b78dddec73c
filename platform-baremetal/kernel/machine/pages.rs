//! Pages for guests, and the few of our own that are taken out of the map.
//!
//! In: free physical memory. Out: the library's [`PagedMemory`] over this processor's page tables.

use ringzero::platform::Result;
use ringzero_platform_baremetal::paging::{
    FourLevelTable, Frame, FrameAllocator, FramePool, PAGE_SIZE, PagedMemory, Window,
};
use x86_64::VirtAddr;
use x86_64::instructions::tlb;

use super::ranges::Ranges;

/// Address space that nobody else uses: 64 TiB in the upper half, room for thousands of memories with their guards.
const ADDRESSES: core::ops::Range<usize> = 0xffff_9000_0000_0000..0xffff_d000_0000_0000;

/// The memory of all guests.
pub(super) type Pages = PagedMemory<FourLevelTable<fn(usize, usize)>, &'static dyn FrameAllocator>;

/// All memory that is neither the kernel's nor the heap's.
pub(crate) static FRAMES: FramePool = FramePool::new(ONE_TO_ONE);

// SAFETY: boot.s has mapped the lowest 4 GiB one to one, and nobody takes ordinary memory above 1 MiB out.
const ONE_TO_ONE: Window = unsafe { Window::new(0) };

unsafe extern "C" {
    static root_table: u8;
    static low_table: [u64; 512];
    static stack_start: u8;
}

/// Pages backed by what is free, taken by `frames`, which hands [`FRAMES`] on.
///
/// # Safety
/// Called once; `free` is nobody's from now on.
pub(super) unsafe fn start(free: &Ranges, frames: &'static dyn FrameAllocator) -> Result<Pages> {
    for range in free.iter() {
        // SAFETY: the caller's promise; it is below 4 GiB, and so in the window.
        unsafe { FRAMES.add(range.start..range.end) };
    }
    let root = Frame::containing(&raw const root_table as u64);
    // SAFETY: the table in CR3, whose upper half is empty; boot.s has set NXE and WP; `flush` does what it must on the
    // one processor that there is.
    let table = unsafe { FourLevelTable::new(root, ONE_TO_ONE, flush as fn(usize, usize)) };
    // SAFETY: nothing else is ever mapped in the upper half; frames lie in the window.
    unsafe { PagedMemory::new(table, frames, ONE_TO_ONE, ADDRESSES) }
}

fn flush(start: usize, len: usize) {
    if len > 64 * PAGE_SIZE {
        return tlb::flush_all();
    }
    for page in (start..start + len).step_by(PAGE_SIZE) {
        tlb::flush(VirtAddr::new_truncate(page as u64));
    }
}

/// Takes two pages out of the map: the one at address 0, and the one that our stack would overflow into.
///
/// # Safety
/// The boot loader's structures are not used any more.
pub(super) unsafe fn close_low_pages() {
    let guard = &raw const stack_start as usize - PAGE_SIZE;
    for page in [0, guard] {
        let entry = (&raw const low_table).cast::<u64>().cast_mut().wrapping_add(page / PAGE_SIZE);
        // SAFETY: an entry of the table for the lowest 2 MiB, which only the processor reads meanwhile.
        unsafe { entry.write_volatile(0) };
        tlb::flush(VirtAddr::new_truncate(page as u64));
    }
}
