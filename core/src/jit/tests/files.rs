//! File tests: each `filetests/jit/*.wat` holds a module and, behind `;;!`, what it is compiled to: the intermediate form,
//! where the file asks for it what lowering and allocation made of it, and the machine's instructions. That they can be
//! decoded again is a part of the test.
//!
//! `RINGZERO_BLESS=1` writes what is compiled now into the files.

extern crate std;

use std::path::Path;
use std::string::String;
use std::vec::Vec;
use std::{env, format, fs};

use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter, Mnemonic};

use super::settings;
use crate::decode::{ModuleLimits, decode};
use crate::jit::compile::{CpuFeatures, listing};
use crate::jit::{Compiler, Limit, explain};
use crate::wasm::{Features, TypeId};

const MARK: &str = ";;!";
/// A line that asks for memories with guards.
const GUARDS: &str = ";; with guards\n";
/// Lines that ask for code that pays, or looks whether to stop.
const FUEL: &str = ";; with fuel\n";
const INTERRUPTION: &str = ";; with interruption\n";
/// A line that asks for the forms behind lowering and behind allocation, and for what was improved.
const PASSES: &str = ";; with all passes\n";
/// A line that asks for nothing to be improved.
const PLAIN: &str = ";; with no improvement\n";

/// Files that say so are compiled for a processor without anything that not all have, or with canonical NaNs.
fn compile(wasm: &[u8], source: &str) -> String {
    let info = decode(wasm, Features::default(), &ModuleLimits::default()).unwrap().validate().unwrap();
    let ids: Vec<TypeId> = (0..info.types.len() as u32).map(TypeId).collect();
    let mut settings = settings(&info, source.contains(GUARDS));
    if source.starts_with(";; For the least processor") {
        settings.features = CpuFeatures::LEAST;
    }
    settings.deterministic = source.starts_with(";; Deterministic");
    settings.limit = source.contains(PLAIN).then_some(Limit { body: 0, count: 0 });
    let settings = settings.metered(source.contains(FUEL), source.contains(INTERRUPTION));
    let mut text = listing(&info, wasm, &ids, &settings);
    let artifact = Compiler::new().module(&info, wasm, &ids, &settings).unwrap();
    for (start, next) in artifact.functions.iter().zip(artifact.functions.iter().skip(1)) {
        let Some(body) = start.owner.body() else { break };
        if source.contains(PASSES) {
            let passes = explain(&info, wasm, &ids, &settings, body as usize).unwrap();
            let steps = passes.improvements.iter();
            let steps: String = steps.map(|(what, at)| format!("{at:6x}  {}\n", what.name())).collect();
            let (lowered, allocated) = (&passes.lowered, &passes.allocated);
            text += &format!("improved in function {body}\n{steps}lowered\n{lowered}allocated\n{allocated}");
        }
        text += &format!("code of function {body}\n");
        text += &disassemble(&artifact.bytes[start.code as usize..next.code as usize]);
    }
    text
}

/// The instructions up to the filling or the constants behind them.
fn disassemble(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut formatter = IntelFormatter::new();
    let mut constants = u64::MAX;
    for inst in Decoder::with_ip(64, bytes, 0, DecoderOptions::NONE) {
        if inst.ip() >= constants {
            break;
        }
        if inst.is_ip_rel_memory_operand() && inst.mnemonic() != Mnemonic::Lea {
            constants = constants.min(inst.ip_rel_memory_address());
        }
        assert!(!inst.is_invalid(), "no instruction at {:#x}", inst.ip());
        if bytes[inst.ip() as usize] == 0xcc {
            break;
        }
        let mut line = String::new();
        formatter.format(&inst, &mut line);
        text += &format!("{:6x}  {line}\n", inst.ip());
    }
    text
}

fn check(path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).unwrap();
    let source: String =
        text.lines().filter(|line| !line.starts_with(MARK)).map(|l| format!("{l}\n")).collect();
    let expected: String = text
        .lines()
        .filter_map(|line| line.strip_prefix(MARK))
        .map(|l| format!("{}\n", l.trim_end()))
        .collect();
    let listing = compile(&wat::parse_str(&source).unwrap(), &source);
    let actual: String = listing.lines().map(|line| format!(" {}\n", line.trim_end())).collect();
    if actual == expected {
        return Ok(());
    }
    if env::var_os("RINGZERO_BLESS").is_some() {
        let block: String = actual.lines().map(|line| format!("{MARK}{line}\n")).collect();
        fs::write(path, format!("{}\n{block}", source.trim_end())).unwrap();
        return Ok(());
    }
    Err(format!("{}:\nexpected\n{expected}\nactual\n{actual}", path.display()))
}

#[test]
fn files_compile_as_they_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("filetests/jit");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 5, "file tests are missing");
    let failures: Vec<String> = files.iter().filter_map(|path| check(path).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
