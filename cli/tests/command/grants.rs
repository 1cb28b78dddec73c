//! What a guest reaches: what was granted, and nothing else.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::place::{Place, ran};

/// Prints its arguments but the first, and its environment, each NUL-terminated string as it lies in memory.
const ECHO: &str = r#"(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (func $put (param i32 i32)
    (i32.store (i32.const 8) (local.get 0))
    (i32.store (i32.const 12) (local.get 1))
    (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16))))
  (func (export "_start")
    (drop (call $args_sizes (i32.const 0) (i32.const 4)))
    (drop (call $args (i32.const 1024) (i32.const 65536)))
    (call $put (i32.const 65536) (i32.load (i32.const 4)))
    (drop (call $env_sizes (i32.const 0) (i32.const 4)))
    (drop (call $env (i32.const 1024) (i32.const 65536)))
    (call $put (i32.const 65536) (i32.load (i32.const 4)))))"#;

#[test]
fn arguments_are_the_guests_even_if_they_look_like_options() {
    let place = Place::new("arguments").with("echo.wat", ECHO);
    let words = ["run", "echo.wat", "--dir", "", "--", "-x", "ä"];
    assert_eq!(place.run(&words).succeeded(), "echo.wat\0--dir\0\0--\0-x\0ä\0");
    assert_eq!(place.run(&["echo.wat", "--help"]).succeeded(), "echo.wat\0--help\0");
}

#[test]
fn variables_are_granted_by_name_or_all_together() {
    let place = Place::new("variables").with("echo.wat", ECHO);
    let host = [("RINGZERO_TEST", "host")];
    assert_eq!(place.run_with(&["run", "echo.wat"], b"", &host).succeeded(), "echo.wat\0");
    let named = place.run_with(&["run", "--env", "A=1=2", "--env", "B=", "echo.wat"], b"", &host).succeeded();
    assert_eq!(named, "echo.wat\0A=1=2\0B=\0");
    let all = place.run_with(&["run", "--env-inherit", "echo.wat"], b"", &host).succeeded();
    assert!(all.contains("\0RINGZERO_TEST=host\0"), "{all:?}");
    let changed = ["run", "--env-inherit", "--env", "RINGZERO_TEST=guest", "echo.wat"];
    let changed = place.run_with(&changed, b"", &host).succeeded();
    assert!(changed.contains("\0RINGZERO_TEST=guest\0") && !changed.contains("=host\0"), "{changed:?}");
}

#[test]
fn files_need_a_directory() {
    let place = Place::new("no-directory").with_example("word-count.wat").with("a.txt", "a\n");
    let ran = place.run(&["run", "word-count.wat", "a.txt"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(1), ""));
    assert_eq!(ran.err, "word-count: a.txt: cannot open (errno 8)\n");
}

#[cfg(unix)]
#[test]
fn a_path_cannot_leave_its_directory() {
    let place = Place::new("confined").with_example("word-count.wat").with("secret.txt", "a\n");
    std::fs::create_dir(place.path("inside")).expect("the folder can be made");
    std::os::unix::fs::symlink("../secret.txt", place.path("inside/link.txt")).expect("the link can be made");
    for path in ["../secret.txt", "link.txt", "./x/../../secret.txt", "/etc/hostname"] {
        let ran = place.run(&["run", "--dir", "inside", "word-count.wat", path]);
        assert_eq!((ran.status, ran.out.as_str()), (Some(1), ""), "{path}: {}", ran.err);
    }
}

/// Makes a directory `made` in descriptor 3 and exits with the error's number.
const MAKES: &str = r#"(module
  (import "wasi_snapshot_preview1" "path_create_directory" (func $make (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "made")
  (func (export "_start") (call $exit (call $make (i32.const 3) (i32.const 0) (i32.const 4)))))"#;

#[test]
fn a_read_only_directory_is_not_changed() {
    const EROFS: i32 = 69;
    let place = Place::new("read-only").with("make.wat", MAKES);
    assert_eq!(place.run(&["run", "--dir", ".::/::ro", "make.wat"]).status, Some(EROFS));
    assert!(!place.path("made").exists());
    assert_eq!(place.run(&["run", "--dir", ".::/", "make.wat"]).status, Some(0));
    assert!(place.path("made").is_dir());
}

/// Accepts on descriptor 3, sends back the first bytes that it receives, and ends.
const ANSWERS: &str = r#"(module
  (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func $check (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
  (func (export "_start")
    (call $check (call $accept (i32.const 3) (i32.const 0) (i32.const 0)))
    (i32.store (i32.const 8) (i32.const 1024))
    (i32.store (i32.const 12) (i32.const 1024))
    (call $check (call $recv (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 0)
      (i32.const 16) (i32.const 20)))
    (i32.store (i32.const 12) (i32.load (i32.const 16)))
    (call $check (call $send (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 0) (i32.const 16)))))"#;

#[test]
fn a_listener_accepts() {
    let place = Place::new("listener").with("answer.wat", ANSWERS);
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = free.local_addr().expect("it has an address");
    drop(free);
    let child = place.start(&["run", "--listen", &address.to_string(), "answer.wat"]);
    let begun = Instant::now();
    let mut connection = loop {
        match TcpStream::connect(address) {
            Ok(connection) => break connection,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(30), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    connection.write_all(b"round trip").expect("the guest takes it");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("the guest answers");
    assert_eq!(answer, "round trip");
    assert_eq!(ran(child).succeeded(), "");
}
