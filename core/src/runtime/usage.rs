//! What a store costs its host.
//!
//! In: a store. Out: counts and bytes, taken when asked for.

use super::store::StoreInner;
use super::{AsContext, Store};

/// What a store holds now: see [`Store::usage`].
///
/// Bytes are what guests and code take, not what the allocator rounds up: a memory that has grown may hold more than its
/// size for later growth, on the heap up to a quarter, in reserved address space an eighth or 1 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Instances, those whose instantiation failed half-way among them.
    pub instances: usize,
    /// Functions: of instances, and host functions, each once; those of an [`InstancePre`](super::InstancePre)
    /// once more for it.
    pub functions: usize,
    /// Memories, the host's own among them; as the following.
    pub memories: usize,
    /// Bytes of all memories.
    pub memory_bytes: u64,
    /// Tables.
    pub tables: usize,
    /// Elements of all tables, 8 bytes each.
    pub table_elements: u64,
    /// Globals, at most 64 bytes each.
    pub globals: usize,
    /// Bytes of the stack that guests run on. It grows with the deepest call so far, and does not shrink.
    pub stack_bytes: u64,
    /// Bytes of the modules that there are instances of, each module once.
    pub module_bytes: u64,
    /// Bytes of bytecode that these modules have been translated to so far. Other stores may use it, too.
    pub bytecode_bytes: u64,
    /// Bytes of the [images](crate::platform::VirtualMemory::make_image) that memories of these modules start with, at
    /// most 16 times the modules' data. Pages without data take memory only once somebody has looked at them. Other
    /// stores may use it, too.
    pub image_bytes: u64,
}

impl<T> Store<T> {
    /// What the store holds now. The embedder's data, and what host functions and WASI keep there, is not counted.
    ///
    /// Cost: a few loads for each memory, each table, and each function of each module.
    pub fn usage(&self) -> Usage {
        usage(self.as_context().inner())
    }
}

fn usage<T>(store: &StoreInner<T>) -> Usage {
    let arena = &store.state.arena;
    let modules = || arena.modules();
    Usage {
        instances: arena.instance_count(),
        functions: arena.function_count(),
        memories: arena.memory_count(),
        memory_bytes: arena.memory_bytes(),
        tables: arena.table_count(),
        table_elements: arena.table_elements(),
        globals: arena.global_count(),
        stack_bytes: (store.vm.stack.len() * size_of::<u64>()) as u64,
        module_bytes: modules().map(|module| module.bytes.len() as u64).sum(),
        bytecode_bytes: modules().map(|module| module.code.bytes()).sum(),
        image_bytes: modules().map(|module| module.images.bytes()).sum(),
    }
}
