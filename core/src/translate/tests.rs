//! File tests: each `filetests/bytecode/*.wat` holds a module and, behind `;;!`, the code it translates to.
//!
//! `RINGZERO_BLESS=1` writes what is translated now into the files.

extern crate std;

use std::path::Path;
use std::string::String;
use std::vec::Vec;
use std::{env, format, fs};

use super::{Options, Translator};
use crate::bytecode::text::Listing;
use crate::bytecode::{FuncBody, numbered};
use crate::decode::{Decoded, ModuleLimits, decode};
use crate::wasm::{Features, TypeId};

const MARK: &str = ";;!";

fn translate(wasm: &[u8], options: Options) -> String {
    let Decoded { info, bodies } = decode(wasm, Features::default(), &ModuleLimits::default()).unwrap();
    let ids: Vec<TypeId> = (0..info.types.len() as u32).map(TypeId).collect();
    let mut listing = String::new();
    let mut print = |position: usize, body: FuncBody| {
        listing += &format!("function {position}, header r{}\n{}", body.header, Listing(&body.code));
        Ok(())
    };
    let mut translator = Translator::new(&info, &ids, options, numbered, &mut print);
    bodies.validate_into(&mut translator).unwrap();
    listing
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
    let options = Options {
        deterministic: source.contains(";; deterministic"),
        fuel: source.contains(";; fuel"),
        interruption: source.contains(";; interruption"),
    };
    let listing = translate(&wat::parse_str(&source).unwrap(), options);
    let actual: String = listing.lines().map(|line| format!(" {line}\n")).collect();
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
fn files_translate_as_they_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("filetests/bytecode");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 5, "file tests are missing");
    let failures: Vec<String> = files.iter().filter_map(|path| check(path).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
