//! Every way to be busy or to wait ends by an interruption; and what goes on after one ends as if there had been none.
//!
//! A wake that is lost is a test that does not end. How long a stop takes is measured by
//! `cargo run --release -p ringzero-ci --example latency`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ringzero::platform::{Dir, testing::TestDir};
use ringzero::{
    Config, Engine, Instance, Linker, Module, ResumableCall, Store, Strategy, SuspendReason, Val,
};
use ringzero_ci::latency::{SITUATIONS, Way};
use ringzero_platform_std::{HostClock, HostDir, HostScheduler, HostStream, StdPlatform, TcpListenerSource};
use ringzero_wasi::{DeterministicEntropy, WasiCtx, WasiCtxBuilder, add_to_linker};

#[test]
fn every_situation_ends_by_the_handle_and_by_the_deadline() {
    for strategy in [Strategy::Interpreter, Strategy::Compiled] {
        for situation in SITUATIONS {
            let prepared = situation.prepare(strategy);
            for (way, millis) in
                [(Way::Handle, 0), (Way::Handle, 20), (Way::Deadline, 0), (Way::Deadline, 20)]
            {
                let late = prepared.stop_after(Duration::from_millis(millis), way).total;
                println!("{} {strategy:?} {way:?} {late:?}", situation.name);
            }
        }
    }
}

/// A guest of WASI, and what it is granted.
struct Guest {
    store: Store<WasiCtx>,
    instance: Instance,
}

const IMPORTS: &str = r#"
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_pread" (func $pread (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 200)"#;

impl Guest {
    /// `body` gives the errno of what it calls.
    fn new(builder: WasiCtxBuilder, body: &str, interruption: bool) -> Self {
        let config = Config::new().interruption(interruption).platform(Arc::new(StdPlatform));
        let engine = Engine::new(&config).unwrap();
        let text = format!(r#"(module {IMPORTS} (func (export "run") (result i32) {body}))"#);
        let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx).unwrap();
        let ctx =
            builder.scheduler(Arc::new(HostScheduler)).clock(Arc::new(HostClock::new())).build().unwrap();
        let mut store = Store::new(&engine, ctx);
        let instance = linker.instantiate(&mut store, &module).unwrap();
        Self { store, instance }
    }

    /// Runs it while another thread interrupts it, so often; the errno, and how often it stopped.
    fn run_interrupted(&mut self, every: Duration) -> (i32, u32) {
        let run = self.instance.get_func(&mut self.store, "run").unwrap();
        let handle = self.store.interrupt_handle();
        let ended = Arc::new(AtomicBool::new(false));
        let hammer = {
            let ended = Arc::clone(&ended);
            thread::spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    handle.interrupt();
                    thread::sleep(every);
                }
            })
        };
        let (mut results, mut stops) = ([Val::I32(-1)], 0);
        self.store.interrupt_handle().interrupt();
        let mut call = run.call_resumable(&mut self.store, &[], &mut results).unwrap();
        while let ResumableCall::Suspended(suspension) = call {
            assert_eq!(suspension.reason(), SuspendReason::Interrupted);
            stops += 1;
            call = suspension.resume(&mut self.store, &mut results).unwrap();
        }
        ended.store(true, Ordering::Relaxed);
        hammer.join().unwrap();
        let [Val::I32(errno)] = results else { panic!("the function's type") };
        (errno, stops)
    }

    fn run(&mut self) -> i32 {
        let run = self.instance.get_typed_func::<(), i32>(&mut self.store, "run").unwrap();
        run.call(&mut self.store, ()).unwrap()
    }

    fn bytes(&mut self) -> &[u8] {
        let memory = self.instance.get_memory(&mut self.store, "memory").unwrap();
        memory.data(&self.store)
    }

    fn u32_at(&mut self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes()[at..at + 4].try_into().unwrap())
    }
}

const OFTEN: Duration = Duration::from_micros(300);

/// Stores one buffer's address and length at 0.
fn buffer(at: u32, len: u32) -> String {
    format!("(i32.store (i32.const 0) (i32.const {at})) (i32.store (i32.const 4) (i32.const {len}))")
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n as u32).wrapping_mul(0x9e37_79b1).to_be_bytes()[0]).collect()
}

#[test]
fn an_interrupted_write_is_written_once_and_whole() {
    let (mut read, write) = std::io::pipe().unwrap();
    let stdout = Arc::new(HostStream::from_fd(write.into()));
    let body = format!(
        r#"{} (drop (call $random (i32.const 1000) (i32.const 1000000)))
        (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))"#,
        buffer(1000, 1_000_000)
    );
    let grants = WasiCtxBuilder::new().stdout(stdout).entropy(Arc::new(DeterministicEntropy::new(5)));
    let mut guest = Guest::new(grants, &body, true);
    let reader = thread::spawn(move || {
        let (mut all, mut some) = (Vec::new(), vec![0; 10_000]);
        loop {
            match read.read(&mut some).unwrap() {
                0 => return all,
                count => all.extend_from_slice(&some[..count]),
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
    let (errno, stops) = guest.run_interrupted(OFTEN);
    assert_eq!((errno, guest.u32_at(16)), (0, 1_000_000));
    let expected = guest.bytes()[1000..1_001_000].to_vec();
    drop(guest);
    assert!(reader.join().unwrap() == expected);
    assert!(stops > 3, "{stops} stops");
}

#[test]
fn an_interrupted_sleep_is_as_long_as_one_that_is_not() {
    let body = r#"(i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 150000000))
        (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))"#;
    let mut guest = Guest::new(WasiCtxBuilder::new(), body, true);
    let begun = Instant::now();
    let (errno, stops) = guest.run_interrupted(Duration::from_millis(5));
    assert_eq!((errno, guest.u32_at(128)), (0, 1));
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert!(stops > 0, "{stops} stops");
}

#[test]
fn interrupted_randomness_is_the_same() {
    let body = "(call $random (i32.const 100) (i32.const 12000003))";
    let mut memories = Vec::new();
    for interruption in [false, true] {
        let grants = WasiCtxBuilder::new().entropy(Arc::new(DeterministicEntropy::new(9)));
        let mut guest = Guest::new(grants, body, interruption);
        if interruption {
            let (errno, stops) = guest.run_interrupted(OFTEN);
            assert!(errno == 0 && stops > 0, "{errno}, {stops} stops");
        } else {
            assert_eq!(guest.run(), 0);
        }
        memories.push(guest.bytes().to_vec());
    }
    assert!(memories[0] == memories[1]);
}

#[test]
fn an_interrupted_listing_is_whole() {
    let root = TestDir::new();
    for n in 0..5000 {
        root.put(&format!("a-file-with-a-number-{n}"), b"").unwrap();
    }
    let body =
        "(call $readdir (i32.const 3) (i32.const 1000) (i32.const 1000000) (i64.const 0) (i32.const 16))";
    let mut listings = Vec::new();
    for interruption in [false, true] {
        let mut guest = Guest::new(WasiCtxBuilder::new().preopen("/", root.clone()), body, interruption);
        let errno = if interruption { guest.run_interrupted(OFTEN).0 } else { guest.run() };
        assert_eq!(errno, 0);
        let used = guest.u32_at(16) as usize;
        assert!(used > 5000 * 40);
        listings.push(guest.bytes()[1000..1000 + used].to_vec());
    }
    assert!(listings[0] == listings[1]);
}

#[test]
fn an_interrupted_read_of_a_file_is_whole() {
    let temp = tempfile::tempdir().unwrap();
    let content = pattern(12_000_000);
    std::fs::write(temp.path().join("f"), &content).unwrap();
    let body = |call: &str| format!("{} {call}", buffer(1000, 12_000_000));
    for (call, from) in [
        ("(call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16))", 0),
        ("(call $pread (i32.const 0) (i32.const 0) (i32.const 1) (i64.const 77) (i32.const 16))", 77),
    ] {
        let stdin = std::fs::File::open(temp.path().join("f")).unwrap();
        let grants = WasiCtxBuilder::new().stdin(Arc::new(HostStream::from_fd(stdin.into())));
        let mut guest = Guest::new(grants, &body(call), true);
        let (errno, stops) = guest.run_interrupted(OFTEN);
        let count = guest.u32_at(16) as usize;
        assert_eq!((errno, count), (0, content.len() - from));
        assert!(guest.bytes()[1000..1000 + count] == content[from..]);
        assert!(stops > 0, "{stops} stops");
    }
}

#[test]
fn an_interrupted_receive_waits_for_all() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let listener = TcpListenerSource::from_std(listener).unwrap();
    let content = pattern(300_000);
    let sender = {
        let content = content.clone();
        thread::spawn(move || {
            for part in content.chunks(10_000) {
                peer.write_all(part).unwrap();
                thread::sleep(Duration::from_millis(2));
            }
        })
    };
    let body = format!(
        r#"(drop (call $accept (i32.const 3) (i32.const 0) (i32.const 16))) {}
        (call $recv (i32.const 4) (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 16) (i32.const 32))"#,
        buffer(1000, 300_000)
    );
    let mut guest = Guest::new(WasiCtxBuilder::new().listener(listener), &body, true);
    let (errno, stops) = guest.run_interrupted(OFTEN);
    sender.join().unwrap();
    assert_eq!((errno, guest.u32_at(16)), (0, 300_000));
    assert!(guest.bytes()[1000..301_000] == content[..]);
    assert!(stops > 3, "{stops} stops");
}

#[test]
fn an_interrupted_walk_comes_to_its_end() {
    let temp = tempfile::tempdir().unwrap();
    let root: Arc<dyn Dir> = HostDir::open(temp.path()).unwrap();
    root.create_dir(b"d").unwrap();
    // 39 links, each with 800 components, and a directory at the end of them.
    for n in 0..39 {
        let target =
            format!("{}{}", "d/../".repeat(400), if n == 0 { "d".into() } else { format!("l{}", n - 1) });
        root.symlink(target.as_bytes(), format!("l{n}").as_bytes()).unwrap();
    }
    let body = r#"(i32.store (i32.const 0) (i32.const 0x38336c))
        (call $stat (i32.const 3) (i32.const 1) (i32.const 0) (i32.const 3) (i32.const 64))"#;
    let mut guest = Guest::new(WasiCtxBuilder::new().preopen("/", root), body, true);
    let (errno, stops) = guest.run_interrupted(OFTEN);
    assert!(errno == 0 && stops > 0, "{errno}, {stops} stops");
    const DIRECTORY: u8 = 3;
    assert_eq!(guest.bytes()[64 + 16], DIRECTORY);
}
