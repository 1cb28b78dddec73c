//! Guests that stop, in every way there is, by the interpreter. `ci/tests/stopping` runs the same tests as machine code.

mod closing;
mod futures;
mod interleaving;
mod interruption;
mod suspension;
#[path = "../wasm/mod.rs"]
mod wasm;

use ringzero::platform::NoPlatform;
use ringzero::{Config, Dispatch};

/// Whose pages there are.
static HOST: NoPlatform = NoPlatform;

/// A configuration whose guests are tested.
fn config() -> Config {
    Config::new()
}

/// Two that give the same.
fn configs() -> [Config; 2] {
    [Dispatch::Tail, Dispatch::Loop].map(|dispatch| Config::new().dispatch(dispatch))
}
