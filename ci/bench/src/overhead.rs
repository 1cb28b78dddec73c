//! What configurations cost: the programs in ringzero with one, beside ringzero with another.
//!
//! In: the names asked for. Out: tables in Markdown: fuel and interruption in the interpreter; these and checks of
//! bounds in machine code.

use crate::clock::{largest, mean, turns};
use crate::suite::{self, Program};
use crate::{Failure, ours};
use ringzero::{Bounds, Config};

const ROUNDS: usize = 7;
const QUICK_ROUNDS: usize = 3;

/// A name for each configuration, and what makes it; the first is what the others are compared with.
type Configs<const N: usize> = [(&'static str, fn() -> Config); N];

pub(crate) fn run(names: &[String], quick: bool) -> Result<(), Failure> {
    let configs: Configs<4> = [
        ("off", Config::new),
        ("fuel", || Config::new().fuel(true)),
        ("interruption", || Config::new().interruption(true)),
        ("both", || Config::new().fuel(true).interruption(true)),
    ];
    table(names, quick, configs, |program| program.work)
}

pub(crate) fn compiled(names: &[String], quick: bool) -> Result<(), Failure> {
    let configs: Configs<6> = [
        ("guards", ours::compiled),
        ("checks", || ours::compiled().bounds(Bounds::Explicit)),
        ("fuel", || ours::compiled().fuel(true)),
        ("interruption", || ours::compiled().interruption(true)),
        ("both", || ours::compiled().fuel(true).interruption(true)),
        ("both, checks", || ours::compiled().fuel(true).interruption(true).bounds(Bounds::Explicit)),
    ];
    table(names, quick, configs, |program| program.compiled)
}

fn table<const N: usize>(
    names: &[String],
    quick: bool,
    configs: Configs<N>,
    work: fn(&Program) -> i32,
) -> Result<(), Failure> {
    let (first, others) = configs.split_first().ok_or("no configuration")?;
    print!("| program | {} ms |", first.0);
    others.iter().for_each(|(name, _)| print!(" {name} |"));
    println!("\n|---|{}", "---:|".repeat(N));
    let (mut ratios, mut notes) = ([const { Vec::new() }; N], Vec::new());
    for program in suite::named(names)? {
        match measure(program, if quick { QUICK_ROUNDS } else { ROUNDS }, &configs, work(program)) {
            Ok(times) => {
                let base = times[0];
                print!("| {} | {base:.1} |", program.name);
                for (list, time) in ratios.iter_mut().zip(times).skip(1) {
                    print!(" {:.3} |", time / base);
                    list.push(time / base);
                }
                println!();
            }
            Err(error) => notes.push(format!("{}: {error}", program.name)),
        }
    }
    for (what, of) in [("geometric mean", mean as fn(&[f64]) -> f64), ("largest", largest)] {
        print!("| {what} | |");
        ratios.iter().skip(1).for_each(|list| print!(" {:.3} |", of(list)));
        println!();
    }
    println!();
    crate::remark(&notes);
    Ok(())
}

/// Milliseconds with each configuration.
fn measure<const N: usize>(
    program: &Program,
    rounds: usize,
    configs: &Configs<N>,
    work: i32,
) -> Result<[f64; N], Failure> {
    let bytes = program.bytes()?;
    let mut engines = Vec::new();
    for (name, config) in configs {
        let engine = ours::Program::with(&bytes, config());
        engines.push(engine.map_err(|error| format!("{name}: {error}"))?);
    }
    let mut engines: [ours::Program; N] = engines.try_into().map_err(|_| "an engine for each")?;
    let expected = engines[0].run(work)?;
    let mut runs = engines.each_mut().map(|engine| move || same(engine.run(work)?, expected));
    turns(rounds, runs.each_mut().map(|run| run as &mut dyn FnMut() -> Result<(), Failure>))
}

fn same(result: i64, expected: i64) -> Result<(), Failure> {
    if result == expected { Ok(()) } else { Err(format!("{expected:x} became {result:x}").into()) }
}
