;; A little of everything that makes the host allocate. `run` answers 0, or the first errno, or 1000 and 1001 where a
;; memory or a table did not grow.
(module $guest
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name"
    (func $fd_prestat_dir_name (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory"
    (func $path_create_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $path_symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_readlink"
    (func $path_readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename"
    (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_link"
    (func $path_link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get"
    (func $path_filestat_get (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_allocate" (func $fd_allocate (param i32 i64 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_set_size"
    (func $fd_filestat_set_size (param i32 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_sync" (func $fd_sync (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
  (import "host" "again" (func $again (param i32) (result i32)))
  (import "host" "dynamic" (func $dynamic (param i32 i64) (result i32)))
  (import "host" "keep" (func $keep (result externref)))

  (memory (export "memory") 1)
  (table $table 1 externref)
  (table $functions 4 funcref)
  (global $fd (mut i32) (i32.const 0))
  (global i64 (i64.mul (i64.const 3) (i64.add (i64.const 1) (i64.const 2))))
  (elem (table $functions) (i32.const 1) func $twice $depth)
  (elem funcref (ref.func $twice) (ref.null func))
  (type $unary (func (param i32) (result i32)))

  (data (i32.const 0x100) "d")
  (data (i32.const 0x110) "d/a.txt")
  (data (i32.const 0x120) "link")
  (data (i32.const 0x130) "d/b.txt")
  (data (i32.const 0x140) "d/c.txt")
  (data (i32.const 0x150) "link/a.txt")
  ;; Twenty buffers of 100 bytes are more than are kept without allocating.
  (data (i32.const 0x400)
    "\00\10\00\00\64\00\00\00\64\10\00\00\64\00\00\00\c8\10\00\00\64\00\00\00\2c\11\00\00\64\00\00\00"
    "\90\11\00\00\64\00\00\00\f4\11\00\00\64\00\00\00\58\12\00\00\64\00\00\00\bc\12\00\00\64\00\00\00"
    "\20\13\00\00\64\00\00\00\84\13\00\00\64\00\00\00\e8\13\00\00\64\00\00\00\4c\14\00\00\64\00\00\00"
    "\b0\14\00\00\64\00\00\00\14\15\00\00\64\00\00\00\78\15\00\00\64\00\00\00\dc\15\00\00\64\00\00\00"
    "\40\16\00\00\64\00\00\00\a4\16\00\00\64\00\00\00\08\17\00\00\64\00\00\00\6c\17\00\00\64\00\00\00")
  ;; A clock in 1 ms, relative; the standard input, to read; the standard output, to write.
  (data (i32.const 0x600)
    "\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\40\42\0f\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\02\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\03\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

  (func $twice (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))

  (func $depth (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $depth (i32.sub (local.get 0) (i32.const 1)))))))

  (func $open (param $path i32) (param $len i32) (param $flags i32) (result i32)
    (local $error i32)
    (local.set $error
      (call $path_open (i32.const 3) (i32.const 1) (local.get $path) (local.get $len) (local.get $flags)
        ;; A directory is opened to be listed.
        (select (i64.const 0x4000) (i64.const 0x1fffffff) (i32.eq (local.get $flags) (i32.const 2)))
        (i64.const 0x1fffffff) (i32.const 0) (i32.const 0x200)))
    (global.set $fd (i32.load (i32.const 0x200)))
    (local.get $error))

  (func $world (result i32)
    (local $error i32)
    (block $failed
      (br_if $failed (local.tee $error (call $args_sizes_get (i32.const 0x200) (i32.const 0x204))))
      (br_if $failed (local.tee $error (call $args_get (i32.const 0x2000) (i32.const 0x2100))))
      (br_if $failed (local.tee $error (call $environ_sizes_get (i32.const 0x200) (i32.const 0x204))))
      (br_if $failed (local.tee $error (call $environ_get (i32.const 0x2000) (i32.const 0x2100))))
      (br_if $failed (local.tee $error (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 0x200))))
      (br_if $failed (local.tee $error (call $random_get (i32.const 0x2000) (i32.const 64))))
      (br_if $failed (local.tee $error (call $fd_prestat_get (i32.const 3) (i32.const 0x200))))
      (br_if $failed
        (local.tee $error (call $fd_prestat_dir_name (i32.const 3) (i32.const 0x2000) (i32.const 1)))))
    (local.get $error))

  (func $write (result i32)
    (local $error i32)
    (block $failed
      (br_if $failed
        (local.tee $error (call $path_create_directory (i32.const 3) (i32.const 0x100) (i32.const 1))))
      (br_if $failed (local.tee $error (call $open (i32.const 0x110) (i32.const 7) (i32.const 9))))
      (memory.fill (i32.const 0x1000) (i32.const 0x61) (i32.const 2000))
      (br_if $failed
        (local.tee $error
          (call $fd_write (global.get $fd) (i32.const 0x400) (i32.const 20) (i32.const 0x200))))
      (br_if $failed
        (local.tee $error (call $fd_allocate (global.get $fd) (i64.const 0) (i64.const 20000))))
      (br_if $failed
        (local.tee $error (call $fd_filestat_set_size (global.get $fd) (i64.const 2000))))
      (br_if $failed (local.tee $error (call $fd_sync (global.get $fd))))
      (br_if $failed (local.tee $error (call $fd_close (global.get $fd)))))
    (local.get $error))

  (func $read (result i32)
    (local $error i32)
    (block $failed
      (br_if $failed
        (local.tee $error
          (call $path_symlink (i32.const 0x100) (i32.const 1) (i32.const 3) (i32.const 0x120) (i32.const 4))))
      (br_if $failed
        (local.tee $error
          (call $path_readlink (i32.const 3) (i32.const 0x120) (i32.const 4) (i32.const 0x2000) (i32.const 9)
            (i32.const 0x200))))
      (br_if $failed (local.tee $error (call $open (i32.const 0x150) (i32.const 10) (i32.const 0))))
      (memory.fill (i32.const 0x1000) (i32.const 0) (i32.const 2000))
      (br_if $failed
        (local.tee $error (call $fd_seek (global.get $fd) (i64.const 0) (i32.const 0) (i32.const 0x200))))
      (br_if $failed
        (local.tee $error
          (call $fd_read (global.get $fd) (i32.const 0x400) (i32.const 20) (i32.const 0x200))))
      ;; What was written is read.
      (if (i32.ne (i32.load (i32.const 0x200)) (i32.const 2000)) (then (unreachable)))
      (if (i32.ne (i32.load (i32.const 0x1700)) (i32.const 0x61616161)) (then (unreachable)))
      (br_if $failed (local.tee $error (call $fd_close (global.get $fd)))))
    (local.get $error))

  (func $names (result i32)
    (local $error i32)
    (block $failed
      (br_if $failed
        (local.tee $error
          (call $path_rename (i32.const 3) (i32.const 0x110) (i32.const 7) (i32.const 3) (i32.const 0x130)
            (i32.const 7))))
      (br_if $failed
        (local.tee $error
          (call $path_link (i32.const 3) (i32.const 0) (i32.const 0x130) (i32.const 7) (i32.const 3)
            (i32.const 0x140) (i32.const 7))))
      (br_if $failed
        (local.tee $error
          (call $path_filestat_get (i32.const 3) (i32.const 1) (i32.const 0x140) (i32.const 7)
            (i32.const 0x2000))))
      (br_if $failed (local.tee $error (call $open (i32.const 0x100) (i32.const 1) (i32.const 2))))
      (br_if $failed
        (local.tee $error
          (call $fd_readdir (global.get $fd) (i32.const 0x2000) (i32.const 500) (i64.const 0)
            (i32.const 0x200))))
      (br_if $failed (local.tee $error (call $fd_close (global.get $fd))))
      (br_if $failed
        (local.tee $error (call $path_unlink_file (i32.const 3) (i32.const 0x140) (i32.const 7))))
      (br_if $failed
        (local.tee $error
          (call $poll_oneoff (i32.const 0x600) (i32.const 0x2000) (i32.const 3) (i32.const 0x200))))
      (br_if $failed (local.tee $error (call $sched_yield)))
      (br_if $failed
        (local.tee $error
          (call $fd_write (i32.const 1) (i32.const 0x400) (i32.const 20) (i32.const 0x200)))))
    (local.get $error))

  (func $growth (result i32)
    (if (i32.eq (memory.grow (i32.const 3)) (i32.const -1)) (then (return (i32.const 1000))))
    (i32.store (i32.const 0x3fffc) (i32.const 7))
    (if (i32.eq (table.grow $table (call $keep) (i32.const 500)) (i32.const -1))
      (then (return (i32.const 1001))))
    (drop (table.grow $functions (ref.func $twice) (i32.const 40)))
    (i32.const 0))

  (func $calls (result i32)
    (if (i32.ne (call $again (i32.const 21)) (i32.const 42)) (then (unreachable)))
    (if (i32.ne (call $dynamic (i32.const 2) (i64.const 3)) (i32.const 5)) (then (unreachable)))
    (if
      (i32.ne (call_indirect $functions (type $unary) (i32.const 9000) (i32.const 2)) (i32.const 9000))
      (then (unreachable)))
    (i32.const 0))

  (func (export "run") (result i32)
    (local $error i32)
    (block $failed
      (br_if $failed (local.tee $error (call $world)))
      (br_if $failed (local.tee $error (call $write)))
      (br_if $failed (local.tee $error (call $read)))
      (br_if $failed (local.tee $error (call $names)))
      (br_if $failed (local.tee $error (call $growth)))
      (br_if $failed (local.tee $error (call $calls))))
    (local.get $error))

  (func $inner (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func $outer (param i32) (result i32) (i32.add (call $inner (local.get 0)) (i32.const 1)))
  (func (export "trap") (result i32) (call $outer (i32.const 0))))
