//! Making instances, and making them new, beside wasmi.
//!
//! Out: a table in Markdown, microseconds. In each turn a store is made, the module instantiated, its `touch` called,
//! and all of it dropped; or an instance is touched and reset. All modules import three functions.

use crate::Failure;
use crate::clock::{Way, micros};
use ringzero::{Config, Engine, Linker, Module, Store};
use ringzero_platform_std::StdPlatform;
use std::sync::Arc;

const ROUNDS: usize = 15;

fn modules() -> [(&'static str, String); 3] {
    let imports = r#"(import "host" "a" (func (param i32) (result i32))) (import "host" "b" (func (param i64)))
        (import "host" "c" (func (param i32 i32) (result i32)))"#;
    // 64 bytes of data in each 256 KiB, of which one is written.
    let data: String = (0..64)
        .map(|n| format!(r#"(data (i32.const {}) "{}")"#, n << 18, "0123456789abcdef".repeat(4)))
        .collect();
    let sparse = format!(
        r#"(module {imports} (memory 256) {data}
            (func (export "touch") (local i32)
                (loop $more
                    (i32.store8 (local.get 0) (i32.const 1))
                    (local.set 0 (i32.add (local.get 0) (i32.const 0x40000)))
                    (br_if $more (i32.lt_u (local.get 0) (i32.const 0x1000000))))))"#
    );
    [
        ("nothing", format!(r#"(module {imports} (func (export "touch")))"#)),
        (
            "one page",
            format!(
                r#"(module {imports} (memory 1) (data (i32.const 8) "data")
                    (func (export "touch") (i32.store8 (i32.const 9) (i32.const 1))))"#
            ),
        ),
        ("16 MiB, 64 bytes of data in each 256 KiB", sparse),
    ]
}

pub(crate) fn run() -> Result<(), Failure> {
    println!("| module | wasmi | linker | ahead | ahead, mapped | ahead, pooled | reset | reset, mapped |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for (name, text) in modules() {
        let bytes = wat::parse_str(text)?;
        let mapped = || Config::new().platform(Arc::new(StdPlatform));
        let ways = [
            wasmi(&bytes)?,
            plain(&bytes)?,
            ahead(&bytes, &Config::new())?,
            ahead(&bytes, &mapped())?,
            ahead(&bytes, &mapped().pooled_memories(16))?,
            reset(&bytes, &Config::new())?,
            reset(&bytes, &mapped())?,
        ];
        let cells = micros(ROUNDS, ways)?.map(|time| format!("{time:.2}"));
        println!("| {name} | {} |", cells.join(" | "));
    }
    println!();
    Ok(())
}

fn wasmi(bytes: &[u8]) -> Result<Way, Failure> {
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, bytes)?;
    let mut linker = wasmi::Linker::<()>::new(&engine);
    linker.func_wrap("host", "a", |n: i32| n)?;
    linker.func_wrap("host", "b", |_: i64| ())?;
    linker.func_wrap("host", "c", |a: i32, _: i32| a)?;
    Ok(Box::new(move || {
        let mut store = wasmi::Store::new(&engine, ());
        let instance = linker.instantiate_and_start(&mut store, &module)?;
        Ok(instance.get_typed_func::<(), ()>(&store, "touch")?.call(&mut store, ())?)
    }))
}

fn prepare(bytes: &[u8], config: &Config) -> Result<(Module, Linker<()>), Failure> {
    let engine = Engine::new(config)?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "a", |n: i32| n)?;
    linker.func_wrap("host", "b", |_: i64| ())?;
    linker.func_wrap("host", "c", |a: i32, _: i32| a)?;
    Ok((Module::new(&engine, bytes)?, linker))
}

fn plain(bytes: &[u8]) -> Result<Way, Failure> {
    let (module, linker) = prepare(bytes, &Config::new())?;
    Ok(Box::new(move || {
        let mut store = Store::new(module.engine(), ());
        let instance = linker.instantiate(&mut store, &module)?;
        Ok(instance.get_typed_func::<(), ()>(&store, "touch")?.call(&mut store, ())?)
    }))
}

fn ahead(bytes: &[u8], config: &Config) -> Result<Way, Failure> {
    let (module, linker) = prepare(bytes, config)?;
    let pre = linker.instantiate_pre(&module)?;
    Ok(Box::new(move || {
        let mut store = Store::new(module.engine(), ());
        let instance = pre.instantiate(&mut store)?;
        Ok(instance.get_typed_func::<(), ()>(&store, "touch")?.call(&mut store, ())?)
    }))
}

fn reset(bytes: &[u8], config: &Config) -> Result<Way, Failure> {
    let (module, linker) = prepare(bytes, config)?;
    let mut store = Store::new(module.engine(), ());
    let instance = linker.instantiate(&mut store, &module)?;
    let touch = instance.get_typed_func::<(), ()>(&store, "touch")?;
    Ok(Box::new(move || {
        touch.call(&mut store, ())?;
        Ok(instance.reset(&mut store)?)
    }))
}
