;; How many steps a number takes to 1, a hundred times over.
(module
  (func (export "steps") (param $n i64) (result i64) (local $x i64) (local $steps i64) (local $rounds i32)
    (local.set $rounds (i32.const 100))
    (loop $round
      (local.set $steps (i64.const 0))
      (local.set $x (local.get $n))
      (loop $step
        (local.set $steps (i64.add (local.get $steps) (i64.const 1)))
        (local.set $x (if (result i64) (i64.eqz (i64.and (local.get $x) (i64.const 1)))
          (then (i64.shr_u (local.get $x) (i64.const 1)))
          (else (i64.add (i64.mul (local.get $x) (i64.const 3)) (i64.const 1)))))
        (br_if $step (i64.ne (local.get $x) (i64.const 1))))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $round (local.get $rounds)))
    (local.get $steps)))
