//! `ringzero run`: load, compile, link, start.
//!
//! In: [`RunArgs`]. Out: the guest's effects and its exit status. Instantiation runs the module's own start
//! function; then come `_initialize` and either `_start` or the export that was named.

use ringzero::{Instance, Linker, Module, Store, StoreLimits, StoreLimitsBuilder};
use ringzero_wasi::WasiCtx;
use wasmparser::{Parser, Payload};

use crate::args::RunArgs;
use crate::progress::Progress;
use crate::report::Failure;
use crate::{engine, invoke, load, sandbox};

/// The names of WASI preview 1 and of its predecessor.
const WASI: [&str; 2] = ["wasi_snapshot_preview1", "wasi_unstable"];

/// What a store of this command holds.
pub(crate) struct Host {
    wasi: WasiCtx,
    limits: StoreLimits,
}

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let progress = Progress::start(args.file());
    let bytes = load::load(args.file())?;
    let mut config = engine::config(&args.engine)?.deterministic(args.deterministic);
    if let Some(bytes) = args.max_memory {
        // No single memory can be larger than all together: none reserves more address space.
        config = config.max_memory(bytes);
    }
    config = config.fuel(args.fuel.is_some()).interruption(args.timeout.is_some());
    let engine = engine::engine(config)?;
    let starts = has_start_section(&bytes);
    let module = engine::compile(&engine, args.file(), bytes)?;
    drop(progress);
    let mut store = Store::new(&engine, Host { wasi: sandbox::sandbox(args)?, limits: limits(args) });
    store.limiter(|host| &mut host.limits);
    if let Some(fuel) = args.fuel {
        store.set_fuel(fuel).map_err(Failure::of_call)?;
    }
    let mut linker = Linker::new(&engine);
    if module.imports().any(|import| WASI.contains(&import.module())) {
        ringzero_wasi::add_to_linker(&mut linker, |host: &mut Host| &mut host.wasi)
            .map_err(Failure::of_call)?;
    }
    if args.invoke.is_none() && !starts {
        something_to_run(args, &module)?;
    }
    if let Some(timeout) = args.timeout {
        store.set_deadline_after(timeout).map_err(Failure::of_call)?;
    }
    let instance = linker.instantiate(&mut store, &module).map_err(|error| about_call(args, error))?;
    start(args, &mut store, instance)
}

/// What the guest's memories may take together.
fn limits(args: &RunArgs) -> StoreLimits {
    let limits = StoreLimitsBuilder::new();
    match args.max_memory {
        Some(bytes) => limits.total_memory(bytes).build(),
        None => limits.build(),
    }
}

fn start(args: &RunArgs, store: &mut Store<Host>, instance: Instance) -> Result<(), Failure> {
    match &args.invoke {
        None => {
            instance.run_start(store, &["_initialize", "_start"]).map_err(|error| about_call(args, error))
        }
        Some(name) => {
            instance.run_start(&mut *store, &["_initialize"]).map_err(|error| about_call(args, error))?;
            invoke::invoke(store, instance, name, args.guest_args())
        }
    }
}

/// Traps and exits speak for themselves; another error is about the file.
fn about_call(args: &RunArgs, error: ringzero::Error) -> Failure {
    match Failure::of_call(error) {
        Failure::Host(text) => Failure::about(args.file().display(), text),
        other => other,
    }
}

/// A library does nothing by itself: say so, and what could be called.
fn something_to_run(args: &RunArgs, module: &Module) -> Result<(), Failure> {
    if ["_start", "_initialize"].iter().any(|name| module.get_export(name).is_some()) {
        return Ok(());
    }
    let functions = invoke::function_names(module);
    let hint = match functions.as_slice() {
        [] => "it exports no function".to_owned(),
        names => format!("name a function with --invoke: {}", names.join(", ")),
    };
    Err(Failure::about(args.file().display(), format_args!("nothing to run: there is no `_start`; {hint}")))
}

fn has_start_section(bytes: &[u8]) -> bool {
    let sections = Parser::new(0).parse_all(bytes);
    sections.map_while(Result::ok).any(|section| matches!(section, Payload::StartSection { .. }))
}
