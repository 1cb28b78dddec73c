//! Published code: one range of address space, and what has been put there, piece after piece.
//!
//! In: bytes, sites, functions. Out: addresses to enter; look-ups by address. Dropped, its pages are given back: its
//! owner sees to it that nobody runs it then.

use alloc::boxed::Box;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use spin::Mutex;

use super::registry::{Ticket, register};
use crate::abi::{FuncStart, Site};
use crate::platform::{ErrorKind, Kept, Protection, Result, VirtualMemory};
use crate::support::{try_boxed, try_boxed_slice};

/// What the rest of the last page is filled with: `int3`, which stops whoever strays there.
const FILLER: u8 = 0xcc;
/// Distances within a range are 32 bits with a sign.
const MOST: usize = i32::MAX as usize;

/// Address space for code, with the code that is in it so far.
pub(crate) struct CodeMemory {
    pages: Kept<dyn VirtualMemory>,
    start: NonNull<u8>,
    reserved: usize,
    /// Bytes that are taken, from the start on: whole pages. Held for as long as publishing a piece takes.
    used: Mutex<usize>,
    /// Words at the start that code reads.
    words: usize,
    code: Box<Code>,
    /// Dropped first of what can be seen from elsewhere.
    ticket: Option<Ticket>,
}

// SAFETY: it owns its pages, which belong to no thread.
unsafe impl Send for CodeMemory {}
// SAFETY: as for Send; what changes are atomics, and what a lock protects.
unsafe impl Sync for CodeMemory {}

/// What is known of the code in a range. Read by fault handlers: it has a stable address, and looking something up
/// waits for nobody, while others add pieces.
#[derive(Debug)]
pub(crate) struct Code {
    start: usize,
    /// In the order of their addresses, as many as `count` says; they stay.
    pieces: Box<[AtomicPtr<Piece>]>,
    count: AtomicUsize,
}

/// Code that was published at once. Nothing of it changes.
#[derive(Debug)]
struct Piece {
    start: usize,
    len: usize,
    sites: Box<[Site]>,
    functions: Box<[FuncStart]>,
}

impl CodeMemory {
    /// Publishes code in a range of its own. Costs a copy, and what the platform takes for reserving and protecting
    /// pages.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for no code, more than 2 GiB of it, or tables that are not sorted;
    /// [`ErrorKind::OutOfMemory`]; whatever else the platform meets. Everything is given back then.
    ///
    /// # Safety
    /// Machine code that keeps to [`abi`](crate::abi), and tables that tell the truth about it.
    pub(crate) unsafe fn publish(
        pages: &Kept<dyn VirtualMemory>,
        bytes: &[u8],
        sites: Box<[Site]>,
        functions: Box<[FuncStart]>,
    ) -> Result<Self> {
        let memory = Self::reserve(pages, bytes.len(), 1, 0)?;
        // SAFETY: the caller's promise.
        unsafe { memory.add(sites, functions, bytes.len(), |_, place| place.copy_from_slice(bytes)) }?;
        Ok(memory)
    }

    /// A range for so many bytes of code in at most so many pieces, behind so many words of data, which are zero.
    ///
    /// # Errors
    /// As for [`publish`](Self::publish).
    pub(crate) fn reserve(
        pages: &Kept<dyn VirtualMemory>,
        bytes: usize,
        pieces: usize,
        words: usize,
    ) -> Result<Self> {
        let page = pages.page_size();
        let data =
            words.checked_mul(size_of::<usize>()).ok_or(ErrorKind::InvalidInput)?.next_multiple_of(page);
        if bytes == 0 || bytes > MOST || data > MOST - bytes {
            return Err(ErrorKind::InvalidInput);
        }
        let reserved = data + bytes.next_multiple_of(page);
        let pieces =
            try_boxed_slice(pieces, |_| AtomicPtr::new(null_mut())).map_err(|_| ErrorKind::OutOfMemory)?;
        let code = Code { start: 0, pieces, count: AtomicUsize::new(0) };
        let code = try_boxed(code).map_err(|_| ErrorKind::OutOfMemory)?;
        let start = pages.reserve(reserved)?;
        let used = Mutex::new(data);
        // From here on it is given back when dropped.
        let mut memory = Self { pages: pages.clone(), start, reserved, used, words, code, ticket: None };
        memory.code.start = start.as_ptr() as usize;
        if data > 0 {
            // SAFETY: the start of the reservation.
            unsafe { memory.pages.commit(start, data) }?;
        }
        let (first, end) = (memory.code.start, memory.code.start + reserved);
        // SAFETY: the description stays where it is until the ticket is dropped, and only gets more pieces.
        memory.ticket = Some(unsafe { register(first, end, NonNull::from(&*memory.code)) }?);
        Ok(memory)
    }

    /// Publishes a piece behind the others: `fill` gets its distance from the start of the range, and its place,
    /// which it fills. That distance.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for no code or tables that are not sorted; [`ErrorKind::OutOfMemory`], also where the
    /// range has no more room; whatever else the platform meets. Nothing has been published then.
    ///
    /// # Safety
    /// Machine code that keeps to [`abi`](crate::abi), and tables that tell the truth about it.
    pub(crate) unsafe fn add(
        &self,
        sites: Box<[Site]>,
        functions: Box<[FuncStart]>,
        len: usize,
        fill: impl FnOnce(u32, &mut [u8]),
    ) -> Result<u32> {
        let sorted =
            sites.is_sorted_by(|a, b| a.code < b.code) && functions.is_sorted_by(|a, b| a.code < b.code);
        if len == 0 || !sorted {
            return Err(ErrorKind::InvalidInput);
        }
        let piece = Piece { start: 0, len, sites, functions };
        let mut piece = try_boxed(piece).map_err(|_| ErrorKind::OutOfMemory)?;
        let mut used = self.used.lock();
        let whole = len.checked_next_multiple_of(self.pages.page_size()).ok_or(ErrorKind::OutOfMemory)?;
        let number = self.code.count.load(Ordering::Relaxed);
        let slot = self.code.pieces.get(number).ok_or(ErrorKind::OutOfMemory)?;
        if whole > self.reserved - *used {
            return Err(ErrorKind::OutOfMemory);
        }
        // SAFETY: the sum is less than the reservation.
        let start = unsafe { self.start.add(*used) };
        piece.start = start.as_ptr() as usize;
        // SAFETY: whole pages of the reservation, which nobody uses: they are behind those in use, and the lock is held.
        unsafe { self.pages.commit(start, whole) }?;
        // SAFETY: committed just now, and nobody else refers to it.
        let place = unsafe { NonNull::slice_from_raw_parts(start, whole).as_mut() };
        let (code, rest) = place.split_at_mut(len);
        fill(*used as u32, code);
        rest.fill(FILLER);
        // SAFETY: as for the commit; the reference into it is not used any more.
        unsafe { self.pages.protect(start, whole, Protection::ReadExecute) }?;
        let offset = *used as u32;
        slot.store(Box::into_raw(piece), Ordering::Relaxed);
        self.code.count.store(number + 1, Ordering::Release);
        *used += whole;
        Ok(offset)
    }

    /// The words at the start.
    pub(crate) fn words(&self) -> &[AtomicUsize] {
        // SAFETY: committed when the range was made, and zero then; atomics are used by all.
        unsafe { NonNull::slice_from_raw_parts(self.start.cast(), self.words).as_ref() }
    }

    /// The address at a distance from the start; `None` behind the end.
    pub(crate) fn at(&self, offset: u32) -> Option<NonNull<u8>> {
        // SAFETY: below the length of the reservation.
        ((offset as usize) < self.reserved).then(|| unsafe { self.start.add(offset as usize) })
    }

    /// Its pages: where they start, and their length.
    pub(crate) fn pages(&self) -> (NonNull<u8>, usize) {
        (self.start, self.reserved)
    }

    /// The code of each function in the piece that an address lies in, with the position of its body, in the order in
    /// which they lie.
    pub(crate) fn functions(&self, address: usize) -> impl Iterator<Item = (Option<u32>, &[u8])> {
        let piece = self.code.piece(address);
        let functions = piece.map_or(&[][..], |piece| &piece.functions);
        let ends =
            functions.iter().skip(1).map(|next| next.code as usize).chain(piece.map(|piece| piece.len));
        functions.iter().zip(ends).filter_map(move |(function, end)| {
            let start = piece?.start - self.code.start + function.code as usize;
            let start = self.at(start as u32)?;
            // SAFETY: a part of the piece, which is readable and stays as it is.
            let bytes =
                unsafe { NonNull::slice_from_raw_parts(start, end - function.code as usize).as_ref() };
            Some((function.owner.body(), bytes))
        })
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        self.ticket = None;
        // SAFETY: the whole reservation. Nobody runs the code any more, and nobody finds it.
        unsafe { self.pages.release(self.start, self.reserved) };
    }
}

impl Code {
    /// The piece that an address lies in. Cost: the logarithm of their number.
    fn piece(&self, address: usize) -> Option<&Piece> {
        let pieces = self.pieces.get(..self.count.load(Ordering::Acquire))?;
        let piece = |slot: &AtomicPtr<Piece>| {
            // SAFETY: null, or a box that stays as long as this does; the count was written after it.
            unsafe { slot.load(Ordering::Relaxed).as_ref() }
        };
        let behind = pieces.partition_point(|slot| piece(slot).is_some_and(|piece| piece.start <= address));
        piece(pieces.get(behind.checked_sub(1)?)?).filter(|piece| address - piece.start < piece.len)
    }

    /// What is known of exactly this address.
    pub(crate) fn site(&self, address: usize) -> Option<&Site> {
        let piece = self.piece(address)?;
        let offset = (address - piece.start) as u32;
        let found = piece.sites.binary_search_by_key(&offset, |site| site.code).ok()?;
        piece.sites.get(found)
    }

    /// The function that an address lies in.
    pub(crate) fn function(&self, address: usize) -> Option<&FuncStart> {
        let piece = self.piece(address)?;
        let offset = (address - piece.start) as u32;
        let behind = piece.functions.partition_point(|function| function.code <= offset);
        piece.functions.get(behind.checked_sub(1)?)
    }

    /// Whether a function starts at this address.
    pub(crate) fn starts_at(&self, address: usize) -> bool {
        let start = |piece: &Piece| (address - piece.start) as u32;
        let offset = self.piece(address).map(start);
        self.function(address).is_some_and(|function| Some(function.code) == offset)
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        for piece in self.pieces.iter_mut().filter_map(|slot| NonNull::new(*slot.get_mut())) {
            // SAFETY: made from a box, and nobody looks it up any more.
            drop(unsafe { Box::from_raw(piece.as_ptr()) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Owner;
    use crate::wasm::Trap;

    fn code() -> Code {
        let site = |code, trap| Site { code, wasm: code * 10, trap, return_at: Site::LINKED };
        let piece = Piece {
            start: 0x1000,
            len: 0x20,
            sites: Box::new([site(3, Some(Trap::Unreachable)), site(9, None), site(0x1f, None)]),
            functions: Box::new([
                FuncStart { code: 2, owner: Owner::Body(7) },
                FuncStart { code: 8, owner: Owner::Thunk },
                FuncStart { code: 0x10, owner: Owner::Body(8) },
            ]),
        };
        let further = Piece {
            start: 0x2000,
            len: 4,
            sites: [].into(),
            functions: [FuncStart { code: 0, owner: Owner::Gate }].into(),
        };
        let pieces = [piece, further].map(|piece| AtomicPtr::new(Box::into_raw(Box::new(piece))));
        Code { start: 0x1000, pieces: pieces.into(), count: AtomicUsize::new(2) }
    }

    #[test]
    fn sites_are_found_exactly_and_functions_by_what_they_cover() {
        let code = code();
        assert_eq!(code.site(0x1003).and_then(|site| site.trap), Some(Trap::Unreachable));
        assert_eq!(code.site(0x1009).map(|site| site.wasm), Some(90));
        assert_eq!((code.site(0x1004), code.site(0xfff), code.site(0x1020)), (None, None, None));
        let body = |address| code.function(address).map(|function| function.owner.body());
        assert_eq!([body(0x1001), body(0x1002), body(0x1007)], [None, Some(Some(7)), Some(Some(7))]);
        assert_eq!([body(0x1008), body(0x101f), body(0x1020)], [Some(None), Some(Some(8)), None]);
        assert_eq!(
            [body(0x1fff), body(0x2000), body(0x2003), body(0x2004)],
            [None, Some(None), Some(None), None]
        );
        assert!(code.starts_at(0x2000) && !code.starts_at(0x2004));
        assert!(code.starts_at(0x1010) && !code.starts_at(0x1011) && !code.starts_at(0x1001));
    }
}
