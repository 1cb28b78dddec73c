//! A platform of one's own, complete: what a kernel author writes to host WebAssembly, but for the machine itself, which
//! is played by the module at the end.
//!
//! In: a program, its arguments, its input. Out: what it writes, and its exit status. Everything above `machine` could
//! be a kernel's code as it is: it needs `alloc` only. `cargo run -p ringzero-platform-baremetal --example board`

extern crate alloc;

use alloc::{boxed::Box, sync::Arc, vec};
use core::error::Error;
use core::mem::MaybeUninit;
use core::time::Duration;

use ringzero::platform::{
    Clock, FileType, Platform, Result as PlatformResult, Scheduler, Stream, VirtualMemory,
};
use ringzero::{Config, Engine, Linker, Module, Store};
use ringzero_platform_baremetal::clock::{Calibrated, HardwareClock};
use ringzero_platform_baremetal::schedule::{Halt, HaltScheduler};
use ringzero_platform_baremetal::{Arena, MemoryDir, Quota, Reader};
use ringzero_wasi::{WasiCtx, WasiCtxBuilder};

type Answer<T> = Result<T, Box<dyn Error>>;

/// What the core asks for. Each method is optional; the guide says what it buys.
struct Board {
    memory: Arena,
    clock: Arc<dyn Clock>,
}

impl Platform for Board {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(&self.memory)
    }

    fn clock(&self) -> Option<&dyn Clock> {
        Some(&*self.clock)
    }
}

/// Where guests write to.
struct Console;

impl Stream for Console {
    fn file_type(&self) -> FileType {
        FileType::CharacterDevice
    }

    fn write(&self, buffers: &[&[u8]]) -> PlatformResult<usize> {
        buffers.iter().copied().flatten().for_each(|&byte| machine::put(byte));
        Ok(buffers.iter().map(|buffer| buffer.len()).sum())
    }
}

/// How the processor waits.
struct Processor;

impl Halt for Processor {
    fn halt_unless(&self, ready: &mut dyn FnMut() -> bool) {
        machine::switch_interrupts(false);
        if ready() { machine::switch_interrupts(true) } else { machine::halt() }
    }
}

pub(crate) struct Kernel {
    engine: Engine,
    linker: Linker<WasiCtx>,
    clock: Arc<dyn Clock>,
    scheduler: Arc<dyn Scheduler>,
}

impl Kernel {
    pub(crate) fn boot() -> Answer<Self> {
        // In a kernel: `Tsc`, measured against an `Hpet`, and the time of an `Rtc`.
        let counter = Calibrated::at(machine::Counter::default(), 100_000)?;
        let clock: Arc<dyn Clock> = Arc::new(HardwareClock::new(counter, 1_800_000_000_000_000_000));
        // In a kernel: a `static mut`, or what the boot loader has said is free. 4 MiB for each guest at most.
        let memory = Arena::new(vec![MaybeUninit::uninit(); 16 << 20].leak(), 4 << 20)?;
        let board = Arc::new(Board { memory, clock: clock.clone() });
        let engine = Engine::new(&Config::new().platform(board).interruption(true).max_memory(4 << 20))?;
        let mut linker = Linker::new(&engine);
        ringzero_wasi::add_to_linker(&mut linker, |wasi: &mut WasiCtx| wasi)?;
        let scheduler = Arc::new(HaltScheduler::new(Processor, clock.clone(), vec![]));
        Ok(Self { engine, linker, clock, scheduler })
    }

    /// Runs one program to its end, for a second at most: its exit status.
    pub(crate) fn host(&self, program: &[u8], input: &'static str) -> Answer<u32> {
        let module = Module::new(&self.engine, program)?;
        let files = MemoryDir::with_clock(Quota { bytes: 1 << 20, ..Quota::default() }, self.clock.clone());
        let wasi = WasiCtxBuilder::new()
            .arg("program")
            .stdin(Reader::new(input))
            .stdout(Arc::new(Console))
            .stderr(Arc::new(Console))
            .preopen("/", files)
            .clock(self.clock.clone())
            .scheduler(self.scheduler.clone())
            .build()?;
        let mut store = Store::new(&self.engine, wasi);
        store.set_deadline_after(Duration::from_secs(1))?;
        let instance = self.linker.instantiate(&mut store, &module)?;
        Ok(ringzero_wasi::run(&mut store, instance)?)
    }
}

fn main() -> Answer<()> {
    // In a kernel: bytes that were linked in, or that the boot loader has left.
    let program = wat::parse_str(include_str!("../../examples/word-count.wat"))?;
    let status = Kernel::boot()?.host(&program, "two words\nand three more\n")?;
    let screen = machine::SCREEN.take();
    println!("{}exit status {status}", String::from_utf8_lossy(&screen));
    Ok(())
}

/// The machine, played: each of these is an instruction or two in ring 0.
pub(crate) mod machine {
    use std::cell::RefCell;
    use std::sync::atomic::{AtomicU64, Ordering};

    std::thread_local! {
        /// What was written.
        pub(crate) static SCREEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    /// A counter that goes on by one, ten microseconds, with each reading.
    #[derive(Default)]
    pub(crate) struct Counter(AtomicU64);

    impl ringzero_platform_baremetal::clock::Counter for Counter {
        fn ticks(&self) -> u64 {
            self.0.fetch_add(1, Ordering::Relaxed)
        }
    }

    pub(crate) fn put(byte: u8) {
        SCREEN.with_borrow_mut(|screen| screen.push(byte));
    }

    pub(crate) fn switch_interrupts(_on: bool) {}

    /// Switches them on and halts, with nothing in between.
    pub(crate) fn halt() {}
}
