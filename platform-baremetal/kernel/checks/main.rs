//! A unikernel that checks what can only be seen in ring 0, with what the host's tests give it.
//!
//! In: the name of a check on the command line, its data as the initial file. Out: lines on the serial line, and the
//! status 0 where all is as it should be. The machine below is that of the kernel that hosts programs.
#![no_std]
#![no_main]

extern crate alloc;

mod faults;
mod hostile;
#[path = "../machine/mod.rs"]
#[allow(dead_code, reason = "the kernel that hosts programs uses all of it")]
#[expect(
    unsafe_code,
    reason = "privileged instructions, device registers, and memory that nobody has given us"
)]
mod machine;
mod slices;
mod spec;

use alloc::string::String;

use machine::Machine;
use ringzero::{Bounds, Strategy};
use ringzero_platform_baremetal::paging::{FailingFrames, FramePool};

/// Frames that a check can make run out.
static FRAMES: FailingFrames<&'static FramePool> = FailingFrames::new(&machine::FRAMES);

/// Where `boot.s` hands over.
#[expect(unsafe_code, reason = "called by name from boot.s, once")]
#[unsafe(no_mangle)]
extern "C" fn kernel_main(start_info: u64) -> ! {
    // SAFETY: boot.s hands over what the boot loader left, and calls once.
    let machine = unsafe { Machine::start(start_info, &FRAMES) };
    let line = String::from_utf8_lossy(&machine.boot.command_line).into_owned();
    let data = machine.boot.file.unwrap_or_default();
    let checked = match line.trim() {
        "faults" => faults::check(&machine),
        "slices" => slices::check(&machine, data),
        "spec" => spec::check(&machine, (Strategy::Interpreter, Bounds::Guard), data),
        "spec-guard" => spec::check(&machine, (Strategy::Compiled, Bounds::Guard), data),
        "spec-explicit" => spec::check(&machine, (Strategy::Compiled, Bounds::Explicit), data),
        "hostile" => hostile::check(&machine, data),
        "frames" => hostile::check_frames(&machine, &FRAMES, data),
        other => Err(alloc::format!("no check `{other}`")),
    };
    match checked {
        Ok(()) => machine::power_off(0),
        Err(why) => {
            say!(machine, "failed: {why}");
            machine::power_off(1)
        }
    }
}

/// Writes a line to the first serial line.
macro_rules! say {
    ($machine:expr, $($word:tt)*) => {{
        let line = alloc::format!("{}\n", format_args!($($word)*));
        let _ = $machine.console.output.write(&[line.as_bytes()]);
    }};
}
use say;
