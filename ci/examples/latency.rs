//! Measures how late guests stop: `cargo run --release -p ringzero-ci --example latency [-- RUNS]`.
//!
//! Each situation is stopped 50 times (or as often as said) by a handle from another thread, and as often by a
//! deadline, at times spread over some milliseconds. Printed are median and worst; the exit status is 1 where the
//! worst is above a millisecond. On a busy machine the scheduler of the operating system adds its own, unless this
//! runs before others (`chrt -f 50`).

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use ringzero_ci::latency::{Prepared, SITUATIONS, Way};

const LIMIT: Duration = Duration::from_millis(1);

fn main() -> ExitCode {
    let runs = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(50u32).max(1);
    println!("{runs} stops each, in µs      handle: median    worst    deadline: median    worst");
    let mut late = false;
    for situation in SITUATIONS {
        let prepared = situation.prepare();
        let [handle, deadline] = [Way::Handle, Way::Deadline].map(|way| measure(&prepared, way, runs));
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        println!(
            "{:38} {:8.0} {:8.0} {:18.0} {:8.0}",
            situation.name,
            micros(handle.0),
            micros(handle.1),
            micros(deadline.0),
            micros(deadline.1)
        );
        late |= handle.1.max(deadline.1) > LIMIT;
    }
    if late { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Median and worst.
fn measure(prepared: &Prepared, way: Way, runs: u32) -> (Duration, Duration) {
    // Times that do not beat with anything: multiples of an odd number of nanoseconds.
    let time = |run: u32| Duration::from_nanos(2_000_000 + u64::from(run) * 7_368_787 % 12_000_000);
    let once = |run| {
        // Nobody runs for ever: a real-time process would be halted by the system for a while.
        thread::sleep(time(run) / 4);
        prepared.stop_after(time(run), way)
    };
    let mut late: Vec<Duration> = (0..runs).map(once).collect();
    late.sort_unstable();
    (late[late.len() / 2], late[late.len() - 1])
}
