//! What making and dropping an instance costs, store included, beside wasmi.
//!
//! Out: a table in Markdown, microseconds. ringzero has its memories on the heap (`heap`) or from the operating
//! system (`mapped`).

use crate::Failure;
use crate::clock::turns;
use ringzero_platform_std::StdPlatform;
use std::fmt::Write;
use std::sync::Arc;

const ROUNDS: usize = 15;
/// Milliseconds that one round of one engine shall take at least.
const ENOUGH: f64 = 5.0;

pub(crate) fn run() -> Result<(), Failure> {
    println!(
        "| module | ringzero, heap µs | ringzero, mapped µs | wasmi µs | heap ÷ wasmi | mapped ÷ wasmi |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    for (what, text) in modules()? {
        let bytes = wat::parse_str(text)?;
        let [heap, mapped, wasmi] = measure(&bytes)?;
        let ratios = (heap / wasmi, mapped / wasmi);
        println!("| {what} | {heap:.2} | {mapped:.2} | {wasmi:.2} | {:.2} | {:.2} |", ratios.0, ratios.1);
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

/// Microseconds in ringzero on the heap, mapped, and in wasmi.
fn measure(bytes: &[u8]) -> Result<[f64; 3], Failure> {
    let heap = ringzero::Module::new(&ringzero::Engine::default(), bytes)?;
    let config = ringzero::Config::new().platform(Arc::new(StdPlatform));
    let mapped = ringzero::Module::new(&ringzero::Engine::new(&config)?, bytes)?;
    let wasmi = wasmi::Module::new(&wasmi::Engine::default(), bytes)?;
    let ours = |module: &ringzero::Module| -> Result<(), Failure> {
        let mut store = ringzero::Store::new(module.engine(), ());
        ringzero::Linker::new(module.engine()).instantiate(&mut store, module)?;
        Ok(())
    };
    let theirs = || -> Result<(), Failure> {
        let mut store = wasmi::Store::new(wasmi.engine(), ());
        wasmi::Linker::new(wasmi.engine()).instantiate_and_start(&mut store, &wasmi)?;
        Ok(())
    };
    let [once] = turns(3, [&mut || theirs()])?;
    let count = (ENOUGH / once).clamp(1.0, 20_000.0) as u32;
    let times = turns(
        ROUNDS,
        [
            &mut || (0..count).try_for_each(|_| ours(&heap)),
            &mut || (0..count).try_for_each(|_| ours(&mapped)),
            &mut || (0..count).try_for_each(|_| theirs()),
        ],
    )?;
    Ok(times.map(|ms| ms * 1e3 / f64::from(count)))
}
