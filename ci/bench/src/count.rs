//! Instructions executed by each program, counted by valgrind: a figure that does not depend on who else uses the
//! machine, so that a change of a hundredth can be seen.
//!
//! In: the names asked for, and a file of earlier counts. Out: `program instructions`, a line each, and beside them
//! the ratio to the earlier ones. What is counted is one call of `run` in ringzero, after another that warmed up.

use crate::suite::{self, Program};
use crate::{Failure, ours};
use std::hint::black_box;
use std::process::Command;

/// More than this many times the earlier count is reported as a failure.
const TOLERANCE: f64 = 1.01;

pub(crate) fn run(names: &[String], against: Option<&str>) -> Result<(), Failure> {
    let earlier = against.map(std::fs::read_to_string).transpose()?.unwrap_or_default();
    let mut grown = Vec::new();
    for program in suite::named(names)? {
        let count = match counted_by_valgrind(program) {
            Ok(count) => count,
            Err(error) => {
                println!("# {}: {error}", program.name);
                continue;
            }
        };
        match find(&earlier, program.name) {
            Some(before) => {
                let ratio = count as f64 / before as f64;
                println!("{} {count} {ratio:.4}", program.name);
                if ratio > TOLERANCE {
                    grown.push(program.name);
                }
            }
            None => println!("{} {count}", program.name),
        }
    }
    if grown.is_empty() {
        Ok(())
    } else {
        Err(format!("more instructions than before: {}", grown.join(" ")).into())
    }
}

fn find(earlier: &str, name: &str) -> Option<u64> {
    let line = earlier.lines().find(|line| line.split_whitespace().next() == Some(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Runs this program again below valgrind, for one program.
fn counted_by_valgrind(program: &Program) -> Result<u64, Failure> {
    program.bytes()?;
    let done = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*measured_call*"])
        .arg(std::env::current_exe()?)
        .args(["one", program.name])
        .output()
        .map_err(|e| format!("valgrind: {e}"))?;
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    let collected = text.lines().find_map(|line| line.split_once("Collected :"));
    match collected.map(|(_, number)| number.trim().parse()) {
        Some(Ok(count)) if done.status.success() && count > 0 => Ok(count),
        _ => Err(format!("valgrind says: {}", text.trim()).into()),
    }
}

/// In the child process: one program, twice, the second time in a function that valgrind knows by its name.
pub(crate) fn one(name: &str) -> Result<(), Failure> {
    let [program] = suite::named(&[name.to_owned()])?[..] else { return Err("one program at a time".into()) };
    let mut engine = ours::Program::new(&program.bytes()?)?;
    let expected = engine.run(program.counted)?;
    let result = measured_call(&mut engine, program.counted)?;
    println!("{result:x}");
    if result == expected { Ok(()) } else { Err(format!("{expected:x} became {result:x}").into()) }
}

#[inline(never)]
fn measured_call(engine: &mut ours::Program, work: i32) -> Result<i64, Failure> {
    black_box(engine.run(black_box(work)))
}
