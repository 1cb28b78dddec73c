;; Memory 0 with 32-bit addresses has short forms; all others name their memory.
(module
  (memory 1)
  (memory $wide i64 1)
  (func (param i32) (result i32)
    (i32.store offset=8 (local.get 0) (i32.const 42))
    (i32.store8 (local.get 0) (local.get 0))
    (i32.load offset=4 (local.get 0)))
  (func (param i64) (result i64)
    (i64.load $wide offset=0x100000000 (local.get 0)))
  (func (param i32) (result v128)
    (v128.load32_splat (local.get 0)))
  (func (param i32) (result i32)
    (memory.grow (local.get 0))))
;;! function 0, header r1
;;!      0  Enter 6 4 0
;;!      7  I32StoreImm r0 #0x2a 8
;;!     16  I32Store8 r0 r0 0
;;!     24  I32Load r4 r0 4
;;!     32  ReturnAcc 1 r4
;;! function 1, header r1
;;!      0  Enter 5 4 0
;;!      7  I64LoadAny r4 r0 1 4294967296
;;!     19  ReturnAcc 1 r4
;;! function 2, header r2
;;!      0  Enter 7 5 0
;;!      7  V128Load32Splat r5 r0 0
;;!     15  Copy128 r0 r5
;;!     21  Return 2
;;! function 3, header r1
;;!      0  Enter 5 4 0
;;!      7  MemoryGrow r4 r0 0
;;!     15  ReturnSlot 1 r4
