//! The kernel's image: named, found, or built.
//!
//! In: a path, if one was given. Out: the path of an image. Beside this command if it was installed so; where the
//! sources that this command was built from are still there, it is built from them.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::report::Failure;

/// The image's name, wherever it lies.
const NAME: &str = "ringzero-kernel";
/// The sources that this command was built from.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// `--kernel`, else the variable `RINGZERO_KERNEL`, else an image beside this command, else a fresh one.
pub(super) fn find(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let variable = env::var_os("RINGZERO_KERNEL").map(PathBuf::from);
    if let Some(path) = named.map(Path::to_owned).or(variable) {
        return match path.is_file() {
            true => Ok(path),
            false => Err(Failure::about(path.display(), "there is no such kernel")),
        };
    }
    let command = env::current_exe().map_err(|error| Failure::about("this command", error))?;
    let beside = command.with_file_name(NAME);
    if beside.is_file() { Ok(beside) } else { build() }
}

/// Builds the kernel: a minute the first time, a moment where nothing has changed.
fn build() -> Result<PathBuf, Failure> {
    let manifest = Path::new(SOURCES).join("Cargo.toml");
    if !manifest.is_file() {
        return Err(Failure::Host(format!(
            "no kernel: put one named {NAME} beside this command, or name it with --kernel; in the sources \
             `cargo build --profile kernel -p ringzero-platform-baremetal --features kernel` makes one"
        )));
    }
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(SOURCES).join("target"), PathBuf::from);
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--profile", "kernel", "--features", "kernel"]);
    cargo.args(["--package", "ringzero-platform-baremetal", "--bin", NAME]);
    cargo.arg("--manifest-path").arg(manifest).arg("--target-dir").arg(&target);
    if !io::stderr().is_terminal() {
        cargo.arg("--quiet");
    }
    // Flags for the host, a sanitizer's say, are not for a kernel.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    match cargo.status() {
        Ok(status) if status.success() => Ok(target.join("kernel").join(NAME)),
        Ok(_) => Err(Failure::Host("the kernel does not build".to_owned())),
        Err(error) => Err(Failure::about("cargo, to build the kernel", error)),
    }
}
