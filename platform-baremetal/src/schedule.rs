//! Waiting where there is nothing to switch to: the processor halts until an interrupt, and looks again.
//!
//! In: sources by their numbers, a clock, and one way to halt. Out: a [`Scheduler`]. It knows no tasks.
//!
//! The kernel halts, which is privileged: see [`Halt`]. Its timer has to interrupt every now and then: a wait ends with
//! the first interrupt after its time, so with a thousand of them a second up to 1 ms late.

use alloc::{
    sync::{Arc, Weak},
    vec::Vec,
};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ringzero::platform::{
    Clock, ErrorKind, Interest, Result, Scheduler, Stream, Wait, WaitHandle, Waited, Waker,
};
use ringzero::reserve::try_arc;
use spin::Mutex;

/// How a processor waits for an interrupt.
pub trait Halt: Send + Sync {
    /// Switches interrupts off, calls `ready`, and switches them on again; if it has said `false`, the processor halts
    /// until the next interrupt, with nothing in between: on x86-64 `cli`, and `sti` directly before `hlt`. So whatever
    /// happens after `ready` has looked ends the halt.
    fn halt_unless(&self, ready: &mut dyn FnMut() -> bool);

    /// Interrupts the other processors, where there are any: something has happened that they may wait for. Called from
    /// any processor and any handler. The default does nothing.
    fn rouse(&self) {}
}

/// The first number of a wake-up; sources that a kernel numbers are below.
const FIRST_EVENT: u64 = 1 << 63;

/// A scheduler that halts the processor while its guest waits.
pub struct HaltScheduler<H> {
    halt: Arc<H>,
    clock: Arc<dyn Clock>,
    sources: Vec<(WaitHandle, Arc<dyn Stream>)>,
    events: Mutex<Vec<Weak<Event<H>>>>,
    next_event: AtomicU64,
}

/// What a wait asks.
enum Source<'a, H> {
    Stream(&'a dyn Stream, Interest),
    Event(Arc<Event<H>>),
}

impl<H: Halt + 'static> HaltScheduler<H> {
    /// Waits by `halt`, tells the time by `clock`, and knows these streams by the numbers that they are waited for
    /// by ([`Stream::wait_handle`]), each below 2⁶³. A stream's interrupt must end a halt.
    pub fn new(halt: H, clock: Arc<dyn Clock>, sources: Vec<(WaitHandle, Arc<dyn Stream>)>) -> Self {
        let (events, next_event) = (Mutex::new(Vec::new()), AtomicU64::new(FIRST_EVENT));
        Self { halt: Arc::new(halt), clock, sources, events, next_event }
    }

    fn source(&self, wait: &Wait) -> Result<Source<'_, H>> {
        if let Some((_, stream)) = self.sources.iter().find(|(handle, _)| *handle == wait.handle) {
            return Ok(Source::Stream(&**stream, wait.interest));
        }
        let events = self.events.lock();
        let event = events.iter().filter_map(Weak::upgrade).find(|event| event.handle == wait.handle);
        event.map(Source::Event).ok_or(ErrorKind::BadDescriptor)
    }
}

impl<H: Halt + 'static> Scheduler for HaltScheduler<H> {
    /// # Errors
    /// [`ErrorKind::BadDescriptor`] for a number that it does not know, [`ErrorKind::OutOfMemory`].
    fn wait(&self, waits: &[Wait], timeout: Option<u64>) -> Result<Waited> {
        let mut sources = Vec::new();
        sources.try_reserve_exact(waits.len()).map_err(|_| ErrorKind::OutOfMemory)?;
        for wait in waits {
            sources.push(self.source(wait)?);
        }
        let deadline = timeout.map(|nanos| self.clock.monotonic().saturating_add(nanos));
        let mut waited = None;
        while waited.is_none() {
            self.halt.halt_unless(&mut || {
                let over = || deadline.is_some_and(|deadline| self.clock.monotonic() >= deadline);
                waited = if sources.iter().any(Source::is_ready) {
                    Some(Waited::Woken)
                } else {
                    over().then_some(Waited::TimedOut)
                };
                waited.is_some()
            });
        }
        waited.ok_or(ErrorKind::Interrupted)
    }

    fn waker(&self) -> Result<Option<Arc<dyn Waker>>> {
        let handle = WaitHandle(self.next_event.fetch_add(1, Ordering::Relaxed));
        let event = Event { handle, happened: AtomicBool::new(false), halt: Arc::clone(&self.halt) };
        let event = try_arc(event).map_err(|_| ErrorKind::OutOfMemory)?;
        let mut events = self.events.lock();
        events.retain(|event| event.strong_count() > 0);
        events.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
        events.push(Arc::downgrade(&event));
        Ok(Some(event))
    }
}

impl<H: Halt> Source<'_, H> {
    /// Whether it may be: a source that answers with an error is one, so that its user sees the error.
    fn is_ready(&self) -> bool {
        match self {
            Self::Stream(stream, interest) => stream.ready(*interest).map_or(true, |found| found.ready),
            Self::Event(event) => event.happened.load(Ordering::Acquire),
        }
    }
}

impl<H> core::fmt::Debug for HaltScheduler<H> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("HaltScheduler").field("sources", &self.sources.len()).finish_non_exhaustive()
    }
}

/// A wake-up. Setting it takes no lock, so an interrupt handler may.
struct Event<H> {
    handle: WaitHandle,
    happened: AtomicBool,
    halt: Arc<H>,
}

impl<H: Halt> Waker for Event<H> {
    fn wake(&self) {
        self.happened.store(true, Ordering::Release);
        self.halt.rouse();
    }

    fn clear(&self) {
        self.happened.store(false, Ordering::Relaxed);
    }

    fn wait_handle(&self) -> WaitHandle {
        self.handle
    }
}

#[cfg(test)]
mod tests {
    use ringzero::platform::Readiness;

    use super::*;
    use crate::FixedClock;

    type Later = alloc::boxed::Box<dyn FnMut(u32) + Send>;

    /// A processor: each halt ends with an interrupt, 1 ms later, in which something may happen.
    struct Processor {
        clock: Arc<FixedClock>,
        halts: Mutex<u32>,
        interrupt: Mutex<Later>,
        roused: AtomicU64,
    }

    impl Halt for Arc<Processor> {
        fn halt_unless(&self, ready: &mut dyn FnMut() -> bool) {
            if !ready() {
                let mut halts = self.halts.lock();
                *halts += 1;
                assert!(*halts < 1_000, "it waits for ever");
                self.clock.advance(1_000_000);
                self.interrupt.lock()(*halts);
            }
        }

        fn rouse(&self) {
            self.roused.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[derive(Default)]
    struct Line {
        received: AtomicBool,
        broken: AtomicBool,
    }

    impl Stream for Line {
        fn ready(&self, interest: Interest) -> Result<Readiness> {
            if self.broken.load(Ordering::Relaxed) {
                return Err(ErrorKind::Io);
            }
            let ready = interest == Interest::READ && self.received.load(Ordering::Relaxed);
            Ok(if ready { Readiness::READY } else { Readiness::PENDING })
        }
    }

    const LINE: Wait = Wait { handle: WaitHandle(4), interest: Interest::READ };

    fn machine(interrupt: Later) -> (Arc<Processor>, Arc<Line>, HaltScheduler<Arc<Processor>>) {
        let clock = Arc::new(FixedClock::new(0, 1));
        let (halts, interrupt, roused) = (Mutex::new(0), Mutex::new(interrupt), AtomicU64::new(0));
        let processor = Arc::new(Processor { clock: Arc::clone(&clock), halts, interrupt, roused });
        let line = Arc::new(Line::default());
        let sources = alloc::vec![(LINE.handle, Arc::clone(&line) as Arc<dyn Stream>)];
        let scheduler = HaltScheduler::new(Arc::clone(&processor), clock, sources);
        (processor, line, scheduler)
    }

    #[test]
    fn time_passes_while_the_processor_halts() {
        let (processor, _, scheduler) = machine(alloc::boxed::Box::new(|_| {}));
        assert_eq!(scheduler.wait(&[], Some(2_500_000)), Ok(Waited::TimedOut));
        assert_eq!(*processor.halts.lock(), 3);
        assert_eq!(scheduler.wait(&[LINE], Some(0)), Ok(Waited::TimedOut));
        assert_eq!(*processor.halts.lock(), 3);
    }

    #[test]
    fn a_source_ends_the_wait_and_so_does_its_failure() {
        let (processor, line, scheduler) = machine(alloc::boxed::Box::new(|_| {}));
        let later = Arc::clone(&line);
        *processor.interrupt.lock() = alloc::boxed::Box::new(move |halts| {
            later.received.store(halts == 5, Ordering::Relaxed);
        });
        assert_eq!(scheduler.wait(&[LINE], None), Ok(Waited::Woken));
        assert_eq!(*processor.halts.lock(), 5);
        let write = Wait { interest: Interest::WRITE, ..LINE };
        assert_eq!(scheduler.wait(&[write], Some(1)), Ok(Waited::TimedOut));
        line.broken.store(true, Ordering::Relaxed);
        assert_eq!(scheduler.wait(&[write], None), Ok(Waited::Woken));
        let unknown = Wait { handle: WaitHandle(5), ..LINE };
        assert_eq!(scheduler.wait(&[LINE, unknown], None), Err(ErrorKind::BadDescriptor));
    }

    #[test]
    fn a_wake_up_ends_the_wait_until_it_is_cleared() {
        let (processor, _, scheduler) = machine(alloc::boxed::Box::new(|_| {}));
        let [first, second] = [(); 2].map(|()| scheduler.waker().unwrap().unwrap());
        let wait = |waker: &Arc<dyn Waker>| Wait { handle: waker.wait_handle(), interest: Interest::READ };
        assert_ne!(first.wait_handle(), second.wait_handle());
        let handler = Arc::clone(&first);
        *processor.interrupt.lock() = alloc::boxed::Box::new(move |_| handler.wake());
        assert_eq!(scheduler.wait(&[LINE, wait(&first)], None), Ok(Waited::Woken));
        assert_eq!((*processor.halts.lock(), processor.roused.load(Ordering::Relaxed)), (1, 1));
        *processor.interrupt.lock() = alloc::boxed::Box::new(|_| {});
        assert_eq!(scheduler.wait(&[wait(&second)], Some(1)), Ok(Waited::TimedOut));
        assert_eq!(scheduler.wait(&[wait(&first)], None), Ok(Waited::Woken));
        first.clear();
        assert_eq!(scheduler.wait(&[wait(&first)], Some(1)), Ok(Waited::TimedOut));
        // What is dropped is forgotten.
        let gone = wait(&first);
        drop(first);
        assert_eq!(scheduler.wait(&[gone], None), Err(ErrorKind::BadDescriptor));
        drop(scheduler.waker());
        drop(scheduler.waker());
        assert_eq!(scheduler.events.lock().len(), 2);
    }
}
