//! Frames: who has them, and who gets the next one.
//!
//! In: ranges of physical memory that nobody uses. Out: one frame at a time. It does not know what they are used for,
//! and never makes them zero.

use alloc::sync::Arc;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};

use spin::Mutex;

use super::{Frame, PAGE_SIZE, Window};

/// Gives frames of physical memory out, one at a time, and takes them back.
///
/// # Safety
/// An implementor promises that a frame it gives out is ordinary memory that nobody else uses until it is freed.
pub unsafe trait FrameAllocator: Send + Sync {
    /// A frame, with anything in it; `None` where none is left.
    fn allocate(&self) -> Option<Frame>;

    /// Takes a frame back.
    ///
    /// # Safety
    /// It came from [`allocate`](Self::allocate) of this allocator, was not freed since, and nobody uses it any more.
    unsafe fn free(&self, frame: Frame);
}

// SAFETY: each call is the other allocator's.
unsafe impl<F: FrameAllocator + ?Sized> FrameAllocator for &F {
    fn allocate(&self) -> Option<Frame> {
        (**self).allocate()
    }

    unsafe fn free(&self, frame: Frame) {
        // SAFETY: the caller's promise, handed on.
        unsafe { (**self).free(frame) }
    }
}

// SAFETY: each call is the other allocator's.
unsafe impl<F: FrameAllocator + ?Sized> FrameAllocator for Arc<F> {
    fn allocate(&self) -> Option<Frame> {
        (**self).allocate()
    }

    unsafe fn free(&self, frame: Frame) {
        // SAFETY: the caller's promise, handed on.
        unsafe { (**self).free(frame) }
    }
}

/// Frames from ranges of free physical memory, as a boot loader lists them.
///
/// Free frames are kept in runs, and the first frame of a run says how long it is and where the next one is, so the
/// pool needs no memory of its own. Giving out and taking back touches one frame each, whatever the number of ranges;
/// frames that were never given out are never touched but for the first of each range.
#[derive(Debug)]
pub struct FramePool {
    window: Window,
    list: Mutex<FreeList>,
}

#[derive(Debug)]
struct FreeList {
    /// The first frame of the first run.
    head: Option<Frame>,
    free: usize,
    total: usize,
}

/// What stands in the first two words of a run.
#[derive(Clone, Copy, Debug)]
struct Run {
    next: Option<Frame>,
    /// Frames in the run, this one included; at least 1.
    frames: u64,
}

/// The word that says that there is no next run. No frame has this address.
const NO_FRAME: u64 = u64::MAX;

impl FramePool {
    /// A pool without frames, which will reach those that it is given through `window`.
    pub const fn new(window: Window) -> Self {
        Self { window, list: Mutex::new(FreeList { head: None, free: 0, total: 0 }) }
    }

    /// Adds the whole frames of a range of physical addresses, and says how many these are.
    ///
    /// # Safety
    /// The range is ordinary memory that is seen in the pool's window and belongs to the pool from now on.
    pub unsafe fn add(&self, range: Range<u64>) -> usize {
        let page = PAGE_SIZE as u64;
        let Some(first) = range.start.checked_next_multiple_of(page) else { return 0 };
        let frames = (range.end / page).saturating_sub(first / page);
        if frames == 0 {
            return 0;
        }
        let mut list = self.list.lock();
        let first = Frame::containing(first);
        // SAFETY: the first frame of the range, which is the pool's now.
        unsafe { self.write(first, Run { next: list.head, frames }) };
        list.head = Some(first);
        // A frame has 4096 bytes, so there are fewer frames than addresses.
        list.free += frames as usize;
        list.total += frames as usize;
        frames as usize
    }

    /// How many frames are left.
    pub fn free_frames(&self) -> usize {
        self.list.lock().free
    }

    /// How many frames the pool was given, those in use included.
    pub fn total_frames(&self) -> usize {
        self.list.lock().total
    }

    /// # Safety
    /// `frame` is the first one of a free run.
    unsafe fn read(&self, frame: Frame) -> Run {
        let words: *mut [u64; 2] = self.window.bytes(frame).cast();
        // SAFETY: a free frame in the window; `write` has put the two words there.
        let [next, frames] = unsafe { words.read() };
        Run { next: (next != NO_FRAME).then_some(Frame::containing(next)), frames }
    }

    /// # Safety
    /// `frame` belongs to the pool.
    unsafe fn write(&self, frame: Frame, run: Run) {
        let words: *mut [u64; 2] = self.window.bytes(frame).cast();
        let next = run.next.map_or(NO_FRAME, Frame::address);
        // SAFETY: a free frame in the window, aligned to its size, which nobody else uses.
        unsafe { words.write([next, run.frames]) };
    }
}

// SAFETY: what was added belongs to the pool; a frame leaves the list when it is given out and comes back when freed.
unsafe impl FrameAllocator for FramePool {
    fn allocate(&self) -> Option<Frame> {
        let mut list = self.list.lock();
        let head = list.head?;
        // SAFETY: the head of the list is the first frame of a free run.
        let run = unsafe { self.read(head) };
        list.free -= 1;
        if run.frames == 1 {
            list.head = run.next;
            return Some(head);
        }
        let frames = run.frames - 1;
        // SAFETY: as above; the run goes on without its last frame.
        unsafe { self.write(head, Run { frames, ..run }) };
        Some(Frame::containing(head.address() + frames * PAGE_SIZE as u64))
    }

    unsafe fn free(&self, frame: Frame) {
        let mut list = self.list.lock();
        // SAFETY: the frame is the pool's, and nobody uses it any more, as the caller promises.
        unsafe { self.write(frame, Run { next: list.head, frames: 1 }) };
        list.head = Some(frame);
        list.free += 1;
    }
}

/// An allocator for tests: it hands on to another one, and refuses one chosen allocation.
#[derive(Debug)]
pub struct FailingFrames<F> {
    frames: F,
    /// How many allocations succeed before one is refused.
    before: AtomicU64,
}

impl<F: FrameAllocator> FailingFrames<F> {
    /// Hands on to `frames`, and refuses nothing yet.
    pub const fn new(frames: F) -> Self {
        Self { frames, before: AtomicU64::new(u64::MAX) }
    }

    /// From now on `before` allocations succeed; the next one is refused, and those after it succeed again.
    pub fn refuse_after(&self, before: u64) {
        self.before.store(before, Ordering::Relaxed);
    }

    /// Whether the chosen allocation has been asked for. From then on nothing is refused.
    pub fn has_refused(&self) -> bool {
        self.before.load(Ordering::Relaxed) == u64::MAX
    }

    /// The allocator behind it.
    pub const fn inner(&self) -> &F {
        &self.frames
    }
}

// SAFETY: a call is refused or is the other allocator's.
unsafe impl<F: FrameAllocator> FrameAllocator for FailingFrames<F> {
    fn allocate(&self) -> Option<Frame> {
        let next = |before: u64| match before {
            u64::MAX => None,
            0 => Some(u64::MAX),
            more => Some(more - 1),
        };
        match self.before.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
            Ok(0) => None,
            _ => self.frames.allocate(),
        }
    }

    unsafe fn free(&self, frame: Frame) {
        // SAFETY: the caller's promise, handed on.
        unsafe { self.frames.free(frame) }
    }
}
