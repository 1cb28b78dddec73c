//! Real programs: each guest's standard output, exit status and files are those of its native build, interpreted and as
//! machine code; and where there is QEMU, its output and status in ring 0, too, as machine code, and most interpreted.
//!
//! The guests are built from `ci/guests` by compilers that come as Python packages; where there is no Python, only
//! the small prebuilt ones run (see `prebuilt.rs`), and a line says so.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod prebuilt;
mod run;

use ringzero_ci::guests::{Built, built, sources};
use ringzero_ci::kernel;
use run::{Guest, Side};
use std::io::Write;
use std::path::Path;

/// Runs the guest on both sides and compares everything but the text on standard error.
fn compare(guest: &Guest) {
    let Some(folder) = folder() else { return };
    let native = guest.run(Side::Native, folder);
    assert!(native.status.is_some(), "{}: the native program was killed", guest.name);
    for side in [Side::Wasm, Side::Compiled] {
        let wasm = guest.run(side, folder);
        let about = format!("{} ({side:?})", guest.name);
        assert_eq!(text(&wasm.stdout), text(&native.stdout), "{about}: {}", text(&wasm.stderr));
        assert!(wasm.stdout == native.stdout, "{about}: standard output differs in bytes");
        assert_eq!(wasm.status, native.status, "{about}: {}", text(&wasm.stderr));
        let names = |files: &run::Files| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&wasm.files), names(&native.files), "{about}: other files are left");
        for (name, bytes) in &native.files {
            assert!(wasm.files[name] == *bytes, "{about}: the file {name} differs");
        }
    }
    let in_kernel = [Side::KernelCompiled, Side::Kernel];
    for side in in_kernel.into_iter().filter(|_| kernel::qemu()) {
        let kernel = guest.run(side, folder);
        let about = format!("{} ({side:?})", guest.name);
        assert_eq!(text(&kernel.stdout), text(&native.stdout), "{about}: {}", text(&kernel.stderr));
        assert!(kernel.stdout == native.stdout, "{about}: standard output differs in bytes");
        assert_eq!(kernel.status, native.status, "{about}: {}", text(&kernel.stderr));
    }
}

/// The built guests; none on a machine without Python, after saying so.
fn folder() -> Option<&'static Path> {
    match built() {
        Built::In(folder) => Some(folder),
        Built::NoPython => {
            let line = b"\nguests: not run, there is no python3 to install their compilers with\n";
            std::io::stdout().write_all(line).unwrap();
            None
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn sqlite() {
    let guest = Guest::new("sqlite", &["library.db"]);
    compare(&guest);
    let Some(folder) = folder() else { return };
    let out = text(&guest.run(Side::Wasm, folder).stdout);
    assert_eq!(out.matches("integrity_check=ok").count(), 2, "{out}");
}

#[test]
fn quickjs() {
    let script = std::fs::read(sources().join("js/script.js")).unwrap();
    let mut guest = Guest::new("quickjs", &["script.js"]);
    guest.files.insert("script.js".to_owned(), script);
    compare(&guest);
    // A script that fails, and one that is not there.
    guest.files.insert("script.js".to_owned(), b"print('before'); throw new TypeError('no')".to_vec());
    compare(&guest);
    compare(&Guest::new("quickjs", &["nothing.js"]));
}

#[test]
fn zlib() {
    compare(&Guest::new("zlib", &[]));
}

#[test]
fn go() {
    let mut guest = Guest::new("go", &["."]);
    guest.stdin = (0..5000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
    guest.env = Some(("GUEST_ENV", "a value, with spaces"));
    compare(&guest);
}

#[test]
fn readv() {
    for stdin in [&b""[..], b"short", &[b'x'; 94], &(0..=255).collect::<Vec<u8>>()] {
        let mut guest = Guest::new("readv", &["readv.data"]);
        guest.stdin = stdin.to_vec();
        compare(&guest);
    }
}

#[test]
fn fib() {
    compare(&Guest::new("fib", &["20"]));
}

#[test]
fn nbody() {
    compare(&Guest::new("nbody", &["5000"]));
}

#[test]
fn sha256() {
    compare(&Guest::new("sha256", &["4"]));
}

#[test]
fn byteloop() {
    compare(&Guest::new("byteloop", &["7"]));
}

/// Zig's own tests print to standard error. In ring 0 they run as machine code alone: interpreted in a machine that is
/// emulated they take minutes, and show nothing that they do not show on this system. Their order, and the few that are of one system alone (`.test_N`,
/// a module's list of imports), differ between targets; the rest is the same set, and all of it passes.
#[test]
fn zig_standard_library() {
    let Some(folder) = folder() else { return };
    let guest = Guest::new("zig-std", &[]);
    let native = zig_tests(&text(&guest.run(Side::Native, folder).stderr));
    let sides = [Side::Wasm, Side::Compiled, Side::KernelCompiled];
    for side in sides.into_iter().take(if kernel::qemu() { 3 } else { 2 }) {
        let wasm = guest.run(side, folder);
        assert_eq!(wasm.status, Some(0), "{side:?}: {}", text(&wasm.stderr));
        assert_eq!(zig_tests(&text(&wasm.stderr)), native, "{side:?}");
    }
    for module in ["sort.", "hash_map.", "array_list.", "unicode.", "json."] {
        let passed = native.iter().filter(|line| line.starts_with(module) && line.ends_with("...OK")).count();
        assert!(passed >= 5, "{passed} tests of {module}");
    }
}

/// `12/235 sort.test.stable sort...OK` without its number, sorted.
fn zig_tests(stderr: &str) -> Vec<String> {
    let tests = stderr.lines().filter_map(|line| line.split_once(' ')).filter(|(n, _)| n.contains('/'));
    let mut tests: Vec<_> = tests.map(|(_, t)| t.to_owned()).filter(|t| !t.contains(".test_")).collect();
    tests.sort();
    tests
}
