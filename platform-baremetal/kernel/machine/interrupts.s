# Where the processor goes when something happens: one entry per vector, all to one place.
#
# In: what the processor has pushed. Out: a call of `interrupt(&mut TrapFrame)` with all registers saved in the
# library's order; then execution goes on with what the frame says. The stack is one of the interrupt stack table's, since code
# that was interrupted may use memory below its stack pointer (the red zone of the System V ABI).

    .text
    .balign 16
    .global vector_entries
vector_entries:
    .set vector, 0
    .rept 48
    .balign 16
    # 8, 10 to 14, 17, 21, 29 and 30 come with an error code.
    .if (0x60227d00 >> vector) & 1 == 0 || vector > 31
    push 0
    .endif
    push vector
    jmp interrupt_entry
    .set vector, vector + 1
    .endr

interrupt_entry:
    push rax
    push rbx
    push rcx
    push rdx
    push rsi
    push rdi
    push rbp
    push r8
    push r9
    push r10
    push r11
    push r12
    push r13
    push r14
    push r15
    cld
    mov rbp, rsp
    # The handler is compiled for SSE and leaves the upper halves of wider registers alone.
    sub rsp, 512
    and rsp, -16
    fxsave64 [rsp]
    mov rdi, rbp
    call interrupt
    fxrstor64 [rsp]
    mov rsp, rbp
    pop r15
    pop r14
    pop r13
    pop r12
    pop r11
    pop r10
    pop r9
    pop r8
    pop rbp
    pop rdi
    pop rsi
    pop rdx
    pop rcx
    pop rbx
    pop rax
    add rsp, 16
    iretq

# Stacks for handlers, one per row of the table that interrupts.rs fills.
    .section .bss.interrupt_stacks, "aw", @nobits
    .balign 16
    .global interrupt_stacks
interrupt_stacks: .skip 3 * 0x8000
