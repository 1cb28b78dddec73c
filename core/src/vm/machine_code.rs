//! The machine code of a module, published.
//!
//! In: an artifact and pages. Out: addresses to enter.

use alloc::boxed::Box;
use core::fmt;
use core::ptr::{NonNull, null};

use crate::abi::FuncStart;
use crate::artifact::Artifact;
use crate::code::CodeMemory;
use crate::platform::{ErrorKind, Kept, Result, VirtualMemory};
use crate::support::{OutOfMemory, try_boxed_slice, try_to_vec};
use crate::wasm::TypeIndex;

/// Machine code of all functions of a module.
pub(crate) struct MachineCode {
    memory: CodeMemory,
    /// Where each body starts.
    bodies: Box<[u32]>,
    /// The way in from the host, by type.
    trampolines: Box<[u32]>,
    guarded: bool,
}

impl MachineCode {
    /// Publishes code.
    ///
    /// # Errors
    /// As for [`CodeMemory::publish`].
    ///
    /// # Safety
    /// The artifact was made by the compiler, for these pages' machine.
    pub(crate) unsafe fn publish(pages: &Kept<dyn VirtualMemory>, artifact: Artifact) -> Result<Self> {
        let Artifact { bytes, sites, functions, trampolines, guarded } = artifact;
        let count = functions.iter().filter(|start| start.owner.body().is_some()).count();
        let at = |start: &FuncStart| start.code;
        let bodies = try_boxed_slice(count, |body| functions.get(body).map_or(0, at));
        let bodies = bodies.map_err(no_memory)?;
        let (sites, functions) = (fitted(&sites)?, fitted(&functions)?);
        // SAFETY: the caller's promise.
        let memory = unsafe { CodeMemory::publish(pages, &bytes, sites, functions) }?;
        Ok(Self { memory, bodies, trampolines: fitted(&trampolines)?, guarded })
    }

    /// Whether it may be linked with guarded memories only, of those that can be.
    pub(crate) fn is_guarded(&self) -> bool {
        self.guarded
    }

    /// Where the function with this body starts.
    pub(crate) fn entry(&self, body: usize) -> *const u8 {
        let at = self.bodies.get(body).and_then(|at| self.memory.at(*at));
        at.map_or(null(), |at| at.as_ptr().cast_const())
    }

    /// The way in from the host to functions of this type.
    pub(crate) fn trampoline(&self, ty: TypeIndex) -> Option<NonNull<u8>> {
        self.memory.at(*self.trampolines.get(ty.0 as usize)?)
    }

    /// Each function's code, or a trampoline's, with the position of its body.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (Option<u32>, &[u8])> {
        self.memory.pieces()
    }
}

fn no_memory(_: OutOfMemory) -> ErrorKind {
    ErrorKind::OutOfMemory
}

/// The same in an allocation of its own length: to shrink one may fail, and then nobody could be told.
fn fitted<T: Copy>(values: &[T]) -> Result<Box<[T]>> {
    Ok(try_to_vec(values).map_err(no_memory)?.into_boxed_slice())
}

impl fmt::Debug for MachineCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineCode").field("pages", &self.memory.pages()).finish_non_exhaustive()
    }
}
