//! The heap: one piece of memory, never more.

use ringzero::reserve::ReservingAllocator;
use spin::Mutex;
use talc::TalcLock;
use talc::source::Manual;

use super::ranges::Range;

/// With one processor and no preemption, whoever asks is always the same.
#[global_allocator]
static HEAP: ReservingAllocator<TalcLock<Mutex<()>, Manual>> =
    ReservingAllocator::new(TalcLock::new(Manual), || 0);

/// Makes memory that nobody uses the heap.
///
/// # Safety
/// `memory` is mapped, writable, and nobody else's from now on.
pub(crate) unsafe fn claim(memory: Range) {
    // SAFETY: the caller's promise.
    let claimed = unsafe { HEAP.inner().lock().claim(memory.start as *mut u8, memory.len() as usize) };
    assert!(claimed.is_some(), "not enough memory for a heap");
}

/// Bytes in use.
pub(crate) fn used() -> usize {
    HEAP.inner().lock().counters().allocated_bytes
}
