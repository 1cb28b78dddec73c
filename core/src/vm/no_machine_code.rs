//! Machine code where the compiler knows no processor: a type without values, so that no module has any.

/// Machine code of functions of a module.
#[derive(Debug)]
pub(crate) enum MachineCode {}

impl MachineCode {
    /// Whether it relies on guarded memories.
    pub(crate) fn is_guarded(&self) -> bool {
        match *self {}
    }

    /// Where the function with this body is entered.
    pub(crate) fn entry(&self, _: usize) -> *const u8 {
        match *self {}
    }
}
