//! The specification's suite in ring 0, by the runner's own source.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use ringzero::{Bounds, Config, Engine, Features, Strategy};

use crate::machine::Machine;
use crate::say;

#[path = "../../../ci/src/spec/check.rs"]
mod check;
#[path = "../../../ci/src/spec/report.rs"]
#[allow(unreachable_pub, reason = "public where the tests of the host use it")]
mod report;
#[path = "../../../ci/src/spec/run.rs"]
mod run;
#[path = "../../../ci/src/spec/spectest.rs"]
mod spectest;
#[path = "../../../ci/src/spec/step.rs"]
#[allow(unreachable_pub, dead_code, reason = "as above; scripts are only read here")]
mod step;

use report::Report;
use step::Script;

/// Runs groups of scripts, each on a line of its own with its counts.
pub(super) fn check(
    machine: &Machine,
    (strategy, bounds): (Strategy, Bounds),
    data: &[u8],
) -> Result<(), String> {
    let mut rest = data;
    while !rest.is_empty() {
        let group: (String, Vec<Script>);
        (group, rest) = postcard::take_from_bytes(rest).map_err(|error| format!("{error}"))?;
        let (name, scripts) = group;
        let mut report = Report::new(Box::leak(name.into_boxed_str()));
        for script in &scripts {
            let features = Features::from_bits_retain(script.features);
            let config = Config::new().platform(machine.platform()).features(features);
            let config = config.strategy(strategy).bounds(bounds);
            match Engine::new(&config) {
                Ok(engine) => run::run(&mut report, &engine, script),
                Err(error) => report.fail(&script.name, 0, format!("no engine: {error}")),
            }
        }
        for failure in &report.failures {
            say!(machine, "failure: {failure}");
        }
        say!(machine, "{report}");
    }
    Ok(())
}
