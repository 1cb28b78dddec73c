//! What machine code asks of the runtime, and how it is answered.
//!
//! In: a Rust function. Out: an address for the table of builtins ([`abi`](crate::abi)) that machine code can call.

use super::call::Status;

/// What a builtin says to the switch that called it.
#[repr(C)]
pub(crate) struct Answer {
    status: Status,
    value: u64,
}

impl Answer {
    /// Machine code goes on, with this in `rax`.
    pub(crate) fn value(value: u64) -> Self {
        Self { status: Status::Returned, value }
    }

    /// Machine code does not go on: the call ends. What was raised is in the store.
    pub(crate) fn raised() -> Self {
        Self { status: Status::Raised, value: 0 }
    }

    /// Machine code does not go on now: the call is suspended, and goes on with whatever it is resumed with.
    pub(crate) fn suspend() -> Self {
        Self { status: Status::Suspended, value: 0 }
    }
}

/// A builtin that calls this function of type `extern "sysv64" fn(NonNull<VmInstance>, …) -> Answer`, with up to six
/// arguments, on the host's stack.
macro_rules! builtin {
    ($function:path) => {{
        #[unsafe(naked)]
        unsafe extern "sysv64" fn builtin() {
            core::arch::naked_asm!(
                "lea rax, [rip + {function}]",
                "jmp {leave}",
                function = sym $function,
                leave = sym $crate::native::leave,
            )
        }
        builtin as unsafe extern "sysv64" fn()
    }};
}

pub(crate) use builtin;
