//! The same sources compiled for this processor, as the benchmark uses them: what `./fetch native` builds, or nothing.

use crate::Failure;
use crate::suite::here;
use libloading::Library;

/// A program as a shared library with the function `run`.
pub(crate) struct Program(Library);

impl Program {
    /// # Errors
    /// The library is not there, or is none.
    pub(crate) fn new(name: &str) -> Result<Self, Failure> {
        let path = here().join("target/native").join(format!("{name}.so"));
        // SAFETY: built from the sources here, which have no constructors of their own.
        let library = unsafe { Library::new(&path) };
        Ok(Self(library.map_err(|_| "not built natively: see ./fetch")?))
    }

    pub(crate) fn run(&mut self, argument: i32) -> Result<i64, Failure> {
        // SAFETY: every program has this function with this type.
        let run = unsafe { self.0.get::<unsafe extern "C" fn(u32) -> u64>(b"run\0") }?;
        // SAFETY: it takes a number and touches only what is its own.
        Ok(unsafe { run(argument as u32) } as i64)
    }
}
