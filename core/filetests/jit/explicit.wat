(module
  (memory 1)
  (memory $wide i64 1)
  (memory $bytes 9 (pagesize 1))
  (table $table i64 4 funcref)
  (func (export "sum") (param i32 i32) (result i64) (local i64)
    (loop $again
      (local.set 2 (i64.add (local.get 2) (i64.load (local.get 0))))
      (i32.store offset=4 (local.get 0) (i32.const 0))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if $again (i32.lt_u (local.get 0) (local.get 1))))
    (local.get 2))
  (func (export "grows") (param i32) (result i32)
    (loop $again
      (drop (memory.grow (i32.const 1)))
      (i32.store (local.get 0) (i32.const 1))
      (local.set 0 (i32.sub (local.get 0) (i32.const 4)))
      (br_if $again (local.get 0)))
    (memory.size))
  (func (export "wide") (param i64) (result i32)
    (i32.load $wide offset=0x100000000 (i64.add (local.get 0) (i64.load $wide (local.get 0)))))
  (func (export "bytes") (param i32)
    (i32.store8 $bytes offset=10 (local.get 0) (i32.const 3)))
  (func (export "element") (param i64) (result i32)
    (ref.is_null (table.get $table (local.get 0)))))
;;! function 0 Ok(())
;;! block0(v0: i32, v1: i32):
;;!     v5: i64 = memory_record #0
;;!     v6: i64 = memory_limit -8 v5
;;!     jump block1(v0, i64.0x0)
;;! block1(v3: i32, v4: i64) in loop 1:
;;!     check_limit v3 v6
;;!     v8: i64 = load8 +0 v3
;;!     v9: i64 = add v4 v8
;;!     store4 +4 v3 i32.0x0
;;!     v13: i32 = add v3 i32.0x8
;;!     v14: i32 = icmp.lt_u v13 v1
;;!     branch v14, block1(v13, v9), block2
;;! block2 in loop 1:
;;!     jump block3
;;! block3:
;;!     return(v9)
;;! function 1 Ok(())
;;! block0(v0: i32):
;;!     v6: i64 = memory_record #0
;;!     jump block1(v0)
;;! block1(v1: i32) in loop 1:
;;!     v4: i64 = builtin #4 i64.0x0 i32.0x1
;;!     v5: i32 = wrap v4
;;!     check +4 v1 v6
;;!     store4 +0 v1 i32.0x1
;;!     v11: i32 = add v1 i32.0xfffffffc
;;!     branch v11, block1(v11), block2
;;! block2 in loop 1:
;;!     jump block3
;;! block3:
;;!     v12: i64 = memory_len v6
;;!     v14: i64 = shr_u v12 i64.0x10
;;!     v15: i32 = wrap v14
;;!     return(v15)
;;! function 2 Ok(())
;;! block0(v0: i64):
;;!     v1: i64 = memory_record #1
;;!     v2: i64 = memory_limit -8 v1
;;!     check_limit v0 v2
;;!     v4: i64 = memory_base v1
;;!     v5: i64 = add v4 v0
;;!     v6: i64 = load8 host +0 v5
;;!     v7: i64 = add v0 v6
;;!     v9: i64 = add v7 i64.0x100000000
;;!     v10: i32 = icmp.lt_u v9 i64.0x100000000
;;!     trap_if v10
;;!     v12: i64 = memory_limit -4 v1
;;!     check_limit v9 v12
;;!     v14: i64 = add v4 v9
;;!     v15: i32 = load4 host +0 v14
;;!     return(v15)
;;! function 3 Ok(())
;;! block0(v0: i32):
;;!     v2: i64 = memory_record #2
;;!     check +11 v0 v2
;;!     v4: i64 = memory_base v2
;;!     v5: i64 = extend_u v0
;;!     v6: i64 = add v4 v5
;;!     store1 host +10 v6 i32.0x3
;;!     return
;;! function 4 Ok(())
;;! block0(v0: i64):
;;!     v1: i64 = table_record #0
;;!     v2: i64 = table_get v0 v1
;;!     v4: i32 = icmp.eq v2 i64.0x0
;;!     return(v4)
;;! code of function 0
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  mov rsi,[rsi+8]
;;!      b  add rsi,0FFFFFFFFFFFFFFF8h
;;!      f  xor edi,edi
;;!     11  nop [rax+rax]
;;!     1a  nop [rax+rax]
;;!     20  cmp rax,rsi
;;!     23  ja 0000000000000041h
;;!     29  add rdi,[r14+rax]
;;!     2d  mov dword ptr [r14+rax+4],0
;;!     36  add eax,8
;;!     39  cmp eax,edx
;;!     3b  jb short 0000000000000020h
;;!     3d  mov rax,rdi
;;!     40  ret
;;!     41  ud2
;;! code of function 1
;;!      0  push rbp
;;!      1  mov rbp,rsp
;;!      4  mov r11,[r15]
;;!      7  lea r10,[rsp-10h]
;;!      c  cmp r10,[r11+8]
;;!     10  jb 000000000000009Ah
;;!     16  sub rsp,10h
;;!     1d  mov rsi,[r15+20h]
;;!     21  mov rsi,[rsi]
;;!     24  mov [rbp-8],rsi
;;!     28  mov [rbp-10h],rax
;;!     2c  nop [rax+rax]
;;!     35  nop [rax+rax]
;;!     3e  xchg ax,ax
;;!     40  xor esi,esi
;;!     42  mov edx,1
;;!     47  mov rdi,r15
;;!     4a  mov rax,[r15]
;;!     4d  mov rax,[rax+10h]
;;!     51  call qword ptr [rax+20h]
;;!     54  mov r14,[r15+20h]
;;!     58  mov r14,[r14]
;;!     5b  mov r14,[r14]
;;!     5e  mov rsi,[rbp-10h]
;;!     62  lea rdi,[rsi+4]
;;!     66  mov rbx,[rbp-8]
;;!     6a  cmp [rbx+8],rdi
;;!     6e  jb 00000000000000A6h
;;!     74  mov dword ptr [r14+rsi],1
;;!     7c  add esi,0FFFFFFFCh
;;!     7f  je 000000000000008Bh
;;!     85  mov [rbp-10h],rsi
;;!     89  jmp short 0000000000000040h
;;!     8b  mov rsi,[rbx+8]
;;!     8f  shr rsi,10h
;;!     93  mov eax,esi
;;!     95  mov rsp,rbp
;;!     98  pop rbp
;;!     99  ret
;;!     9a  push 10h
;;!     9c  call 00000000000002A0h
;;!     a1  jmp 4
;;!     a6  ud2
;;! code of function 2
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi+8]
;;!      8  mov rdi,[rsi+8]
;;!      c  add rdi,0FFFFFFFFFFFFFFF8h
;;!     10  cmp rax,rdi
;;!     13  ja 0000000000000055h
;;!     19  mov rdi,[rsi]
;;!     1c  add rax,[rdi+rax]
;;!     20  mov rbx,100000000h
;;!     2a  add rbx,rax
;;!     2d  mov r8,100000000h
;;!     37  cmp rbx,r8
;;!     3a  jb 0000000000000057h
;;!     40  mov rsi,[rsi+8]
;;!     44  add rsi,0FFFFFFFFFFFFFFFCh
;;!     48  cmp rbx,rsi
;;!     4b  ja 0000000000000059h
;;!     51  mov eax,[rdi+rbx]
;;!     54  ret
;;!     55  ud2
;;!     57  ud2
;;!     59  ud2
;;! code of function 3
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi+10h]
;;!      8  lea rdi,[rax+0Bh]
;;!      c  cmp [rsi+8],rdi
;;!     10  jb 000000000000001Fh
;;!     16  mov rsi,[rsi]
;;!     19  mov byte ptr [rsi+rax+0Ah],3
;;!     1e  ret
;;!     1f  ud2
;;! code of function 4
;;!      0  mov rsi,[r15+28h]
;;!      4  mov rsi,[rsi]
;;!      7  cmp [rsi+8],rax
;;!      b  jbe 0000000000000022h
;;!     11  mov rsi,[rsi]
;;!     14  mov rsi,[rsi+rax*8]
;;!     18  test rsi,rsi
;;!     1b  sete al
;;!     1e  movzx eax,al
;;!     21  ret
;;!     22  ud2
