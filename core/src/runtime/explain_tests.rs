//! Faults planted in the compiler are found by the search for the first wrong improvement.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Config, Engine, Error, FirstWrong, Linker, Module, Store, Strategy};
use crate::jit::Improvement;
use crate::jit::planted::FAULT;
use crate::platform::testing::mapped::Faultless;

/// Functions that rotate and add, which are improved by what the faults are planted in, among others.
const GUEST: &str = r#"
    (module
        (func $rotate (param i32 i32) (result i32)
            (i32.add (i32.mul (local.get 0) (i32.const 7))
                (i32.rotr (i32.div_u (local.get 1) (i32.const 10)) (i32.const 3))))
        (func $twice (param i32) (result i32)
            (i32.xor (i32.add (local.get 0) (i32.const 3)) (i32.add (local.get 0) (i32.const 3))))
        (func $scale (param i32 i32) (result i32)
            (i32.add (i32.add (local.get 0) (i32.const 0)) (i32.shl (local.get 1) (i32.const 2))))
        (func (export "run") (param i32) (result i32)
            (i32.add (call $twice (local.get 0))
                (i32.sub (call $scale (local.get 0) (i32.const 77))
                    (call $rotate (local.get 0) (i32.const 123456))))))"#;

fn run(config: Config) -> Result<i32, Error> {
    let engine = Engine::new(&config)?;
    let module = Module::new(&engine, wat::parse_str(GUEST).unwrap())?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    instance.get_typed_func::<i32, i32>(&store, "run")?.call(&mut store, 1000)
}

fn search(planted: Option<Improvement>) -> FirstWrong {
    FAULT.set(planted);
    let config = Config::new().strategy(Strategy::Compiled).platform(Arc::new(Faultless));
    let expected = run(Config::new()).unwrap();
    let module = Module::new(&Engine::new(&config).unwrap(), wat::parse_str(GUEST).unwrap()).unwrap();
    let mut asked = Vec::new();
    let found = module.first_wrong(|function, count| {
        asked.push((function, count));
        Ok(run(config.clone().limit_improvements(function, count))? != expected)
    });
    FAULT.set(None);
    assert!(asked.len() <= 12, "{asked:?}");
    found.unwrap()
}

#[test]
fn a_planted_fault_is_found() {
    assert_eq!(search(None), FirstWrong::Nothing);
    let wasm = wat::parse_str(GUEST).unwrap();
    // An operator that is there once, by its byte: i32.rotr, and the sum that the shift becomes part of.
    let rotr = wasm.windows(3).position(|bytes| bytes == [0x41, 3, 0x78]).unwrap() + 2;
    let sum = wasm.windows(4).position(|bytes| bytes == [0x41, 2, 0x74, 0x6a]).unwrap() + 3;
    for (planted, function, at) in [(Improvement::Fold, 0, rotr), (Improvement::Operand, 2, sum)] {
        let FirstWrong::Found { function: found, improvement, count } = search(Some(planted)) else {
            panic!("{planted:?} was not found");
        };
        assert_eq!((found, improvement.name, improvement.offset), (function, planted.name(), at as u32));
        assert!(count > 0);
    }
}
