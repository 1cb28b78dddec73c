//! How every file looks: its opening lines, its length, its name, and what it may not contain.
//!
//! In: the tree. Out: breaches with path and line. What rustfmt and clippy see is left to them.

use crate::tree::{SourceFile, code_only, files};

/// The longest a source may be, in lines.
const MAX_LINES: usize = 800;
/// The marker that lets a table be longer; a reason follows it.
const TABLE: &str = "// tidy: table — ";
/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "manager", "common", "misc"];

fn rust() -> impl Iterator<Item = (String, String)> {
    files().into_iter().filter(SourceFile::is_rust).map(|file| {
        let text = String::from_utf8(file.bytes).expect("sources are UTF-8");
        (file.path, text)
    })
}

#[test]
fn every_source_opens_with_its_purpose() {
    let breaches: Vec<String> =
        rust().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path).collect();
    crate::assert_none("sources that do not open with `//!`", &breaches);
}

#[test]
fn no_source_is_too_long() {
    let breaches: Vec<String> = rust()
        .filter(|(_, text)| text.lines().count() > MAX_LINES)
        .filter(|(_, text)| !text.lines().any(|l| l.starts_with(TABLE) && l.len() > TABLE.len()))
        .map(|(path, text)| format!("{path}: {} lines", text.lines().count()))
        .collect();
    crate::assert_none("sources longer than 800 lines", &breaches);
}

#[test]
fn names_say_something() {
    let breaches: Vec<String> = files()
        .into_iter()
        .map(|file| file.path)
        .filter(|path| {
            path.split('/').any(|part| {
                let stem = part.split('.').next().unwrap_or(part);
                EMPTY_NAMES.contains(&stem)
            })
        })
        .collect();
    crate::assert_none("names that say nothing", &breaches);
}

/// Two folders below `src` are enough; the compiler's room has a third.
#[test]
fn the_tree_is_shallow() {
    let breaches: Vec<String> = rust()
        .map(|(path, _)| path)
        .filter(|path| {
            let Some((_, inside)) = path.split_once("/src/") else {
                return false;
            };
            let folders = inside.split('/').count() - 1;
            folders > if inside.starts_with("jit/") { 3 } else { 2 }
        })
        .collect();
    crate::assert_none("sources too many folders below `src`", &breaches);
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not breach its own rule.
    let ignore = concat!("#[", "ignore");
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let mut breaches = Vec::new();
    for (path, text) in rust() {
        let code = code_only(&text);
        for (number, (line, code_line)) in text.lines().zip(code.lines()).enumerate() {
            if code_line.contains(ignore) || notes.iter().any(|note| line.contains(note)) {
                breaches.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    crate::assert_none("tests switched off, or work left as a note", &breaches);
}

#[test]
fn nothing_is_re_exported_by_glob() {
    let mut breaches = Vec::new();
    for (path, text) in rust() {
        for statement in code_only(&text).split(';') {
            let words = statement.trim_start();
            let public = words.find("pub use ").or_else(|| words.find("pub(crate) use "));
            if public.is_some_and(|at| words[at..].contains("::*")) {
                breaches.push(path.clone());
            }
        }
    }
    crate::assert_none("glob re-exports", &breaches);
}

#[test]
fn lines_end_cleanly() {
    let mut breaches = Vec::new();
    for file in files() {
        let Some(text) = file.text() else { continue };
        // Expected output of a guest is data: it ends as the guest ended it.
        let prose = [".rs", ".toml", ".md", ".yml", ".sh", ".wat", ".c", ".go", ".zig"];
        if !prose.iter().any(|ending| file.path.ends_with(ending)) {
            continue;
        }
        if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
            breaches.push(format!("{}: end of file", file.path));
        }
        for (number, line) in text.lines().enumerate() {
            if line.ends_with([' ', '\t', '\r']) {
                breaches.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    crate::assert_none("trailing blanks", &breaches);
}

/// A path of the machine that somebody worked on is of no use on another.
#[test]
fn no_file_names_a_place_on_one_machine() {
    let places =
        [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/wo", "rk/")];
    let mut breaches = Vec::new();
    for file in files() {
        for place in places {
            let hit = file.bytes.windows(place.len()).enumerate().find(|&(at, window)| {
                let inside = at > 0
                    && (file.bytes[at - 1].is_ascii_alphanumeric() || b"_-.".contains(&file.bytes[at - 1]));
                window == place.as_bytes() && !inside
            });
            if let Some((at, _)) = hit {
                breaches.push(format!("{}: byte {at}: {place}…", file.path));
            }
        }
    }
    crate::assert_none("paths of one machine", &breaches);
}
