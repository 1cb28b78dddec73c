//! ringzero, as the benchmark uses it.

use crate::Failure;
use ringzero::{Compilation, Config, Engine, Error, ExternType, Linker, Module, Store, Strategy, TypedFunc};
use ringzero_platform_std::{JitDump, StdPlatform};
use ringzero_wasi::{WasiCtx, WasiCtxBuilder};
use std::sync::Arc;

/// A small program, ready to be called.
pub(crate) struct Program {
    store: Store<WasiCtx>,
    run: TypedFunc<i32, i64>,
}

impl Program {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, Failure> {
        Self::with(bytes, Config::new())
    }

    /// Where fuel is on, there is as much as anyone can want.
    pub(crate) fn with(bytes: &[u8], config: Config) -> Result<Self, Failure> {
        let engine = Engine::new(&config.compilation(Compilation::Eager))?;
        let module = Module::new(&engine, bytes)?;
        let (mut store, linker) = prepare(&module)?;
        if store.get_fuel().is_ok() {
            store.set_fuel(u64::MAX)?;
        }
        let instance = linker.instantiate(&mut store, &module)?;
        instance.run_start(&mut store, &["_initialize"])?;
        let run = instance.get_typed_func(&mut store, "run")?;
        Ok(Self { store, run })
    }

    pub(crate) fn run(&mut self, argument: i32) -> Result<i64, Failure> {
        Ok(self.run.call(&mut self.store, argument)?)
    }
}

/// Machine code, all of it made when a module is loaded, on this thread; with memories from the operating system, so
/// that they are guarded.
pub(crate) fn compiled() -> Config {
    let config = Config::new().strategy(Strategy::Compiled).platform(Arc::new(StdPlatform));
    let config = config.compilation(Compilation::Eager).parallel_compilation(false);
    // For those who look into a profile.
    match std::env::var_os("RINGZERO_JITDUMP").and_then(|folder| JitDump::new(folder.as_ref()).ok()) {
        Some(dump) => config.profiler(Arc::new(dump)),
        None => config,
    }
}

/// Loads a module and enters it: its `_initialize` where it has one.
pub(crate) fn enter(bytes: &[u8], mode: &str) -> Result<(), Failure> {
    let engine = match mode {
        "compiled" => Engine::new(&compiled())?,
        "compiled when called" => Engine::new(&compiled().compilation(Compilation::Lazy))?,
        _ => engine(mode)?,
    };
    if mode == "validate" {
        return Ok(Module::validate(&engine, bytes)?);
    }
    let module = Module::new(&engine, bytes)?;
    let (mut store, linker) = prepare(&module)?;
    let instance = linker.instantiate(&mut store, &module)?;
    Ok(instance.run_start(&mut store, &["_initialize"])?)
}

pub(crate) fn engine(mode: &str) -> Result<Engine, Failure> {
    let compilation = if mode == "eager" { Compilation::Eager } else { Compilation::Lazy };
    Ok(Engine::new(&Config::new().compilation(compilation))?)
}

/// WASI without any grant; whatever else the module imports can be linked and not be called.
fn prepare(module: &Module) -> Result<(Store<WasiCtx>, Linker<WasiCtx>), Failure> {
    let store = Store::new(module.engine(), WasiCtxBuilder::new().build()?);
    let mut linker = Linker::new(module.engine());
    ringzero_wasi::add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx)?;
    for import in module.imports().filter(|i| !i.module().starts_with("wasi_")) {
        if let ExternType::Func(ty) = import.ty() {
            let absent = |_: ringzero::Caller<'_, WasiCtx>, _: &[_], _: &mut [_]| -> Result<(), Error> {
                Err(Error::host(std::io::Error::other("not provided")))
            };
            linker.func_new(import.module(), import.name(), ty, absent)?;
        }
    }
    Ok((store, linker))
}
