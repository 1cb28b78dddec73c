//! ringzero beside wasmi and wasm3, and its compiler beside wasmtime's, in one process: programs, fuel, calls,
//! instances, memories, translation, a large module.
//!
//! In: modules committed here and beside the tests, and what `./fetch` brings. Out: tables in Markdown on standard
//! output. It asserts that the engines agree; it does not judge their times.

mod calls;
mod clock;
mod count;
mod cranelift;
mod facts;
mod host;
mod instantiate;
mod large;
mod machine;
mod memory;
mod native;
mod ours;
mod overhead;
mod peer;
mod programs;
mod reuse;
mod suite;
mod translate;
mod wasm3;

use std::process::ExitCode;

/// What went wrong: the benchmark only passes it on.
type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: ringzero-bench [--quick] [TABLE [NAME…]]
tables: programs, overhead, compiled, compile, costs, calls, instantiate, reuse, memory, translate, large; all of
them where none is named
names of programs make `programs`, `overhead`, `compiled` and `costs` shorter
also: count [--against FILE] [NAME…], instructions of each program by valgrind";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let quick = take(&mut args, "--quick");
    let Some((table, names)) = args.split_first() else { return all(quick) };
    match (table.as_str(), names) {
        ("programs", names) => programs::run(names, quick),
        ("compiled", names) => machine::run(names, quick),
        ("compile", []) => machine::compile(quick),
        ("overhead", names) => overhead::run(names, quick),
        ("costs", names) => overhead::compiled(names, quick),
        ("memory", []) => memory::run(),
        ("calls", []) => calls::run(),
        ("instantiate", []) => instantiate::run(),
        ("reuse", []) => reuse::run(),
        ("translate", []) => translate::run(quick),
        ("large", []) => large::run(),
        ("count", [against, file, names @ ..]) if against == "--against" => count::run(names, Some(file)),
        ("count", names) => count::run(names, None),
        ("one", [name]) => count::one(name),
        ("enter", [engine, mode]) => large::enter(engine, mode),
        _ => Err(USAGE.into()),
    }
}

/// Removes an option, and says whether it was there.
fn take(args: &mut Vec<String>, option: &str) -> bool {
    let before = args.len();
    args.retain(|arg| arg != option);
    args.len() < before
}

/// What a table leaves out, and why.
fn remark(notes: &[String]) {
    notes.iter().for_each(|note| println!("- {note}"));
    if !notes.is_empty() {
        println!();
    }
}

/// The page of results.
fn all(quick: bool) -> Result<(), Failure> {
    println!(
        "# Results\n\nMade by `cargo run --release{}`; the [page](README.md) says what is measured.\n",
        if quick { " -- --quick" } else { "" }
    );
    facts::print();
    println!("## Programs\n");
    programs::run(&[], quick)?;
    println!("## Fuel and interruption\n\nAs multiples of the time with both off.\n");
    overhead::run(&[], quick)?;
    println!("## Machine code\n");
    machine::run(&[], quick)?;
    println!("## Compilation\n");
    machine::compile(quick)?;
    println!("## What machine code pays for\n\nAs multiples of the time with guards and nothing else.\n");
    overhead::compiled(&[], quick)?;
    println!("## Calls\n");
    calls::run()?;
    println!("## Instances\n");
    instantiate::run()?;
    println!("## Instances again and again\n");
    reuse::run()?;
    println!("## Memories\n");
    memory::run()?;
    println!("## Translation\n");
    translate::run(quick)?;
    println!("## The large module\n");
    large::run()
}
