//! Functions that are hard to compile for their size: what compiling takes grows no faster than they do, or they are
//! refused by a stated limit. What it takes is counted in bytes asked of the allocator, all together and at once: no
//! clock, so that a busy machine changes nothing.

use super::counting::{Counted, counted};
use ringzero::{Config, Engine, Error, Module, Strategy};
use ringzero_ci::bombs::{BOMBS, Bomb};
use ringzero_platform_std::StdPlatform;
use std::sync::Arc;

/// What a module of twice the size may take, for one of it.
const TWICE: f64 = 2.6;

#[test]
fn what_is_hard_to_compile_takes_what_its_size_says() {
    let config = Config::new().strategy(Strategy::Compiled).platform(Arc::new(StdPlatform));
    let engine = Engine::new(&config).unwrap();
    let mut compiled = 0;
    for bomb in BOMBS {
        // A sixteenth of it, so that a test without optimisations ends soon.
        let (half, whole) = (compile(&engine, bomb, bomb.size / 32), compile(&engine, bomb, bomb.size / 16));
        let Ok(whole) = whole else { continue };
        let half = half.unwrap();
        let (all, peak) = (whole.all as f64 / half.all as f64, whole.peak as f64 / half.peak as f64);
        assert!(all < TWICE && peak < TWICE, "{}: {half:?}, and of twice the size {whole:?}", bomb.name);
        compiled += 1;
    }
    assert!(compiled * 4 > BOMBS.len() * 3, "{compiled} families are compiled");
}

fn compile(engine: &Engine, bomb: &Bomb, size: u32) -> Result<Counted, Error> {
    let bytes = bomb.module(size);
    let (module, counted) = counted(|| Module::new(engine, &bytes));
    if let Err(error) = &module {
        assert!(error.to_string().contains("too many"), "{}, {size}: {error}", bomb.name);
    }
    module.map(|_| counted)
}
