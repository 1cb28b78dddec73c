//! What running code reads and writes: instances, functions, memories, tables, globals, the stack of values.
//!
//! In: decoded modules, and what fills their imports. Out: structures with stable addresses, owned by one
//! [`Arena`] per store. It does not know the embedding API, nor how code is run: the interpreter and the store
//! above reach down.

mod address_space;
mod arena;
pub(crate) mod bulk;
mod code_map;
mod const_eval;
mod context;
mod heap;
mod image;
mod instance;
mod instantiate;
mod layout;
mod machine;
#[cfg_attr(not(target_arch = "x86_64"), path = "no_machine_code.rs")]
mod machine_code;
mod memory;
mod module_code;
mod pieces;
mod reset;
mod segments;
mod stack;
mod stop;
mod table;

pub(crate) use address_space::AddressSpace;
pub(crate) use arena::{Arena, GlobalCell};
pub(crate) use code_map::{CodeMap, FuncCode};
pub(crate) use context::{
    At, Frame, Growth, HostState, MAX_FRAMES, Place, Raised, Stop, Values, VmFunc, VmGlobal, VmInstance,
    VmStore,
};
pub(crate) use image::Images;
pub(crate) use instance::Instance;
pub(crate) use instantiate::{Functions, Imported, Limits};
pub(crate) use machine::Machine;
pub(crate) use machine_code::MachineCode;
pub(crate) use memory::VmMemory;
pub(crate) use module_code::ModuleCode;
pub(crate) use pieces::{NotGrown, Pause};
pub(crate) use stack::ValueStack;
pub(crate) use stop::{Pace, StopSignal, StopWords};
pub(crate) use table::VmTable;

use crate::support::OutOfMemory;

/// Why a memory, a table or an instance could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// A memory is larger at first than the configured limit, or than its own maximum.
    MemoryLimit,
    /// A table is larger at first than the configured limit, or than its own maximum.
    TableLimit,
    /// The host has no memory left.
    OutOfMemory,
}

impl From<OutOfMemory> for Refused {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}
