//! Small programs in both engines, alternating.

use crate::{Failure, median, ours, peer};
use rustix::time::{ClockId, clock_gettime};
use std::path::Path;

/// Guest, argument of its exported `run`.
const PROGRAMS: [(&str, i32); 4] = [("fib", 30), ("nbody", 100_000), ("sha256", 80), ("byteloop", 200)];
const ROUNDS: usize = 9;

pub(crate) fn run() -> Result<(), Failure> {
    println!("{:10} {:>12} {:>12} {:>8}", "program", "ringzero ms", "wasmi ms", "ratio");
    let mut product = 1.0;
    for (name, argument) in PROGRAMS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../guests/prebuilt/{name}.wasm"));
        let module = std::fs::read(&path)?;
        let (mut ours, mut peer) = (ours::Program::new(&module)?, peer::Program::new(&module)?);
        // Once each to translate and to warm up.
        let expected = ours.run(argument)?;
        assert_eq!(expected, peer.run(argument)?, "{name}: the engines disagree");
        let (mut our_times, mut peer_times) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            our_times.push(timed(|| ours.run(argument), expected)?);
            peer_times.push(timed(|| peer.run(argument), expected)?);
        }
        let (our, peer) = (median(our_times), median(peer_times));
        product *= our / peer;
        println!("{name:10} {our:12.1} {peer:12.1} {:8.2}", our / peer);
    }
    let mean = product.powf(1.0 / PROGRAMS.len() as f64);
    println!("{:10} {:12} {:12} {mean:8.2}\n", "geomean", "", "");
    Ok(())
}

/// Milliseconds of CPU time of this thread.
fn timed(run: impl FnOnce() -> Result<i64, Failure>, expected: i64) -> Result<f64, Failure> {
    let begin = cpu_ms();
    let result = run()?;
    let end = cpu_ms();
    assert_eq!(result, expected);
    Ok(end - begin)
}

fn cpu_ms() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}
