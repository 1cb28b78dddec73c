//! Copies and fills of few bytes, without leaving the wasm stack.
//!
//! In: what a builtin is called with. Out: the bytes where they belong; or, where the operation is longer, may have to
//! stop, or is out of bounds, the builtin of the whole operation. It calls nothing and touches no stack, so that there
//! is nothing to switch.
//!
//! Bounds are looked at before anything is written. All of a short range is loaded before the first store, so that it
//! does not matter how ranges overlap; the loops go the way that an overlap allows, and load both ends first. Loops are
//! reached only where [`at_once`](crate::vm::bulk::at_once) knows of wide registers.

use core::arch::naked_asm;

use super::builtins::{memory_copy, memory_fill};
use super::leave;
use crate::abi::{instance, memory};
use crate::vm::bulk::IN_REGISTERS;

/// Bounds of a range of `r8` bytes from `$at` on in the memory at `$memory`; jumps to 9 where it ends elsewhere.
macro_rules! in_bounds {
    ($at:literal, $memory:literal) => {
        concat!("mov rax, ", $at, "\nadd rax, r8\njc 9f\ncmp rax, [", $memory, " + {len}]\nja 9f\n")
    };
}

/// What [`BUILTINS`](super::BUILTINS) has for `memory.copy`: `rsi` are both memories, `rdx` is where to, `rcx` where
/// from, `r8` how much.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn copy() {
    naked_asm!(
        "cmp r8, [rdi + {at_once}]
        ja 9f
        test rsi, rsi
        jnz 7f
        mov r9, [rdi + {first_memory}]",
        in_bounds!("rdx", "r9"),
        in_bounds!("rcx", "r9"),
        "mov rax, [rdi + {first_base}]
        test rax, rax
        jnz 6f
        mov rax, [r9 + {base}]
        6: add rdx, rax
        add rcx, rax
        5:
        cmp r8d, 16
        ja 4f
        cmp r8d, 8
        jae 3f
        cmp r8d, 4
        jae 2f
        test r8d, r8d
        jz 8f
        // The first one, the one in the middle, and the last one.
        mov r10d, r8d
        shr r10d, 1
        movzx eax, byte ptr [rcx]
        movzx r9d, byte ptr [rcx + r10]
        movzx ecx, byte ptr [rcx + r8 - 1]
        mov [rdx], al
        mov [rdx + r10], r9b
        mov [rdx + r8 - 1], cl
        8: ret
        2: mov eax, [rcx]
        mov r9d, [rcx + r8 - 4]
        mov [rdx], eax
        mov [rdx + r8 - 4], r9d
        ret
        3: mov rax, [rcx]
        mov r9, [rcx + r8 - 8]
        mov [rdx], rax
        mov [rdx + r8 - 8], r9
        ret
        4: cmp r8d, 32
        ja {longer}
        movups xmm0, [rcx]
        movups xmm1, [rcx + r8 - 16]
        movups [rdx], xmm0
        movups [rdx + r8 - 16], xmm1
        ret
        7: mov rax, [rdi + {memories}]
        mov r9d, esi
        mov r10, rsi
        shr r10, 32
        mov r9, [rax + 8*r9]
        mov r10, [rax + 8*r10]",
        in_bounds!("rdx", "r9"),
        in_bounds!("rcx", "r10"),
        "add rdx, [r9 + {base}]
        add rcx, [r10 + {base}]
        jmp 5b
        9: lea rax, [rip + {slowly}]
        jmp {leave}",
        at_once = const instance::AT_ONCE,
        first_memory = const instance::FIRST_MEMORY,
        first_base = const instance::FIRST_BASE,
        memories = const instance::MEMORIES,
        base = const memory::BASE,
        len = const memory::LEN,
        longer = sym copy_longer,
        slowly = sym memory_copy,
        leave = sym leave,
    )
}

/// More than 32 bytes, from `rcx` to `rdx`, `r8` of them: all are loaded first where registers can hold them. Reached by a
/// jump, as what follows.
#[unsafe(naked)]
unsafe extern "sysv64" fn copy_longer() {
    naked_asm!(
        "lea r10, [rcx + r8]
        lea r11, [rdx + r8]
        cmp r8d, {registers}
        ja {longest}
        movups xmm0, [rcx]
        movups xmm1, [rcx + 16]
        movups xmm2, [r10 - 32]
        movups xmm3, [r10 - 16]
        cmp r8d, 64
        jbe 3f
        movups xmm4, [rcx + 32]
        movups xmm5, [rcx + 48]
        movups xmm6, [r10 - 64]
        movups xmm7, [r10 - 48]
        cmp r8d, 128
        jbe 2f
        movups xmm8, [rcx + 64]
        movups xmm9, [rcx + 80]
        movups xmm10, [rcx + 96]
        movups xmm11, [rcx + 112]
        movups xmm12, [r10 - 128]
        movups xmm13, [r10 - 112]
        movups xmm14, [r10 - 96]
        movups xmm15, [r10 - 80]
        movups [rdx + 64], xmm8
        movups [rdx + 80], xmm9
        movups [rdx + 96], xmm10
        movups [rdx + 112], xmm11
        movups [r11 - 128], xmm12
        movups [r11 - 112], xmm13
        movups [r11 - 96], xmm14
        movups [r11 - 80], xmm15
        2: movups [rdx + 32], xmm4
        movups [rdx + 48], xmm5
        movups [r11 - 64], xmm6
        movups [r11 - 48], xmm7
        3: movups [rdx], xmm0
        movups [rdx + 16], xmm1
        movups [r11 - 32], xmm2
        movups [r11 - 16], xmm3
        ret",
        registers = const IN_REGISTERS,
        longest = sym copy_upward,
    )
}

/// More than registers hold, from `rcx` up to `r10`, to `rdx` up to `r11`, unless the way has to be the other one. What is
/// written lies below what has not been read, or elsewhere; both ends are read first. Stores begin at a multiple of 32.
#[unsafe(naked)]
unsafe extern "sysv64" fn copy_upward() {
    naked_asm!(
        "mov rax, rdx
        sub rax, rcx
        cmp rax, r8
        jb {downward}
        vmovups ymm4, [rcx]
        vmovups ymm5, [r10 - 32]
        lea rax, [rdx + 32]
        and rax, -32
        sub rcx, rdx
        lea r10, [r11 - 32]
        lea r9, [r11 - 128]
        .p2align 5
        2: vmovups ymm0, [rax + rcx]
        vmovaps [rax], ymm0
        vmovups ymm1, [rax + rcx + 32]
        vmovaps [rax + 32], ymm1
        vmovups ymm2, [rax + rcx + 64]
        vmovaps [rax + 64], ymm2
        vmovups ymm3, [rax + rcx + 96]
        vmovaps [rax + 96], ymm3
        sub rax, -128
        cmp rax, r9
        jb 2b
        jmp 4f
        3: vmovups ymm0, [rax + rcx]
        vmovaps [rax], ymm0
        add rax, 32
        4: cmp rax, r10
        jb 3b
        vmovups [r10], ymm5
        vmovups [rdx], ymm4
        vzeroupper
        ret",
        downward = sym copy_downward,
    )
}

/// The same from above: what is written lies above what has not been read. Stores end at a multiple of 32.
#[unsafe(naked)]
unsafe extern "sysv64" fn copy_downward() {
    naked_asm!(
        "vmovups ymm4, [rcx]
        vmovups ymm5, [rcx + 32]
        vmovups ymm6, [rcx + 64]
        vmovups ymm7, [rcx + 96]
        vmovups ymm8, [r10 - 32]
        lea rax, [r11 - 1]
        and rax, -32
        sub rcx, rdx
        lea r10, [rdx + 128]
        .p2align 5
        2: vmovups ymm0, [rax + rcx - 32]
        vmovups ymm1, [rax + rcx - 64]
        vmovups ymm2, [rax + rcx - 96]
        vmovups ymm3, [rax + rcx - 128]
        vmovaps [rax - 32], ymm0
        vmovaps [rax - 64], ymm1
        vmovaps [rax - 96], ymm2
        vmovaps [rax - 128], ymm3
        add rax, -128
        cmp rax, r10
        ja 2b
        vmovups [rdx], ymm4
        vmovups [rdx + 32], ymm5
        vmovups [rdx + 64], ymm6
        vmovups [rdx + 96], ymm7
        vmovups [r11 - 32], ymm8
        vzeroupper
        ret",
    )
}

/// What [`BUILTINS`](super::BUILTINS) has for `memory.fill`: `rsi` is the memory, `rdx` is where to, `rcx` the byte, `r8`
/// how much.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn fill() {
    naked_asm!(
        "cmp r8, [rdi + {at_once}]
        ja 9f
        mov rax, [rdi + {memories}]
        mov r9, [rax + 8*rsi]",
        in_bounds!("rdx", "r9"),
        "add rdx, [r9 + {base}]
        movzx ecx, cl
        movabs rax, 0x0101010101010101
        imul rcx, rax
        cmp r8d, 16
        ja {longer}
        cmp r8d, 8
        jae 3f
        cmp r8d, 4
        jae 2f
        test r8d, r8d
        jz 8f
        mov r10d, r8d
        shr r10d, 1
        mov [rdx], cl
        mov [rdx + r10], cl
        mov [rdx + r8 - 1], cl
        8: ret
        2: mov [rdx], ecx
        mov [rdx + r8 - 4], ecx
        ret
        3: mov [rdx], rcx
        mov [rdx + r8 - 8], rcx
        ret
        9: lea rax, [rip + {slowly}]
        jmp {leave}",
        at_once = const instance::AT_ONCE,
        memories = const instance::MEMORIES,
        base = const memory::BASE,
        len = const memory::LEN,
        longer = sym fill_longer,
        slowly = sym memory_fill,
        leave = sym leave,
    )
}

/// More than 16 bytes at `rdx`, `r8` of them, with what `rcx` is eight times. Reached by a jump.
#[unsafe(naked)]
unsafe extern "sysv64" fn fill_longer() {
    naked_asm!(
        "movq xmm0, rcx
        punpcklqdq xmm0, xmm0
        lea r11, [rdx + r8]
        cmp r8d, {registers}
        ja 7f
        movups [rdx], xmm0
        movups [r11 - 16], xmm0
        cmp r8d, 32
        jbe 8f
        movups [rdx + 16], xmm0
        movups [r11 - 32], xmm0
        cmp r8d, 64
        jbe 8f
        movups [rdx + 32], xmm0
        movups [rdx + 48], xmm0
        movups [r11 - 64], xmm0
        movups [r11 - 48], xmm0
        cmp r8d, 128
        jbe 8f
        movups [rdx + 64], xmm0
        movups [rdx + 80], xmm0
        movups [rdx + 96], xmm0
        movups [rdx + 112], xmm0
        movups [r11 - 128], xmm0
        movups [r11 - 112], xmm0
        movups [r11 - 96], xmm0
        movups [r11 - 80], xmm0
        8: ret
        7: vinsertf128 ymm0, ymm0, xmm0, 1
        vmovups [rdx], ymm0
        lea rax, [rdx + 32]
        and rax, -32
        lea r10, [r11 - 128]
        2: vmovaps [rax], ymm0
        vmovaps [rax + 32], ymm0
        vmovaps [rax + 64], ymm0
        vmovaps [rax + 96], ymm0
        sub rax, -128
        cmp rax, r10
        jb 2b
        vmovups [r10], ymm0
        vmovups [r10 + 32], ymm0
        vmovups [r10 + 64], ymm0
        vmovups [r10 + 96], ymm0
        vzeroupper
        ret",
        registers = const IN_REGISTERS,
    )
}
