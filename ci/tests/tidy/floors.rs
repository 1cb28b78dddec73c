//! The floors of the core: a room imports rooms of lower floors only, and rooms on one floor are strangers.
//!
//! In: `core/src`. Out: breaches. Paths are read from the text (`crate::room::…`, `super::…`), so macros that
//! build a path are not seen; `lib.rs` alone re-exports and may name every room.

use crate::tree::{SourceFile, code_only, files, is_word};

/// Rooms and their floors.
const FLOORS: &[(&str, u8)] = &[
    ("support", 0),
    ("wasm", 1),
    ("platform", 1),
    ("module", 2),
    ("abi", 2),
    ("decode", 3),
    ("bytecode", 3),
    ("artifact", 3),
    ("translate", 4),
    ("jit", 4),
    ("code", 5),
    ("vm", 6),
    ("interp", 7),
    ("native", 7),
    ("runtime", 8),
    ("conformance", 8),
];

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|&(_, floor)| floor)
}

/// The room that a file of the core belongs to; `None` for `lib.rs` and for files of other crates.
fn room_of(path: &str) -> Option<&str> {
    let (room, _) = path.strip_prefix("core/src/")?.split_once('/')?;
    Some(room)
}

#[test]
fn rooms_import_lower_floors_only() {
    let mut breaches = Vec::new();
    for file in files().iter().filter(|f| f.is_rust()) {
        let Some(room) = room_of(&file.path) else { continue };
        let Some(own) = floor(room) else {
            breaches.push(format!("{}: room `{room}` has no floor", file.path));
            continue;
        };
        for (line, target) in crate_paths(&code_only(file.text().expect("sources are UTF-8"))) {
            let allowed = target == room || floor(&target).is_some_and(|f| f < own);
            if !allowed {
                breaches.push(format!("{}:{line}: `{room}` reaches for `crate::{target}`", file.path));
            }
        }
    }
    crate::assert_none("floors of the core", &breaches);
}

#[test]
fn nobody_leaves_a_room_by_super() {
    let mut breaches = Vec::new();
    for file in files().iter().filter(|f| f.is_rust() && room_of(&f.path).is_some()) {
        breaches.extend(super_breaches(file));
    }
    crate::assert_none("`super` out of a room", &breaches);
}

#[test]
fn a_room_is_a_folder() {
    let flat: Vec<String> = files()
        .iter()
        .filter_map(|f| f.path.strip_prefix("core/src/").map(str::to_owned))
        .filter(|path| !path.contains('/') && path != "lib.rs")
        .collect();
    crate::assert_none("files beside `lib.rs`", &flat);
}

/// Every first component after `crate::`, with its line; a group `crate::{a, b}` names several.
fn crate_paths(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if at > 0 && is_word(code.as_bytes()[at - 1]) {
            continue;
        }
        let line = line_of(code, at);
        let rest = code[at + "crate::".len()..].trim_start();
        let names = match rest.strip_prefix('{') {
            Some(group) => group_heads(group),
            None => vec![word(rest)],
        };
        found.extend(names.into_iter().map(|name| (line, name)));
    }
    found
}

/// The heads of the members of a `use` group, up to its closing brace.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0usize;
    let mut start = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                heads.push(word(group[start..at].trim_start()));
                start = at + 1;
            }
            _ => {}
        }
        if c == '}' && start > at {
            break;
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

fn word(text: &str) -> String {
    text.bytes().take_while(|&b| is_word(b)).map(char::from).collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// How many modules below the crate root a file is: `room/mod.rs` 1, `room/x.rs` and `room/x/mod.rs` 2.
fn depth_of(path: &str) -> usize {
    let inside = path.trim_start_matches("core/src/");
    inside.split('/').count() - usize::from(inside.ends_with("/mod.rs"))
}

/// Chains of `super::` that reach the crate root, inline modules counted.
fn super_breaches(file: &SourceFile) -> Vec<String> {
    let code = code_only(file.text().expect("sources are UTF-8"));
    let mut breaches = Vec::new();
    // One entry for each open brace: whether it is an inline module's.
    let mut braces: Vec<bool> = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let rest = &code[at..];
        match rest.as_bytes()[0] {
            b'{' => braces.push(opens_module(&code[..at])),
            b'}' => {
                braces.pop();
            }
            b's' if rest.starts_with("super::") && !(at > 0 && is_word(code.as_bytes()[at - 1])) => {
                let mut chain = 0;
                let mut tail = rest;
                while let Some(next) = tail.strip_prefix("super::") {
                    chain += 1;
                    tail = next;
                }
                let inline = braces.iter().filter(|&&module| module).count();
                if chain >= depth_of(&file.path) + inline {
                    breaches.push(format!("{}:{}", file.path, line_of(&code, at)));
                }
                at += chain * "super::".len();
                continue;
            }
            _ => {}
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    breaches
}

/// Whether the brace after `before` opens `mod name`.
fn opens_module(before: &str) -> bool {
    let mut words = before.trim_end().rsplit(|c: char| c.is_whitespace());
    let name = words.next().unwrap_or_default();
    let keyword = words.find(|w| !w.is_empty()).unwrap_or_default();
    keyword == "mod" && !name.is_empty() && name.bytes().all(is_word)
}

#[test]
fn paths_are_found_in_groups_and_alone() {
    let code = "use crate::wasm::ValType;\nuse crate::{vm::{A, B}, decode, platform::path};\ncrate::x!()";
    let found = crate_paths(code);
    let heads: Vec<(usize, &str)> = found.iter().map(|(line, name)| (*line, name.as_str())).collect();
    assert_eq!(heads, [(1, "wasm"), (2, "vm"), (2, "decode"), (2, "platform"), (3, "x")]);
}

#[test]
fn a_chain_of_super_is_measured() {
    let file =
        |text: &str| SourceFile { path: "core/src/vm/mod.rs".to_owned(), bytes: text.as_bytes().to_vec() };
    assert!(super_breaches(&file("mod tests { use super::*; }")).is_empty());
    assert_eq!(super_breaches(&file("use super::decode;")), ["core/src/vm/mod.rs:1"]);
    assert_eq!(super_breaches(&file("mod t {\nuse super::super::x; }")), ["core/src/vm/mod.rs:2"]);
}
