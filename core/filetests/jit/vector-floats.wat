;; Operators on float lanes.
(module
  (memory 1)
  (func (param v128 i32) (result v128) (f32x4.add (v128.load (local.get 1)) (local.get 0)))
  (func (param v128 v128) (result v128) (f64x2.min (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (f32x4.max (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (f32x4.pmin (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128) (f64x2.gt (local.get 0) (local.get 1)))
  (func (param v128) (result v128) (f32x4.neg (f32x4.abs (local.get 0))))
  (func (param v128) (result v128) (f64x2.floor (f64x2.sqrt (local.get 0))))
  (func (param v128) (result v128) (f32x4.convert_i32x4_u (local.get 0)))
  (func (param v128) (result v128) (f64x2.convert_low_i32x4_u (local.get 0)))
  (func (param v128) (result v128) (i32x4.trunc_sat_f32x4_s (local.get 0)))
  (func (param v128) (result v128) (i32x4.trunc_sat_f32x4_u (local.get 0)))
  (func (param v128) (result v128) (i32x4.trunc_sat_f64x2_s_zero (local.get 0)))
  (func (param v128) (result v128) (i32x4.trunc_sat_f64x2_u_zero (local.get 0)))
  (func (param v128 v128 v128) (result v128) (f64x2.relaxed_nmadd (local.get 0) (local.get 1) (local.get 2))))
;;! function 0 Ok(())
;;! block0(v0: v128, v1: i32):
;;!     v2: i64 = memory_record #0
;;!     check +16 v1 v2
;;!     v4: v128 = load16 +0 v1
;;!     v5: v128 = vector.f32x4_add v4 v0
;;!     return(v5)
;;! function 1 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.f64x2_min v0 v1
;;!     return(v2)
;;! function 2 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.f32x4_max v0 v1
;;!     return(v2)
;;! function 3 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.f32x4_pmin v0 v1
;;!     return(v2)
;;! function 4 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.f64x2_gt v0 v1
;;!     return(v2)
;;! function 5 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.f32x4_abs v0
;;!     v2: v128 = vector.f32x4_neg v1
;;!     return(v2)
;;! function 6 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.f64x2_sqrt v0
;;!     v2: v128 = vector.f64x2_floor v1
;;!     return(v2)
;;! function 7 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.f32x4_convert_i32x4_u v0
;;!     return(v1)
;;! function 8 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.f64x2_convert_low_i32x4_u v0
;;!     return(v1)
;;! function 9 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.i32x4_trunc_sat_f32x4_s v0
;;!     return(v1)
;;! function 10 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.i32x4_trunc_sat_f32x4_u v0
;;!     return(v1)
;;! function 11 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.i32x4_trunc_sat_f64x2_s_zero v0
;;!     return(v1)
;;! function 12 Ok(())
;;! block0(v0: v128):
;;!     v1: v128 = vector.i32x4_trunc_sat_f64x2_u_zero v0
;;!     return(v1)
;;! function 13 Ok(())
;;! block0(v0: v128, v1: v128, v2: v128):
;;!     v3: v128 = vector.f64x2_relaxed_nmadd v0 v1 v2
;;!     return(v3)
;;! code of function 0
;;!      0  mov rsi,[r15+20h]
;;!      4  mov rsi,[rsi]
;;!      7  lea rdi,[rax+10h]
;;!      b  cmp [rsi+8],rdi
;;!      f  jb 000000000000001Ch
;;!     15  vaddps xmm0,xmm0,[r14+rax]
;;!     1b  ret
;;!     1c  ud2
;;! code of function 1
;;!      0  vminpd xmm2,xmm0,xmm1
;;!      4  vminpd xmm0,xmm1,xmm0
;;!      8  vorps xmm0,xmm2,xmm0
;;!      c  vcmpunordpd xmm1,xmm0,xmm0
;;!     11  vorps xmm0,xmm0,xmm1
;;!     15  vpsrlq xmm1,xmm1,0Dh
;;!     1a  vpandn xmm0,xmm1,xmm0
;;!     1e  ret
;;! code of function 2
;;!      0  vmaxps xmm2,xmm0,xmm1
;;!      4  vmaxps xmm0,xmm1,xmm0
;;!      8  vxorps xmm0,xmm0,xmm2
;;!      c  vorps xmm1,xmm2,xmm0
;;!     10  vsubps xmm1,xmm1,xmm0
;;!     14  vcmpunordps xmm0,xmm0,xmm1
;;!     19  vorps xmm1,xmm1,xmm0
;;!     1d  vpsrld xmm0,xmm0,0Ah
;;!     22  vpandn xmm0,xmm0,xmm1
;;!     26  ret
;;! code of function 3
;;!      0  vminps xmm0,xmm1,xmm0
;;!      4  ret
;;! code of function 4
;;!      0  vcmpltpd xmm0,xmm1,xmm0
;;!      5  ret
;;! code of function 5
;;!      0  vandps xmm0,xmm0,[30h]
;;!      8  vxorps xmm0,xmm0,[20h]
;;!     10  ret
;;! code of function 6
;;!      0  vsqrtpd xmm0,xmm0
;;!      4  vroundpd xmm0,xmm0,9
;;!      a  ret
;;! code of function 7
;;!      0  vpand xmm1,xmm0,[30h]
;;!      8  vcvtdq2ps xmm1,xmm1
;;!      c  vpsrld xmm0,xmm0,10h
;;!     11  vcvtdq2ps xmm0,xmm0
;;!     15  vmulps xmm0,xmm0,[40h]
;;!     1d  vaddps xmm0,xmm0,xmm1
;;!     21  ret
;;! code of function 8
;;!      0  vpunpckldq xmm0,xmm0,[20h]
;;!      8  vsubpd xmm0,xmm0,[30h]
;;!     10  ret
;;! code of function 9
;;!      0  vcmpordps xmm1,xmm0,xmm0
;;!      5  vandps xmm0,xmm0,xmm1
;;!      9  vmovups xmm1,[20h]
;;!     11  vcmpleps xmm1,xmm1,xmm0
;;!     16  vcvttps2dq xmm0,xmm0
;;!     1a  vpxor xmm0,xmm0,xmm1
;;!     1e  ret
;;! code of function 10
;;!      0  vxorps xmm1,xmm1,xmm1
;;!      4  vmaxps xmm0,xmm0,xmm1
;;!      8  vcvttps2dq xmm2,xmm0
;;!      c  vmovups xmm3,[30h]
;;!     14  vsubps xmm0,xmm0,xmm3
;;!     18  vcmpleps xmm3,xmm3,xmm0
;;!     1d  vcvttps2dq xmm0,xmm0
;;!     21  vpxor xmm0,xmm0,xmm3
;;!     25  vpmaxsd xmm0,xmm0,xmm1
;;!     2a  vpaddd xmm0,xmm2,xmm0
;;!     2e  ret
;;! code of function 11
;;!      0  vcmpordpd xmm1,xmm0,xmm0
;;!      5  vandps xmm1,xmm1,[20h]
;;!      d  vminpd xmm0,xmm0,xmm1
;;!     11  vcvttpd2dq xmm0,xmm0
;;!     15  ret
;;! code of function 12
;;!      0  vxorps xmm1,xmm1,xmm1
;;!      4  vmaxpd xmm0,xmm0,xmm1
;;!      8  vminpd xmm0,xmm0,[30h]
;;!     10  vroundpd xmm0,xmm0,0Bh
;;!     16  vaddpd xmm0,xmm0,[40h]
;;!     1e  vshufps xmm0,xmm0,xmm1,88h
;;!     23  ret
;;! code of function 13
;;!      0  vmulpd xmm0,xmm0,xmm1
;;!      4  vsubpd xmm0,xmm2,xmm0
;;!      8  ret
