//! The interpreter's own promises: handlers do not grow the host's stack, tail calls do not grow the guest's,
//! the stack of values grows without losing any, endless recursion ends in a trap.

mod wasm;

use std::process::Command;
use std::thread;

use ringzero::{Config, Dispatch, Engine, Error, Extern, Func, Instance, Linker, Store, Trap};
use wasm::module;

/// A stack on which a single handler that called the next one would not get far.
const SMALL_STACK: usize = 64 * 1024;

fn both(test: impl Fn(&Engine) + Copy + Send + 'static) {
    for dispatch in [Dispatch::Tail, Dispatch::Loop] {
        let config = Config::new().dispatch(dispatch).max_stack(256 * 1024);
        test(&Engine::new(&config).expect("any configuration makes an engine"));
    }
}

#[test]
fn a_hundred_million_operations_fit_on_a_small_stack() {
    let run = || {
        let engine = Engine::default();
        let text = r#"(module (func (export "run") (param i32) (result i64) (local i64 f64)
            (loop $again
                (local.set 1 (i64.add (i64.mul (local.get 1) (i64.const 31)) (i64.extend_i32_u (local.get 0))))
                (local.set 2 (f64.add (local.get 2) (f64.convert_i32_s (local.get 0))))
                (if (i32.and (local.get 0) (i32.const 1))
                    (then (local.set 1 (i64.rotl (local.get 1) (i64.const 7))))
                    (else (local.set 1 (i64.xor (local.get 1) (i64.trunc_sat_f64_s (local.get 2))))))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1)))"#;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
        let run = instance.get_typed_func::<i32, i64>(&mut store, "run").unwrap();
        run.call(&mut store, 10_000_000).unwrap()
    };
    let expected = {
        let (mut hash, mut sum) = (0i64, 0f64);
        for n in (1..=10_000_000i32).rev() {
            hash = hash.wrapping_mul(31).wrapping_add(i64::from(n));
            sum += f64::from(n);
            hash = if n & 1 == 1 { hash.rotate_left(7) } else { hash ^ sum as i64 };
        }
        hash
    };
    let thread = thread::Builder::new().stack_size(SMALL_STACK).spawn(run).unwrap();
    assert_eq!(thread.join().unwrap(), expected);
}

#[test]
fn a_million_calls_of_the_host_fit_on_a_small_stack() {
    let run = || {
        let engine = Engine::default();
        let text = r#"(module (import "host" "add" (func $add (param i32 i32) (result i32)))
            (table funcref (elem $add))
            (func (export "run") (param $n i32) (result i32) (local $sum i32)
                (loop $again
                    (local.set $sum (call $add (local.get $sum) (local.get $n)))
                    (local.set $sum (call_indirect (param i32 i32) (result i32)
                        (local.get $sum) (local.get $n) (i32.const 0)))
                    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $sum)))"#;
        let mut store = Store::new(&engine, ());
        let add = Func::wrap(&mut store, |a: i32, b: i32| a.wrapping_add(b)).unwrap();
        let instance = Instance::new(&mut store, &module(&engine, text), &[add.into()]).unwrap();
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
        run.call(&mut store, 500_000).unwrap()
    };
    let expected = (1..=500_000i32).fold(0i32, |sum, n| sum.wrapping_add(n).wrapping_add(n));
    let thread = thread::Builder::new().stack_size(SMALL_STACK).spawn(run).unwrap();
    assert_eq!(thread.join().unwrap(), expected);
}

#[test]
fn tail_calls_between_instances_use_constant_stack() {
    both(|engine| {
        let mut store = Store::new(engine, ());
        let text = |import: &str| {
            format!(
                r#"(module
                (import "env" "table" (table 2 funcref))
                (type $f (func (param i32 i64) (result i64)))
                (import "env" "seed" (global $seed i64))
                (func $step (export "step") (type $f)
                    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
                    (return_call_indirect (type $f)
                        (i32.sub (local.get 0) (i32.const 1))
                        (i64.add (local.get 1) (global.get $seed))
                        (i32.const {import})))
                (func (export "plain") (type $f) (i64.add (call $step (local.get 0) (local.get 1)) (global.get $seed))))"#
            )
        };
        let host = r#"(module (table (export "table") 2 funcref)
            (global (export "one") i64 (i64.const 1)) (global (export "hundred") i64 (i64.const 100))
            (func (export "set") (param i32 funcref) (table.set (local.get 0) (local.get 1))))"#;
        let shared = Instance::new(&mut store, &module(engine, host), &[]).unwrap();
        let table = shared.get_export(&mut store, "table").unwrap();
        let make = |store: &mut Store<()>, to: &str, seed: &str| {
            let seed = shared.get_export(&mut *store, seed).unwrap();
            Instance::new(&mut *store, &module(engine, &text(to)), &[table, seed]).unwrap()
        };
        let (a, b) = (make(&mut store, "1", "one"), make(&mut store, "0", "hundred"));
        for (slot, instance) in [a, b].into_iter().enumerate() {
            let step = instance.get_func(&mut store, "step").unwrap();
            let set = shared.get_typed_func::<(i32, Option<ringzero::Func>), ()>(&mut store, "set").unwrap();
            set.call(&mut store, (slot as i32, Some(step))).unwrap();
        }
        let plain = a.get_typed_func::<(i32, i64), i64>(&mut store, "plain").unwrap();
        // Half the steps add a's seed, half b's, and `plain`, back in a, adds a's once more.
        assert_eq!(plain.call(&mut store, (200_000, 0)).unwrap(), 100_000 * 101 + 1);
        assert_eq!(plain.call(&mut store, (1, 0)).unwrap(), 1 + 1);
    });
}

#[test]
fn tail_calls_to_the_host_return_for_the_guest() {
    both(|engine| {
        let mut linker = Linker::<Vec<i32>>::new(engine);
        linker
            .func_wrap("env", "note", |mut caller: ringzero::Caller<'_, Vec<i32>>, n: i32, x: i64| {
                caller.data_mut().push(n);
                (x + 1, i64::from(n))
            })
            .unwrap();
        let text = r#"(module (import "env" "note" (func $note (param i32 i64) (result i64 i64)))
            (func $tail (param i32) (result i64 i64) (return_call $note (local.get 0) (i64.const 41)))
            (func (export "run") (param i32) (result i64)
                (call $tail (local.get 0))
                i64.add))"#;
        let mut store = Store::new(engine, Vec::new());
        let instance = linker.instantiate(&mut store, &module(engine, text)).unwrap();
        let run = instance.get_typed_func::<i32, i64>(&mut store, "run").unwrap();
        assert_eq!(run.call(&mut store, 8).unwrap(), 50);
        assert_eq!(store.data(), &[8]);
    });
}

#[test]
fn the_stack_grows_without_losing_a_value() {
    both(|engine| {
        let text = r#"(module (func $sum (export "sum") (param i64) (result i64) (local i64)
            (local.set 1 (i64.mul (local.get 0) (i64.const 3)))
            (if (i64.eqz (local.get 0)) (then (return (i64.const 0))))
            (i64.add (call $sum (i64.sub (local.get 0) (i64.const 1))) (local.get 1))))"#;
        let mut store = Store::new(engine, ());
        let instance = Instance::new(&mut store, &module(engine, text), &[]).unwrap();
        let sum = instance.get_typed_func::<i64, i64>(&mut store, "sum").unwrap();
        for n in [10, 500, 3000] {
            assert_eq!(sum.call(&mut store, n).unwrap(), 3 * n * (n + 1) / 2);
        }
    });
}

#[test]
fn endless_recursion_traps_and_the_store_goes_on() {
    both(|engine| {
        let text = r#"(module
            (func $down (export "down") (call $down))
            (func (export "one") (result i32) (i32.const 1)))"#;
        let mut store = Store::new(engine, ());
        let instance = Instance::new(&mut store, &module(engine, text), &[]).unwrap();
        let down = instance.get_typed_func::<(), ()>(&mut store, "down").unwrap();
        let error: Error = down.call(&mut store, ()).unwrap_err();
        assert_eq!(error.trap(), Some(Trap::StackOverflow));
        assert!(!error.backtrace().unwrap().frames().is_empty());
        let one = instance.get_typed_func::<(), i32>(&mut store, "one").unwrap();
        assert_eq!(one.call(&mut store, ()).unwrap(), 1);
    });
}

#[test]
fn a_backtrace_crosses_instances() {
    both(|engine| {
        let mut store = Store::new(engine, ());
        let inner = module(engine, r#"(module $inner (func $fail (export "fail") (param i32) unreachable))"#);
        let inner = Instance::new(&mut store, &inner, &[]).unwrap();
        let fail: Extern = inner.get_export(&mut store, "fail").unwrap();
        let outer = module(
            engine,
            r#"(module $outer (import "inner" "fail" (func $fail (param i32)))
                (func $middle (call $fail (i32.const 1)))
                (func $start (export "start") (call $middle)))"#,
        );
        let outer = Instance::new(&mut store, &outer, &[fail]).unwrap();
        let start = outer.get_typed_func::<(), ()>(&mut store, "start").unwrap();
        let error = start.call(&mut store, ()).unwrap_err();
        let text = format!("{error:?}");
        let places: Vec<usize> = ["inner!fail", "outer!middle", "outer!start"]
            .iter()
            .map(|name| text.find(name).expect(&text))
            .collect();
        assert!(places.is_sorted(), "{text}");
    });
}

/// In this build every handler must end in a jump: one that calls the next leaves a frame behind at every turn. What
/// calls the host makes that one call. The machine code of this very test is looked at, where `objdump` is there to
/// show it.
#[test]
#[cfg(target_arch = "x86_64")]
fn no_handler_calls_the_next() {
    let this = std::env::current_exe().expect("the test knows its own file");
    let Ok(output) = Command::new("objdump").args(["-d", "--no-show-raw-insn"]).arg(&this).output() else {
        println!("objdump is not installed: not looked at");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains("<__asan_") {
        println!("the machine code is a sanitizer's: not looked at");
        return;
    }
    let (mut handler, mut handlers, mut calls) = (None, 0, Vec::new());
    let (mut to_host, mut calls_of_host) = (false, 0);
    for line in text.lines() {
        if let Some(name) = line.strip_suffix(">:") {
            handler = Some(name).filter(|name| name.contains("dispatch4tail3run"));
            handlers += usize::from(handler.is_some());
            to_host = name.contains("dispatch4tail4host");
        } else if line.contains("call") && line.contains('*') && !line.contains("(%rip)") {
            calls.extend(handler.map(|name| format!("{name}: {line}")));
            calls_of_host += usize::from(to_host);
        }
    }
    assert!(handlers > 500, "only {handlers} handlers found");
    assert!(calls.is_empty(), "{}", calls.join("\n"));
    assert_eq!(calls_of_host, 1, "of calls where the host is called");
}
