;; Shifts, by a count that is known and by one that is not.
(module
  (func (param v128) (result v128) (i32x4.shr_s (local.get 0) (i32.const 37)))
  (func (param v128 i32) (result v128) (i16x8.shl (local.get 0) (local.get 1)))
  (func (param v128) (result v128) (i8x16.shl (local.get 0) (i32.const 3)))
  (func (param v128 i32) (result v128) (i8x16.shr_u (local.get 0) (local.get 1)))
  (func (param v128) (result v128) (i8x16.shr_s (local.get 0) (i32.const 3)))
  (func (param v128 i32) (result v128) (i8x16.shr_s (local.get 0) (local.get 1)))
  (func (param v128) (result v128) (i64x2.shr_s (local.get 0) (i32.const 9)))
  (func (param v128 i32) (result v128) (i64x2.shr_s (local.get 0) (local.get 1))))
;;! function 0 Ok(())
;;! block0(v0: v128):
;;!     v2: v128 = vector.i32x4_shr_s v0 i32.0x25
;;!     return(v2)
;;! function 1 Ok(())
;;! block0(v0: v128, v1: i32):
;;!     v2: v128 = vector.i16x8_shl v0 v1
;;!     return(v2)
;;! function 2 Ok(())
;;! block0(v0: v128):
;;!     v2: v128 = vector.i8x16_shl v0 i32.0x3
;;!     return(v2)
;;! function 3 Ok(())
;;! block0(v0: v128, v1: i32):
;;!     v2: v128 = vector.i8x16_shr_u v0 v1
;;!     return(v2)
;;! function 4 Ok(())
;;! block0(v0: v128):
;;!     v2: v128 = vector.i8x16_shr_s v0 i32.0x3
;;!     return(v2)
;;! function 5 Ok(())
;;! block0(v0: v128, v1: i32):
;;!     v2: v128 = vector.i8x16_shr_s v0 v1
;;!     return(v2)
;;! function 6 Ok(())
;;! block0(v0: v128):
;;!     v2: v128 = vector.i64x2_shr_s v0 i32.0x9
;;!     return(v2)
;;! function 7 Ok(())
;;! block0(v0: v128, v1: i32):
;;!     v2: v128 = vector.i64x2_shr_s v0 v1
;;!     return(v2)
;;! code of function 0
;;!      0  vpsrad xmm0,xmm0,5
;;!      5  ret
;;! code of function 1
;;!      0  and eax,0Fh
;;!      3  vmovd xmm1,eax
;;!      7  vpsllw xmm0,xmm0,xmm1
;;!      b  ret
;;! code of function 2
;;!      0  vpsllw xmm0,xmm0,3
;;!      5  vpand xmm0,xmm0,[10h]
;;!      d  ret
;;! code of function 3
;;!      0  and eax,7
;;!      3  vmovd xmm1,eax
;;!      7  vmovups xmm2,[30h]
;;!      f  vpsrlw xmm2,xmm2,xmm1
;;!     13  vpshufb xmm2,xmm2,[40h]
;;!     1c  vpsrlw xmm0,xmm0,xmm1
;;!     20  vpand xmm0,xmm0,xmm2
;;!     24  ret
;;! code of function 4
;;!      0  vpsrlw xmm0,xmm0,3
;;!      5  vpand xmm0,xmm0,[20h]
;;!      d  vpxor xmm0,xmm0,[30h]
;;!     15  vpsubb xmm0,xmm0,[30h]
;;!     1d  ret
;;! code of function 5
;;!      0  and eax,7
;;!      3  lea esi,[rax+8]
;;!      6  vmovd xmm1,esi
;;!      a  vpunpcklbw xmm2,xmm0,xmm0
;;!      e  vpsraw xmm2,xmm2,xmm1
;;!     12  vpunpckhbw xmm0,xmm0,xmm0
;;!     16  vpsraw xmm0,xmm0,xmm1
;;!     1a  vpacksswb xmm0,xmm2,xmm0
;;!     1e  ret
;;! code of function 6
;;!      0  vpsrlq xmm0,xmm0,9
;;!      5  vpxor xmm0,xmm0,[20h]
;;!      d  vpsubq xmm0,xmm0,[20h]
;;!     15  ret
;;! code of function 7
;;!      0  and eax,3Fh
;;!      3  vmovd xmm1,eax
;;!      7  vmovups xmm2,[20h]
;;!      f  vpsrlq xmm2,xmm2,xmm1
;;!     13  vpsrlq xmm0,xmm0,xmm1
;;!     17  vpxor xmm0,xmm0,xmm2
;;!     1b  vpsubq xmm0,xmm0,xmm2
;;!     1f  ret
