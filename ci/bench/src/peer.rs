//! wasmi, as the benchmark uses it.

use crate::{Failure, host};
use wasmi::{
    Caller, CompilationMode, Config, Engine, Extern, ExternType, Linker, Module, Store, TypedFunc, Val,
};

/// A small program, ready to be called.
pub(crate) struct Program {
    store: Store<()>,
    run: TypedFunc<i32, i64>,
}

impl Program {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, Failure> {
        let engine = engine("eager");
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
    let engine = engine(mode);
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

pub(crate) fn engine(mode: &str) -> Engine {
    let eager = mode == "eager";
    let mut config = Config::default();
    config.compilation_mode(if eager { CompilationMode::Eager } else { CompilationMode::LazyTranslation });
    Engine::new(&config)
}

/// Functions that answer as [`host::answer`] says; what is not WASI's cannot be called.
fn linker(module: &Module) -> Result<Linker<()>, Failure> {
    let mut linker = Linker::new(module.engine());
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else { continue };
        let name = import.name().to_owned();
        linker.func_new(import.module(), import.name(), ty.clone(), move |caller, args, results| {
            let Some(result) = results.first_mut() else { return Err(wasmi::Error::new("not provided")) };
            *result = Val::I32(answer(&name, caller, args));
            Ok(())
        })?;
    }
    Ok(linker)
}

fn answer(name: &str, mut caller: Caller<'_, ()>, args: &[Val]) -> i32 {
    let mut words = [0; 9];
    for (word, arg) in words.iter_mut().zip(args) {
        *word = match arg {
            Val::I32(x) => u64::from(*x as u32),
            Val::I64(x) => *x as u64,
            _ => 0,
        };
    }
    let answer = host::answer(name, &words);
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    if let Some(bytes) = memory.map(|m| m.data_mut(&mut caller)) {
        for (at, word, len) in answer.writes {
            if let Some(place) = bytes.get_mut(at as usize..at as usize + len) {
                place.copy_from_slice(&word.to_le_bytes()[..len]);
            }
        }
    }
    answer.errno
}
