//! Small programs, each run by both engines.

use crate::compare::{compare, compare_exactly};

#[test]
fn integer_operators() {
    let mut text = String::from("(module ");
    for ty in ["i32", "i64"] {
        for op in [
            "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr", "div_s",
            "div_u", "rem_s", "rem_u", "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s",
            "ge_u",
        ] {
            let result = if op.len() == 2
                || op.contains('t') && op.contains('_')
                || op.starts_with("le")
                || op.starts_with("ge")
            {
                "i32"
            } else {
                ty
            };
            let result = if ["or"].contains(&op) { ty } else { result };
            text += &format!(
                r#"(func (export "{ty}.{op}") (param {ty} {ty}) (result {result}) ({ty}.{op} (local.get 0) (local.get 1)))
                   (func (export "{ty}.{op}.7") (param {ty}) (result {result}) ({ty}.{op} (local.get 0) ({ty}.const 7)))
                   (func (export "{ty}.{op}.-1") (param {ty}) (result {result}) ({ty}.{op} (local.get 0) ({ty}.const -1)))
                   (func (export "{ty}.{op}.big") (param {ty}) (result {result}) ({ty}.{op} (local.get 0) ({ty}.const 0x7fffffff)))
                   (func (export "7.{ty}.{op}") (param {ty}) (result {result}) ({ty}.{op} ({ty}.const 7) (local.get 0)))"#
            );
        }
        for op in ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"] {
            text += &format!(
                r#"(func (export "{ty}.{op}") (param {ty}) (result {ty}) ({ty}.{op} (local.get 0)))"#
            );
        }
        text += &format!(r#"(func (export "{ty}.eqz") (param {ty}) (result i32) ({ty}.eqz (local.get 0)))"#);
    }
    text += r#"
        (func (export "wrap") (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
        (func (export "wrapped") (param i64) (result i64) (i64.extend_i32_u (i32.wrap_i64 (local.get 0))))
        (func (export "extend_s") (param i32) (result i64) (i64.extend_i32_s (local.get 0)))
        (func (export "extend_u") (param i32) (result i64) (i64.extend_i32_u (local.get 0)))
        (func (export "extend32") (param i64) (result i64) (i64.extend32_s (local.get 0))))"#;
    compare(&text);
}

#[test]
fn divisions_by_constants() {
    let mut divisors: Vec<i64> = (-12..=12).filter(|by| *by != 0).collect();
    divisors.extend([25, 60, 95, 100, 125, 365, 625, 641, 1000, 3600, 10_000, 1_000_000, 999_999_937]);
    divisors.extend((2..63).flat_map(|bit| [1 << bit, (1 << bit) - 1, (1 << bit) + 1, -(1 << bit)]));
    divisors.extend([i64::from(i32::MAX), i64::from(i32::MIN), i64::from(u32::MAX), i64::MAX, i64::MIN]);
    divisors.sort_unstable();
    divisors.dedup();
    let mut text = String::from("(module ");
    for ty in ["i32", "i64"] {
        for by in &divisors {
            if ty == "i32" && (*by > i64::from(u32::MAX) || *by < i64::from(i32::MIN)) {
                continue;
            }
            for op in ["div_s", "div_u", "rem_s", "rem_u"] {
                text += &format!(
                    r#"(func (export "{ty}.{op}.{by}") (param {ty}) (result {ty})
                        ({ty}.{op} (local.get 0) ({ty}.const {by})))
                       (func (export "{ty}.{op}.{by}.near") (param {ty}) (result {ty})
                        ({ty}.{op} ({ty}.sub ({ty}.mul ({ty}.const {by}) (local.get 0)) ({ty}.const 1)) ({ty}.const {by})))"#
                );
            }
        }
    }
    compare(&(text + ")"));
}

#[test]
fn bytes_beside_constants() {
    let mut text = String::from("(module (memory 1) (data (i32.const 0) \"\\00\\01\\41\\7f\\80\\81\\ff\")");
    for op in ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"] {
        for by in [0, 1, 0x41, 0x7f, 0x80, 0xff, 0x100, -1] {
            for (name, value) in [
                ("and", "(i32.and (local.get 0) (i32.const 255))"),
                ("load", "(i32.load8_u (i32.and (local.get 0) (i32.const 7)))"),
                ("signed", "(i32.load8_s (i32.and (local.get 0) (i32.const 7)))"),
            ] {
                text += &format!(
                    r#"(func (export "{name}.{op}.{by}") (param i32) (result i32)
                        (if (result i32) (i32.{op} {value} (i32.const {by})) (then (i32.const 3)) (else (i32.const 4))))"#
                );
            }
        }
    }
    compare(&(text + ")"));
}

#[test]
fn control_flow() {
    compare(
        r#"(module
        (func $fib (export "fib") (param i32) (result i32)
            (if (result i32) (i32.lt_u (i32.and (local.get 0) (i32.const 15)) (i32.const 2))
                (then (i32.and (local.get 0) (i32.const 15)))
                (else (i32.add (call $fib (i32.sub (i32.and (local.get 0) (i32.const 15)) (i32.const 1)))
                               (call $fib (i32.sub (i32.and (local.get 0) (i32.const 15)) (i32.const 2)))))))
        (func (export "sum") (param i32) (result i64) (local i64 i32)
            (local.set 2 (i32.and (local.get 0) (i32.const 255)))
            (block $out (loop $again
                (br_if $out (i32.eqz (local.get 2)))
                (local.set 1 (i64.add (local.get 1) (i64.extend_i32_u (i32.mul (local.get 2) (local.get 2)))))
                (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
                (br $again)))
            (local.get 1))
        (func (export "nested") (param i32 i32) (result i32) (local i32 i32 i32)
            (local.set 0 (i32.and (local.get 0) (i32.const 15)))
            (local.set 1 (i32.and (local.get 1) (i32.const 15)))
            (loop $a
                (local.set 3 (i32.const 0))
                (loop $b
                    (local.set 4 (i32.add (local.get 4) (i32.xor (local.get 2) (i32.mul (local.get 3) (local.get 0)))))
                    (local.set 3 (i32.add (local.get 3) (i32.const 1)))
                    (br_if $b (i32.lt_u (local.get 3) (local.get 1))))
                (local.set 2 (i32.add (local.get 2) (i32.const 1)))
                (br_if $a (i32.lt_u (local.get 2) (local.get 0))))
            (local.get 4))
        (func (export "set before and in") (param i32) (result i32) (local i32)
            (local.set 1 (i32.const 1))
            (block $out (loop $again
                (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                (br_if $out (i32.ge_u (local.get 1) (i32.and (local.get 0) (i32.const 15))))
                (br $again)))
            (local.get 1))
        (func (export "no way back") (param i32) (result i32)
            (local.get 0) (loop (param i32) (result i32) (i32.const 2) (i32.add)))
        (func (export "swap") (param i32 i32 i32) (result i32) (local i32)
            (local.set 2 (i32.and (local.get 2) (i32.const 7)))
            (loop $again
                (local.set 3 (local.get 0))
                (local.set 0 (local.get 1))
                (local.set 1 (local.get 3))
                (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
                (br_if $again (i32.gt_s (local.get 2) (i32.const 0))))
            (i32.sub (local.get 0) (local.get 1)))
        (func (export "table") (param i32) (result i32)
            (block $a (block $b (block $c (block $d
                (br_table $a $b $c $a $d (local.get 0)))
                (return (i32.const 40))) (return (i32.const 30))) (return (i32.const 20)))
            (i32.const 10))
        (func (export "carry") (param i32) (result i32)
            (block $a (result i32) (block $b (result i32)
                (br_table $a $b 2 (i32.const 9) (local.get 0)))
                (i32.const 1) (i32.add)))
        (func (export "turn") (param i32) (result i32) (local i32)
            (loop $l (block $x
                (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                (br_table $l $x $l $x (i32.sub (i32.and (local.get 0) (i32.const 3)) (local.get 1)))))
            (local.get 1))
        (func (export "select") (param i32 i64 i64) (result i64)
            (select (local.get 1) (local.get 2) (i32.gt_s (local.get 0) (i32.const 5))))
        (func (export "select0") (param i32 i64 i64) (result i64)
            (select (local.get 1) (local.get 2) (local.get 0)))
        (func (export "select1") (param i32 i32) (result i32)
            (select (i32.const 0) (i32.const 17) (i32.eqz (i32.and (local.get 0) (local.get 1)))))
        (func (export "unreachable") (param i32) (result i32)
            (if (i32.eq (local.get 0) (i32.const 7)) (then unreachable))
            (local.get 0))
        (func (export "ifparam") (param i32 i32) (result i32)
            (local.get 1) (if (param i32) (result i32) (local.get 0) (then (i32.const 1) (i32.add)) (else (i32.const 2) (i32.mul))))
        (func (export "dead") (param i32) (result i32)
            (block (result i32) (br 0 (local.get 0)) (loop (br_if 0 (i32.const 1))) (i32.const 3) (drop))))"#,
    );
}

#[test]
fn calls_and_many_values() {
    compare(
        r#"(module
        (func $many (param i32 i64 i32 i64 i32 i64 i32 i64 i32 i64) (result i64 i32 i64 i32 i64 i32 i64 i32 i64)
            (local.get 9) (local.get 8) (local.get 7) (local.get 6) (local.get 5) (local.get 4) (local.get 3) (local.get 2) (local.get 1))
        (func (export "many") (param i32 i64) (result i64 i32 i64 i32 i64 i32 i64 i32 i64)
            (call $many (local.get 0) (local.get 1) (i32.const 3) (i64.const 4) (local.get 0)
                (i64.mul (local.get 1) (i64.const 3)) (i32.const 7) (i64.const 8) (i32.add (local.get 0) (i32.const 1)) (local.get 1)))
        (func $two (param i32) (result i32 i32) (local.get 0) (i32.add (local.get 0) (i32.const 1)))
        (func (export "two") (param i32 i32) (result i32)
            (call $two (local.get 0)) (i32.mul) (call $two (local.get 1)) (i32.sub) (i32.xor))
        (func (export "keep") (param i32 i32 i32) (result i32) (local i32)
            (local.set 3 (i32.mul (local.get 0) (local.get 1)))
            (call $two (local.get 2)) (drop)
            (i32.add (local.get 3)) (i32.add (local.get 0)))
        (func $even (export "even") (param i32) (result i32)
            (if (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 63))) (then (i32.const 1))
                (else (call $odd (i32.sub (i32.and (local.get 0) (i32.const 63)) (i32.const 1))))))
        (func $odd (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0)) (else (call $even (i32.sub (local.get 0) (i32.const 1))))))
        (func $deep (export "deep") (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))
        (func (export "pressure") (param i32 i32 i32 i32) (result i32) (local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
            (local.set 4 (i32.add (local.get 0) (local.get 1))) (local.set 5 (i32.sub (local.get 1) (local.get 2)))
            (local.set 6 (i32.mul (local.get 2) (local.get 3))) (local.set 7 (i32.xor (local.get 3) (local.get 4)))
            (local.set 8 (i32.add (local.get 4) (local.get 5))) (local.set 9 (i32.sub (local.get 5) (local.get 6)))
            (local.set 10 (i32.rotl (local.get 6) (local.get 7))) (local.set 11 (i32.shl (local.get 7) (local.get 8)))
            (local.set 12 (i32.or (local.get 8) (i32.const 1))) (local.set 13 (i32.rem_u (local.get 9) (local.get 12)))
            (local.set 14 (i32.shr_s (local.get 10) (local.get 11))) (local.set 15 (i32.div_u (local.get 11) (local.get 12)))
            (loop $l
                (local.set 4 (i32.add (local.get 4) (local.get 15))) (local.set 5 (i32.xor (local.get 5) (local.get 14)))
                (local.set 6 (i32.sub (local.get 6) (local.get 13))) (local.set 7 (i32.add (local.get 7) (local.get 12)))
                (local.set 8 (i32.xor (local.get 8) (local.get 11))) (local.set 9 (i32.rotr (local.get 9) (local.get 10)))
                (local.set 0 (i32.add (local.get 0) (i32.const 0x10000000)))
                (br_if $l (i32.gt_s (local.get 0) (i32.const 0x20000000))))
            (i32.add (i32.add (i32.add (local.get 4) (local.get 5)) (i32.add (local.get 6) (local.get 7)))
                (i32.add (i32.add (local.get 8) (local.get 9)) (i32.add (i32.add (local.get 10) (local.get 13)) (i32.add (local.get 14) (local.get 15)))))))"#,
    );
}

#[test]
fn memory_and_globals() {
    compare(
        r#"(module
        (memory (export "memory") 1)
        (global $g (export "g") (mut i32) (i32.const 5))
        (global $h (export "h") (mut i64) (i64.const -5))
        (func (export "l") (param i32) (result i32) (i32.load offset=4 (i32.and (local.get 0) (i32.const 0x1ffff))))
        (func (export "l64") (param i32) (result i64) (i64.load offset=65528 (local.get 0)))
        (func (export "l8") (param i32) (result i32)
            (i32.add (i32.load8_s (i32.and (local.get 0) (i32.const 0xffff))) (i32.load16_u offset=2 (i32.and (local.get 0) (i32.const 0xfff)))))
        (func (export "far") (param i32) (result i32) (i32.load offset=0xfffffff0 (local.get 0)))
        (func (export "fixed") (result i32) (i32.load (i32.const 65533)))
        (func (export "fixed2") (result i32) (i32.load (i32.const 65532)))
        (func (export "s") (param i32 i32)
            (i32.store (i32.and (local.get 0) (i32.const 0xfffc)) (local.get 1))
            (i32.store8 offset=1 (i32.and (local.get 1) (i32.const 0xffff)) (local.get 0))
            (i32.store16 offset=7 (i32.and (local.get 1) (i32.const 0xfff)) (i32.const 0x1234))
            (i64.store offset=16 (i32.and (local.get 1) (i32.const 0xfff)) (i64.const -3)))
        (func (export "rmw") (param i32 i32) (result i32) (local i32)
            (local.set 2 (i32.and (local.get 0) (i32.const 0xfff)))
            (i32.store (local.get 2) (i32.add (i32.load (local.get 2)) (local.get 1)))
            (i32.store (local.get 2) (i32.xor (i32.load (local.get 2)) (i32.const 77)))
            (i32.store8 (local.get 2) (i32.add (i32.load8_u (local.get 2)) (i32.const 1)))
            (i32.add (i32.load (local.get 2)) (i32.load offset=4 (local.get 2))))
        (func (export "set") (param i32) (result i32)
            (global.set $g (i32.add (global.get $g) (local.get 0)))
            (global.set $h (i64.mul (global.get $h) (i64.extend_i32_s (global.get $g))))
            (global.get $g))
        (func (export "size") (result i32) (memory.size))
        (func (export "copy") (param i32 i32) (result i32) (local i32 i32)
            (local.set 0 (i32.and (local.get 0) (i32.const 0xfff)))
            (local.set 2 (i32.const 100))
            (loop $l
                (i32.store (i32.add (i32.const 8192) (i32.shl (local.get 2) (i32.const 2)))
                    (i32.load (i32.add (local.get 0) (i32.shl (local.get 2) (i32.const 2)))))
                (local.set 3 (i32.add (local.get 3) (i32.load8_u offset=3 (i32.add (local.get 0) (local.get 2)))))
                (br_if $l (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
            (local.get 3))
        (func (export "cmpmem") (param i32 i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 1) (i32.load (i32.and (local.get 0) (i32.const 255))))
                (then (i32.const 3)) (else (i32.eq (i32.load (i32.and (local.get 1) (i32.const 255))) (i32.const 0))))))"#,
    );
}

#[test]
fn floats() {
    let mut text =
        String::from("(module (memory 1) (data (i32.const 2) \"\\00\\f0\\3f\\c0\\40\\7f\\ff\\91\")");
    for (ty, other) in [("f32", "f64"), ("f64", "f32")] {
        for op in ["add", "sub", "mul", "div", "min", "max", "copysign"] {
            text += &format!(
                r#"(func (export "{ty}.{op}") (param {ty} {ty}) (result {ty}) ({ty}.{op} (local.get 0) (local.get 1)))
                   (func (export "{ty}.{op}.k") (param {ty}) (result {ty}) ({ty}.{op} (local.get 0) ({ty}.const 1.5)))
                   (func (export "{ty}.{op}.r") (param {ty}) (result {ty}) ({ty}.{op} ({ty}.const 2.5) (local.get 0)))
                   (func (export "{ty}.{op}.m") (param {ty} i32) (result {ty})
                        ({ty}.{op} (local.get 0) ({ty}.load (i32.and (local.get 1) (i32.const 15)))))"#
            );
        }
        for op in ["eq", "ne", "lt", "gt", "le", "ge"] {
            text += &format!(
                r#"(func (export "{ty}.{op}") (param {ty} {ty}) (result i32) ({ty}.{op} (local.get 0) (local.get 1)))
                   (func (export "{ty}.{op}.if") (param {ty} {ty}) (result i32)
                     (if (result i32) ({ty}.{op} (local.get 0) (local.get 1)) (then (i32.const 1)) (else (i32.const 2))))
                   (func (export "{ty}.{op}.not") (param {ty} {ty}) (result i32)
                     (if (result i32) (i32.eqz ({ty}.{op} (local.get 0) (local.get 1))) (then (i32.const 1)) (else (i32.const 2))))
                   (func (export "{ty}.{op}.select") (param {ty} {ty}) (result {ty} i32)
                     (select (local.get 0) (local.get 1) ({ty}.{op} (local.get 0) (local.get 1)))
                     (select (i32.const 5) (i32.const 6) ({ty}.{op} (local.get 0) (local.get 1))))"#
            );
        }
        for op in ["abs", "neg", "sqrt", "ceil", "floor", "trunc", "nearest"] {
            text += &format!(
                r#"(func (export "{ty}.{op}") (param {ty}) (result {ty}) ({ty}.{op} (local.get 0)))
                   (func (export "{ty}.{op}.m") (param i32) (result {ty})
                        ({ty}.{op} ({ty}.load (i32.and (local.get 0) (i32.const 15)))))"#
            );
        }
        for int in ["i32", "i64"] {
            for sign in ["s", "u"] {
                text += &format!(
                    r#"(func (export "{ty}.convert_{int}_{sign}") (param {int}) (result {ty}) ({ty}.convert_{int}_{sign} (local.get 0)))
                       (func (export "{int}.trunc_{ty}_{sign}") (param {ty}) (result {int}) ({int}.trunc_{ty}_{sign} (local.get 0)))
                       (func (export "{int}.trunc_sat_{ty}_{sign}") (param {ty}) (result {int}) ({int}.trunc_sat_{ty}_{sign} (local.get 0)))"#
                );
            }
        }
        let _ = other;
    }
    text += r#"
        (func (export "demote") (param f64) (result f32) (f32.demote_f64 (local.get 0)))
        (func (export "promote") (param f32) (result f64) (f64.promote_f32 (local.get 0)))
        (func (export "bits") (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))
        (func (export "bits32") (param f32) (result i32) (i32.reinterpret_f32 (local.get 0)))
        (func (export "unbits") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0)))
        (func (export "unbits32") (param i32) (result f32) (f32.reinterpret_i32 (local.get 0)))
        (func (export "store") (param f64 f32) (result f64)
            (f64.store (i32.const 8) (local.get 0)) (f32.store (i32.const 16) (local.get 1))
            (f64.add (f64.load (i32.const 8)) (f64.promote_f32 (f32.mul (local.get 1) (f32.load (i32.const 16))))))
        (func (export "many") (param f64 f64 f64 f64 f64 f64 f64 f64 f64 f64) (result f64)
            (f64.sub (f64.add (f64.mul (local.get 0) (local.get 9)) (f64.mul (local.get 1) (local.get 8))) (f64.div (local.get 2) (local.get 7))))
        (func (export "loop") (param f64 i32) (result f64) (local f64)
            (local.set 1 (i32.and (local.get 1) (i32.const 63)))
            (loop $l
                (local.set 2 (f64.add (f64.mul (local.get 2) (f64.const 0.5)) (local.get 0)))
                (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
                (br_if $l (i32.gt_s (local.get 1) (i32.const 0))))
            (local.get 2)))"#;
    compare(&text);
    compare_exactly(&text);
}
