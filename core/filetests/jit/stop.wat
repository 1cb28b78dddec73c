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
;;!     6e  call 00000000000001C0h
;;!     73  jmp short 000000000000000Ah
;;!     75  add r12,2
;;!     79  push 2
;;!     7b  call 0000000000000340h
;;!     80  jmp short 0000000000000014h
;;!     82  add r12,2
;;!     86  push 2
;;!     88  call 0000000000000340h
;;!     8d  jmp short 0000000000000026h
;;!     8f  ud2
;;!     91  add r12,1
;;!     95  push 1
;;!     97  call 0000000000000340h
;;!     9c  jmp short 0000000000000051h
;;! code of function 1
;;!      0  push rbp
;;!      1  mov rbp,rsp
;;!      4  cmp rsp,[r13]
;;!      8  jb 000000000000004Ah
;;!      e  nop [rax+rax]
;;!     17  nop [rax+rax]
;;!     20  cmp rsp,[r13]
;;!     24  jb 000000000000007Eh
;;!     2a  sub r12,6
;;!     2e  jb 000000000000009Ch
;;!     34  call 0FFFFFFFFFFFFFF60h
;;!     39  add eax,0FFFFFFFFh
;;!     3c  jne short 0000000000000020h
;;!     3e  sub r12,1
;;!     42  jb 00000000000000A9h
;;!     48  pop rbp
;;!     49  ret
;;!     4a  mov r11,[r15]
;;!     4d  cmp rsp,[r11+8]
;;!     51  jae 0000000000000060h
;;!     57  push 0
;;!     59  call 0000000000000420h
;;!     5e  jmp short 4
;;!     60  cmp dword ptr [r13+8],0
;;!     65  jne 0000000000000075h
;;!     6b  push rax
;;!     6c  mov rax,[r15]
;;!     6f  dec dword ptr [rax+20h]
;;!     72  pop rax
;;!     73  jne short 000000000000000Eh
;;!     75  push 0
;;!     77  call 0000000000000120h
;;!     7c  jmp short 000000000000000Eh
;;!     7e  cmp dword ptr [r13+8],0
;;!     83  jne 0000000000000093h
;;!     89  push rax
;;!     8a  mov rax,[r15]
;;!     8d  dec dword ptr [rax+20h]
;;!     90  pop rax
;;!     91  jne short 000000000000002Ah
;;!     93  push 0
;;!     95  call 0000000000000120h
;;!     9a  jmp short 000000000000002Ah
;;!     9c  add r12,6
;;!     a0  push 6
;;!     a2  call 00000000000002A0h
;;!     a7  jmp short 0000000000000034h
;;!     a9  add r12,1
;;!     ad  push 1
;;!     af  call 00000000000002A0h
;;!     b4  jmp short 0000000000000048h
