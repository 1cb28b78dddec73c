;; Makes files with ever new names. Exits with the errno.
(module
  (import "wasi_snapshot_preview1" "path_create_directory" (func $make (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $n i32) (local $errno i32)
    (loop $more
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (i32.store8 (i32.const 0) (i32.add (i32.const 65) (i32.and (local.get $n) (i32.const 15))))
      (i32.store8 (i32.const 1) (i32.add (i32.const 65) (i32.shr_u (local.get $n) (i32.const 4))))
      (local.set $errno (call $make (i32.const 3) (i32.const 0) (i32.const 2)))
      (br_if $more (i32.eqz (local.get $errno))))
    (call $exit (local.get $errno))))
