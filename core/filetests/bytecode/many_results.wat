;; A branch that carries many operands moves them by one operation, wherever they came from.
(module
  (func (param i32 i32) (result i32 i32 i32 i32 i32)
    (block $out (result i32 i32 i32 i32 i32)
      (i32.const 1) (i32.const 2) (local.get 0) (local.get 1) (i32.const 5)
      (br_if $out (local.get 0))
      (br_if 1 (local.get 1)))))
;;! function 0, header r5
;;!      0  Enter 14 8 0
;;!      4  Const32 r8 #0x1
;;!      8  Const32 r9 #0x2
;;!     12  Copy r10 r0
;;!     15  Copy r11 r1
;;!     18  Const32 r12 #0x5
;;!     22  BrIf r0 @36
;;!     26  BrIfNot r1 @36
;;!     30  CopyMany r0 r8 5
;;!     34  Return 5
;;!     36  CopyMany r0 r8 5
;;!     40  Return 5
