//! Registers of interrupted code on macOS, x86-64.
//!
//! In: the context of a signal. Out: what the processor said, and registers to read and to write.

use libc::ucontext_t;
use ringzero::platform::{FaultKind, Registers};

/// What happened.
pub(super) fn kind(context: &ucontext_t) -> Option<FaultKind> {
    // SAFETY: the kernel has put the machine's context there, for as long as the handler runs.
    let state = unsafe { &(*context.uc_mcontext).__es };
    FaultKind::of_x86_64(state.__trapno.into(), state.__err.into(), state.__faultvaddr as usize)
}

/// The registers.
pub(super) fn registers(context: &ucontext_t) -> Registers {
    // SAFETY: as above.
    let state = unsafe { &(*context.uc_mcontext).__ss };
    Registers {
        pc: state.__rip as usize,
        sp: state.__rsp as usize,
        fp: state.__rbp as usize,
        context: state.__r15 as usize,
    }
}

/// Goes on with these.
pub(super) fn set_registers(context: &mut ucontext_t, registers: &Registers) {
    // SAFETY: as above; nobody else looks at it meanwhile.
    let state = unsafe { &mut (*context.uc_mcontext).__ss };
    state.__rip = registers.pc as u64;
    state.__rsp = registers.sp as u64;
    state.__rbp = registers.fp as u64;
    state.__r15 = registers.context as u64;
}
