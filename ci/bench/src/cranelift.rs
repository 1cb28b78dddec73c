//! wasmtime with its compilers, as the benchmark uses it: Cranelift, the optimising one, and Winch, of one pass.

use crate::Failure;
use wasmtime::{Config, Strategy};

crate::host::embedding!(wasmtime, instantiate, wasmtime::Error::msg);

/// Which of the compilers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compiler {
    Cranelift,
    Winch,
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

/// Loads a module and enters it.
pub(crate) fn enter(bytes: &[u8], compiler: Compiler) -> Result<(), Failure> {
    start(&Module::new(&engine(compiler)?, bytes)?)?;
    Ok(())
}
