//! Generated modules in ringzero, interpreted and compiled, and in a peer, which must agree: a job to be run for
//! hours.
//!
//! In: `--seed NUMBER`, `--count NUMBER`; or `--reduce NUMBER`; or `--module FILE`; `--peer` with any of them. Out: what was compared; the first difference with its module in `target`. One thread; the modules are those
//! of `ringzero_ci::differential`.

mod around;
mod cranelift;
mod peer;
mod runtimes;

use ringzero_ci::differential::{Counts, Difference, Recipe};
use runtimes::Runtimes;
use std::panic;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

const USAGE: &str = "usage: ringzero-diff [--peer wasmtime|wasmi]
    [--seed NUMBER] [--count NUMBER] | --reduce NUMBER | --module FILE";

type Failure = Box<dyn std::error::Error>;

/// Whether the last panic was the peer's own.
static PEER_PANICKED: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let peers = info.location().is_some_and(|place| place.file().contains("/wasmi"));
        PEER_PANICKED.store(peers, Ordering::Relaxed);
        if !peers {
            report(info);
        }
    }));
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// On a thread whose stack has room for what wasmtime's guests may use, and for the host's part.
fn start() -> Result<(), Failure> {
    let work = || work().map_err(|failure| failure.to_string());
    let thread = std::thread::Builder::new().stack_size(cranelift::STACK + (64 << 20)).spawn(work)?;
    match thread.join() {
        Ok(done) => done.map_err(Failure::from),
        Err(_) => Err("the job panicked".into()),
    }
}

fn work() -> Result<(), Failure> {
    let (mut seed, mut count, mut peer) = (0, 100_000, "wasmtime".to_owned());
    let mut task = Task::Run;
    let mut args = std::env::args().skip(1);
    while let Some(option) = args.next() {
        let value = args.next().ok_or(USAGE)?;
        let number = || value.replace('_', "").parse();
        match option.as_str() {
            "--seed" => seed = number()?,
            "--count" => count = number()?,
            "--peer" => peer = value,
            "--reduce" => task = Task::Reduce(number()?),
            "--module" => task = Task::Module(value),
            _ => return Err(USAGE.into()),
        }
    }
    let job = Job { runtimes: Runtimes::new(&peer)? };
    match task {
        Task::Run => job.run(seed, count),
        Task::Reduce(number) => job.reduce(number),
        Task::Module(path) => job.module(&path),
    }
}

enum Task {
    Run,
    Reduce(u64),
    Module(String),
}

struct Job {
    runtimes: Runtimes,
}

impl Job {
    /// Compares a module from a file.
    fn module(&self, path: &str) -> Result<(), Failure> {
        let mut counts = Counts::default();
        let outcome = self.runtimes.compare(&std::fs::read(path)?, 0, &mut counts);
        println!("{counts}");
        outcome.map_err(|difference| difference.to_string().into())
    }

    /// Runs the modules with these numbers.
    fn run(&self, seed: u64, count: u64) -> Result<(), Failure> {
        let mut counts = Counts::default();
        let begin = Instant::now();
        for number in seed..seed + count {
            let Some(bytes) = Recipe::new(number).module() else { continue };
            if let Err(difference) = self.runtimes.compare(&bytes, number, &mut counts) {
                let path = keep(&format!("difference-{number}"), &bytes)?;
                println!("{counts}");
                return Err(format!("module {number}, kept in {path}: {difference}").into());
            }
            if (number + 1 - seed).is_multiple_of(10_000) {
                println!("to {number}, {} s: {counts}", begin.elapsed().as_secs());
            }
        }
        println!("seeds {seed} to {}, no difference: {counts}", seed + count - 1);
        Ok(())
    }

    /// Makes the module with this number as small as it gets while there is a difference.
    fn reduce(&self, number: u64) -> Result<(), Failure> {
        let difference = |recipe: &Recipe| -> Option<(Vec<u8>, Difference)> {
            let bytes = recipe.module()?;
            let difference = self.runtimes.compare(&bytes, number, &mut Counts::default()).err()?;
            Some((bytes, difference))
        };
        let recipe = Recipe::new(number).reduce(|recipe| difference(recipe).is_some());
        let (bytes, difference) = difference(&recipe).ok_or("the module makes no difference")?;
        println!("{} bytes, in {}: {difference}", bytes.len(), keep(&format!("reduced-{number}"), &bytes)?);
        Ok(())
    }
}

fn keep(name: &str, bytes: &[u8]) -> Result<String, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(name).with_extension("wasm");
    std::fs::write(&path, bytes)?;
    Ok(path.display().to_string())
}
