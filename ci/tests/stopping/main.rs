//! Guests that stop, in every way there is, as machine code: the tests of the interpreter, with all registers and with few.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../../../core/tests/stopping/closing.rs"]
mod closing;
mod deep;
#[path = "../../../core/tests/stopping/futures.rs"]
mod futures;
#[path = "../../../core/tests/stopping/interleaving.rs"]
mod interleaving;
#[path = "../../../core/tests/stopping/interruption.rs"]
mod interruption;
#[path = "../../../core/tests/stopping/suspension.rs"]
mod suspension;
#[path = "../../../core/tests/wasm/mod.rs"]
mod wasm;

use std::sync::Arc;

use ringzero::{Config, Strategy};
use ringzero_platform_std::StdPlatform;

/// Whose pages there are.
static HOST: StdPlatform = StdPlatform;

/// A configuration whose guests are tested.
fn config() -> Config {
    Config::new().strategy(Strategy::Compiled).check_compiler(true).platform(Arc::new(StdPlatform))
}

/// Two that give the same.
fn configs() -> [Config; 2] {
    [false, true].map(|few| config().few_registers(few))
}
