//! wasmi, as the benchmark uses it.

use crate::Failure;
use wasmi::{CompilationMode, Config};

crate::host::embedding!(wasmi, instantiate_and_start, wasmi::Error::new);

/// Loads a module and enters it.
pub(crate) fn enter(bytes: &[u8], mode: &str) -> Result<(), Failure> {
    let engine = engine(mode);
    if mode == "validate" {
        return Ok(Module::validate(&engine, bytes)?);
    }
    start(&Module::new(&engine, bytes)?)?;
    Ok(())
}

pub(crate) fn engine(mode: &str) -> Engine {
    let eager = mode == "eager";
    let mut config = Config::default();
    config.compilation_mode(if eager { CompilationMode::Eager } else { CompilationMode::LazyTranslation });
    Engine::new(&config)
}
