//! `wast`: scripts that pass, and scripts whose expectations are wrong on purpose.

use crate::place::Place;

const PASSES: &str = r#"
(module $calc
  (import "spectest" "print_i32" (func $print (param i32)))
  (memory (export "memory") 1 2)
  (global (export "seven") i32 (i32.const 7))
  (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "nan") (result f32) (f32.div (f32.const 0) (f32.const 0)))
  (func (export "lanes") (result v128) (i32x4.splat (i32.const -1)))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func $again (export "again") (call $again)))
(register "calc" $calc)
(invoke "div" (i32.const 4) (i32.const 2))
(assert_return (invoke "div" (i32.const -4) (i32.const 2)) (i32.const -2))
(assert_return (invoke "nan") (f32.const nan:arithmetic))
(assert_return (invoke "lanes") (v128.const i16x8 -1 -1 -1 -1 -1 -1 -1 -1))
(assert_return (invoke "same" (ref.extern 5)) (ref.extern 5))
(assert_return (invoke "same" (ref.null extern)) (ref.null extern))
(assert_return (get "seven") (i32.const 7))
(assert_trap (invoke "div" (i32.const 1) (i32.const 0)) "integer divide by zero")
(assert_exhaustion (invoke "again") "call stack exhausted")
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version")
(assert_malformed (module quote "(func (i32.cnst 1))") "unknown operator")
(assert_unlinkable (module (import "calc" "gone" (func))) "unknown import")
(assert_trap (module (func $start unreachable) (start $start)) "unreachable")
(module (import "calc" "div" (func $div (param i32 i32) (result i32)))
  (func (export "half") (param i32) (result i32) (call $div (local.get 0) (i32.const 2))))
(assert_return (invoke "half" (i32.const 10)) (i32.const 5))
(assert_return (invoke $calc "div" (i32.const 9) (i32.const 3)) (i32.const 3))
"#;

#[test]
fn a_script_passes() {
    let place = Place::new("script-passes").with("ok.wast", PASSES).with("empty.wast", "(module)");
    assert_eq!(place.run(&["wast", "ok.wast"]).succeeded(), "ok.wast: 19 passed, 0 failed\n");
    let both = place.run(&["wast", "ok.wast", "empty.wast"]).succeeded();
    assert!(both.ends_with("empty.wast: 1 passed, 0 failed\n2 files: 20 passed, 0 failed\n"), "{both}");
}

#[test]
fn every_wrong_expectation_is_told() {
    let script = r#"(module (func (export "f") (result i32) (i32.const 1)) (func (export "t") unreachable))
(assert_return (invoke "f") (i32.const 2))
(assert_return (invoke "f"))
(assert_return (invoke "t"))
(assert_trap (invoke "f") "unreachable")
(assert_trap (invoke "t") "integer overflow")
(assert_invalid (module) "type mismatch")
(assert_malformed (module binary "\00asm\01\00\00\00") "unknown binary version")
(assert_unlinkable (module) "unknown import")
(assert_return (invoke "g"))
"#;
    let place = Place::new("script-fails").with("bad.wast", script);
    let ran = place.run(&["wast", "bad.wast"]);
    assert_eq!(ran.status, Some(1));
    assert_eq!(ran.err, "error: 9 of 10 directives failed\n");
    let told: Vec<&str> = ran.out.lines().collect();
    assert_eq!(told.len(), 10, "{}", ran.out);
    for (number, line) in told[..9].iter().enumerate() {
        assert!(line.starts_with(&format!("bad.wast:{}:", number + 2)), "{line}");
    }
    assert_eq!(told[9], "bad.wast: 1 passed, 9 failed");
}

#[test]
fn a_script_that_does_not_parse_is_refused_with_line_and_column() {
    let place = Place::new("script-syntax").with("bad.wast", "(module)\n(assert_retrun)");
    place.run(&["wast", "bad.wast"]).failed(1, &["bad.wast:2:2:"]);
}
