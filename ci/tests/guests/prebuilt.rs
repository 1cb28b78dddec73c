//! The small guests, committed with what their native builds print: they run on a machine with Rust alone.
//!
//! Where the compilers are at hand, the committed modules must be what they build, byte for byte.
//! `RINGZERO_BLESS=1` writes them anew.

use crate::run::{Guest, Side};
use crate::{folder, text};
use ringzero_ci::guests::sources;
use std::path::PathBuf;

const STDIN: &[u8] =
    b"The quick brown fox jumps over the lazy dog, and the lazy dog dreams of a quick brown fox.";

fn guests() -> Vec<Guest> {
    let mut readv = Guest::new("readv", &["readv.data"]);
    readv.stdin = STDIN.to_vec();
    let others = [("fib", "18"), ("nbody", "1000"), ("sha256", "1"), ("byteloop", "3")];
    let others = others.into_iter().map(|(name, argument)| Guest::new(name, &[argument]));
    std::iter::once(readv).chain(others).collect()
}

fn prebuilt() -> PathBuf {
    sources().join("prebuilt")
}

#[test]
fn prebuilt_guests_print_what_native_prints() {
    for guest in guests() {
        let ended = guest.run(Side::Wasm, &prebuilt());
        let expected = std::fs::read_to_string(prebuilt().join(format!("{}.txt", guest.name))).unwrap();
        let actual = format!("{}exit status {:?}\n", text(&ended.stdout), ended.status.unwrap());
        assert_eq!(actual, expected, "{}: {}", guest.name, text(&ended.stderr));
    }
}

#[test]
fn prebuilt_guests_are_built_from_the_sources() {
    let Some(folder) = folder() else { return };
    for guest in guests() {
        let module = std::fs::read(folder.join(format!("{}.wasm", guest.name))).unwrap();
        let native = guest.run(Side::Native, folder);
        let printed = format!("{}exit status {:?}\n", text(&native.stdout), native.status.unwrap());
        let (kept, kept_text) = (format!("{}.wasm", guest.name), format!("{}.txt", guest.name));
        if std::env::var_os("RINGZERO_BLESS").is_some() {
            std::fs::create_dir_all(prebuilt()).unwrap();
            std::fs::write(prebuilt().join(&kept), &module).unwrap();
            std::fs::write(prebuilt().join(&kept_text), &printed).unwrap();
        }
        assert!(
            std::fs::read(prebuilt().join(&kept)).unwrap() == module,
            "{kept} is not what its source builds"
        );
        assert_eq!(std::fs::read_to_string(prebuilt().join(&kept_text)).unwrap(), printed, "{kept_text}");
    }
}

/// The benchmark's programs have no native side: the engines check each other.
#[test]
fn prebuilt_programs_of_the_benchmark_are_built_from_the_sources() {
    let Some(folder) = folder() else { return };
    let programs = sources().join("../bench/programs");
    let mut seen = 0;
    for source in std::fs::read_dir(&programs).unwrap() {
        let source = source.unwrap().path();
        if source.extension().is_none_or(|extension| extension != "c") {
            continue;
        }
        let name = source.file_stem().unwrap().to_str().unwrap();
        let module = std::fs::read(folder.join(format!("bench-{name}.wasm"))).unwrap();
        let kept = programs.join(format!("prebuilt/{name}.wasm"));
        if std::env::var_os("RINGZERO_BLESS").is_some() {
            std::fs::write(&kept, &module).unwrap();
        }
        assert!(std::fs::read(&kept).unwrap() == module, "{} is not what its source builds", kept.display());
        seen += 1;
    }
    assert!(seen >= 13, "{seen} programs");
}
