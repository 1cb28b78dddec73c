;; Values across calls: stored to slots where they are defined or late, loaded again, and moved where ways come together.
;; with all passes
(module
  (import "host" "ask" (func $ask (param i32) (result i32)))
  (func (param i32 i64 f64) (result f64)
    (local i32)
    (local.set 3 (i32.mul (local.get 0) (i32.const 10)))
    (if (local.get 0)
      (then (local.set 0 (call $ask (i32.add (local.get 0) (i32.const 1))))))
    (f64.add (local.get 2)
      (f64.convert_i64_s (i64.add (local.get 1)
        (i64.extend_i32_u (i32.add (local.get 0) (local.get 3))))))))
;;! function 0 Ok(())
;;! block0(v0: i32, v1: i64, v2: f64):
;;!     v5: i32 = mul v0 i32.0xa
;;!     branch v0, block1, block2(v0)
;;! block1:
;;!     v7: i32 = add v0 i32.0x1
;;!     v8: i64 = func_ref #0
;;!     v9: i32 = call_ref v7 v8
;;!     jump block2(v9)
;;! block2(v10: i32):
;;!     v11: i32 = add v10 v5
;;!     v12: i64 = extend_u v11
;;!     v13: i64 = add v1 v12
;;!     v14: f64 = convert_s v13
;;!     v15: f64 = fadd v2 v14
;;!     return(v15)
;;! improved in function 0
;;!     4f  an instruction becomes part of the one that uses it
;;!      0  a value is stored to its slot late
;;!      0  a value is stored to its slot late
;;!     34  a value is stored to its slot late
;;!      0  values share slots
;;! lowered
;;! block0(v0, v1, v2):
;;!     v5 = MulImm.4 v0 0xa
;;!     Test.4 v0 v0
;;!     Branch(not equal) block1 else block2
;;! block1:
;;!     v7 = AddImm.4 v0 0x1
;;!     v16 = Load(8, false).8 [r15 +16]
;;!     v8 = Load(8, false).8 [v16]
;;!     v9 in rax = CallImport #0 v7 in rax v8 in r11
;;!     Jump block2
;;! block2(v10):
;;!     v11 = Add.4 v10 v5
;;!     v13 = Add.8 v1 v11
;;!     v14 = FFromInt(8).8 v13
;;!     v15 = Addsd(Any).avx.16 v2 v14
;;!     Ret v15 in xmm0
;;! allocated
;;! 3 slots
;;! block0:
;;!     v0 in rax
;;!     v1 in rdx
;;!     v2 in xmm0
;;!     rsi = MulImm.4 rax 0xa
;;!     Test.4 rax rax
;;!     Branch(not equal) block1 else block2
;;! block1:
;;!     slot1 = rdx (v1, late)
;;!     slot2 = xmm0 (v2, late)
;;!     slot0 = rsi (v5, late)
;;!     rax = AddImm.4 rax 0x1
;;!     rdi = Load(8, false).8 [r15 +16]
;;!     r11 = Load(8, false).8 [rdi]
;;!     v9 in rax = CallImport #0 v7 in rax v8 in r11
;;!     Jump block2
;;!   to block2:
;;!     xmm0 = Move.8 slot2
;;!     rsi = Move.8 slot0
;;!     rdx = Move.8 slot1
;;! block2:
;;!     v10 in rax
;;!     rsi = Add.4 rax rsi
;;!     rsi = Add.8 rdx rsi
;;!     xmm1 = FFromInt(8).8 rsi
;;!     xmm0 = Addsd(Any).avx.16 xmm0 xmm1
;;!     Ret v15 in xmm0
;;! code of function 0
;;!      0  push rbp
;;!      1  mov rbp,rsp
;;!      4  mov r11,[r15]
;;!      7  lea r10,[rsp-20h]
;;!      c  cmp r10,[r11+8]
;;!     10  jb 000000000000008Fh
;;!     16  sub rsp,20h
;;!     1d  imul esi,eax,0Ah
;;!     20  test eax,eax
;;!     22  je 0000000000000078h
;;!     28  mov [rbp-10h],rdx
;;!     2c  vmovsd [rbp-18h],xmm0
;;!     31  mov [rbp-8],rsi
;;!     35  add eax,1
;;!     38  mov rdi,[r15+10h]
;;!     3c  mov r11,[rdi]
;;!     3f  cmp qword ptr [r11+8],0
;;!     44  jne 000000000000009Bh
;;!     4a  sub rsp,10h
;;!     4e  mov [rsp],rax
;;!     52  mov rsi,r11
;;!     55  mov rdx,rsp
;;!     58  mov rdi,r15
;;!     5b  mov rax,[r15]
;;!     5e  mov rax,[rax+10h]
;;!     62  call qword ptr [rax]
;;!     64  mov eax,[rsp]
;;!     67  add rsp,10h
;;!     6b  vmovsd xmm0,[rbp-18h]
;;!     70  mov rsi,[rbp-8]
;;!     74  mov rdx,[rbp-10h]
;;!     78  add esi,eax
;;!     7a  add rsi,rdx
;;!     7d  vxorps xmm1,xmm1,xmm1
;;!     81  vcvtsi2sd xmm1,xmm1,rsi
;;!     86  vaddsd xmm0,xmm0,xmm1
;;!     8a  mov rsp,rbp
;;!     8d  pop rbp
;;!     8e  ret
;;!     8f  push 20h
;;!     91  call 0000000000000200h
;;!     96  jmp 4
;;!     9b  call 0000000000000140h
;;!     a0  jmp 000000000000006Bh
