# From power-on to Rust.
#
# In: a CPU in 32-bit protected mode without paging, as PVH boot leaves it (the `Xen` note below asks for that);
# ebx points to the start info. Out: 64-bit mode, memory mapped one to one, and `kernel_main(start_info)` running on
# a stack of its own. It knows the linker script's symbols and no device.
#
# The map, made of 2 MiB pages but for the lowest: 4 GiB one to one, of which the kernel's code is the only part
# that can be executed and the code and the constants are the only parts that cannot be written.

    .section .note.pvh, "a", @note
    .balign 4
    .long 4, 4, 18                      # name's length, value's length, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long pvh_start

    .section .text.boot, "ax", @progbits
    .code32
    .global pvh_start
pvh_start:
    cli
    cld
    mov esp, offset stack_end

    # 2,048 large pages, one to one: present, writable, large; and not to be executed.
    xor ecx, ecx
2:  mov eax, ecx
    shl eax, 21
    or eax, 0x83
    mov dword ptr [page_directories + ecx * 8], eax
    mov dword ptr [page_directories + ecx * 8 + 4], 0x80000000
    inc ecx
    cmp ecx, 2048
    jb 2b

    # The code: not writable, executable. The constants behind it: neither.
    mov ecx, offset text_start
    shr ecx, 21
2:  and dword ptr [page_directories + ecx * 8], ~2
    mov dword ptr [page_directories + ecx * 8 + 4], 0
    inc ecx
    cmp ecx, offset text_end_large
    jb 2b
2:  and dword ptr [page_directories + ecx * 8], ~2
    inc ecx
    cmp ecx, offset rodata_end_large
    jb 2b

    # The lowest 2 MiB in pages of 4 KiB, so that single ones can be taken out of the map.
    xor ecx, ecx
2:  mov eax, ecx
    shl eax, 12
    or eax, 3
    mov dword ptr [low_table + ecx * 8], eax
    mov dword ptr [low_table + ecx * 8 + 4], 0x80000000
    inc ecx
    cmp ecx, 512
    jb 2b
    mov eax, offset low_table
    or eax, 3
    mov dword ptr [page_directories], eax
    mov dword ptr [page_directories + 4], 0

    # Four directories below one table below the root.
    mov eax, offset page_directories
    or eax, 3
    xor ecx, ecx
2:  mov dword ptr [pointer_table + ecx * 8], eax
    add eax, 4096
    inc ecx
    cmp ecx, 4
    jb 2b
    mov eax, offset pointer_table
    or eax, 3
    mov dword ptr [root_table], eax
    mov eax, offset root_table
    mov cr3, eax

    # Physical address extension; SSE with its exceptions, before any Rust runs.
    mov eax, cr4
    or eax, (1 << 5) | (1 << 9) | (1 << 10)
    mov cr4, eax
    # EFER: long mode, and pages that cannot be executed.
    mov ecx, 0xc0000080
    rdmsr
    or eax, (1 << 8) | (1 << 11)
    wrmsr
    # Paging; read-only pages bind the kernel, too; x87 errors as exceptions, no emulation.
    mov eax, cr0
    and eax, ~((1 << 2) | (1 << 3))
    or eax, (1 << 31) | (1 << 16) | (1 << 5) | (1 << 1)
    mov cr0, eax

    lgdt [boot_gdt_pointer]
    push 8
    mov eax, offset long_start
    push eax
    retf

    .code64
long_start:
    xor eax, eax
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov rsp, offset stack_end
    # Frame pointers end here.
    xor ebp, ebp
    mov edi, ebx
    call kernel_main
    ud2

    .section .rodata.boot, "a", @progbits
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9a000000ffff            # code of ring 0, 64 bits
boot_gdt_pointer:
    .word 15
    .long boot_gdt

    .section .bss.tables, "aw", @nobits
    .balign 4096
    .global root_table
root_table:       .skip 4096
pointer_table:    .skip 4096
page_directories: .skip 4 * 4096
    .global low_table
low_table:        .skip 4096
