;; with fuel
;; with interruption
(module (memory 1)
    (func $leaf (param i32) (result i32)
        (if (result i32) (local.get 0) (then (i32.load (local.get 0))) (else (i32.const 2))))
    (func (param i32) (result i32)
        (loop $more
            (br_if $more (local.tee 0 (i32.sub (call $leaf (local.get 0)) (i32.const 1)))))
        (local.get 0)))
;;! function 0 Ok(())
;;! block0(v0: i32):
;;!     fuel 2
;;!     branch v0, block1, block2
;;! block1:
;;!     fuel 2
;;!     v3: i64 = memory_record #0
;;!     check +4 v0 v3
;;!     v5: i32 = load4 +0 v0
;;!     jump block3(v5)
;;! block2:
;;!     fuel 1
;;!     jump block3(i32.0x2)
;;! block3(v8: i32):
;;!     return(v8)
;;! function 1 Ok(())
;;! block0(v0: i32):
;;!     jump block1(v0)
;;! block1(v1: i32) in loop 1:
;;!     poll
;;!     fuel 6
;;!     v4: i32 = call #0 v1
;;!     v7: i32 = add v4 i32.0xffffffff
;;!     branch v7, block1(v7), block2
;;! block2 in loop 1:
;;!     jump block3
;;! block3:
;;!     fuel 1
;;!     return(v7)
;;! code of function 0
;;!      0  cmp rsp,[r13]
;;!      4  jb 0000000000000057h
;;!      a  sub r12,2
;;!      e  jb 0000000000000075h
;;!     14  test eax,eax
;;!     16  je 0000000000000047h
;;!     1c  sub r12,2
;;!     20  jb 0000000000000082h
;;!     26  mov rsi,[r15+20h]
;;!     2a  mov rsi,[rsi]
;;!     2d  lea rdi,[rax+4]
;;!     31  cmp [rsi+8],rdi
;;!     35  jb 000000000000008Fh
;;!     3b  mov esi,[r14+rax]
;;!     3f  mov rax,rsi
;;!     42  jmp 0000000000000056h
;;!     47  sub r12,1
;;!     4b  jb 0000000000000091h
;;!     51  mov eax,2
;;!     56  ret
;;!     57  cmp dword ptr [r13+8],0
;;!     5c  jne 000000000000006Ch
;;!     62  push rax
;;!     63  mov rax,[r15]
;;!     66  dec dword ptr [rax+20h]
;;!     69  pop rax
;;!     6a  jne short 000000000000000Ah
;;!     6c  push 0
;;!     6e  call 00000000000001A0h
;;!     73  jmp short 000000000000000Ah
;;!     75  add r12,2
;;!     79  push 2
;;!     7b  call 0000000000000310h
;;!     80  jmp short 0000000000000014h
;;!     82  add r12,2
;;!     86  push 2
;;!     88  call 0000000000000310h
;;!     8d  jmp short 0000000000000026h
;;!     8f  ud2
;;!     91  add r12,1
;;!     95  push 1
;;!     97  call 0000000000000310h
;;!     9c  jmp short 0000000000000051h
;;! code of function 1
;;!      0  push rbp
;;!      1  mov rbp,rsp
;;!      4  cmp rsp,[r13]
;;!      8  jb 0000000000000038h
;;!      e  cmp rsp,[r13]
;;!     12  jb 000000000000006Ch
;;!     18  sub r12,6
;;!     1c  jb 000000000000008Ah
;;!     22  call 0FFFFFFFFFFFFFF60h
;;!     27  add eax,0FFFFFFFFh
;;!     2a  jne short 000000000000000Eh
;;!     2c  sub r12,1
;;!     30  jb 0000000000000097h
;;!     36  pop rbp
;;!     37  ret
;;!     38  mov r11,[r15]
;;!     3b  cmp rsp,[r11+8]
;;!     3f  jae 000000000000004Eh
;;!     45  push 0
;;!     47  call 00000000000003E0h
;;!     4c  jmp short 4
;;!     4e  cmp dword ptr [r13+8],0
;;!     53  jne 0000000000000063h
;;!     59  push rax
;;!     5a  mov rax,[r15]
;;!     5d  dec dword ptr [rax+20h]
;;!     60  pop rax
;;!     61  jne short 000000000000000Eh
;;!     63  push 0
;;!     65  call 0000000000000100h
;;!     6a  jmp short 000000000000000Eh
;;!     6c  cmp dword ptr [r13+8],0
;;!     71  jne 0000000000000081h
;;!     77  push rax
;;!     78  mov rax,[r15]
;;!     7b  dec dword ptr [rax+20h]
;;!     7e  pop rax
;;!     7f  jne short 0000000000000018h
;;!     81  push 0
;;!     83  call 0000000000000100h
;;!     88  jmp short 0000000000000018h
;;!     8a  add r12,6
;;!     8e  push 6
;;!     90  call 0000000000000270h
;;!     95  jmp short 0000000000000022h
;;!     97  add r12,1
;;!     9b  push 1
;;!     9d  call 0000000000000270h
;;!     a2  jmp short 0000000000000036h
