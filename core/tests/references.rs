//! Tables, globals and references.

mod wasm;

use std::sync::Arc;

use ringzero::{
    Category, Engine, ExternRef, Func, Global, GlobalType, Instance, Mutability, RefType, Store, Table,
    TableType, Trap, V128, Val, ValType,
};
use wasm::{instance, module};

#[test]
fn host_values_pass_through_guests() {
    let (mut store, instance) = instance(
        r#"(module
            (table (export "table") 2 externref)
            (global (export "global") (mut externref) (ref.null extern))
            (func (export "keep") (param externref) (result externref)
                (table.set 0 (i32.const 1) (local.get 0))
                (global.set 0 (local.get 0))
                (table.get 0 (i32.const 1)))
            (func (export "is_null") (param externref) (result i32) (ref.is_null (local.get 0))))"#,
    );
    let counted = Arc::new(5u64);
    let value = ExternRef::new(&mut store, Arc::clone(&counted)).unwrap();
    let text = ExternRef::new(&mut store, "text").unwrap();
    let keep = instance.get_typed_func::<Option<ExternRef>, Option<ExternRef>>(&store, "keep").unwrap();
    assert_eq!(keep.call(&mut store, Some(value)).unwrap(), Some(value));
    assert_eq!(keep.call(&mut store, None).unwrap(), None);
    let back = keep.call(&mut store, Some(text)).unwrap().unwrap();
    assert_eq!(back.data(&store).unwrap().downcast_ref::<&str>(), Some(&"text"));
    assert_eq!(**value.data(&store).unwrap().downcast_ref::<Arc<u64>>().unwrap(), 5);
    let table = instance.get_table(&store, "table").unwrap();
    assert_eq!(table.get(&store, 1), Some(text.into()));
    assert_eq!(table.get(&store, 0), Some(Val::ExternRef(None)));
    assert_eq!(instance.get_global(&store, "global").unwrap().get(&store), text.into());
    let is_null = instance.get_typed_func::<Option<ExternRef>, i32>(&store, "is_null").unwrap();
    assert_eq!(
        (is_null.call(&mut store, None).unwrap(), is_null.call(&mut store, Some(value)).unwrap()),
        (1, 0)
    );
    drop(store);
    assert_eq!(Arc::strong_count(&counted), 1);
}

#[test]
fn functions_pass_through_guests() {
    let (mut store, instance) = instance(
        r#"(module
            (table (export "table") 2 funcref)
            (func $ten (export "ten") (result i32) (i32.const 10))
            (elem declare func $ten)
            (func (export "get_ten") (result funcref) (ref.func $ten))
            (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
            (func (export "put") (param funcref) (table.set 0 (i32.const 0) (local.get 0))))"#,
    );
    let ten = instance.get_func(&store, "ten").unwrap();
    let get_ten = instance.get_typed_func::<(), Option<Func>>(&store, "get_ten").unwrap();
    assert_eq!(get_ten.call(&mut store, ()).unwrap(), Some(ten));
    let host = Func::wrap(&mut store, || 99i32).unwrap();
    let put = instance.get_typed_func::<Option<Func>, ()>(&store, "put").unwrap();
    put.call(&mut store, Some(host)).unwrap();
    let call = instance.get_typed_func::<i32, i32>(&store, "call").unwrap();
    assert_eq!(call.call(&mut store, 0).unwrap(), 99);
    let table = instance.get_table(&store, "table").unwrap();
    table.set(&mut store, 1, ten.into()).unwrap();
    assert_eq!(call.call(&mut store, 1).unwrap(), 10);
    assert_eq!(table.get(&store, 0), Some(host.into()));
    put.call(&mut store, None).unwrap();
    assert_eq!(call.call(&mut store, 0).unwrap_err().trap(), Some(Trap::IndirectCallToNull));
}

#[test]
fn tables_grow_within_their_type() {
    let mut store = Store::new(&Engine::default(), ());
    let one = Func::wrap(&mut store, || 1i32).unwrap();
    let table =
        Table::new(&mut store, TableType::new(RefType::FUNCREF, 1, Some(4)), Val::FuncRef(None)).unwrap();
    assert_eq!(table.grow(&mut store, 2, one.into()).unwrap(), 1);
    assert_eq!(table.size(&store), 3);
    assert_eq!((table.get(&store, 0), table.get(&store, 2)), (Some(Val::FuncRef(None)), Some(one.into())));
    assert_eq!(table.get(&store, 3), None);
    assert_eq!(table.grow(&mut store, 2, one.into()).unwrap_err().category(), Category::Misuse);
    assert_eq!(table.set(&mut store, 3, one.into()).unwrap_err().trap(), Some(Trap::TableOutOfBounds));
    assert_eq!(table.set(&mut store, 0, Val::ExternRef(None)).unwrap_err().category(), Category::Misuse);
    table.fill(&mut store, 0, one.into(), 3).unwrap();
    assert_eq!(table.get(&store, 0), Some(one.into()));
    assert!(table.fill(&mut store, 2, one.into(), 2).is_err());
    assert_eq!(table.ty(&store), TableType::new(RefType::FUNCREF, 1, Some(4)));
    let huge = TableType::new(RefType::FUNCREF, u32::MAX, None);
    assert_eq!(Table::new(&mut store, huge, Val::FuncRef(None)).unwrap_err().category(), Category::Limit);
}

#[test]
fn globals_hold_every_type() {
    let mut store = Store::new(&Engine::default(), ());
    let vector = V128::from_bits(u128::MAX - 5);
    let values = [Val::I32(-1), Val::I64(i64::MIN), Val::from(1.5f32), Val::from(-0.0f64), vector.into()];
    for value in values.into_iter().chain([Val::FuncRef(None), Val::ExternRef(None)]) {
        let global = Global::new(&mut store, GlobalType::new(value.ty(), Mutability::Const), value).unwrap();
        assert_eq!(global.get(&store), value);
        assert_eq!(global.set(&mut store, value).unwrap_err().to_string(), "the global is constant");
    }
    let ty = GlobalType::new(ValType::I64, Mutability::Var);
    assert_eq!(Global::new(&mut store, ty, Val::I32(0)).unwrap_err().category(), Category::Misuse);
    let global = Global::new(&mut store, ty, Val::I64(1)).unwrap();
    global.set(&mut store, Val::I64(2)).unwrap();
    assert_eq!((global.get(&store), global.ty(&store)), (Val::I64(2), ty));
    assert!(global.set(&mut store, Val::F64(0)).is_err());
}

#[test]
fn guests_share_globals_and_tables_with_the_host() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let global =
        Global::new(&mut store, GlobalType::new(ValType::V128, Mutability::Var), V128::ZERO.into()).unwrap();
    let table =
        Table::new(&mut store, TableType::new(RefType::FUNCREF, 1, None), Val::FuncRef(None)).unwrap();
    let module = module(
        &engine,
        r#"(module
            (import "a" "g" (global $g (mut v128))) (import "a" "t" (table $t 1 funcref))
            (func $f (result i32) (i32.const 3))
            (func (export "run") (result i32)
                (global.set $g (i64x2.replace_lane 1 (global.get $g) (i64.const 9)))
                (drop (table.grow $t (ref.func $f) (i32.const 5)))
                (call_indirect $t (result i32) (i32.const 5)))
            (elem declare func $f))"#,
    );
    let instance = Instance::new(&mut store, &module, &[global.into(), table.into()]).unwrap();
    let run = instance.get_typed_func::<(), i32>(&store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), 3);
    assert_eq!(global.get(&store), V128::from_bits(9 << 64).into());
    assert_eq!(table.size(&store), 6);
}
