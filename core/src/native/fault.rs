//! Faults of machine code.
//!
//! In: a fault, wherever it happens. Out: if it is a trap of machine code, the landing; otherwise it is passed on. It
//! runs in signal handlers and in a kernel's exceptions: no locks, no allocation, no panics.

use core::ptr::NonNull;

use super::activation::{Activation, Faulted};
use super::stack::Extent;
use super::switch::landing;
use crate::abi::memory::GUARDED;
use crate::code::{Code, find};
use crate::platform::{Fault, FaultHook, FaultKind, Registers, Result, Verdict};
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
    // A trampoline has not told its context yet, or not any more; nor does it do what may fault, nor does a thunk.
    if code.function(registers.pc).is_none_or(|function| function.owner.body().is_none()) {
        return Verdict::Pass;
    }
    let context = core::ptr::with_exposed_provenance_mut::<VmInstance>(registers.context);
    let Some(instance) = NonNull::new(context) else {
        return Verdict::Pass;
    };
    // SAFETY: code that is published keeps its instance there, as its publisher has promised.
    let instance = unsafe { instance.as_ref() };
    let Some(mut activation) = activation_of(instance) else {
        return Verdict::Pass;
    };
    // SAFETY: the innermost activation of the store whose code was running; its owner is inside `enter` or `resume`.
    let activation = unsafe { activation.as_mut() };
    let address = match fault.kind {
        FaultKind::Access { address, .. } => Some(address),
        _ => None,
    };
    let Some(trap) = trap(code, activation, address, registers.pc, registers.sp) else {
        return Verdict::Pass;
    };
    let accesses = fault.kind != FaultKind::IllegalInstruction;
    if trap == Trap::MemoryOutOfBounds
        && accesses
        && address.is_none_or(|address| !reaches(instance, address))
    {
        return Verdict::Pass;
    }
    let Registers { pc, sp, fp, context } = *registers;
    activation.fault = Some(Faulted { trap, pc, sp, fp, context, address });
    registers.pc = landing as *const () as usize;
    registers.sp = activation.host_sp;
    Verdict::Resume
}

/// The innermost activation of the store that an instance lives in.
fn activation_of(instance: &VmInstance) -> Option<NonNull<Activation>> {
    let store = NonNull::new(instance.store)?;
    // SAFETY: instances live as long as their store.
    let machine = unsafe { &(*store.as_ptr()).machine };
    NonNull::new(machine.activation.cast())
}

/// Whether code may reach this address from a memory of its instance: an access to anything else is a mistake of the
/// compiler's. Code that was written by hand has an instance without memories, and is believed.
fn reaches(instance: &VmInstance, address: usize) -> bool {
    let count = instance.memory_count as usize;
    let within = |index| {
        // SAFETY: so many memories there are.
        let memory = unsafe { instance.memories.add(index) };
        // SAFETY: as above.
        let memory = unsafe { *memory };
        // SAFETY: memories live as long as their store; where one starts changes only while no code runs.
        let base = unsafe { (*memory.as_ptr()).base };
        (address.wrapping_sub(base as usize) as u64) < GUARDED
    };
    count == 0 || (0..count).any(within)
}

/// What a fault of this code means; `None` where it should not have happened.
fn trap(code: &Code, activation: &Activation, address: Option<usize>, pc: usize, sp: usize) -> Option<Trap> {
    // SAFETY: the extent lies on the same stack as the activation, and stays there.
    let Extent { start: guard, low: stack, .. } = unsafe { *activation.extent };
    // A stack pointer elsewhere would be a mistake of the compiler's: nothing to go on from.
    let top = core::ptr::from_ref(activation) as usize;
    if !(guard..=top).contains(&sp) {
        return None;
    }
    if address.is_some_and(|address| (guard..stack).contains(&address)) {
        return Some(Trap::StackOverflow);
    }
    code.site(pc)?.trap
}
