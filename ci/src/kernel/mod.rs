//! The kernels, and QEMU to boot them in.
//!
//! In: a check's name and its data. Out: what the checking kernel says on its serial line. Both kernels are built on
//! the first call. It does not know what they do.

pub mod guest;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

/// Longer than any check takes on a slow machine without hardware virtualisation.
const PATIENCE: Duration = Duration::from_secs(300);

static BUILT: LazyLock<PathBuf> = LazyLock::new(build);

/// Whether there is a QEMU to boot kernels in. With `RINGZERO_QEMU=required` in the environment there must be.
///
/// # Panics
///
/// Where it is required and missing.
pub fn qemu() -> bool {
    let found =
        Command::new("qemu-system-x86_64").arg("--version").output().is_ok_and(|o| o.status.success());
    let required = std::env::var_os("RINGZERO_QEMU").is_some_and(|v| v == "required");
    assert!(found || !required, "qemu-system-x86_64 is needed to boot the kernel: install qemu-system-x86");
    found
}

/// The kernel that hosts a program.
pub fn hosting() -> PathBuf {
    BUILT.join("ringzero-kernel")
}

/// The folder of both kernels.
fn build() -> PathBuf {
    // target/PROFILE/deps/test-binary
    let test = std::env::current_exe().unwrap_or_default();
    let target = test.ancestors().nth(3).expect("the test lies in a target folder");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--profile", "kernel", "--package", "ringzero-platform-baremetal"]);
    cargo.args(["--features", "checks", "--bins", "--target-dir"]).arg(target);
    cargo.arg("--manifest-path").arg(manifest).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let done = cargo.output().unwrap_or_else(|error| panic!("cargo: {error}"));
    assert!(done.status.success(), "the kernels do not build:\n{}", String::from_utf8_lossy(&done.stderr));
    target.join("kernel")
}

/// Boots the checking kernel with `megabytes` of memory; what it wrote.
///
/// # Panics
///
/// Where QEMU does not start, the kernel does not end in time, or it ends with another status than 0.
pub fn check(name: &str, data: &[u8], megabytes: u32) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, log) = (folder.path().join("data"), folder.path().join("log"));
    fs::write(&file, data).expect("the data can be written");
    let mut qemu = Command::new("qemu-system-x86_64");
    qemu.args("-machine q35 -accel tcg -cpu max -nodefaults -display none -no-reboot".split(' '));
    qemu.args(["-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-serial", "stdio"]);
    qemu.arg("-m").arg(megabytes.to_string()).arg("-debugcon").arg(format!("file:{}", log.display()));
    qemu.arg("-kernel")
        .arg(BUILT.join("ringzero-check-kernel"))
        .arg("-initrd")
        .arg(file)
        .args(["-append", name]);
    let mut child = qemu.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("QEMU starts");
    let mut stdout = child.stdout.take().expect("piped");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let _ = stdout.read_to_string(&mut text);
        text
    });
    let begun = Instant::now();
    while child.try_wait().expect("QEMU is a child").is_none() {
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
        }
        thread::sleep(Duration::from_millis(20));
    }
    let text = reader.join().unwrap_or_default();
    let log = fs::read_to_string(log).unwrap_or_default();
    assert!(log.lines().last() == Some("exit 0"), "check `{name}`: {text}\nthe kernel's log: {log}");
    text
}
