;; For the least processor: results take the place of an operand, and what is in memory is loaded first, but for
;; constants and narrow operands.
(module
  (memory 1)
  (func (param v128 v128 i32) (result v128 v128)
    (i32x4.add (local.get 0) (v128.load (local.get 2))) (i32x4.sub (local.get 0) (local.get 1)))
  (func (param v128) (result v128) (v128.and (local.get 0) (v128.const i32x4 1 2 3 4)))
  (func (param v128 v128) (result v128) (i64x2.gt_s (local.get 0) (local.get 1)))
  (func (param i32) (result v128) (v128.load16x4_u (local.get 0)))
  (func (param i32) (result v128) (i8x16.splat (local.get 0)))
  (func (param i32) (result v128) (v128.load32_splat (local.get 0)))
  (func (param f64 i32) (result f64) (f64.sqrt (f64.add (local.get 0) (f64.load (local.get 1)))))
  (func (param f32) (result f64) (f64.promote_f32 (f32.ceil (f32.mul (local.get 0) (f32.const 1.5))))))
;;! function 0 Ok(())
;;! block0(v0: v128, v1: v128, v2: i32):
;;!     v3: i64 = memory_record #0
;;!     check +16 v2 v3
;;!     v5: v128 = load16 +0 v2
;;!     v6: v128 = vector.i32x4_add v0 v5
;;!     v7: v128 = vector.i32x4_sub v0 v1
;;!     return(v6, v7)
;;! function 1 Ok(())
;;! block0(v0: v128):
;;!     v2: v128 = vector.v128_and v0 v128.0x4000000030000000200000001
;;!     return(v2)
;;! function 2 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i64x2_gt_s v0 v1
;;!     return(v2)
;;! function 3 Ok(())
;;! block0(v0: i32):
;;!     v1: i64 = memory_record #0
;;!     check +8 v0 v1
;;!     v3: v128 = load8 +0 v0
;;!     v4: v128 = vector.i32x4_extend_low_i16x8_u v3
;;!     return(v4)
;;! function 4 Ok(())
;;! block0(v0: i32):
;;!     v1: v128 = vector.i8x16_splat v0
;;!     return(v1)
;;! function 5 Ok(())
;;! block0(v0: i32):
;;!     v1: i64 = memory_record #0
;;!     check +4 v0 v1
;;!     v3: f32 = load4 +0 v0
;;!     v4: v128 = vector.f32x4_splat v3
;;!     return(v4)
;;! function 6 Ok(())
;;! block0(v0: f64, v1: i32):
;;!     v2: i64 = memory_record #0
;;!     check +8 v1 v2
;;!     v4: f64 = load8 +0 v1
;;!     v5: f64 = fadd v0 v4
;;!     v6: f64 = fsqrt v5
;;!     return(v6)
;;! function 7 Ok(())
;;! block0(v0: f32):
;;!     v2: f32 = fmul v0 f32.0x3fc00000
;;!     v3: f32 = fround mode 2 v2
;;!     v4: f64 = promote v3
;;!     return(v4)
;;! code of function 0
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+10h]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 0000000000000029h
;;!     15  movups xmm2,[r14+rax]
;;!     1a  paddd xmm2,xmm0
;;!     1e  psubd xmm0,xmm1
;;!     22  movaps xmm1,xmm0
;;!     25  movaps xmm0,xmm2
;;!     28  ret
;;!     29  ud2
;;! code of function 1
;;!      0  pand xmm0,[10h]
;;!      8  ret
;;! code of function 2
;;!      0  movaps xmm2,xmm1
;;!      3  psubq xmm2,xmm0
;;!      7  movaps xmm3,xmm0
;;!      a  pcmpeqd xmm3,xmm1
;;!      e  pand xmm2,xmm3
;;!     12  pcmpgtd xmm0,xmm1
;;!     16  por xmm2,xmm0
;;!     1a  pshufd xmm0,xmm2,0F5h
;;!     1f  ret
;;! code of function 3
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+8]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Dh
;;!     15  pmovzxwd xmm0,[r14+rax]
;;!     1c  ret
;;!     1d  ud2
;;! code of function 4
;;!      0  movd xmm0,eax
;;!      4  xorps xmm1,xmm1
;;!      7  pshufb xmm0,xmm1
;;!      c  ret
;;! code of function 5
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+4]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 0000000000000021h
;;!     15  movss xmm0,[r14+rax]
;;!     1b  pshufd xmm0,xmm0,0
;;!     20  ret
;;!     21  ud2
;;! code of function 6
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+8]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 0000000000000020h
;;!     15  addsd xmm0,[r14+rax]
;;!     1b  sqrtsd xmm0,xmm0
;;!     1f  ret
;;!     20  ud2
;;! code of function 7
;;!      0  mulss xmm0,[20h]
;;!      8  roundss xmm0,xmm0,0Ah
;;!      e  cvtss2sd xmm0,xmm0
;;!     12  ret
