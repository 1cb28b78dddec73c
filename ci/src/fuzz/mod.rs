//! Arbitrary bytes through decode, validate and translate, on stable Rust and without chance.
//!
//! In: a number. Out: the input of that number (a module of the specification's suite, mutated, or a generated
//! one) and [`feed`], which is also what the libFuzzer target runs. It executes no guest code. `archives` does the
//! same for the archives that file systems are made of.

mod archives;
mod mutate;
pub(crate) mod random;
mod seeds;

pub use archives::{archive, feed_archive};
pub use mutate::Inputs;

use ringzero::{Compilation, Config, Engine, Error, Features, Module};

/// The engines that each input is fed to: translated whole, translated when called, and with few features.
#[derive(Clone, Debug)]
pub struct Engines {
    eager: Engine,
    lazy: Engine,
    first: Engine,
}

impl Engines {
    /// Sets them up.
    pub fn new() -> Result<Self, Error> {
        let eager = Config::new().compilation(Compilation::Eager);
        let lazy = Config::new().compilation(Compilation::Lazy);
        let first = Config::new().compilation(Compilation::Eager).features(Features::WASM1);
        Ok(Self { eager: Engine::new(&eager)?, lazy: Engine::new(&lazy)?, first: Engine::new(&first)? })
    }
}

/// Decodes, validates and translates the bytes. Returns whether they are a valid module.
///
/// # Panics
///
/// Where the runtime panics, which is what is looked for; where a module is accepted that `validate` refuses; and
/// where an error's offset lies outside the input.
pub fn feed(engines: &Engines, bytes: &[u8]) -> bool {
    let valid = Module::validate(&engines.eager, bytes);
    let eager = Module::new(&engines.eager, bytes);
    let lazy = Module::new(&engines.lazy, bytes);
    drop(Module::new(&engines.first, bytes));
    for error in [valid.as_ref().err(), eager.as_ref().err(), lazy.as_ref().err()].into_iter().flatten() {
        assert!(error.offset().is_none_or(|o| o <= bytes.len()), "offset outside the module: {error}");
        assert!(!error.to_string().is_empty());
    }
    if let Err(error) = &valid {
        assert!(eager.is_err(), "translated at load, though invalid: {error}");
        assert!(lazy.is_err(), "accepted lazily, though invalid: {error}");
    }
    if let Ok(module) = &eager {
        look_at(module);
    }
    valid.is_ok()
}

/// Reads everything that a module tells about itself.
fn look_at(module: &Module) {
    let names = module.name().map_or(0, str::len);
    let imports: usize = module.imports().map(|i| i.module().len() + i.name().len()).sum();
    let exports: usize = module.exports().map(|e| e.name().len()).sum();
    std::hint::black_box(names + imports + exports);
}
