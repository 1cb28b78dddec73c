;; Arguments are computed in place; tail calls carry the frame's header along.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (import "env" "f" (func $host (param i32) (result i32)))
  (table 2 funcref)
  (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func (param i32) (result i32)
    (call $add (i32.add (local.get 0) (i32.const 1)) (local.get 0)))
  (func (param i32) (result i32)
    (call $host (local.get 0)))
  (func (param i32) (result i32)
    (call_indirect (type $binary) (i32.const 1) (i32.const 2) (local.get 0)))
  (func (param i32) (result i32)
    (return_call $add (local.get 0) (i32.const 3)))
  (func (param i32) (result i32)
    (return_call $host (local.get 0))))
;;! function 0, header r2
;;!      0  Enter 7 5 0
;;!      7  I32Add r5 r0 r1
;;!     14  ReturnAcc 2 r5
;;! function 1, header r1
;;!      0  Enter 9 4 0
;;!      7  Copy r5 r0
;;!     13  I32AddImm r4 r0 #0x1
;;!     21  Call 0 4 6
;;!     29  ReturnSlot 1 r4
;;! function 2, header r1
;;!      0  Enter 8 4 0
;;!      7  Copy r4 r0
;;!     13  CallImport 0 4 3
;;!     21  RestoreInstance 3
;;!     26  ReturnSlot 1 r4
;;! function 3, header r1
;;!      0  Enter 9 4 0
;;!      7  Const32 r4 #0x1
;;!     14  Const32 r5 #0x2
;;!     21  CallIndirect 0 0 r0 4 6 3
;;!     33  RestoreInstance 3
;;!     38  ReturnSlot 1 r4
;;! function 4, header r1
;;!      0  Enter 9 4 0
;;!      7  Copy r4 r0
;;!     13  Const32 r5 #0x3
;;!     20  ReturnCall 0 4 2 1 2
;;! function 5, header r1
;;!      0  Enter 8 4 0
;;!      7  Copy r4 r0
;;!     13  ReturnCallImport 0 4 1 3
