//! ringzero beside wasmi, in one run: small programs, and a module of 16 MiB.
//!
//! In: the prebuilt guests and the module that `./fetch` brings. Out: two tables on standard output. It asserts
//! that the engines agree; it does not judge the numbers.

mod host;
mod large;
mod ours;
mod peer;
mod programs;
mod suite;
mod wasm3;

/// What went wrong: the benchmark only passes it on.
type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: ringzero-bench [programs [--quick] [NAME…] | large]";

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let quick = args.iter().any(|a| a == "--quick");
    let args: Vec<String> = args.into_iter().filter(|a| a != "--quick").collect();
    match args.first().map_or("all", String::as_str) {
        "all" => {
            programs::run(&[], quick)?;
            large::run()
        }
        "programs" => programs::run(&args[1..], quick),
        "large" => large::run(),
        "enter" if args.len() == 3 => large::enter(&args[1], &args[2]),
        _ => Err(USAGE.into()),
    }
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
