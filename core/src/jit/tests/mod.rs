//! What functions are compiled to, and what compiling takes.

extern crate std;

mod files;

use std::vec::Vec;
use std::{env, fs, println};

use super::compile::{CpuFeatures, measure};
use super::{Compiler, Settings};
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

/// However a module is divided, and whatever a compiler has compiled before, the code is the same.
#[test]
fn parts_make_the_same_code() {
    let mut text = std::string::String::from("(module (memory 1) (table 8 funcref)");
    for number in 0..40 {
        text += &std::format!(
            "(func $f{number} (param i32 f64) (result i32) (local i64)
                (if (i32.gt_s (local.get 0) (i32.const {number}))
                    (then (drop (call $f{} (local.get 0) (f64.const {number}.5)))))
                (i32.store (local.get 0) (i32.const {number}))
                (call_indirect (param i32 f64) (result i32) (local.get 0) (local.get 1) (i32.const {})))",
            (number * 7 + 3) % 40,
            number % 8
        );
    }
    let wasm = wat::parse_str(text + ")").unwrap();
    let info = decode(&wasm, Features::default(), &ModuleLimits::default()).unwrap().validate().unwrap();
    let ids: Vec<TypeId> = (0..info.types.len() as u32).map(TypeId).collect();
    let settings = settings(&info, true);
    let whole = Compiler::new().module(&info, &wasm, &ids, &settings).unwrap();
    for sizes in [&[1, 39][..], &[20, 20], &[13, 13, 14], &[1; 40]] {
        let mut compiler = Compiler::new();
        let mut start = 0;
        let mut parts = Vec::new();
        for size in sizes {
            parts.push(compiler.part(&info, &wasm, &ids, &settings, start..start + size).unwrap());
            start += size;
        }
        let first = parts.remove(0);
        let joined = compiler.join(&info, &settings, first, &parts).unwrap();
        assert!(joined.bytes == whole.bytes && joined.bytes.len() > 4000);
        assert_eq!((&joined.sites, &joined.functions), (&whole.sites, &whole.functions));
        assert_eq!(joined.trampolines, whole.trampolines);
    }
}
