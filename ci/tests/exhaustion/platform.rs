//! Each call of each method that a platform offers fails once, while the same guest runs: the guest or the embedder is
//! told, nothing panics, and what was reserved and opened is given back.
#![expect(unsafe_code, reason = "address space that counts is an unsafe trait")]

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

use ringzero::platform::testing::Faults;
use ringzero::platform::{ErrorKind, FakeClock, FaultHook, Platform, Protection, VirtualMemory};
use ringzero::{Compilation, Config, Strategy};
use ringzero_ci::text::module;
use ringzero_platform_std::StdPlatform;

use crate::allocator::live;
use crate::scenario::{How, Outcome, Timed, World, scenario};
use crate::{GUEST, TURN};

/// Address space made of the heap, which counts. It never has more than 4 MiB at once.
#[derive(Clone, Default)]
pub(crate) struct Pages(Arc<Counts>);

#[derive(Default)]
struct Counts {
    /// Reservations that are not released.
    balance: AtomicIsize,
    reserved: AtomicUsize,
}

const PAGE: usize = 4096;

fn layout(len: usize) -> Layout {
    Layout::from_size_align(len, PAGE).expect("a reservation is small")
}

// SAFETY: reservations are fresh allocations, exclusive until released, and never move; `commit` and `discard` zero.
unsafe impl VirtualMemory for Pages {
    fn page_size(&self) -> usize {
        PAGE
    }

    fn reserve(&self, len: usize) -> Result<NonNull<u8>, ErrorKind> {
        if len == 0 || len > 4 << 20 {
            return Err(ErrorKind::OutOfMemory);
        }
        // SAFETY: the length is not 0.
        let start = NonNull::new(unsafe { alloc(layout(len)) }).ok_or(ErrorKind::OutOfMemory)?;
        self.0.balance.fetch_add(1, Ordering::Relaxed);
        self.0.reserved.fetch_add(1, Ordering::Relaxed);
        Ok(start)
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<(), ErrorKind> {
        // SAFETY: the caller's promise: the range lies in a reservation.
        unsafe { start.write_bytes(0, len) };
        Ok(())
    }

    unsafe fn discard(&self, start: NonNull<u8>, len: usize) -> Result<(), ErrorKind> {
        // SAFETY: as in `commit`.
        unsafe { start.write_bytes(0, len) };
        Ok(())
    }

    unsafe fn protect(&self, _: NonNull<u8>, _: usize, _: Protection) -> Result<(), ErrorKind> {
        Ok(())
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        self.0.balance.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: the caller's promise: it is a whole reservation.
        unsafe { dealloc(start.as_ptr(), layout(len)) };
    }
}

/// A world in which the calls of one [`Faults`] are counted.
fn wrapped(faults: &Faults, world: World) -> World {
    World {
        root: faults.dir(world.root),
        input: faults.stream(world.input),
        output: faults.stream(world.output),
        clock: faults.clock(world.clock),
        entropy: faults.entropy(world.entropy),
        scheduler: world.scheduler.map(|scheduler| faults.scheduler(scheduler)),
    }
}

/// How many calls there are, each of which has failed once with `kind`.
fn walk(bytes: &[u8], kind: ErrorKind, compilation: Compilation) -> u64 {
    let mut told = 0;
    for number in 1.. {
        let before = live();
        let (faults, pages) = (Faults::new(), Pages::default());
        let plain = World::with_scheduler();
        let root = Arc::clone(&plain.root);
        let world = wrapped(&faults, plain);
        let clock = faults.clock(Arc::new(FakeClock::default()));
        let platform = Timed { clock, pages: Some(faults.memory(pages.clone())) };
        let config = Config::new().compilation(compilation).interruption(true).platform(Arc::new(platform));
        faults.fail(number, kind);
        let outcome = scenario(&config, bytes, &world, How::Bounded);
        let struck = faults.struck();
        drop((world, config));
        assert_eq!(Arc::strong_count(&root), 1, "call {number} with {kind}: a directory is held");
        assert_eq!(
            pages.0.balance.load(Ordering::Relaxed),
            0,
            "call {number} with {kind}: address space is held"
        );
        let reserved = pages.0.reserved.load(Ordering::Relaxed);
        drop((root, faults, pages));
        assert_eq!(live(), before, "call {number} with {kind}: bytes in use");
        if !struck {
            assert_eq!((outcome, reserved), (Outcome::Done, 1), "nothing failed");
            println!(
                "counts: platform faults: {kind}, {compilation:?}: {} steps, {told} of them told",
                number - 1
            );
            return number - 1;
        }
        assert_ne!(outcome, Outcome::Wrong, "call {number} with {kind}");
        told += u64::from(outcome != Outcome::Done);
    }
    0
}

#[test]
fn each_call_of_the_platform_fails_once() {
    let _turn = TURN.lock();
    let bytes = module(GUEST).expect("the guest is a module");
    let kinds = [ErrorKind::Io, ErrorKind::OutOfMemory, ErrorKind::Interrupted, ErrorKind::WouldBlock];
    for kind in kinds {
        for compilation in [Compilation::Lazy, Compilation::Eager] {
            assert!(walk(&bytes, kind, compilation) > 50);
        }
    }
}

/// The operating system's address space, which counts.
#[derive(Clone, Default)]
struct Mapped(Arc<Counts>);

static SYSTEM: StdPlatform = StdPlatform;

fn system() -> &'static dyn VirtualMemory {
    SYSTEM.virtual_memory().expect("an operating system has address space")
}

// SAFETY: the operating system's, handed on.
unsafe impl VirtualMemory for Mapped {
    fn page_size(&self) -> usize {
        system().page_size()
    }

    fn reserve(&self, len: usize) -> Result<NonNull<u8>, ErrorKind> {
        let start = system().reserve(len)?;
        self.0.balance.fetch_add(1, Ordering::Relaxed);
        self.0.reserved.fetch_add(1, Ordering::Relaxed);
        Ok(start)
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<(), ErrorKind> {
        // SAFETY: the caller's promise.
        unsafe { system().commit(start, len) }
    }

    unsafe fn discard(&self, start: NonNull<u8>, len: usize) -> Result<(), ErrorKind> {
        // SAFETY: the caller's promise.
        unsafe { system().discard(start, len) }
    }

    unsafe fn protect(&self, start: NonNull<u8>, len: usize, how: Protection) -> Result<(), ErrorKind> {
        // SAFETY: the caller's promise.
        unsafe { system().protect(start, len, how) }
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        self.0.balance.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { system().release(start, len) };
    }
}

/// What machine code needs.
struct Machine<M>(M);

impl<M: VirtualMemory> Platform for Machine<M> {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(&self.0)
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        SYSTEM.fault_hook()
    }
}

/// How many calls for address space there are while a guest is compiled and run, each of which has failed once.
fn walk_compiled(bytes: &[u8], kind: ErrorKind, compilation: Compilation) -> u64 {
    let mut told = 0;
    for number in 1.. {
        let before = live();
        let (faults, pages) = (Faults::new(), Mapped::default());
        let platform = Machine(faults.memory(pages.clone()));
        let config = Config::new().strategy(Strategy::Compiled).compilation(compilation);
        let config = config.parallel_compilation(false).platform(Arc::new(platform));
        faults.fail(number, kind);
        let outcome = scenario(&config, bytes, &World::new(), How::Called);
        let struck = faults.struck();
        drop(config);
        let (balance, reserved) = (&pages.0.balance, &pages.0.reserved);
        assert_eq!(balance.load(Ordering::Relaxed), 0, "call {number} with {kind}: address space is held");
        let reserved = reserved.load(Ordering::Relaxed);
        drop((faults, pages));
        assert_eq!(live(), before, "call {number} with {kind}: bytes in use");
        if !struck {
            assert!(outcome == Outcome::Done && reserved > 2, "nothing failed: {outcome:?}");
            println!(
                "counts: platform faults, compiled: {kind}, {compilation:?}: {} steps, {told} of them told",
                number - 1
            );
            return number - 1;
        }
        assert_ne!(outcome, Outcome::Wrong, "call {number} with {kind}");
        told += u64::from(outcome != Outcome::Done);
    }
    0
}

#[test]
fn each_call_of_the_platform_fails_once_while_code_is_made() {
    let _turn = TURN.lock();
    let bytes = module(GUEST).expect("the guest is a module");
    let config = Config::new().strategy(Strategy::Compiled).platform(Arc::new(StdPlatform));
    // What is made once per process, or per thread, is made now.
    assert_eq!(scenario(&config, &bytes, &World::new(), How::Called), Outcome::Done);
    drop(config);
    for kind in [ErrorKind::Io, ErrorKind::OutOfMemory, ErrorKind::Interrupted, ErrorKind::WouldBlock] {
        for compilation in [Compilation::Lazy, Compilation::Eager] {
            assert!(walk_compiled(&bytes, kind, compilation) > 5);
        }
    }
}
