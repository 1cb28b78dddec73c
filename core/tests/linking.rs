//! Linking ahead of instantiation, and finding exports.

mod wasm;

use ringzero::{Caller, Category, Engine, Error, Extern, Linker, Memory, MemoryType, Store, Usage};
use wasm::module;

const CALLS: &str = r#"(module
    (import "host" "add" (func $add (param i32) (result i32)))
    (import "host" "memory" (memory 2))
    (import "host" "twice" (func $twice (param i32) (result i32)))
    (export "add" (func $add)) (export "twice" (func $twice))
    (func (export "run") (param i32) (result i32) (call $twice (call $add (local.get 0)))))"#;

/// `add` adds the store's data, `twice` doubles.
fn linker(engine: &Engine) -> Linker<i32> {
    let mut linker = Linker::new(engine);
    linker
        .func_wrap("host", "add", |caller: Caller<'_, i32>, n: i32| n + caller.data())
        .expect("the name is free");
    linker.func_wrap("host", "twice", |n: i32| n * 2).expect("the name is free");
    linker
}

fn memory(store: &mut Store<i32>, pages: u32) -> Memory {
    Memory::new(store, MemoryType::new(pages, None)).expect("a few pages are there")
}

#[test]
fn what_is_linked_ahead_calls_the_functions_that_were_meant() {
    let engine = Engine::default();
    let text = CALLS.replace(r#"(import "host" "memory" (memory 2))"#, "");
    let pre = linker(&engine).instantiate_pre(&module(&engine, &text)).unwrap();
    assert_eq!(pre.module().imports().len(), 2);
    for data in [1, 10, 100] {
        let mut store = Store::new(&engine, data);
        let mut instances = Vec::new();
        for _ in 0..3 {
            let instance = pre.clone().instantiate(&mut store).unwrap();
            let call = |store: &mut Store<i32>, name: &str, n: i32| {
                let func = instance.get_typed_func::<i32, i32>(&*store, name)?;
                func.call(store, n)
            };
            assert_eq!(call(&mut store, "add", 5).unwrap(), 5 + data);
            assert_eq!(call(&mut store, "twice", 5).unwrap(), 10);
            assert_eq!(call(&mut store, "run", 5).unwrap(), 2 * (5 + data));
            instances.push(instance);
        }
        // Two functions of the host, and one of each instance.
        let Usage { instances: count, functions, .. } = store.usage();
        assert_eq!((count, functions), (3, 5));
        let add = |store: &mut Store<i32>, at: usize| instances[at].get_func(store, "add");
        assert_eq!(add(&mut store, 0), add(&mut store, 2));
    }
}

#[test]
fn a_host_function_is_made_once_per_store_without_linking_ahead_too() {
    let engine = Engine::default();
    let linker = linker(&engine);
    let module = module(&engine, &CALLS.replace(r#"(import "host" "memory" (memory 2))"#, ""));
    let mut store = Store::new(&engine, 3);
    for count in 1..=4 {
        linker.instantiate(&mut store, &module).unwrap();
        assert_eq!(store.usage().functions, 2 + count);
    }
    let (first, again) = (linker.get(&mut store, "host", "add"), linker.get(&mut store, "host", "add"));
    assert!(first.is_some() && first == again);
    assert_eq!(store.usage().functions, 6);
}

#[test]
fn what_cannot_fit_is_refused_ahead_and_what_may_not_fit_later() {
    let engine = Engine::default();
    let mut linker = linker(&engine);
    let module = module(&engine, CALLS);
    let error = |result: Result<_, Error>| {
        let error = result.map(|_| ()).unwrap_err();
        assert_eq!(error.category(), Category::Link);
        error.to_string()
    };
    let missing = error(linker.instantiate_pre(&module).map(drop));
    assert_eq!(missing, "unknown import: `host::memory` has not been defined");

    let mut store = Store::new(&engine, 1);
    let large = memory(&mut store, 2);
    linker.define(&store, "host", "memory", large).unwrap();
    let pre = linker.instantiate_pre(&module).unwrap();
    pre.instantiate(&mut store).unwrap();
    // The memory is of another store.
    let foreign = pre.instantiate(Store::new(&engine, 1)).unwrap_err();
    assert_eq!(foreign.category(), Category::Misuse, "{foreign}");

    linker.allow_shadowing(true);
    let small = memory(&mut store, 1);
    linker.define(&store, "host", "memory", small).unwrap();
    let pre = linker.instantiate_pre(&module).unwrap();
    let text = error(pre.instantiate(&mut store).map(drop));
    assert!(text.contains("`host::memory`: expected memory 2, found memory 1"), "{text}");
    small.grow(&mut store, 1).unwrap();
    pre.instantiate(&mut store).unwrap();

    linker.func_wrap("host", "twice", |n: i64| n).unwrap();
    let text = error(linker.instantiate_pre(&module).map(drop));
    assert!(text.contains("incompatible import type for `host::twice`"), "{text}");
    let func = linker.get(&mut store, "host", "add").and_then(Extern::into_func).unwrap();
    linker.define(&store, "host", "memory", func).unwrap();
    linker.func_wrap("host", "twice", |n: i32| n).unwrap();
    let pre = linker.instantiate_pre(&module).unwrap();
    assert!(error(pre.instantiate(&mut store).map(drop)).contains("`host::memory`"));
}

#[test]
fn engines_are_not_mixed() {
    let (engine, other) = (Engine::default(), Engine::default());
    let empty = module(&engine, "(module)");
    assert_eq!(Linker::<()>::new(&other).instantiate_pre(&empty).unwrap_err().category(), Category::Misuse);
    let pre = Linker::new(&engine).instantiate_pre(&empty).unwrap();
    assert_eq!(pre.instantiate(Store::new(&other, ())).unwrap_err().category(), Category::Misuse);
}

#[test]
fn every_export_is_found_by_its_name() {
    // Not in the order of names, and names that begin alike.
    let names: Vec<String> = (0..500).map(|n| format!("{:x}", n * 7919 % 500)).collect();
    let functions: String =
        (0..500).map(|n| format!(r#"(func (export "{}") (result i32) (i32.const {n}))"#, names[n])).collect();
    let engine = Engine::default();
    let module = module(&engine, &format!("(module {functions})"));
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
    for (n, name) in names.iter().enumerate() {
        let func = instance.get_typed_func::<(), i32>(&store, name).unwrap();
        assert_eq!(func.call(&mut store, ()).unwrap(), n as i32);
        assert!(module.get_export(name).is_some());
    }
    for missing in ["", "0x", "1f5", "zz"] {
        assert!(instance.get_export(&store, missing).is_none());
        assert!(module.get_export(missing).is_none());
    }
    assert!(instance.exports(&store).map(|export| export.name()).eq(names.iter()));
}
