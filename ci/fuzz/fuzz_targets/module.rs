//! libFuzzer's bytes through decode, validate and translate.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringzero_ci::fuzz::{Engines, feed};
use std::sync::LazyLock;

static ENGINES: LazyLock<Engines> = LazyLock::new(|| Engines::new().expect("the default settings make an engine"));

fuzz_target!(|bytes: &[u8]| {
    feed(&ENGINES, bytes);
});
