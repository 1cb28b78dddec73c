//! What must have a written reason: every dependency, every feature, every room that may use `unsafe`.
//!
//! In: `cargo metadata`, the sources and `RATIONALE.md`. Out: what the rationale does not name. That the reason
//! is good is for a reader to judge.

use crate::edges::{dependencies, metadata};
use crate::tree::{code_only, files, read, root};

fn rationale() -> String {
    read(&root().join("RATIONALE.md"))
}

#[test]
fn every_dependency_has_a_reason() {
    let rationale = rationale();
    let mut missing: Vec<String> = dependencies(&metadata())
        .into_iter()
        .map(|d| d.to)
        .filter(|name| !name.starts_with("ringzero") && !rationale.contains(&format!("`{name}`")))
        .collect();
    missing.dedup();
    crate::assert_none("dependencies that RATIONALE.md does not name", &missing);
}

#[test]
fn every_feature_has_a_reason() {
    let rationale = rationale();
    let metadata = metadata();
    let mut missing = Vec::new();
    for package in metadata["packages"].as_array().expect("metadata lists packages") {
        let features = package["features"].as_object().expect("a package has features");
        for feature in features.keys() {
            if feature != "default" && !rationale.contains(&format!("feature `{feature}`")) {
                missing.push(format!("{}: {feature}", package["name"]));
            }
        }
    }
    crate::assert_none("features that RATIONALE.md does not name", &missing);
}

#[test]
fn every_unsafe_room_has_a_reason() {
    let rationale = rationale();
    let missing: Vec<String> =
        unsafe_rooms().into_iter().filter(|room| !rationale.contains(&format!("`{room}`"))).collect();
    crate::assert_none("unsafe rooms that RATIONALE.md does not name", &missing);
}

/// Modules that carry the permission, as paths with the crate's folder in front.
fn unsafe_rooms() -> Vec<String> {
    let mut rooms = Vec::new();
    for file in files().iter().filter(|f| f.is_rust()) {
        let code = code_only(file.text().expect("sources are UTF-8"));
        let own = module_path(&file.path);
        for (at, _) in code.match_indices("unsafe_code") {
            let attribute = &code[code[..at].rfind('#').unwrap_or(0)..];
            rooms.push(match module_below(attribute) {
                Some(name) if !attribute.starts_with("#!") => format!("{own}::{name}"),
                _ => own.clone(),
            });
        }
    }
    rooms
}

/// The name of the module that `text` declares after its leading attributes; `None` for another item.
fn module_below(text: &str) -> Option<&str> {
    let mut rest = text;
    while rest.starts_with('#') {
        rest = rest.split_once(")]")?.1.trim_start();
    }
    let (visibility, name) = rest.split_once("mod ")?;
    let name = name.split([';', '{']).next()?.trim();
    matches!(visibility.trim(), "" | "pub" | "pub(crate)").then_some(name)
}

/// `core/src/vm/memory.rs` → `core::vm::memory`; other files keep their path.
fn module_path(path: &str) -> String {
    let Some((package, inside)) = path.split_once("/src/") else {
        return path.to_owned();
    };
    let inside = inside.trim_end_matches(".rs");
    let inside = inside.strip_suffix("/mod").unwrap_or(inside);
    if inside == "lib" || inside == "main" {
        return package.to_owned();
    }
    format!("{package}::{}", inside.replace('/', "::"))
}

#[test]
fn permissions_are_found_on_files_and_on_modules() {
    assert_eq!(module_path("core/src/vm/memory.rs"), "core::vm::memory");
    assert_eq!(module_path("core/src/vm/mod.rs"), "core::vm");
    assert_eq!(module_path("platform-std/src/lib.rs"), "platform-std");
    assert!(unsafe_rooms().contains(&"core::platform::memory".to_owned()));
}

/// The README's first example is the one that the crate documentation compiles and runs.
#[test]
fn the_readme_shows_the_example_that_is_tested() {
    let documentation: String = read(&root().join("core/src/lib.rs"))
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .filter(|line| !line.starts_with("# Ok"))
        .map(|line| format!("{line}\n"))
        .collect();
    let readme = read(&root().join("README.md"));
    let (_, example) = readme.split_once("```rust\n").expect("the README has an example");
    let (example, _) = example.split_once("```").expect("the example ends");
    assert!(documentation.contains(example), "not in core/src/lib.rs:\n{example}");
}

#[test]
fn ci_runs_the_readmes_test_command() {
    let readme = read(&root().join("README.md"));
    let commands: Vec<&str> =
        readme.split("```sh\n").skip(1).filter_map(|block| block.lines().next()).collect();
    let second = commands.get(1).expect("the README has a second command");
    assert!(second.starts_with("cargo test"), "{second}");
    let script = read(&root().join(".ci/run"));
    assert!(script.lines().any(|line| line.contains(second)), "`{second}` is not in .ci/run");
}
