//! How this processor waits: it halts until an interrupt.

use ringzero_platform_baremetal::schedule::Halt;
use x86_64::instructions::interrupts;

/// One processor, whose timer interrupts often enough.
pub(super) struct Processor;

impl Halt for Processor {
    fn halt_unless(&self, ready: &mut dyn FnMut() -> bool) {
        interrupts::disable();
        if ready() {
            interrupts::enable();
        } else {
            interrupts::enable_and_hlt();
        }
    }
}
