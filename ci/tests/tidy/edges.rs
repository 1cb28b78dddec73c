//! Which crate of the workspace depends on which: exactly the drawing in the crate documentation of `ringzero`.
//!
//! In: `cargo metadata`. Out: equality of the set of edges; what the libraries may not need.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::tree::{code_only, files, root};

/// Normal dependencies inside the workspace, `(from, to)`.
const EDGES: &[(&str, &str)] = &[
    ("ringzero-ci", "ringzero"),
    ("ringzero-ci", "ringzero-platform-baremetal"),
    ("ringzero-ci", "ringzero-platform-std"),
    ("ringzero-ci", "ringzero-wasi"),
    ("ringzero-cli", "ringzero"),
    ("ringzero-cli", "ringzero-platform-baremetal"),
    ("ringzero-cli", "ringzero-platform-std"),
    ("ringzero-cli", "ringzero-wasi"),
    ("ringzero-platform-baremetal", "ringzero"),
    // Its kernels join what the library does not: see below.
    ("ringzero-platform-baremetal", "ringzero-wasi"),
    ("ringzero-platform-std", "ringzero"),
    ("ringzero-wasi", "ringzero"),
];

/// One dependency of one package of the workspace.
pub(crate) struct Dependency {
    pub(crate) from: String,
    pub(crate) to: String,
    /// `normal`, `dev` or `build`.
    pub(crate) kind: String,
    default_features: bool,
}

/// What `cargo metadata` says of the workspace's own packages; nothing is fetched.
pub(crate) fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("normal").to_owned()
}

/// Every dependency that a package of the workspace names.
pub(crate) fn dependencies(metadata: &Value) -> Vec<Dependency> {
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().expect("metadata lists packages") {
        for dependency in package["dependencies"].as_array().expect("a package lists dependencies") {
            found.push(Dependency {
                from: text(&package["name"]),
                to: text(&dependency["name"]),
                kind: text(&dependency["kind"]),
                default_features: dependency["uses_default_features"] == Value::Bool(true),
            });
        }
    }
    found
}

fn ours(name: &str) -> bool {
    name == "ringzero" || name.starts_with("ringzero-")
}

#[test]
fn crates_depend_as_drawn() {
    let found: BTreeSet<(String, String)> = dependencies(&metadata())
        .into_iter()
        .filter(|d| d.kind == "normal" && ours(&d.to))
        .map(|d| (d.from, d.to))
        .collect();
    let drawn: BTreeSet<(String, String)> =
        EDGES.iter().map(|&(from, to)| (from.to_owned(), to.to_owned())).collect();
    assert_eq!(found, drawn);
}

/// A development dependency of the core on a crate above it would give its tests two copies of its types.
#[test]
fn the_core_sees_nobody_even_in_tests() {
    let upward: Vec<String> = dependencies(&metadata())
        .into_iter()
        .filter(|d| d.from == "ringzero" && ours(&d.to))
        .map(|d| d.to)
        .collect();
    assert!(upward.is_empty(), "{upward:?}");
}

/// WASI and the platforms are strangers to each other; only the unikernel beside the library joins them.
#[test]
fn the_library_for_kernels_does_not_know_wasi() {
    let named: Vec<String> = files()
        .iter()
        .filter(|file| file.is_rust() && file.path.starts_with("platform-baremetal/src/"))
        .filter(|file| code_only(file.text().expect("sources are UTF-8")).contains("ringzero_wasi"))
        .map(|file| file.path.clone())
        .collect();
    crate::assert_none("sources of the library that name WASI", &named);
}

/// Default features of a crate usually mean `std`.
#[test]
fn no_std_crates_take_no_default_features() {
    let no_std = ["ringzero", "ringzero-wasi", "ringzero-platform-baremetal"];
    let breaches: Vec<String> = dependencies(&metadata())
        .into_iter()
        .filter(|d| no_std.contains(&d.from.as_str()) && d.kind == "normal" && !ours(&d.to))
        .filter(|d| d.default_features)
        .map(|d| format!("{} → {}", d.from, d.to))
        .collect();
    crate::assert_none("default features in a no_std crate", &breaches);
}
