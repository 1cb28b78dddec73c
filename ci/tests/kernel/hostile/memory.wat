;; Grows its memory by a MiB at a time until it gets -1, and writes to each page. Exits with 7.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $old i32)
    (loop $more
      (local.set $old (memory.grow (i32.const 16)))
      (if (i32.ne (local.get $old) (i32.const -1)) (then
        (i32.store (i32.shl (local.get $old) (i32.const 16)) (i32.const 1))
        (br $more))))
    (call $exit (i32.const 7))))
