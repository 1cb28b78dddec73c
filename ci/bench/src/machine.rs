//! The programs as machine code: ringzero's compiler beside Cranelift, Winch and the native compiler.
//!
//! In: the names asked for. Out: tables in Markdown, of run times and of what compiling took. The checksums of the
//! engines that run WebAssembly must agree; the native program's is not compared, for it may have another libc.

use crate::clock::{largest, mean, median, timed};
use crate::cranelift::{self, Compiler};
use crate::suite::{self, Program};
use crate::{Failure, native, ours};
use ringzero::{Engine, Module};

/// Milliseconds of one program; not a number where an engine does not take it.
struct Row {
    name: &'static str,
    ours: f64,
    cranelift: f64,
    winch: f64,
    native: f64,
}

pub(crate) fn run(names: &[String], quick: bool) -> Result<(), Failure> {
    let programs = suite::named(names)?;
    println!(
        "| program | ringzero ms | Cranelift ms | Winch ms | native ms | ÷ Cranelift | ÷ Winch | ÷ native |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|"
    );
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    for program in programs {
        match measure(program, if quick { 3 } else { 7 }) {
            Ok(row) => {
                print(&row);
                rows.push(row);
            }
            Err(error) => notes.push(format!("{}: {error}", program.name)),
        }
    }
    let of = |peer: fn(&Row) -> f64| {
        let all = rows.iter().map(|row| row.ours / peer(row));
        let known: Vec<_> = all.filter(|ratio| !ratio.is_nan()).collect();
        (mean(&known), largest(&known))
    };
    let (cranelift, winch, native) = (of(|r| r.cranelift), of(|r| r.winch), of(|r| r.native));
    println!("| geometric mean | | | | | {:.3} | {:.3} | {:.3} |", cranelift.0, winch.0, native.0);
    println!("| largest | | | | | {:.3} | {:.3} | {:.3} |\n", cranelift.1, winch.1, native.1);
    crate::remark(&notes);
    Ok(())
}

fn print(row: &Row) {
    let Row { name, ours, cranelift, winch, native } = row;
    let cell = |value: f64| if value.is_nan() { "–".to_owned() } else { format!("{value:.2}") };
    let ratio = |peer: &f64| if peer.is_nan() { "–".to_owned() } else { format!("{:.3}", ours / peer) };
    println!(
        "| {name} | {ours:.2} | {} | {} | {} | {} | {} | {} |",
        cell(*cranelift),
        cell(*winch),
        cell(*native),
        ratio(cranelift),
        ratio(winch),
        ratio(native)
    );
}

fn measure(program: &Program, rounds: usize) -> Result<Row, Failure> {
    let (bytes, work) = (program.bytes()?, program.compiled);
    let mut ours = ours::Program::with(&bytes, ours::compiled())?;
    let mut optimised = cranelift::Program::new(&bytes, &cranelift::engine(Compiler::Cranelift)?)?;
    let mut winch = cranelift::Program::new(&bytes, &cranelift::engine(Compiler::Winch)?).ok();
    let mut native = native::Program::new(program.name).ok();
    let expected = ours.run(work)?;
    let mut times = [const { Vec::new() }; 4];
    for round in 0..=rounds {
        let mut once =
            |engine: usize, run: &mut dyn FnMut() -> Result<i64, Failure>| -> Result<i64, Failure> {
                let (result, ms) = timed(run);
                if round > 0 {
                    times[engine].push(ms);
                }
                result
            };
        agree("ringzero", expected, once(0, &mut || ours.run(work))?)?;
        agree("Cranelift", expected, once(1, &mut || optimised.run(work))?)?;
        if let Some(winch) = &mut winch {
            agree("Winch", expected, once(2, &mut || winch.run(work))?)?;
        }
        if let Some(native) = &mut native {
            once(3, &mut || native.run(work))?;
        }
    }
    let [ours, cranelift, winch, native] = times.map(median);
    Ok(Row { name: program.name, ours, cranelift, winch, native })
}

fn agree(engine: &str, expected: i64, result: i64) -> Result<(), Failure> {
    if expected == result {
        return Ok(());
    }
    Err(format!("{engine} says {result:x} where the first run said {expected:x}").into())
}

/// What compiling whole modules takes.
pub(crate) fn compile(quick: bool) -> Result<(), Failure> {
    println!(
        "| module | MiB | ringzero ms | Cranelift ms | Winch ms | ÷ Cranelift | ÷ Winch |\n\
         |---|---:|---:|---:|---:|---:|---:|"
    );
    let mut notes = Vec::new();
    for (name, path) in crate::translate::modules() {
        let result =
            suite::read(&path).and_then(|bytes| compile_row(name, &bytes, if quick { 1 } else { 3 }));
        if let Err(error) = result {
            notes.push(format!("{name}: {error}"));
        }
    }
    println!();
    crate::remark(&notes);
    Ok(())
}

fn compile_row(name: &str, bytes: &[u8], rounds: usize) -> Result<(), Failure> {
    let size = bytes.len() as f64 / f64::from(1 << 20);
    let engine = Engine::new(&ours::compiled())?;
    let (optimised, winch) = (cranelift::engine(Compiler::Cranelift)?, cranelift::engine(Compiler::Winch)?);
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        let (module, ms) = timed(|| Module::new(&engine, bytes));
        module?;
        times[0].push(ms);
        for (engine, times) in [&optimised, &winch].into_iter().zip(&mut times[1..]) {
            let (module, ms) = timed(|| wasmtime::Module::new(engine, bytes));
            module?;
            times.push(ms);
        }
    }
    let [ours, cranelift, winch] = times.map(median);
    let (over, under) = (ours / cranelift, ours / winch);
    println!("| {name} | {size:.1} | {ours:.0} | {cranelift:.0} | {winch:.0} | {over:.3} | {under:.2} |");
    Ok(())
}
