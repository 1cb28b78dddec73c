//! What checks of bounds cost: the benchmark's programs as machine code with guards behind memories and with checks before
//! accesses; growth by single pages, and copies and fills of several lengths.
//!
//! `cargo run --release -p ringzero-ci --example bounds`

use ringzero::{Bounds, Config, Engine, Error, Linker, Module, Store, Strategy, TypedFunc};
use ringzero_platform_std::StdPlatform;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// How often each program is measured.
const ROUNDS: u32 = 201;

/// A module's `run`, ready to be called.
struct Program {
    store: Store<()>,
    run: TypedFunc<u32, u64>,
}

impl Program {
    fn new(wasm: &[u8], bounds: Bounds) -> Result<Self, Error> {
        let config = Config::new().strategy(Strategy::Compiled).bounds(bounds);
        let engine = Engine::new(&config.platform(Arc::new(StdPlatform)))?;
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &Module::new(&engine, wasm)?)?;
        let run = instance.get_typed_func(&mut store, "run")?;
        Ok(Self { store, run })
    }

    /// Milliseconds.
    fn time(&mut self, count: u32) -> Result<f64, Error> {
        let start = Instant::now();
        self.run.call(&mut self.store, count)?;
        Ok(start.elapsed().as_secs_f64() * 1e3)
    }
}

/// The least of many short rounds of each mode, in turns: what a machine that others use, too, tells most reliably.
fn compare(wasm: &[u8], count: u32) -> Result<[f64; 2], Error> {
    let mut programs = [Program::new(wasm, Bounds::Guard)?, Program::new(wasm, Bounds::Explicit)?];
    let mut least = [f64::MAX; 2];
    for _ in 0..ROUNDS {
        for (program, least) in programs.iter_mut().zip(&mut least) {
            *least = least.min(program.time(count)?);
        }
    }
    Ok(least)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/programs/prebuilt");
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    let (mut product, mut programs) = (1.0, 0);
    for file in files {
        let wasm = std::fs::read(&file)?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match compare(&wasm, 2) {
            Ok([guard, explicit]) => {
                let ratio = explicit / guard;
                println!("{name:12} {guard:8.2} ms with guards, {explicit:8.2} with checks: {ratio:.3}");
                product *= ratio;
                programs += 1;
            }
            Err(error) => println!("{name:12} {error}"),
        }
    }
    println!("geometric mean of {programs}: {:.3}", product.powf(1.0 / f64::from(programs)));
    operations()
}

/// Operations on memories: nanoseconds for one.
fn operations() -> Result<(), Box<dyn std::error::Error>> {
    let grow = r#"(module (memory 1)
        (func (export "run") (param i32) (result i64)
            (loop $again
                (drop (memory.grow (i32.const 1)))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_if $again (local.get 0)))
            (i64.const 0)))"#;
    let wasm = wat::parse_str(grow)?;
    let mut least = [f64::MAX; 2];
    for _ in 0..ROUNDS {
        for (bounds, least) in [Bounds::Guard, Bounds::Explicit].into_iter().zip(&mut least) {
            *least = least.min(Program::new(&wasm, bounds)?.time(4096)?);
        }
    }
    println!("growth by one page, 4,096 times: {:.3} ms with guards, {:.3} with checks", least[0], least[1]);
    for len in [8, 32, 128, 256, 1024, 65536] {
        for (what, operator) in [
            (
                "copy of constant length",
                format!("(memory.copy (i32.const 8) (i32.const 70000) (i32.const {len}))"),
            ),
            ("copy", "(memory.copy (i32.const 8) (i32.const 70000) (local.get 1))".to_owned()),
            (
                "fill of constant length",
                format!("(memory.fill (i32.const 8) (i32.const 7) (i32.const {len}))"),
            ),
            ("fill", "(memory.fill (i32.const 8) (i32.const 7) (local.get 1))".to_owned()),
        ] {
            let text = format!(
                r#"(module (memory 3) (func (export "run") (param i32) (result i64) (local i32)
                (local.set 1 (i32.const {len}))
                (loop $again {operator}
                    (local.set 1 (i32.add (local.get 1) (i32.const 0)))
                    (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                    (br_if $again (local.get 0)))
                (i64.const 0)))"#
            );
            let wasm = wat::parse_str(text)?;
            let mut program = Program::new(&wasm, Bounds::Guard)?;
            let mut least = f64::MAX;
            for _ in 0..ROUNDS {
                least = least.min(program.time(20_000)?);
            }
            println!("{what} of {len} bytes: {:.1} ns", least * 1e6 / 20_000.0);
        }
    }
    Ok(())
}
