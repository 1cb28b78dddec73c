//! What goes wrong before a guest runs: one clear line, and a status that tells kinds apart.

use std::fs;

use crate::place::Place;

/// An empty module in the binary format.
const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let place = Place::new("unreadable");
    place.run(&["run", "nowhere.wasm"]).failed(1, &["nowhere.wasm", "no such file or directory"]);
    place.run(&["run", "."]).failed(1, &[".: is a directory"]);
    place.run(&["inspect", "nowhere.wasm"]).failed(1, &["nowhere.wasm"]);
    place.run(&["wast", "nowhere.wast"]).failed(1, &["nowhere.wast"]);
}

/// A file whose reading fails for everybody, also for a superuser whom permissions do not bind.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_while_being_read_is_named() {
    Place::new("failing").run(&["run", "/proc/self/mem"]).failed(1, &["/proc/self/mem: input/output error"]);
}

#[cfg(unix)]
#[test]
fn a_forbidden_file_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("forbidden").with("app.wasm", EMPTY);
    let path = place.path("app.wasm");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("permissions can be changed");
    let ran = place.run(&["run", "app.wasm"]);
    if fs::File::open(&path).is_ok() {
        // A superuser reads it all the same, and finds nothing to run.
        ran.failed(1, &["app.wasm", "nothing to run"]);
    } else {
        ran.failed(1, &["app.wasm: permission denied"]);
    }
}

#[test]
fn a_bad_module_is_refused_with_an_offset() {
    let cases: [(&str, &[u8]); 6] = [
        ("empty", b""),
        ("magic", b"\0asn\x01\0\0\0"),
        ("version", b"\0asm\x02\0\0\0"),
        ("truncated", b"\0asm\x01\0\0\0\x01\x05\x01\x60"),
        ("section", b"\0asm\x01\0\0\0\x7f\x00"),
        ("order", b"\0asm\x01\0\0\0\x0a\x01\x00\x01\x01\x00"),
    ];
    for (name, bytes) in cases {
        let ran = Place::new(&format!("bad-{name}")).with("app.wasm", bytes).run(&["run", "app.wasm"]);
        ran.failed(1, &["app.wasm", "offset"]);
    }
}

#[test]
fn an_ill_typed_function_is_refused_with_an_offset() {
    // (func (export "_start") i32.add)
    let bytes = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x0a\x01\x06_start\0\0\x0a\x05\x01\x03\0\x6a\x0b";
    let place = Place::new("ill-typed").with("app.wasm", bytes);
    place.run(&["run", "app.wasm"]).failed(1, &["app.wasm", "0x23", "type mismatch"]);
}

#[test]
fn a_bad_text_is_refused_with_line_and_column() {
    let place = Place::new("bad-text")
        .with("app.wat", "(module\n  (func (export \"_start\") (i32.cnst 1)))\n")
        .with("latin.wat", b"(module (func $\xe4))");
    place.run(&["run", "app.wat"]).failed(1, &["app.wat:2:28:", "unknown operator"]);
    place.run(&["run", "latin.wat"]).failed(1, &["latin.wat", "UTF-8"]);
}

#[test]
fn an_import_that_is_missing_or_of_another_type_is_named() {
    let place = Place::new("imports")
        .with("missing.wat", r#"(module (import "env" "gone" (func)) (func (export "_start")))"#)
        .with(
            "signature.wat",
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64))) (func (export "_start")))"#,
        )
        .with(
            "unknown.wat",
            r#"(module (import "wasi_snapshot_preview1" "fd_dup" (func (param i32))) (func (export "_start")))"#,
        );
    place.run(&["run", "missing.wat"]).failed(1, &["missing.wat", "env", "gone"]);
    place.run(&["run", "signature.wat"]).failed(1, &["signature.wat", "proc_exit"]);
    place.run(&["run", "unknown.wat"]).failed(1, &["unknown.wat", "fd_dup"]);
}

#[test]
fn a_grant_that_cannot_be_made_stops_the_run() {
    let place =
        Place::new("bad-grants").with("app.wat", r#"(module (func (export "_start")))"#).with("file.txt", "");
    place
        .run(&["run", "--dir", "nowhere", "app.wat"])
        .failed(1, &["--dir nowhere", "no such file or directory"]);
    place.run(&["run", "--dir", "file.txt", "app.wat"]).failed(1, &["--dir file.txt", "not a directory"]);
    place.run(&["run", "--listen", "nonsense", "app.wat"]).failed(1, &["--listen nonsense"]);
    place.run(&["run", "--listen", "203.0.113.1:1", "app.wat"]).failed(1, &["--listen 203.0.113.1:1"]);
}

#[test]
fn a_library_says_what_could_be_called() {
    let place = Place::new("library")
        .with("library.wat", r#"(module (func (export "add")) (func (export "sub")))"#)
        .with("empty.wasm", EMPTY);
    place.run(&["run", "library.wat"]).failed(1, &["library.wat", "--invoke", "`add`, `sub`"]);
    place.run(&["run", "empty.wasm"]).failed(1, &["empty.wasm", "no function"]);
}

#[test]
fn a_feature_that_is_not_allowed_is_refused() {
    let text = r#"(module (func (export "_start") (drop (i32x4.splat (i32.const 1)))))"#;
    let place = Place::new("features").with("app.wat", text);
    assert_eq!(place.run(&["run", "app.wat"]).succeeded(), "");
    assert_eq!(place.run(&["run", "--wasm-features", "wasm2", "app.wat"]).succeeded(), "");
    for list in ["-simd", "wasm1", "wasm2,-simd"] {
        place.run(&["run", "--wasm-features", list, "app.wat"]).failed(1, &["app.wat", "offset", "SIMD"]);
    }
}

#[test]
fn wrong_usage_has_a_status_of_its_own() {
    let place = Place::new("usage").with("app.wat", "(module)");
    for words in [
        &[][..],
        &["run"],
        &["run", "--nonsense", "app.wat"],
        &["run", "--env", "A", "app.wat"],
        &["run", "--dir", "::", "app.wat"],
        &["run", "--stack", "much", "app.wat"],
        &["run", "--wasm-features", "simdd", "app.wat"],
        &["run", "--engine", "warp", "app.wat"],
        &["inspect"],
        &["wast"],
        &["rnu", "app.wat"],
    ] {
        let ran = place.run(words);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{words:?}: {}", ran.err);
        assert!(ran.err.contains("Usage") || ran.err.contains("error: "), "{words:?}: {}", ran.err);
    }
}

#[test]
fn help_teaches_by_examples() {
    let place = Place::new("help");
    for words in [&["--help"][..], &["run", "--help"]] {
        let help = place.run(words).succeeded();
        assert!(help.contains("ringzero run --dir"), "{help}");
    }
    let version = place.run(&["version"]).succeeded();
    assert_eq!(version, format!("ringzero {}\n", env!("CARGO_PKG_VERSION")));
}
