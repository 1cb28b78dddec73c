//! Between the host's stack and the wasm stack: the only code written by hand.
//!
//! In: an activation. Out: control, on the other stack. Machine code keeps nothing in the registers that the host wants
//! back, so they are saved on the host's stack once per entry, and lie at `host_sp` from then on. The directives beside
//! the instructions let the host's unwinder and debuggers find their way from a builtin to whoever entered; a panic of a
//! host function goes that way, past machine code.

use core::arch::naked_asm;
use core::mem::offset_of;
use core::ptr::NonNull;

use super::activation::Activation;
use super::call::Exit;
use crate::abi;
use crate::vm::{Machine, VmInstance, VmStore};

const HOST_SP: usize = offset_of!(Activation, host_sp);
const EXIT_SP: usize = offset_of!(Activation, exit_sp);
const EXIT_FP: usize = offset_of!(Activation, exit_fp);
const EXIT_CONTEXT: usize = offset_of!(Activation, exit_context);
const EXIT_BASE: usize = offset_of!(Activation, exit_base);
const EXIT_STOP: usize = offset_of!(Activation, exit_stop);
const EXIT_FUEL: usize = offset_of!(Activation, exit_fuel);
const AGAIN: usize = offset_of!(Activation, again);

/// What the host wants back, pushed; what has to be on the stack when `back!` is reached. The zero makes the stack
/// pointer a multiple of 16.
macro_rules! save {
    () => {
        "
        .cfi_startproc
        push rbp
        .cfi_def_cfa rsp, 16
        .cfi_offset rbp, -16
        push rbx
        push r12
        push r13
        push r14
        push r15
        push 0
        .cfi_def_cfa rsp, 64
        .cfi_offset rbx, -24
        .cfi_offset r12, -32
        .cfi_offset r13, -40
        .cfi_offset r14, -48
        .cfi_offset r15, -56
        "
    };
}

/// The trampoline that loads arguments and stores results, generated with the code.
pub(super) type Trampoline =
    unsafe extern "sysv64" fn(instance: NonNull<VmInstance>, values: *mut u64, code: NonNull<u8>);

/// Calls the trampoline on the wasm stack, right below the activation.
///
/// # Safety
/// The activation is its store's innermost, and there is room below it. The trampoline and the code keep to
/// [`abi`].
#[unsafe(naked)]
pub(super) unsafe extern "sysv64-unwind" fn enter(
    activation: NonNull<Activation>,
    instance: NonNull<VmInstance>,
    values: *mut u64,
    code: NonNull<u8>,
    trampoline: Trampoline,
) -> Exit {
    naked_asm!(
        save!(),
        "
        mov [rdi + {host_sp}], rsp
        mov rsp, rdi
        mov rdi, rsi
        mov rsi, rdx
        mov rdx, rcx
        xor ebp, ebp
        call r8
        mov rsp, [rsp + {host_sp}]
        xor eax, eax
        jmp {back}
        .cfi_endproc
        ",
        host_sp = const HOST_SP,
        back = sym back,
    )
}

/// Goes on with a call that is suspended: what it had asked for has this answer.
///
/// # Safety
/// The activation is its store's innermost, was suspended, and its stack is as it was then.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64-unwind" fn resume(activation: NonNull<Activation>, answer: u64) -> Exit {
    naked_asm!(
        save!(),
        "
        mov [rdi + {host_sp}], rsp
        mov rsp, [rdi + {exit_sp}]
        mov rbp, [rdi + {exit_fp}]
        mov r15, [rdi + {exit_context}]
        mov r14, [rdi + {exit_base}]
        mov r13, [rdi + {exit_stop}]
        mov rax, rsi
        ret
        .cfi_endproc
        ",
        host_sp = const HOST_SP,
        exit_sp = const EXIT_SP,
        exit_fp = const EXIT_FP,
        exit_context = const EXIT_CONTEXT,
        exit_base = const EXIT_BASE,
        exit_stop = const EXIT_STOP,
    )
}

/// Goes on with a call that is suspended, by asking again what it had asked for.
///
/// # Safety
/// As for [`resume`], and the activation says what to ask.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64-unwind" fn resume_again(activation: NonNull<Activation>) -> Exit {
    naked_asm!(
        save!(),
        "
        mov [rdi + {host_sp}], rsp
        mov rsp, [rdi + {exit_sp}]
        mov rbp, [rdi + {exit_fp}]
        mov r15, [rdi + {exit_context}]
        mov r14, [rdi + {exit_base}]
        mov r13, [rdi + {exit_stop}]
        mov rax, [rdi + {again}]
        mov rsi, [rdi + {again} + 16]
        mov rdx, [rdi + {again} + 24]
        mov rcx, [rdi + {again} + 32]
        mov r8, [rdi + {again} + 40]
        mov r9, [rdi + {again} + 48]
        mov rdi, [rdi + {again} + 8]
        jmp {leave}
        .cfi_endproc
        ",
        host_sp = const HOST_SP,
        exit_sp = const EXIT_SP,
        exit_fp = const EXIT_FP,
        exit_context = const EXIT_CONTEXT,
        exit_base = const EXIT_BASE,
        exit_stop = const EXIT_STOP,
        again = const AGAIN,
        leave = sym leave,
    )
}

/// Gives the host its registers back and returns to it, with the status in `rax`. Reached by jumps, with the stack
/// pointer at `host_sp`.
#[unsafe(naked)]
unsafe extern "sysv64" fn back() {
    naked_asm!(
        "
        add rsp, 8
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbx
        pop rbp
        ret
        ",
    )
}

/// Where interrupted machine code goes on, with the stack pointer at `host_sp`, and everything else as it was.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn landing() {
    naked_asm!(
        "
        cld
        mov rax, [r15 + {store}]
        mov rax, [rax + {activation}]
        mov [rax + {exit_fuel}], r12
        mov eax, {faulted}
        jmp {back}
        ",
        store = const abi::instance::STORE,
        activation = const offset_of!(VmStore, machine) + offset_of!(Machine, activation),
        exit_fuel = const EXIT_FUEL,
        faulted = const Exit::Faulted as u32,
        back = sym back,
    )
}

/// The way from machine code to the host and back, for the function that these instructions put into `rax`, which find what
/// they need by the constants that are named here. Machine code wants `r12` back no more than `rbx`: one has its stack
/// pointer meanwhile. `r13` and `r14`, which only a suspended call is given back, the host's function keeps.
macro_rules! leave {
    ($find:literal $(, $name:ident = const $value:expr)*) => {
        naked_asm!(
            ".cfi_startproc",
            $find,
            "
            mov r10, [r15 + {store}]
            mov r10, [r10 + {activation}]
            mov [r10 + {exit_sp}], rsp
            mov [r10 + {exit_fp}], rbp
            mov [r10 + {exit_context}], r15
            mov r12, rsp
            mov rsp, [r10 + {host_sp}]
            .cfi_def_cfa rsp, 64
            .cfi_offset rbp, -16
            .cfi_offset rbx, -24
            .cfi_offset r12, -32
            .cfi_offset r13, -40
            .cfi_offset r14, -48
            .cfi_offset r15, -56
            call rax
            test rax, rax
            jnz 2f
            mov rsp, r12
            mov rax, rdx
            ret
        2:
            mov r10, [r15 + {store}]
            mov r10, [r10 + {activation}]
            mov [r10 + {exit_base}], r14
            mov [r10 + {exit_stop}], r13
            jmp {back}
            .cfi_endproc
            ",
            store = const abi::instance::STORE,
            activation = const offset_of!(VmStore, machine) + offset_of!(Machine, activation),
            exit_sp = const EXIT_SP,
            exit_fp = const EXIT_FP,
            exit_context = const EXIT_CONTEXT,
            exit_base = const EXIT_BASE,
            exit_stop = const EXIT_STOP,
            host_sp = const HOST_SP,
            back = sym back,
            $($name = const $value,)*
        )
    };
}

/// From machine code to the host: calls the function in `rax` on the host's stack, with the arguments that are in
/// registers, and returns its value; or does not return to machine code, if the function says so.
#[unsafe(naked)]
pub(crate) unsafe extern "sysv64" fn leave() {
    leave!("")
}

/// The same with the function of the host that `rsi` refers to.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn leave_for_host() {
    leave!("mov rax, [rsi + {code}]", code = const abi::func::CODE)
}
