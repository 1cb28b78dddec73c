//! The example of a platform, at work: what it promises in the guide for kernel authors.
//!
//! In: `examples/board.rs`, as it is. Out: programs that it hosts, and those that it stops.

use ringzero::Trap;

#[path = "../examples/board.rs"]
#[expect(dead_code, reason = "its `main` is for `cargo run --example`")]
mod board;

use board::{Kernel, machine};

fn screen() -> String {
    String::from_utf8(machine::SCREEN.take()).expect("guests write text")
}

/// A program that exits with what an expression says.
fn exits_with(functions: &str, value: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (import "wasi_snapshot_preview1" "poll_oneoff"
                (func $poll (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "clock_time_get"
                (func $time (param i32 i64 i32) (result i32)))
            (memory (export "memory") 1)
            {functions}
            (func (export "_start") (call $exit {value})))"#
    );
    wat::parse_str(text).expect("the text is right")
}

#[test]
fn it_fits_on_two_screens() {
    assert!(include_str!("../examples/board.rs").lines().count() < 150);
}

#[test]
fn it_hosts_a_program() {
    let program = wat::parse_str(include_str!("../../examples/word-count.wat")).unwrap();
    let kernel = Kernel::boot().unwrap();
    let status = kernel.host(&program, "two words\nand three more\n").unwrap();
    let counts: Vec<String> = screen().split_whitespace().map(str::to_owned).collect();
    assert_eq!((status, counts), (0, ["2", "5", "25"].map(str::to_owned).to_vec()));
}

/// A stack that is too small is met by a signal that ends the test. The library of threads gives at least so much.
#[test]
fn it_makes_do_with_a_small_stack() {
    let program = wat::parse_str(include_str!("../../examples/word-count.wat")).unwrap();
    let host = move || Kernel::boot().unwrap().host(&program, "two words\n").unwrap();
    let thread = std::thread::Builder::new().stack_size(16 << 10).spawn(host).unwrap();
    assert_eq!(thread.join().unwrap(), 0);
}

#[test]
fn it_stops_what_does_not_end_and_goes_on() {
    let kernel = Kernel::boot().unwrap();
    let endless = exits_with("(func $f (result i32) (loop $on (br $on)) (unreachable))", "(call $f)");
    let deep = exits_with("(func $f (result i32) (i32.add (call $f) (i32.const 1)))", "(call $f)");
    let good = exits_with("", "(i32.const 7)");
    for (program, trap) in [(&endless, Trap::Interrupted), (&deep, Trap::StackOverflow)] {
        let error = kernel.host(program, "").unwrap_err();
        let error: Box<ringzero::Error> = error.downcast().unwrap();
        assert_eq!(error.trap(), Some(trap));
        assert_eq!(kernel.host(&good, "").unwrap(), 7);
    }
}

#[test]
fn it_lets_guests_sleep_and_tells_them_the_time() {
    // Subscribes to the monotonic clock, 2 ms from now, and measures.
    let functions = r#"
        (func $now (result i64)
            (drop (call $time (i32.const 1) (i64.const 1) (i32.const 256)))
            (i64.load (i32.const 256)))
        (func $f (result i32) (local $start i64)
            (local.set $start (call $now))
            (i32.store (i32.const 16) (i32.const 1))
            (i64.store (i32.const 24) (i64.const 2000000))
            (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
            (i64.ge_u (i64.sub (call $now) (local.get $start)) (i64.const 2000000)))"#;
    let kernel = Kernel::boot().unwrap();
    assert_eq!(kernel.host(&exits_with(functions, "(call $f)"), "").unwrap(), 1);
}

#[test]
fn it_gives_guests_so_much_memory_and_no_more() {
    // 63 pages more make 4 MiB; the next one is refused.
    let functions = "(func $f (result i32) (i32.add
        (memory.grow (i32.const 63)) (memory.grow (i32.const 1))))";
    let kernel = Kernel::boot().unwrap();
    for _ in 0..20 {
        assert_eq!(kernel.host(&exits_with(functions, "(call $f)"), "").unwrap(), 0);
    }
}
