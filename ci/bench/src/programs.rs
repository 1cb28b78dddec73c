//! The programs in every engine, alternating.
//!
//! In: the names asked for. Out: a table in Markdown. The engines' checksums are compared; a number of this
//! table is the median of a program's CPU times on this thread.

use crate::clock::{largest, mean, median, timed};
use crate::suite::{self, Program};
use crate::{Failure, ours, peer, wasm3};

const ROUNDS: usize = 7;
const QUICK_ROUNDS: usize = 3;

/// Milliseconds of one program.
struct Row {
    name: &'static str,
    ours: f64,
    wasmi: f64,
    wasm3: Result<f64, wasm3::Missing>,
}

pub(crate) fn run(names: &[String], quick: bool) -> Result<(), Failure> {
    let programs = suite::named(names)?;
    println!("| program | ringzero ms | wasmi ms | wasm3 ms | ÷ wasmi | ÷ wasm3 |");
    println!("|---|---:|---:|---:|---:|---:|");
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    for program in programs {
        match measure(program, if quick { QUICK_ROUNDS } else { ROUNDS }) {
            Ok(row) => {
                print(&row);
                rows.push(row);
            }
            Err(error) => notes.push(format!("{}: {error}", program.name)),
        }
    }
    let ratios: Vec<_> = rows.iter().map(|r| r.ours / r.wasmi).collect();
    let others: Vec<_> = rows.iter().filter_map(|r| r.wasm3.as_ref().ok().map(|w| r.ours / w)).collect();
    println!("| geometric mean | | | | {:.3} | {:.3} |", mean(&ratios), mean(&others));
    println!("| largest | | | | {:.3} | {:.3} |\n", largest(&ratios), largest(&others));
    notes.extend(
        rows.iter().filter_map(|r| r.wasm3.as_ref().err().map(|e| format!("{}, wasm3: {e}", r.name))),
    );
    crate::remark(&notes);
    Ok(())
}

fn print(row: &Row) {
    let (wasm3, ratio) = match &row.wasm3 {
        Ok(ms) => (format!("{ms:.1}"), format!("{:.3}", row.ours / ms)),
        Err(_) => ("–".to_owned(), "–".to_owned()),
    };
    println!(
        "| {} | {:.1} | {:.1} | {wasm3} | {:.3} | {ratio} |",
        row.name,
        row.ours,
        row.wasmi,
        row.ours / row.wasmi
    );
}

fn measure(program: &Program, rounds: usize) -> Result<Row, Failure> {
    let (bytes, work) = (program.bytes()?, program.work);
    let (mut ours, mut wasmi) =
        (ours::Program::new(&bytes)?, peer::Program::new(&bytes, &peer::engine("eager"))?);
    let mut wasm3 = wasm3::Program::new(&bytes);
    // Once each to warm up, and to hear what all must say.
    let expected = ours.run(work)?;
    agree("wasmi", expected, wasmi.run(work)?)?;
    if let Ok(engine) = &mut wasm3 {
        match engine.run(work) {
            Ok(result) => agree("wasm3", expected, result)?,
            Err(error) => wasm3 = Err(error.to_string()),
        }
    }
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        times[0].push(once(|| ours.run(work), expected)?);
        times[1].push(once(|| wasmi.run(work), expected)?);
        if let Ok(engine) = &mut wasm3 {
            times[2].push(once(|| engine.run(work), expected)?);
        }
    }
    let [ours, wasmi, third] = times;
    Ok(Row {
        name: program.name,
        ours: median(ours),
        wasmi: median(wasmi),
        wasm3: wasm3.map(|_| median(third)),
    })
}

fn agree(engine: &str, expected: i64, result: i64) -> Result<(), Failure> {
    if expected == result {
        return Ok(());
    }
    Err(format!("the engines disagree: {expected:x} here, {result:x} in {engine}").into())
}

/// Milliseconds of one call.
fn once(run: impl FnOnce() -> Result<i64, Failure>, expected: i64) -> Result<f64, Failure> {
    let (result, ms) = timed(run);
    agree("a later run", expected, result?)?;
    Ok(ms)
}
