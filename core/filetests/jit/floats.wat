;; Constants lie behind the code; comparisons fuse with branches.
(module
  (func (param f64 f64) (result f64)
    (if (result f64) (f64.lt (local.get 0) (local.get 1))
      (then (f64.mul (local.get 0) (f64.const 2.5)))
      (else (f64.neg (local.get 1))))))
;;! function 0 Ok(())
;;! block0(v0: f64, v1: f64):
;;!     v2: i32 = fcmp.lt v0 v1
;;!     branch v2, block1, block2
;;! block1:
;;!     v4: f64 = fmul v0 f64.0x4004000000000000
;;!     jump block3(v4)
;;! block2:
;;!     v5: f64 = fneg v1
;;!     jump block3(v5)
;;! block3(v6: f64):
;;!     return(v6)
;;! code of function 0
;;!      0  vucomisd xmm1,xmm0
;;!      4  jbe 0000000000000017h
;;!      a  vmulsd xmm0,xmm0,[30h]
;;!     12  jmp 000000000000001Fh
;;!     17  vxorps xmm0,xmm1,[20h]
;;!     1f  ret
