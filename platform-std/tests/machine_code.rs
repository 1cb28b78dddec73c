//! Machine code on this system: every promise of the platform's pages and signals is kept, on every thread; and a
//! platform that breaks one is found out.
#![cfg(all(target_arch = "x86_64", any(target_os = "linux", target_os = "macos")))]
#![expect(unsafe_code, reason = "doubles of mapped memory, with a contract that is unsafe")]

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ringzero::conformance::{Failure, Report, machine_code};
use ringzero::platform::testing::Faults;
use ringzero::platform::{ErrorKind, FaultHook, Platform, Protection, Result, VirtualMemory};
use ringzero_platform_std::StdPlatform;

fn check(platform: impl Platform + 'static) -> std::result::Result<Report, Failure> {
    let platform: Arc<dyn Platform> = Arc::new(platform);
    machine_code(&platform)
}

#[test]
fn this_system_keeps_its_promises() {
    let report = check(StdPlatform).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(report.passed().len() > 15, "{report:?}");
    // Images are Linux's alone.
    assert!(report.skipped().is_empty() || cfg!(not(target_os = "linux")), "{report:?}");
    for check in report.passed() {
        println!("{check}");
    }
}

#[test]
fn so_it_does_on_many_threads_at_once() {
    let threads: Vec<_> = (0..16).map(|_| std::thread::spawn(|| check(StdPlatform).unwrap())).collect();
    let reports: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(reports.iter().all(|report| *report == reports[0]));
}

/// This system's pages, seen through a double.
struct Through<M> {
    pages: M,
    hook: bool,
}

impl<M: VirtualMemory> Platform for Through<M> {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(&self.pages)
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        if self.hook { StdPlatform.fault_hook() } else { None }
    }
}

/// What a platform may get wrong about protections.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// Code can be written.
    Code,
    /// Data can be run.
    Data,
}

/// The pages of this system, with mistakes; it counts the bytes that are reserved.
struct Pages(Wrong, &'static AtomicUsize);

fn real() -> &'static dyn VirtualMemory {
    static PLATFORM: StdPlatform = StdPlatform;
    PLATFORM.virtual_memory().expect("an operating system has pages")
}

// SAFETY: this system's pages, some of which can be used for more than they should.
unsafe impl VirtualMemory for Pages {
    fn page_size(&self) -> usize {
        real().page_size()
    }

    fn reserve(&self, len: usize) -> Result<NonNull<u8>> {
        let start = real().reserve(len)?;
        self.1.fetch_add(len, Ordering::SeqCst);
        Ok(start)
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: the caller's promise, handed on.
        unsafe { real().commit(start, len) }
    }

    unsafe fn protect(&self, start: NonNull<u8>, len: usize, protection: Protection) -> Result<()> {
        let all = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
        let wrong = match protection {
            Protection::ReadExecute => self.0 == Wrong::Code,
            _ => self.0 == Wrong::Data,
        };
        if wrong {
            // SAFETY: the caller's promise: the range is a part of our mapping.
            return match unsafe { libc::mprotect(start.as_ptr().cast(), len, all) } {
                0 => Ok(()),
                _ => Err(ErrorKind::NotSupported),
            };
        }
        // SAFETY: the caller's promise, handed on.
        unsafe { real().protect(start, len, protection) }
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        self.1.fetch_sub(len, Ordering::SeqCst);
        // SAFETY: the caller's promise, handed on.
        unsafe { real().release(start, len) }
    }
}

#[test]
fn code_that_can_be_written_and_data_that_can_be_run_are_found_out() {
    static RESERVED: AtomicUsize = AtomicUsize::new(0);
    let failure = |wrong| check(Through { pages: Pages(wrong, &RESERVED), hook: true }).map_err(|f| f.check);
    assert_eq!(failure(Wrong::Code), Err("a store to published code is a trap, and the code stays"));
    assert_eq!(failure(Wrong::Data), Err("data cannot be run"));
    assert!(failure(Wrong::Nothing).is_ok());
    assert_eq!(RESERVED.load(Ordering::SeqCst), 0);
}

#[test]
fn what_a_platform_does_not_claim_is_skipped() {
    static RESERVED: AtomicUsize = AtomicUsize::new(0);
    let report = check(Through { pages: Pages(Wrong::Nothing, &RESERVED), hook: false }).unwrap();
    assert!(report.passed().len() >= 7 && report.skipped().len() >= 11, "{report:?}");
    assert_eq!(RESERVED.load(Ordering::SeqCst), 0);
    let failure = check(ringzero::platform::NoPlatform).unwrap_err();
    assert_eq!(failure.to_string(), "the platform has virtual memory: it has none");
}

#[test]
fn a_platform_that_fails_at_any_call_gets_everything_back() {
    static RESERVED: AtomicUsize = AtomicUsize::new(0);
    let faults = Faults::new();
    let mut failed = 0;
    for nth in 1.. {
        faults.fail(nth, ErrorKind::OutOfMemory);
        let pages = faults.memory(Pages(Wrong::Nothing, &RESERVED));
        let result = check(Through { pages, hook: true });
        assert_eq!(RESERVED.load(Ordering::SeqCst), 0, "after call {nth}");
        if !faults.struck() {
            assert!(result.is_ok());
            break;
        }
        assert!(result.is_err(), "call {nth}");
        failed += 1;
    }
    println!("counts: {failed} calls of the platform failed in turn");
    assert!(failed > 100);
}
