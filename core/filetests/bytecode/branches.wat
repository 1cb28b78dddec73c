;; Comparisons fuse with the branches on them; blocks with results settle them.
(module
  (func $count (param i32) (result i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if $again (i32.lt_s (local.get 1) (local.get 0))))
    (local.get 1))
  (func (param i32 i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 1))
      (else (local.get 1))))
  (func (param f32 f32) (result i32)
    (block $out (result i32)
      (br_if $out (i32.const 1) (f32.lt (local.get 0) (local.get 1)))
      drop
      (i32.const 2)))
  (func (param i32) (result i32)
    (block $a (block $b (block $c
      (br_table $a $b $c (local.get 0)))
      (return (i32.const 30)))
      (return (i32.const 20)))
    (i32.const 10))
  (func (param i32) (result i32)
    (block $a (result i32)
      (br_table $a 1 (i32.const 9) (local.get 0)))))
;;! function 0, header r1
;;!      0  Enter 7 4 1
;;!      7  I32AddImmBrLtS r4 r4 #0x1 r0 @7
;;!     18  ReturnSlot 1 r4
;;! function 1, header r2
;;!      0  Enter 6 5 0
;;!      7  BrI32NeImm r0 #0x0 @29
;;!     16  Const32 r5 #0x1
;;!     23  Br @35
;;!     29  Copy r5 r1
;;!     35  ReturnSlot 2 r5
;;! function 2, header r2
;;!      0  Enter 8 5 0
;;!      7  BrNotF32Lt r0 r1 @28
;;!     15  Const32 r5 #0x1
;;!     22  Br @35
;;!     28  Const32 r5 #0x2
;;!     35  ReturnSlot 2 r5
;;! function 3, header r1
;;!      0  Enter 5 4 0
;;!      7  BrTable r0 2 @46 @33 @20
;;!     20  Const32 r4 #0x1e
;;!     27  ReturnAcc 1 r4
;;!     33  Const32 r4 #0x14
;;!     40  ReturnAcc 1 r4
;;!     46  Const32 r4 #0xa
;;!     53  ReturnAcc 1 r4
;;! function 4, header r1
;;!      0  Enter 6 4 0
;;!      7  BrTable r0 1 @18 @31
;;!     18  Const32 r4 #0x9
;;!     25  Br @44
;;!     31  Const32 r4 #0x9
;;!     38  ReturnAcc 1 r4
;;!     44  ReturnSlot 1 r4
