;; Operators on integer lanes: one instruction with the operand where it is, and sequences.
(module
  (memory 1)
  (func (param v128 v128) (result v128) (i32x4.add (local.get 0) (local.get 1)))
  (func (param v128 i32) (result v128) (i16x8.sub (local.get 0) (v128.load (local.get 1))))
  (func (param v128) (result v128) (v128.and (v128.const i32x4 1 2 3 4) (local.get 0)))
  (func (param v128) (result v128) (i8x16.neg (v128.not (local.get 0))))
  (func (param v128 v128) (result v128) (i8x16.lt_s (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (i16x8.ne (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (i32x4.ge_u (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (i8x16.gt_u (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (i64x2.le_s (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (i64x2.mul (local.get 0) (local.get 1)))
  (func (param v128) (result v128) (i64x2.abs (local.get 0)))
  (func (param v128) (result v128) (i8x16.popcnt (local.get 0)))
  (func (param v128 v128) (result v128) (i16x8.q15mulr_sat_s (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (i16x8.extmul_high_i8x16_u (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (i32x4.extmul_low_i16x8_s (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (i64x2.extmul_high_i32x4_u (local.get 0) (local.get 1)))
  (func (param v128) (result v128) (i16x8.extadd_pairwise_i8x16_s (local.get 0)))
  (func (param v128) (result v128) (i32x4.extadd_pairwise_i16x8_u (local.get 0)))
  (func (param v128) (result v128) (i32x4.extend_high_i16x8_s (local.get 0)))
  (func (param v128) (result v128) (i64x2.extend_high_i32x4_u (local.get 0)))
  (func (param v128 v128) (result v128) (i16x8.narrow_i32x4_u (local.get 0) (local.get 1)))
  (func (param v128 v128 v128) (result v128) (v128.bitselect (local.get 0) (local.get 1) (local.get 2)))
  (func (param v128 v128 v128) (result v128)
    (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get 0) (local.get 1) (local.get 2))))
;;! function 0 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i32x4_add v0 v1
;;!     return(v2)
;;! function 1 Ok(())
;;! block0(v0: v128, v1: i32):
;;!     v2: i64 = memory_record #0
;;!     check +16 v1 v2
;;!     v4: v128 = load16 +0 v1
;;!     v5: v128 = vector.i16x8_sub v0 v4
;;!     return(v5)
;;! function 2 Ok(())
;;! block0(v0: v128):
;;!     v2: v128 = vector.v128_and v128.0x4000000030000000200000001 v0
;;!     return(v2)
;;! function 3 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.v128_not v0
;;!     v2: v128 = vector.i8x16_neg v1
;;!     return(v2)
;;! function 4 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i8x16_lt_s v0 v1
;;!     return(v2)
;;! function 5 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i16x8_ne v0 v1
;;!     return(v2)
;;! function 6 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i32x4_ge_u v0 v1
;;!     return(v2)
;;! function 7 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i8x16_gt_u v0 v1
;;!     return(v2)
;;! function 8 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i64x2_le_s v0 v1
;;!     return(v2)
;;! function 9 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i64x2_mul v0 v1
;;!     return(v2)
;;! function 10 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.i64x2_abs v0
;;!     return(v1)
;;! function 11 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.i8x16_popcnt v0
;;!     return(v1)
;;! function 12 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i16x8_q15mulr_sat_s v0 v1
;;!     return(v2)
;;! function 13 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i16x8_extmul_high_i8x16_u v0 v1
;;!     return(v2)
;;! function 14 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i32x4_extmul_low_i16x8_s v0 v1
;;!     return(v2)
;;! function 15 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i64x2_extmul_high_i32x4_u v0 v1
;;!     return(v2)
;;! function 16 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.i16x8_extadd_pairwise_i8x16_s v0
;;!     return(v1)
;;! function 17 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.i32x4_extadd_pairwise_i16x8_u v0
;;!     return(v1)
;;! function 18 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.i32x4_extend_high_i16x8_s v0
;;!     return(v1)
;;! function 19 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.i64x2_extend_high_i32x4_u v0
;;!     return(v1)
;;! function 20 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i16x8_narrow_i32x4_u v0 v1
;;!     return(v2)
;;! function 21 Ok(())
;;! block0(v0: v128, v1: v128, v2: v128):
;;!     v3: v128 = vector.v128_bitselect v0 v1 v2
;;!     return(v3)
;;! function 22 Ok(())
;;! block0(v0: v128, v1: v128, v2: v128):
;;!     v3: v128 = vector.i32x4_relaxed_dot_i8x16_i7x16_add_s v0 v1 v2
;;!     return(v3)
;;! code of function 0
;;!      0  vpaddd xmm0,xmm0,xmm1
;;!      4  ret
;;! code of function 1
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+10h]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Ch
;;!     15  vpsubw xmm0,xmm0,[r14+rax]
;;!     1b  ret
;;!     1c  ud2
;;! code of function 2
;;!      0  vpand xmm0,xmm0,[10h]
;;!      8  ret
;;! code of function 3
;;!      0  vpxor xmm0,xmm0,[20h]
;;!      8  vxorps xmm1,xmm1,xmm1
;;!      c  vpsubb xmm0,xmm1,xmm0
;;!     10  ret
;;! code of function 4
;;!      0  vpcmpgtb xmm0,xmm1,xmm0
;;!      4  ret
;;! code of function 5
;;!      0  vpcmpeqw xmm0,xmm0,xmm1
;;!      4  vpxor xmm0,xmm0,[10h]
;;!      c  ret
;;! code of function 6
;;!      0  vpmaxud xmm1,xmm0,xmm1
;;!      5  vpcmpeqd xmm0,xmm1,xmm0
;;!      9  ret
;;! code of function 7
;;!      0  vpminub xmm1,xmm0,xmm1
;;!      4  vpcmpeqb xmm0,xmm1,xmm0
;;!      8  vpxor xmm0,xmm0,[20h]
;;!     10  ret
;;! code of function 8
;;!      0  vpcmpgtq xmm0,xmm0,xmm1
;;!      5  vpxor xmm0,xmm0,[10h]
;;!      d  ret
;;! code of function 9
;;!      0  vpsrlq xmm2,xmm0,20h
;;!      5  vpmuludq xmm2,xmm2,xmm1
;;!      9  vpsrlq xmm3,xmm1,20h
;;!      e  vpmuludq xmm3,xmm3,xmm0
;;!     12  vpaddq xmm2,xmm2,xmm3
;;!     16  vpsllq xmm2,xmm2,20h
;;!     1b  vpmuludq xmm0,xmm0,xmm1
;;!     1f  vpaddq xmm0,xmm0,xmm2
;;!     23  ret
;;! code of function 10
;;!      0  vpshufd xmm1,xmm0,0F5h
;;!      5  vpsrad xmm1,xmm1,1Fh
;;!      a  vpxor xmm0,xmm0,xmm1
;;!      e  vpsubq xmm0,xmm0,xmm1
;;!     12  ret
;;! code of function 11
;;!      0  vpand xmm1,xmm0,[30h]
;;!      8  vpsrlw xmm0,xmm0,4
;;!      d  vpand xmm0,xmm0,[30h]
;;!     15  vmovups xmm2,[40h]
;;!     1d  vpshufb xmm1,xmm2,xmm1
;;!     22  vpshufb xmm0,xmm2,xmm0
;;!     27  vpaddb xmm0,xmm1,xmm0
;;!     2b  ret
;;! code of function 12
;;!      0  vpmulhrsw xmm0,xmm0,xmm1
;;!      5  vpcmpeqw xmm1,xmm0,[20h]
;;!      d  vpxor xmm0,xmm0,xmm1
;;!     11  ret
;;! code of function 13
;;!      0  vpshufd xmm0,xmm0,0EEh
;;!      5  vpmovzxbw xmm0,xmm0
;;!      a  vpshufd xmm1,xmm1,0EEh
;;!      f  vpmovzxbw xmm1,xmm1
;;!     14  vpmullw xmm0,xmm0,xmm1
;;!     18  ret
;;! code of function 14
;;!      0  vpmullw xmm2,xmm0,xmm1
;;!      4  vpmulhw xmm0,xmm0,xmm1
;;!      8  vpunpcklwd xmm0,xmm2,xmm0
;;!      c  ret
;;! code of function 15
;;!      0  vpshufd xmm0,xmm0,0FAh
;;!      5  vpshufd xmm1,xmm1,0FAh
;;!      a  vpmuludq xmm0,xmm0,xmm1
;;!      e  ret
;;! code of function 16
;;!      0  vmovups xmm1,[10h]
;;!      8  vpmaddubsw xmm0,xmm1,xmm0
;;!      d  ret
;;! code of function 17
;;!      0  vmovups xmm1,[20h]
;;!      8  vpxor xmm0,xmm1,xmm0
;;!      c  vpmaddwd xmm0,xmm0,[30h]
;;!     14  vpaddd xmm0,xmm0,[40h]
;;!     1c  ret
;;! code of function 18
;;!      0  vpshufd xmm0,xmm0,0EEh
;;!      5  vpmovsxwd xmm0,xmm0
;;!      a  ret
;;! code of function 19
;;!      0  vxorps xmm1,xmm1,xmm1
;;!      4  vpunpckhdq xmm0,xmm0,xmm1
;;!      8  ret
;;! code of function 20
;;!      0  vpackusdw xmm0,xmm0,xmm1
;;!      5  ret
;;! code of function 21
;;!      0  vpandn xmm1,xmm2,xmm1
;;!      4  vpand xmm0,xmm2,xmm0
;;!      8  vpor xmm0,xmm0,xmm1
;;!      c  ret
;;! code of function 22
;;!      0  vpsllw xmm3,xmm0,8
;;!      5  vpsraw xmm3,xmm3,8
;;!      a  vpsraw xmm0,xmm0,8
;;!      f  vpsllw xmm4,xmm1,8
;;!     14  vpsraw xmm4,xmm4,8
;;!     19  vpsraw xmm1,xmm1,8
;;!     1e  vpmullw xmm3,xmm3,xmm4
;;!     22  vpmullw xmm0,xmm0,xmm1
;;!     26  vpaddw xmm0,xmm3,xmm0
;;!     2a  vpmaddwd xmm0,xmm0,[40h]
;;!     32  vpaddd xmm0,xmm0,xmm2
;;!     36  ret
