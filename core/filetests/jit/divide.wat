;; Divisions insist on registers; by constants they need no checks, by powers of two no division.
(module
  (func (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (param i32) (result i32) (i32.rem_u (local.get 0) (i32.const 10)))
  (func (param i64) (result i64) (i64.div_u (local.get 0) (i64.const 8))))
;;! function 0 Ok(())
;;! block0(v0: i32, v1: i32):
;;!     v2: i32 = div_s v0 v1
;;!     return(v2)
;;! function 1 Ok(())
;;! block0(v0: i32):
;;!     v2: i64 = extend_u v0
;;!     v4: i64 = mul v2 i64.0xcccccccd
;;!     v6: i64 = shr_u v4 i64.0x23
;;!     v7: i32 = wrap v6
;;!     v8: i32 = mul v7 i32.0xa
;;!     v9: i32 = sub v0 v8
;;!     return(v9)
;;! function 2 Ok(())
;;! block0(v0: i64):
;;!     v3: i64 = shr_u v0 i64.0x3
;;!     return(v3)
;;! code of function 0
;;!      0  test edx,edx
;;!      2  je 0000000000000025h
;;!      8  mov rcx,rdx
;;!      b  cmp ecx,0FFFFFFFFh
;;!      e  jne 0000000000000021h
;;!     14  neg eax
;;!     16  jo 0000000000000027h
;;!     1c  jmp 0000000000000024h
;;!     21  cdq
;;!     22  idiv ecx
;;!     24  ret
;;!     25  ud2
;;!     27  ud2
;;! code of function 1
;;!      0  mov esi,0CCCCCCCDh
;;!      5  imul rsi,rax
;;!      9  shr rsi,23h
;;!      d  mov esi,esi
;;!      f  imul esi,0Ah
;;!     12  sub eax,esi
;;!     14  ret
;;! code of function 2
;;!      0  shr rax,3
;;!      4  ret
