//! A large module, each measurement in a process of its own.

use crate::clock::{median, timed};
use crate::cranelift::Compiler;
use crate::suite::{here, read};
use crate::{Failure, cranelift, ours, peer};
use std::path::PathBuf;
use std::process::Command;

const ROUNDS: usize = 5;

/// The module of 16 MiB.
pub(crate) fn module() -> PathBuf {
    here().join("target/npm/node_modules/@ruby/3.4-wasm-wasi/dist/ruby.wasm")
}

pub(crate) fn run() -> Result<(), Failure> {
    if let Err(error) = read(&module()) {
        println!("- {error}");
        return Ok(());
    }
    println!("| mode | engine | ms | peak MiB |\n|---|---|---:|---:|");
    let interpreters = ["validate", "lazy", "eager"].map(|mode| (mode, &["ringzero", "wasmi"][..]));
    for (mode, engines) in interpreters.into_iter().chain([
        ("compiled when called", &["ringzero"][..]),
        ("compiled", &["ringzero", "Cranelift", "Winch"]),
    ]) {
        for &engine in engines {
            let (mut times, mut peaks) = (Vec::new(), Vec::new());
            for _ in 0..if mode == "compiled" { 1 } else { ROUNDS } {
                let (time, peak) = measure(engine, mode)?;
                times.push(time);
                peaks.push(peak);
            }
            println!("| {mode} | {engine} | {:.1} | {:.1} |", median(times), median(peaks));
        }
    }
    Ok(())
}

fn measure(engine: &str, mode: &str) -> Result<(f64, f64), Failure> {
    let done = Command::new(std::env::current_exe()?).args(["enter", engine, mode]).output()?;
    let text = String::from_utf8(done.stdout)?;
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    match (numbers.next(), numbers.next(), done.status.success()) {
        (Some(time), Some(peak), true) => Ok((time?, peak?)),
        _ => Err(format!("{engine}, {mode}: {}", String::from_utf8_lossy(&done.stderr)).into()),
    }
}

/// In the child process: prints milliseconds and the peak of memory in MiB.
pub(crate) fn enter(engine: &str, mode: &str) -> Result<(), Failure> {
    let bytes = std::fs::read(module())?;
    let (entered, time) = timed(|| match engine {
        "ringzero" => ours::enter(&bytes, mode),
        "Cranelift" => cranelift::enter(&bytes, Compiler::Cranelift),
        "Winch" => cranelift::enter(&bytes, Compiler::Winch),
        _ => peer::enter(&bytes, mode),
    });
    entered?;
    println!("{time} {}", peak_mib()?);
    Ok(())
}

fn peak_mib() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).ok_or("no peak of memory is known")?;
    let kib: f64 = line.split_whitespace().next().ok_or("no number")?.parse()?;
    Ok(kib / 1024.0)
}
