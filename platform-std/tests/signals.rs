//! Signals that are none of ours: whoever handled them before still does, as if nothing stood between.
#![cfg(all(target_arch = "x86_64", any(target_os = "linux", target_os = "macos")))]
#![expect(unsafe_code, reason = "installs signal handlers and makes instructions fail")]

use std::arch::asm;
use std::ffi::{c_int, c_void};
use std::mem::zeroed;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ringzero::conformance::machine_code;
use ringzero::platform::Platform;
use ringzero_platform_std::StdPlatform;

/// Pages without access, which the handler of these tests makes accessible.
static CLOSED: AtomicUsize = AtomicUsize::new(0);
const LEN: usize = 1 << 16;
/// How often each of the handlers has run, and with what.
static FULL: AtomicUsize = AtomicUsize::new(0);
static SENT: AtomicUsize = AtomicUsize::new(0);
static MASKED: AtomicUsize = AtomicUsize::new(0);
static PLAIN: AtomicUsize = AtomicUsize::new(0);

/// Puts our handlers before what is there, and traps a few thousand times.
fn run_machine_code() {
    let platform: Arc<dyn Platform> = Arc::new(StdPlatform);
    machine_code(&platform).unwrap_or_else(|failure| panic!("{failure}"));
}

unsafe extern "C" fn full(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    FULL.fetch_add(1, Ordering::SeqCst);
    // SAFETY: a plain record of numbers, for which zeros are values.
    let mut mask: libc::sigset_t = unsafe { zeroed() };
    // SAFETY: asks only; the set is ours.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, null_mut(), &mut mask) };
    for blocked in [signal, libc::SIGUSR1] {
        // SAFETY: the set has been written above.
        MASKED.fetch_add(unsafe { libc::sigismember(&mask, blocked) } as usize, Ordering::SeqCst);
    }
    // SAFETY: the kernel's description of this signal.
    if unsafe { (*info).si_code } <= 0 {
        SENT.fetch_add(1, Ordering::SeqCst);
    }
    // SAFETY: a mapping of this test's.
    unsafe { libc::mprotect(CLOSED.load(Ordering::SeqCst) as *mut c_void, LEN, libc::PROT_READ) };
}

unsafe extern "C" fn plain(_: c_int) {
    PLAIN.fetch_add(1, Ordering::SeqCst);
}

fn install(signal: c_int, handler: usize, flags: c_int) {
    // SAFETY: a plain record of numbers, for which zeros are values: no signals, no flags.
    let mut action: libc::sigaction = unsafe { zeroed() };
    (action.sa_sigaction, action.sa_flags) = (handler, flags);
    // SAFETY: the set is ours.
    unsafe { libc::sigaddset(&mut action.sa_mask, libc::SIGUSR1) };
    // SAFETY: the handlers of this file may be called at any time.
    assert_eq!(unsafe { libc::sigaction(signal, &action, null_mut()) }, 0);
}

/// A load that cannot be carried out until somebody makes the page accessible.
fn load_from_closed_pages() -> u8 {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
    // SAFETY: a new mapping touches nothing.
    let pages = unsafe { libc::mmap(null_mut(), LEN, libc::PROT_NONE, flags, -1, 0) };
    CLOSED.store(pages as usize, Ordering::SeqCst);
    // SAFETY: it is mapped, and accessible by the time that the load is carried out.
    unsafe { pages.cast::<u8>().wrapping_add(77).read_volatile() }
}

fn send(signal: c_int) {
    // SAFETY: a signal may be sent to this thread at any time.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

fn is_blocked(signal: c_int) -> bool {
    // SAFETY: a plain record of numbers, for which zeros are values.
    let mut mask: libc::sigset_t = unsafe { zeroed() };
    // SAFETY: asks only; the set is ours.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, null_mut(), &mut mask) };
    // SAFETY: the set has been written above.
    unsafe { libc::sigismember(&mask, signal) == 1 }
}

#[test]
fn earlier_handlers_get_what_is_not_ours() {
    install(libc::SIGSEGV, full as *const () as usize, libc::SA_SIGINFO);
    install(libc::SIGILL, plain as *const () as usize, 0);
    install(libc::SIGFPE, libc::SIG_IGN, 0);
    run_machine_code();
    assert_eq!([&FULL, &SENT, &MASKED, &PLAIN].map(|count| count.load(Ordering::SeqCst)), [0; 4]);

    assert_eq!(load_from_closed_pages(), 0);
    assert_eq!([&FULL, &SENT, &MASKED].map(|count| count.load(Ordering::SeqCst)), [1, 0, 2]);
    // On a thread that machine code has never run on.
    std::thread::spawn(|| assert_eq!(load_from_closed_pages(), 0)).join().unwrap();
    send(libc::SIGSEGV);
    assert_eq!([&FULL, &SENT, &MASKED].map(|count| count.load(Ordering::SeqCst)), [3, 1, 6]);
    assert!(!is_blocked(libc::SIGSEGV) && !is_blocked(libc::SIGUSR1));
    send(libc::SIGILL);
    send(libc::SIGILL);
    assert_eq!(PLAIN.load(Ordering::SeqCst), 2);
    // Sent, it can be ignored.
    send(libc::SIGFPE);
    run_machine_code();
    assert_eq!([&FULL, &PLAIN].map(|count| count.load(Ordering::SeqCst)), [3, 2]);
}

/// What a process of its own does, if it is one.
const ROLE: &str = "RINGZERO_TEST_ROLE";

/// Runs one of the roles below in a process of its own.
fn play(role: &str) -> Output {
    let mut test = Command::new(std::env::current_exe().expect("a test has a file"));
    test.args(["--exact", "plays_its_role", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .output()
        .expect("it can be run again")
}

#[test]
fn plays_its_role() {
    let Ok(role) = std::env::var(ROLE) else { return };
    // What is ignored is inherited, and another test of the parent's ignores it.
    install(libc::SIGFPE, libc::SIG_DFL, 0);
    if role == "reset" {
        install(libc::SIGILL, plain as *const () as usize, libc::SA_RESETHAND);
    }
    if role == "ignored" {
        install(libc::SIGFPE, libc::SIG_IGN, 0);
    }
    run_machine_code();
    match &*role {
        // SAFETY: fails, and ends the process.
        "illegal" => unsafe { asm!("ud2") },
        "reset" => {
            send(libc::SIGILL);
            assert_eq!(PLAIN.load(Ordering::SeqCst), 1);
            send(libc::SIGILL);
        }
        // SAFETY: fails, and ends the process.
        "ignored" => unsafe {
            asm!("div {zero:e}", zero = in(reg) 0, inout("eax") 1 => _, inout("edx") 0 => _)
        },
        "sent" => send(libc::SIGFPE),
        "segment" => println!("{}", load_from_closed_pages()),
        "overflow" => {
            std::thread::spawn(|| {
                run_machine_code();
                println!("{}", deep(0));
            })
            .join()
            .unwrap();
        }
        _ => panic!("no such role"),
    }
    println!("went on");
}

/// Overflows the stack of whoever calls it.
#[expect(unconditional_recursion, reason = "on purpose")]
fn deep(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    deep(depth + 1) + frame[7]
}

#[test]
fn by_default_a_process_ends_by_the_signal() {
    let roles = [
        ("illegal", libc::SIGILL),
        ("reset", libc::SIGILL),
        ("ignored", libc::SIGFPE),
        ("sent", libc::SIGFPE),
        ("segment", libc::SIGSEGV),
    ];
    for (role, signal) in roles {
        let output = play(role);
        assert_eq!(output.status.signal(), Some(signal), "{role}: {output:?}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("went on"), "{role}");
    }
}

/// The standard library recognises its own guard pages, on a stack for signals that we have replaced.
#[test]
fn an_overflowing_host_is_reported_by_the_standard_library() {
    let output = play("overflow");
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("has overflowed its stack"), "{output:?}");
}
