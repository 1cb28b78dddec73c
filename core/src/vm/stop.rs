//! The wish that a store's guests stop: from outside, or because their time is over.
//!
//! In: somebody's request, from any thread or interrupt handler; a deadline; what ends a wait. Out: whether the
//! guest shall stop. It does not know who asks, nor how a guest stops.
//!
//! Machine code looks at one word by which it sees, too, whether its stack has an end here: a request makes that larger
//! than any address. The guest's own thread sets it back, and looks behind that whether somebody has asked meanwhile; so
//! a request is seen, or a word that is too large is found out to be a false alarm.

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

use spin::Mutex;

use super::AddressSpace;
use crate::platform::Waker;

/// A deadline that never passes.
const NEVER: u64 = u64::MAX;
/// Nanoseconds that are to pass between two readings of the clock.
const PACE: u64 = 50_000;
/// Somebody has asked the guest to stop.
const ASKED: u32 = 1;
/// And all that come after it: this is never taken back.
const CLOSED: u32 = 2;
/// The most polls between two readings of the clock.
const LONGEST_SPAN: u32 = 1024;

/// What machine code reads.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct StopWords {
    /// The lowest address that a frame may reach down to, or [`usize::MAX`].
    pub(super) limit: AtomicUsize,
    pub(super) asked: AtomicU32,
}

/// Shared by a store with whoever may stop its guests.
pub(crate) struct StopSignal {
    words: StopWords,
    deadline: AtomicU64,
    /// What ends the wait that a host function is in, or was in last.
    waker: Mutex<Option<Arc<dyn Waker>>>,
    /// The engine's, and with it its platform and that one's clock.
    space: Arc<AddressSpace>,
    /// The store's suspended calls. They belong to whoever made them, and may be dropped anywhere.
    pub(crate) suspended: AtomicUsize,
}

impl StopSignal {
    pub(crate) fn new(space: &Arc<AddressSpace>) -> Self {
        Self {
            words: StopWords { limit: AtomicUsize::new(usize::MAX), asked: AtomicU32::new(0) },
            deadline: AtomicU64::new(NEVER),
            waker: Mutex::new(None),
            space: Arc::clone(space),
            suspended: AtomicUsize::new(0),
        }
    }

    /// The address space of the store's engine.
    pub(crate) fn space(&self) -> &Arc<AddressSpace> {
        &self.space
    }

    /// What machine code reads. It stays where it is.
    pub(crate) fn words(&self) -> *const StopWords {
        &raw const self.words
    }

    /// Machine code is to find this limit of its stack, unless it has to look up. For the guest's own thread. Costs a
    /// load where the limit is there still from the call before, which nobody has asked to stop since.
    #[inline]
    pub(crate) fn set_limit(&self, limit: usize) {
        if self.words.limit.load(Ordering::Relaxed) != limit {
            self.change_limit(limit);
        }
    }

    fn change_limit(&self, limit: usize) {
        self.words.limit.store(limit, Ordering::Relaxed);
        // Either a request is seen here, or whoever makes it writes the word after this.
        fence(Ordering::SeqCst);
        if self.asked() || self.deadline().is_some() {
            self.words.limit.store(usize::MAX, Ordering::Relaxed);
        }
    }

    /// Whether somebody has asked. Costs one load.
    #[inline(always)]
    pub(crate) fn asked(&self) -> bool {
        self.words.asked.load(Ordering::Relaxed) != 0
    }

    /// Whether nothing shall run any more. Costs one load.
    #[inline(always)]
    pub(crate) fn closed(&self) -> bool {
        self.words.asked.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// Asks. Takes no lock that an interrupted holder would have to give back.
    pub(crate) fn ask(&self) {
        self.request(ASKED);
    }

    /// Asks, for good.
    pub(crate) fn close(&self) {
        self.request(CLOSED);
    }

    fn request(&self, what: u32) {
        self.words.asked.fetch_or(what, Ordering::Relaxed);
        // Either whoever is about to wait sees the request, or it is seen here what would wake them.
        fence(Ordering::SeqCst);
        self.words.limit.store(usize::MAX, Ordering::Relaxed);
        // The lock is held by another request, which wakes, or by a guest about to wait, which looks afterwards.
        if let Some(waker) = self.waker.try_lock()
            && let Some(waker) = &*waker
        {
            waker.wake();
        }
    }

    /// The wish is fulfilled, unless it is for good.
    pub(crate) fn fulfil(&self) {
        self.words.asked.fetch_and(!ASKED, Ordering::Relaxed);
    }

    /// From now on a request wakes this. Whoever waits looks at [`due`](Self::due) between this and the wait.
    pub(crate) fn arm(&self, waker: &Arc<dyn Waker>) {
        let mut slot = self.waker.lock();
        let before = match &*slot {
            Some(known) if Arc::ptr_eq(known, waker) => None,
            _ => slot.replace(Arc::clone(waker)),
        };
        drop(slot);
        drop(before);
        fence(Ordering::SeqCst);
    }

    /// Nanoseconds on the platform's monotonic clock; `None` where it has none.
    pub(crate) fn now(&self) -> Option<u64> {
        self.space.platform().clock().map(|clock| clock.monotonic())
    }

    pub(crate) fn deadline(&self) -> Option<u64> {
        Some(self.deadline.load(Ordering::Relaxed)).filter(|deadline| *deadline != NEVER)
    }

    /// For the guest's own thread.
    pub(crate) fn set_deadline(&self, deadline: Option<u64>) {
        self.deadline.store(deadline.unwrap_or(NEVER), Ordering::Relaxed);
        if deadline.is_some() {
            self.words.limit.store(usize::MAX, Ordering::Relaxed);
        }
    }

    /// Nanoseconds until the deadline, if there is one. Reads the clock.
    pub(crate) fn time_left(&self) -> Option<u64> {
        let deadline = self.deadline()?;
        Some(deadline.saturating_sub(self.now()?))
    }

    /// Whether the guest shall stop. Reads the clock where there is a deadline.
    pub(crate) fn due(&self) -> bool {
        self.asked() || self.time_left() == Some(0)
    }
}

impl fmt::Debug for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopSignal")
            .field("asked", &self.asked())
            .field("deadline", &self.deadline())
            .finish_non_exhaustive()
    }
}

/// How often a guest with a deadline reads the clock: each so many polls, which follow from how long the polls
/// before took.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Pace {
    /// Polls until the next reading. Running code counts it down.
    pub(crate) left: u32,
    span: u32,
    /// The last reading, unless the host has run since.
    last: Option<u64>,
    /// Whether there is a deadline.
    on: bool,
}

impl Pace {
    pub(crate) const fn new() -> Self {
        Self { left: u32::MAX, span: 1, last: None, on: false }
    }

    /// There is a deadline now, or none any more.
    pub(crate) fn switch(&mut self, on: bool) {
        self.on = on;
        self.left = u32::MAX;
        self.host_ran();
    }

    /// Whether there is a deadline.
    #[inline(always)]
    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    /// The host has run, for nobody knows how long: the next poll reads the clock.
    #[inline(always)]
    pub(crate) fn host_ran(&mut self) {
        if self.on {
            self.left = 1;
            self.last = None;
        }
    }

    /// The polls are counted down. Reads the clock, if there is a deadline: whether it has passed.
    pub(crate) fn read(&mut self, stop: &StopSignal) -> bool {
        let (Some(deadline), Some(now)) = (stop.deadline(), stop.now()) else {
            self.left = u32::MAX;
            return false;
        };
        if let Some(last) = self.last {
            let passed = now.saturating_sub(last).max(1);
            let fitting = u64::from(self.span).saturating_mul(PACE) / passed;
            // Slower at once, faster by and by.
            let most = u64::from(self.span.saturating_mul(2).min(LONGEST_SPAN));
            self.span = fitting.clamp(1, most) as u32;
        }
        self.last = Some(now);
        self.left = self.span;
        now >= deadline
    }
}
