//! Blocks of memory held in reserve, and what is given out of them.
//!
//! In: sizes, and who asks. Out: memory out of a block, for who holds one while it is open. It does not know what
//! refused the memory, nor why the block is so large.
//!
//! A block is one allocation with its own header. All blocks are in one list. A block has at most one holder,
//! who opens and closes it; what was given out of it may live longer than that, and then the block does, too.
#![expect(unsafe_code, reason = "blocks are raw memory, shared by their holder and the allocator")]

use alloc::alloc::{Layout, alloc, dealloc};
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use spin::Mutex;

use crate::support::OutOfMemory;

/// The start of each block. What changes is atomic, so that the holder can look at it without locking the list.
#[repr(C, align(16))]
struct Header {
    /// Used with the list locked.
    next: AtomicPtr<Header>,
    /// Who holds the block. Used with the list locked.
    owner: AtomicUsize,
    /// Bytes, with the header.
    size: usize,
    /// Bytes given out or lost to alignment, with the header. Written with the list locked.
    used: AtomicUsize,
    /// What was given out and is not back. Used with the list locked.
    live: AtomicUsize,
    /// Somebody holds it. Used with the list locked.
    held: AtomicBool,
    /// Its holder lets it be used. Written by the holder.
    open: AtomicBool,
}

const HEADER: usize = size_of::<Header>();
const ALIGN: usize = align_of::<Header>();
/// A block has room for several small pieces: in a shortage, others follow the first.
const LEAST: usize = 1024;

/// All blocks.
struct List(*mut Header);

// SAFETY: the headers that it leads to are shared by all threads, and changed with the list locked, or atomically.
unsafe impl Send for List {}

static BLOCKS: Mutex<List> = Mutex::new(List(null_mut()));

/// How many pieces of all blocks together are given out: nearly always none. Whoever frees a piece has seen it
/// counted, since the piece came to him from where it was counted; so he never reads 0.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// What tells who asks: `fn() -> usize`, or null where no allocator serves blocks.
static WHO: AtomicPtr<()> = AtomicPtr::new(null_mut());

/// Says that an allocator serves blocks from now on, and how it tells who asks.
#[inline]
pub(super) fn announce(who: fn() -> usize) {
    if WHO.load(Ordering::Relaxed).is_null() {
        WHO.store(who as *mut (), Ordering::Relaxed);
    }
}

/// Whether an allocator serves blocks.
#[inline]
fn announced() -> bool {
    !WHO.load(Ordering::Relaxed).is_null()
}

/// Who asks.
fn here() -> usize {
    let who = WHO.load(Ordering::Relaxed);
    if who.is_null() {
        return 0;
    }
    // SAFETY: the pointer is not null, and so it is the function that `announce` stored.
    let who = unsafe { core::mem::transmute::<*mut (), fn() -> usize>(who) };
    who()
}

/// Memory held in reserve by one thread of execution: for what cannot report that there is none. Holds nothing where
/// no [`ReservingAllocator`](super::ReservingAllocator) is installed.
#[derive(Debug, Default)]
pub struct Reserve {
    block: Option<NonNull<Header>>,
}

impl Reserve {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { block: None }
    }

    /// Calls `call` with `bytes` in reserve: what it allocates is there, as long as all its allocations together,
    /// those that it frees again included, take no more. Costs a few loads where so much is held already, and
    /// where no allocator serves reserves, an allocation otherwise.
    ///
    /// # Errors
    /// [`OutOfMemory`]: there is not so much. `call` was not called.
    #[inline]
    pub fn cover<R>(&mut self, bytes: usize, call: impl FnOnce() -> R) -> Result<R, OutOfMemory> {
        let gate = self.hold(bytes)?;
        gate.open();
        let result = call();
        gate.close();
        Ok(result)
    }

    /// Holds at least `bytes`, and gives what opens them.
    ///
    /// # Errors
    /// As for [`cover`](Self::cover).
    #[inline]
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<Gate, OutOfMemory> {
        if announced() && self.left() < bytes {
            self.refill(bytes)?;
        }
        Ok(Gate(self.block))
    }

    fn left(&self) -> usize {
        // SAFETY: a held block is not freed.
        self.block.map_or(0, |block| unsafe { block.as_ref().left() })
    }

    #[cold]
    fn refill(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        self.let_go();
        self.block = adopt(bytes);
        if self.block.is_some() {
            return Ok(());
        }
        let size = bytes.max(LEAST).checked_add(HEADER).ok_or(OutOfMemory)?;
        let layout = Layout::from_size_align(size, ALIGN).map_err(|_| OutOfMemory)?;
        // SAFETY: the size is not 0.
        let memory = unsafe { alloc(layout) }.cast::<Header>();
        let block = NonNull::new(memory).ok_or(OutOfMemory)?;
        let mut list = BLOCKS.lock();
        let header = Header {
            next: AtomicPtr::new(list.0),
            owner: AtomicUsize::new(here()),
            size,
            used: AtomicUsize::new(HEADER),
            live: AtomicUsize::new(0),
            held: AtomicBool::new(true),
            open: AtomicBool::new(false),
        };
        // SAFETY: the memory is fresh, aligned, and larger than a header.
        unsafe { block.write(header) };
        list.0 = block.as_ptr();
        self.block = Some(block);
        Ok(())
    }

    /// Gives the block up. It is freed with the last of what was given out of it.
    fn let_go(&mut self) {
        let Some(block) = self.block.take() else { return };
        let mut list = BLOCKS.lock();
        // SAFETY: a held block is not freed.
        let header = unsafe { block.as_ref() };
        header.open.store(false, Ordering::Relaxed);
        header.held.store(false, Ordering::Relaxed);
        if header.live.load(Ordering::Relaxed) > 0 {
            return;
        }
        // SAFETY: the block is in the list, which is locked.
        unsafe { list.remove(block) };
        drop(list);
        // SAFETY: nobody holds the block, nothing in it is given out, and it is not in the list.
        unsafe { free(block) };
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// Opens and closes what a [`Reserve`] holds, for as long as it holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gate(Option<NonNull<Header>>);

impl Gate {
    /// From now on allocations that fail are served.
    #[inline]
    pub(crate) fn open(self) {
        self.set(true);
    }

    /// From now on allocations may fail again.
    #[inline]
    pub(crate) fn close(self) {
        self.set(false);
    }

    #[inline]
    fn set(self, open: bool) {
        if let Some(block) = self.0 {
            // SAFETY: gates are used only while their block is held.
            unsafe { block.as_ref() }.open.store(open, Ordering::Relaxed);
        }
    }
}

impl Header {
    fn left(&self) -> usize {
        self.size - self.used.load(Ordering::Relaxed)
    }

    /// Whether who asks holds the block open.
    fn is_open(&self, here: usize) -> bool {
        self.open.load(Ordering::Relaxed) && self.owner.load(Ordering::Relaxed) == here
    }

    /// Where in the block a piece of this layout would start and end, if it fits.
    fn fit(&self, layout: Layout) -> Option<(usize, usize)> {
        let address = core::ptr::from_ref(self) as usize;
        let free = address + self.used.load(Ordering::Relaxed);
        let start = free.checked_next_multiple_of(layout.align())? - address;
        let end = start.checked_add(layout.size()).filter(|end| *end <= self.size)?;
        Some((start, end))
    }
}

impl List {
    /// The first block that `is` accepts.
    fn find(&self, is: impl Fn(&Header) -> bool) -> Option<NonNull<Header>> {
        let mut next = NonNull::new(self.0);
        while let Some(block) = next {
            // SAFETY: blocks in the list are alive, and the list is locked.
            let header = unsafe { block.as_ref() };
            if is(header) {
                return Some(block);
            }
            next = NonNull::new(header.next.load(Ordering::Relaxed));
        }
        None
    }

    /// The block that an address lies in.
    fn holding(&self, address: usize) -> Option<NonNull<Header>> {
        self.find(|header| {
            let start = core::ptr::from_ref(header) as usize;
            (start + HEADER..start + header.size).contains(&address)
        })
    }

    /// Takes a block out.
    ///
    /// # Safety
    /// It is in the list.
    unsafe fn remove(&mut self, block: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let next = unsafe { block.as_ref() }.next.load(Ordering::Relaxed);
        match self.find(|header| header.next.load(Ordering::Relaxed) == block.as_ptr()) {
            // SAFETY: blocks in the list are alive, and the list is locked.
            Some(before) => unsafe { before.as_ref() }.next.store(next, Ordering::Relaxed),
            None => self.0 = next,
        }
    }
}

/// A block that nobody holds, but for what was given out of it, and with so much left.
fn adopt(bytes: usize) -> Option<NonNull<Header>> {
    let list = BLOCKS.lock();
    let block = list.find(|header| !header.held.load(Ordering::Relaxed) && header.left() >= bytes)?;
    // SAFETY: blocks in the list are alive, and the list is locked.
    let header = unsafe { block.as_ref() };
    header.owner.store(here(), Ordering::Relaxed);
    header.held.store(true, Ordering::Relaxed);
    Some(block)
}

/// Frees a block.
///
/// # Safety
/// It came from [`Reserve::refill`], is not in the list, nobody holds it, and nothing in it is given out.
unsafe fn free(block: NonNull<Header>) {
    // SAFETY: the caller's promise.
    let size = unsafe { block.as_ref() }.size;
    if let Ok(layout) = Layout::from_size_align(size, ALIGN) {
        // SAFETY: the caller's promise; the layout is the one that it was allocated with.
        unsafe { dealloc(block.as_ptr().cast(), layout) };
    }
}

/// A piece of a block that who asks holds open; null where there is none, or not so much.
#[cold]
pub(super) fn take(layout: Layout) -> *mut u8 {
    let list = BLOCKS.lock();
    if list.0.is_null() {
        return null_mut();
    }
    let here = here();
    let Some(block) = list.find(|header| header.is_open(here) && header.fit(layout).is_some()) else {
        return null_mut();
    };
    // SAFETY: blocks in the list are alive, and the list is locked.
    let header = unsafe { block.as_ref() };
    let Some((start, end)) = header.fit(layout) else {
        return null_mut();
    };
    header.used.store(end, Ordering::Relaxed);
    header.live.fetch_add(1, Ordering::Relaxed);
    LIVE.fetch_add(1, Ordering::Relaxed);
    // SAFETY: `start` lies in the block.
    unsafe { block.as_ptr().cast::<u8>().add(start) }
}

/// Whether an address may be that of a piece of a block.
#[inline]
pub(super) fn may_be_piece() -> bool {
    LIVE.load(Ordering::Relaxed) != 0
}

/// Whether an address is that of a piece of a block.
#[cold]
pub(super) fn is_piece(piece: *mut u8) -> bool {
    BLOCKS.lock().holding(piece as usize).is_some()
}

/// Takes a piece back; whether it was one.
///
/// # Safety
/// Nobody uses the piece any more; `size` is what it was given out with.
#[cold]
pub(super) unsafe fn give_back(piece: *mut u8, size: usize) -> bool {
    let mut list = BLOCKS.lock();
    let Some(block) = list.holding(piece as usize) else {
        return false;
    };
    LIVE.fetch_sub(1, Ordering::Relaxed);
    // SAFETY: blocks in the list are alive, and the list is locked.
    let header = unsafe { block.as_ref() };
    let live = header.live.fetch_sub(1, Ordering::Relaxed) - 1;
    let at = piece as usize - block.as_ptr() as usize;
    if live == 0 {
        header.used.store(HEADER, Ordering::Relaxed);
    } else if header.used.load(Ordering::Relaxed) == at + size {
        header.used.store(at, Ordering::Relaxed);
    }
    if live > 0 || header.held.load(Ordering::Relaxed) {
        return true;
    }
    // SAFETY: it was found in the list.
    unsafe { list.remove(block) };
    drop(list);
    // SAFETY: nobody holds the block, nothing in it is given out, and it is not in the list.
    unsafe { free(block) };
    true
}

/// How much of the block that who asks has open is used, and how much there is.
#[cfg(test)]
pub(crate) fn open_here() -> Option<(usize, usize)> {
    let list = BLOCKS.lock();
    let here = here();
    let block = list.find(|header| header.is_open(here))?;
    // SAFETY: blocks in the list are alive, and the list is locked.
    let header = unsafe { block.as_ref() };
    Some((header.used.load(Ordering::Relaxed) - HEADER, header.size - HEADER))
}
