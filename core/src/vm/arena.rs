//! Owns everything that lives in one store.
//!
//! In: functions, memories, tables, globals, instances. Out: numbers that name them, and stable addresses. An
//! item is freed when the arena is, never before: running code and other instances may point to it.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::ptr::NonNull;

use super::{Instance, ModuleCode, VmFunc, VmGlobal, VmMemory, VmTable};
use crate::support::{Few, OutOfMemory, TryPush, try_boxed};
use crate::wasm::GlobalType;

/// A global with what the guest does not read of it.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct GlobalCell {
    vm: VmGlobal,
    ty: GlobalType,
    handle: u32,
}

impl GlobalCell {
    pub(crate) fn new(ty: GlobalType, bits: u128) -> Self {
        Self { vm: VmGlobal { bits }, ty, handle: 0 }
    }

    pub(crate) fn ty(&self) -> GlobalType {
        self.ty
    }

    pub(crate) fn handle(&self) -> u32 {
        self.handle
    }

    pub(crate) fn bits(&self) -> u128 {
        self.vm.bits
    }

    pub(crate) fn set_bits(&mut self, bits: u128) {
        self.vm.bits = bits;
    }
}

/// Functions made together: all that an instance defines, or one host function.
struct Chunk {
    first: u32,
    functions: NonNull<[VmFunc]>,
}

/// The owner of all items of a store. Every pointer came from `Box::into_raw`, and is freed in `drop` alone.
#[derive(Default)]
pub(crate) struct Arena {
    functions: Vec<Chunk>,
    function_count: u32,
    globals: Vec<NonNull<GlobalCell>>,
    global_chunks: Vec<NonNull<[GlobalCell]>>,
    memories: Few<NonNull<VmMemory>>,
    tables: Few<NonNull<VmTable>>,
    instances: Few<NonNull<Instance>>,
    /// Of what the instances are instances, each once, but for the first instance's.
    more_modules: Vec<Arc<ModuleCode>>,
}

// SAFETY: the arena owns what it points to, and nothing of it is bound to a thread.
unsafe impl Send for Arena {}
// SAFETY: a shared arena only hands out shared references and addresses. Items change through an exclusive one,
// or by a running guest, which holds its store exclusively.
unsafe impl Sync for Arena {}

impl Arena {
    /// Takes one function in; its handle.
    pub(crate) fn add_function(&mut self, func: VmFunc) -> Result<u32, OutOfMemory> {
        let handle = self.function_count;
        self.add_functions(try_boxed::<[VmFunc; 1]>([func])?)?;
        Ok(handle)
    }

    /// Takes functions in; the handle of the first.
    pub(crate) fn add_host_functions(&mut self, functions: Box<[VmFunc]>) -> Result<u32, OutOfMemory> {
        let first = self.function_count;
        self.add_functions(functions)?;
        Ok(first)
    }

    /// Takes functions in, and sets their handles.
    fn add_functions(&mut self, mut functions: Box<[VmFunc]>) -> Result<(), OutOfMemory> {
        for (handle, func) in (self.next_function()..).zip(&mut functions) {
            func.handle = handle;
        }
        self.add_numbered_functions(functions).map(|_| ())
    }

    /// The handle that the next function gets.
    pub(super) fn next_function(&self) -> u32 {
        self.function_count
    }

    /// Takes functions in that have their handles, and returns where the first one is now.
    pub(super) fn add_numbered_functions(
        &mut self,
        functions: Box<[VmFunc]>,
    ) -> Result<NonNull<VmFunc>, OutOfMemory> {
        if functions.is_empty() {
            return Ok(NonNull::dangling());
        }
        let first = self.next_function();
        let count = u32::try_from(functions.len()).map_err(|_| OutOfMemory)?;
        let next = first.checked_add(count).ok_or(OutOfMemory)?;
        self.functions.try_reserve(1).map_err(|_| OutOfMemory)?;
        let functions = leak(functions);
        self.function_count = next;
        self.functions.push(Chunk { first, functions });
        Ok(functions.cast())
    }

    /// Takes one global in; its handle.
    pub(crate) fn add_global(&mut self, global: GlobalCell) -> Result<u32, OutOfMemory> {
        let handle = next_handle(self.globals.len())?;
        self.add_globals(try_boxed::<[GlobalCell; 1]>([global])?)?;
        Ok(handle)
    }

    /// Takes globals in, sets their handles, and returns where the first one is now.
    pub(super) fn add_globals(
        &mut self,
        mut globals: Box<[GlobalCell]>,
    ) -> Result<NonNull<GlobalCell>, OutOfMemory> {
        if globals.is_empty() {
            return Ok(NonNull::dangling());
        }
        let first = next_handle(self.globals.len())?;
        u32::try_from(globals.len()).ok().and_then(|n| first.checked_add(n)).ok_or(OutOfMemory)?;
        self.globals.try_reserve(globals.len()).map_err(|_| OutOfMemory)?;
        self.global_chunks.try_reserve(1).map_err(|_| OutOfMemory)?;
        for (handle, global) in (first..).zip(&mut globals) {
            global.handle = handle;
        }
        let count = globals.len();
        let globals = leak(globals);
        let start = globals.cast::<GlobalCell>();
        for index in 0..count {
            // SAFETY: `index` lies in the chunk.
            self.globals.push(unsafe { start.add(index) });
        }
        self.global_chunks.push(globals);
        Ok(start)
    }

    /// Takes a memory in; its handle.
    pub(crate) fn add_memory(&mut self, memory: VmMemory) -> Result<u32, OutOfMemory> {
        let mut memory = try_boxed(memory)?;
        let handle = next_handle(self.memories.len())?;
        memory.handle = handle;
        add(&mut self.memories, memory)?;
        Ok(handle)
    }

    /// Takes a table in; its handle.
    pub(crate) fn add_table(&mut self, table: VmTable) -> Result<u32, OutOfMemory> {
        let mut table = try_boxed(table)?;
        let handle = next_handle(self.tables.len())?;
        table.handle = handle;
        add(&mut self.tables, table)?;
        Ok(handle)
    }

    /// Takes an instance in.
    pub(super) fn add_instance(
        &mut self,
        mut instance: Box<Instance>,
    ) -> Result<NonNull<Instance>, OutOfMemory> {
        if self.instance(0).is_some() && !self.modules().any(|known| instance.is_of(known)) {
            self.more_modules.try_push(instance.shared_module())?;
        }
        instance.handle = next_handle(self.instances.len())?;
        let mut added = add(&mut self.instances, instance)?;
        // SAFETY: added just now, seen by nobody else.
        unsafe { added.as_mut() }.link();
        Ok(added)
    }

    /// The address of a function.
    pub(crate) fn func_ptr(&self, handle: u32) -> Option<NonNull<VmFunc>> {
        let chunk = self.functions.partition_point(|chunk| chunk.first <= handle).checked_sub(1)?;
        let chunk = self.functions.get(chunk)?;
        let offset = (handle - chunk.first) as usize;
        if offset >= chunk.functions.len() {
            return None;
        }
        // SAFETY: `offset` lies in the chunk.
        Some(unsafe { chunk.functions.cast::<VmFunc>().add(offset) })
    }

    /// A function.
    pub(crate) fn func(&self, handle: u32) -> Option<&VmFunc> {
        // SAFETY: functions live as long as the arena and never change.
        self.func_ptr(handle).map(|func| unsafe { func.as_ref() })
    }

    /// The address of a memory.
    pub(crate) fn memory_ptr(&self, handle: u32) -> Option<NonNull<VmMemory>> {
        self.memories.get(handle as usize).copied()
    }

    /// A memory.
    pub(crate) fn memory(&self, handle: u32) -> Option<&VmMemory> {
        // SAFETY: it lives as long as the arena; whoever changes it holds the arena exclusively.
        self.memory_ptr(handle).map(|memory| unsafe { memory.as_ref() })
    }

    /// A memory, to change.
    pub(crate) fn memory_mut(&mut self, handle: u32) -> Option<&mut VmMemory> {
        // SAFETY: it lives as long as the arena, which the caller holds exclusively.
        self.memory_ptr(handle).map(|mut memory| unsafe { memory.as_mut() })
    }

    /// The address of a table.
    pub(crate) fn table_ptr(&self, handle: u32) -> Option<NonNull<VmTable>> {
        self.tables.get(handle as usize).copied()
    }

    /// A table.
    pub(crate) fn table(&self, handle: u32) -> Option<&VmTable> {
        // SAFETY: as in `memory`.
        self.table_ptr(handle).map(|table| unsafe { table.as_ref() })
    }

    /// A table, to change.
    pub(crate) fn table_mut(&mut self, handle: u32) -> Option<&mut VmTable> {
        // SAFETY: as in `memory_mut`.
        self.table_ptr(handle).map(|mut table| unsafe { table.as_mut() })
    }

    /// The address of a global.
    pub(crate) fn global_ptr(&self, handle: u32) -> Option<NonNull<VmGlobal>> {
        // A cell starts with what the guest reads.
        self.globals.get(handle as usize).map(|global| global.cast())
    }

    /// A global.
    pub(crate) fn global(&self, handle: u32) -> Option<&GlobalCell> {
        // SAFETY: as in `memory`.
        self.globals.get(handle as usize).map(|global| unsafe { global.as_ref() })
    }

    /// A global, to change.
    pub(crate) fn global_mut(&mut self, handle: u32) -> Option<&mut GlobalCell> {
        // SAFETY: as in `memory_mut`.
        self.globals.get_mut(handle as usize).map(|global| unsafe { global.as_mut() })
    }

    /// How many functions there are.
    pub(crate) fn function_count(&self) -> usize {
        self.function_count as usize
    }

    /// How many globals there are.
    pub(crate) fn global_count(&self) -> usize {
        self.globals.len()
    }

    /// How many memories there are.
    pub(crate) fn memory_count(&self) -> usize {
        self.memories.len()
    }

    /// Bytes of all memories.
    pub(crate) fn memory_bytes(&self) -> u64 {
        // SAFETY: as in `memory`.
        self.memories.iter().map(|memory| unsafe { memory.as_ref() }.len as u64).sum()
    }

    /// How many tables there are.
    pub(crate) fn table_count(&self) -> usize {
        self.tables.len()
    }

    /// Elements of all tables.
    pub(crate) fn table_elements(&self) -> u64 {
        // SAFETY: as in `memory`.
        self.tables.iter().map(|table| unsafe { table.as_ref() }.len as u64).sum()
    }

    /// How many instances there are.
    pub(crate) fn instance_count(&self) -> usize {
        self.instances.len()
    }

    /// The modules that there are instances of, each once.
    pub(crate) fn modules(&self) -> impl Iterator<Item = &Arc<ModuleCode>> {
        self.instance(0).map(Instance::module_arc).into_iter().chain(&self.more_modules)
    }

    /// An instance.
    pub(crate) fn instance(&self, handle: u32) -> Option<&Instance> {
        // SAFETY: it lives as long as the arena; what changes in it changes atomically.
        self.instances.get(handle as usize).map(|instance| unsafe { instance.as_ref() })
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        self.instances.iter().copied().for_each(free);
        self.memories.iter().copied().for_each(free);
        self.tables.iter().copied().for_each(free);
        self.global_chunks.drain(..).for_each(free);
        self.functions.drain(..).for_each(|chunk| free(chunk.functions));
    }
}

/// The number that the next item gets.
fn next_handle(count: usize) -> Result<u32, OutOfMemory> {
    u32::try_from(count).map_err(|_| OutOfMemory)
}

fn add<T>(items: &mut Few<NonNull<T>>, item: Box<T>) -> Result<NonNull<T>, OutOfMemory> {
    items.try_reserve_one()?;
    let item = leak(item);
    items.try_push(item)?;
    Ok(item)
}

/// Gives a box up for a raw pointer, from which all others to the item are made.
fn leak<T: ?Sized>(item: Box<T>) -> NonNull<T> {
    NonNull::from(Box::leak(item))
}

/// Frees what [`leak`] gave up.
fn free<T: ?Sized>(item: NonNull<T>) {
    // SAFETY: called by the arena's `drop` alone, once for each item, all of which came from boxes.
    drop(unsafe { Box::from_raw(item.as_ptr()) });
}
