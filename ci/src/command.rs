//! The `ringzero` command as a person would run it.
//!
//! In: nothing. Out: the built binary, in the profile and target folder of the running test; what a command wrote. It does
//! not know what the command does.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Longer than any program of the tests takes, interpreted in a machine that is emulated.
const PATIENCE: Duration = Duration::from_secs(900);

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

/// Runs a command with this input to its end.
///
/// # Panics
///
/// Where it does not start, or has not ended after a quarter of an hour; then it and its children are killed.
pub fn finish(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let group = format!("-{}", child.id());
    let pipe = child.stdin.take();
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        // A program that does not read its input to the end breaks the pipe; that is no failure.
        scope.spawn(move || pipe.map(|mut pipe| pipe.write_all(input)));
        let watch = scope.spawn(move || match end.recv_timeout(PATIENCE) {
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
                true
            }
            _ => false,
        });
        let output = child.wait_with_output();
        drop(ended);
        assert!(!watch.join().unwrap_or(true), "{command:?} did not end");
        output.unwrap_or_else(|error| panic!("{command:?}: {error}"))
    })
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
