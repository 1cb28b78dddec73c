//! What making and dropping an instance costs, store included, beside wasmi and wasmtime.
//!
//! Out: a table in Markdown, microseconds. ringzero has its memories on the heap (`heap`), from the operating
//! system (`mapped`), or from it and guarded, with machine code (`compiled`).

use crate::clock::{Way, micros};
use crate::cranelift::Compiler;
use crate::{Failure, cranelift, ours};
use ringzero::Config;
use ringzero_platform_std::StdPlatform;
use std::fmt::Write;
use std::sync::Arc;

const ROUNDS: usize = 15;

pub(crate) fn run() -> Result<(), Failure> {
    println!(
        "| module | heap µs | mapped µs | wasmi µs | heap ÷ wasmi | mapped ÷ wasmi | compiled µs | wasmtime µs | ÷ wasmtime |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|"
    );
    for (what, text) in modules()? {
        let [wasmi, heap, mapped, compiled, wasmtime] = measure(&wat::parse_str(text)?)?;
        println!(
            "| {what} | {heap:.2} | {mapped:.2} | {wasmi:.2} | {:.2} | {:.2} | {compiled:.2} | {wasmtime:.2} | {:.2} |",
            heap / wasmi,
            mapped / wasmi,
            compiled / wasmtime
        );
    }
    println!();
    Ok(())
}

fn modules() -> Result<[(&'static str, String); 5], Failure> {
    let mut sparse = String::from("(module (memory 256)");
    let piece = "ringzero".repeat(512);
    for page in 0..256 {
        write!(sparse, "(data (i32.const {}) \"{piece}\")", page * 65536 + 4096)?;
    }
    sparse.push(')');
    let mut functions = String::from("(module (table 1000 funcref) (elem (i32.const 0)");
    (0..1000).try_for_each(|n| write!(functions, " {n}"))?;
    functions.push(')');
    for n in 0..1000 {
        write!(functions, "(func (export \"f{n}\") (result i32) (i32.const {n}))")?;
    }
    functions.push(')');
    Ok([
        ("empty", "(module)".to_owned()),
        ("one page", "(module (memory 1) (func (export \"f\")))".to_owned()),
        ("16 MiB of memory", "(module (memory 256))".to_owned()),
        ("16 MiB of memory, 4 KiB of data in each page", sparse),
        ("1000 functions, all exported and in a table", functions),
    ])
}

/// Microseconds in wasmi, in ringzero on the heap, mapped, compiled, and in wasmtime.
fn measure(bytes: &[u8]) -> Result<[f64; 5], Failure> {
    let module = wasmi::Module::new(&wasmi::Engine::default(), bytes)?;
    let wasmi = Box::new(move || -> Result<(), Failure> {
        let mut store = wasmi::Store::new(module.engine(), ());
        wasmi::Linker::new(module.engine()).instantiate_and_start(&mut store, &module)?;
        Ok(())
    });
    let module = wasmtime::Module::new(&cranelift::engine(Compiler::Cranelift)?, bytes)?;
    let wasmtime = Box::new(move || -> Result<(), Failure> {
        let mut store = wasmtime::Store::new(module.engine(), ());
        wasmtime::Linker::new(module.engine()).instantiate(&mut store, &module)?;
        Ok(())
    });
    let mapped = Config::new().platform(Arc::new(StdPlatform));
    let (heap, mapped, compiled) =
        (way(bytes, &Config::new())?, way(bytes, &mapped)?, way(bytes, &ours::compiled())?);
    micros(ROUNDS, [wasmi, heap, mapped, compiled, wasmtime])
}

fn way(bytes: &[u8], config: &Config) -> Result<Way, Failure> {
    let module = ringzero::Module::new(&ringzero::Engine::new(config)?, bytes)?;
    Ok(Box::new(move || {
        let mut store = ringzero::Store::new(module.engine(), ());
        ringzero::Linker::new(module.engine()).instantiate(&mut store, &module)?;
        Ok(())
    }))
}
