//! The rules of the house, as tests: who may depend on whom, which room may see which, and how files look.
//!
//! In: the sources as they lie on disk and `cargo metadata`. Out: a list of breaches, each with its file and
//! line. It compiles nothing and runs nothing of ringzero.

mod edges;
mod files;
mod floors;
mod reasons;
mod tree;

/// Fails with every breach on a line of its own, so that one run shows them all.
fn assert_none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}:\n  {}", breaches.join("\n  "));
}
