//! What the boot loader left behind, by the PVH protocol.
//!
//! In: the start info's physical address. Out: the memory nobody uses, the command line, and the files given as
//! `-initrd`. The structures are Xen's (`xen/include/public/arch-x86/hvm/start_info.h`). They lie in memory that is
//! about to be handed out, so all is copied or kept out of the free memory here.

use alloc::vec::Vec;
use core::slice;

use super::PAGE;
use super::ranges::{Range, Ranges};

const MAGIC: u32 = 0x336e_c578;
/// Memory that may be used, in the map's numbering.
const USABLE: u32 = 1;
/// The end of what `boot.s` has mapped.
const MAPPED: u64 = 4 << 30;
/// Below lie the firmware's own and, from here on, our stack.
const LOW: u64 = 1 << 20;

#[repr(C)]
struct StartInfo {
    magic: u32,
    version: u32,
    flags: u32,
    modules: u32,
    module_list: u64,
    command_line: u64,
    rsdp: u64,
    memory_map: u64,
    memory_map_entries: u32,
}

#[repr(C)]
struct ModuleEntry {
    address: u64,
    size: u64,
    command_line: u64,
    reserved: u64,
}

#[repr(C)]
struct MemoryEntry {
    address: u64,
    size: u64,
    kind: u32,
    reserved: u32,
}

/// What the boot loader said.
pub(crate) struct Boot {
    /// The words after `-append`.
    pub(crate) command_line: Vec<u8>,
    /// The file after `-initrd`, where it lies in memory; nobody else gets that memory.
    pub(crate) file: Option<&'static [u8]>,
    /// All usable memory in bytes.
    pub(crate) usable: u64,
}

/// Start info that is there to be read.
#[derive(Clone, Copy)]
pub(crate) struct StartInfoAt(&'static StartInfo);

impl StartInfoAt {
    /// # Safety
    /// `address` is what the boot loader left in `ebx`, and that memory is as it was.
    pub(crate) unsafe fn new(address: u64) -> Self {
        // SAFETY: the protocol puts the structure there; memory is mapped one to one, the lowest 4 GiB of it.
        let info = unsafe { &*(address as *const StartInfo) };
        assert!(info.magic == MAGIC && info.version >= 1, "not started by the PVH protocol");
        Self(info)
    }

    /// The memory that nobody uses: what is usable, without the kernel and the modules.
    pub(crate) fn free_memory(self) -> Ranges {
        let mut free = Ranges::new();
        for entry in self.memory_map().iter().filter(|entry| entry.kind == USABLE) {
            let end = entry.address.saturating_add(entry.size).min(MAPPED);
            free.add(Range { start: entry.address.max(LOW), end });
        }
        free.remove(Range { start: LOW, end: super::kernel_end() });
        for module in self.modules() {
            free.remove(Range { start: module.address, end: module.address + module.size });
        }
        free.shrink_to(PAGE);
        free
    }

    /// What else it says. Allocates.
    pub(crate) fn read(self) -> Boot {
        let mut command_line = Vec::new();
        let mut at = self.0.command_line as *const u8;
        // SAFETY: by the protocol a string that a zero ends, or nothing at address 0.
        while !at.is_null() && unsafe { *at } != 0 {
            // SAFETY: as above: it is not the end yet.
            command_line.push(unsafe { *at });
            at = at.wrapping_add(1);
        }
        let file = self.modules().first().map(|module| {
            // SAFETY: the module's bytes, which `free_memory` keeps out of everybody's reach for good.
            unsafe { slice::from_raw_parts(module.address as *const u8, module.size as usize) }
        });
        let usable =
            self.memory_map().iter().filter(|entry| entry.kind == USABLE).map(|entry| entry.size).sum();
        Boot { command_line, file, usable }
    }

    fn memory_map(self) -> &'static [MemoryEntry] {
        let entries = self.0.memory_map_entries as usize;
        // SAFETY: the protocol's list, as long as it says; it is not there only where it has no entries.
        unsafe { list(self.0.memory_map, entries) }
    }

    fn modules(self) -> &'static [ModuleEntry] {
        // SAFETY: as above.
        unsafe { list(self.0.module_list, self.0.modules as usize) }
    }
}

/// # Safety
/// At `address` are `count` values, or `count` is 0.
unsafe fn list<T>(address: u64, count: usize) -> &'static [T] {
    if count == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(address as *const T, count) }
}
