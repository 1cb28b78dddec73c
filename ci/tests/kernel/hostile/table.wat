;; Grows a table until it gets -1. Exits with 8.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (table $t 1 externref)
  (func (export "_start")
    (loop $more
      (br_if $more (i32.ne (table.grow $t (ref.null extern) (i32.const 100000)) (i32.const -1))))
    (call $exit (i32.const 8))))
