//! What loading a module costs, beside wasmi: to validate it, to load it for translation when called, and to
//! translate it whole.
//!
//! Out: a table in Markdown, milliseconds of CPU time of this thread.

use crate::Failure;
use crate::clock::turns;
use crate::suite::{here, read};
use std::path::PathBuf;

const ROUNDS: usize = 7;

pub(crate) fn run(quick: bool) -> Result<(), Failure> {
    println!("| module | MiB | what | ringzero ms | wasmi ms | ÷ wasmi |\n|---|---:|---|---:|---:|---:|");
    let mut notes = Vec::new();
    for (name, path) in modules() {
        match read(&path) {
            Ok(bytes) => rows(name, &bytes, if quick { 3 } else { ROUNDS })?,
            Err(error) => notes.push(format!("{name}: {error}")),
        }
    }
    println!();
    crate::remark(&notes);
    Ok(())
}

pub(crate) fn modules() -> [(&'static str, PathBuf); 3] {
    let guests = here().join("../guests/build");
    [
        ("sqlite", guests.join("sqlite.wasm")),
        ("quickjs", guests.join("quickjs.wasm")),
        ("ruby", crate::large::module()),
    ]
}

fn rows(name: &str, bytes: &[u8], rounds: usize) -> Result<(), Failure> {
    let size = bytes.len() as f64 / f64::from(1 << 20);
    for mode in ["validate", "lazy", "eager"] {
        let (ours, wasmi) = (crate::ours::engine(mode)?, crate::peer::engine(mode));
        let [ours, wasmi] = turns(
            rounds,
            [
                &mut || match mode {
                    "validate" => Ok(ringzero::Module::validate(&ours, bytes)?),
                    _ => ringzero::Module::new(&ours, bytes).map(drop).map_err(Failure::from),
                },
                &mut || match mode {
                    "validate" => Ok(wasmi::Module::validate(&wasmi, bytes)?),
                    _ => wasmi::Module::new(&wasmi, bytes).map(drop).map_err(Failure::from),
                },
            ],
        )?;
        println!("| {name} | {size:.1} | {mode} | {ours:.1} | {wasmi:.1} | {:.2} |", ours / wasmi);
    }
    Ok(())
}
