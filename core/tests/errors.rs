//! What goes wrong, and what is said about it: bad modules, imports that do not fit, traps, panics, handles of
//! other stores.

mod wasm;

use std::sync::Arc;

use ringzero::platform::{HostPanic, Platform};
use ringzero::{
    Category, Config, Dispatch, Engine, Error, Extern, ExternRef, Features, Func, FuncType, Global,
    GlobalType, Instance, Linker, Memory, MemoryType, Module, Mutability, RefType, Store, Table, TableType,
    Trap, Val, ValType,
};
use wasm::{instance, linked, module};

#[test]
fn a_bad_module_is_refused_with_the_offset() {
    let engine = Engine::default();
    let error = Module::new(&engine, b"\0asm\x02\0\0\0").unwrap_err();
    assert_eq!(error.category(), Category::Decode);
    assert!(error.offset().is_some() && error.to_string().contains("(at offset 0x"), "{error}");

    let bytes = wat::parse_str("(module (func (result i32) (i64.const 1)))").unwrap();
    let error = Module::validate(&engine, &bytes).unwrap_err();
    assert!(error.to_string().starts_with("type mismatch"), "{error}");
    assert_eq!(error.offset(), Some(bytes.len() - 1));
    let valid = wat::parse_str("(module (func (result i32) (i32.const 1)))").unwrap();
    Module::validate(&engine, &valid).unwrap();
    for cut in 1..valid.len() {
        // A module without sections is one, and so is one with nothing but types; no other cut is.
        assert_eq!(Module::validate(&engine, &valid[..cut]).is_ok(), cut == 8 || cut == 15, "cut at {cut}");
    }
}

#[test]
fn features_can_be_switched_off() {
    let vector = wat::parse_str("(module (func (result v128) (v128.const i64x2 0 0)))").unwrap();
    Module::validate(&Engine::default(), &vector).unwrap();
    let engine = Engine::new(&Config::new().features(Features::WASM1)).unwrap();
    assert_eq!(Module::validate(&engine, &vector).unwrap_err().category(), Category::Decode);
}

#[test]
fn a_missing_import_is_named() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = module(&engine, r#"(module (import "env" "foo" (func)))"#);
    let error = Linker::new(&engine).instantiate(&mut store, &module).unwrap_err();
    assert_eq!(error.category(), Category::Link);
    assert_eq!(error.to_string(), "unknown import: `env::foo` has not been defined");
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert_eq!(error.to_string(), "expected 1 imports, got 0");
}

/// What is said when `item` is given where `import` is expected; "" if it fits.
fn link(import: &str, define: impl FnOnce(&mut Store<()>) -> Extern) -> String {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let item = define(&mut store);
    let module = module(&engine, &format!(r#"(module (import "env" "foo" ({import})))"#));
    match Instance::new(&mut store, &module, &[item]) {
        Ok(_) => String::new(),
        Err(error) => {
            assert_eq!(error.category(), Category::Link);
            let text = error.to_string();
            text.strip_prefix("incompatible import type for `env::foo`: ")
                .expect("names the import")
                .to_owned()
        }
    }
}

#[test]
fn imports_of_the_wrong_type_are_named_with_both_types() {
    let func = |store: &mut Store<()>| Func::wrap(store, |a: i32| i64::from(a)).unwrap().into();
    assert_eq!(link("func (param i32) (result i64)", func), "");
    assert_eq!(link("func (param i32)", func), "expected func (i32) -> (), found func (i32) -> (i64)");
    assert_eq!(link("memory 1", func), "expected memory 1, found func (i32) -> (i64)");

    let global = |ty, value| move |store: &mut Store<()>| Global::new(store, ty, value).unwrap().into();
    let constant = GlobalType::new(ValType::I32, Mutability::Const);
    let variable = GlobalType::new(ValType::I32, Mutability::Var);
    assert_eq!(link("global i32", global(constant, Val::I32(1))), "");
    assert_eq!(link("global (mut i32)", global(variable, Val::I32(1))), "");
    let text = link("global i32", global(variable, Val::I32(1)));
    assert_eq!(text, "expected global i32, found global (mut i32)");
    let text = link("global (mut f64)", global(variable, Val::I32(1)));
    assert_eq!(text, "expected global (mut f64), found global (mut i32)");
}

#[test]
fn memories_and_tables_fit_by_their_present_size() {
    let memory = |ty, grow| {
        move |store: &mut Store<()>| {
            let memory = Memory::new(&mut *store, ty).unwrap();
            memory.grow(store, grow).unwrap();
            memory.into()
        }
    };
    let small = MemoryType::new(1, Some(3));
    assert_eq!(link("memory 2 3", memory(small, 1)), "");
    assert_eq!(link("memory 1", memory(small, 0)), "");
    assert_eq!(link("memory 2 3", memory(small, 0)), "expected memory 2 3, found memory 1 3");
    assert_eq!(link("memory 1 2", memory(small, 0)), "expected memory 1 2, found memory 1 3");
    let unbounded = MemoryType::new(1, None);
    assert_eq!(link("memory 1 9", memory(unbounded, 0)), "expected memory 1 9, found memory 1");
    assert_eq!(link("memory i64 1", memory(unbounded, 0)), "expected memory i64 1, found memory 1");
    let bytes = MemoryType::new(1, None).with_page_size_log2(0);
    assert_eq!(link("memory 1", memory(bytes, 0)), "expected memory 1, found memory 1 (pagesize 1)");

    let table = |ty, init| move |store: &mut Store<()>| Table::new(store, ty, init).unwrap().into();
    let functions = TableType::new(RefType::FUNCREF, 2, Some(4));
    assert_eq!(link("table 2 4 funcref", table(functions, Val::FuncRef(None))), "");
    let text = link("table 2 4 externref", table(functions, Val::FuncRef(None)));
    assert_eq!(text, "expected table 2 4 externref, found table 2 4 funcref");
    let text = link("table 3 funcref", table(functions, Val::FuncRef(None)));
    assert_eq!(text, "expected table 3 funcref, found table 2 4 funcref");
}

const TRAPS: &str = r#"(module $traps
    (memory 1)
    (table 2 funcref)
    (elem (i32.const 1) func $one)
    (type $none (func))
    (func $one (result i32) (i32.const 1))
    (func $leaf (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func $middle (param i32 i32) (result i32) (i32.add (i32.const 1) (call $leaf (local.get 0) (local.get 1))))
    (func (export "divide") (param i32 i32) (result i32) (i32.add (i32.const 1) (call $middle (local.get 0) (local.get 1))))
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "indirect") (param i32) (call_indirect (type $none) (local.get 0)))
    (func (export "truncate") (param f32) (result i32) (i32.trunc_f32_s (local.get 0)))
    (func $runaway (export "runaway") (call $runaway) (call $runaway))
    (func (export "fill") (param i32) (memory.fill (local.get 0) (i32.const 1) (i32.const 2))))"#;

#[test]
fn traps_say_why_and_where() {
    let (mut store, instance) = instance(TRAPS);
    let mut trap = |name: &str, params: &[Val], results: usize| {
        let func = instance.get_func(&store, name).unwrap();
        let mut room = vec![Val::I32(0); results];
        let error = func.call(&mut store, params, &mut room).unwrap_err();
        assert_eq!(error.category(), Category::Trap);
        assert_eq!(error.to_string(), format!("wasm trap: {}", error.trap().unwrap().message()));
        // A call that finds no room has not reached an operator of its function yet.
        assert_eq!(error.offset().is_some(), name != "runaway", "{name}");
        error.trap().unwrap()
    };
    assert_eq!(trap("divide", &[Val::I32(1), Val::I32(0)], 1), Trap::IntegerDivisionByZero);
    assert_eq!(trap("divide", &[Val::I32(i32::MIN), Val::I32(-1)], 1), Trap::IntegerOverflow);
    assert_eq!(trap("load", &[Val::I32(65533)], 1), Trap::MemoryOutOfBounds);
    assert_eq!(trap("load", &[Val::I32(-1)], 1), Trap::MemoryOutOfBounds);
    assert_eq!(trap("fill", &[Val::I32(65535)], 0), Trap::MemoryOutOfBounds);
    assert_eq!(trap("indirect", &[Val::I32(0)], 0), Trap::IndirectCallToNull);
    assert_eq!(trap("indirect", &[Val::I32(1)], 0), Trap::BadSignature);
    assert_eq!(trap("indirect", &[Val::I32(2)], 0), Trap::UndefinedElement);
    assert_eq!(trap("truncate", &[Val::F32(f32::NAN.to_bits())], 1), Trap::BadConversionToInteger);
    assert_eq!(trap("runaway", &[], 0), Trap::StackOverflow);
    let load = instance.get_typed_func::<i32, i32>(&store, "load").unwrap();
    assert_eq!(load.call(&mut store, 65532).unwrap(), 0);
}

#[test]
fn a_backtrace_names_functions_and_offsets() {
    let bytes = wat::parse_str(TRAPS).unwrap();
    let (mut store, instance) = instance(TRAPS);
    let divide = instance.get_typed_func::<(i32, i32), i32>(&store, "divide").unwrap();
    let error = divide.call(&mut store, (1, 0)).unwrap_err();
    let frames = error.backtrace().unwrap().frames();
    // The operators that ran: a division, and two calls (0x6d and 0x10 in the binary format).
    let operators: Vec<u8> = frames.iter().map(|frame| bytes[frame.module_offset().unwrap()]).collect();
    assert_eq!(operators, [0x6d, 0x10, 0x10]);
    assert_eq!(error.offset(), frames[0].module_offset());
    let indices: Vec<u32> = frames.iter().map(|frame| frame.func_index()).collect();
    assert_eq!(indices, [1, 2, 3]);
    assert_eq!(frames[0].module_name(), Some("traps"));

    let offset = |i: usize| frames[i].module_offset().unwrap();
    let expected = format!(
        "wasm trap: integer divide by zero\nwasm backtrace:\n    0: {:#6x} - traps!leaf\n    \
         1: {:#6x} - traps!middle\n    2: {:#6x} - traps!divide",
        offset(0),
        offset(1),
        offset(2)
    );
    assert_eq!(format!("{error:?}"), expected);
}

#[test]
fn a_backtrace_outlives_its_store_and_needs_no_names() {
    let (mut store, instance) =
        instance(r#"(module (func) (func (export "f") unreachable) (func (export "g") call 0 call 1))"#);
    let error = instance.get_func(&store, "g").unwrap().call(&mut store, &[], &mut []).unwrap_err();
    drop(store);
    let text = error.backtrace().unwrap().to_string();
    assert!(text.contains("<unknown>!f") && text.contains("<unknown>!g"), "{text}");
}

#[test]
fn a_host_error_keeps_its_type() {
    #[derive(Debug, PartialEq)]
    struct Exit(u32);
    impl std::fmt::Display for Exit {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "exit {}", self.0)
        }
    }
    impl std::error::Error for Exit {}

    let engine = Engine::default();
    let mut linker = Linker::<()>::new(&engine);
    linker
        .func_wrap("host", "exit", |code: u32| -> Result<(), Error> { Err(Error::host(Exit(code))) })
        .unwrap();
    linker.func_wrap("host", "trap", || -> Result<i32, Error> { Err(Trap::NullReference.into()) }).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linked(
        &mut store,
        &linker,
        r#"(module
            (import "host" "exit" (func $exit (param i32)))
            (import "host" "trap" (func $trap (result i32)))
            (func (export "exit") (call $exit (i32.const 7)))
            (func (export "trap") (drop (call $trap))))"#,
    );
    let exit = instance.get_typed_func::<(), ()>(&store, "exit").unwrap();
    let error = exit.call(&mut store, ()).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Exit(7)));
    assert_eq!((error.trap(), error.to_string().as_str()), (None, "exit 7"));
    let trap = instance.get_typed_func::<(), ()>(&store, "trap").unwrap();
    let error = trap.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::NullReference));
    assert_eq!(error.backtrace().unwrap().frames()[0].func_name(), Some("trap"));
}

/// Catches panics, as an operating system's platform does.
struct Catches;

impl Platform for Catches {
    fn guard(&self, call: &mut dyn FnMut()) -> Result<(), HostPanic> {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).map_err(|_| HostPanic)
    }
}

#[test]
fn a_panic_of_a_host_function_becomes_an_error() {
    let engine = Engine::new(&Config::new().platform(Arc::new(Catches))).unwrap();
    let mut linker = Linker::<u32>::new(&engine);
    linker
        .func_wrap("host", "f", |mut caller: ringzero::Caller<'_, u32>, a: i32| -> Result<(), Error> {
            *caller.data_mut() += 1;
            if a == 0 {
                std::panic::resume_unwind(Box::new("on purpose"));
            }
            let again = caller.get_export("f").and_then(|item| item.into_func());
            again.ok_or_else(|| Error::message("no `f`"))?.call(&mut caller, &[Val::I32(a - 1)], &mut [])
        })
        .unwrap();
    let mut store = Store::new(&engine, 0);
    let text = r#"(module (import "host" "f" (func $f (param i32))) (func (export "f") (param i32) (call $f (local.get 0))))"#;
    let instance = linked(&mut store, &linker, text);
    let func = instance.get_typed_func::<i32, ()>(&store, "f").unwrap();
    for round in 1..300 {
        let error = func.call(&mut store, 2).unwrap_err();
        assert_eq!(
            (error.category(), error.to_string().as_str()),
            (Category::HostPanic, "host function panicked")
        );
        assert_eq!(*store.data(), 3 * round);
    }
}

#[test]
fn a_panic_that_no_platform_catches_goes_through_the_guest() {
    for dispatch in [Dispatch::Tail, Dispatch::Loop] {
        let engine = Engine::new(&Config::new().dispatch(dispatch)).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        linker
            .func_wrap("host", "f", || -> () { std::panic::resume_unwind(Box::new("on purpose")) })
            .unwrap();
        let mut store = Store::new(&engine, ());
        let text = r#"(module (import "host" "f" (func $f))
            (func $middle (call $f)) (func (export "f") (call $middle)))"#;
        let instance = linked(&mut store, &linker, text);
        let func = instance.get_typed_func::<(), ()>(&store, "f").unwrap();
        let call = std::panic::AssertUnwindSafe(|| func.call(&mut store, ()));
        let panic = std::panic::catch_unwind(call).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    }
}

#[test]
fn handles_of_another_store_are_refused() {
    let engine = Engine::default();
    let (mut ours, mut theirs) = (Store::new(&engine, ()), Store::new(&engine, ()));
    let text = r#"(module
        (memory (export "m") 1) (table (export "t") 1 funcref) (global (export "g") (mut i32) (i32.const 5))
        (func (export "f")) (func (export "id") (param externref funcref)))"#;
    let module = module(&engine, text);
    let instance = Instance::new(&mut ours, &module, &[]).unwrap();
    // The same numbers exist in the other store, too.
    let same = Instance::new(&mut theirs, &module, &[]).unwrap();
    let refused = |error: Error| assert_eq!(error.category(), Category::Misuse, "{error}");

    let func = instance.get_func(&ours, "f").unwrap();
    refused(func.call(&mut theirs, &[], &mut []).unwrap_err());
    refused(func.typed::<(), ()>(&theirs).unwrap_err());
    refused(func.typed::<(), ()>(&ours).unwrap().call(&mut theirs, ()).unwrap_err());
    assert_eq!(func.ty(&theirs), FuncType::new([], []));

    let memory = instance.get_memory(&ours, "m").unwrap();
    assert!(memory.data(&theirs).is_empty() && memory.data_mut(&mut theirs).is_empty());
    assert!(memory.read(&theirs, 0, &mut [0]).is_err() && memory.write(&mut theirs, 0, &[0]).is_err());
    refused(memory.grow(&mut theirs, 1).unwrap_err());
    let table = instance.get_table(&ours, "t").unwrap();
    assert_eq!((table.size(&theirs), table.get(&theirs, 0)), (0, None));
    refused(table.set(&mut theirs, 0, Val::FuncRef(None)).unwrap_err());
    refused(same.get_table(&theirs, "t").unwrap().set(&mut theirs, 0, func.into()).unwrap_err());
    let global = instance.get_global(&ours, "g").unwrap();
    assert_eq!(global.get(&theirs), Val::I32(0));
    refused(global.set(&mut theirs, Val::I32(1)).unwrap_err());

    let value = ExternRef::new(&mut ours, 5).unwrap();
    refused(value.data(&theirs).unwrap_err());
    let id = same.get_func(&theirs, "id").unwrap();
    refused(id.call(&mut theirs, &[value.into(), Val::FuncRef(None)], &mut []).unwrap_err());
    refused(id.call(&mut theirs, &[Val::ExternRef(None), func.into()], &mut []).unwrap_err());
    assert_eq!(instance.get_export(&theirs, "f"), None);
    assert_eq!(instance.exports(&theirs).count(), 0);
    let importer = wasm::module(&engine, r#"(module (import "a" "b" (func)))"#);
    refused(Instance::new(&mut theirs, &importer, &[func.into()]).unwrap_err());
    let other = wasm::module(&Engine::default(), "(module)");
    refused(Instance::new(&mut ours, &other, &[]).unwrap_err());
}

#[test]
fn an_error_is_a_std_error_that_can_be_boxed() {
    fn fails() -> Result<(), Box<dyn std::error::Error>> {
        Err(Error::from(Trap::Unreachable))?
    }
    assert_eq!(fails().unwrap_err().to_string(), "wasm trap: unreachable");
}

/// An access that adds up its address, in one operation with it, is still the operator that traps.
#[test]
fn a_fused_access_is_where_it_traps() {
    let text = r#"(module (memory 1)
        (func (export "pair") (param i32 i32) (result i32) (i32.load (i32.add (local.get 0) (local.get 1))))
        (func (export "scaled") (param i32 i32) (result i32)
            (i32.load8_u (i32.add (i32.shl (local.get 0) (i32.const 2)) (local.get 1))))
        (func (export "sum") (param i32 i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 8))))
        (func (export "fixed") (param i32 i32) (result i32) (i32.load (i32.const 65533)))
        (func (export "store") (param i32 i32) (result i32)
            (i32.store (i32.add (local.get 0) (i32.const 8)) (local.get 1)) (i32.const 0))
        (func (export "copy") (param i32 i32) (result i32)
            (memory.copy (local.get 0) (i32.const 0) (i32.const 9)) (i32.const 0)))"#;
    let bytes = wat::parse_str(text).unwrap();
    let (mut store, instance) = instance(text);
    for (name, operator) in
        [("pair", 0x28), ("scaled", 0x2d), ("sum", 0x28), ("fixed", 0x28), ("store", 0x36), ("copy", 0xfc)]
    {
        let access = instance.get_typed_func::<(i32, i32), i32>(&store, name).unwrap();
        let error = access.call(&mut store, (65530, 65530)).unwrap_err();
        assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds), "{name}");
        assert_eq!(bytes[error.offset().unwrap()], operator, "{name}");
    }
}
