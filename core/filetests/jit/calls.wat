;; What lives over a call is stored where it is defined, and loaded where it is used.
(module
  (func $f (param i32) (result i32) (i32.mul (local.get 0) (i32.const 5)))
  (func (param i32 i32) (result i32)
    (i32.add (call $f (local.get 1)) (local.get 0))))
;;! function 0 Ok(())
;;! block0(v0: i32):
;;!     v2: i32 = mul v0 i32.0x5
;;!     return(v2)
;;! function 1 Ok(())
;;! block0(v0: i32, v1: i32):
;;!     v2: i32 = call #0 v1
;;!     v3: i32 = add v2 v0
;;!     return(v3)
;;! code of function 0
;;!      0  lea eax,[rax+rax*4]
;;!      3  ret
;;! code of function 1
;;!      0  push rbp
;;!      1  mov rbp,rsp
;;!      4  mov r11,[r15]
;;!      7  lea r10,[rsp-10h]
;;!      c  cmp r10,[r11+8]
;;!     10  jb 0000000000000034h
;;!     16  sub rsp,10h
;;!     1d  mov [rbp-8],rax
;;!     21  mov rax,rdx
;;!     24  call 0FFFFFFFFFFFFFFE0h
;;!     29  mov rsi,[rbp-8]
;;!     2d  add eax,esi
;;!     2f  mov rsp,rbp
;;!     32  pop rbp
;;!     33  ret
;;!     34  push 10h
;;!     36  call 00000000000000C0h
;;!     3b  jmp short 4
