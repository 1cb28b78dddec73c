//! `inspect`: what a module needs, offers and contains.

use crate::place::Place;

#[test]
fn an_example_is_described() {
    let place = Place::new("inspect-example").with_example("word-count.wat");
    let page = place.run(&["inspect", "word-count.wat"]).succeeded();
    for line in [
        "  func `fd_read` (i32, i32, i32, i32) -> (i32) from `wasi_snapshot_preview1`",
        "  func `proc_exit` (i32) -> () from `wasi_snapshot_preview1`",
        "  func `_start` () -> ()",
        "  memory `memory` 192.0 KiB at first, no limit",
        "  8 functions, 7 globals, 8 data segments",
    ] {
        assert!(page.lines().any(|l| l == line), "`{line}` is not in:\n{page}");
    }
    assert!(page.contains("  code\n") && page.contains("\ncustom sections\n"), "{page}");
}

#[test]
fn what_a_module_needs_is_named() {
    let text = r#"(module
      (memory $a 1 2) (memory $b i64 3)
      (table 4 8 externref)
      (start $begin)
      (func $begin (drop (i32x4.splat (i32.const 1))) (return_call $end))
      (func $end))"#;
    let place = Place::new("inspect-needs").with("app.wat", text);
    let page = place.run(&["inspect", "app.wat"]).succeeded();
    let needs: Vec<&str> = page
        .lines()
        .skip_while(|line| *line != "needs")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(str::trim)
        .collect();
    assert_eq!(needs, ["reference-types", "simd", "tail-call", "multi-memory", "memory64"]);
    for line in [
        "  64.0 KiB at first, at most 128.0 KiB",
        "  192.0 KiB at first, no limit, 64-bit addresses",
        "  of externref: 4 at first, at most 8",
        "  2 functions; runs a start function when instantiated",
    ] {
        assert!(page.lines().any(|l| l == line), "`{line}` is not in:\n{page}");
    }
}
