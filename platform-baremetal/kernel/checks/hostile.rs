//! Guests that take all they can get: each is bounded, the kernel goes on, and nothing is left behind.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use ringzero::{Config, Engine, Error, Linker, Module, Store};
use ringzero_platform_baremetal::paging::{FailingFrames, FramePool};
use ringzero_platform_baremetal::{Buffer, MemoryDir, Quota};
use ringzero_wasi::{WasiCtx, WasiCtxBuilder, add_to_linker};

use crate::machine::{FRAMES, Machine, heap_used};
use crate::say;

#[path = "../../../ci/src/kernel/guest.rs"]
#[allow(unreachable_pub, reason = "public where the tests of the host use it")]
mod guest;

use guest::{Ends, Guest};

/// How many guests are run.
const ROUNDS: usize = 1_000;

/// Runs a thousand guests in turn. What was free before is free afterwards.
pub(super) fn check(machine: &Machine, data: &[u8]) -> Result<(), String> {
    let guests: Vec<Guest> = postcard::from_bytes(data).map_err(|error| error.to_string())?;
    // What is made once stays: the first guest of each kind does not count.
    for guest in &guests {
        expect(machine, guest)?;
    }
    let before = Free::now();
    for guest in guests.iter().cycle().take(ROUNDS) {
        expect(machine, guest)?;
    }
    let after = Free::now();
    say!(machine, "counts: {ROUNDS} guests of {} kinds; before {before}; after {after}", guests.len());
    if before == after { Ok(()) } else { Err("something is left behind".to_string()) }
}

/// Lets the frames run out after every number of them while guests are loaded and run.
pub(super) fn check_frames(
    machine: &Machine,
    frames: &FailingFrames<&'static FramePool>,
    data: &[u8],
) -> Result<(), String> {
    let guests: Vec<Guest> = postcard::from_bytes(data).map_err(|error| error.to_string())?;
    for guest in &guests {
        expect(machine, guest)?;
        let before = Free::now();
        let (mut steps, mut failed) = (0, 0);
        loop {
            frames.refuse_after(steps);
            let ended = run(machine, guest);
            let refused = frames.has_refused();
            frames.refuse_after(u64::MAX);
            if !refused {
                break;
            }
            steps += 1;
            failed += u64::from(ended.is_err() || ended.is_ok_and(|ended| ended != guest.ends));
            if Free::now() != before {
                return Err(format!("{}: step {steps}: {before} became {}", guest.name, Free::now()));
            }
        }
        say!(
            machine,
            "counts: {}: frames ran out at {steps} points, of which {failed} were seen",
            guest.name
        );
    }
    Ok(())
}

fn expect(machine: &Machine, guest: &Guest) -> Result<(), String> {
    match run(machine, guest) {
        Ok(ended) if ended == guest.ends => Ok(()),
        Ok(ended) => Err(format!("{}: {ended:?} where {:?} is expected", guest.name, guest.ends)),
        Err(error) => Err(format!("{}: {error}", guest.name)),
    }
}

/// One guest, with everything of its own.
fn run(machine: &Machine, guest: &Guest) -> Result<Ends, Error> {
    let engine = Engine::new(&Config::new().platform(machine.platform()).interruption(true))?;
    let module = Module::new(&engine, &guest.wasm)?;
    let mut linker = Linker::new(&engine);
    add_to_linker(&mut linker, |wasi: &mut WasiCtx| wasi)?;
    let dir = MemoryDir::new(Quota { bytes: 1 << 20, inodes: 100, ..Quota::default() });
    let wasi = WasiCtxBuilder::new()
        .preopen("/", dir)
        .stdout(Buffer::new(4096))
        .clock(Arc::clone(&machine.clock))
        .scheduler(Arc::clone(&machine.scheduler))
        .max_descriptors(200)
        .build()
        .map_err(Error::host)?;
    let mut store = Store::new(&engine, wasi);
    let alarm = machine.alarm(Duration::from_millis(guest.time.into()), store.interrupt_handle());
    let ended = linker.instantiate(&mut store, &module).and_then(|it| ringzero_wasi::run(&mut store, it));
    drop(alarm);
    match ended {
        Ok(status) => Ok(Ends::Exits(status)),
        Err(error) => error.trap().map(|trap| Ends::Traps(trap.message().to_string())).ok_or(error),
    }
}

/// What is free, by the figures that must return.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Free {
    frames: usize,
    heap_used: usize,
}

impl Free {
    fn now() -> Self {
        Self { frames: FRAMES.free_frames(), heap_used: heap_used() }
    }
}

impl core::fmt::Display for Free {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} frames free, {} bytes of heap in use", self.frames, self.heap_used)
    }
}
