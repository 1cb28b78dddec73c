;; Draws the Mandelbrot set in characters. It needs nothing but the standard output.
;;
;;   ringzero run examples/mandelbrot.wat
;;   ringzero run --invoke iterations examples/mandelbrot.wat -- -0.75 0.1
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) " .,:;i1tfLCG08@#")

  ;; How many steps of z := z² + c stay within a circle of radius 2, 255 at most.
  (func $iterations (export "iterations") (param $cx f64) (param $cy f64) (result i32)
    (local $x f64) (local $y f64) (local $xx f64) (local $yy f64) (local $count i32)
    (loop $step
      (local.set $xx (f64.mul (local.get $x) (local.get $x)))
      (local.set $yy (f64.mul (local.get $y) (local.get $y)))
      (if (f64.gt (f64.add (local.get $xx) (local.get $yy)) (f64.const 4))
        (then (return (local.get $count))))
      (local.set $y
        (f64.add (f64.mul (f64.mul (f64.const 2) (local.get $x)) (local.get $y)) (local.get $cy)))
      (local.set $x (f64.add (f64.sub (local.get $xx) (local.get $yy)) (local.get $cx)))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br_if $step (i32.lt_u (local.get $count) (i32.const 255))))
    (local.get $count))

  ;; 78 columns and 32 lines, each line with its line feed, built at 1024 and written in one call.
  (func (export "_start")
    (local $column i32) (local $line i32) (local $at i32)
    (local.set $at (i32.const 1024))
    (loop $lines
      (local.set $column (i32.const 0))
      (loop $columns
        (i32.store8 (local.get $at)
          (i32.load8_u (i32.add (i32.const 16)
            (i32.shr_u
              (i32.mul (i32.const 16)
                (call $iterations
                  (f64.sub (f64.div (f64.convert_i32_u (local.get $column)) (f64.const 26)) (f64.const 2.1))
                  (f64.sub (f64.div (f64.convert_i32_u (local.get $line)) (f64.const 13)) (f64.const 1.2))))
              (i32.const 8)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $column (i32.add (local.get $column) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.get $column) (i32.const 78))))
      (i32.store8 (local.get $at) (i32.const 10))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $line (i32.add (local.get $line) (i32.const 1)))
      (br_if $lines (i32.lt_u (local.get $line) (i32.const 32))))
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.sub (local.get $at) (i32.const 1024)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
)
