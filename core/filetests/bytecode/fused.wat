(module
  (memory 1)
  (func $sums (param i32 i32 f64)
    (i32.store offset=4 (i32.add (local.get 0) (i32.const 8)) (i32.load (i32.sub (local.get 1) (i32.const 4))))
    (f64.store (i32.add (i32.add (local.get 0) (i32.const 8)) (i32.const 8)) (f64.load (i32.const 64)))
    (i32.store8 (i32.const 100) (i32.load8_u offset=1 (i32.add (local.get 0) (local.get 1))))
    (i32.store (local.get 1) (i32.load (i32.add (i32.shl (local.get 0) (i32.const 2)) (local.get 1)))))
  (func $saved (param i32 i32) (result i32 i32)
    (i32.add (local.get 0) (i32.const 1))
    (local.set 0 (i32.const 7))
    (i32.add (local.get 0) (i32.const 2)))
  (func $swapped (param i32 i32) (result i32 i32)
    (i32.add (local.get 1) (i32.const 1))
    (i32.add (local.get 0) (i32.const 2)))
  (func $loops (param i32 i32 i32)
    (loop $l
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (local.set 1 (i32.add (local.get 1) (i32.const 8)))
      (br_if $l (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
    (loop $l (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (local.get 1))))
    (loop $l (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 100))))
    (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (local.get 1))))
    (loop $l (br_if $l (i32.eqz (i32.ge_s (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (local.get 1))))))
  (func $products (param f64 f64 f64) (result f64)
    (local.set 0 (f64.add (local.get 2) (f64.mul (local.get 0) (local.get 1))))
    (local.set 1 (f64.sub (local.get 2) (f64.mul (f64.mul (local.get 0) (local.get 1)) (local.get 1))))
    (f64.add (f64.mul (local.get 0) (local.get 1)) (f64.neg (local.get 1))))
  (func $copies (param i32 i32 i32) (local i32 i32 i32)
    (block $b
      (loop $l
        (local.set 3 (local.get 0))
        (local.set 4 (local.get 1))
        (br_if $b (local.get 2))
        (local.set 5 (local.get 2))
        (br $l))))
  (func $vectors (param i32 v128 v128)
    (v128.store offset=16 (i32.add (local.get 0) (i32.const 4))
      (f32x4.add (local.get 1) (f32x4.mul (v128.load (i32.add (local.get 0) (i32.const 8))) (local.get 2))))
    (local.set 1 (i16x8.shr_u (local.get 1) (i32.const 8)))
    (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 100))))))
;;! function 0, header r3
;;!      0  Enter 9 6 0
;;!      7  I32LoadSum (r7) r1 #0xfffffffc 0
;;!     17  I32StoreSumAcc r0 #0x8 r7 4
;;!     27  F64LoadFixed (r7) 64
;;!     34  F64StoreSumAcc r0 #0x10 r7 0
;;!     44  I32Load8UPair (r7) r0 r1 1
;;!     53  I32Store8FixedAcc r7 100
;;!     60  I32ShlImm (r7) r0 #0x2
;;!     68  I32LoadPairAcc (r7) r7 r1 0
;;!     77  I32StoreAcc r1 r7 0
;;!     85  Return 3
;;! function 1, header r2
;;!      0  Enter 8 5 0
;;!      7  I32AddImm r5 r0 #0x1
;;!     15  Const32 r0 #0x7
;;!     22  I32AddImmAcc r6 r0 #0x2
;;!     30  CopyTwo r0 r5 r1 r6
;;!     38  Return 2
;;! function 2, header r2
;;!      0  Enter 8 5 0
;;!      7  I32AddImm r5 r1 #0x1
;;!     15  I32AddImm r6 r0 #0x2
;;!     23  CopyTwo r0 r5 r1 r6
;;!     31  Return 2
;;! function 3, header r3
;;!      0  Enter 8 6 0
;;!      7  I32AddImmTwo r0 r0 #0x4 r1 r1 #0x8
;;!     19  I32AddImmBrIf r2 r2 #0xffffffff @7
;;!     29  I32AddImmBrNe r0 r0 #0x4 r1 @29
;;!     40  I32AddImmBrNeImm r0 r0 #0x4 #0x64 @40
;;!     52  I32AddImmBrLtU r0 r0 #0x4 r1 @52
;;!     63  I32AddImmBrLtS r0 r0 #0x4 r1 @63
;;!     74  Return 3
;;! function 4, header r3
;;!      0  Enter 9 6 0
;;!      7  F64MulAdd r0 r0 r1 r2
;;!     15  F64MulAcc (r7) r0 r1
;;!     22  F64MulSubAcc r1 r7 r1 r2
;;!     30  F64MulAcc r6 r1 r0
;;!     37  F64Neg (r7) r1
;;!     43  F64AddAcc r6 r7 r6
;;!     50  ReturnSlot 3 r6
;;! function 5, header r3
;;!      0  Enter 10 6 3
;;!      7  CopyTwo r6 r0 r7 r1
;;!     15  BrIf r2 @30
;;!     22  CopyBr r8 r2 @7
;;!     30  Return 3
;;! function 6, header r5
;;!      0  Enter 15 8 0
;;!      7  V128LoadSum r11 r0 #0x8 0
;;!     17  F32x4MulAdd r9 r11 r3 r1
;;!     25  V128StoreSum r0 #0x4 r9 16
;;!     35  I16x8ShrUImm r1 r1 8
;;!     42  I32AddImmBrLtUImm r0 r0 #0x4 #0x64 @42
;;!     54  Return 5
