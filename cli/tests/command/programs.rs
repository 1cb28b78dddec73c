//! Programs that run: output, input, exit status, traps.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::place::Place;

/// Exits with a status that stands in the module.
fn exits_with(status: u32) -> String {
    format!(
        r#"(module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "_start") (call $exit (i32.const {status}))))"#
    )
}

#[test]
fn the_guests_exit_status_passes_through() {
    for (status, seen) in [(0, 0), (1, 1), (42, 42), (255, 255), (256, 0)] {
        let ran = Place::new(&format!("exit-{status}"))
            .with("app.wat", exits_with(status))
            .run(&["run", "app.wat"]);
        assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (Some(seen), "", ""), "{status}");
    }
}

#[test]
fn a_program_that_returns_has_succeeded() {
    let place = Place::new("returns").with("app.wat", r#"(module (func (export "_start")))"#);
    assert_eq!(place.run(&["run", "app.wat"]).succeeded(), "");
    assert_eq!(place.run(&["app.wat"]).succeeded(), "");
}

#[test]
fn a_trap_shows_its_reason_and_the_way_there() {
    let text = r#"(module
      (func $inner (drop (i32.div_s (i32.const 1) (i32.const 0))))
      (func $outer (call $inner))
      (func (export "_start") (call $outer)))"#;
    let ran = Place::new("trap").with("app.wat", text).run(&["run", "app.wat"]);
    assert_eq!(ran.status, Some(134));
    let mut lines = ran.err.lines();
    assert_eq!(lines.next(), Some("error: wasm trap: integer divide by zero"));
    let inner = ran.err.find("inner").expect("the innermost function is named");
    let outer = ran.err.find("outer").expect("its caller is named");
    assert!(inner < outer, "{}", ran.err);
    assert!(ran.err.contains("0x"), "an offset is missing: {}", ran.err);
}

#[test]
fn endless_recursion_is_a_trap() {
    let text = r#"(module (func $again (export "_start") (call $again)))"#;
    let place = Place::new("recursion").with("app.wat", text);
    for words in [&["run", "app.wat"][..], &["run", "--stack", "64K", "app.wat"]] {
        let ran = place.run(words);
        assert_eq!(ran.status, Some(134));
        assert!(ran.err.starts_with("error: wasm trap: call stack exhausted\n"), "{}", ran.err);
        assert!(
            ran.err.lines().count() < 100,
            "the backtrace is too long: {} lines",
            ran.err.lines().count()
        );
    }
}

#[test]
fn the_stack_option_decides_how_deep_recursion_may_go() {
    let text = r#"(module
      (func $down (export "down") (param i32) (result i32)
        (if (result i32) (local.get 0)
          (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
          (else (i32.const 0)))))"#;
    let place = Place::new("stack").with("app.wat", text);
    let depth = |stack| place.run(&["run", "--stack", stack, "--invoke", "down", "app.wat", "20000"]);
    assert_eq!(depth("16K").status, Some(134));
    assert_eq!(depth("16M").succeeded(), "20000\n");
}

#[test]
fn the_memory_option_decides_how_far_a_memory_may_grow() {
    let text = r#"(module (memory 1)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    let place = Place::new("memory").with("app.wat", text);
    let grow = |most, pages| place.run(&["run", "--max-memory", most, "--invoke", "grow", "app.wat", pages]);
    assert_eq!(grow("128K", "1").succeeded(), "1\n");
    assert_eq!(grow("128K", "2").succeeded(), "-1\n");
    grow("32K", "0").failed(1, &["app.wat", "memory", "limit"]);
}

#[test]
fn the_memory_option_is_about_all_memories_together() {
    let text = r#"(module (memory $a 1) (memory $b 1)
      (func (export "grow") (param i32 i32) (result i32 i32)
        (memory.grow $a (local.get 0)) (memory.grow $b (local.get 1))))"#;
    let place = Place::new("memories").with("app.wat", text);
    let grow = |most, a, b| {
        place.run(&["run", "--max-memory", most, "--invoke", "grow", "app.wat", a, b]).succeeded()
    };
    assert_eq!(grow("256K", "1", "1"), "1\n1\n");
    assert_eq!(grow("256K", "2", "1"), "1\n-1\n");
    assert_eq!(grow("256K", "3", "2"), "-1\n1\n");
    let both = place.run(&["run", "--max-memory", "64K", "--invoke", "grow", "app.wat", "0", "0"]);
    both.failed(1, &["app.wat", "memory", "limit"]);
}

#[test]
fn a_start_function_and_an_initialiser_run_first() {
    let text = r#"(module
      (global $state (mut i32) (i32.const 0))
      (func $digit (param i32)
        (global.set $state (i32.add (i32.mul (global.get $state) (i32.const 10)) (local.get 0))))
      (func $begin (call $digit (i32.const 1)))
      (start $begin)
      (func (export "_initialize") (call $digit (i32.const 2)))
      (func (export "state") (result i32) (global.get $state)))"#;
    let place = Place::new("initialise").with("app.wat", text);
    assert_eq!(place.run(&["run", "--invoke", "state", "app.wat"]).succeeded(), "12\n");
    assert_eq!(place.run(&["run", "app.wat"]).succeeded(), "");
}

#[test]
fn words_are_counted_in_a_file_and_in_the_input() {
    let text = "one two  three\n\tfour\nfive";
    let place = Place::new("words").with_example("word-count.wat").with("a.txt", text).with("b.txt", "six\n");
    let counted = place.run_with(&["run", "word-count.wat"], text.as_bytes(), &[]).succeeded();
    assert_eq!(counted, "      2       5      25\n");
    let files = place.run(&["run", "--dir", ".", "word-count.wat", "a.txt", "b.txt"]).succeeded();
    assert_eq!(
        files,
        "      2       5      25 a.txt\n      1       1       4 b.txt\n      3       6      29 total\n"
    );
}

/// What the README's first command runs, from where it says to run it.
#[test]
fn the_readmes_first_command_works() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = fs::read_to_string(root.join("README.md")).expect("the README is there");
    let (_, command) = readme.split_once("```sh\n").expect("the README has a command");
    let (cargo, words) =
        command.lines().next().and_then(|line| line.split_once(" -- ")).expect("with arguments");
    assert_eq!(cargo, "cargo run --release -p ringzero-cli");
    let output = Command::new(env!("CARGO_BIN_EXE_ringzero"))
        .args(words.split(' '))
        .current_dir(&root)
        .output()
        .expect("the command starts");
    let lines = readme.matches('\n').count();
    let counted =
        format!("{lines:7} {:7} {:7} README.md\n", readme.split_ascii_whitespace().count(), readme.len());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        counted,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_large_input_is_read_whole() {
    let line = "0123456789 abcdef\n";
    let input = line.repeat(100_000);
    let place = Place::new("large-input").with_example("word-count.wat");
    let counted = place.run_with(&["run", "word-count.wat"], input.as_bytes(), &[]).succeeded();
    assert_eq!(counted, format!(" {:6} {:7} {:7}\n", 100_000, 200_000, input.len()));
}

#[test]
fn the_set_is_drawn_where_it_lies() {
    let place = Place::new("mandelbrot").with_example("mandelbrot.wat");
    let drawn = place.run(&["run", "mandelbrot.wat"]).succeeded();
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(lines.len(), 32);
    assert!(lines.iter().all(|line| line.len() == 78));
    // Column and line of a point inside of the main cardioid, and of one far outside.
    assert_eq!(&lines[16][52..53], "#");
    assert_eq!(&lines[0][0..1], " ");
}

#[test]
fn deterministic_runs_are_the_same() {
    // Sixteen bytes of randomness and both clocks, as hexadecimal digits.
    let text = r#"(module
      (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 256) "0123456789abcdef")
      (func (export "_start") (local $at i32)
        (drop (call $random (i32.const 64) (i32.const 16)))
        (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 80)))
        (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 88)))
        (loop $next
          (i32.store8 (i32.add (i32.const 512) (i32.mul (local.get $at) (i32.const 2)))
            (i32.load8_u (i32.add (i32.const 256) (i32.shr_u (i32.load8_u offset=64 (local.get $at)) (i32.const 4)))))
          (i32.store8 (i32.add (i32.const 513) (i32.mul (local.get $at) (i32.const 2)))
            (i32.load8_u (i32.add (i32.const 256) (i32.and (i32.load8_u offset=64 (local.get $at)) (i32.const 15)))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $at) (i32.const 32))))
        (i32.store (i32.const 0) (i32.const 512))
        (i32.store (i32.const 4) (i32.const 64))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;
    let place = Place::new("deterministic").with("app.wat", text);
    let fixed = || place.run(&["run", "--deterministic", "app.wat"]).succeeded();
    let real = || place.run(&["run", "app.wat"]).succeeded();
    let (first, second) = (fixed(), fixed());
    assert_eq!(first, second);
    assert_ne!(&first[..32], "0".repeat(32), "no randomness arrived");
    // 2022-01-01T00:00:00Z in nanoseconds, little-endian; and the monotonic clock's 0.
    assert_eq!(&first[32..], "00001fa670fcc5160000000000000000");
    assert_ne!(real()[..32], real()[..32]);
}

#[test]
fn sleeping_takes_its_time_unless_time_is_fake() {
    // Waits for so many milliseconds of the monotonic clock, and exits with the error's number.
    let text = r#"(module
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
      (memory 1)
      (export "memory" (memory 0))
      (func (export "sleep") (param i64) (result i32)
        (i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.mul (local.get 0) (i64.const 1000000)))
        (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))"#;
    let place = Place::new("sleep").with("app.wat", text);
    let begun = Instant::now();
    assert_eq!(place.run(&["run", "--invoke", "sleep", "app.wat", "300"]).succeeded(), "0\n");
    assert!(begun.elapsed() >= Duration::from_millis(300));
    let begun = Instant::now();
    let hour = ["run", "--deterministic", "--invoke", "sleep", "app.wat", "3600000"];
    assert_eq!(place.run(&hour).succeeded(), "0\n");
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn fuel_and_time_run_out() {
    let endless = r#"(module (func (export "_start") (loop (br 0))))"#;
    let place = Place::new("bounds").with("endless.wat", endless);
    let trapped = |place: &Place, words: &[&str], reason: &str| {
        let ran = place.run(words);
        assert_eq!(ran.status, Some(134), "{}", ran.err);
        assert!(ran.err.starts_with(&format!("error: wasm trap: {reason}\n")), "{}", ran.err);
    };
    let sleeper = r#"(module
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "_start")
        (i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.const 3600000000000))
        (loop (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))) (br 0))))"#;
    let place = place.with("sleeper.wat", sleeper);
    for engine in ["interpreter", "compiled"] {
        let run =
            |limit: [&'static str; 2], program| ["run", "--engine", engine, limit[0], limit[1], program];
        trapped(&place, &run(["--fuel", "100000"], "endless.wat"), "all fuel consumed");
        trapped(&place, &run(["--timeout", "100ms"], "endless.wat"), "interrupted");
        trapped(&place, &run(["--timeout", "200ms"], "sleeper.wat"), "interrupted");
    }
    let soon = place.run(&["run", "--timeout", "soon", "endless.wat"]);
    assert_eq!(soon.status, Some(2));
    assert!(soon.err.contains("--timeout"), "{}", soon.err);
}

#[test]
#[cfg(unix)]
fn a_file_beyond_the_size_limit_is_the_guests_error() {
    // Writes until there is an error, and ends with its number.
    let filler = r#"(module
      (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1) (data (i32.const 0) "f") (data (i32.const 8) "\40\00\00\00\00\10\00\00")
      (func (export "_start") (local i32)
        (if (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1)
              (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16))
          (then unreachable))
        (loop $more
          (local.set 0 (call $write (i32.load (i32.const 16)) (i32.const 8) (i32.const 1) (i32.const 20)))
          (br_if $more (i32.eqz (local.get 0))))
        (call $exit (local.get 0))))"#;
    let place = Place::new("file-size").with("filler.wat", filler);
    let ran = place.run_limited("ulimit -f 100", &["run", "--dir", ".", "filler.wat"]);
    const EFBIG: i32 = 22;
    assert_eq!((ran.status, ran.err.as_str()), (Some(EFBIG), ""));
    assert!(std::fs::metadata(place.path("f")).is_ok_and(|found| found.len() > 0));
}
