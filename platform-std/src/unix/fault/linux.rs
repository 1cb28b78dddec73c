//! Registers of interrupted code on Linux, x86-64.
//!
//! In: the context of a signal. Out: what the processor said, and registers to read and to write.

use libc::ucontext_t;
use ringzero::platform::{FaultKind, Registers};

/// What happened.
pub(super) fn kind(context: &ucontext_t) -> Option<FaultKind> {
    let get = |register: libc::c_int| context.uc_mcontext.gregs[register as usize] as u64;
    FaultKind::of_x86_64(get(libc::REG_TRAPNO), get(libc::REG_ERR), get(libc::REG_CR2) as usize)
}

/// The registers.
pub(super) fn registers(context: &ucontext_t) -> Registers {
    let get = |register: libc::c_int| context.uc_mcontext.gregs[register as usize] as usize;
    Registers {
        pc: get(libc::REG_RIP),
        sp: get(libc::REG_RSP),
        fp: get(libc::REG_RBP),
        context: get(libc::REG_R15),
    }
}

/// Goes on with these.
pub(super) fn set_registers(context: &mut ucontext_t, registers: &Registers) {
    let mut set = |register: libc::c_int, value| context.uc_mcontext.gregs[register as usize] = value as i64;
    set(libc::REG_RIP, registers.pc);
    set(libc::REG_RSP, registers.sp);
    set(libc::REG_RBP, registers.fp);
    set(libc::REG_R15, registers.context);
}
