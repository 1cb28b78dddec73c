//! Guests that are busy or waiting in every way there is, and how long it takes to stop them.
//!
//! In: a [`Situation`], and a [`Way`] to stop it. Out: the time from the request, or the deadline, to the return of
//! the guest's call, with and without what the operating system's scheduler took of it; that it ended by an
//! interruption is checked. `ci/examples/latency.rs` prints it, `ci/tests/interruption.rs` sees that every situation
//! ends.

use std::any::Any;
use std::fmt::Write;
use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use ringzero::platform::{Clock, Dir, FaultHook, HostPanic, Platform, VirtualMemory, testing::TestDir};
use ringzero::{Config, Engine, Linker, Module, Store, Strategy, Trap, TypedFunc};
use ringzero_platform_std::{
    HostClock, HostEntropy, HostScheduler, HostStream, StdPlatform, TcpListenerSource, pipe,
};
use ringzero_wasi::{WasiCtx, WasiCtxBuilder, add_to_linker};

/// Something that a guest does for ever.
pub struct Situation {
    /// What it is.
    pub name: &'static str,
    /// A module that exports `run`, which takes and gives nothing.
    text: fn() -> String,
    grant: fn(WasiCtxBuilder) -> (WasiCtxBuilder, Held),
}

/// How a guest is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By another thread, with the store's handle.
    Handle,
    /// By the store's deadline.
    Deadline,
}

/// What has to stay for as long as the guest runs: the other end of a pipe.
type Held = Vec<Box<dyn Any>>;

/// How late a guest has stopped.
#[derive(Clone, Copy, Debug)]
pub struct Late {
    /// From the request, or the deadline, to the return of the call.
    pub total: Duration,
    /// The same without the time in which the threads were ready to run but had no processor. Too little where the
    /// guest had none at the request.
    pub own: Duration,
}

/// Tells how long a thread has been ready to run without a processor.
struct Waited(Option<File>);

impl Waited {
    fn of_this_thread() -> Self {
        Self(File::open("/proc/thread-self/schedstat").ok())
    }

    /// Nanoseconds so far: the second number of the file. 0 where the system does not tell.
    fn nanos(&self) -> u64 {
        let mut text = [0; 96];
        let len = self.0.as_ref().and_then(|file| file.read_at(&mut text, 0).ok()).unwrap_or(0);
        let text = str::from_utf8(&text[..len]).unwrap_or_default();
        text.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// The time, and the nanoseconds until then.
    fn stamp(&self) -> (u64, u64) {
        loop {
            let (waited, time) = (self.nanos(), now());
            if self.nanos() == waited {
                return (time, waited);
            }
        }
    }
}

/// The host's platform, which notes at each reading of the clock before the deadline how long the guest's thread has
/// waited for a processor.
struct Watched {
    guest: Arc<Waited>,
    deadline: AtomicU64,
    waited: AtomicU64,
}

impl Platform for Watched {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        StdPlatform.virtual_memory()
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        StdPlatform.fault_hook()
    }

    fn clock(&self) -> Option<&dyn Clock> {
        Some(self)
    }

    fn guard(&self, call: &mut dyn FnMut()) -> Result<(), HostPanic> {
        StdPlatform.guard(call)
    }
}

impl Clock for Watched {
    fn wall(&self) -> u64 {
        0
    }

    fn wall_resolution(&self) -> u64 {
        1
    }

    fn monotonic(&self) -> u64 {
        // In this order: a wait in between is one after the reading, if the deadline passes meanwhile.
        let (waited, now) = (self.guest.nanos(), now());
        if now < self.deadline.load(Ordering::Relaxed) {
            self.waited.store(waited, Ordering::Relaxed);
        }
        now
    }

    fn monotonic_resolution(&self) -> u64 {
        1
    }
}

/// A situation's module, loaded. It runs on the thread that has prepared it.
pub struct Prepared {
    watched: Arc<Watched>,
    engine: Engine,
    module: Module,
    linker: Linker<WasiCtx>,
    grant: fn(WasiCtxBuilder) -> (WasiCtxBuilder, Held),
}

/// The clock of deadlines.
fn now() -> u64 {
    StdPlatform.clock().expect("the host has one").monotonic()
}

impl Situation {
    /// Loads the module, to be run by this.
    ///
    /// # Panics
    /// If the module is not what it should be.
    pub fn prepare(&self, strategy: Strategy) -> Prepared {
        let (deadline, waited) = (AtomicU64::new(0), AtomicU64::new(0));
        let watched = Arc::new(Watched { guest: Arc::new(Waited::of_this_thread()), deadline, waited });
        let config = Config::new().strategy(strategy).interruption(true).platform(watched.clone());
        let config = config.max_table_elements(1 << 24);
        let engine = Engine::new(&config).expect("the configuration makes an engine");
        let bytes = wat::parse_str((self.text)()).expect("the text is a module");
        let module = Module::new(&engine, bytes).expect("the module is valid");
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx).expect("the linker is empty");
        Prepared { watched, engine, module, linker, grant: self.grant }
    }
}

impl Prepared {
    fn start(&self) -> (Store<WasiCtx>, TypedFunc<(), ()>, Held) {
        let builder = WasiCtxBuilder::new()
            .clock(Arc::new(HostClock::new()))
            .entropy(Arc::new(HostEntropy))
            .scheduler(Arc::new(HostScheduler));
        let (builder, held) = (self.grant)(builder);
        let ctx = builder.build().expect("the grants fit together");
        let mut store = Store::new(&self.engine, ctx);
        let instance = self.linker.instantiate(&mut store, &self.module).expect("all imports are there");
        let run = instance.get_typed_func(&mut store, "run").expect("the module exports it");
        (store, run, held)
    }

    /// Lets the guest run for some time and stops it: how late it was. To be called by the thread that has prepared it.
    ///
    /// # Panics
    /// If the guest ends in another way.
    pub fn stop_after(&self, time: Duration, way: Way) -> Late {
        let (mut store, run, held) = self.start();
        let stopper = match way {
            Way::Deadline => {
                let deadline = now() + u64::try_from(time.as_nanos()).expect("it is short");
                self.watched.deadline.store(deadline, Ordering::Relaxed);
                self.watched.monotonic();
                store.set_deadline(Some(deadline)).expect("the platform has a clock");
                None
            }
            Way::Handle => {
                let (handle, guest) = (store.interrupt_handle(), Arc::clone(&self.watched.guest));
                Some(thread::spawn(move || {
                    thread::sleep(time);
                    let stopper = Waited::of_this_thread();
                    let (begun, own) = stopper.stamp();
                    let waited = guest.nanos();
                    handle.interrupt();
                    (begun, waited.saturating_sub(stopper.nanos() - own))
                }))
            }
        };
        let error = run.call(&mut store, ()).expect_err("the guest does not end by itself");
        let (ended, waited) = self.watched.guest.stamp();
        assert_eq!(error.trap(), Some(Trap::Interrupted), "{error:?}");
        drop(held);
        let (begun, before) = match stopper {
            Some(stopper) => stopper.join().expect("it only sleeps"),
            None => [&self.watched.deadline, &self.watched.waited]
                .map(|nanos| nanos.load(Ordering::Relaxed))
                .into(),
        };
        let total = Duration::from_nanos(ended.saturating_sub(begun));
        let waited = Duration::from_nanos(waited.saturating_sub(before));
        Late { total, own: total.saturating_sub(waited) }
    }
}

fn nothing(builder: WasiCtxBuilder) -> (WasiCtxBuilder, Held) {
    (builder, Vec::new())
}

/// A module with a memory of so many pages, which calls some of WASI and then runs `body` for ever.
fn wasi(pages: u32, body: &str) -> String {
    format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_filestat_get"
            (func $stat (param i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") {pages})
        (func (export "run") (local i32) (loop $for_ever {body} (br $for_ever))))"#
    )
}

fn plain(body: &str) -> String {
    format!("(module {body})")
}

/// What is measured and tested.
pub const SITUATIONS: &[Situation] = &[
    Situation {
        name: "empty loop",
        text: || plain(r#"(func (export "run") (loop (br 0)))"#),
        grant: nothing,
    },
    Situation {
        name: "call chain",
        text: || {
            plain(
                r#"(func $f (param i32)
                (if (local.get 0) (then
                    (call $f (i32.sub (local.get 0) (i32.const 1)))
                    (call $f (i32.sub (local.get 0) (i32.const 1))))))
            (func (export "run") (call $f (i32.const 100)))"#,
            )
        },
        grant: nothing,
    },
    Situation { name: "return from 150,000 frames", text: deep, grant: nothing },
    Situation {
        name: "return_call chain",
        text: || {
            plain(
                r#"(func $f (param i32) (return_call $g (local.get 0)))
            (func $g (param i32) (return_call $f (local.get 0)))
            (func (export "run") (return_call $f (i32.const 1)))"#,
            )
        },
        grant: nothing,
    },
    Situation { name: "straight code", text: straight, grant: nothing },
    Situation {
        name: "memory.fill of 4 GiB",
        text: || {
            plain(
                r#"(memory 65536) (func (export "run")
                (loop (memory.fill (i32.const 0) (i32.const 7) (i32.const -1)) (br 0)))"#,
            )
        },
        grant: nothing,
    },
    Situation { name: "memory.init of 16 MiB", text: init, grant: nothing },
    Situation {
        name: "table.fill of 10^7",
        text: || {
            plain(
                r#"(table 10000000 funcref) (func (export "run")
                (loop (table.fill (i32.const 0) (ref.null func) (i32.const 10000000)) (br 0)))"#,
            )
        },
        grant: nothing,
    },
    Situation {
        name: "table.grow by 10^7, table.copy",
        text: || {
            plain(
                r#"(table $t 1 funcref) (func $f) (elem declare func $f) (func (export "run")
                (drop (table.grow $t (ref.func $f) (i32.const 10000000)))
                (loop (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 10000000)) (br 0)))"#,
            )
        },
        grant: nothing,
    },
    Situation {
        name: "fd_write of 2^29 iovecs",
        text: || {
            wasi(
                65536,
                "(drop (call $write (i32.const 1) (i32.const 0) (i32.const 0x20000000) (i32.const 64)))",
            )
        },
        grant: nothing,
    },
    Situation {
        name: "fd_read of 1024 iovecs, 2 GiB",
        text: || {
            wasi(
                33000,
                r#"(loop $list
                (i32.store (local.get 0) (i32.add (i32.const 65536) (i32.shl (local.get 0) (i32.const 18))))
                (i32.store offset=4 (local.get 0) (i32.const 0x1fffff))
                (local.set 0 (i32.add (local.get 0) (i32.const 8)))
                (br_if $list (i32.lt_u (local.get 0) (i32.const 8192))))
            (local.set 0 (i32.const 0))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 8200)))"#,
            )
        },
        grant: |builder| {
            let zeros = std::fs::File::open("/dev/zero").expect("the system has it");
            (builder.stdin(Arc::new(HostStream::from_fd(zeros.into()))), Vec::new())
        },
    },
    Situation {
        name: "poll_oneoff, asleep",
        text: || {
            wasi(
                1,
                r#"(i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 3600000000000))
            (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))"#,
            )
        },
        grant: nothing,
    },
    Situation {
        name: "poll_oneoff of 4096 that are not ready",
        text: || {
            wasi(
                8,
                r#"(loop $list
                (i32.store8 offset=8 (local.get 0) (i32.const 1))
                (local.set 0 (i32.add (local.get 0) (i32.const 48)))
                (br_if $list (i32.lt_u (local.get 0) (i32.const 196608))))
            (local.set 0 (i32.const 0))
            (drop (call $poll (i32.const 0) (i32.const 200000) (i32.const 4096) (i32.const 400000)))"#,
            )
        },
        grant: empty_pipe,
    },
    Situation {
        name: "fd_read of an empty pipe",
        text: || {
            wasi(
                1,
                r#"(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 64))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))"#,
            )
        },
        grant: empty_pipe,
    },
    Situation {
        name: "fd_write to a full pipe",
        text: || {
            wasi(
                20,
                r#"(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 1000000))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))"#,
            )
        },
        grant: |builder| {
            let (read, write) = pipe().expect("the host has descriptors");
            (builder.stdout(write), vec![Box::new(read)])
        },
    },
    Situation {
        name: "sock_accept, no connection",
        text: || wasi(1, "(drop (call $accept (i32.const 3) (i32.const 0) (i32.const 16)))"),
        grant: |builder| {
            let listener = TcpListenerSource::bind("127.0.0.1:0").expect("the host has a loopback");
            (builder.listener(listener), Vec::new())
        },
    },
    Situation {
        name: "fd_write to a full socket",
        text: || {
            wasi(
                400,
                r#"(drop (call $accept (i32.const 3) (i32.const 0) (i32.const 16)))
            (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 20000000))
            (loop (drop (call $write (i32.const 4) (i32.const 0) (i32.const 1) (i32.const 16))) (br 0))"#,
            )
        },
        grant: |builder| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("the host has a loopback");
            let address = listener.local_addr().expect("it is bound");
            let peer = TcpStream::connect(address).expect("it listens");
            let listener = TcpListenerSource::from_std(listener).expect("it is in order");
            (builder.listener(listener), vec![Box::new(peer)])
        },
    },
    Situation {
        name: "random_get of 1 GiB",
        text: || wasi(16400, "(drop (call $random (i32.const 64) (i32.const 0x40000000)))"),
        grant: nothing,
    },
    Situation {
        name: "a path through 40 long links",
        text: || {
            wasi(
                1,
                r#"(i32.store8 (i32.const 0) (i32.const 108))
            (drop (call $stat (i32.const 3) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))"#,
            )
        },
        grant: |builder| {
            let root = TestDir::new();
            root.create_dir(b"d").expect("it is empty");
            root.symlink(format!("{}l", "d/../".repeat(800)).as_bytes(), b"l").expect("there is none");
            (builder.preopen("/", root), Vec::new())
        },
    },
];

fn empty_pipe(builder: WasiCtxBuilder) -> (WasiCtxBuilder, Held) {
    let (read, write) = pipe().expect("the host has descriptors");
    (builder.stdin(read), vec![Box::new(write)])
}

/// A recursion as deep as the stack allows, with much to do on the way back.
fn deep() -> String {
    let work = "(local.set 0 (i32.xor (i32.mul (local.get 0) (i32.const 31)) (i32.const 7)))".repeat(100);
    plain(&format!(
        r#"(func $f (param i32) (if (local.get 0) (then
            (call $f (i32.sub (local.get 0) (i32.const 1))) {work})))
        (func (export "run") (loop (call $f (i32.const 150000)) (br 0)))"#
    ))
}

/// A function of 20,000 operators without a loop. What stops in it is translated once more, for the backtrace.
fn straight() -> String {
    let work = "(local.set 0 (i32.xor (i32.mul (local.get 0) (i32.const 31)) (i32.const 7)))".repeat(4_000);
    plain(&format!(r#"(func $f (local i32) {work}) (func (export "run") (loop (call $f) (br 0)))"#))
}

fn init() -> String {
    let mut text = String::from("(module (memory 257) (data $d");
    for _ in 0..256 {
        // A string has a limit of its own in some readers.
        let _ = write!(text, " \"{}\"", "ringzero".repeat(8192));
    }
    text.push_str(
        r#") (func (export "run")
            (loop (memory.init $d (i32.const 9) (i32.const 0) (i32.const 0x1000000)) (br 0))))"#,
    );
    text
}
