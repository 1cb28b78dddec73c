//! Faults of the processor: who is asked about them before anybody else.
//!
//! In: an instruction that the processor could not carry out. Out: where to go on instead, or that it is somebody
//! else's. It does not know what the interrupted code was.
//!
//! With a [`FaultHook`] machine code needs no checks where the processor checks anyway: an access beyond a memory
//! hits pages that are reserved and nothing else, a division by zero is an exception, and a stack that overflows meets
//! a guard page. Without one, each of those is an explicit comparison.
#![expect(unsafe_code, reason = "the contract of interrupted code can only be stated by unsafe functions")]

use super::Result;

/// What an instruction wanted of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read it.
    Read,
    /// To write it.
    Write,
    /// To run it.
    Execute,
}

/// Why an instruction could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// There is no memory at the address, or none for this use. On x86-64 `#PF`.
    Access {
        /// The first byte that could not be reached.
        address: usize,
        /// For what.
        access: Access,
    },
    /// An access to what cannot be an address at all, or another breach of protection. On x86-64 `#GP` and `#SS`,
    /// which do not tell the address.
    Protection,
    /// An instruction that does not exist, such as `ud2`. On x86-64 `#UD`.
    IllegalInstruction,
    /// A division by zero, or one whose quotient does not fit. On x86-64 `#DE`.
    Divide,
}

impl FaultKind {
    /// What an exception of an x86-64 processor means: its vector, its error code (0 where it has none), and for vector
    /// 14 what `CR2` says. `None` for vectors that are not faults of an instruction's operands.
    pub const fn of_x86_64(vector: u64, error: u64, address: usize) -> Option<Self> {
        Some(match vector {
            0 => Self::Divide,
            6 => Self::IllegalInstruction,
            12 | 13 => Self::Protection,
            // Bit 1 of the error code is set for a write, bit 4 for a fetch.
            14 if error & 1 << 4 != 0 => Self::Access { address, access: Access::Execute },
            14 if error & 1 << 1 != 0 => Self::Access { address, access: Access::Write },
            14 => Self::Access { address, access: Access::Read },
            _ => return None,
        })
    }
}

/// The registers of interrupted code that can be looked at, and changed before it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Registers {
    /// The instruction that could not be carried out; then the one to go on with. On x86-64 `rip`.
    pub pc: usize,
    /// The stack. On x86-64 `rsp`.
    pub sp: usize,
    /// The frame. On x86-64 `rbp`.
    pub fp: usize,
    /// What machine code keeps its context in. On x86-64 `r15`.
    pub context: usize,
}

/// A fault, as a handler is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why.
    pub kind: FaultKind,
    /// Where.
    pub registers: Registers,
}

/// What a handler makes of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The interrupted code goes on, with [`Fault::registers`] as they are now and everything else as it was.
    Resume,
    /// It is none of the handler's: whoever would have been asked without it is asked now.
    Pass,
}

/// Somebody who is asked about faults.
///
/// It may be called wherever an instruction can fail: in a signal handler, with interrupts off, on a small stack (it
/// needs less than 2 KiB), on several threads or processors at once. So it takes no lock, allocates nothing, never
/// panics, and uses no thread-local storage; the cost is linear in how many pieces of code are published.
///
/// # Safety
/// The caller promises that the fault has just happened on this processor, with these registers, and that the
/// interrupted code does nothing until the handler has returned.
pub type FaultHandler = unsafe fn(fault: &mut Fault) -> Verdict;

/// Faults of the processor, handed to one handler before whoever else there is.
///
/// An operating system's platform does it by signals; a kernel calls the handler from the entries of its own
/// exceptions. The order is: the platform finds out [what happened](FaultKind), asks the handler, and either writes
/// [`Fault::registers`] back and returns to the interrupted code, or goes on as if there were no handler. That a
/// fault is the handler's business is seen from where it happened alone, so that foreign faults pass through at any
/// time.
///
/// A platform that has this promises, too, that an access to pages which are [reserved](super::VirtualMemory::reserve)
/// and not committed is such a fault, and one to pages with a [protection](super::Protection) that forbids it.
///
/// # Safety
/// An implementor promises to call the handler as [`FaultHandler`] says, for every fault of these kinds that happens
/// between [`prepare_thread`](Self::prepare_thread) and the end of that thread, wherever the stack pointer stands
/// then: an interrupted stack may have no byte left, so that the handler and what leads to it run on another one. On
/// [`Verdict::Resume`] it does what that says.
pub unsafe trait FaultHook: Send + Sync {
    /// From now on asks `handler` about every fault. A platform has room for one: the same one may be installed again
    /// and again. It cannot be taken back: code may be interrupted at any time.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`](super::ErrorKind::Busy) where another handler has been installed; whatever else the
    /// platform meets.
    fn install(&self, handler: FaultHandler) -> Result<()>;

    /// Makes the calling thread, or processor, ready for faults on stacks that have no room left; before machine code
    /// is entered, each time: a thread that has been made ready costs a few nanoseconds. Nearest call:
    /// `sigaltstack(2)`. By default nothing: a kernel's exceptions have stacks of their own already.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`](super::ErrorKind::OutOfMemory); whatever else the platform meets.
    fn prepare_thread(&self) -> Result<()> {
        Ok(())
    }
}
