//! The timer: a thousand ticks a second, and one alarm.
//!
//! In: interrupts. Out: a count, and a guest that is stopped when its time is over. The guest need not cooperate more
//! than by looking at a flag, which both engines do.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use ringzero::InterruptHandle;
use x86_64::instructions::interrupts::without_interrupts;
use x86_64::instructions::port::Port;

/// Ticks per second.
pub(crate) const RATE: u32 = 1_000;
/// What the interval timer counts down from, per second.
const FREQUENCY: u32 = 1_193_182;

static TICKS: AtomicU64 = AtomicU64::new(0);
static ALARM: spin::Mutex<Option<(u64, InterruptHandle)>> = spin::Mutex::new(None);

/// Makes the interval timer interrupt [`RATE`] times a second.
pub(super) fn start() {
    let divisor = (FREQUENCY / RATE) as u16;
    let [low, high] = divisor.to_le_bytes();
    // Channel 0, both bytes, a rate generator.
    for (port, value) in [(0x43, 0x34), (0x40, low), (0x40, high)] {
        // SAFETY: the 8254's command and its operands.
        unsafe { Port::<u8>::new(port).write(value) };
    }
}

/// One tick, in the interrupt handler. The alarm's lock is free: it is only ever held with interrupts off.
pub(super) fn tick() {
    let now = TICKS.fetch_add(1, Ordering::Relaxed) + 1;
    let alarm = ALARM.lock();
    if let Some((at, handle)) = &*alarm
        && now >= *at
    {
        handle.interrupt();
    }
}

/// Interrupts a guest at each tick from a certain one on, until it is dropped. There is one at a time.
pub(crate) struct Alarm(());

impl Alarm {
    pub(super) fn set(time: Duration, handle: InterruptHandle) -> Self {
        let ticks = time.as_nanos().div_ceil(1_000_000_000 / u128::from(RATE));
        let at = TICKS.load(Ordering::Relaxed).saturating_add(u64::try_from(ticks).unwrap_or(u64::MAX));
        replace(Some((at, handle)));
        Self(())
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        replace(None);
    }
}

fn replace(alarm: Option<(u64, InterruptHandle)>) {
    // What was there is dropped with interrupts on again: that may free memory.
    let _before = without_interrupts(|| core::mem::replace(&mut *ALARM.lock(), alarm));
}
