;; Lanes put in and taken out, loads and stores of them, and tests as conditions.
(module
  (memory 1)
  (func (param i32) (result v128) (i8x16.splat (local.get 0)))
  (func (param i32) (result v128) (v128.load16_splat (local.get 0)))
  (func (param f32) (result v128) (f32x4.splat (local.get 0)))
  (func (param i32) (result v128) (v128.load64_splat (local.get 0)))
  (func (result v128) (i32x4.splat (i32.const 7)))
  (func (param i32) (result v128) (v128.load8x8_s (local.get 0)))
  (func (param i32) (result v128) (v128.load32_zero (local.get 0)))
  (func (param v128 i32) (result v128) (v128.load8_lane 5 (local.get 1) (local.get 0)))
  (func (param v128 i32) (v128.store16_lane 3 (local.get 1) (local.get 0)))
  (func (param v128 i32) (f32.store (local.get 1) (f32x4.extract_lane 0 (local.get 0))))
  (func (param v128) (result i32 i32) (i8x16.extract_lane_s 2 (local.get 0)) (i32x4.extract_lane 0 (local.get 0)))
  (func (param v128) (result f32 f64) (f32x4.extract_lane 2 (local.get 0)) (f64x2.extract_lane 0 (local.get 0)))
  (func (param v128 f32) (result v128) (f32x4.replace_lane 2 (local.get 0) (local.get 1)))
  (func (param v128 f64) (result v128) (f64x2.replace_lane 0 (local.get 0) (local.get 1)))
  (func (param v128) (result i32) (i16x8.bitmask (local.get 0)))
  (func (param v128) (result i32) (v128.any_true (local.get 0)))
  (func (param v128) (result i32)
    (if (result i32) (i32x4.all_true (local.get 0)) (then (i32.const 3)) (else (i32.const 4)))))
;;! function 0 Ok(())
;;! block0(v0: i32):
;;!     v1: v128 = vector.i8x16_splat v0
;;!     return(v1)
;;! function 1 Ok(())
;;! block0(v0: i32):
;;!     v1: i64 = memory_record #0
;;!     check +2 v0 v1
;;!     v3: i32 = load2 +0 v0
;;!     v4: v128 = vector.i16x8_splat v3
;;!     return(v4)
;;! function 2 Ok(())
;;! block0(v0: f32):
;;!     v1: v128 = vector.f32x4_splat v0
;;!     return(v1)
;;! function 3 Ok(())
;;! block0(v0: i32):
;;!     v1: i64 = memory_record #0
;;!     check +8 v0 v1
;;!     v3: f64 = load8 +0 v0
;;!     v4: v128 = vector.f64x2_splat v3
;;!     return(v4)
;;! function 4 Ok(())
;;! block0:
;;!     return(v128.0x7000000070000000700000007)
;;! function 5 Ok(())
;;! block0(v0: i32):
;;!     v1: i64 = memory_record #0
;;!     check +8 v0 v1
;;!     v3: v128 = load8 +0 v0
;;!     v4: v128 = vector.i16x8_extend_low_i8x16_s v3
;;!     return(v4)
;;! function 6 Ok(())
;;! block0(v0: i32):
;;!     v1: i64 = memory_record #0
;;!     check +4 v0 v1
;;!     v3: v128 = load4 +0 v0
;;!     return(v3)
;;! function 7 Ok(())
;;! block0(v0: v128, v1: i32):
;;!     v2: i64 = memory_record #0
;;!     check +1 v1 v2
;;!     v4: i32 = load1 +0 v1
;;!     v5: v128 = vector.i8x16_replace_lane[5] v0 v4
;;!     return(v5)
;;! function 8 Ok(())
;;! block0(v0: v128, v1: i32):
;;!     v2: i32 = vector.i16x8_extract_lane_u[3] v0
;;!     v3: i64 = memory_record #0
;;!     check +2 v1 v3
;;!     store2 +0 v1 v2
;;!     return
;;! function 9 Ok(())
;;! block0(v0: v128, v1: i32):
;;!     v2: f32 = vector.f32x4_extract_lane v0
;;!     v3: i64 = memory_record #0
;;!     check +4 v1 v3
;;!     store4 +0 v1 v2
;;!     return
;;! function 10 Ok(())
;;! block0(v0: v128):
;;!     v1: i32 = vector.i8x16_extract_lane_s[2] v0
;;!     v2: i32 = vector.i32x4_extract_lane v0
;;!     return(v1, v2)
;;! function 11 Ok(())
;;! block0(v0: v128):
;;!     v1: f32 = vector.f32x4_extract_lane[2] v0
;;!     v2: f64 = vector.f64x2_extract_lane v0
;;!     return(v1, v2)
;;! function 12 Ok(())
;;! block0(v0: v128, v1: f32):
;;!     v2: v128 = vector.f32x4_replace_lane[2] v0 v1
;;!     return(v2)
;;! function 13 Ok(())
;;! block0(v0: v128, v1: f64):
;;!     v2: v128 = vector.f64x2_replace_lane v0 v1
;;!     return(v2)
;;! function 14 Ok(())
;;! block0(v0: v128):
;;!     v1: i32 = vector.i16x8_bitmask v0
;;!     return(v1)
;;! function 15 Ok(())
;;! block0(v0: v128):
;;!     v1: i32 = vector.v128_any_true v0
;;!     return(v1)
;;! function 16 Ok(())
;;! block0(v0: v128):
;;!     v1: i32 = vector.i32x4_all_true v0
;;!     branch v1, block1, block2
;;! block1:
;;!     jump block3(i32.0x3)
;;! block2:
;;!     jump block3(i32.0x4)
;;! block3(v4: i32):
;;!     return(v4)
;;! code of function 0
;;!      0  vmovd xmm0,eax
;;!      4  vpbroadcastb xmm0,xmm0
;;!      9  ret
;;! code of function 1
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+2]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Ch
;;!     15  vpbroadcastw xmm0,[r14+rax]
;;!     1b  ret
;;!     1c  ud2
;;! code of function 2
;;!      0  vbroadcastss xmm0,xmm0
;;!      5  ret
;;! code of function 3
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+8]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Ch
;;!     15  vmovddup xmm0,[r14+rax]
;;!     1b  ret
;;!     1c  ud2
;;! code of function 4
;;!      0  vmovups xmm0,[10h]
;;!      8  ret
;;! code of function 5
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+8]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Ch
;;!     15  vpmovsxbw xmm0,[r14+rax]
;;!     1b  ret
;;!     1c  ud2
;;! code of function 6
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+4]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Ch
;;!     15  vmovss xmm0,[r14+rax]
;;!     1b  ret
;;!     1c  ud2
;;! code of function 7
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+1]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Dh
;;!     15  vpinsrb xmm0,xmm0,[r14+rax],5
;;!     1c  ret
;;!     1d  ud2
;;! code of function 8
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+2]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Dh
;;!     15  vpextrw [r14+rax],xmm0,3
;;!     1c  ret
;;!     1d  ud2
;;! code of function 9
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+4]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Ch
;;!     15  vmovss [r14+rax],xmm0
;;!     1b  ret
;;!     1c  ud2
;;! code of function 10
;;!      0  vpextrb esi,xmm0,2
;;!      6  movsx eax,sil
;;!      a  vmovd edx,xmm0
;;!      e  ret
;;! code of function 11
;;!      0  vpshufd xmm1,xmm0,2
;;!      5  vmovaps xmm15,xmm0
;;!      9  vmovaps xmm0,xmm1
;;!      d  vmovaps xmm1,xmm15
;;!     12  ret
;;! code of function 12
;;!      0  vinsertps xmm0,xmm0,xmm1,20h
;;!      6  ret
;;! code of function 13
;;!      0  vpblendw xmm0,xmm0,xmm1,0Fh
;;!      6  ret
;;! code of function 14
;;!      0  vxorps xmm1,xmm1,xmm1
;;!      4  vpacksswb xmm0,xmm0,xmm1
;;!      8  vpmovmskb eax,xmm0
;;!      c  ret
;;! code of function 15
;;!      0  vptest xmm0,xmm0
;;!      5  setne al
;;!      8  movzx eax,al
;;!      b  ret
;;! code of function 16
;;!      0  vxorps xmm1,xmm1,xmm1
;;!      4  vpcmpeqd xmm0,xmm1,xmm0
;;!      8  vptest xmm0,xmm0
;;!      d  jne 000000000000001Dh
;;!     13  mov eax,3
;;!     18  jmp 0000000000000022h
;;!     1d  mov eax,4
;;!     22  ret
