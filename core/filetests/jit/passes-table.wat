;; A branch by table, a division that insists on registers, and a conditional move.
;; with all passes
(module
  (func (param i32 i32) (result i32)
    (block $two (block $one (block $none
      (br_table $none $one $two (local.get 0)))
      (return (i32.div_u (local.get 0) (local.get 1))))
      (local.set 1 (select (local.get 0) (local.get 1) (i32.lt_s (local.get 0) (local.get 1)))))
    (i32.shl (local.get 1) (local.get 0))))
;;! function 0 Ok(())
;;! block0(v0: i32, v1: i32):
;;!     table v0, block1, block2, block3(v1)
;;! block1:
;;!     v2: i32 = div_u v0 v1
;;!     return(v2)
;;! block2:
;;!     v3: i32 = icmp.lt_s v0 v1
;;!     v4: i32 = select v3 v0 v1
;;!     jump block3(v4)
;;! block3(v5: i32):
;;!     v6: i32 = shl v5 v0
;;!     return(v6)
;;! improved in function 0
;;!     38  an instruction becomes part of the one that uses it
;;! lowered
;;! block0(v0, v1):
;;!     v8 = MovImm.4 0x2
;;!     v7 = Table.4 v0 v8 block1 block2 block3
;;! block1:
;;!     Test.4 v1 v1
;;!     TrapIf(equal, 8)
;;!     v2 = DivU.4 v0 v1
;;!     Ret v2 in rax
;;! block2:
;;!     Cmp.4 v0 v1
;;!     v4 = CMov(less).4 v1 v0
;;!     Jump block3
;;! block3(v5):
;;!     v6 = ShiftX(Left).4 v5 v0
;;!     Ret v6 in rax
;;! allocated
;;! 0 slots
;;! block0:
;;!     v0 in rax
;;!     v1 in rdx
;;!     rsi = MovImm.4 0x2
;;!     rdi = Move.8 rax
;;!     rdi = Table.4 rdi rsi block1 block2 block3
;;! block1:
;;!     Test.4 rdx rdx
;;!     TrapIf(equal, 8)
;;!     rcx = Move.8 rdx
;;!     rax = DivU.4 rax rcx
;;!     Ret v2 in rax
;;! block2:
;;!     Cmp.4 rax rdx
;;!     rdx = CMov(less).4 rdx rax
;;!     Jump block3
;;! block3:
;;!     v5 in rdx
;;!     rax = ShiftX(Left).4 rdx rax
;;!     Ret v6 in rax
;;! code of function 0
;;!      0  mov esi,2
;;!      5  mov rdi,rax
;;!      8  cmp edi,esi
;;!      a  cmovae edi,esi
;;!      d  lea rsi,[20h]
;;!     14  movsxd rdi,[rsi+rdi*4]
;;!     18  add rdi,rsi
;;!     1b  jmp rdi
