;; deterministic
(module
  (func (param f32 f32) (result f32)
    (f32.add (local.get 0) (local.get 1)))
  (func (param f64) (result f64)
    (local f64)
    (local.set 1 (f64.sqrt (local.get 0)))
    (local.get 1))
  (func (param v128 v128) (result v128)
    (f32x4.mul (local.get 0) (local.get 1))))
;;! function 0, header r2
;;!      0  Enter 7 5 0
;;!      7  F32Add r5 r0 r1
;;!     14  CanonF32 r5
;;!     19  ReturnSlot 2 r5
;;! function 1, header r1
;;!      0  Enter 6 4 1
;;!      7  F64Sqrt r5 r0
;;!     13  CanonF64 r5
;;!     18  Copy r4 r5
;;!     24  ReturnSlot 1 r4
;;! function 2, header r4
;;!      0  Enter 11 7 0
;;!      7  F32x4Mul r7 r0 r2
;;!     14  CanonF32x4 r7
;;!     19  Copy128 r0 r7
;;!     25  Return 4
