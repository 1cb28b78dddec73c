//! Faults of machine code in ring 0: what every platform must keep, and that no page is writable and executable.

use alloc::format;
use alloc::string::{String, ToString};

use ringzero::conformance;

use crate::machine::Machine;
use crate::say;

/// Runs the core's own checks of machine code on this machine, a line for each that holds.
pub(super) fn check(machine: &Machine) -> Result<(), String> {
    let report = conformance::machine_code(&machine.platform()).map_err(|failure| failure.to_string())?;
    for check in report.passed() {
        say!(machine, "holds: {check}");
    }
    // A kernel's pages have frames from the beginning, and show no images.
    match report.skipped().iter().filter(|check| !check.contains("image")).count() {
        0 => Ok(()),
        _ => Err(format!("not claimed: {:?}", report.skipped())),
    }
}
