//! Generated modules in ringzero and in wasmi, which must agree: a job to be run for hours.
//!
//! In: `--seed NUMBER`, `--count NUMBER`; or `--reduce NUMBER`; or `--module FILE`. Out: what was compared; the first difference with
//! its module in `target`. One thread; the modules are those of `ringzero_ci::differential`.

mod around;
mod peer;

use peer::Peer;
use ringzero::{Compilation, Config, Dispatch, Error};
use ringzero_ci::differential::{Counts, Difference, Interface, Ours, Recipe, Runtime, compare};
use std::panic;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

const USAGE: &str = "usage: ringzero-diff [--seed NUMBER] [--count NUMBER] | --reduce NUMBER | --module FILE";

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

fn start() -> Result<(), Failure> {
    let (mut seed, mut count) = (0, 100_000);
    let mut args = std::env::args().skip(1);
    while let Some(option) = args.next() {
        let value = args.next().ok_or(USAGE)?;
        let number = || value.replace('_', "").parse();
        match option.as_str() {
            "--seed" => seed = number()?,
            "--count" => count = number()?,
            "--reduce" => return reduce(number()?),
            "--module" => return module(&value),
            _ => return Err(USAGE.into()),
        }
    }
    run(seed, count)
}

/// Compares a module from a file.
fn module(path: &str) -> Result<(), Failure> {
    let mut counts = Counts::default();
    let outcome = Runtimes::new()?.compare(&std::fs::read(path)?, 0, &mut counts);
    println!("{counts}");
    outcome.map_err(|difference| difference.to_string().into())
}

/// Runs the modules with these numbers.
fn run(seed: u64, count: u64) -> Result<(), Failure> {
    let runtimes = Runtimes::new()?;
    let mut counts = Counts::default();
    let begin = Instant::now();
    for number in seed..seed + count {
        let Some(bytes) = Recipe::new(number).module() else { continue };
        if let Err(difference) = runtimes.compare(&bytes, number, &mut counts) {
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
fn reduce(number: u64) -> Result<(), Failure> {
    let runtimes = Runtimes::new()?;
    let difference = |recipe: &Recipe| -> Option<(Vec<u8>, Difference)> {
        let bytes = recipe.module()?;
        let difference = runtimes.compare(&bytes, number, &mut Counts::default()).err()?;
        Some((bytes, difference))
    };
    let recipe = Recipe::new(number).reduce(|recipe| difference(recipe).is_some());
    let (bytes, difference) = difference(&recipe).ok_or("the module makes no difference")?;
    println!("{} bytes, in {}: {difference}", bytes.len(), keep(&format!("reduced-{number}"), &bytes)?);
    Ok(())
}

fn keep(name: &str, bytes: &[u8]) -> Result<String, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(name).with_extension("wasm");
    std::fs::write(&path, bytes)?;
    Ok(path.display().to_string())
}

/// Four configurations of ringzero, which take turns, and the peer.
struct Runtimes {
    ours: Vec<Ours>,
    peer: Peer,
}

impl Runtimes {
    fn new() -> Result<Self, Error> {
        let mut ours = Vec::new();
        for dispatch in [Dispatch::Tail, Dispatch::Loop] {
            for compilation in [Compilation::Lazy, Compilation::Eager] {
                let config = Config::new().dispatch(dispatch).compilation(compilation).max_stack(64 << 20);
                ours.push(Ours::beside_a_peer(format!("ringzero, {dispatch:?}, {compilation:?}"), &config)?);
            }
        }
        Ok(Self { ours, peer: Peer::new() })
    }

    fn compare(&self, bytes: &[u8], number: u64, counts: &mut Counts) -> Result<(), Difference> {
        let ours = &self.ours[(number % self.ours.len() as u64) as usize];
        let module = ours.module(bytes).map_err(|error| Difference {
            at: "loading".to_owned(),
            first: error.to_string(),
            other: "the generator only makes valid modules".to_owned(),
        })?;
        let runtimes: [&dyn Runtime; 2] = [ours, &self.peer];
        let compared = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            compare(bytes, number, &Interface::of(&module), &runtimes, counts)
        }));
        match compared {
            Ok(compared) => compared,
            // There is nothing to compare with; a panic of ours ends the job.
            Err(_) if PEER_PANICKED.load(Ordering::Relaxed) => {
                *counts.skipped.entry("wasmi panicked".to_owned()).or_default() += 1;
                Ok(())
            }
            Err(panicked) => panic::resume_unwind(panicked),
        }
    }
}
