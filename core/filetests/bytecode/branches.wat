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
