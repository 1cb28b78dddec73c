;; The same loop without any improvement: what a search for a wrong one ends with.
;; with all passes
;; with no improvement
(module
  (memory 1)
  (func (param i32 i32 i32) (result i32) (local i32)
    (loop $again
      (local.set 3 (i32.add (local.get 3)
        (i32.mul (i32.load offset=8 (local.get 0)) (i32.mul (local.get 2) (local.get 2)))))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get 0) (local.get 1))))
    (local.get 3)))
;;! function 0 Ok(())
;;! block0(v0: i32, v1: i32, v2: i32):
;;!     jump block1(v0, i32.0x0)
;;! block1(v4: i32, v5: i32) in loop 1:
;;!     v6: i64 = memory_record #0
;;!     check +12 v4 v6
;;!     v8: i32 = load4 +8 v4
;;!     v9: i32 = mul v2 v2
;;!     v10: i32 = mul v8 v9
;;!     v11: i32 = add v5 v10
;;!     v13: i32 = add v4 i32.0x4
;;!     v14: i32 = icmp.lt_u v13 v1
;;!     branch v14, block1(v13, v11), block2
;;! block2 in loop 1:
;;!     jump block3
;;! block3:
;;!     return(v11)
;;! improved in function 0
;;! lowered
;;! block0(v0, v1, v2):
;;!     Jump block1
;;! block1(v4, v5):
;;!     v16 = Load(8, false).8 [r15 +32]
;;!     v6 = Load(8, false).8 [v16]
;;!     v15 = Lea.8 [v4 +12]
;;!     CmpMemReg.8 v15 [v6 +8]
;;!     TrapIf(below, 2)
;;!     v8 = Load(4, false).4 [r14 + v4 +8]
;;!     v9 = Alu(Mul).4 v2 v2
;;!     v10 = Alu(Mul).4 v8 v9
;;!     v11 = Add.4 v5 v10
;;!     v13 = AddImm.4 v4 0x4
;;!     Cmp.4 v13 v1
;;!     v14 = SetCc(below).4
;;!     Test.4 v14 v14
;;!     Branch(not equal) block1 else block2
;;! block2:
;;!     Jump block3
;;! block3:
;;!     Ret v11 in rax
;;! allocated
;;! 0 slots
;;! block0:
;;!     v0 in rax
;;!     v1 in rdx
;;!     v2 in rcx
;;!     Jump block1
;;!   to block1:
;;!     rsi = MovImm.8 0x0
;;! block1:
;;!     v4 in rax
;;!     v5 in rsi
;;!     rdi = Load(8, false).8 [r15 +32]
;;!     rdi = Load(8, false).8 [rdi]
;;!     rbx = Lea.8 [rax +12]
;;!     CmpMemReg.8 rbx [rdi +8]
;;!     TrapIf(below, 2)
;;!     rdi = Load(4, false).4 [r14 + rax +8]
;;!     rbx = Move.8 rcx
;;!     rbx = Alu(Mul).4 rbx rcx
;;!     rdi = Alu(Mul).4 rdi rbx
;;!     rsi = Add.4 rsi rdi
;;!     rax = AddImm.4 rax 0x4
;;!     Cmp.4 rax rdx
;;!     rdi = SetCc(below).4
;;!     Test.4 rdi rdi
;;!     Branch(not equal) block1 else block2
;;! block2:
;;!     Jump block3
;;! block3:
;;!     rax = Move.8 rsi
;;!     Ret v11 in rax
;;! code of function 0
;;!      0  xor esi,esi
;;!      2  nop [rax+rax]
;;!      b  nop [rax+rax]
;;!     14  nop [rax+rax]
;;!     1d  nop [rax]
;;!     20  mov rdi,[r15+20h]
;;!     24  mov rdi,[rdi]
;;!     27  lea rbx,[rax+0Ch]
;;!     2b  cmp [rdi+8],rbx
;;!     2f  jb 000000000000005Ah
;;!     35  mov edi,[r14+rax+8]
;;!     3a  mov rbx,rcx
;;!     3d  imul ebx,ecx
;;!     40  imul edi,ebx
;;!     43  add esi,edi
;;!     45  add eax,4
;;!     48  cmp eax,edx
;;!     4a  setb dil
;;!     4e  movzx edi,dil
;;!     52  test edi,edi
;;!     54  jne short 0000000000000020h
;;!     56  mov rax,rsi
;;!     59  ret
;;!     5a  ud2
