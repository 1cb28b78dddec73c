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
