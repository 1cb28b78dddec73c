//! The smallest complete unikernel: it boots, hosts one WebAssembly program, and ends with its exit status.
#![no_std]
#![no_main]

extern crate alloc;

mod host;
#[expect(
    unsafe_code,
    reason = "privileged instructions, device registers, and memory that nobody has given us"
)]
mod machine;
mod options;
mod piped;

use machine::{Machine, log};

/// Where `boot.s` hands over: 64-bit mode, memory mapped one to one, interrupts off.
#[expect(unsafe_code, reason = "called by name from boot.s, once")]
#[unsafe(no_mangle)]
extern "C" fn kernel_main(start_info: u64) -> ! {
    // SAFETY: boot.s hands over what the boot loader left, and calls once.
    let machine = unsafe { Machine::start(start_info, &machine::FRAMES) };
    log!(
        "booted: {} MiB of memory; {} frames for guests; {} bytes of heap in use",
        machine.boot.usable >> 20,
        machine::FRAMES.free_frames(),
        machine::heap_used()
    );
    let status = host::run(&machine);
    machine::power_off(status)
}
