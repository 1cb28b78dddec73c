//! Memories that start with an image of their data, on this system: with machine code and without, guarded and checked,
//! in new address space and in space that is used again.

use ringzero::{Bounds, Config, Engine, Instance, Module, Store, Strategy, Trap};
use ringzero_platform_std::StdPlatform;
use std::sync::Arc;

const DATA: usize = 40_000;

/// A memory of two pages with data across the first one's end, and up to the second one's.
fn module_text() -> String {
    let data = |at: usize, len: usize| format!("(data (i32.const {at}) \"{}\")", "\\07".repeat(len));
    format!(
        r#"(module (memory (export "m") 2 20) {} {} (data (i32.const 50000) "\01\02")
            (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "fill") (param i32) (memory.fill (i32.const 0) (local.get 0) (i32.mul (memory.size) (i32.const 65536)))))"#,
        data(45_000, DATA),
        data(131_072 - 100, 100)
    )
}

fn expected() -> Vec<u8> {
    let mut bytes = vec![0; 131_072];
    bytes[45_000..45_000 + DATA].fill(7);
    bytes[131_072 - 100..].fill(7);
    bytes[50_000..50_002].copy_from_slice(&[1, 2]);
    bytes
}

fn check(config: &Config) {
    let engine = Engine::new(&config.clone().platform(Arc::new(StdPlatform))).unwrap();
    let module = Module::new(&engine, wat::parse_str(module_text()).unwrap()).unwrap();
    let expected = expected();
    let mut kept = Vec::new();
    for number in 0..6 {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        assert_eq!(store.usage().image_bytes > 0, number > 0 && cfg!(target_os = "linux"));
        let memory = instance.get_memory(&store, "m").unwrap();
        let load = instance.get_typed_func::<i32, i32>(&store, "load").unwrap();
        let grow = instance.get_typed_func::<i32, i32>(&store, "grow").unwrap();
        let fill = instance.get_typed_func::<i32, ()>(&store, "fill").unwrap();
        for round in 1..4 {
            assert_eq!(memory.data(&store), expected);
            assert_eq!(load.call(&mut store, 131_071).unwrap(), 7);
            assert_eq!(load.call(&mut store, 131_072).unwrap_err().trap(), Some(Trap::MemoryOutOfBounds));
            fill.call(&mut store, round).unwrap();
            assert_eq!(grow.call(&mut store, 3).unwrap(), 2);
            assert_eq!(load.call(&mut store, 5 * 65_536 - 1).unwrap(), 0);
            fill.call(&mut store, round).unwrap();
            assert_eq!(load.call(&mut store, 5 * 65_536 - 1).unwrap(), round);
            assert_eq!(load.call(&mut store, 5 * 65_536).unwrap_err().trap(), Some(Trap::MemoryOutOfBounds));
            instance.reset(&mut store).unwrap();
        }
        fill.call(&mut store, number).unwrap();
        // Some live on: what others write is not seen there.
        if number % 2 == 0 {
            kept.push((store, memory, number as u8));
        }
    }
    drop((module, engine));
    for (store, memory, byte) in &kept {
        assert!(memory.data(store).iter().all(|found| found == byte));
    }
}

#[test]
fn later_instances_start_as_the_first_one_did() {
    let mut configs = vec![Config::new().strategy(Strategy::Interpreter)];
    if cfg!(target_arch = "x86_64") {
        let compiled = Config::new().strategy(Strategy::Compiled);
        configs.extend([compiled.clone().bounds(Bounds::Guard), compiled.bounds(Bounds::Explicit)]);
    }
    for config in configs {
        check(&config);
        check(&config.pooled_memories(2));
    }
}
