(module
    (import "host" "f" (func $f (param i32) (result i32)))
    (func $few (param i32) (result i32) (return_call $f (local.get 0)))
    (func $many (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (return_call $few (local.get 7)))
    (func $more (param i32) (result i32)
        (return_call $many (i32.const 1) (local.get 0) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
            (i32.const 7) (local.get 0)))
    (func $loop (param i32 i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call $loop (i32.sub (local.get 0) (i32.const 1)) (i32.mul (local.get 1) (local.get 0)))))
;;! function 0 Ok(())
;;! block0(v0: i32):
;;!     v1: i64 = func_ref #0
;;!     tail_call_ref v0 v1
;;!     left
;;! function 1 Ok(())
;;! block0(v0: i32, v1: i32, v2: i32, v3: i32, v4: i32, v5: i32, v6: i32, v7: i32):
;;!     tail_call #1 v7
;;!     left
;;! function 2 Ok(())
;;! block0(v0: i32):
;;!     tail_call #2 i32.0x1 v0 i32.0x3 i32.0x4 i32.0x5 i32.0x6 i32.0x7 v0
;;!     left
;;! function 3 Ok(())
;;! block0(v0: i32, v1: i32):
;;!     v3: i32 = icmp.eq v0 i32.0x0
;;!     branch v0, block2, block1
;;! block1:
;;!     return(v1)
;;! block2:
;;!     v6: i32 = add v0 i32.0xffffffff
;;!     v7: i32 = mul v1 v0
;;!     tail_call #4 v6 v7
;;!     left
;;! code of function 0
;;!      0  mov rsi,[r15+10h]
;;!      4  mov r11,[rsi]
;;!      7  jmp 0000000000000200h
;;! code of function 1
;;!      0  push rbp
;;!      1  mov rbp,rsp
;;!      4  mov r11,[r15]
;;!      7  cmp rsp,[r11+8]
;;!      b  jb 000000000000002Ch
;;!     11  mov eax,[rbp+18h]
;;!     14  mov rbx,[rbp+8]
;;!     18  mov r9,[rbp]
;;!     1c  lea rsp,[rbp+18h]
;;!     20  mov [rsp],rbx
;;!     24  mov rbp,r9
;;!     27  jmp 0FFFFFFFFFFFFFFE0h
;;!     2c  push 0
;;!     2e  call 00000000000002A0h
;;!     33  jmp short 4
;;! code of function 2
;;!      0  push rbp
;;!      1  mov rbp,rsp
;;!      4  mov r11,[r15]
;;!      7  lea r10,[rsp-10h]
;;!      c  cmp r10,[r11+8]
;;!     10  jb 0000000000000082h
;;!     16  sub rsp,10h
;;!     1d  mov esi,1
;;!     22  mov ecx,3
;;!     27  mov edi,4
;;!     2c  mov ebx,5
;;!     31  mov r8d,6
;;!     37  mov r9d,7
;;!     3d  mov [rsp],r9d
;;!     41  mov [rsp+8],eax
;;!     45  mov rdx,rax
;;!     48  mov rax,rsi
;;!     4b  mov rsi,rdi
;;!     4e  mov rdi,rbx
;;!     51  mov rbx,[rbp+8]
;;!     55  mov r9,[rbp]
;;!     59  movsd xmm15,[rsp+8]
;;!     60  movsd [rbp+8],xmm15
;;!     66  movsd xmm15,[rsp]
;;!     6c  movsd [rbp],xmm15
;;!     72  lea rsp,[rbp-8]
;;!     76  mov [rsp],rbx
;;!     7a  mov rbp,r9
;;!     7d  jmp 0FFFFFFFFFFFFFFC0h
;;!     82  push 10h
;;!     84  call 0000000000000260h
;;!     89  jmp 4
;;! code of function 3
;;!      0  test eax,eax
;;!      2  jne 000000000000000Ch
;;!      8  mov rax,rdx
;;!      b  ret
;;!      c  lea esi,[rax-1]
;;!      f  imul edx,eax
;;!     12  mov rax,rsi
;;!     15  jmp 0
