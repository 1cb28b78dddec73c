;; A loop that counts down: compare and branch are one, and the subtraction sets the flags.
(module
  (func (param i32) (result i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))
;;! function 0 Ok(())
;;! block0(v0: i32):
;;!     jump block1(v0, i32.0x0)
;;! block1(v2: i32, v3: i32) in loop 1:
;;!     v4: i32 = add v3 v2
;;!     v7: i32 = add v2 i32.0xffffffff
;;!     branch v7, block1(v7, v4), block2
;;! block2 in loop 1:
;;!     jump block3
;;! block3:
;;!     return(v4)
;;! code of function 0
;;!      0  xor esi,esi
;;!      2  nop [rax+rax]
;;!      b  nop [rax+rax]
;;!     14  nop [rax+rax]
;;!     1d  nop [rax]
;;!     20  add esi,eax
;;!     22  add eax,0FFFFFFFFh
;;!     25  jne short 0000000000000020h
;;!     27  mov rax,rsi
;;!     2a  ret
