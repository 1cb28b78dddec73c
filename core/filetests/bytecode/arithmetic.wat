;; Operands in slots, in the code on the right, in the code on the left; comparisons turned round.
(module
  (func (param i32 i32) (result i32)
    (i32.add (i32.mul (local.get 0) (local.get 1)) (i32.const 7)))
  (func (param i64) (result i64)
    (i64.sub (i64.const 5) (i64.shl (i64.const 1) (local.get 0))))
  (func (param i32) (result i32)
    (i32.lt_s (i32.const 10) (local.get 0)))
  (func (param f64) (result f64)
    (f64.div (f64.const 1) (f64.mul (local.get 0) (f64.const 0.5))))
  (func (param i32) (result i32)
    (i32.eqz (i32.lt_u (local.get 0) (i32.const 3)))))
;;! function 0, header r2
;;!      0  Enter 7 5 0
;;!      7  I32Mul (r5) r0 r1
;;!     14  I32AddImmAcc r5 r5 #0x7
;;!     22  ReturnAcc 2 r5
;;! function 1, header r1
;;!      0  Enter 7 4 0
;;!      7  I64ShlRev (r5) r0 #0x1
;;!     17  I64SubRevAcc r4 r5 #0x5
;;!     27  ReturnAcc 1 r4
;;! function 2, header r1
;;!      0  Enter 6 4 0
;;!      7  I32GtSImm r4 r0 #0xa
;;!     15  ReturnAcc 1 r4
;;! function 3, header r1
;;!      0  Enter 7 4 0
;;!      7  F64MulImm (r5) r0 #0x3fe0000000000000
;;!     17  F64DivRevAcc r4 r5 #0x3ff0000000000000
;;!     27  ReturnSlot 1 r4
;;! function 4, header r1
;;!      0  Enter 6 4 0
;;!      7  I32GeUImm r4 r0 #0x3
;;!     15  ReturnAcc 1 r4
