//! What functions are compiled to, and what compiling takes.

extern crate std;

mod files;

use std::vec::Vec;
use std::{env, fs, println};

use super::Settings;
use super::compile::{CpuFeatures, measure};
use crate::decode::{ModuleLimits, decode};
use crate::module::ModuleInfo;
use crate::wasm::{Features, TypeId};

/// The same on every machine.
fn settings(info: &ModuleInfo, guards: bool) -> Settings {
    let features = CpuFeatures { bmi2: true, avx: true, avx2: true };
    Settings { verify: true, ..Settings::new(features, info, guards) }
}

/// Compiles a module from a file and prints what it took: `RINGZERO_COMPILE=file`, with `RINGZERO_VERIFY=1` checking
/// each pass, and with `RINGZERO_EXPLICIT=1` without guards.
#[test]
fn a_module_from_outside_compiles() {
    let Some(path) = env::var_os("RINGZERO_COMPILE") else { return };
    let wasm = fs::read(path).unwrap();
    let info = decode(&wasm, Features::default(), &ModuleLimits::default()).unwrap().validate().unwrap();
    let ids: Vec<TypeId> = (0..info.types.len() as u32).map(TypeId).collect();
    let verify = env::var_os("RINGZERO_VERIFY").is_some();
    let settings = Settings { verify, ..settings(&info, env::var_os("RINGZERO_EXPLICIT").is_none()) };
    println!("{}", measure(&info, &wasm, &ids, &settings));
}
