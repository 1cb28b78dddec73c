;; A sum over an array: an address, a limit and a product that do not change come before the loop, the load becomes an
;; operand, and the comparison is part of the branch.
;; with all passes
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
;;!     v6: i64 = memory_record #0
;;!     v7: i64 = memory_limit -12 v6
;;!     v10: i32 = mul v2 v2
;;!     jump block1(v0, i32.0x0)
;;! block1(v4: i32, v5: i32) in loop 1:
;;!     check_limit v4 v7
;;!     v9: i32 = load4 +8 v4
;;!     v11: i32 = mul v9 v10
;;!     v12: i32 = add v5 v11
;;!     v14: i32 = add v4 i32.0x4
;;!     v15: i32 = icmp.lt_u v14 v1
;;!     branch v15, block1(v14, v12), block2
;;! block2 in loop 1:
;;!     jump block3
;;! block3:
;;!     return(v12)
;;! improved in function 0
;;!     28  a value is computed before a loop
;;!     28  the limit of a memory is computed before a loop
;;!     2f  a value is computed before a loop
;;!     40  an instruction becomes part of the one that uses it
;;!     30  an instruction becomes part of the one that uses it
;;!     30  a load becomes an operand
;;! lowered
;;! block0(v0, v1, v2):
;;!     v17 = Load(8, false).8 [r15 +32]
;;!     v6 = Load(8, false).8 [v17]
;;!     v16 = Load(8, false).8 [v6 +8]
;;!     v7 = AddImm.8 v16 0xfffffffffffffff4
;;!     v10 = Alu(Mul).4 v2 v2
;;!     Jump block1
;;! block1(v4, v5):
;;!     Cmp.8 v4 v7
;;!     TrapIf(above, 2)
;;!     v11 = AluMem(Mul).4 v10 [r14 + v4 +8]
;;!     v12 = Add.4 v5 v11
;;!     v14 = AddImm.4 v4 0x4
;;!     Cmp.4 v14 v1
;;!     Branch(below) block1 else block2
;;! block2:
;;!     Jump block3
;;! block3:
;;!     Ret v12 in rax
;;! allocated
;;! 0 slots
;;! block0:
;;!     v0 in rax
;;!     v1 in rdx
;;!     v2 in rcx
;;!     rsi = Load(8, false).8 [r15 +32]
;;!     rsi = Load(8, false).8 [rsi]
;;!     rsi = Load(8, false).8 [rsi +8]
;;!     rsi = AddImm.8 rsi 0xfffffffffffffff4
;;!     rcx = Alu(Mul).4 rcx rcx
;;!     Jump block1
;;!   to block1:
;;!     rdi = MovImm.8 0x0
;;! block1:
;;!     v4 in rax
;;!     v5 in rdi
;;!     Cmp.8 rax rsi
;;!     TrapIf(above, 2)
;;!     rbx = Move.8 rcx
;;!     rbx = AluMem(Mul).4 rbx [r14 + rax +8]
;;!     rdi = Add.4 rdi rbx
;;!     rax = AddImm.4 rax 0x4
;;!     Cmp.4 rax rdx
;;!     Branch(below) block1 else block2
;;! block2:
;;!     Jump block3
;;! block3:
;;!     rax = Move.8 rdi
;;!     Ret v12 in rax
;;! code of function 0
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  mov rsi,[rsi+8]
;;!      b  add rsi,0FFFFFFFFFFFFFFF4h
;;!      f  imul ecx,ecx
;;!     12  xor edi,edi
;;!     14  nop [rax+rax]
;;!     1d  nop [rax]
;;!     20  cmp rax,rsi
;;!     23  ja 000000000000003Fh
;;!     29  mov rbx,rcx
;;!     2c  imul ebx,[r14+rax+8]
;;!     32  add edi,ebx
;;!     34  add eax,4
;;!     37  cmp eax,edx
;;!     39  jb short 0000000000000020h
;;!     3b  mov rax,rdi
;;!     3e  ret
;;!     3f  ud2
