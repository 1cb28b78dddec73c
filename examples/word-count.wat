;; Counts lines, words and bytes, as wc(1) does: of each file named on the command line, or of the standard
;; input where none is. Written by hand on WASI preview 1, to show what a guest asks of its host.
;;
;;   ringzero run --dir . examples/word-count.wat README.md
;;   ringzero run examples/word-count.wat < README.md
;;
;; Files are opened below the first granted directory (descriptor 3); without --dir there is none.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))

  ;; 0..64: results of calls. 64..128: digits. 128..1024: text. 64 KiB: buffer. 128 KiB on: arguments.
  (memory (export "memory") 3)
  (data (i32.const 128) "word-count: ")
  (data (i32.const 140) ": cannot open (errno ")
  (data (i32.const 161) ": cannot read (errno ")
  (data (i32.const 182) ")\n")
  (data (i32.const 184) "total")
  (data (i32.const 189) " ")
  (data (i32.const 190) "\n")
  (data (i32.const 191) "word-count: too many arguments\n")

  (global $failed (mut i32) (i32.const 0))
  (global $lines (mut i64) (i64.const 0))
  (global $words (mut i64) (i64.const 0))
  (global $bytes (mut i64) (i64.const 0))
  (global $all_lines (mut i64) (i64.const 0))
  (global $all_words (mut i64) (i64.const 0))
  (global $all_bytes (mut i64) (i64.const 0))

  ;; Writes all of a text: a short write is legal, so it goes on with the rest.
  (func $put (param $fd i32) (param $at i32) (param $len i32)
    (local $count i32)
    (loop $more
      (if (i32.eqz (local.get $len)) (then (return)))
      (i32.store (i32.const 0) (local.get $at))
      (i32.store (i32.const 4) (local.get $len))
      (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))
        (then (call $proc_exit (i32.const 1))))
      (local.set $count (i32.load (i32.const 8)))
      (local.set $at (i32.add (local.get $at) (local.get $count)))
      (local.set $len (i32.sub (local.get $len) (local.get $count)))
      (br $more)))

  ;; Writes a number in decimal, at least $width characters wide.
  (func $put_number (param $fd i32) (param $value i64) (param $width i32)
    (local $at i32)
    (local.set $at (i32.const 128))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at)
        (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $value) (i64.const 10)))))
      (local.set $value (i64.div_u (local.get $value) (i64.const 10)))
      (br_if $digit (i64.ne (local.get $value) (i64.const 0))))
    (loop $pad
      (if (i32.lt_u (i32.sub (i32.const 128) (local.get $at)) (local.get $width))
        (then
          (local.set $at (i32.sub (local.get $at) (i32.const 1)))
          (i32.store8 (local.get $at) (i32.const 32))
          (br $pad))))
    (call $put (local.get $fd) (local.get $at) (i32.sub (i32.const 128) (local.get $at))))

  (func $length (param $text i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $text))
    (loop $next
      (if (i32.load8_u (local.get $end))
        (then
          (local.set $end (i32.add (local.get $end) (i32.const 1)))
          (br $next))))
    (i32.sub (local.get $end) (local.get $text)))

  ;; Says what failed and remembers that something did.
  (func $complain (param $name i32) (param $what i32) (param $errno i32)
    (global.set $failed (i32.const 1))
    (call $put (i32.const 2) (i32.const 128) (i32.const 12))
    (call $put (i32.const 2) (local.get $name) (call $length (local.get $name)))
    (call $put (i32.const 2) (local.get $what) (i32.const 21))
    (call $put_number (i32.const 2) (i64.extend_i32_u (local.get $errno)) (i32.const 0))
    (call $put (i32.const 2) (i32.const 182) (i32.const 2)))

  (func $report (param $lines i64) (param $words i64) (param $bytes i64) (param $name i32) (param $len i32)
    (call $put_number (i32.const 1) (local.get $lines) (i32.const 7))
    (call $put_number (i32.const 1) (local.get $words) (i32.const 8))
    (call $put_number (i32.const 1) (local.get $bytes) (i32.const 8))
    (if (local.get $len)
      (then
        (call $put (i32.const 1) (i32.const 189) (i32.const 1))
        (call $put (i32.const 1) (local.get $name) (local.get $len))))
    (call $put (i32.const 1) (i32.const 190) (i32.const 1)))

  ;; Counts what a descriptor yields until its end, and answers the error that stopped it, or 0.
  (func $count (param $fd i32) (result i32)
    (local $errno i32) (local $at i32) (local $end i32) (local $byte i32) (local $inside i32)
    (global.set $lines (i64.const 0))
    (global.set $words (i64.const 0))
    (global.set $bytes (i64.const 0))
    (loop $refill
      (i32.store (i32.const 0) (i32.const 65536))
      (i32.store (i32.const 4) (i32.const 65536))
      (local.set $errno (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (local.get $errno) (then (return (local.get $errno))))
      (local.set $at (i32.const 65536))
      (local.set $end (i32.add (i32.const 65536) (i32.load (i32.const 8))))
      (if (i32.eq (local.get $at) (local.get $end)) (then (return (i32.const 0))))
      (global.set $bytes (i64.add (global.get $bytes) (i64.extend_i32_u (i32.load (i32.const 8)))))
      (loop $next
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.eq (local.get $byte) (i32.const 10))
          (then (global.set $lines (i64.add (global.get $lines) (i64.const 1)))))
        ;; A blank is a space or one of tab, line feed, vertical tab, form feed, carriage return.
        (if (i32.or
              (i32.eq (local.get $byte) (i32.const 32))
              (i32.lt_u (i32.sub (local.get $byte) (i32.const 9)) (i32.const 5)))
          (then (local.set $inside (i32.const 0)))
          (else
            (if (i32.eqz (local.get $inside))
              (then (global.set $words (i64.add (global.get $words) (i64.const 1)))))
            (local.set $inside (i32.const 1))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
      (br $refill))
    (unreachable))

  (func $count_file (param $name i32)
    (local $errno i32) (local $fd i32) (local $len i32)
    (local.set $len (call $length (local.get $name)))
    ;; Descriptor 3, follow links, no creation, the right to read (2) and none to inherit.
    (local.set $errno
      (call $path_open (i32.const 3) (i32.const 1) (local.get $name) (local.get $len)
        (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 12)))
    (if (local.get $errno)
      (then
        (call $complain (local.get $name) (i32.const 140) (local.get $errno))
        (return)))
    (local.set $fd (i32.load (i32.const 12)))
    (local.set $errno (call $count (local.get $fd)))
    (drop (call $fd_close (local.get $fd)))
    (if (local.get $errno)
      (then
        (call $complain (local.get $name) (i32.const 161) (local.get $errno))
        (return)))
    (global.set $all_lines (i64.add (global.get $all_lines) (global.get $lines)))
    (global.set $all_words (i64.add (global.get $all_words) (global.get $words)))
    (global.set $all_bytes (i64.add (global.get $all_bytes) (global.get $bytes)))
    (call $report (global.get $lines) (global.get $words) (global.get $bytes)
      (local.get $name) (local.get $len)))

  (func (export "_start")
    (local $count i32) (local $size i32) (local $pointers i32) (local $index i32) (local $errno i32)
    (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
    (local.set $count (i32.load (i32.const 16)))
    (local.set $size (i32.add (i32.load (i32.const 20)) (i32.mul (local.get $count) (i32.const 4))))
    (if (i32.gt_u (local.get $size) (i32.const 65536))
      (then
        (call $put (i32.const 2) (i32.const 191) (i32.const 31))
        (call $proc_exit (i32.const 2))))
    (local.set $pointers (i32.const 131072))
    (drop (call $args_get (local.get $pointers)
      (i32.add (local.get $pointers) (i32.mul (local.get $count) (i32.const 4)))))
    (if (i32.lt_u (local.get $count) (i32.const 2))
      (then
        (local.set $errno (call $count (i32.const 0)))
        (if (local.get $errno) (then (call $proc_exit (i32.const 1))))
        (call $report (global.get $lines) (global.get $words) (global.get $bytes)
          (i32.const 0) (i32.const 0))
        (return)))
    (local.set $index (i32.const 1))
    (loop $next
      (call $count_file
        (i32.load (i32.add (local.get $pointers) (i32.mul (local.get $index) (i32.const 4)))))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $index) (local.get $count))))
    (if (i32.gt_u (local.get $count) (i32.const 2))
      (then
        (call $report (global.get $all_lines) (global.get $all_words) (global.get $all_bytes)
          (i32.const 184) (i32.const 5))))
    (if (global.get $failed) (then (call $proc_exit (i32.const 1)))))
)
