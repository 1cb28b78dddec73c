//! All published code of the program, by address, for fault handlers.
//!
//! In: ranges that come and go. Out: to whom an address belongs. Looking up takes no lock and waits for nobody, so that
//! it can be done in a signal handler or with interrupts off, whatever other processors do and whatever was
//! interrupted. Changes exclude each other by a lock.
//!
//! **Why a look-up may ignore what changes.** It is asked where code stopped. Code that is running is published, and
//! stays so until it has ended; its entry was written before it was entered, and does not change meanwhile. An entry
//! that changes while it is read is therefore not the one that is looked for, and can be passed over. Entries are never
//! freed, only used again.

use alloc::boxed::Box;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, fence};

use spin::Mutex;

use super::Code;
use crate::platform::{ErrorKind, Result};
use crate::support::try_boxed;

/// Entries that are there without an allocation, and that each further block has.
const ENTRIES: usize = 128;

/// The first block. Further ones are made when all are in use, and stay.
static FIRST: Block = Block::new();
/// Held by whoever changes entries.
static WRITER: Mutex<()> = Mutex::new(());

struct Block {
    entries: [Entry; ENTRIES],
    next: AtomicPtr<Block>,
}

/// One range, or none where the description is null.
struct Entry {
    /// Odd while the others change; another number after each change.
    version: AtomicUsize,
    start: AtomicUsize,
    end: AtomicUsize,
    code: AtomicPtr<Code>,
}

/// Keeps a range registered until it is dropped.
pub(super) struct Ticket(&'static Entry);

/// Makes `[start, end)` known as this code's.
///
/// # Errors
/// [`ErrorKind::OutOfMemory`].
///
/// # Safety
/// The description stays where it is, unchanged, until the ticket is dropped, and its code is run in between only.
pub(super) unsafe fn register(start: usize, end: usize, code: NonNull<Code>) -> Result<Ticket> {
    let _writer = WRITER.lock();
    let entry = unused()?;
    entry.set(start, end, code.as_ptr());
    Ok(Ticket(entry))
}

/// The code that an address belongs to, if that code is running. It stays as long as that.
///
/// Costs a few nanoseconds for each piece of code that has ever been published at the same time as others.
pub(crate) fn find(address: usize) -> Option<NonNull<Code>> {
    blocks().flat_map(|block| &block.entries).find_map(|entry| entry.get(address))
}

/// An entry that is not used.
fn unused() -> Result<&'static Entry> {
    let mut last = &FIRST;
    for block in blocks() {
        if let Some(entry) = block.entries.iter().find(|entry| entry.code.load(Ordering::Relaxed).is_null()) {
            return Ok(entry);
        }
        last = block;
    }
    let block = try_boxed(Block::new()).map_err(|_| ErrorKind::OutOfMemory)?;
    let block: &'static Block = Box::leak(block);
    last.next.store(core::ptr::from_ref(block).cast_mut(), Ordering::Release);
    // There are some.
    block.entries.first().ok_or(ErrorKind::OutOfMemory)
}

fn blocks() -> impl Iterator<Item = &'static Block> {
    core::iter::successors(Some(&FIRST), |block| {
        // SAFETY: null, or a block that has been leaked.
        unsafe { block.next.load(Ordering::Acquire).as_ref() }
    })
}

impl Block {
    const fn new() -> Self {
        Self { entries: [const { Entry::new() }; ENTRIES], next: AtomicPtr::new(null_mut()) }
    }
}

impl Entry {
    const fn new() -> Self {
        Self {
            version: AtomicUsize::new(0),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            code: AtomicPtr::new(null_mut()),
        }
    }

    /// Changes it. The writer's lock is held.
    fn set(&self, start: usize, end: usize, code: *mut Code) {
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version.wrapping_add(1), Ordering::Relaxed);
        // Whoever sees one of the numbers below sees the odd one, too.
        fence(Ordering::Release);
        self.start.store(start, Ordering::Relaxed);
        self.end.store(end, Ordering::Relaxed);
        self.code.store(code, Ordering::Relaxed);
        self.version.store(version.wrapping_add(2), Ordering::Release);
    }

    /// Its code, if the address lies in it and nothing has changed meanwhile.
    fn get(&self, address: usize) -> Option<NonNull<Code>> {
        let version = self.version.load(Ordering::Acquire);
        let (start, end) = (self.start.load(Ordering::Relaxed), self.end.load(Ordering::Relaxed));
        if address < start || address >= end {
            return None;
        }
        let code = self.code.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let same = version & 1 == 0 && self.version.load(Ordering::Relaxed) == version;
        NonNull::new(code).filter(|_| same)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let _writer = WRITER.lock();
        self.0.set(0, 0, null_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Addresses that no code of other tests has: nothing can be mapped there.
    const NOWHERE: usize = usize::MAX - (1 << 20);

    fn ticket(at: usize, len: usize) -> (Ticket, NonNull<Code>) {
        let code = NonNull::without_provenance(core::num::NonZero::new(at).unwrap());
        // SAFETY: nobody follows the address: nobody's code is there.
        (unsafe { register(at, at + len, code) }.unwrap(), code)
    }

    #[test]
    fn ranges_are_found_while_their_ticket_lives_and_entries_are_used_again() {
        let all: Vec<_> = (0..3 * ENTRIES).map(|index| ticket(NOWHERE + index * 16, 10)).collect();
        for (index, (_, code)) in all.iter().enumerate() {
            let at = NOWHERE + index * 16;
            assert_eq!([find(at), find(at + 9)], [Some(*code); 2]);
            assert_eq!([find(at + 10), find(at - 1)], [None; 2]);
        }
        let blocks_now = blocks().count();
        drop(all);
        assert_eq!(find(NOWHERE), None);
        let again: Vec<_> = (0..3 * ENTRIES).map(|index| ticket(NOWHERE + index * 16, 10)).collect();
        assert_eq!((blocks().count(), find(NOWHERE + 5)), (blocks_now, Some(again[0].1)));
    }
}
