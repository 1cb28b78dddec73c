//! An instance: what running code sees of it, and what its slow operations need.
//!
//! In: a module and the addresses of everything it may name. Out: look-ups. Operations on segments are in
//! [`segments`](super::segments).
//!
//! **Who may touch what.** An instance is reached by shared references only; the memories, tables and globals
//! that it points to belong to the store's arena. They change while a guest runs, and through the embedding
//! API; both hold the store exclusively, and references to them live no longer than one operation.

use alloc::{boxed::Box, sync::Arc};
use core::ptr::{NonNull, null, null_mut};
use core::sync::atomic::AtomicBool;

use super::{Frame, Growth, ModuleCode, Raised, VmFunc, VmGlobal, VmInstance, VmMemory, VmStore, VmTable};
use crate::module::{ConstExpr, ExportItem, ModuleInfo};
use crate::support::{Entity, OutOfMemory, try_boxed_slice};
use crate::wasm::{MemoryIndex, TableIndex};

use super::const_eval::{Scope, evaluate};

/// An instance's record. Never moves; owned by the arena.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Instance {
    /// First, so that a pointer to it is one to the record.
    vm: VmInstance,
    module: Arc<ModuleCode>,
    pub(super) items: Items,
    pub(super) dropped_data: Box<[AtomicBool]>,
    pub(super) dropped_elements: Box<[AtomicBool]>,
    /// The handle of the memory exported as `memory`, which host functions ask for at every call.
    exported_memory: Option<u32>,
    pub(super) handle: u32,
}

// SAFETY: nothing of it is bound to a thread; what it points to belongs to the store's arena, which may move.
unsafe impl Send for Instance {}
// SAFETY: what a shared reference changes of itself it changes atomically; of the arena's items it changes what its
// user may, who holds the store exclusively (see the head of this file).
unsafe impl Sync for Instance {}

/// The addresses of everything that an instance may name, by index.
#[derive(Debug)]
pub(super) struct Items {
    pub(super) functions: Box<[NonNull<VmFunc>]>,
    pub(super) tables: Box<[NonNull<VmTable>]>,
    pub(super) memories: Box<[NonNull<VmMemory>]>,
    pub(super) globals: Box<[NonNull<VmGlobal>]>,
}

impl Instance {
    /// A record, not yet linked.
    pub(super) fn new(
        module: Arc<ModuleCode>,
        items: Items,
        store: NonNull<VmStore>,
    ) -> Result<Self, OutOfMemory> {
        let info = &module.info;
        let exported_memory = match info.export("memory") {
            Some(ExportItem::Memory(memory)) => items.memories.get(memory.index()),
            _ => None,
        };
        // SAFETY: memories live as long as their store; nobody holds an exclusive reference to it now.
        let exported_memory = exported_memory.map(|memory| unsafe { memory.as_ref() }.handle());
        let first = items.memories.first();
        // SAFETY: as above.
        let guarded = first.map(|memory| unsafe { memory.as_ref() }).filter(|memory| memory.is_guarded());
        let first_base = guarded.map_or(null_mut(), |memory| memory.base);
        let vm = VmInstance {
            store: store.as_ptr(),
            code: module.code.functions().as_ptr(),
            functions: items.functions.as_ptr(),
            globals: items.globals.as_ptr(),
            memories: items.memories.as_ptr(),
            tables: items.tables.as_ptr(),
            memory_count: items.memories.len() as u32,
            // SAFETY: the caller's store lives, and its signal stays the same one.
            stop: unsafe { &(*store.as_ptr()).stop }.words(),
            at_once: module.at_once,
            first_memory: first.map_or(null(), |memory| memory.as_ptr().cast_const()),
            first_base,
        };
        let (data, elements) = (info.data.len(), info.elements.len());
        Ok(Self {
            vm,
            items,
            dropped_data: try_boxed_slice(data, |_| AtomicBool::new(false))?,
            dropped_elements: try_boxed_slice(elements, |_| AtomicBool::new(false))?,
            exported_memory,
            handle: 0,
            module,
        })
    }

    /// Takes the addresses of the arrays again: a box that has moved may have lost the old ones. Called once the
    /// record is where it stays.
    pub(super) fn link(&mut self) {
        self.vm.functions = self.items.functions.as_ptr();
        self.vm.globals = self.items.globals.as_ptr();
        self.vm.memories = self.items.memories.as_ptr();
        self.vm.tables = self.items.tables.as_ptr();
    }

    /// The record around what running code sees.
    ///
    /// # Safety
    /// `vm` came from this record, whole, and its store lives for `'a`.
    pub(crate) unsafe fn of<'a>(vm: NonNull<VmInstance>) -> &'a Self {
        // SAFETY: `vm` is the record's first field in a C layout, and the pointer was made from the record.
        unsafe { vm.cast::<Self>().as_ref() }
    }

    /// The module that it is an instance of.
    pub(crate) fn module(&self) -> &ModuleCode {
        &self.module
    }

    /// Whether it is an instance of this very module.
    pub(super) fn is_of(&self, module: &Arc<ModuleCode>) -> bool {
        Arc::ptr_eq(&self.module, module)
    }

    /// The module, to compare or to keep.
    pub(super) fn module_arc(&self) -> &Arc<ModuleCode> {
        &self.module
    }

    /// The module, to keep.
    pub(crate) fn shared_module(&self) -> Arc<ModuleCode> {
        Arc::clone(&self.module)
    }

    pub(super) fn info(&self) -> &ModuleInfo {
        &self.module.info
    }

    /// Its position in the store's list of instances.
    pub(crate) fn handle(&self) -> u32 {
        self.handle
    }

    /// The handle of the memory exported as `memory`.
    pub(crate) fn exported_memory(&self) -> Option<u32> {
        self.exported_memory
    }

    /// The handle of an exported item in the store's list of its kind.
    pub(crate) fn handle_of(&self, item: ExportItem) -> Option<u32> {
        Some(match item {
            ExportItem::Func(i) => {
                let func = self.items.functions.get(i.index())?;
                // SAFETY: functions live as long as the store and never change.
                unsafe { func.as_ref() }.handle
            }
            ExportItem::Table(i) => {
                // SAFETY: tables live as long as the store; nobody holds an exclusive reference to one now.
                unsafe { self.table(i)?.as_ref() }.handle()
            }
            ExportItem::Memory(i) => {
                // SAFETY: memories live as long as the store; nobody holds an exclusive reference to one now.
                unsafe { self.memory(i)?.as_ref() }.handle()
            }
            ExportItem::Global(i) => {
                let global = self.items.globals.get(i.index())?.cast::<super::GlobalCell>();
                // SAFETY: every global lives in a cell of the arena; nobody writes to it now.
                unsafe { global.as_ref() }.handle()
            }
        })
    }

    /// The address of a memory.
    pub(super) fn memory(&self, memory: MemoryIndex) -> Option<NonNull<VmMemory>> {
        self.items.memories.get(memory.index()).copied()
    }

    /// The address of a table.
    pub(super) fn table(&self, table: TableIndex) -> Option<NonNull<VmTable>> {
        self.items.tables.get(table.index()).copied()
    }

    /// The address of a function as a reference.
    pub(super) fn func_bits(&self, func: usize) -> u64 {
        self.items.functions.get(func).map_or(0, |func| VmFunc::bits(*func))
    }

    /// Lets `use_it` work on a memory; `None` where there is none with this index.
    pub(super) fn with_memory<R>(
        &self,
        memory: MemoryIndex,
        use_it: impl FnOnce(&mut VmMemory) -> R,
    ) -> Option<R> {
        // SAFETY: it lives as long as the store; `use_it` is one operation of this room and holds the only
        // reference meanwhile, see the head of this file.
        self.memory(memory).map(|mut memory| use_it(unsafe { memory.as_mut() }))
    }

    /// Lets `use_it` work on a table; `None` where there is none with this index.
    pub(super) fn with_table<R>(
        &self,
        table: TableIndex,
        use_it: impl FnOnce(&mut VmTable) -> R,
    ) -> Option<R> {
        // SAFETY: as in `with_memory`.
        self.table(table).map(|mut table| use_it(unsafe { table.as_mut() }))
    }

    /// Lets the store grow something: growth is its business, since others may have a say in it.
    pub(super) fn grow(&self, growth: Growth) -> Result<Option<u64>, Raised> {
        let Some(store) = NonNull::new(self.vm.store) else {
            return Ok(None);
        };
        // SAFETY: the store owns this instance, and so is alive; the field never changes.
        let grow = unsafe { (*store.as_ptr()).grow };
        // SAFETY: the store is whole, and no reference into it or to one of its memories and tables is held:
        // only the instance's own record, which is a box of its own.
        unsafe { grow(store, growth) }
    }

    /// The value of a constant expression of the module.
    pub(super) fn evaluate(&self, expr: &ConstExpr) -> Result<u128, OutOfMemory> {
        evaluate(expr, Scope { functions: &self.items.functions, globals: &self.items.globals })
    }
}

impl VmFunc {
    /// A function's address as a reference to it; [`VmFunc::from_bits`] reverses it.
    pub(crate) fn bits(func: NonNull<Self>) -> u64 {
        func.as_ptr().expose_provenance() as u64
    }

    /// The function that a reference refers to; `None` for null.
    pub(crate) fn from_bits(bits: u64) -> Option<NonNull<Self>> {
        NonNull::new(core::ptr::with_exposed_provenance_mut(bits as usize))
    }

    /// A host function: number `index` of its store. Machine code calls `code`.
    pub(crate) fn host(
        type_id: crate::wasm::TypeId,
        index: u32,
        param_slots: u16,
        result_slots: u16,
        code: *const u8,
    ) -> Self {
        Self { type_id, index, instance: null_mut(), code, param_slots, result_slots, handle: 0 }
    }

    /// The host function that is number `index` of its store, otherwise like this one.
    pub(crate) fn with_index(&self, index: u32) -> Self {
        Self::host(self.type_id, index, self.param_slots, self.result_slots, self.code)
    }
}

impl Frame {
    /// The module that the frame's function belongs to.
    ///
    /// # Safety
    /// The frame's store is alive.
    pub(crate) unsafe fn module(&self) -> Arc<ModuleCode> {
        // SAFETY: frames hold addresses of live instances of the store, made from whole records.
        unsafe { Instance::of(self.instance) }.shared_module()
    }
}
