//! ringzero beside wasmi, in one run: small programs, and a module of 16 MiB.
//!
//! In: the prebuilt guests and the module that `./fetch` brings. Out: two tables on standard output. It asserts
//! that the engines agree; it does not judge the numbers.

mod large;
mod ours;
mod peer;
mod programs;

/// What went wrong: the benchmark only passes it on.
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            programs::run()?;
            large::run()
        }
        ["programs"] => programs::run(),
        ["large"] => large::run(),
        ["enter", engine, mode] => large::enter(engine, mode),
        _ => Err("usage: ringzero-bench [programs|large]".into()),
    }
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
