;; An access is checked once for an address; a load becomes an operand; what was stored is not loaded.
(module
  (memory 1)
  (func (param i32 i32) (result i32)
    (i32.store offset=8 (local.get 0) (local.get 1))
    (i32.add (i32.load (local.get 0)) (i32.mul (i32.load offset=8 (local.get 0)) (i32.load offset=4 (local.get 0)))))
  (func (param i32)
    (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 1)))))
;;! function 0 Ok(())
;;! block0(v0: i32, v1: i32):
;;!     v2: i64 = memory_record #0
;;!     check +12 v0 v2
;;!     store4 +8 v0 v1
;;!     v5: i32 = load4 +0 v0
;;!     v6: i32 = load4 +4 v0
;;!     v7: i32 = mul v1 v6
;;!     v8: i32 = add v5 v7
;;!     return(v8)
;;! function 1 Ok(())
;;! block0(v0: i32):
;;!     v1: i64 = memory_record #0
;;!     check +4 v0 v1
;;!     v3: i32 = load4 +0 v0
;;!     v5: i32 = add v3 i32.0x1
;;!     store4 +0 v0 v5
;;!     return
;;! code of function 0
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+0Ch]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 0000000000000028h
;;!     15  mov [r14+rax+8],edx
;;!     1a  imul edx,[r14+rax+4]
;;!     20  add edx,[r14+rax]
;;!     24  mov rax,rdx
;;!     27  ret
;;!     28  ud2
;;! code of function 1
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+4]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Bh
;;!     15  add dword ptr [r14+rax],1
;;!     1a  ret
;;!     1b  ud2
