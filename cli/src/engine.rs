//! An engine from options, and a module from bytes.
//!
//! In: [`EngineArgs`], bytes. Out: [`Engine`], [`Module`], or a line that names the file and the offset.

use std::path::Path;
use std::sync::Arc;

use ringzero::platform::Profiler;
use ringzero::{Config, Engine, Module, Strategy};
use ringzero_platform_std::{PerfMap, StdPlatform};

use crate::args::{EngineArgs, EngineChoice, ProfileChoice};
use crate::report::Failure;

/// The configuration that the options ask for.
///
/// # Errors
/// A profile that cannot be written.
pub(crate) fn config(args: &EngineArgs) -> Result<Config, Failure> {
    let mut config = Config::new().platform(Arc::new(StdPlatform));
    config = config.strategy(match args.engine {
        EngineChoice::Auto => Strategy::Auto,
        EngineChoice::Interpreter => Strategy::Interpreter,
        EngineChoice::Compiled => Strategy::Compiled,
    });
    if let Some(features) = args.features {
        config = config.features(features);
    }
    if let Some(stack) = args.stack {
        config = config.max_stack(usize::try_from(stack).unwrap_or(usize::MAX));
    }
    if let Some(profile) = args.profile {
        let profiler = profiler(profile).map_err(|error| Failure::about("profile", error))?;
        config = config.profiler(profiler);
    }
    Ok(config)
}

fn profiler(choice: ProfileChoice) -> std::io::Result<Arc<dyn Profiler>> {
    match choice {
        ProfileChoice::Perfmap => Ok(Arc::new(PerfMap::new()?)),
        #[cfg(target_os = "linux")]
        ProfileChoice::Jitdump => Ok(Arc::new(ringzero_platform_std::JitDump::new(Path::new("."))?)),
        #[cfg(not(target_os = "linux"))]
        ProfileChoice::Jitdump => Err(std::io::ErrorKind::Unsupported.into()),
    }
}

/// An engine, or what the configuration asks in vain.
pub(crate) fn engine(config: Config) -> Result<Engine, Failure> {
    Engine::new(&config).map_err(|error| Failure::about("engine", error))
}

/// Validates and prepares a module.
pub(crate) fn compile(engine: &Engine, path: &Path, bytes: Vec<u8>) -> Result<Module, Failure> {
    Module::from_vec(engine, bytes).map_err(|error| Failure::about(path.display(), error))
}
