//! What a profiler hears of machine code, and what the files for `perf` say of it.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::{Arc, Mutex};

use ringzero::platform::{Profiler, PublishedFunction};
use ringzero::{Compilation, Config, Engine, Module, Strategy};
use ringzero_platform_std::{JitDump, PerfMap, StdPlatform};

/// Remembers what it has heard, and hands it on.
struct Heard {
    functions: Mutex<Vec<(usize, Vec<u8>, String)>>,
    map: PerfMap,
    dump: JitDump,
}

impl Profiler for Heard {
    fn published(&self, function: &PublishedFunction<'_>) {
        let entry = (function.address, function.code.to_vec(), function.name.to_string());
        self.functions.lock().unwrap().push(entry);
        self.map.published(function);
        self.dump.published(function);
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// The records `JIT_CODE_LOAD` of a file: address, code, name.
fn records(dump: &[u8]) -> Vec<(usize, Vec<u8>, String)> {
    assert_eq!((word(dump, 0), word(dump, 4), word(dump, 12)), (0x4a69_5444, 1, 62));
    let mut at = word(dump, 8) as usize;
    let mut found = Vec::new();
    while at < dump.len() {
        let record = &dump[at..at + word(dump, at + 4) as usize];
        assert_eq!(
            (word(record, 0), word(record, 16), long(record, 48)),
            (0, std::process::id(), found.len() as u64)
        );
        let len = long(record, 40) as usize;
        let (name, code) = record[56..].split_at(record.len() - 56 - len);
        assert_eq!(name.last(), Some(&0));
        let name = String::from_utf8(name[..name.len() - 1].to_vec()).unwrap();
        found.push((long(record, 32) as usize, code.to_vec(), name));
        at += record.len();
    }
    found
}

#[test]
fn functions_are_named_where_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let map = PerfMap::new().unwrap();
    let dump = JitDump::new(folder.path()).unwrap();
    let heard = Arc::new(Heard { functions: Mutex::default(), map, dump });
    let config = Config::new().strategy(Strategy::Compiled).compilation(Compilation::Eager);
    let config = config.platform(Arc::new(StdPlatform));
    let engine = Engine::new(&config.profiler(heard.clone())).unwrap();
    let text = r#"(module $calc (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (result f64) (f64.const 0.5)))"#;
    let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let functions = heard.functions.lock().unwrap();
    let names: Vec<&str> = functions.iter().map(|(.., name)| name.as_str()).collect();
    assert_eq!(names, ["calc::add", "calc::wasm-function[1]", "calc::trampoline", "calc::trampoline"]);
    // They lie one behind the other, and end in something.
    assert!(functions.windows(2).all(|pair| pair[0].0 + pair[0].1.len() == pair[1].0));
    assert!(functions.iter().all(|(_, code, _)| !code.is_empty()));

    let path = format!("/tmp/perf-{}.map", std::process::id());
    let expected: String =
        functions.iter().map(|(at, code, name)| format!("{at:x} {:x} {name}\n", code.len())).collect();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    std::fs::remove_file(path).unwrap();
    let file = folder.path().join(format!("jit-{}.dump", std::process::id()));
    assert_eq!(records(&std::fs::read(file).unwrap()), *functions);
    drop(module);
}
