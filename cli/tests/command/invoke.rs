//! `--invoke`: words in, results out.

use crate::place::Place;

const CALC: &str = r#"(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "swap") (param i64 f64) (result f64 i64) (local.get 1) (local.get 0))
  (func (export "half") (param f32) (result f32) (f32.div (local.get 0) (f32.const 2)))
  (func (export "not") (param v128) (result v128) (v128.not (local.get 0)))
  (func (export "same") (param externref funcref) (result externref funcref) (local.get 0) (local.get 1))
  (func (export "itself") (result funcref) (ref.func 0))
  (elem declare func 0)
  (func (export "nothing"))
  (memory (export "memory") 1))"#;

fn call(test: &str, name: &str, words: &[&str]) -> crate::place::Ran {
    let place = Place::new(&format!("invoke-{test}")).with("calc.wat", CALC);
    let mut line = vec!["run", "--invoke", name, "calc.wat"];
    line.extend(words);
    place.run(&line)
}

#[test]
fn results_are_printed_one_per_line() {
    assert_eq!(call("add", "add", &["2", "-3"]).succeeded(), "-1\n");
    assert_eq!(call("wrap", "add", &["0xffffffff", "0x1"]).succeeded(), "0\n");
    assert_eq!(
        call("swap", "swap", &["-9223372036854775808", "0.1"]).succeeded(),
        "0.1\n-9223372036854775808\n"
    );
    assert_eq!(call("half", "half", &["-inf"]).succeeded(), "-inf\n");
    assert_eq!(call("not", "not", &["1"]).succeeded(), "0xfffffffffffffffffffffffffffffffe\n");
    assert_eq!(call("same", "same", &["null", "null"]).succeeded(), "null\nnull\n");
    assert_eq!(call("itself", "itself", &[]).succeeded(), "funcref\n");
    assert_eq!(call("nothing", "nothing", &[]).succeeded(), "");
}

#[test]
fn wrong_words_are_named() {
    call("few", "add", &["2"]).failed(1, &["`add`", "2 parameters, not 1", "(i32, i32) -> (i32)"]);
    call("many", "nothing", &["2"]).failed(1, &["0 parameters, not 1"]);
    call("text", "add", &["2", "x"]).failed(1, &["parameter 2", "`x`", "i32"]);
    call("range", "add", &["2", "4294967296"]).failed(1, &["parameter 2", "`4294967296`"]);
    call("reference", "same", &["1", "null"]).failed(1, &["parameter 1", "null"]);
    call("missing", "sub", &[]).failed(1, &["`sub`"]);
    call("memory", "memory", &[]).failed(1, &["`memory`"]);
}
