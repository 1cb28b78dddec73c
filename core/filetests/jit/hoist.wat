;; What does not change in a loop is computed before it.
(module
  (memory 1)
  (func (param i32 i32 i32) (result i32) (local i32)
    (loop $again
      (local.set 3 (i32.add (local.get 3) (i32.mul (local.get 1) (local.get 2))))
      (br_if $again (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (local.get 2))))
    (local.get 3)))
;;! function 0 Ok(())
;;! block0(v0: i32, v1: i32, v2: i32):
;;!     v6: i32 = mul v1 v2
;;!     jump block1(v0, i32.0x0)
;;! block1(v4: i32, v5: i32) in loop 1:
;;!     v7: i32 = add v5 v6
;;!     v9: i32 = add v4 i32.0x4
;;!     v10: i32 = icmp.lt_u v9 v2
;;!     branch v10, block1(v9, v7), block2
;;! block2 in loop 1:
;;!     jump block3
;;! block3:
;;!     return(v7)
;;! code of function 0
;;!      0  imul edx,ecx
;;!      3  xor esi,esi
;;!      5  nop [rax+rax]
;;!      e  nop [rax+rax]
;;!     17  nop [rax+rax]
;;!     20  add esi,edx
;;!     22  add eax,4
;;!     25  cmp eax,ecx
;;!     27  jb short 0000000000000020h
;;!     29  mov rax,rsi
;;!     2c  ret
