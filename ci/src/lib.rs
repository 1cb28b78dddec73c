//! What checks ringzero and is not ringzero: the specification's suite, fuzzing, and the programs that tests run.
//!
//! - [`spec`]: scripts of the specification → a report of what passes.
//! - [`fuzz`]: a number → bytes → decode, validate, translate.
//! - [`differential`]: a number → a module → every function of it, called in several runtimes that must agree.
//! - [`fs_conformance`]: what every file system must do.
//! - [`kernel`]: builds the kernels and boots them.
//! - [`latency`]: guests that are busy or waiting, and how long it takes to stop them.
//! - [`command`]: builds and runs the `ringzero` command.
//! - [`guests`]: builds the guest programs, for WebAssembly and natively.
//! - [`bombs`]: functions that are hard to compile for their size.
//! - [`text`]: modules written as text → bytes.
//!
//! The tests are in `ci/tests`, the guests' sources in `ci/guests`, the benchmark beside a peer in `ci/bench`,
//! the long comparison with a peer in `ci/diff`, and the libFuzzer target in `ci/fuzz`.

extern crate alloc;

pub mod bombs;
pub mod command;
pub mod differential;
pub mod fs_conformance;
pub mod fuzz;
pub mod guests;
pub mod kernel;
pub mod latency;
pub mod spec;
pub mod text;
