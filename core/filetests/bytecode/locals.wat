;; Results go straight into locals; a local that is still to be read is saved before it changes.
(module
  (func (param i32 i32) (local i32)
    (local.set 2 (i32.add (local.get 0) (local.get 1)))
    (local.set 0 (local.get 2))
    (local.set 0 (local.get 0)))
  (func (param i32) (result i32)
    (local.get 0)
    (local.set 0 (i32.const 1))
    (local.get 0)
    i32.add)
  (func (param i32 i32) (result i32 i32)
    (local.get 1)
    (local.get 0))
  (func (param i32) (result i32)
    (i32.add (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (local.get 0))))
;;! function 0, header r2
;;!      0  Enter 8 5 1
;;!      7  I32Add r5 r0 r1
;;!     14  Copy r0 r5
;;!     20  Return 2
;;! function 1, header r1
;;!      0  Enter 6 4 0
;;!      7  Copy r4 r0
;;!     13  Const32 r0 #0x1
;;!     20  I32AddAcc r4 r0 r4
;;!     27  ReturnAcc 1 r4
;;! function 2, header r2
;;!      0  Enter 7 5 0
;;!      7  CopyTwo r5 r1 r6 r0
;;!     15  CopyTwo r0 r5 r1 r6
;;!     23  Return 2
;;! function 3, header r1
;;!      0  Enter 6 4 0
;;!      7  I32AddImm r0 r0 #0x1
;;!     15  I32AddAcc r4 r0 r0
;;!     22  ReturnAcc 1 r4
