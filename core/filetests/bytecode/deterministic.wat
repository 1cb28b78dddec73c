;; deterministic
(module
  (func (param f32 f32) (result f32)
    (f32.add (local.get 0) (local.get 1)))
  (func (param f64) (result f64)
    (local f64)
    (local.set 1 (f64.sqrt (local.get 0)))
    (local.get 1))
  (func (param v128 v128) (result v128)
    (f32x4.mul (local.get 0) (local.get 1))))
