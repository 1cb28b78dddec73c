;; Deterministic: a NaN that is computed becomes the canonical one.
(module
  (func (param f64 f64) (result f64) (f64.neg (f64.add (local.get 0) (local.get 1))))
  (func (param v128 v128) (result v128) (f32x4.mul (local.get 0) (local.get 1))))
;;! function 0 Ok(())
;;! block0(v0: f64, v1: f64):
;;!     v2: f64 = fadd v0 v1
;;!     v3: f64 = canon v2
;;!     v4: f64 = fneg v3
;;!     return(v4)
;;! function 1 Ok(())
;;! block0(v0: v128, v1: v128):
;;!     v2: v128 = vector.f32x4_mul v0 v1
;;!     v3: v128 = canon v2
;;!     return(v3)
;;! code of function 0
;;!      0  vaddsd xmm0,xmm0,xmm1
;;!      4  ucomisd xmm0,xmm0
;;!      8  jnp 0000000000000016h
;;!      e  vmovsd xmm0,[30h]
;;!     16  vxorps xmm0,xmm0,[20h]
;;!     1e  ret
;;! code of function 1
;;!      0  vmulps xmm0,xmm0,xmm1
;;!      4  vcmpordps xmm1,xmm0,xmm0
;;!      9  vpand xmm0,xmm0,xmm1
;;!      d  vpandn xmm1,xmm1,[20h]
;;!     15  vpor xmm0,xmm0,xmm1
;;!     19  ret
