//! wasmi, as the benchmark uses it.

use crate::Failure;
use wasmi::{CompilationMode, Config, Engine, ExternType, Linker, Module, Store, TypedFunc};

/// A small program, ready to be called.
pub(crate) struct Program {
    store: Store<()>,
    run: TypedFunc<i32, i64>,
}

impl Program {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, Failure> {
        let engine = engine(CompilationMode::Eager);
        let module = Module::new(&engine, bytes)?;
        let mut store = Store::new(&engine, ());
        let instance = linker(&module)?.instantiate_and_start(&mut store, &module)?;
        let run = instance.get_typed_func(&store, "run")?;
        Ok(Self { store, run })
    }

    pub(crate) fn run(&mut self, argument: i32) -> Result<i64, Failure> {
        Ok(self.run.call(&mut self.store, argument)?)
    }
}

/// Loads a module and enters it: its `_initialize` where it has one.
pub(crate) fn enter(bytes: &[u8], mode: &str) -> Result<(), Failure> {
    let engine = engine(if mode == "eager" { CompilationMode::Eager } else { CompilationMode::LazyTranslation });
    if mode == "validate" {
        return Ok(Module::validate(&engine, bytes)?);
    }
    let module = Module::new(&engine, bytes)?;
    let mut store = Store::new(&engine, ());
    let instance = linker(&module)?.instantiate_and_start(&mut store, &module)?;
    if let Ok(start) = instance.get_typed_func::<(), ()>(&store, "_initialize") {
        start.call(&mut store, ())?;
    }
    Ok(())
}

fn engine(mode: CompilationMode) -> Engine {
    let mut config = Config::default();
    config.compilation_mode(mode);
    Engine::new(&config)
}

/// The WASI functions that a start asks for answer that there is nothing; the others cannot be called.
fn linker(module: &Module) -> Result<Linker<()>, Failure> {
    let mut linker = Linker::new(module.engine());
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else { continue };
        // `fd_prestat_get` ends the list of preopened directories with EBADF.
        let answer = match import.name() {
            "environ_get" | "environ_sizes_get" | "args_get" | "args_sizes_get" | "clock_time_get" => Some(0),
            "fd_prestat_get" => Some(8),
            _ => None,
        };
        linker.func_new(import.module(), import.name(), ty.clone(), move |_, _, results| {
            match (answer, results.first_mut()) {
                (Some(errno), Some(result)) => *result = wasmi::Val::I32(errno),
                _ => return Err(wasmi::Error::new("not provided")),
            }
            Ok(())
        })?;
    }
    Ok(linker)
}
