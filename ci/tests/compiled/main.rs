//! Compiled code beside the interpreter: small programs with many arguments, and larger ones, with how much faster they
//! are.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bombs;
mod bulk;
mod compare;
mod counting;
mod first_calls;
mod given_back;
mod host_calls;
mod images;
mod memories;
mod programs;
mod vectors;

use ringzero::{Config, Engine, Linker, Module, Store, Strategy};
use ringzero_platform_std::StdPlatform;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// What running `run(rounds)` of a module gives, and how long it takes.
fn run(wasm: &[u8], strategy: Strategy, rounds: u32) -> Result<(u64, f64), ringzero::Error> {
    let engine = Engine::new(&Config::new().strategy(strategy).platform(Arc::new(StdPlatform)))?;
    let module = Module::new(&engine, wasm)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<u32, u64>(&mut store, "run")?;
    run.call(&mut store, 1)?;
    let start = Instant::now();
    let result = run.call(&mut store, rounds)?;
    Ok((result, start.elapsed().as_secs_f64() * 1e3))
}

#[test]
fn programs_compute_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/programs/prebuilt");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut text = String::from("\n");
    let mut compared = 0;
    for file in files {
        let wasm = std::fs::read(&file).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let compiled = match run(&wasm, Strategy::Compiled, 3) {
            Ok(compiled) => compiled,
            Err(error) => {
                text += &format!("{name}: {error}\n");
                continue;
            }
        };
        let interpreted = run(&wasm, Strategy::Interpreter, 3).unwrap();
        assert_eq!(compiled.0, interpreted.0, "{name}");
        compared += 1;
        let ratio = compiled.1 / interpreted.1;
        text += &format!(
            "{name}: {:.2} ms compiled, {:.2} ms interpreted: {ratio:.3}\n",
            compiled.1, interpreted.1
        );
    }
    std::io::stdout().write_all(text.as_bytes()).unwrap();
    assert!(compared >= 8);
}
