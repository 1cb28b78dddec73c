;; A branch that carries many operands moves them by one operation, wherever they came from.
(module
  (func (param i32 i32) (result i32 i32 i32 i32 i32)
    (block $out (result i32 i32 i32 i32 i32)
      (i32.const 1) (i32.const 2) (local.get 0) (local.get 1) (i32.const 5)
      (br_if $out (local.get 0))
      (br_if 1 (local.get 1)))))
;;! function 0, header r5
;;!      0  Enter 14 8 0
;;!      7  Const32 r8 #0x1
;;!     14  Const32 r9 #0x2
;;!     21  CopyTwo r10 r0 r11 r1
;;!     29  Const32 r12 #0x5
;;!     36  BrIf r0 @62
;;!     43  BrIfNot r1 @62
;;!     50  CopyMany r0 r8 5
;;!     57  Return 5
;;!     62  CopyMany r0 r8 5
;;!     69  Return 5
