;; fuel
;; interruption
(module
  (func (param i32) (result i32)
    (loop $again
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (if (i32.eq (local.get 0) (i32.const 3)) (then (return (i32.const 9))))
      (br_if $again (local.get 0)))
    (local.get 0)))
;;! function 0, header r1
;;!      0  Enter 6 4 0
;;!      4  Poll
;;!      5  Poll
;;!      6  Fuel 8
;;!      9  I32SubImm r0 r0 #0x1
;;!     14  BrI32NeImmAcc r0 #0x3 @30
;;!     20  Fuel 2
;;!     23  Const32 r4 #0x9
;;!     27  ReturnAcc 1 r4
;;!     30  Fuel 2
;;!     33  BrIf r0 @5
;;!     37  Fuel 1
;;!     40  ReturnSlot 1 r0
