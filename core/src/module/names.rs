//! The name section: what a module calls itself and its functions.
//!
//! In: ranges of the module's bytes. Out: look-ups. Names are decoded when somebody asks: a module of 17 MB
//! has 20,000 of them, and a run without a trap asks for none.

use alloc::vec::Vec;
use core::ops::Range;

use crate::wasm::FuncIndex;

/// Where the names stand in the module's bytes.
#[derive(Default, Debug)]
pub(crate) struct Names {
    pub(crate) module: Option<Range<u32>>,
    /// Sorted by function, as the section demands.
    pub(crate) functions: Vec<(FuncIndex, Range<u32>)>,
}

impl Names {
    /// The module's own name.
    pub(crate) fn module<'a>(&self, bytes: &'a [u8]) -> Option<&'a str> {
        text(bytes, self.module.as_ref()?)
    }

    /// A function's name.
    pub(crate) fn function<'a>(&self, bytes: &'a [u8], func: FuncIndex) -> Option<&'a str> {
        let found = self.functions.binary_search_by_key(&func, |(f, _)| *f).ok()?;
        text(bytes, &self.functions[found].1)
    }
}

fn text<'a>(bytes: &'a [u8], range: &Range<u32>) -> Option<&'a str> {
    core::str::from_utf8(bytes.get(range.start as usize..range.end as usize)?).ok()
}
