//! What a call across the border costs, each way, beside wasmi.
//!
//! Out: a table in Markdown, nanoseconds a call. The guest's side of a call is a function of one operator; calls
//! from the guest are made by a loop of the guest, whose own turns are subtracted by one that calls nothing.

use crate::Failure;
use crate::clock::turns;

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
    let ours = [of_ours::measure(&bytes, true)?, of_ours::measure(&bytes, false)?];
    let wasmi = [of_wasmi::measure(&bytes, true)?, of_wasmi::measure(&bytes, false)?];
    println!("| call | ringzero ns | wasmi ns | ÷ wasmi |\n|---|---:|---:|---:|");
    let row = |what: &str, ours: f64, wasmi: f64| {
        println!("| {what} | {ours:.1} | {wasmi:.1} | {:.2} |", ours / wasmi)
    };
    row("host → wasm, typed, no values", ours[0].nop, wasmi[0].nop);
    row("host → wasm, typed, two values and one back", ours[0].typed, wasmi[0].typed);
    row("host → wasm, untyped, two values and one back", ours[0].untyped, wasmi[0].untyped);
    row("wasm → host, typed, two values and one back", ours[0].to_host, wasmi[0].to_host);
    row("wasm → host, untyped, two values and one back", ours[1].to_host, wasmi[1].to_host);
    println!();
    Ok(())
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

/// The same measurement for both crates, whose interfaces have one shape, but for one name.
macro_rules! side {
    ($name:ident, $krate:ident, $instantiate:ident) => {
        mod $name {
            use super::{CALLS, Failure, ROUNDS, Times, expect, turns};
            use std::cell::RefCell;
            use $krate::{Caller, Engine, Func, FuncType, Linker, Module, Store, TypedFunc, Val, ValType};

            pub(super) fn measure(bytes: &[u8], typed_host: bool) -> Result<Times, Failure> {
                let engine = Engine::default();
                let module = Module::new(&engine, bytes)?;
                let mut store = Store::new(&engine, ());
                let mut linker = Linker::new(&engine);
                if typed_host {
                    linker.func_wrap("host", "add", |a: i32, b: i32| a.wrapping_add(b))?;
                } else {
                    let ty = FuncType::new([ValType::I32, ValType::I32], [ValType::I32]);
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

side!(of_ours, ringzero, instantiate);
side!(of_wasmi, wasmi, instantiate_and_start);
