//! What each pass makes of one function, as text.
//!
//! In: a module, and which of its functions. Out: the forms between the passes, the bytes, and what was improved. It
//! compiles the function once more for that; nothing else does.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Write};

use super::compile::{Compiler, Settings, back};
use super::front::Front;
use super::improve::Improvement;
use super::regalloc::Allocated;
use super::x64::Lowered;
use super::{CompileError, Result};
use crate::module::ModuleInfo;
use crate::support::OutOfMemory;
use crate::wasm::TypeId;

/// One function, pass by pass.
#[derive(Debug)]
pub(crate) struct Explained {
    /// SSA.
    pub(crate) front: String,
    /// Machine instructions on virtual registers.
    pub(crate) lowered: String,
    /// The same on registers and slots, with the allocator's moves.
    pub(crate) allocated: String,
    /// Machine code, and constants behind it; distances to other functions are not filled in.
    pub(crate) code: Vec<u8>,
    /// Each improvement, and the offset of the operator that it was for.
    pub(crate) improvements: Vec<(Improvement, u32)>,
}

/// Compiles a function and keeps all that is between.
///
/// # Errors
/// [`CompileError`].
pub(crate) fn explain(
    info: &ModuleInfo,
    bytes: &[u8],
    type_ids: &[TypeId],
    settings: &Settings,
    body: usize,
) -> Result<Explained> {
    let mut compiler = Compiler::new();
    compiler.improver.note();
    let room = compiler.begin(info, bytes, settings, body)?;
    let Compiler { scanner, meter, lower, allocator, emitter, improver, .. } = &mut compiler;
    let mut front = Front::new(info, type_ids, (&scanner.scan, meter), (settings, improver), room);
    super::compile::replay(info, bytes, body, &mut front)?;
    back(&front, (settings, improver), lower, allocator)?;
    let (func, code, allocation) = (front.func(), &lower.code, &allocator.out);
    let mut code_bytes = Vec::new();
    emitter.emit(func, code, (allocation, improver), &mut code_bytes)?;
    Ok(Explained {
        front: text(super::ir::Listing(func))?,
        lowered: text(Lowered(func, code))?,
        allocated: text(Allocated { func, code, allocation })?,
        code: code_bytes,
        improvements: improver.noted()?,
    })
}

/// As long as the function that it is of: it may find no memory.
struct Text(String);

impl Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.try_reserve(part.len()).map_err(|_| fmt::Error)?;
        self.0.push_str(part);
        Ok(())
    }
}

fn text(form: impl Display) -> Result<String> {
    let mut text = Text(String::new());
    match write!(text, "{form}") {
        Ok(()) => Ok(text.0),
        Err(fmt::Error) => Err(CompileError::from(OutOfMemory)),
    }
}
