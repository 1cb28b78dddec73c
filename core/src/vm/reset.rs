//! Makes an instance what it was when it was new.
//!
//! In: an instance of which nothing runs. Out: its own memories, tables and globals as they were made, and every
//! segment there again; what it imports is untouched. Writing active segments and calling the start function are
//! the caller's next steps, as after making it.

use core::sync::atomic::Ordering;

use super::Instance;
use super::const_eval::{Scope, evaluate};
use crate::support::{Entity, OutOfMemory};
use crate::wasm::MemoryIndex;

impl Instance {
    /// Makes everything that the instance defines as it was when it was made, before segments were written.
    ///
    /// # Errors
    /// [`OutOfMemory`]: some of it is then as it was made; calling this again does the rest. The caller holds the
    /// store exclusively, and nothing of it runs.
    pub(crate) fn reset(&self) -> Result<(), OutOfMemory> {
        let imported = &self.info().imported;
        self.reset_globals(imported.globals as usize)?;
        for index in imported.memories as usize..self.info().memories.len() {
            self.with_memory(MemoryIndex::from_index(index), |memory| memory.reset()).unwrap_or(Ok(()))?;
        }
        for (index, decl) in self.info().tables.iter().skip(imported.tables as usize) {
            let init = decl.init.as_ref().map_or(Ok(0), |init| self.evaluate(init))? as u64;
            self.with_table(index, |table| table.reset(init));
        }
        for dropped in self.dropped_data.iter().chain(&self.dropped_elements) {
            dropped.store(false, Ordering::Relaxed);
        }
        Ok(())
    }
    fn reset_globals(&self, imported: usize) -> Result<(), OutOfMemory> {
        let scope = Scope { functions: &self.items.functions, globals: &self.items.globals };
        let defined = self.items.globals.iter().zip(self.info().globals.values()).skip(imported);
        for (global, decl) in defined {
            let Some(init) = &decl.init else { continue };
            let bits = evaluate(init, scope)?;
            // SAFETY: globals live as long as their store, which the caller holds exclusively.
            unsafe { (*global.as_ptr()).bits = bits };
        }
        Ok(())
    }
}
