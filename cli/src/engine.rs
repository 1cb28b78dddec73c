//! An engine from options, and a module from bytes.
//!
//! In: [`EngineArgs`], bytes. Out: [`Engine`], [`Module`], or a line that names the file and the offset.

use std::path::Path;
use std::sync::Arc;

use ringzero::{Config, Engine, Module, Strategy};
use ringzero_platform_std::StdPlatform;

use crate::args::{EngineArgs, EngineChoice};
use crate::report::Failure;

/// The configuration that the options ask for.
pub(crate) fn config(args: &EngineArgs) -> Config {
    let mut config = Config::new().platform(Arc::new(StdPlatform));
    config = config.strategy(match args.engine {
        EngineChoice::Interpreter => Strategy::Interpreter,
        EngineChoice::Compiled => Strategy::Compiled,
    });
    if let Some(features) = args.features {
        config = config.features(features);
    }
    if let Some(stack) = args.stack {
        config = config.max_stack(usize::try_from(stack).unwrap_or(usize::MAX));
    }
    config
}

/// An engine, or what the configuration asks in vain.
pub(crate) fn engine(config: Config) -> Result<Engine, Failure> {
    Engine::new(&config).map_err(|error| Failure::about("engine", error))
}

/// Validates and prepares a module.
pub(crate) fn compile(engine: &Engine, path: &Path, bytes: Vec<u8>) -> Result<Module, Failure> {
    Module::from_vec(engine, bytes).map_err(|error| Failure::about(path.display(), error))
}
