//! Tail calls that go on for long, and frames between modules.

use std::fmt::Write;

use ringzero::{Config, Engine, Error, Instance, Linker, Store, Trap, Val};

use crate::wasm::module;

/// Two modules that call one another in tail position, with more arguments each time and with fewer, through imports,
/// tables and directly; so often that any frame left behind would be found out.
#[test]
fn ten_million_tail_calls_take_no_stack() {
    let many = |ty: &str, count: usize| format!("{ty} ").repeat(count);
    let values = |count: usize| (0..count).map(|n| format!("(i64.const {n})")).collect::<String>();
    let (ints, floats) = (many("i64", 30), many("f64", 20));
    let floats_of = "(f64.const 0.5)".repeat(20);
    let first = format!(
        r#"(module
            (import "other" "wide" (func $wide (param i32 {ints} {floats}) (result i32)))
            (import "other" "table" (table $t 3 funcref))
            (type $narrow (func (param i32) (result i32)))
            (memory (export "m") 1) (data (i32.const 0) "\07")
            (func $some (param i32 i64 i64 i64 i64 i64 i64 i64 i64) (result i32)
                (return_call $wide (i32.sub (local.get 0) (i32.const 1)) {ints_of} {floats_of}))
            (func $narrow (export "narrow") (type $narrow)
                (if (i32.eqz (local.get 0)) (then (return (i32.load8_u (i32.const 0)))))
                (return_call $some (i32.sub (local.get 0) (i32.const 1)) {eight}))
            (elem (table $t) (i32.const 0) func $narrow)
            (func (export "run") (param i32) (result i32)
                (i32.add (call $narrow (local.get 0)) (i32.load8_u (i32.const 0)))))"#,
        ints_of = values(30),
        eight = values(8),
    );
    let other = format!(
        r#"(module
            (type $narrow (func (param i32) (result i32)))
            (table $t (export "table") 3 funcref)
            (memory 1) (data (i32.const 0) "\08")
            (func $wide (export "wide") (param i32 {ints} {floats}) (result i32)
                (if (i32.eqz (local.get 0)) (then (return (i32.load8_u (i32.const 0)))))
                (return_call $more (local.get 0) (local.get 30) {ints_of} {floats_of} (i64.const 5)))
            (func $more (param i32 i64 {ints} {floats} i64) (result i32)
                (if (i64.ne (local.get 1) (i64.const 29)) (then unreachable))
                (if (i64.ne (local.get 31) (i64.const 29)) (then unreachable))
                (if (i64.ne (local.get 52) (i64.const 5)) (then unreachable))
                (return_call_indirect $t (type $narrow)
                    (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))"#,
        ints_of = values(30),
    );
    for config in crate::configs() {
        let engine = Engine::new(&config.max_stack(128 << 10)).unwrap();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let other = linker_of(&engine, &mut store, &other);
        linker.instance(&mut store, "other", other).unwrap();
        let instance = linker.instantiate(&mut store, &module(&engine, &first)).unwrap();
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
        // Three functions take one off in each round.
        assert_eq!(run.call(&mut store, 9_999_999).unwrap(), 14);
        assert_eq!(run.call(&mut store, 10_000_001).unwrap(), 15);
    }
}

fn linker_of(engine: &Engine, store: &mut Store<()>, text: &str) -> Instance {
    Instance::new(store, &module(engine, text), &[]).unwrap()
}

/// Tail calls to the host come back to who called the function that made them.
#[test]
fn a_tail_call_to_the_host_leaves_no_frame() {
    let text = r#"(module (import "host" "less" (func $less (param i64 f64 i32) (result i32)))
        (func $tail (param i32) (result i32)
            (return_call $less (i64.const 7) (f64.const 1) (local.get 0)))
        (func (export "run") (param i32) (result i32)
            (loop $more (br_if $more (i32.ne (local.tee 0 (call $tail (local.get 0))) (i32.const 0))))
            (local.get 0)))"#;
    for config in crate::configs() {
        let engine = Engine::new(&config).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        let less = |seven: i64, one: f64, n: i32| -> Result<i32, Error> {
            if n == 13 { Err(Error::message("unlucky")) } else { Ok(n - (seven as i32 - 6) * one as i32) }
        };
        linker.func_wrap("host", "less", less).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
        assert_eq!(run.call(&mut store, 12).unwrap(), 0);
        let error = run.call(&mut store, 1_000).unwrap_err();
        assert_eq!(error.backtrace().unwrap().frames().len(), 1, "{error:?}");
    }
}

/// Two modules that call one another, and a host function in between that does.
const INNER: &str = r#"(module $inner
    (import "host" "again" (func $again (param i32) (result i32)))
    (memory 1)
    (type $t (func (param i32) (result i32)))
    (table (export "table") 4 funcref) (elem (i32.const 0) $trap $leaf $divide)
    (func $trap (type $t) (if (i32.eqz (local.get 0)) (then unreachable)) (i32.load (local.get 0)))
    (func $leaf (type $t) (i32.div_u (i32.const 5) (local.get 0)))
    (func $divide (type $t) (i32.add (i32.const 1) (call_indirect (type $t) (local.get 0) (i32.const 1))))
    (func (export "in") (param i32 i32) (result i32)
        (i32.add (i32.const 1) (call_indirect (type $t) (local.get 0) (local.get 1))))
    (func (export "tail") (param i32 i32) (result i32)
        (return_call_indirect (type $t) (local.get 0) (local.get 1)))
    (func (export "again") (param i32) (result i32) (i32.add (i32.const 1) (call $again (local.get 0)))))"#;

const OUTER: &str = r#"(module $outer
    (import "inner" "in" (func $in (param i32 i32) (result i32)))
    (import "inner" "tail" (func $tail (param i32 i32) (result i32)))
    (import "inner" "again" (func $again (param i32) (result i32)))
    (import "inner" "table" (table $t 4 funcref))
    (type $t (func (param i32) (result i32)))
    (func $back (type $t) (call $in (local.get 0) (i32.const 2)))
    (elem (table $t) (i32.const 3) func $back)
    (func $middle (param i32 i32) (result i32) (i32.add (i32.const 2) (call $in (local.get 0) (local.get 1))))
    (func (export "in") (param i32 i32) (result i32) (call $middle (local.get 0) (local.get 1)) (nop))
    (func (export "tail") (param i32 i32) (result i32)
        (i32.add (i32.const 1) (call $tail (local.get 0) (local.get 1))))
    (func (export "leave") (param i32 i32) (result i32) (return_call $tail (local.get 0) (local.get 1)))
    (func (export "again") (param i32 i32) (result i32)
        (i32.add (i32.const 1) (call $again (local.get 0))))
    (func (export "fuel") (param i32 i32) (result i32)
        (loop $more
            (br_if $more (local.tee 1 (i32.sub (call $middle (i32.const 4) (i32.const 2)) (i32.const 1)))))
        (local.get 1)))"#;

/// Who fails where, with every frame.
fn traces(engine: &Engine, fuel: bool) -> String {
    let mut store = Store::new(engine, None::<Instance>);
    let mut linker = Linker::new(engine);
    let again = |mut caller: ringzero::Caller<'_, Option<Instance>>, n: i32| -> Result<i32, Error> {
        let Some(outer) = *caller.data() else { return Err(Error::message("nobody")) };
        match n {
            0 => Err(Error::message("on purpose")),
            1 => Err(Error::from(Trap::BadSignature)),
            _ => {
                let name = if n % 2 == 0 { "in" } else { "again" };
                let func = outer.get_typed_func::<(i32, i32), i32>(&mut caller, name)?;
                func.call(&mut caller, (n / 4, n % 4))
            }
        }
    };
    linker.func_wrap("host", "again", again).unwrap();
    let inner = linker.instantiate(&mut store, &module(engine, INNER)).unwrap();
    linker.instance(&mut store, "inner", inner).unwrap();
    let outer = linker.instantiate(&mut store, &module(engine, OUTER)).unwrap();
    *store.data_mut() = Some(outer);
    let mut text = String::new();
    let names = if fuel { &["fuel", "in"][..] } else { &["in", "tail", "leave", "again"] };
    for name in names {
        for a in [0, 1, 2, 3, 5, 6, 9, 13, 70_000] {
            for b in 0..5 {
                if fuel {
                    store.set_fuel(a as u64 * 7 + b as u64).unwrap();
                }
                let func = outer.get_func(&store, name).unwrap();
                let mut results = [Val::I32(0)];
                let ended = func.call(&mut store, &[Val::I32(a), Val::I32(b)], &mut results);
                let left = if fuel { store.get_fuel().unwrap() } else { 0 };
                match ended {
                    Ok(()) => writeln!(text, "{name} {a} {b}: {results:?}, {left} left").unwrap(),
                    Err(error) => writeln!(text, "{name} {a} {b}: {error:?}, {left} left").unwrap(),
                }
                if *name == "fuel" && a == 70_000 {
                    break;
                }
            }
        }
    }
    text
}

#[test]
fn frames_are_those_of_the_interpreter() {
    for fuel in [false, true] {
        let expected = traces(&Engine::new(&Config::new().fuel(fuel)).unwrap(), fuel);
        assert!(expected.lines().count() > 200, "{expected}");
        for config in crate::configs() {
            for interruption in [false, true] {
                let config = config.clone().fuel(fuel).interruption(interruption);
                let found = traces(&Engine::new(&config).unwrap(), fuel);
                for (found, expected) in found.lines().zip(expected.lines()) {
                    assert_eq!(found, expected);
                }
                assert_eq!(found, expected);
            }
        }
    }
}

/// A stack that is too small for what frames want is an end like any other, whoever makes the frame.
#[test]
fn large_frames_find_the_end_of_the_stack() {
    let params = "i64 ".repeat(900);
    let values = "(local.get 0) ".repeat(900);
    let other = format!(r#"(module (func (export "f") (param {params}) (result i64) (local.get 899)))"#);
    let text = format!(
        r#"(module (import "other" "f" (func $f (param {params}) (result i64)))
            (import "host" "f" (func $h (param {params}) (result i64)))
            (func $large (param i64) (result i64) (i64.add (call $f {values}) (call $h {values})))
            (func $deep (export "deep") (param i64 i64) (result i64)
                (if (result i64) (i64.eqz (local.get 1))
                    (then (call $large (local.get 0)))
                    (else (i64.add (i64.const 1)
                        (call $deep (local.get 0) (i64.sub (local.get 1) (i64.const 1))))))))"#
    );
    for config in crate::configs() {
        let engine = Engine::new(&config.max_stack(200_000)).unwrap();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let other = linker_of(&engine, &mut store, &other);
        linker.instance(&mut store, "other", other).unwrap();
        let many = ringzero::FuncType::new([ringzero::ValType::I64; 900], [ringzero::ValType::I64]);
        linker
            .func_new("host", "f", many, |_, params, results| {
                results[0] = params[899];
                Ok(())
            })
            .unwrap();
        let instance = linker.instantiate(&mut store, &module(&engine, &text)).unwrap();
        let deep = instance.get_typed_func::<(i64, i64), i64>(&mut store, "deep").unwrap();
        let (mut returned, mut overflowed) = (0, 0);
        for depth in 0..20_000 {
            match deep.call(&mut store, (5, depth)) {
                Ok(result) => {
                    assert_eq!(result, depth + 10);
                    returned += 1;
                }
                Err(error) => {
                    assert_eq!(error.trap(), Some(Trap::StackOverflow), "{error:?}");
                    overflowed += 1;
                    if overflowed == 1_000 {
                        break;
                    }
                }
            }
        }
        assert!(returned > 1_000 && overflowed == 1_000, "{returned} {overflowed}");
    }
}
