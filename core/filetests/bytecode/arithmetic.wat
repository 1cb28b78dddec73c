;; Operands in slots, in the code on the right, in the code on the left; comparisons turned round.
(module
  (func (param i32 i32) (result i32)
    (i32.add (i32.mul (local.get 0) (local.get 1)) (i32.const 7)))
  (func (param i64) (result i64)
    (i64.sub (i64.const 5) (i64.shl (i64.const 1) (local.get 0))))
  (func (param i32) (result i32)
    (i32.lt_s (i32.const 10) (local.get 0)))
  (func (param f64) (result f64)
    (f64.div (f64.const 1) (f64.mul (local.get 0) (f64.const 0.5))))
  (func (param i32) (result i32)
    (i32.eqz (i32.lt_u (local.get 0) (i32.const 3)))))
