//! Finds the first improvement of the compiler that makes a program's answer another one than the interpreter's:
//! `cargo run --release -p ringzero-ci --example bisect MODULE [EXPORT ARGUMENT...]`.
//!
//! In: a module, binary or text, and what of it to call, with integers and floats as arguments; a program's `_start` where
//! nothing is named, with this process's directory as `.`. Out: whether machine code answers as bytecode, and if not, the
//! function, the operator's offset, and the improvement. The answer is the results, or the trap, and what was written to
//! the standard output. Each trial is a process of its own: wrong code may crash, or never end.

use ringzero::{Config, Engine, Error, FirstWrong, Linker, Module, Store, Strategy, Val, ValType};
use ringzero_platform_std::{HostDir, StdPlatform};
use ringzero_wasi::{WasiCtx, WasiCtxBuilder};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some((word, rest)) = args.split_first()
        && let Some(limit) = word.strip_prefix("--trial=")
    {
        return trial(limit, rest);
    }
    let Some(path) = args.first() else {
        return Err("give a module, and what to call with what".into());
    };
    let begun = Instant::now();
    let expected = answer("interpreted", &args, Duration::MAX)?;
    let patience = begun.elapsed() * 2 + Duration::from_secs(10);
    let module = Module::new(&Engine::new(&compiled())?, wat::parse_file(path)?)?;
    let found = module.first_wrong(|function, count| {
        let answer = answer(&format!("{function},{count}"), &args, patience);
        let wrong = answer.map_err(|error| Error::message(error.to_string()))? != expected;
        println!(
            "{function:7} functions improved, {count:5} in that: {}",
            if wrong { "wrong" } else { "right" }
        );
        Ok(wrong)
    })?;
    match found {
        FirstWrong::Nothing => println!("machine code answers as bytecode does"),
        FirstWrong::NoImprovement => println!("wrong, though nothing is improved"),
        FirstWrong::Found { function, count, improvement } => println!(
            "function {function}, improvement {count}, operator at {:#x}: {}",
            improvement.offset, improvement.name
        ),
    }
    Ok(())
}

fn compiled() -> Config {
    Config::new().strategy(Strategy::Compiled).platform(Arc::new(StdPlatform))
}

/// What a process says and how it ends; nothing after so long.
fn answer(limit: &str, args: &[String], patience: Duration) -> Result<Option<String>, Failure> {
    let mut child = Command::new(std::env::current_exe()?);
    child.arg(format!("--trial={limit}")).args(args).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = child.stderr(Stdio::null()).spawn()?;
    let out = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        let read = out.map(|mut out| std::io::Read::read_to_end(&mut out, &mut text));
        read.transpose().map(|_| String::from_utf8_lossy(&text).into_owned())
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if begun.elapsed() > patience {
            child.kill()?;
            break None;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let text = reader.join().map_err(|_| "the reader panicked")??;
    child.wait()?;
    Ok(status.map(|status| format!("{text}\n{status}")))
}

/// In a process of its own: the answer, on the standard output.
fn trial(limit: &str, args: &[String]) -> Result<(), Failure> {
    let config = match limit.split_once(',') {
        Some((function, count)) => compiled().limit_improvements(function.parse()?, count.parse()?),
        None => Config::new().platform(Arc::new(StdPlatform)),
    };
    let engine = Engine::new(&config)?;
    let module = Module::new(&engine, wat::parse_file(&args[0])?)?;
    let mut builder = WasiCtxBuilder::new().stdout(ringzero_platform_std::stdout());
    builder = builder.preopen(".", HostDir::open(".")?);
    let mut store = Store::new(&engine, builder.build()?);
    let mut linker = Linker::new(&engine);
    ringzero_wasi::add_to_linker(&mut linker, |wasi: &mut WasiCtx| wasi)?;
    let instance = linker.instantiate(&mut store, &module)?;
    let Some((name, words)) = args[1..].split_first() else {
        match ringzero_wasi::run(&mut store, instance) {
            Ok(status) => println!("status {status}"),
            Err(error) => println!("{error}"),
        }
        return Ok(());
    };
    let func = instance.get_func(&store, name).ok_or("no such function is exported")?;
    let ty = func.ty(&store);
    let mut values = Vec::new();
    for (ty, word) in ty.params().iter().zip(words) {
        values.push(match ty {
            ValType::I32 => Val::I32(word.parse()?),
            ValType::I64 => Val::I64(word.parse()?),
            ValType::F32 => Val::F32(word.parse::<f32>()?.to_bits()),
            ValType::F64 => Val::F64(word.parse::<f64>()?.to_bits()),
            other => return Err(format!("no argument of type {other} can be given").into()),
        });
    }
    let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
    match func.call(&mut store, &values, &mut results) {
        Ok(()) => println!("{results:?}"),
        Err(error) => println!("{error}"),
    }
    Ok(())
}
