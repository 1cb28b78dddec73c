//! Writes the modules of the specification's suite as a corpus for libFuzzer:
//! `cargo run -p ringzero-ci --example corpus -- ci/fuzz/corpus/module`.

use ringzero_ci::fuzz::Inputs;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder =
        std::env::args_os().nth(1).map_or_else(|| PathBuf::from("ci/fuzz/corpus/module"), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let inputs = Inputs::new();
    for (number, seed) in inputs.seeds().enumerate() {
        std::fs::write(folder.join(format!("suite-{number:05}")), seed)?;
    }
    println!("{} modules in {}", inputs.seed_count(), folder.display());
    Ok(())
}
