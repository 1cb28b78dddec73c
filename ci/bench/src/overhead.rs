//! What fuel and interruption cost: the programs in ringzero with one of them on, beside ringzero with both off.
//!
//! In: the names asked for. Out: a table in Markdown.

use crate::clock::{largest, mean, turns};
use crate::suite::{self, Program};
use crate::{Failure, ours};
use ringzero::Config;

const ROUNDS: usize = 7;
const QUICK_ROUNDS: usize = 3;

pub(crate) fn run(names: &[String], quick: bool) -> Result<(), Failure> {
    println!("| program | off ms | fuel | interruption | both |\n|---|---:|---:|---:|---:|");
    let (mut ratios, mut notes) = ([const { Vec::new() }; 3], Vec::new());
    for program in suite::named(names)? {
        let times = match measure(program, if quick { QUICK_ROUNDS } else { ROUNDS }) {
            Ok(times) => times,
            Err(error) => {
                notes.push(format!("{}: {error}", program.name));
                continue;
            }
        };
        let [off, on @ ..] = times;
        let [fuel, interruption, both] = on.map(|ms| ms / off);
        println!("| {} | {off:.1} | {fuel:.3} | {interruption:.3} | {both:.3} |", program.name);
        for (list, ratio) in ratios.iter_mut().zip([fuel, interruption, both]) {
            list.push(ratio);
        }
    }
    let [fuel, interruption, both] = ratios.each_ref().map(|r| mean(r));
    println!("| geometric mean | | {fuel:.3} | {interruption:.3} | {both:.3} |");
    let [fuel, interruption, both] = ratios.each_ref().map(|r| largest(r));
    println!("| largest | | {fuel:.3} | {interruption:.3} | {both:.3} |\n");
    crate::remark(&notes);
    Ok(())
}

/// Milliseconds with both off, with fuel, with interruption, with both on.
fn measure(program: &Program, rounds: usize) -> Result<[f64; 4], Failure> {
    let (bytes, work) = (program.bytes()?, program.work);
    let config = |fuel, interruption| Config::new().fuel(fuel).interruption(interruption);
    let mut off = ours::Program::with(&bytes, config(false, false))?;
    let mut fuel = ours::Program::with(&bytes, config(true, false))?;
    let mut interruption = ours::Program::with(&bytes, config(false, true))?;
    let mut both = ours::Program::with(&bytes, config(true, true))?;
    let expected = off.run(work)?;
    turns(
        rounds,
        [
            &mut || same(off.run(work)?, expected),
            &mut || same(fuel.run(work)?, expected),
            &mut || same(interruption.run(work)?, expected),
            &mut || same(both.run(work)?, expected),
        ],
    )
}

fn same(result: i64, expected: i64) -> Result<(), Failure> {
    if result == expected { Ok(()) } else { Err(format!("{expected:x} became {result:x}").into()) }
}
