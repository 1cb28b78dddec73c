//! Makes instances.
//!
//! In: a module, and the addresses that fill its imports, already checked against it. Out: an instance in the
//! arena, its globals and tables initialised; segments and the start function are the caller's next steps.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicBool, Ordering};

use spin::Once;

use super::arena::{Arena, GlobalCell};
use super::const_eval::{Scope, evaluate};
use super::instance::{Instance, Items};
use super::{AddressSpace, ModuleCode, Refused, VmFunc, VmGlobal, VmInstance, VmMemory, VmStore, VmTable};
use crate::module::{ImportCounts, ModuleInfo};
use crate::support::{Entity, OutOfMemory, TryPush, try_boxed, try_boxed_slice};

/// What fills a module's imports, each kind in the order of its index space.
#[derive(Default)]
pub(crate) struct Imported {
    pub(crate) functions: Vec<NonNull<VmFunc>>,
    pub(crate) tables: Vec<NonNull<VmTable>>,
    pub(crate) memories: Vec<NonNull<VmMemory>>,
    pub(crate) globals: Vec<NonNull<VmGlobal>>,
}

impl Imported {
    /// Nothing yet, and room for what a module imports.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn with_capacity(counts: &ImportCounts) -> Result<Self, OutOfMemory> {
        let mut imported = Self::default();
        let Self { functions, tables, memories, globals } = &mut imported;
        functions.try_reserve_exact(counts.functions as usize).map_err(|_| OutOfMemory)?;
        tables.try_reserve_exact(counts.tables as usize).map_err(|_| OutOfMemory)?;
        memories.try_reserve_exact(counts.memories as usize).map_err(|_| OutOfMemory)?;
        globals.try_reserve_exact(counts.globals as usize).map_err(|_| OutOfMemory)?;
        Ok(imported)
    }
}

/// An index space: where each item is.
type Space<T> = Box<[NonNull<T>]>;

/// How much one memory and one table may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) memory_bytes: u64,
    pub(crate) table_elements: u64,
}

impl Arena {
    /// Makes an instance; its handle. Where it fails the arena may keep items that nobody can name.
    ///
    /// # Errors
    /// [`Refused`]; nothing of what is imported has changed.
    pub(crate) fn instantiate(
        &mut self,
        module: &Arc<ModuleCode>,
        imported: Imported,
        store: NonNull<VmStore>,
        limits: Limits,
        space: &Arc<AddressSpace>,
    ) -> Result<u32, Refused> {
        let info = &module.info;
        // What may be refused comes first: a guest that asks for too much leaves nothing behind.
        let memories = new_memories(info, limits, space)?;
        let (functions, defined) = self.functions(module, imported.functions)?;
        let globals = self.globals(info, imported.globals, &functions)?;
        let scope = Scope { functions: &functions, globals: &globals };
        let tables = new_tables(info, limits, scope)?;
        let tables = try_collect(imported.tables, tables, |table| {
            let handle = self.add_table(table)?;
            self.table_ptr(handle).ok_or(OutOfMemory)
        })?;
        let memories = try_collect(imported.memories, memories, |memory| {
            let handle = self.add_memory(memory)?;
            self.memory_ptr(handle).ok_or(OutOfMemory)
        })?;
        let items = Items { functions, tables, memories, globals };
        let instance = Instance::new(Arc::clone(module), items, store)?;
        let instance = self.add_instance(try_boxed(instance)?)?;
        for index in 0..info.bodies.len() {
            // SAFETY: `defined` are as many functions as there are bodies, made in this call.
            let func = unsafe { defined.add(index) }.as_ptr();
            // SAFETY: nobody has called the function yet or holds a reference to it.
            unsafe { (*func).instance = instance.cast::<VmInstance>().as_ptr() };
        }
        // SAFETY: made in this call, owned by the arena.
        Ok(unsafe { instance.as_ref() }.handle())
    }

    /// The function index space, and where the defined functions are; their instance is still missing.
    fn functions(
        &mut self,
        module: &ModuleCode,
        imported: Vec<NonNull<VmFunc>>,
    ) -> Result<(Space<VmFunc>, NonNull<VmFunc>), OutOfMemory> {
        let first = self.next_function();
        let count = module.info.bodies.len();
        let defined = match module.functions.get() {
            Some(known) => try_boxed_slice(count, |body| known.at(body, first))?,
            None => try_boxed_slice(count, |body| new_function(module, body, first))?,
        };
        module.functions.keep(&defined);
        let defined = self.add_numbered_functions(defined)?;
        let mut all = Vec::new();
        all.try_reserve_exact(imported.len() + count).map_err(|_| OutOfMemory)?;
        all.extend(imported);
        // SAFETY: `defined` are as many functions as there are bodies.
        all.extend((0..count).map(|body| unsafe { defined.add(body) }));
        Ok((all.into_boxed_slice(), defined))
    }

    /// The global index space; defined globals are evaluated in order.
    fn globals(
        &mut self,
        info: &ModuleInfo,
        imported: Vec<NonNull<VmGlobal>>,
        functions: &[NonNull<VmFunc>],
    ) -> Result<Space<VmGlobal>, OutOfMemory> {
        let imports = imported.len();
        let decls = || info.globals.values().skip(imports);
        let mut cells = Vec::new();
        cells.try_reserve_exact(decls().len()).map_err(|_| OutOfMemory)?;
        for decl in decls() {
            cells.try_push(GlobalCell::new(decl.ty, 0))?;
        }
        let first = self.add_globals(cells.into_boxed_slice())?;
        let globals = try_boxed_slice(info.globals.len(), |index| match imported.get(index) {
            Some(global) => *global,
            // SAFETY: `first` is where as many cells start as there are defined globals.
            None => unsafe { first.add(index - imports) }.cast(),
        })?;
        for (global, decl) in globals.iter().zip(info.globals.values()).skip(imports) {
            let Some(init) = &decl.init else { continue };
            let bits = evaluate(init, Scope { functions, globals: &globals })?;
            // SAFETY: the cell was made in this call, and nobody holds a reference to it.
            unsafe { (*global.as_ptr()).bits = bits };
        }
        Ok(globals)
    }
}

/// The functions of a module as they are in all of its instances, but for those and their numbers in a store.
#[derive(Debug, Default)]
pub(crate) struct Functions {
    /// Whether there has been an instance. Of a module that is instantiated once nothing is kept.
    seen: AtomicBool,
    known: Once<Known>,
}

#[derive(Debug)]
struct Known(Box<[VmFunc]>);

impl Functions {
    fn get(&self) -> Option<&Known> {
        self.known.get()
    }

    /// Keeps what an instance's functions are, from the second instance's on, if there is memory for it.
    fn keep(&self, functions: &[VmFunc]) {
        if self.seen.load(Ordering::Relaxed) {
            if self.known.get().is_none()
                && let Ok(known) = try_boxed_slice(functions.len(), |body| functions[body].copy_with(0))
            {
                self.known.call_once(|| Known(known));
            }
        } else if !functions.is_empty() {
            self.seen.store(true, Ordering::Relaxed);
        }
    }
}

impl Known {
    /// The function with this body, where the first one has the number `first`.
    #[inline(always)]
    fn at(&self, body: usize, first: u32) -> VmFunc {
        self.0[body].copy_with(first.wrapping_add(body as u32))
    }
}

fn new_function(module: &ModuleCode, body: usize, first: u32) -> VmFunc {
    let ty = module.info.functions[module.info.func_of_body(body)];
    let signature = &module.info.types[ty];
    VmFunc {
        type_id: module.type_ids[ty.index()],
        index: body as u32,
        instance: null_mut(),
        // A type has at most 1,000 parameters and 1,000 results (validation).
        param_slots: signature.param_slots() as u16,
        result_slots: signature.result_slots() as u16,
        handle: first.wrapping_add(body as u32),
        code: module.machine.as_ref().map_or(core::ptr::null(), |machine| machine.entry(body)),
    }
}

fn new_memories(
    info: &ModuleInfo,
    limits: Limits,
    space: &Arc<AddressSpace>,
) -> Result<Vec<VmMemory>, Refused> {
    let mut memories = Vec::new();
    for ty in info.memories.values().skip(info.imported.memories as usize) {
        memories.try_push(VmMemory::new(*ty, limits.memory_bytes, space)?)?;
    }
    Ok(memories)
}

fn new_tables(info: &ModuleInfo, limits: Limits, scope: Scope<'_>) -> Result<Vec<VmTable>, Refused> {
    let mut tables = Vec::new();
    for decl in info.tables.values().skip(info.imported.tables as usize) {
        let init = decl.init.as_ref().map_or(Ok(0), |init| evaluate(init, scope))? as u64;
        tables.try_push(VmTable::new(decl.ty, limits.table_elements, init)?)?;
    }
    Ok(tables)
}

/// An index space: what is imported, then what `add` makes of each defined item.
fn try_collect<T, P>(
    imported: Vec<NonNull<P>>,
    defined: Vec<T>,
    mut add: impl FnMut(T) -> Result<NonNull<P>, OutOfMemory>,
) -> Result<Space<P>, OutOfMemory> {
    // Of exactly the right length: a box that had to be cut could not report that this failed.
    let mut all = Vec::new();
    all.try_reserve_exact(imported.len() + defined.len()).map_err(|_| OutOfMemory)?;
    all.extend(imported);
    for item in defined {
        all.push(add(item)?);
    }
    Ok(all.into_boxed_slice())
}
