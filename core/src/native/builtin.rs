//! What machine code asks of the runtime, and how it is answered.
//!
//! In: a Rust function. Out: an address for the table of builtins ([`abi`](crate::abi)) that machine code can call.

use core::ptr::NonNull;

use super::activation::Activation;
use super::call::Exit;
use crate::vm::VmInstance;

/// What a builtin says to the switch that called it.
#[repr(C)]
pub(crate) struct Answer {
    exit: Exit,
    value: u64,
}

impl Answer {
    /// Machine code goes on, with this in `rax`.
    pub(crate) fn value(value: u64) -> Self {
        Self { exit: Exit::Returned, value }
    }

    /// Machine code does not go on: the call ends. What was raised is in the store.
    pub(crate) fn raised() -> Self {
        Self { exit: Exit::Raised, value: 0 }
    }

    /// Machine code does not go on now: the call is suspended, and goes on with whatever it is resumed with.
    ///
    /// # Safety
    /// The instance is the one that machine code has called this builtin with.
    pub(crate) unsafe fn suspend(instance: NonNull<VmInstance>) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self::ask_later(instance, [0; 7]) }
    }

    /// Machine code does not go on now: the call is suspended, and when it is resumed, this function of a builtin's type
    /// is called with these arguments in its place. What a builtin has done so far, it has noted elsewhere.
    ///
    /// # Safety
    /// The instance is the one that machine code has called this builtin with. The function may be called so.
    pub(crate) unsafe fn again(
        instance: NonNull<VmInstance>,
        function: *const (),
        arguments: [u64; 5],
    ) -> Self {
        let [a, b, c, d, e] = arguments;
        let again = [function as u64, instance.as_ptr() as u64, a, b, c, d, e];
        // SAFETY: the caller's promise.
        unsafe { Self::ask_later(instance, again) }
    }

    unsafe fn ask_later(instance: NonNull<VmInstance>, again: [u64; 7]) -> Self {
        // SAFETY: instances live as long as their store.
        let store = unsafe { instance.as_ref() }.store;
        // SAFETY: the store that the instance points to; nobody changes this while the builtin runs.
        let record = unsafe { (*store).machine.activation }.cast::<Activation>();
        // SAFETY: the innermost activation: that of the code which called the builtin.
        unsafe { (*record).again = again };
        Self { exit: Exit::Suspended, value: 0 }
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
