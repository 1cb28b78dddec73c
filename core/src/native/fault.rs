//! Faults of machine code.
//!
//! In: a fault, wherever it happens. Out: if it is a trap of machine code, the landing; otherwise it is passed on. It
//! runs in signal handlers and in a kernel's exceptions: no locks, no allocation, no panics.

use core::ptr::NonNull;

use super::activation::{Activation, Faulted};
use super::switch::landing;
use crate::code::{Code, find};
use crate::platform::{Fault, FaultHook, FaultKind, Result, Verdict};
use crate::vm::VmInstance;
use crate::wasm::Trap;

/// Sees to it that faults of machine code are traps: once, before code that may fault is entered. Each thread that
/// enters such code calls [`FaultHook::prepare_thread`] besides, each time.
///
/// # Errors
/// What the platform meets.
pub(crate) fn install(hook: &dyn FaultHook) -> Result<()> {
    hook.install(handle)
}

/// The handler that platforms call.
unsafe fn handle(fault: &mut Fault) -> Verdict {
    let registers = &mut fault.registers;
    let Some(code) = find(registers.pc) else {
        return Verdict::Pass;
    };
    // SAFETY: the code is running, or rather was until now, so its description is there.
    let code = unsafe { code.as_ref() };
    // A trampoline has not told its context yet, or not any more; nor does it do what may fault.
    if code.function(registers.pc).is_none_or(|function| function.body.is_none()) {
        return Verdict::Pass;
    }
    let Some(mut activation) = activation_of(registers.context) else {
        return Verdict::Pass;
    };
    // SAFETY: the innermost activation of the store whose code was running; its owner is inside `enter` or `resume`.
    let activation = unsafe { activation.as_mut() };
    let Some(trap) = trap(code, activation, fault.kind, registers.pc, registers.sp) else {
        return Verdict::Pass;
    };
    let address = match fault.kind {
        FaultKind::Access { address, .. } => Some(address),
        _ => None,
    };
    activation.fault = Some(Faulted { trap, pc: registers.pc, sp: registers.sp, fp: registers.fp, address });
    registers.pc = landing as *const () as usize;
    registers.sp = activation.host_sp;
    Verdict::Resume
}

/// The innermost activation of the store that code with this context runs in.
fn activation_of(context: usize) -> Option<NonNull<Activation>> {
    let instance = NonNull::new(core::ptr::with_exposed_provenance_mut::<VmInstance>(context))?;
    // SAFETY: code that is published keeps its instance there, as its publisher has promised.
    let store = NonNull::new(unsafe { instance.as_ref() }.store)?;
    // SAFETY: instances live as long as their store.
    let machine = unsafe { &(*store.as_ptr()).machine };
    NonNull::new(machine.activation.cast())
}

/// What a fault of this code means; `None` where it should not have happened.
fn trap(code: &Code, activation: &Activation, kind: FaultKind, pc: usize, sp: usize) -> Option<Trap> {
    let [guard, stack] = activation.guard;
    // A stack pointer elsewhere would be a mistake of the compiler's: nothing to go on from.
    let top = core::ptr::from_ref(activation) as usize;
    if !(guard..=top).contains(&sp) {
        return None;
    }
    if let FaultKind::Access { address, .. } = kind
        && (guard..stack).contains(&address)
    {
        return Some(Trap::StackOverflow);
    }
    code.site(pc)?.trap
}
