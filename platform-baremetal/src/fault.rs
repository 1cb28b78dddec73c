//! A kernel's own exceptions, as the hook that machine code needs.
//!
//! In: what the processor and a kernel's entry stub have saved. Out: where to go on, or that it is none of ours. It
//! executes no privileged instruction: descriptor tables and stubs are the kernel's.
//!
//! # What a kernel does
//!
//! It has one [`Exceptions`] in a `static`, gives it out as
//! [`fault_hook`](ringzero::platform::Platform::fault_hook), and calls [`Exceptions::dispatch`] first thing in its
//! handlers of `#DE` (0), `#UD` (6), `#SS` (12), `#GP` (13) and `#PF` (14). Each of these vectors has a stack of its own
//! (an IST entry): machine code that overflows its stack leaves no byte for the processor to push to, and the red zone
//! below an interrupted stack pointer belongs to compiled code. An entry stub is, for a vector without an error code:
//!
//! ```text
//! exception_0:
//!     push 0                  # vectors 12, 13 and 14 have an error code there already
//!     push 0                  # the vector
//!     push rax; push rbx; push rcx; push rdx; push rsi; push rdi; push rbp
//!     push r8; push r9; push r10; push r11; push r12; push r13; push r14; push r15
//!     cld
//!     mov rdi, rsp            # the TrapFrame
//!     …                       # save the vector registers, if the kernel's code uses them (fxsave64)
//!     call handler            # extern "C" fn(&mut TrapFrame), on a multiple of 16
//!     …                       # and get them back
//!     pop r15; pop r14; pop r13; pop r12; pop r11; pop r10; pop r9; pop r8
//!     pop rbp; pop rdi; pop rsi; pop rdx; pop rcx; pop rbx; pop rax
//!     add rsp, 16             # the vector and the error code
//!     iretq
//! ```

use ringzero::platform::{ErrorKind, Fault, FaultHandler, FaultHook, FaultKind, Registers, Result, Verdict};
use spin::Once;

/// What an entry stub has saved, lowest address first: what it pushed last, up to what the processor pushed first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are named like registers")]
#[repr(C)]
pub struct TrapFrame {
    pub r15: u64,
    pub r14: u64,
    pub r13: u64,
    pub r12: u64,
    pub r11: u64,
    pub r10: u64,
    pub r9: u64,
    pub r8: u64,
    pub rbp: u64,
    pub rdi: u64,
    pub rsi: u64,
    pub rdx: u64,
    pub rcx: u64,
    pub rbx: u64,
    pub rax: u64,
    /// Which exception.
    pub vector: u64,
    /// 0 where the exception has none.
    pub error: u64,
    pub rip: u64,
    pub cs: u64,
    pub rflags: u64,
    pub rsp: u64,
    pub ss: u64,
}

/// The hook: it is told of exceptions, and asks who has been installed.
#[derive(Debug, Default)]
pub struct Exceptions {
    handler: Once<FaultHandler>,
}

impl Exceptions {
    /// Nobody is asked yet.
    pub const fn new() -> Self {
        Self { handler: Once::new() }
    }

    /// Handles an exception, if it is a fault of machine code: the frame then says where to go on, and the kernel
    /// returns to it (`iretq`). Otherwise the frame is as it was, and `false` says that the exception is the kernel's.
    ///
    /// `cr2` is that register's value, read before anything could fault again; only a page fault's is looked at. Costs
    /// two loads and a comparison for vectors that are none of ours, else what
    /// [`FaultHandler`] says. It takes no lock and may be called on all processors at once, with interrupts off.
    ///
    /// # Safety
    /// The frame is that of an exception of this processor which has just happened, on another stack than the one that
    /// was interrupted, and interrupted code goes on with what the frame says then.
    pub unsafe fn dispatch(&self, frame: &mut TrapFrame, cr2: u64) -> bool {
        // Registers of user mode say nothing of our code, whatever they hold; bits 0 and 1 are where it ran.
        if frame.cs & 3 != 0 {
            return false;
        }
        let (Some(handler), Some(kind)) =
            (self.handler.get(), FaultKind::of_x86_64(frame.vector, frame.error, cr2 as usize))
        else {
            return false;
        };
        let registers = Registers {
            pc: frame.rip as usize,
            sp: frame.rsp as usize,
            fp: frame.rbp as usize,
            context: frame.r15 as usize,
        };
        let mut fault = Fault { kind, registers };
        // SAFETY: the caller's promise; the interrupted code waits for the frame to be popped.
        if unsafe { handler(&mut fault) } == Verdict::Pass {
            return false;
        }
        let Registers { pc, sp, fp, context } = fault.registers;
        (frame.rip, frame.rsp, frame.rbp, frame.r15) = (pc as u64, sp as u64, fp as u64, context as u64);
        true
    }
}

// SAFETY: `dispatch` is what calls the handler, and its caller promises what the handler is promised: an exception that
// has just happened, on a stack of its own, and registers that are gone on with.
unsafe impl FaultHook for Exceptions {
    fn install(&self, handler: FaultHandler) -> Result<()> {
        let installed = *self.handler.call_once(|| handler);
        if core::ptr::fn_addr_eq(installed, handler) { Ok(()) } else { Err(ErrorKind::Busy) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringzero::platform::Access;

    /// Where the handler of these tests wants to go on.
    const LANDING: Registers = Registers { pc: 0x1000, sp: 0x2000, fp: 0x3000, context: 0x4000 };

    /// Takes what happens at a known place, for a reason that the context tells.
    unsafe fn handler(fault: &mut Fault) -> Verdict {
        let expected = match fault.registers.context {
            0 => FaultKind::Divide,
            6 => FaultKind::IllegalInstruction,
            12 | 13 => FaultKind::Protection,
            14 => FaultKind::Access { address: 0xdead, access: Access::Read },
            16 => FaultKind::Access { address: 0xdead, access: Access::Write },
            30 => FaultKind::Access { address: 0xdead, access: Access::Execute },
            _ => return Verdict::Pass,
        };
        if fault.kind != expected || fault.registers.pc != 0x77 {
            return Verdict::Pass;
        }
        fault.registers = LANDING;
        Verdict::Resume
    }

    unsafe fn other(_: &mut Fault) -> Verdict {
        Verdict::Pass
    }

    fn frame(vector: u64, error: u64) -> TrapFrame {
        let (rip, rsp, rbp, cs) = (0x77, 0x88, 0x99, 8);
        TrapFrame { vector, error, rip, rsp, rbp, cs, r15: vector + error, rax: 5, ..TrapFrame::default() }
    }

    #[test]
    fn each_vector_is_told_apart_and_only_the_four_registers_change() {
        let exceptions = Exceptions::new();
        exceptions.install(handler).unwrap();
        for (vector, error) in [(0, 0), (6, 0), (12, 0), (13, 0), (14, 0), (14, 2), (14, 16)] {
            let mut seen = frame(vector, error);
            // SAFETY: nothing runs on; the handler looks at the numbers alone.
            assert!(unsafe { exceptions.dispatch(&mut seen, 0xdead) }, "{vector} {error}");
            let expected =
                TrapFrame { rip: 0x1000, rsp: 0x2000, rbp: 0x3000, r15: 0x4000, ..frame(vector, error) };
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn what_is_not_ours_stays_as_it_was() {
        let exceptions = Exceptions::new();
        let nobody = frame(6, 0);
        exceptions_pass(&exceptions, nobody);
        exceptions.install(handler).unwrap();
        // Another place, another vector, and user mode.
        exceptions_pass(&exceptions, TrapFrame { rip: 0x78, ..nobody });
        exceptions_pass(&exceptions, frame(3, 0));
        exceptions_pass(&exceptions, TrapFrame { cs: 0x2b, ..nobody });
    }

    fn exceptions_pass(exceptions: &Exceptions, frame: TrapFrame) {
        let mut seen = frame;
        // SAFETY: nothing runs on; the handler looks at the numbers alone.
        assert!(!unsafe { exceptions.dispatch(&mut seen, 0xdead) });
        assert_eq!(seen, frame);
    }

    #[test]
    fn there_is_room_for_one_handler() {
        let exceptions = Exceptions::new();
        assert_eq!(exceptions.install(handler), Ok(()));
        assert_eq!(exceptions.install(handler), Ok(()));
        assert_eq!(exceptions.install(other), Err(ErrorKind::Busy));
        assert_eq!(exceptions.prepare_thread(), Ok(()));
    }
}
