//! `ringzero boot`: what a person sees of a program in ring 0 is what `ringzero run` shows.

use ringzero_ci::command::{self, finish};
use ringzero_ci::kernel;
use std::io::Write;
use std::process::Command;

use crate::ready;

/// Exits with its first argument's first byte, after writing its input, its arguments and one variable.
const ECHO: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func $say (param $fd i32) (param $at i32) (param $len i32)
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $len))
    (drop (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start")
    (loop $more
      (i32.store (i32.const 0) (i32.const 4096)) (i32.store (i32.const 4) (i32.const 100))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (i32.load (i32.const 8)) (then
        (call $say (i32.const 1) (i32.const 4096) (i32.load (i32.const 8)))
        (br $more))))
    (drop (call $sizes (i32.const 16) (i32.const 20)))
    (drop (call $args (i32.const 1024) (i32.const 4096)))
    (call $say (i32.const 2) (i32.const 4096) (i32.load (i32.const 20)))
    (if (i32.eq (i32.load (i32.const 16)) (i32.const 1)) (then unreachable))
    (call $exit (i32.load8_u (i32.load (i32.const 1028))))))"#;

/// A program in a file of its own.
fn program(wat: &str) -> tempfile::TempPath {
    let mut file = tempfile::Builder::new().suffix(".wat").tempfile().unwrap();
    file.write_all(wat.as_bytes()).unwrap();
    file.into_temp_path()
}

fn ringzero(how: &str) -> Command {
    let mut command = command::ringzero();
    command.arg(how).env("RINGZERO_KERNEL", kernel::hosting());
    command
}

/// All bytes, in both directions, the two that the serial line has a meaning for among them; arguments with spaces,
/// quotes and backslashes; statuses up to a byte; the text below a trap.
#[test]
fn input_arguments_statuses_and_traps_are_those_of_linux() {
    if !ready() {
        return;
    }
    let echo = program(ECHO);
    let all: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let cases: [(&[u8], &[&str]); 5] = [
        (&all, &["\u{1}", "two words", "quo\"te", "back\\slash", "", "--dir"]),
        (b"", &["\u{7f}"]),
        (b"\x04", &["é"]),
        (b"\x10\x10\x04\x04", &["0"]),
        (b"traps", &[]),
    ];
    for (input, args) in cases {
        let linux = finish(ringzero("run").arg(&echo).args(args), input);
        let kernel = finish(ringzero("boot").arg(&echo).args(args), input);
        assert_eq!(kernel.stdout, linux.stdout);
        assert_eq!(String::from_utf8_lossy(&kernel.stderr), String::from_utf8_lossy(&linux.stderr));
        assert_eq!(kernel.status.code(), linux.status.code());
        assert_eq!(linux.stdout, input);
    }
}

/// Only the timer's interrupt can end these; recursion that is not endless in depth among them.
#[test]
fn the_timer_ends_what_does_not_end() {
    if !ready() {
        return;
    }
    for name in ["loop", "tail", "tree", "sleep"] {
        let path = format!("{}/tests/kernel/hostile/{name}.wat", env!("CARGO_MANIFEST_DIR"));
        let ended = finish(ringzero("boot").args(["--timeout", "100ms", &path]), b"");
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(134), "{name}: {errors}");
        assert!(errors.starts_with("error: wasm trap: interrupted\nwasm backtrace:"), "{name}: {errors}");
    }
}

/// A bad module, a program that is not there, a directory that is not there, no QEMU: one line each.
#[test]
fn what_cannot_be_booted_says_why() {
    if !ready() {
        return;
    }
    let bad = program("(module (func (export \"_start\") (result i32) (i32.const 1)))");
    let missing = program("(module (import \"nobody\" \"has\" (func)))");
    let (bad, missing) = (bad.to_str().unwrap(), missing.to_str().unwrap());
    let cases: [(&[&str], &str); 4] = [
        (&[bad], "type mismatch"),
        (&[missing], "nobody"),
        (&["nothing.wasm"], "nothing.wasm"),
        (&["--dir", "no/such", bad], "no/such"),
    ];
    let expect = |command: &mut Command, expected: &str| {
        let ended = finish(command, b"");
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{errors}");
        assert!(errors.starts_with("error: ") && errors.contains(expected), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    };
    for (args, expected) in cases {
        expect(ringzero("boot").args(args), expected);
    }
    expect(ringzero("boot").env("PATH", "").arg(missing), "apt-get install qemu-system-x86");
}

/// How long a machine takes from its start to a program's end, and how large the kernel is: printed, not judged.
#[test]
fn hello_world_and_its_figures() {
    if !ready() {
        return;
    }
    let hello = format!("{}/tests/kernel/hostile/hello.wat", env!("CARGO_MANIFEST_DIR"));
    let image = std::fs::metadata(kernel::hosting()).unwrap().len();
    // Whatever has to be built first is built.
    finish(ringzero("boot").arg(&hello), b"");
    let begun = std::time::Instant::now();
    let ended = finish(ringzero("boot").arg(&hello), b"");
    let took = begun.elapsed();
    assert_eq!((ended.status.code(), &*ended.stdout), (Some(0), &b"hello, world!\n"[..]));
    crate::print(&format!(
        "counts: kernel: {} KiB stripped; hello world from start to exit in {} ms\n",
        image >> 10,
        took.as_millis()
    ));
}
