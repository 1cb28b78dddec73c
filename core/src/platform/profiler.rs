//! Who wants to know where machine code lies.
//!
//! In: nothing. Out: the trait that a platform's profiler fills. It knows no tool.

use core::fmt;

/// Hears of machine code when it is published, so that a tool which samples addresses can name functions.
///
/// It is asked on the thread that loads a module, or that first calls a function; it may take its time, and must not use
/// the engine. Machine code that goes again is not announced: the formats of today's tools have no word for it.
pub trait Profiler: Send + Sync {
    /// A function's code is in place. Whoever runs it may do so at once.
    fn published(&self, function: &PublishedFunction<'_>);
}

/// A function's machine code.
pub struct PublishedFunction<'c> {
    /// The address that it starts at.
    pub address: usize,
    /// Its bytes, constants behind it included.
    pub code: &'c [u8],
    /// What the module's name section calls it, or `wasm-function[N]` by its index; the module's name before it where it
    /// has one. Code that belongs to no function of the module is named for what it does.
    pub name: &'c dyn fmt::Display,
}

impl fmt::Debug for PublishedFunction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:#x}, {} bytes", self.name, self.address, self.code.len())
    }
}
