//! Where a guest was when it was stopped.
//!
//! In: frames of running code. Out: functions and offsets, and names; all are looked up only when asked for.
//! A backtrace outlives its store: it shares the modules.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::interp::offset_of;
use crate::module::ModuleInfo;
use crate::support::{OutOfMemory, TryPush};
use crate::vm::{At, ModuleCode};
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

    pub(super) fn push(&mut self, module: Arc<ModuleCode>, body: usize, at: At) -> Result<(), OutOfMemory> {
        self.frames.try_push(BacktraceFrame { module, body, at, offset: AtomicU32::new(NOT_YET) })
    }

    /// Makes a frame's offset known if an outer or inner one at the same place has found it: recursion comes by the
    /// same places again and again.
    fn share_offset(&self, position: usize) {
        let (before, rest) = self.frames.split_at(position);
        let Some(frame) = rest.first() else { return };
        let known = before.iter().find(|other| other.is_at_the_same_place(frame));
        if let Some(known) = known {
            frame.offset.store(known.offset.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

/// Prints in wasmtime's form: `    0: 0x1234 - module!function`.
impl fmt::Display for Backtrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wasm backtrace:")?;
        for (i, frame) in self.frames.iter().take(PRINTED).enumerate() {
            self.share_offset(i);
            write!(f, "\n{i:5}: {frame}")?;
        }
        match self.frames.len().saturating_sub(PRINTED) {
            0 => Ok(()),
            more => write!(f, "\n       … and {more} more"),
        }
    }
}

/// One frame of a [`Backtrace`].
pub struct BacktraceFrame {
    module: Arc<ModuleCode>,
    body: usize,
    at: At,
    /// The offset, once somebody has asked for it; 0 where it is not known.
    offset: AtomicU32,
}

/// Nobody has asked for the offset: no module is so long.
const NOT_YET: u32 = u32::MAX;

impl Clone for BacktraceFrame {
    fn clone(&self) -> Self {
        let Self { module, body, at, offset } = self;
        let offset = AtomicU32::new(offset.load(Ordering::Relaxed));
        Self { module: Arc::clone(module), body: *body, at: *at, offset }
    }
}

impl BacktraceFrame {
    /// The function's index in its module.
    pub fn func_index(&self) -> u32 {
        self.func().0
    }

    fn func(&self) -> FuncIndex {
        self.module.info.func_of_body(self.body)
    }

    fn is_at_the_same_place(&self, other: &Self) -> bool {
        (self.body, self.at) == (other.body, other.at) && Arc::ptr_eq(&self.module, &other.module)
    }

    /// The function's name, from the name section or else from an export.
    pub fn func_name(&self) -> Option<&str> {
        let ModuleCode { info, bytes, .. } = &*self.module;
        info.names.function(bytes, self.func()).or_else(|| export_name(info, self.func()))
    }

    /// The module's name, if its name section has one.
    pub fn module_name(&self) -> Option<&str> {
        self.module.info.names.module(&self.module.bytes)
    }

    /// Where in the module's bytes the operator stands; `None` where that is not known, or memory is too short to
    /// find it out. Cost: when first asked for, a translation of the function; then nothing.
    pub fn module_offset(&self) -> Option<usize> {
        let mut offset = self.offset.load(Ordering::Relaxed);
        if offset == NOT_YET {
            offset = match self.at {
                At::Unit(unit) => offset_of(&self.module, self.body, unit as usize),
                At::Offset(offset) => offset,
            };
            self.offset.store(offset, Ordering::Relaxed);
        }
        if offset == 0 { None } else { Some(offset as usize) }
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
            None => write!(f, "<wasm function {}>", self.func_index()),
        }
    }
}

impl fmt::Debug for BacktraceFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
