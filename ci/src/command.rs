//! The `ringzero` command as a person would run it.
//!
//! In: nothing. Out: the path of the built binary, in the profile and target folder of the running test. It does
//! not know what the command does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

static BINARY: LazyLock<Result<PathBuf, String>> = LazyLock::new(build);

/// The binary, built on the first call.
///
/// # Panics
///
/// Where it does not build: no test that needs it can go on.
pub fn ringzero() -> Command {
    match &*BINARY {
        Ok(path) => Command::new(path),
        Err(error) => panic!("{error}"),
    }
}

fn build() -> Result<PathBuf, String> {
    // target/PROFILE/deps/test-binary
    let test = std::env::current_exe().map_err(|e| e.to_string())?;
    let profile = test.ancestors().nth(2).ok_or("the test does not lie in a target folder")?;
    let target = profile.parent().ok_or("the profile does not lie in a target folder")?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "ringzero-cli", "--target-dir"]).arg(target);
    if profile.file_name().is_some_and(|name| name == "release") {
        cargo.arg("--release");
    }
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let done = cargo.arg("--manifest-path").arg(manifest).output().map_err(|e| format!("cargo: {e}"))?;
    if done.status.success() {
        Ok(profile.join(format!("ringzero{}", std::env::consts::EXE_SUFFIX)))
    } else {
        Err(format!("the command does not build:\n{}", String::from_utf8_lossy(&done.stderr)))
    }
}
