//! Why a guest was stopped: one byte, stable, free of allocation.
//!
//! In: nothing. Out: [`Trap`] and its text, which is the specification's where the specification has one.

use core::fmt;

macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Why a guest was stopped. The numbers are stable: they may be stored.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Trap { $($(#[$doc])* $name = $code,)* }

        impl Trap {
            /// The trap with this number.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// What it is called, as the specification's tests call it.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

traps! {
    /// The `unreachable` operator was reached.
    Unreachable = 1, "unreachable";
    /// A memory access, or a bulk memory operation, outside the memory.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// A table access, or a bulk table operation, outside the table.
    TableOutOfBounds = 3, "out of bounds table access";
    /// An indirect call through an index outside the table.
    UndefinedElement = 4, "undefined element";
    /// An indirect call through a null entry.
    IndirectCallToNull = 5, "uninitialized element";
    /// An indirect call to a function of another type.
    BadSignature = 6, "indirect call type mismatch";
    /// An integer division whose result does not fit, or a float too large for the integer.
    IntegerOverflow = 7, "integer overflow";
    /// A division by zero.
    IntegerDivisionByZero = 8, "integer divide by zero";
    /// A conversion of a NaN to an integer.
    BadConversionToInteger = 9, "invalid conversion to integer";
    /// More frames or values than the configured stack holds.
    StackOverflow = 10, "call stack exhausted";
    /// A null reference where there must be none.
    NullReference = 11, "null reference";
    /// The host has no memory left for what running needs.
    OutOfMemory = 12, "out of memory";
    /// All fuel has been used up.
    OutOfFuel = 13, "all fuel consumed";
    /// The host has asked the guest to stop, or its time is up.
    Interrupted = 14, "interrupted";
}

impl Trap {
    /// The stable number.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wasm trap: {}", self.message())
    }
}

impl core::error::Error for Trap {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back() {
        for code in 0..=u8::MAX {
            if let Some(trap) = Trap::from_code(code) {
                assert_eq!(trap.code(), code);
                assert!(!trap.message().is_empty());
            }
        }
    }
}
