;; Shuffles by class: nothing, lanes, words, interleaved, rotated, one by its numbers; of two: the next bytes, halves, a
;; blend, packed, by numbers; and with zeros.
(module
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 18 19 16 17 22 23 20 21 24 25 26 27 28 29 30 31 (local.get 0) (local.get 1)))
  (func (param v128) (result v128)
    (i8x16.shuffle 0 0 1 1 2 2 3 3 4 4 5 5 6 6 7 7 (local.get 0) (local.get 0)))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 3 4 5 6 7 8 9 10 11 12 13 14 15 0 1 2 (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0 (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 4 5 6 7 0 1 2 3 28 29 30 31 20 21 22 23 (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 0 1 18 19 4 5 6 7 24 25 26 27 12 13 14 15 (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 0 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 (local.get 0) (local.get 1)))
  (func (param v128 v128) (result v128)
    (i8x16.shuffle 0 17 3 18 6 19 9 20 12 21 15 22 2 23 5 24 (local.get 0) (local.get 1)))
  (func (param v128) (result v128)
    (i8x16.shuffle 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 16 (local.get 0) (v128.const i32x4 0 0 0 0)))
  (func (param v128 v128) (result v128) (i8x16.swizzle (local.get 0) (local.get 1)))
  (func (param v128) (result v128)
    (i8x16.swizzle (local.get 0) (v128.const i8x16 0 16 1 255 2 3 4 5 6 7 8 9 10 11 12 13))))
;;! function 0 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     return(v0)
;;! function 1 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v3: v128 = shuffle v0 v0 v128.0xb0a09080f0e0d0c0302010007060504
;;!     return(v3)
;;! function 2 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v3: v128 = shuffle v1 v1 v128.0xf0e0d0c0b0a09080504070601000302
;;!     return(v3)
;;! function 3 Ok(())
;;! block0(v0: v128):
;;!     v2: v128 = shuffle v0 v0 v128.0x7070606050504040303020201010000
;;!     return(v2)
;;! function 4 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v3: v128 = shuffle v0 v1 v128.0x1f1e0f0e1d1c0d0c1b1a0b0a19180908
;;!     return(v3)
;;! function 5 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v3: v128 = shuffle v0 v0 v128.0x201000f0e0d0c0b0a09080706050403
;;!     return(v3)
;;! function 6 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v3: v128 = shuffle v0 v0 v128.0x102030405060708090a0b0c0d0e0f
;;!     return(v3)
;;! function 7 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v3: v128 = shuffle v0 v1 v128.0x14131211100f0e0d0c0b0a0908070605
;;!     return(v3)
;;! function 8 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v3: v128 = shuffle v0 v1 v128.0x171615141f1e1d1c0302010007060504
;;!     return(v3)
;;! function 9 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v3: v128 = shuffle v0 v1 v128.0xf0e0d0c1b1a19180706050413120100
;;!     return(v3)
;;! function 10 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v3: v128 = shuffle v0 v1 v128.0x1e1c1a18161412100e0c0a0806040200
;;!     return(v3)
;;! function 11 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v3: v128 = shuffle v0 v1 v128.0x18051702160f150c1409130612031100
;;!     return(v3)
;;! function 12 Ok(())
;;! block0(v0: v128):
;;!     v3: v128 = shuffle v0 v128.0x0 v128.0x10100f0e0d0c0b0a0908070605040302
;;!     return(v3)
;;! function 13 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.i8x16_swizzle v0 v1
;;!     return(v2)
;;! function 14 Ok(())
;;! block0(v0: v128):
;;!     v2: v128 = vector.i8x16_swizzle v0 v128.0xd0c0b0a0908070605040302ff011000
;;!     return(v2)
;;! code of function 0
;;!      0  ret
;;! code of function 1
;;!      0  vpshufd xmm0,xmm0,0B1h
;;!      5  ret
;;! code of function 2
;;!      0  vpshuflw xmm0,xmm1,0B1h
;;!      5  ret
;;! code of function 3
;;!      0  vpunpcklbw xmm0,xmm0,xmm0
;;!      4  ret
;;! code of function 4
;;!      0  vpunpckhwd xmm0,xmm0,xmm1
;;!      4  ret
;;! code of function 5
;;!      0  vpalignr xmm0,xmm0,xmm0,3
;;!      6  ret
;;! code of function 6
;;!      0  vpshufb xmm0,xmm0,[10h]
;;!      9  ret
;;! code of function 7
;;!      0  vpalignr xmm0,xmm1,xmm0,5
;;!      6  ret
;;! code of function 8
;;!      0  vshufps xmm0,xmm0,xmm1,71h
;;!      5  ret
;;! code of function 9
;;!      0  vpblendw xmm0,xmm0,xmm1,32h
;;!      6  ret
;;! code of function 10
;;!      0  vpand xmm0,xmm0,[20h]
;;!      8  vpand xmm1,xmm1,[20h]
;;!     10  vpackuswb xmm0,xmm0,xmm1
;;!     14  ret
;;! code of function 11
;;!      0  vpshufb xmm0,xmm0,[20h]
;;!      9  vpshufb xmm1,xmm1,[30h]
;;!     12  vpor xmm0,xmm0,xmm1
;;!     16  ret
;;! code of function 12
;;!      0  vpsrldq xmm0,xmm0,2
;;!      5  ret
;;! code of function 13
;;!      0  vmovups xmm2,[20h]
;;!      8  vpaddusb xmm1,xmm2,xmm1
;;!      c  vpshufb xmm0,xmm0,xmm1
;;!     11  ret
;;! code of function 14
;;!      0  vpshufb xmm0,xmm0,[10h]
;;!      9  ret
