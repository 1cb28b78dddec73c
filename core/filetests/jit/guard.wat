;; with guards
(module
  (memory 1)
  (memory $other 1)
  (func (export "load") (param i32) (result i32)
    (i32.load offset=8 (local.get 0)))
  (func (export "unused") (param i32)
    (drop (i32.load (local.get 0))))
  (func (export "covered") (param i32) (result i32)
    (i32.add (i32.load offset=4 (local.get 0)) (i32.load (local.get 0))))
  (func (export "increment") (param i32)
    (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 1))))
  (func (export "far") (param i32) (result i32)
    (i32.load offset=0x80000000 (local.get 0)))
  (func (export "order") (param i32 i32) (result i32)
    (i32.sub (i32.load (local.get 0)) (i32.load (local.get 1))))
  (func (export "other") (param i32) (result i64)
    (i64.load $other offset=16 (local.get 0)))
  (func (export "copy") (param i32 i32)
    (memory.copy (local.get 0) (local.get 1) (i32.const 21)))
  (func (export "fill") (param i32)
    (memory.fill (local.get 0) (i32.const 7) (i32.const 12)))
  (func (export "fill more") (param i32)
    (memory.fill (local.get 0) (i32.const 7) (i32.const 40)))
  (func (export "fill with") (param i32 i32)
    (memory.fill (local.get 0) (local.get 1) (i32.const 24))))
;;! function 0 Ok(())
;;! block0(v0: i32):
;;!     v1: i32 = load4 traps +8 v0
;;!     return(v1)
;;! function 1 Ok(())
;;! block0(v0: i32):
;;!     v1: i32 = load4 traps +0 v0
;;!     return
;;! function 2 Ok(())
;;! block0(v0: i32):
;;!     v1: i32 = load4 traps +4 v0
;;!     v2: i32 = load4 +0 v0
;;!     v3: i32 = add v1 v2
;;!     return(v3)
;;! function 3 Ok(())
;;! block0(v0: i32):
;;!     v1: i32 = load4 traps +0 v0
;;!     v3: i32 = add v1 i32.0x1
;;!     store4 +0 v0 v3
;;!     return
;;! function 4 Ok(())
;;! block0(v0: i32):
;;!     v2: i64 = extend_u v0
;;!     v3: i64 = add v2 i64.0x80000000
;;!     v4: i64 = memory_record #0
;;!     check +4 v3 v4
;;!     v6: i32 = load4 +0 v3
;;!     return(v6)
;;! function 5 Ok(())
;;! block0(v0: i32, v1: i32):
;;!     v2: i32 = load4 traps +0 v0
;;!     v3: i32 = load4 traps +0 v1
;;!     v4: i32 = sub v2 v3
;;!     return(v4)
;;! function 6 Ok(())
;;! block0(v0: i32):
;;!     v1: i64 = memory_record #1
;;!     v2: i64 = memory_base v1
;;!     v3: i64 = extend_u v0
;;!     v4: i64 = add v2 v3
;;!     v5: i64 = load8 host traps +16 v4
;;!     return(v5)
;;! function 7 Ok(())
;;! block0(v0: i32, v1: i32):
;;!     v3: v128 = load16 traps +5 v1
;;!     v4: v128 = load16 +0 v1
;;!     store16 traps +5 v0 v3
;;!     store16 +0 v0 v4
;;!     return
;;! function 8 Ok(())
;;! block0(v0: i32):
;;!     store8 traps +4 v0 i64.0x707070707070707
;;!     store8 +0 v0 i64.0x707070707070707
;;!     return
;;! function 9 Ok(())
;;! block0(v0: i32):
;;!     store16 traps +24 v0 v128.0x7070707070707070707070707070707
;;!     store16 +0 v0 v128.0x7070707070707070707070707070707
;;!     store16 +16 v0 v128.0x7070707070707070707070707070707
;;!     return
;;! function 10 Ok(())
;;! block0(v0: i32, v1: i32):
;;!     v4: i32 = and v1 i32.0xff
;;!     v5: i64 = extend_u v4
;;!     v7: i64 = mul v5 i64.0x101010101010101
;;!     v8: i32 = wrap v7
;;!     store8 traps +16 v0 v7
;;!     store8 +0 v0 v7
;;!     store8 +8 v0 v7
;;!     return
;;! code of function 0
;;!      0  mov eax,[r14+rax+8]
;;!      5  ret
;;! code of function 1
;;!      0  mov esi,[r14+rax]
;;!      4  ret
;;! code of function 2
;;!      0  mov esi,[r14+rax+4]
;;!      5  add esi,[r14+rax]
;;!      9  mov rax,rsi
;;!      c  ret
;;! code of function 3
;;!      0  add dword ptr [r14+rax],1
;;!      5  ret
;;! code of function 4
;;!      0  mov esi,80000000h
;;!      5  add rsi,rax
;;!      8  mov rdi,[r15+20h]
;;!      c  mov rdi,[rdi]
;;!      f  lea rbx,[rsi+4]
;;!     13  cmp [rdi+8],rbx
;;!     17  jb 0000000000000022h
;;!     1d  mov eax,[r14+rsi]
;;!     21  ret
;;!     22  ud2
;;! code of function 5
;;!      0  mov eax,[r14+rax]
;;!      4  sub eax,[r14+rdx]
;;!      8  ret
;;! code of function 6
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi+8]
;;!      8  mov rsi,[rsi]
;;!      b  mov rax,[rsi+rax+10h]
;;!     10  ret
;;! code of function 7
;;!      0  vmovups xmm0,[r14+rdx+5]
;;!      7  vmovups xmm1,[r14+rdx]
;;!      d  vmovups [r14+rax+5],xmm0
;;!     14  vmovups [r14+rax],xmm1
;;!     1a  ret
;;! code of function 8
;;!      0  mov rsi,707070707070707h
;;!      a  mov [r14+rax+4],rsi
;;!      f  mov rsi,707070707070707h
;;!     19  mov [r14+rax],rsi
;;!     1d  ret
;;! code of function 9
;;!      0  vmovups xmm0,[30h]
;;!      8  vmovups [r14+rax+18h],xmm0
;;!      f  vmovups xmm0,[30h]
;;!     17  vmovups [r14+rax],xmm0
;;!     1d  vmovups xmm0,[30h]
;;!     25  vmovups [r14+rax+10h],xmm0
;;!     2c  ret
;;! code of function 10
;;!      0  movzx esi,dl
;;!      3  mov rdi,101010101010101h
;;!      d  imul rsi,rdi
;;!     11  mov [r14+rax+10h],rsi
;;!     16  mov [r14+rax],rsi
;;!     1a  mov [r14+rax+8],rsi
;;!     1f  ret
