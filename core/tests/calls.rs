//! Calls in both directions: typed and untyped, nested, with every kind of value.

mod wasm;

use ringzero::{
    AsContextMut, Caller, Category, Compilation, Config, Dispatch, Engine, Error, Func, FuncType, Linker,
    Module, Store, Trap, V128, Val, ValType,
};
use wasm::{instance, linked, module};

#[test]
fn typed_calls_pass_every_number() {
    let (mut store, instance) = instance(
        r#"(module
            (func (export "sum") (param i32 i64 f32 f64) (result f64)
                (f64.add (f64.convert_i32_s (local.get 0))
                (f64.add (f64.convert_i64_s (local.get 1))
                (f64.add (f64.promote_f32 (local.get 2)) (local.get 3)))))
            (func (export "unsigned") (param i32 i64) (result i64)
                (i64.add (i64.extend_i32_u (local.get 0)) (local.get 1)))
            (func (export "nothing"))
            (func (export "swap") (param v128 i32) (result i32 v128) (local.get 1) (local.get 0)))"#,
    );
    let sum = instance.get_typed_func::<(i32, i64, f32, f64), f64>(&mut store, "sum").unwrap();
    assert_eq!(sum.call(&mut store, (-1, 1 << 40, 0.5, 0.25)).unwrap(), (1u64 << 40) as f64 - 0.25);
    let unsigned = instance.get_typed_func::<(u32, u64), u64>(&store, "unsigned").unwrap();
    assert_eq!(unsigned.call(&mut store, (u32::MAX, 1)).unwrap(), 1 << 32);
    let nothing = instance.get_typed_func::<(), ()>(&store, "nothing").unwrap();
    nothing.call(&mut store, ()).unwrap();
    let swap = instance.get_typed_func::<(V128, i32), (i32, V128)>(&store, "swap").unwrap();
    let vector = V128::from_bits(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
    assert_eq!(swap.call(&mut store, (vector, 7)).unwrap(), (7, vector));
}

#[test]
fn the_most_parameters_and_results() {
    let (mut store, instance) = instance(
        r#"(module (func (export "reverse")
            (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
            (result i32 i32 i32 i32 i32 i32 i32 i32)
            (local.get 15) (local.get 14) (local.get 13) (local.get 12)
            (local.get 11) (local.get 10) (local.get 9) (local.get 8)))"#,
    );
    type Eight = (i32, i32, i32, i32, i32, i32, i32, i32);
    type Sixteen = (i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32);
    let reverse = instance.get_typed_func::<Sixteen, Eight>(&store, "reverse").unwrap();
    let results = reverse.call(&mut store, (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)).unwrap();
    assert_eq!(results, (15, 14, 13, 12, 11, 10, 9, 8));
}

#[test]
fn untyped_calls_check_their_values() {
    let (mut store, instance) = instance(
        r#"(module
            (func (export "div") (param i32 i32) (result i32 i32)
                (i32.div_s (local.get 0) (local.get 1)) (i32.rem_s (local.get 0) (local.get 1)))
            (func (export "wide") (param v128 v128 v128 v128 v128 v128 v128 v128 v128 i64) (result i64)
                (local.get 9)))"#,
    );
    let div = instance.get_func(&mut store, "div").unwrap();
    assert_eq!(div.ty(&store).to_string(), "(i32, i32) -> (i32, i32)");
    let mut results = [Val::I32(0), Val::I32(0)];
    div.call(&mut store, &[Val::I32(17), Val::I32(5)], &mut results).unwrap();
    assert_eq!(results, [Val::I32(3), Val::I32(2)]);

    let mut refuse = |params: &[Val], results: &mut [Val]| {
        let error = div.call(&mut store, params, results).unwrap_err();
        assert_eq!(error.category(), Category::Misuse);
        error.to_string()
    };
    assert_eq!(refuse(&[Val::I32(1)], &mut results), "expected 2 arguments, got 1");
    assert_eq!(refuse(&[Val::I32(1), Val::I32(1)], &mut []), "expected room for 2 results, got 0");
    let wrong = refuse(&[Val::I32(1), Val::I64(1)], &mut results);
    assert_eq!(wrong, "argument 1: expected i32, got i64");
    let message = instance.get_typed_func::<i32, i32>(&store, "div").unwrap_err().to_string();
    assert_eq!(message, "type mismatch: expected func (i32) -> (i32), found func (i32, i32) -> (i32, i32)");
    let message = instance.get_typed_func::<(), ()>(&store, "mul").unwrap_err().to_string();
    assert_eq!(message, "there is no exported function `mul`");

    // More slots than a call without allocation has.
    let wide = instance.get_func(&store, "wide").unwrap();
    let mut params = [Val::V128(V128::ZERO); 10];
    params[9] = Val::I64(-3);
    let mut results = [Val::I64(0)];
    wide.call(&mut store, &params, &mut results).unwrap();
    assert_eq!(results, [Val::I64(-3)]);
}

#[test]
fn host_functions_with_and_without_a_caller() {
    let engine = Engine::default();
    let mut linker = Linker::<Vec<i32>>::new(&engine);
    linker.func_wrap("host", "add", |a: i32, b: i32| a.wrapping_add(b)).unwrap();
    linker
        .func_wrap("host", "note", |mut caller: Caller<'_, Vec<i32>>, a: i32| caller.data_mut().push(a))
        .unwrap();
    linker
        .func_wrap("host", "parts", |a: i64| -> Result<(i32, i32), Error> {
            if a < 0 { Err(Error::message("negative")) } else { Ok((a as i32, (a >> 32) as i32)) }
        })
        .unwrap();
    let ty = FuncType::new([ValType::F32, ValType::V128], [ValType::V128, ValType::F32]);
    linker
        .func_new("host", "swap", ty, |_, params, results| {
            results.copy_from_slice(&[params[1], params[0]]);
            Ok(())
        })
        .unwrap();
    let mut store = Store::new(&engine, Vec::new());
    let instance = linked(
        &mut store,
        &linker,
        r#"(module
            (import "host" "add" (func $add (param i32 i32) (result i32)))
            (import "host" "note" (func $note (param i32)))
            (import "host" "parts" (func $parts (param i64) (result i32 i32)))
            (import "host" "swap" (func $swap (param f32 v128) (result v128 f32)))
            (func (export "run") (param i64) (result i32)
                (call $note (call $add (call $parts (local.get 0))))
                (call $note (i32.const 9))
                (call $swap (f32.const 2.5) (v128.const i64x2 1 2))
                (i32.trunc_f32_s)
                (i32.mul (i32.const 100))
                (drop)
                (i64x2.extract_lane 1)
                (i32.wrap_i64)))"#,
    );
    let run = instance.get_typed_func::<i64, i32>(&store, "run").unwrap();
    assert_eq!(run.call(&mut store, (5 << 32) | 37).unwrap(), 2);
    assert_eq!(store.data(), &[42, 9]);
    let error = run.call(&mut store, -1).unwrap_err();
    assert_eq!((error.category(), error.to_string().as_str()), (Category::Host, "negative"));
    assert_eq!(error.backtrace().unwrap().frames().len(), 1);
    assert_eq!(store.into_data(), [42, 9]);
}

#[test]
fn a_result_of_the_wrong_type_is_an_error() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let ty = FuncType::new([], [ValType::I32]);
    let func = Func::new(&mut store, ty, |_, _, results| {
        results[0] = Val::I64(1);
        Ok(())
    });
    let error = func.unwrap().call(&mut store, &[], &mut [Val::I32(0)]).unwrap_err();
    assert_eq!(error.to_string(), "host function returned i64 where its type has i32");
}

/// `down(n)` calls the host, which calls `down(n - 1)`, and so on: each level adds its number.
const NESTED: &str = r#"(module
    (import "host" "again" (func $again (param i32) (result i32)))
    (func (export "down") (param i32) (result i32) (local i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
        (local.set 1 (i32.mul (local.get 0) (i32.const 3)))
        (i32.add (local.get 0) (call $again (i32.sub (local.get 0) (i32.const 1))))
        (i32.add (local.get 1))
        (i32.sub (i32.mul (local.get 0) (i32.const 3)))))"#;

fn nested(config: &Config) -> (Store<u32>, ringzero::TypedFunc<i32, i32>) {
    let engine = Engine::new(config).expect("any configuration makes an engine");
    let mut linker = Linker::<u32>::new(&engine);
    linker
        .func_wrap("host", "again", |mut caller: Caller<'_, u32>, n: i32| -> Result<i32, Error> {
            *caller.data_mut() += 1;
            let down = caller.get_export("down").and_then(|item| item.into_func());
            let down = down.ok_or_else(|| Error::message("no `down`"))?;
            down.typed::<i32, i32>(&caller)?.call(&mut caller, n)
        })
        .expect("the linker is empty");
    let mut store = Store::new(&engine, 0);
    let instance = linked(&mut store, &linker, NESTED);
    let down = instance.get_typed_func(&store, "down").expect("`down` is exported");
    (store, down)
}

#[test]
fn host_and_guest_call_each_other() {
    for compilation in [Compilation::Lazy, Compilation::Eager] {
        for dispatch in [Dispatch::Auto, Dispatch::Loop] {
            let (mut store, down) = nested(&Config::new().compilation(compilation).dispatch(dispatch));
            assert_eq!(down.call(&mut store, 100).unwrap(), 5050);
            assert_eq!(*store.data(), 100);
        }
    }
}

#[test]
fn nesting_ends_in_a_trap_before_the_host_runs_out_of_stack() {
    let (mut store, down) = nested(&Config::new());
    let error = down.call(&mut store, 1_000_000).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::StackOverflow));
    assert_eq!(*store.data(), 200);
    // Nothing is left behind: the next call starts anew.
    assert_eq!(down.call(&mut store, 100).unwrap(), 5050);
    let (mut store, down) = nested(&Config::new().max_nested_calls(5));
    assert_eq!(down.call(&mut store, 4).unwrap(), 10);
    assert_eq!(down.call(&mut store, 5).unwrap_err().trap(), Some(Trap::StackOverflow));
}

#[test]
fn a_nested_trap_keeps_its_frames_and_gains_the_outer_ones() {
    let engine = Engine::default();
    let mut linker = Linker::<()>::new(&engine);
    linker
        .func_wrap("host", "call", |mut caller: Caller<'_, ()>| -> Result<(), Error> {
            let inner = caller.get_export("inner").and_then(|item| item.into_func());
            inner.ok_or_else(|| Error::message("no `inner`"))?.call(&mut caller, &[], &mut [])
        })
        .unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linked(
        &mut store,
        &linker,
        r#"(module $nest
            (import "host" "call" (func $call))
            (func $inner (export "inner") unreachable)
            (func $outer (export "outer") call $call))"#,
    );
    let outer = instance.get_typed_func::<(), ()>(&store, "outer").unwrap();
    let error = outer.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
    let names: Vec<_> = error.backtrace().unwrap().frames().iter().map(|f| f.func_name().unwrap()).collect();
    assert_eq!(names, ["inner", "outer"]);
}

#[test]
fn the_stack_may_move_under_a_host_call() {
    let engine = Engine::new(&Config::new().max_stack(1 << 20)).unwrap();
    let mut linker = Linker::<()>::new(&engine);
    linker
        .func_wrap(
            "host",
            "deep",
            |mut caller: Caller<'_, ()>, a: i32, b: i64| -> Result<(i64, i32), Error> {
                let recurse = caller.get_export("recurse").and_then(|item| item.into_func());
                let recurse =
                    recurse.ok_or_else(|| Error::message("no `recurse`"))?.typed::<i32, i32>(&caller)?;
                assert_eq!(recurse.call(&mut caller, 5000)?, 5000);
                Ok((b, a))
            },
        )
        .unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linked(
        &mut store,
        &linker,
        r#"(module
            (import "host" "deep" (func $deep (param i32 i64) (result i64 i32)))
            (func $recurse (export "recurse") (param i32) (result i32)
                (if (result i32) (i32.eqz (local.get 0))
                    (then (i32.const 0))
                    (else (i32.add (i32.const 1) (call $recurse (i32.sub (local.get 0) (i32.const 1)))))))
            (func (export "run") (param i32) (result i64)
                (call $deep (local.get 0) (i64.const 7))
                (i64.extend_i32_s)
                (i64.mul (i64.const 1000))
                (i64.add)
                (i64.add (i64.extend_i32_s (local.get 0)))))"#,
    );
    let run = instance.get_typed_func::<i32, i64>(&store, "run").unwrap();
    assert_eq!(run.call(&mut store, 5).unwrap(), 5012);
    let recurse = instance.get_typed_func::<i32, i32>(&store, "recurse").unwrap();
    assert_eq!(recurse.call(&mut store, i32::MAX).unwrap_err().trap(), Some(Trap::StackOverflow));
    assert_eq!(recurse.call(&mut store, 100).unwrap(), 100);
}

#[test]
fn contexts_stand_for_stores() {
    fn bump(mut store: impl AsContextMut<Data = i32>) -> i32 {
        *store.as_context_mut().data_mut() += 1;
        *store.as_context_mut().data()
    }
    let mut store = Store::new(&Engine::default(), 1);
    assert_eq!(bump(&mut store), 2);
    assert_eq!(bump(store.as_context_mut()), 3);
    let func = Func::wrap(&mut store, |mut caller: Caller<'_, i32>| bump(&mut caller)).unwrap();
    let func = func.typed::<(), i32>(&store).unwrap();
    assert_eq!(func.call(&mut store, ()).unwrap(), 4);
    assert_eq!(*store.data(), 4);
}

#[test]
fn handles_cross_threads_with_their_store() {
    fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<Engine>();
    send_and_sync::<Module>();
    send_and_sync::<Store<i32>>();
    send_and_sync::<Linker<i32>>();
    send_and_sync::<ringzero::TypedFunc<i32, i32>>();
    send_and_sync::<Error>();
    send_and_sync::<Val>();
    let (mut store, instance) = instance(r#"(module (func (export "one") (result i32) (i32.const 1)))"#);
    let one = instance.get_typed_func::<(), i32>(&store, "one").unwrap();
    let result = std::thread::spawn(move || one.call(&mut store, ()).unwrap()).join();
    assert_eq!(result.unwrap(), 1);
}

#[test]
fn one_module_many_threads() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module (func $f (export "fib") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
            (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1)))
                           (call $f (i32.sub (local.get 0) (i32.const 2))))))))"#,
    );
    let threads = (0..4).map(|_| {
        let (engine, module) = (engine.clone(), module.clone());
        std::thread::spawn(move || {
            let mut store = Store::new(&engine, ());
            let instance = ringzero::Instance::new(&mut store, &module, &[]).unwrap();
            instance.get_typed_func::<i32, i32>(&store, "fib").unwrap().call(&mut store, 15).unwrap()
        })
    });
    let threads: Vec<_> = threads.collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 610));
}
