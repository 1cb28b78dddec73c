# The functions that compiled Rust calls for copies, fills and comparisons, and expects from its surroundings.
#
# In assembly, since a compiler that recognises such a loop makes it a call of itself. In the kernel only: in a
# library they would take the place of libc's in every test on the host.

    .text
    .global memcpy
    .type memcpy, @function
memcpy:
    mov rax, rdi
    mov rcx, rdx
    shr rcx, 3
    rep movsq
    mov ecx, edx
    and ecx, 7
    rep movsb
    ret

    .global memmove
    .type memmove, @function
memmove:
    mov rcx, rdi
    sub rcx, rsi
    cmp rcx, rdx
    jae memcpy                          # the target does not begin inside the source
    mov rax, rdi
    lea rdi, [rdi + rdx - 1]            # from the end: first the odd bytes, then words
    lea rsi, [rsi + rdx - 1]
    mov rcx, rdx
    and ecx, 7
    std
    rep movsb
    sub rdi, 7
    sub rsi, 7
    mov rcx, rdx
    shr rcx, 3
    rep movsq
    cld
    ret

    .global memset
    .type memset, @function
memset:
    mov r8, rdi
    movzx eax, sil
    mov rcx, 0x0101010101010101
    imul rax, rcx
    mov rcx, rdx
    shr rcx, 3
    rep stosq
    mov ecx, edx
    and ecx, 7
    rep stosb
    mov rax, r8
    ret

    .global memcmp
    .type memcmp, @function
    .global bcmp
    .type bcmp, @function
memcmp:
bcmp:
    xor eax, eax
    mov rcx, rdx
    test rcx, rcx
    jz 2f
    repe cmpsb
    je 2f
    movzx eax, byte ptr [rdi - 1]
    movzx ecx, byte ptr [rsi - 1]
    sub eax, ecx
2:  ret

    .global strlen
    .type strlen, @function
strlen:
    xor eax, eax
2:  cmp byte ptr [rdi + rax], 0
    je 3f
    inc rax
    jmp 2b
3:  ret

    # Nothing unwinds where a panic aborts; the prebuilt core library still names these.
    .global _Unwind_Resume
    .type _Unwind_Resume, @function
    .global rust_eh_personality
    .type rust_eh_personality, @function
_Unwind_Resume:
rust_eh_personality:
    ud2
