//! Where and with what the numbers were made.
//!
//! Out: a list in Markdown. What cannot be found out is left out.

use crate::suite::here;
use std::path::Path;
use std::process::Command;

pub(crate) fn print() {
    let rows = [
        ("date", first_line("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
        ("ringzero", first_line("git", &["describe", "--always", "--dirty", "--abbrev=10"])),
        ("wasmtime", locked("wasmtime")),
        ("wasmi", locked("wasmi")),
        ("wasm3", pinned(&here().join("fetch"), "pywasm3==").filter(|_| cfg!(wasm3))),
        ("rustc", first_line("rustc", &["-V"])),
        (
            "guests' C compiler",
            pinned(&here().join("../guests/build.py"), "ziglang==").map(|v| format!("ziglang {v}")),
        ),
        ("processor", processor()),
        ("system", first_line("uname", &["-srm"])),
    ];
    for (what, value) in rows {
        if let Some(value) = value {
            println!("- {what}: {value}");
        }
    }
    println!();
}

fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let done = Command::new(program).args(args).current_dir(here()).output().ok()?;
    String::from_utf8(done.stdout).ok()?.lines().next().map(str::to_owned)
}

/// A crate's version in the benchmark's lock file.
fn locked(name: &str) -> Option<String> {
    let lock = std::fs::read_to_string(here().join("Cargo.lock")).ok()?;
    let rest = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
    rest.split('"').next().map(str::to_owned)
}

/// The version that a script asks for.
fn pinned(script: &Path, package: &str) -> Option<String> {
    let text = std::fs::read_to_string(script).ok()?;
    let rest = text.split_once(package)?.1;
    Some(rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect())
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let field = |name| Some(text.lines().find(|l| l.starts_with(name))?.split_once(':')?.1.trim().to_owned());
    let count = text.lines().filter(|l| l.starts_with("processor")).count();
    Some(format!(
        "{}, family {}, model {}, {count} of them",
        field("model name")?,
        field("cpu family")?,
        field("model\t")?
    ))
}
