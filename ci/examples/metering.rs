//! What it costs that guests can be stopped: the benchmark's programs as machine code that neither pays nor looks up, that
//! looks whether it shall stop, that does so under a deadline, that pays for what it runs, and that does both.
//!
//! `cargo run --release -p ringzero-ci --example metering [-- ROUNDS]`

use ringzero::{Config, Engine, Error, Linker, Module, Store, Strategy, TypedFunc};
use ringzero_platform_std::StdPlatform;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Whether guests can be interrupted, have a deadline, pay.
const MODES: [(&str, [bool; 3]); 5] = [
    ("off", [false, false, false]),
    ("interruption", [true, false, false]),
    ("deadline", [true, true, false]),
    ("fuel", [false, false, true]),
    ("both", [true, false, true]),
];

/// A module's `run`, ready to be called.
struct Program {
    store: Store<()>,
    run: TypedFunc<u32, u64>,
}

impl Program {
    fn new(wasm: &[u8], [interruption, deadline, fuel]: [bool; 3]) -> Result<Self, Error> {
        let config = Config::new().strategy(Strategy::Compiled).interruption(interruption).fuel(fuel);
        let engine = Engine::new(&config.platform(Arc::new(StdPlatform)))?;
        let mut store = Store::new(&engine, ());
        if fuel {
            store.set_fuel(u64::MAX)?;
        }
        if deadline {
            store.set_deadline_after(Duration::from_secs(3600))?;
        }
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
fn compare(wasm: &[u8], rounds: u32) -> Result<[f64; MODES.len()], Error> {
    let mut programs = Vec::new();
    for (_, mode) in MODES {
        programs.push(Program::new(wasm, mode)?);
    }
    let mut least = [f64::MAX; MODES.len()];
    for _ in 0..rounds {
        for (program, least) in programs.iter_mut().zip(&mut least) {
            *least = least.min(program.time(2)?);
        }
    }
    Ok(least)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(101);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/programs/prebuilt");
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    print!("{:12} {:>10}", "", "off, ms");
    for (name, _) in MODES.iter().skip(1) {
        print!(" {name:>12}");
    }
    println!();
    let (mut products, mut programs) = ([1.0; MODES.len()], 0);
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let times = compare(&std::fs::read(&file)?, rounds)?;
        print!("{name:12} {:10.3}", times[0]);
        for (product, time) in products.iter_mut().zip(times) {
            *product *= time / times[0];
        }
        for time in times.iter().skip(1) {
            print!(" {:12.3}", time / times[0]);
        }
        println!();
        programs += 1;
    }
    print!("{:12} {:10}", "mean of all", programs);
    for product in products.iter().skip(1) {
        print!(" {:12.3}", product.powf(1.0 / f64::from(programs)));
    }
    println!();
    Ok(())
}
