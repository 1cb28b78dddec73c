//! Generated modules, run by {jumps, loop} × {lazy, eager}: all four must do exactly the same. And those of what the
//! compiler knows, interpreted and as machine code, with guards and with checks, with all registers and with few.
//!
//! `RINGZERO_DIFFERENTIAL_COUNT` modules (400 where it is not set), beginning with number
//! `RINGZERO_DIFFERENTIAL_FROM`. The comparison with a peer is a job of its own, in `ci/diff`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ringzero::{Bounds, Compilation, Config, Dispatch, Strategy};
use ringzero_ci::differential::{Counts, Interface, Ours, Recipe, Runtime, accesses, compare};
use ringzero_platform_std::StdPlatform;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

#[test]
fn dispatch_and_time_of_translation_cannot_be_seen() {
    let mut runtimes = Vec::new();
    for dispatch in [Dispatch::Tail, Dispatch::Loop] {
        for compilation in [Compilation::Lazy, Compilation::Eager] {
            // A small stack: that it overflows at the same call is compared too.
            let config = Config::new().dispatch(dispatch).compilation(compilation).max_stack(64 << 10);
            runtimes.push(Ours::new(format!("{dispatch:?}, {compilation:?}"), &config).unwrap());
        }
    }
    differential("interpreted", &runtimes, 4, |number| Recipe::new(number).module());
}

/// How deep calls may go is the engine's own; nothing else is.
#[test]
fn machine_code_cannot_be_told_from_bytecode() {
    differential("compiled", &compiled(), 4, |number| Recipe::new(number).module());
}

/// Both make the same NaNs canonical, those too that the modules leave.
#[test]
fn machine_code_makes_nans_canonical_as_bytecode_does() {
    let config = Config::new().deterministic(true);
    let interpreted = Ours::beside_another_engine("interpreted, deterministic", &config).unwrap();
    let config = config.platform(Arc::new(StdPlatform)).strategy(Strategy::Compiled).check_compiler(true);
    let compiled = Ours::beside_another_engine("compiled, deterministic", &config).unwrap();
    differential("deterministic", &[interpreted, compiled], 4, |number| Recipe::new(number).module());
}

/// Near the ends of memories.
#[test]
fn machine_code_accesses_memory_as_bytecode_does() {
    differential("accesses", &compiled(), 2, |number| Some(accesses(number).unwrap()));
}

/// The interpreter, and the compiler in all modes.
fn compiled() -> Vec<Ours> {
    let mut runtimes = vec![Ours::beside_another_engine("interpreted", &Config::new()).unwrap()];
    for (bounds, few, least) in [
        (Bounds::Guard, false, false),
        (Bounds::Guard, true, false),
        (Bounds::Guard, false, true),
        (Bounds::Explicit, false, false),
        (Bounds::Explicit, true, true),
    ] {
        let config = Config::new().platform(Arc::new(StdPlatform)).strategy(Strategy::Compiled);
        let config = config.compilation(if few { Compilation::Eager } else { Compilation::Lazy });
        let config = config.bounds(bounds).check_compiler(true).few_registers(few).least_processor(least);
        let name = format!("compiled, {bounds:?}, few registers: {few}, least processor: {least}");
        runtimes.push(Ours::beside_another_engine(name, &config).unwrap());
    }
    let plain = Config::new().platform(Arc::new(StdPlatform)).strategy(Strategy::Compiled);
    let plain = plain.check_compiler(true).limit_improvements(0, 0);
    runtimes.push(Ours::beside_another_engine("compiled, nothing improved", &plain).unwrap());
    runtimes
}

/// The same where guests pay for what they run, and may run out of it anywhere: what is left is the same after each
/// call, however it ended.
#[test]
fn machine_code_pays_what_bytecode_pays() {
    let metered = |config: Config| config.fuel(true).interruption(true);
    let mut runtimes = vec![Ours::beside_another_engine("interpreted", &metered(Config::new())).unwrap()];
    for (few, interruption) in [(false, true), (true, false)] {
        let config = Config::new().platform(Arc::new(StdPlatform)).strategy(Strategy::Compiled);
        let config = metered(config).interruption(interruption).check_compiler(true).few_registers(few);
        let name = format!("compiled, interruption: {interruption}, few registers: {few}");
        runtimes.push(Ours::beside_another_engine(name, &config).unwrap());
    }
    differential("metered", &runtimes, 4, |number| Recipe::new(number).module());
}

/// Compares what modules do, of which calls have to end in so many ways besides returning.
fn differential(title: &str, runtimes: &[Ours], ends: usize, module: fn(u64) -> Option<Vec<u8>>) {
    let count = number("RINGZERO_DIFFERENTIAL_COUNT", 400);
    let from = number("RINGZERO_DIFFERENTIAL_FROM", 0);
    let list: Vec<&dyn Runtime> = runtimes.iter().map(|r| r as &dyn Runtime).collect();
    let mut counts = Counts::default();
    for number in from..from + count {
        let Some(bytes) = module(number) else { continue };
        let interface = Interface::of(&runtimes[0].module(&bytes).unwrap());
        if let Err(difference) = compare(&bytes, number, &interface, &list, &mut counts) {
            let path =
                Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("differential-{title}-{number}.wasm"));
            std::fs::write(&path, &bytes).unwrap();
            panic!("module {number}, in {}: {difference}", path.display());
        }
    }
    // Past libtest's capture, so that the counts are seen when the test passes too.
    std::io::stdout().write_all(format!("\ncounts: differential ({title}): {counts}\n").as_bytes()).unwrap();
    assert!(counts.modules * 10 > count * 9, "hardly any module was generated");
    assert!(counts.returned * 4 > counts.calls, "hardly any call returned: little is compared");
    assert!(counts.ends.len() >= ends, "hardly any trap was met: {:?}", counts.ends);
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.replace('_', "").parse().unwrap())
}
