//! Instantiation: its order, linking by name, start functions.

mod wasm;

use ringzero::{
    Caller, Category, Engine, ExternType, Func, Instance, Linker, Memory, MemoryType, Module, RefType, Store,
    Table, TableType, Trap, Val,
};
use wasm::{linked, module};

#[test]
fn start_runs_after_segments() {
    let engine = Engine::default();
    let mut linker = Linker::<Vec<i32>>::new(&engine);
    linker
        .func_wrap("host", "note", |mut caller: Caller<'_, Vec<i32>>, value: i32| {
            caller.data_mut().push(value)
        })
        .unwrap();
    let mut store = Store::new(&engine, Vec::new());
    let instance = linked(
        &mut store,
        &linker,
        r#"(module
            (import "host" "note" (func $note (param i32)))
            (memory 1) (table 1 funcref) (global $g i32 (i32.const 40))
            (elem (i32.const 0) $two) (data (i32.const 8) "\01") (data (i32.const 8) "\07")
            (func $two (result i32) (i32.add (global.get $g) (i32.const 2)))
            (func $start
                (call $note (i32.load8_u (i32.const 8)))
                (call $note (call_indirect (result i32) (i32.const 0))))
            (start $start)
            (func (export "late") (call $note (i32.const 1))))"#,
    );
    assert_eq!(store.data(), &[7, 42]);
    instance.run_start(&mut store, &["missing", "late"]).unwrap();
    assert_eq!(store.data(), &[7, 42, 1]);
}

#[test]
fn what_came_before_a_trap_stays() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let table =
        Table::new(&mut store, TableType::new(RefType::FUNCREF, 4, None), Val::FuncRef(None)).unwrap();
    let module = module(
        &engine,
        r#"(module
            (import "a" "m" (memory 1)) (import "a" "t" (table 4 funcref))
            (func $f (result i32) (i32.const 77))
            (elem (i32.const 1) $f)
            (data (i32.const 0) "first") (data (i32.const 65530) "too long") (data (i32.const 8) "never"))"#,
    );
    let error = Instance::new(&mut store, &module, &[memory.into(), table.into()]).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds));
    assert_eq!(&memory.data(&store)[..5], b"first");
    assert_eq!(&memory.data(&store)[8..13], [0; 5]);
    // The function of the instance that failed lives on in the table.
    let Some(Val::FuncRef(Some(func))) = table.get(&store, 1) else { panic!("the element is there") };
    assert_eq!(func.typed::<(), i32>(&store).unwrap().call(&mut store, ()).unwrap(), 77);
}

#[test]
fn a_trap_in_start_is_the_error() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = module(&engine, "(module (func $s unreachable) (start $s))");
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable));
    assert_eq!(error.backtrace().unwrap().frames()[0].func_name(), Some("s"));
}

#[test]
fn names_are_defined_once_unless_shadowing_is_allowed() {
    let engine = Engine::default();
    let mut linker = Linker::<()>::new(&engine);
    linker.func_wrap("env", "f", || 1i32).unwrap();
    let error = linker.func_wrap("env", "f", || 2i32).unwrap_err();
    assert_eq!((error.category(), error.to_string().as_str()), (Category::Link, "`env::f` is defined twice"));
    let text =
        r#"(module (import "env" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))"#;
    let call = |linker: &Linker<()>| {
        let mut store = Store::new(&engine, ());
        let instance = linked(&mut store, linker, text);
        instance.get_typed_func::<(), i32>(&store, "g").unwrap().call(&mut store, ()).unwrap()
    };
    assert_eq!(call(&linker), 1);
    let kept = linker.clone();
    linker.allow_shadowing(true).func_wrap("env", "f", || 2i32).unwrap();
    assert_eq!((call(&linker), call(&kept)), (2, 1));
}

#[test]
fn instances_link_to_instances() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let library = linked(
        &mut store,
        &linker,
        r#"(module
            (memory (export "memory") 1) (global $count (mut i32) (i32.const 0))
            (global (export "base") i32 (i32.const 100)) (export "count" (global $count))
            (func (export "bump") (param i32) (result i32)
                (global.set $count (i32.add (global.get $count) (local.get 0)))
                (i32.store (i32.const 0) (global.get $count))
                (global.get $count)))"#,
    );
    linker.instance(&mut store, "library", library).unwrap();
    let user = linked(
        &mut store,
        &linker,
        r#"(module
            (import "library" "bump" (func $bump (param i32) (result i32)))
            (import "library" "memory" (memory 1))
            (import "library" "count" (global $count (mut i32)))
            (import "library" "base" (global $base i32))
            (global $next i32 (i32.add (global.get $base) (i32.const 1)))
            (data (offset (global.get $base)) "data")
            (func (export "run") (result i32 i32 i32 i32)
                (call $bump (i32.const 3)) (i32.load (i32.const 0)) (global.get $count) (global.get $next)))"#,
    );
    let run = user.get_typed_func::<(), (i32, i32, i32, i32)>(&store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), (3, 3, 3, 101));
    assert_eq!(run.call(&mut store, ()).unwrap(), (6, 6, 6, 101));
    assert_eq!(library.get_global(&store, "count").unwrap().get(&store), Val::I32(6));
    assert_eq!(&library.get_memory(&store, "memory").unwrap().data(&store)[100..104], b"data");
}

#[test]
fn one_linker_serves_many_stores() {
    let engine = Engine::default();
    let mut linker = Linker::<i32>::new(&engine);
    linker.func_wrap("env", "get", |caller: Caller<'_, i32>| *caller.data()).unwrap();
    linker.alias_module("env", "old_env").unwrap();
    let text = r#"(module (import "old_env" "get" (func $f (result i32))) (func (export "g") (result i32) (call $f)))"#;
    let module = module(&engine, text);
    for data in 0..10 {
        let mut store = Store::new(&engine, data);
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let get = instance.get_typed_func::<(), i32>(&store, "g").unwrap();
        assert_eq!(get.call(&mut store, ()).unwrap(), data);
        let direct = linker.get(&mut store, "env", "get").and_then(|item| item.into_func()).unwrap();
        assert_eq!(direct.typed::<(), i32>(&store).unwrap().call(&mut store, ()).unwrap(), data);
        assert!(linker.get(&mut store, "env", "set").is_none());
    }
}

#[test]
fn modules_describe_themselves() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module $name
            (import "env" "f" (func (param i32) (result f64)))
            (import "env" "t" (table 1 10 funcref))
            (memory (export "memory") 1 2)
            (global (export "g") (mut i64) (i64.const 0))
            (@custom "note" "one") (@custom "other" "two") (@custom "note" "three")
            (export "again" (func 0)))"#,
    );
    assert_eq!(module.name(), Some("name"));
    let imports: Vec<String> =
        module.imports().map(|i| format!("{}.{}: {}", i.module(), i.name(), i.ty())).collect();
    assert_eq!(imports, ["env.f: func (i32) -> (f64)", "env.t: table 1 10 funcref"]);
    let exports: Vec<String> = module.exports().map(|e| format!("{}: {}", e.name(), e.ty())).collect();
    assert_eq!(exports, ["memory: memory 1 2", "g: global (mut i64)", "again: func (i32) -> (f64)"]);
    assert_eq!(module.get_export("memory"), Some(ExternType::Memory(MemoryType::new(1, Some(2)))));
    assert_eq!(module.get_export("nothing"), None);
    assert_eq!(module.custom_sections("note").collect::<Vec<_>>(), [&b"one"[..], b"three"]);
}

#[test]
fn exports_are_listed_in_order() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module =
        module(&engine, r#"(module (func (export "b")) (memory (export "a") 1) (export "c" (func 0)))"#);
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let names: Vec<&str> = instance.exports(&store).map(|export| export.name()).collect();
    assert_eq!(names, ["b", "a", "c"]);
    assert_eq!(instance.get_func(&store, "b"), instance.get_func(&store, "c"));
    assert!(instance.get_func(&store, "a").is_none() && instance.get_memory(&store, "a").is_some());
}

#[test]
fn a_reexported_host_function_can_be_called() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, 5);
    let module = module(
        &engine,
        r#"(module (import "a" "b" (func $f (param i32) (result i32))) (export "f" (func $f)))"#,
    );
    let host = Func::wrap(&mut store, |caller: Caller<'_, i32>, a: i32| {
        assert!(caller.get_export("f").is_none(), "the host called, not the instance");
        a + *caller.data()
    });
    let host = host.unwrap();
    let instance = Instance::new(&mut store, &module, &[host.into()]).unwrap();
    let f = instance.get_func(&store, "f").unwrap();
    assert_eq!(f, host);
    assert_eq!(f.typed::<i32, i32>(&store).unwrap().call(&mut store, 1).unwrap(), 6);
}

#[test]
fn modules_without_anything_are_modules() {
    let engine = Engine::default();
    let module = Module::from_vec(&engine, b"\0asm\x01\0\0\0".to_vec()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    assert_eq!((module.name(), instance.exports(&store).count()), (None, 0));
}
