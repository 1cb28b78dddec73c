//! Mutated and generated modules through decode, validate and translate, and damaged archives through the file
//! system: no input may panic or take memory without bound.
//!
//! `RINGZERO_FUZZ_COUNT` inputs (50,000 where it is not set), beginning with number `RINGZERO_FUZZ_FROM`. The long
//! run is `RINGZERO_FUZZ_COUNT=1000000 cargo test -p ringzero-ci --test fuzz`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ringzero_ci::fuzz::{Engines, Inputs, archive, feed, feed_archive};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn no_input_panics() {
    let count = number("RINGZERO_FUZZ_COUNT", 50_000);
    let from = number("RINGZERO_FUZZ_FROM", 0);
    let inputs = Inputs::new();
    let engines = Engines::new().unwrap();
    let (next, valid) = (AtomicU64::new(from), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= from + count {
                        break;
                    }
                    if run(&engines, &inputs, number) {
                        valid.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let valid = valid.into_inner();
    // Past libtest's capture, so that the count is seen when the test passes too.
    let seeds = inputs.seed_count();
    let line = format!("\ncounts: fuzz: {count} inputs from {seeds} seeds, {valid} of them valid modules\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    assert!(valid * 50 > count, "only {valid} of {count} inputs were valid: translation is hardly tested");
    assert!(peak_memory_mib() < 1024, "an input made the runtime allocate a gibibyte");
}

#[test]
fn no_archive_panics() {
    let count = number("RINGZERO_FUZZ_COUNT", 50_000);
    let from = number("RINGZERO_FUZZ_FROM", 0);
    let mut accepted = 0;
    for number in from..from + count {
        let input = archive(number);
        let fed = catch_unwind(AssertUnwindSafe(|| feed_archive(&input)));
        accepted += u64::from(fed.unwrap_or_else(|_| {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{number}.tar"));
            std::fs::write(&path, &input).unwrap();
            panic!("archive {number} panics; its {} bytes are in {}", input.len(), path.display());
        }));
    }
    let line = format!("\ncounts: fuzz: {count} damaged archives, {accepted} of them accepted\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    assert!(
        accepted * 10 > count,
        "only {accepted} of {count} archives were accepted: trees are hardly tested"
    );
    assert!(
        accepted * 10 < count * 9,
        "{accepted} of {count} archives were accepted: damage is hardly tested"
    );
}

/// Feeds one input; on a panic keeps it in a file and says which it was.
fn run(engines: &Engines, inputs: &Inputs, number: u64) -> bool {
    let input = inputs.get(number);
    catch_unwind(AssertUnwindSafe(|| feed(engines, &input))).unwrap_or_else(|_| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{number}.wasm"));
        std::fs::write(&path, &input).unwrap();
        panic!("input {number} panics; its {} bytes are in {}", input.len(), path.display());
    })
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.replace('_', "").parse().unwrap())
}

/// The largest this process has been, where the system tells (Linux); 0 elsewhere.
fn peak_memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
