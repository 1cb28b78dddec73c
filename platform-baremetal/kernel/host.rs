//! The host: one program, what the command line grants it, and its exit status.
//!
//! In: a [`Machine`] and [`Options`]. Out: what the program writes, and a status: its own, 134 after a trap, 2 for a
//! wrong command line, 1 for anything else. From here on all is safe Rust, and nothing is x86 or a PC.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use ringzero::platform::path::resolve;
use ringzero::platform::{Dir, ErrorKind, FakeClock, Node, OpenOptions, ReadOnly, Stream};
use ringzero::{Config, Engine, Error, Linker, Module, Store, StoreLimits, StoreLimitsBuilder, Strategy};
use ringzero_platform_baremetal::{Archive, MemoryDir, Quota, words};
use ringzero_wasi::{DeterministicEntropy, WasiCtx, WasiCtxBuilder, add_to_linker};

use crate::machine::Machine;
use crate::options::Options;
use crate::piped::Piped;

/// How every binary module begins.
const MAGIC: &[u8] = b"\0asm";
/// The status of a program that a shell saw abort.
const TRAPPED: u32 = 134;

struct Guest {
    wasi: WasiCtx,
    limits: StoreLimits,
}

/// Runs the program that the machine was started with.
pub(crate) fn run(machine: &Machine) -> u32 {
    let words = words::split(&machine.boot.command_line);
    let options = words.map_err(|error| format!("{error}")).and_then(Options::parse);
    match options {
        Ok(options) => start(machine, &options).unwrap_or_else(|why| complain(machine, &why, 1)),
        Err(why) => complain(machine, &why, 2),
    }
}

fn complain(machine: &Machine, why: &str, status: u32) -> u32 {
    machine.console.complain(format_args!("error: {why}\n"));
    status
}

fn start(machine: &Machine, options: &Options) -> Result<u32, String> {
    let about = |error: Error| format!("{}: {error}", String::from_utf8_lossy(&options.words[0]));
    let files = files(machine, options)?;
    let bytes = program(machine, &files, options)?;
    let mut config = Config::new().platform(machine.platform()).deterministic(options.deterministic);
    if let Some(bytes) = options.max_memory {
        config = config.max_memory(bytes);
    }
    if options.compiled {
        config = config.strategy(Strategy::Compiled);
    }
    config = config.fuel(options.fuel.is_some()).interruption(options.timeout.is_some());
    let engine = Engine::new(&config).map_err(about)?;
    let module = Module::from_vec(&engine, bytes).map_err(about)?;
    let mut store =
        Store::new(&engine, Guest { wasi: grants(machine, &files, options)?, limits: limits(options) });
    store.limiter(|guest| &mut guest.limits);
    if let Some(fuel) = options.fuel {
        store.set_fuel(fuel).map_err(about)?;
    }
    let mut linker = Linker::new(&engine);
    add_to_linker(&mut linker, |guest: &mut Guest| &mut guest.wasi).map_err(about)?;
    let alarm = options.timeout.map(|time| machine.alarm(time, store.interrupt_handle()));
    let ended =
        linker.instantiate(&mut store, &module).and_then(|instance| ringzero_wasi::run(&mut store, instance));
    drop(alarm);
    ended.or_else(|error| trapped(machine, error).map_err(about))
}

/// Says why a program was ended, as `ringzero run` does.
fn trapped(machine: &Machine, error: Error) -> Result<u32, Error> {
    if error.trap().is_none() {
        return Err(error);
    }
    machine.console.complain(format_args!("error: {error}\n"));
    if let Some(backtrace) = error.backtrace() {
        machine.console.complain(format_args!("{backtrace}\n"));
    }
    Ok(TRAPPED)
}

/// The program's bytes: the initial file itself, or the file of that name in the archive that it is.
fn program(machine: &Machine, files: &Arc<dyn Dir>, options: &Options) -> Result<Vec<u8>, String> {
    let initial = machine.boot.file.ok_or("no program: give one with -initrd")?;
    let name = &options.words[0];
    let about = |error| format!("{}: {error}", String::from_utf8_lossy(name));
    let mut bytes = Vec::new();
    if initial.starts_with(MAGIC) {
        bytes.try_reserve_exact(initial.len()).map_err(|_| about(ErrorKind::OutOfMemory))?;
        bytes.extend_from_slice(initial);
        return Ok(bytes);
    }
    let Node::File(file) = open(files, name, false).map_err(about)? else {
        return Err(about(ErrorKind::IsDirectory));
    };
    let size = usize::try_from(file.stat().map_err(about)?.size).unwrap_or(usize::MAX);
    bytes.try_reserve_exact(size).map_err(|_| about(ErrorKind::OutOfMemory))?;
    bytes.resize(size, 0);
    let read = file.read_at(&mut [&mut bytes], 0).map_err(about)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// All files: those of the archive, if the initial file is one, below what the guest writes.
fn files(machine: &Machine, options: &Options) -> Result<Arc<dyn Dir>, String> {
    let mut quota = Quota::default();
    if let Some(bytes) = options.disk {
        quota.bytes = bytes;
    }
    let clock = machine.clock.clone();
    match machine.boot.file {
        Some(file) if !file.starts_with(MAGIC) => {
            let archive = Archive::tar(file).map_err(|error| format!("the initial file: {error}"))?;
            let root = MemoryDir::overlay(Arc::new(archive), quota, clock);
            Ok(root.map_err(|error| format!("files: {error}"))?)
        }
        _ => Ok(MemoryDir::with_clock(quota, clock)),
    }
}

/// What is at a path below a directory.
fn open(root: &Arc<dyn Dir>, path: &[u8], directory: bool) -> Result<Node, ErrorKind> {
    let found = resolve(root, path, true)?;
    match found.name {
        None => Ok(Node::Dir(found.dir)),
        Some(name) => found.dir.open(&name, OpenOptions { read: true, directory, ..OpenOptions::default() }),
    }
}

fn limits(options: &Options) -> StoreLimits {
    let limits = StoreLimitsBuilder::new();
    match options.max_memory {
        Some(bytes) => limits.total_memory(bytes).build(),
        None => limits.build(),
    }
}

/// What the program may reach: the serial line, the clocks, and what the command line names.
fn grants(machine: &Machine, files: &Arc<dyn Dir>, options: &Options) -> Result<WasiCtx, String> {
    let console = &machine.console;
    let stream = |descriptor: usize, stream: &Arc<dyn Stream>| match options.piped[descriptor] {
        true => Arc::new(Piped(stream.clone())),
        false => stream.clone(),
    };
    let mut builder = WasiCtxBuilder::new()
        .stdin(stream(0, &console.input))
        .stdout(stream(1, &console.output))
        .stderr(stream(2, &console.error))
        .arg(options.words[0].rsplit(|byte| *byte == b'/').next().unwrap_or_default())
        .args(&options.words[1..]);
    builder = if options.deterministic {
        builder.clock(Arc::new(FakeClock::default())).entropy(Arc::new(DeterministicEntropy::new(0)))
    } else {
        builder
            .clock(machine.clock.clone())
            .scheduler(machine.scheduler.clone())
            .entropy(machine.entropy.clone())
    };
    for (name, value) in &options.env {
        builder = builder.env(name, value);
    }
    for grant in &options.dirs {
        let about = |error| format!("--dir {}: {error}", grant.path);
        let Node::Dir(dir) = open(files, grant.path.as_bytes(), true).map_err(about)? else {
            return Err(about(ErrorKind::NotDirectory));
        };
        builder = match grant.read_only {
            true => builder.preopen(&grant.guest, Arc::new(ReadOnly::new(dir))),
            false => builder.preopen(&grant.guest, dir),
        };
    }
    builder.build().map_err(|error| format!("{error}"))
}
