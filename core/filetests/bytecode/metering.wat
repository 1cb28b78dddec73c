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
;;!      7  Poll
;;!     11  Poll
;;!     15  Fuel 8
;;!     21  I32AddImmBrNeImm r0 r0 #0xffffffff #0x3 @52
;;!     33  Fuel 2
;;!     39  Const32 r4 #0x9
;;!     46  ReturnAcc 1 r4
;;!     52  Fuel 2
;;!     58  BrIf r0 @11
;;!     65  Fuel 1
;;!     71  ReturnSlot 1 r0
