//! What a call across the border costs, each way, beside wasmi, and as machine code beside wasmtime.
//!
//! Out: a table in Markdown, nanoseconds a call. The guest's side of a call is a function of one operator; calls
//! from the guest are made by a loop of the guest, whose own turns are subtracted by one that calls nothing.

use crate::clock::turns;
use crate::cranelift::Compiler;
use crate::{Failure, cranelift, ours};

const ROUNDS: usize = 15;
const CALLS: i32 = 200_000;

const TEXT: &str = r#"(module
    (import "host" "add" (func $add (param i32 i32) (result i32)))
    (func (export "nop"))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "empty") (param $n i32) (result i32) (local $sum i32)
        (loop $again
            (local.set $sum (i32.add (local.get $sum) (local.get $n)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))
    (func (export "calls") (param $n i32) (result i32) (local $sum i32)
        (loop $again
            (local.set $sum (call $add (local.get $sum) (local.get $n)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum)))"#;

pub(crate) fn run() -> Result<(), Failure> {
    let bytes = wat::parse_str(TEXT)?;
    let (ours, theirs) = (ringzero::Engine::default(), wasmi::Engine::default());
    table("wasmi", of_ours::both(&ours, &bytes)?, of_wasmi::both(&theirs, &bytes)?);
    let (ours, theirs) = (ringzero::Engine::new(&ours::compiled())?, cranelift::engine(Compiler::Cranelift)?);
    table("wasmtime", of_ours::both(&ours, &bytes)?, of_wasmtime::both(&theirs, &bytes)?);
    Ok(())
}

/// A row for each kind of call, of the times with a typed host function and with an untyped one.
fn table(peer: &str, ours: [Times; 2], theirs: [Times; 2]) {
    let which = if peer == "wasmtime" { "compiled" } else { "interpreted" };
    println!("| call | ringzero, {which} ns | {peer} ns | ÷ {peer} |\n|---|---:|---:|---:|");
    let row = |what: &str, at: usize, of: fn(&Times) -> f64| {
        let (ours, theirs) = (of(&ours[at]), of(&theirs[at]));
        println!("| {what} | {ours:.1} | {theirs:.1} | {:.2} |", ours / theirs);
    };
    row("host → wasm, typed, no values", 0, |times| times.nop);
    row("host → wasm, typed, two values and one back", 0, |times| times.typed);
    row("host → wasm, untyped, two values and one back", 0, |times| times.untyped);
    row("wasm → host, typed, two values and one back", 0, |times| times.to_host);
    row("wasm → host, untyped, two values and one back", 1, |times| times.to_host);
    println!();
}

/// Nanoseconds of each kind of call.
struct Times {
    nop: f64,
    typed: f64,
    untyped: f64,
    to_host: f64,
}

impl Times {
    fn new([nop, typed, untyped, empty, calls]: [f64; 5]) -> Self {
        let each = |ms: f64| ms * 1e6 / f64::from(CALLS);
        Self { nop: each(nop), typed: each(typed), untyped: each(untyped), to_host: each(calls - empty) }
    }
}

/// The sum of 1 to [`CALLS`], which both loops return.
fn expect(sum: i32) -> Result<(), Failure> {
    let expected = (1..=CALLS).fold(0, i32::wrapping_add);
    if sum == expected { Ok(()) } else { Err(format!("the sum is {sum}, not {expected}").into()) }
}

/// The same measurement for all crates, whose interfaces have one shape, but for two names.
macro_rules! side {
    ($name:ident, $krate:ident, $instantiate:ident, $signature:expr) => {
        mod $name {
            use super::{CALLS, Failure, ROUNDS, Times, expect, turns};
            use std::cell::RefCell;
            use $krate::{Caller, Engine, Func, FuncType, Linker, Module, Store, TypedFunc, Val, ValType};

            /// With a typed host function, and with an untyped one.
            pub(super) fn both(engine: &Engine, bytes: &[u8]) -> Result<[Times; 2], Failure> {
                Ok([measure(engine, bytes, true)?, measure(engine, bytes, false)?])
            }

            fn measure(engine: &Engine, bytes: &[u8], typed_host: bool) -> Result<Times, Failure> {
                let signature: fn(&Engine, [ValType; 2], [ValType; 1]) -> FuncType = $signature;
                let module = Module::new(engine, bytes)?;
                let mut store = Store::new(engine, ());
                let mut linker = Linker::new(engine);
                if typed_host {
                    linker.func_wrap("host", "add", |a: i32, b: i32| a.wrapping_add(b))?;
                } else {
                    let ty = signature(engine, [ValType::I32, ValType::I32], [ValType::I32]);
                    linker.func_new(
                        "host",
                        "add",
                        ty,
                        |_: Caller<'_, ()>, args: &[Val], results: &mut [Val]| {
                            if let ([Val::I32(a), Val::I32(b)], [result]) = (args, results) {
                                *result = Val::I32(a.wrapping_add(*b));
                            }
                            Ok(())
                        },
                    )?;
                }
                let instance = linker.$instantiate(&mut store, &module)?;
                let nop: TypedFunc<(), ()> = instance.get_typed_func(&mut store, "nop")?;
                let add: TypedFunc<(i32, i32), i32> = instance.get_typed_func(&mut store, "add")?;
                let untyped: Func = instance.get_func(&mut store, "add").ok_or("no function")?;
                let empty: TypedFunc<i32, i32> = instance.get_typed_func(&mut store, "empty")?;
                let calls: TypedFunc<i32, i32> = instance.get_typed_func(&mut store, "calls")?;
                let store = RefCell::new(store);
                let times = turns(
                    ROUNDS,
                    [
                        &mut || {
                            let store = &mut *store.borrow_mut();
                            for _ in 0..CALLS {
                                nop.call(&mut *store, ())?;
                            }
                            Ok(())
                        },
                        &mut || {
                            let (store, mut sum) = (&mut *store.borrow_mut(), 0);
                            for n in 1..=CALLS {
                                sum = add.call(&mut *store, (sum, n))?;
                            }
                            expect(sum)
                        },
                        &mut || {
                            let (store, mut sum) = (&mut *store.borrow_mut(), [Val::I32(0)]);
                            for n in 1..=CALLS {
                                let [first] = sum;
                                let args = [first, Val::I32(n)];
                                sum = [Val::I32(0)];
                                untyped.call(&mut *store, &args, &mut sum)?;
                            }
                            if let [Val::I32(sum)] = sum { expect(sum) } else { Err("not a number".into()) }
                        },
                        &mut || expect(empty.call(&mut *store.borrow_mut(), CALLS)?),
                        &mut || expect(calls.call(&mut *store.borrow_mut(), CALLS)?),
                    ],
                )?;
                Ok(Times::new(times))
            }
        }
    };
}

side!(of_ours, ringzero, instantiate, |_, params, results| FuncType::new(params, results));
side!(of_wasmi, wasmi, instantiate_and_start, |_, params, results| FuncType::new(params, results));
side!(of_wasmtime, wasmtime, instantiate, |engine, params, results| FuncType::new(engine, params, results));
