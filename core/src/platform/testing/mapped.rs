//! The process's own pages, for unit tests that run machine code: the core has no platform crate to test with.
//!
//! In: lengths. Out: mappings. For Linux; other systems run these tests through their platform's crate.

use core::ffi::{c_int, c_void};
use core::ptr::{NonNull, null_mut};

use crate::platform::{ErrorKind, FaultHandler, FaultHook, Platform, Protection, Result, VirtualMemory};

unsafe extern "C" {
    fn mmap(at: *mut c_void, len: usize, prot: c_int, flags: c_int, file: c_int, offset: i64) -> *mut c_void;
    fn mprotect(at: *mut c_void, len: usize, prot: c_int) -> c_int;
    fn munmap(at: *mut c_void, len: usize) -> c_int;
}

/// A platform with pages and nothing else.
#[derive(Debug)]
pub(crate) struct Mapped;

impl Platform for Mapped {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(self)
    }
}

/// The same pages, and a hook that hears of no fault: for code without any.
#[derive(Debug)]
pub(crate) struct Faultless;

impl Platform for Faultless {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(&Mapped)
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        Some(self)
    }
}

// SAFETY: it never asks the handler: a fault ends the process.
unsafe impl FaultHook for Faultless {
    fn install(&self, _: FaultHandler) -> Result<()> {
        Ok(())
    }
}

// SAFETY: `mmap` of an anonymous private mapping hands out a range that nothing else uses, whose pages read as zero when
// first touched and never move.
unsafe impl VirtualMemory for Mapped {
    fn page_size(&self) -> usize {
        4096
    }

    fn reserve(&self, len: usize) -> Result<NonNull<u8>> {
        // MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE.
        // SAFETY: a new mapping touches nothing.
        let start = unsafe { mmap(null_mut(), len, 0, 0x4022, -1, 0) };
        NonNull::new(start.cast())
            .filter(|start| start.addr().get() != usize::MAX)
            .ok_or(ErrorKind::OutOfMemory)
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: the caller's promise, handed on.
        unsafe { self.protect(start, len, Protection::ReadWrite) }
    }

    unsafe fn protect(&self, start: NonNull<u8>, len: usize, protection: Protection) -> Result<()> {
        let prot = match protection {
            Protection::None => 0,
            Protection::Read => 1,
            Protection::ReadWrite => 3,
            Protection::ReadExecute => 5,
        };
        // SAFETY: the caller's promise: the range is a part of one of our mappings.
        match unsafe { mprotect(start.as_ptr().cast(), len, prot) } {
            0 => Ok(()),
            _ => Err(ErrorKind::OutOfMemory),
        }
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        // SAFETY: the caller's promise: one of our mappings, whole and unused.
        unsafe { munmap(start.as_ptr().cast(), len) };
    }
}
