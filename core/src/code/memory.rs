//! One piece of published code.
//!
//! In: bytes, sites, functions. Out: an address to enter; look-ups by address. Dropped, its pages are given back: its
//! owner sees to it that nobody runs it then.

use alloc::boxed::Box;
use core::ptr::NonNull;

use super::registry::{Ticket, register};
use crate::abi::{FuncStart, Site};
use crate::platform::{ErrorKind, Kept, Protection, Result, VirtualMemory};
use crate::support::try_boxed;

/// What the rest of the last page is filled with: `int3`, which stops whoever strays there.
const FILLER: u8 = 0xcc;

/// Code that can be run.
pub(crate) struct CodeMemory {
    pages: Kept<dyn VirtualMemory>,
    start: NonNull<u8>,
    reserved: usize,
    code: Box<Code>,
    /// Dropped first of what can be seen from elsewhere.
    ticket: Option<Ticket>,
}

// SAFETY: it owns its pages, which belong to no thread and are read only.
unsafe impl Send for CodeMemory {}
// SAFETY: as for Send; nothing of it changes.
unsafe impl Sync for CodeMemory {}

/// What is known of a piece of code. Read by fault handlers: it has a stable address, and nothing of it changes.
#[derive(Debug)]
pub(crate) struct Code {
    start: usize,
    len: usize,
    sites: Box<[Site]>,
    functions: Box<[FuncStart]>,
}

impl CodeMemory {
    /// Publishes code. Costs a copy, and what the platform takes for reserving and protecting pages.
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
        let sorted =
            sites.is_sorted_by(|a, b| a.code < b.code) && functions.is_sorted_by(|a, b| a.code < b.code);
        if bytes.is_empty() || bytes.len() > i32::MAX as usize || !sorted {
            return Err(ErrorKind::InvalidInput);
        }
        let code = Code { start: 0, len: bytes.len(), sites, functions };
        let code = try_boxed(code).map_err(|_| ErrorKind::OutOfMemory)?;
        let reserved = bytes.len().next_multiple_of(pages.page_size());
        let start = pages.reserve(reserved)?;
        // From here on it is given back when dropped.
        let mut memory = Self { pages: pages.clone(), start, reserved, code, ticket: None };
        memory.code.start = start.as_ptr() as usize;
        memory.fill(bytes)?;
        // SAFETY: the whole reservation; no reference into it is left.
        unsafe { pages.protect(start, reserved, Protection::ReadExecute) }?;
        let (first, end) = (memory.code.start, memory.code.start + memory.code.len);
        // SAFETY: the description stays where it is, unchanged, until the ticket is dropped.
        memory.ticket = Some(unsafe { register(first, end, NonNull::from(&*memory.code)) }?);
        Ok(memory)
    }

    /// Copies the code to pages that can be written.
    fn fill(&mut self, bytes: &[u8]) -> Result<()> {
        // SAFETY: the whole reservation.
        unsafe { self.pages.commit(self.start, self.reserved) }?;
        // SAFETY: committed just now, as many bytes as that; a new reservation overlaps nothing.
        unsafe { self.start.as_ptr().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        // SAFETY: at most the reservation's end.
        let rest = unsafe { self.start.add(bytes.len()) };
        // SAFETY: the rest of what is committed.
        unsafe { rest.write_bytes(FILLER, self.reserved - bytes.len()) };
        Ok(())
    }

    /// The address of an offset in it; `None` behind its end.
    pub(crate) fn at(&self, offset: u32) -> Option<NonNull<u8>> {
        // SAFETY: below the length of the code, which lies in the reservation.
        ((offset as usize) < self.code.len).then(|| unsafe { self.start.add(offset as usize) })
    }

    /// The code of each function, with the position of its body, in the order in which they lie.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (Option<u32>, &[u8])> {
        let functions = &self.code.functions;
        let ends = functions.iter().skip(1).map(|next| next.code as usize).chain([self.code.len]);
        functions.iter().zip(ends).filter_map(|(function, end)| {
            let start = self.at(function.code)?;
            // SAFETY: a part of the code, which is readable and does not change while it is borrowed.
            let bytes =
                unsafe { NonNull::slice_from_raw_parts(start, end - function.code as usize).as_ref() };
            Some((function.owner.body(), bytes))
        })
    }

    /// Its pages: where they start, and their length.
    pub(crate) fn pages(&self) -> (NonNull<u8>, usize) {
        (self.start, self.reserved)
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
    /// Whether an address lies in it.
    pub(crate) fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.start) < self.len
    }

    /// What is known of exactly this address.
    pub(crate) fn site(&self, address: usize) -> Option<&Site> {
        let offset = self.offset(address)?;
        let found = self.sites.binary_search_by_key(&offset, |site| site.code).ok()?;
        self.sites.get(found)
    }

    /// The function that an address lies in.
    pub(crate) fn function(&self, address: usize) -> Option<&FuncStart> {
        let offset = self.offset(address)?;
        let behind = self.functions.partition_point(|function| function.code <= offset);
        self.functions.get(behind.checked_sub(1)?)
    }

    /// Whether a function starts at this address.
    pub(crate) fn starts_at(&self, address: usize) -> bool {
        self.function(address).is_some_and(|function| Some(function.code) == self.offset(address))
    }

    fn offset(&self, address: usize) -> Option<u32> {
        self.contains(address).then(|| (address - self.start) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Owner;
    use crate::wasm::Trap;

    fn code() -> Code {
        let site = |code, trap| Site { code, wasm: code * 10, trap, return_at: Site::LINKED };
        Code {
            start: 0x1000,
            len: 0x20,
            sites: Box::new([site(3, Some(Trap::Unreachable)), site(9, None), site(0x1f, None)]),
            functions: Box::new([
                FuncStart { code: 2, owner: Owner::Body(7) },
                FuncStart { code: 8, owner: Owner::Thunk },
                FuncStart { code: 0x10, owner: Owner::Body(8) },
            ]),
        }
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
        assert!(code.starts_at(0x1010) && !code.starts_at(0x1011) && !code.starts_at(0x1001));
    }
}
