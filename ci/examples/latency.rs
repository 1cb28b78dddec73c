//! Measures how late guests stop, interpreted and as machine code:
//! `cargo run --release -p ringzero-ci --example latency [-- RUNS]`.
//!
//! Each situation is stopped 50 times (or as often as said) by a handle from another thread, and as often by a
//! deadline, at times spread over some milliseconds. Printed are median and worst, and the worst without what the
//! operating system's scheduler took while the threads were ready to run; the exit status is 1 where the last is above
//! a millisecond.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use ringzero::Strategy;
use ringzero_ci::latency::{Late, Prepared, SITUATIONS, Way};

const LIMIT: Duration = Duration::from_millis(1);

fn main() -> ExitCode {
    let runs = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(50u32).max(1);
    println!(
        "{runs} stops each, in µs      handle: median   worst     own   deadline: median   worst     own"
    );
    let mut late = false;
    let strategies = [Strategy::Interpreter, Strategy::Compiled];
    let all = strategies.into_iter().flat_map(|strategy| SITUATIONS.iter().map(move |of| (strategy, of)));
    for (strategy, situation) in all {
        let prepared = situation.prepare(strategy);
        let [handle, deadline] = [Way::Handle, Way::Deadline].map(|way| measure(&prepared, way, runs));
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let how = if strategy == Strategy::Compiled { "compiled" } else { "" };
        print!("{:29} {how:8}", situation.name);
        for (width, [median, worst, own]) in [(8, handle), (19, deadline)] {
            print!(" {:width$.0} {:7.0} {:7.0}", micros(median), micros(worst), micros(own));
            late |= own > LIMIT;
        }
        println!();
    }
    if late { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Median and worst, and the worst without the scheduler's part.
fn measure(prepared: &Prepared, way: Way, runs: u32) -> [Duration; 3] {
    // Times that do not beat with anything: multiples of an odd number of nanoseconds.
    let time = |run: u32| Duration::from_nanos(2_000_000 + u64::from(run) * 7_368_787 % 12_000_000);
    let once = |run| {
        // Nobody runs for ever: a real-time process would be halted by the system for a while.
        thread::sleep(time(run) / 4);
        prepared.stop_after(time(run), way)
    };
    let late: Vec<Late> = (0..runs).map(once).collect();
    let own = late.iter().map(|late| late.own).max().unwrap_or_default();
    let mut late: Vec<Duration> = late.into_iter().map(|late| late.total).collect();
    late.sort_unstable();
    [late[late.len() / 2], late[late.len() - 1], own]
}
