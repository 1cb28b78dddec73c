//! wasmtime with its compilers, as the benchmark uses it: Cranelift, the optimising one, and Winch, of one pass.

use crate::{Failure, host};
use wasmtime::{
    Caller, Config, Engine, Extern, ExternType, Linker, Module, Store, Strategy, TypedFunc, Val, bail,
};

/// Which of the compilers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compiler {
    Cranelift,
    Winch,
}

/// A small program, ready to be called.
pub(crate) struct Program {
    store: Store<()>,
    run: TypedFunc<i32, i64>,
}

impl Program {
    pub(crate) fn new(bytes: &[u8], compiler: Compiler) -> Result<Self, Failure> {
        let engine = engine(compiler)?;
        let module = Module::new(&engine, bytes)?;
        let mut store = Store::new(&engine, ());
        let instance = linker(&module)?.instantiate(&mut store, &module)?;
        let run = instance.get_typed_func(&mut store, "run")?;
        Ok(Self { store, run })
    }

    pub(crate) fn run(&mut self, argument: i32) -> Result<i64, Failure> {
        Ok(self.run.call(&mut self.store, argument)?)
    }
}

/// As a program gets it that sets nothing else: guard pages, the optimisations for speed. It compiles on the thread
/// that asks, because the crate's feature for doing so on several is off.
pub(crate) fn engine(compiler: Compiler) -> Result<Engine, Failure> {
    let mut config = Config::new();
    config.strategy(match compiler {
        Compiler::Cranelift => Strategy::Cranelift,
        Compiler::Winch => Strategy::Winch,
    });
    Ok(Engine::new(&config)?)
}

/// Loads a module and enters it: its `_initialize` where it has one.
pub(crate) fn enter(bytes: &[u8], compiler: Compiler) -> Result<(), Failure> {
    let engine = engine(compiler)?;
    let module = Module::new(&engine, bytes)?;
    let mut store = Store::new(&engine, ());
    let instance = linker(&module)?.instantiate(&mut store, &module)?;
    if let Ok(start) = instance.get_typed_func::<(), ()>(&mut store, "_initialize") {
        start.call(&mut store, ())?;
    }
    Ok(())
}

/// Functions that answer as [`host::answer`] says; what is not WASI's cannot be called.
fn linker(module: &Module) -> Result<Linker<()>, Failure> {
    let mut linker = Linker::new(module.engine());
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else { continue };
        let name = import.name().to_owned();
        linker.func_new(import.module(), import.name(), ty, move |caller, args, results| {
            let Some(result) = results.first_mut() else { bail!("not provided") };
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
