//! Where a guest was when it was stopped.
//!
//! In: frames of running code. Out: functions and offsets, with names that are looked up only when asked for.
//! A backtrace outlives its store: it shares the modules.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use crate::module::ModuleInfo;
use crate::support::{OutOfMemory, TryPush};
use crate::vm::ModuleCode;
use crate::wasm::FuncIndex;

/// Lines printed; a runaway recursion has many more frames than anybody reads.
const PRINTED: usize = 50;

/// The guest's frames, innermost first. Frames of host functions are not among them.
#[derive(Clone, Debug, Default)]
pub struct Backtrace {
    frames: Vec<BacktraceFrame>,
}

impl Backtrace {
    /// The frames, innermost first.
    pub fn frames(&self) -> &[BacktraceFrame] {
        &self.frames
    }

    pub(super) fn push(
        &mut self,
        module: Arc<ModuleCode>,
        body: usize,
        offset: u32,
    ) -> Result<(), OutOfMemory> {
        let func = module.info.func_of_body(body);
        self.frames.try_push(BacktraceFrame { module, func, offset })
    }
}

/// Prints in wasmtime's form: `    0: 0x1234 - module!function`.
impl fmt::Display for Backtrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wasm backtrace:")?;
        for (i, frame) in self.frames.iter().take(PRINTED).enumerate() {
            write!(f, "\n{i:5}: {frame}")?;
        }
        match self.frames.len().saturating_sub(PRINTED) {
            0 => Ok(()),
            more => write!(f, "\n       … and {more} more"),
        }
    }
}

/// One frame of a [`Backtrace`].
#[derive(Clone)]
pub struct BacktraceFrame {
    module: Arc<ModuleCode>,
    func: FuncIndex,
    offset: u32,
}

impl BacktraceFrame {
    /// The function's index in its module.
    pub fn func_index(&self) -> u32 {
        self.func.0
    }

    /// The function's name, from the name section or else from an export.
    pub fn func_name(&self) -> Option<&str> {
        let ModuleCode { info, bytes, .. } = &*self.module;
        info.names.function(bytes, self.func).or_else(|| export_name(info, self.func))
    }

    /// The module's name, if its name section has one.
    pub fn module_name(&self) -> Option<&str> {
        self.module.info.names.module(&self.module.bytes)
    }

    /// Where in the module's bytes the operator stands; `None` where that is not known.
    pub fn module_offset(&self) -> Option<usize> {
        if self.offset == 0 { None } else { Some(self.offset as usize) }
    }
}

fn export_name(info: &ModuleInfo, func: FuncIndex) -> Option<&str> {
    let found = info.exports.iter().find(|e| e.item == crate::module::ExportItem::Func(func));
    found.map(|export| export.name.as_str())
}

impl fmt::Display for BacktraceFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(offset) = self.module_offset() {
            write!(f, "{offset:#6x} - ")?;
        }
        write!(f, "{}!", self.module_name().unwrap_or("<unknown>"))?;
        match self.func_name() {
            Some(name) => f.write_str(name),
            None => write!(f, "<wasm function {}>", self.func.0),
        }
    }
}

impl fmt::Debug for BacktraceFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
