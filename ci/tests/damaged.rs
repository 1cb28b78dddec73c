//! A real module, damaged: cut short at many places, with bits flipped all over. The command never panics, hangs
//! or prints more than it should, and its status says what happened.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ringzero_ci::command::ringzero;
use ringzero_ci::guests::sources;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// What a flipped bit may lead to: the guest ends as before or with a status of its own choice (fib has none but
/// 0), the module is refused, or it traps.
const RUNS: i32 = 0;
const REFUSED: i32 = 1;
const TRAPS: i32 = 134;

fn module() -> Vec<u8> {
    std::fs::read(sources().join("prebuilt/fib.wasm")).unwrap()
}

/// Runs the bytes as a file; returns the status and the lines on standard error.
fn run(name: &str, bytes: &[u8]) -> (i32, Vec<String>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("damaged-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path: PathBuf = folder.join(format!("{name}.wasm"));
    std::fs::write(&path, bytes).unwrap();
    let mut command = ringzero();
    let done = command.arg("run").arg(&path).arg("5").stdin(Stdio::null()).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    let lines = String::from_utf8(done.stderr).unwrap().lines().map(str::to_owned).collect();
    (done.status.code().unwrap_or_else(|| panic!("{name}: the command was killed: {}", done.status)), lines)
}

#[test]
fn a_module_cut_short_is_refused_in_one_line_with_an_offset() {
    let module = module();
    // The module's last section is custom and may be missing as a whole.
    let custom = module.len() - 4;
    for cut in (1..=60).map(|n| custom * n / 61) {
        let (status, lines) = run(&format!("cut-{cut}"), &module[..cut]);
        if status == RUNS {
            continue;
        }
        assert_eq!(status, REFUSED, "cut at {cut}: {lines:?}");
        assert_eq!(lines.len(), 1, "cut at {cut}: {lines:?}");
        assert!(
            lines[0].contains("offset") || lines[0].contains("nothing to run"),
            "cut at {cut}: {lines:?}"
        );
    }
    let (status, lines) = run("cut-in-code", &module[..module.len() / 2]);
    assert_eq!((status, lines.len()), (REFUSED, 1), "{lines:?}");
}

#[test]
fn flipped_bits_are_refused_or_trap_or_run() {
    let module = module();
    let mut refused = 0;
    for n in 0..80 {
        // The first half of the flips lies in the first sections, where most of them make the module invalid.
        let at = if n < 40 { n * 13 } else { module.len() * (n - 40) / 40 };
        let mut damaged = module.clone();
        damaged[at] ^= 1 << (n % 8);
        let (status, lines) = run(&format!("flip-{at}"), &damaged);
        match status {
            REFUSED => {
                assert_eq!(lines.len(), 1, "byte {at}: {lines:?}");
                refused += 1;
            }
            TRAPS => assert!(lines[0].contains("trap"), "byte {at}: {lines:?}"),
            _ => assert!(
                lines.iter().all(|l| !l.contains("panicked")),
                "byte {at}, status {status}: {lines:?}"
            ),
        }
    }
    assert!(refused > 20, "only {refused} of 80 damaged modules were refused");
}
