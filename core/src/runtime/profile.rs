//! Published machine code, told to a profiler.
//!
//! In: functions of a module. Out: a name, an address and bytes for each function. It does not know what becomes of them.

use core::fmt;

use crate::module::ModuleInfo;
use crate::platform::{Profiler, PublishedFunction};
use crate::wasm::FuncIndex;

/// Tells a profiler of functions of a module.
pub(super) fn announce<'c>(
    profiler: &dyn Profiler,
    functions: impl Iterator<Item = (Option<u32>, &'c [u8])>,
    info: &ModuleInfo,
    bytes: &[u8],
) {
    for (body, code) in functions {
        let func = body.map(|body| info.func_of_body(body as usize));
        let name = Name { info, bytes, func };
        profiler.published(&PublishedFunction { address: code.as_ptr().addr(), code, name: &name });
    }
}

/// How a profile shows a function.
struct Name<'m> {
    info: &'m ModuleInfo,
    bytes: &'m [u8],
    func: Option<FuncIndex>,
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = &self.info.names;
        if let Some(module) = names.module(self.bytes) {
            write!(f, "{module}::")?;
        }
        let Some(func) = self.func else { return f.write_str("trampoline") };
        match names.function(self.bytes, func) {
            Some(name) => f.write_str(name),
            None => write!(f, "wasm-function[{}]", func.0),
        }
    }
}
