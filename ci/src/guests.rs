//! The guest programs of `ci/guests`.
//!
//! In: their sources and the build script. Out: the folder of the built programs, `NAME.wasm` and `NAME.native`,
//! or the reason why there is none. It does not run them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

static BUILT: LazyLock<Built> = LazyLock::new(build);

/// What building came to.
#[derive(Debug)]
pub enum Built {
    /// The folder of the programs.
    In(PathBuf),
    /// The compilers cannot be had here: there is no Python to install them with. Only the prebuilt guests run.
    NoPython,
}

/// The folder of the sources.
pub fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guests")
}

/// Builds all guests on the first call: minutes on a clean clone, a second where nothing has changed.
/// With `RINGZERO_GUESTS=required` in the environment a missing Python is an error.
///
/// # Panics
///
/// Where a guest does not build, or Python is required and missing.
pub fn built() -> &'static Built {
    &BUILT
}

fn build() -> Built {
    if !python() {
        let required = std::env::var_os("RINGZERO_GUESTS").is_some_and(|v| v == "required");
        assert!(!required, "python3 with venv and pip is needed to build the guests");
        return Built::NoPython;
    }
    let script = sources().join("build.py");
    let done =
        Command::new("python3").arg(script).env("CARGO", env!("CARGO")).env_remove("RUSTFLAGS").output();
    let done = done.unwrap_or_else(|e| panic!("python3: {e}"));
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "the guests do not build:\n{out}{err}");
    Built::In(sources().join("build"))
}

fn python() -> bool {
    let probe = Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
    probe.is_ok_and(|done| done.status.success())
}
