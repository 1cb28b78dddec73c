//! The machine: everything between the processor and safe Rust.
//!
//! In: what the boot loader left. Out: a [`Machine`] with a heap, interrupts, clocks, consoles and pages. It knows
//! x86-64, the devices of a PC, and nothing of WebAssembly.

mod clock;
mod console;
mod heap;
mod interrupts;
mod log;
mod pages;
mod power;
mod processor;
mod pvh;
mod ranges;
mod timer;
mod wait;

use alloc::sync::Arc;
use alloc::vec;
use core::arch::global_asm;
use core::time::Duration;

use ringzero::InterruptHandle;
use ringzero::platform::{Clock, Entropy, FaultHook, Platform, Scheduler, VirtualMemory};
use ringzero_platform_baremetal::device::Ports;
use ringzero_platform_baremetal::entropy::HardwareEntropy;
use ringzero_platform_baremetal::paging::FrameAllocator;
use ringzero_platform_baremetal::schedule::HaltScheduler;

use pages::Pages;

pub(crate) use console::Console;
pub(crate) use heap::used as heap_used;
pub(crate) use log::{log, write_log};
pub(crate) use pages::FRAMES;
pub(crate) use power::power_off;
pub(crate) use pvh::Boot;
pub(crate) use timer::Alarm;

global_asm!(include_str!("boot.s"));
global_asm!(include_str!("memory.s"));

const PAGE: u64 = 4096;

/// The machine, once it runs.
pub(crate) struct Machine {
    /// What the boot loader said.
    pub(crate) boot: Boot,
    /// The guest's streams.
    pub(crate) console: Console,
    /// Real time, as far as the machine knows it.
    pub(crate) clock: Arc<dyn Clock>,
    /// What waits.
    pub(crate) scheduler: Arc<dyn Scheduler>,
    /// Randomness, where the processor has it.
    pub(crate) entropy: Arc<dyn Entropy>,
    surroundings: Arc<Surroundings>,
}

impl Machine {
    /// Makes a machine of what `boot.s` left. `frames` serves the guests' pages.
    ///
    /// # Safety
    /// Called once, with what the boot loader left in `ebx`, and with [`FRAMES`] or what takes its frames from there.
    pub(crate) unsafe fn start(start_info: u64, frames: &'static dyn FrameAllocator) -> Self {
        interrupts::install();
        // SAFETY: the caller's promise.
        let info = unsafe { pvh::StartInfoAt::new(start_info) };
        let mut free = info.free_memory();
        // SAFETY: free memory, of which the half is taken out.
        unsafe { heap::claim(free.take_half()) };
        let boot = info.read();
        // SAFETY: called once; what is free is used by nobody.
        let pages = unsafe { pages::start(&free, frames) }.unwrap_or_else(|error| panic!("pages: {error}"));
        // SAFETY: nothing refers to what the boot loader has left any more, but for the module.
        unsafe { pages::close_low_pages() };
        processor::allow_wide_registers();
        interrupts::start_controllers();
        timer::start();
        // SAFETY: this is ring 0; the ports below are a PC's.
        let ports = unsafe { Ports::new() };
        let console = Console::open(ports).unwrap_or_else(|error| panic!("serial line: {error}"));
        let clock = clock::start(ports).unwrap_or_else(|error| panic!("clock: {error}"));
        let scheduler = HaltScheduler::new(wait::Processor, clock.clone(), vec![console.source()]);
        x86_64::instructions::interrupts::enable();
        let surroundings = Arc::new(Surroundings { pages, clock: clock.clone() });
        Self {
            boot,
            console,
            clock,
            scheduler: Arc::new(scheduler),
            entropy: Arc::new(HardwareEntropy::detect()),
            surroundings,
        }
    }

    /// What the core gets.
    pub(crate) fn platform(&self) -> Arc<dyn Platform> {
        self.surroundings.clone()
    }

    /// Interrupts a guest when `time` is over, by nothing but the timer's ticks, until the answer is dropped.
    pub(crate) fn alarm(&self, time: Duration, handle: InterruptHandle) -> Alarm {
        Alarm::set(time, handle)
    }
}

/// What the core may ask for.
struct Surroundings {
    pages: Pages,
    clock: Arc<dyn Clock>,
}

impl Platform for Surroundings {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(&self.pages)
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        Some(&interrupts::EXCEPTIONS)
    }

    fn clock(&self) -> Option<&dyn Clock> {
        Some(&*self.clock)
    }
}

/// Where the kernel's own memory ends.
fn kernel_end() -> u64 {
    unsafe extern "C" {
        static kernel_end: u8;
    }
    &raw const kernel_end as u64
}
