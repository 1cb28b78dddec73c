//! What compiling takes where it is hard: `cargo run --release -p ringzero-ci --example bombs`.
//!
//! Each family of `ringzero_ci::bombs` at a quarter of its size, at half and whole: CPU time of the thread, and the peak
//! of a process of its own, in which the module is made, validated and compiled.

use ringzero::{Config, Engine, Module, Strategy};
use ringzero_ci::bombs::{BOMBS, Bomb};
use ringzero_platform_std::StdPlatform;
use std::process::Command;
use std::sync::Arc;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [name, size] = &args[..] {
        let bomb = BOMBS.iter().find(|bomb| bomb.name == name).ok_or("no family has this name")?;
        return one(bomb, size.parse()?);
    }
    println!("{:45} {:>9} {:>9} {:>9} {:>9}  outcome", "", "size", "KiB", "ms", "peak MiB");
    for bomb in BOMBS {
        for size in [bomb.size / 4, bomb.size / 2, bomb.size] {
            let done =
                Command::new(std::env::current_exe()?).args([bomb.name, &size.to_string()]).output()?;
            if !done.status.success() {
                println!("{:45} {size:9} {}", bomb.name, String::from_utf8_lossy(&done.stderr));
                continue;
            }
            print!("{:45} {}", bomb.name, String::from_utf8(done.stdout)?);
        }
    }
    Ok(())
}

/// In the child process.
fn one(bomb: &Bomb, size: u32) -> Result<(), Failure> {
    let bytes = bomb.module(size);
    let config = Config::new().strategy(Strategy::Compiled).platform(Arc::new(StdPlatform));
    let engine = Engine::new(&config)?;
    let begin = cpu_ms()?;
    let outcome = match Module::new(&engine, &bytes) {
        Ok(_) => "compiled".to_owned(),
        Err(error) => error.to_string(),
    };
    let (ms, peak) = (cpu_ms()? - begin, peak_mib()?);
    println!("{size:9} {:9} {ms:9.1} {peak:9.1}  {outcome}", bytes.len() >> 10);
    Ok(())
}

/// What this thread has had of a processor.
fn cpu_ms() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split_whitespace().next().ok_or("no time is known")?.parse::<f64>()? / 1e6)
}

fn peak_mib() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).ok_or("no peak of memory is known")?;
    Ok(line.split_whitespace().next().ok_or("no number")?.parse::<f64>()? / 1024.0)
}
