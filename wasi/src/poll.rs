//! `poll_oneoff`: waiting for clocks and descriptors together.
//!
//! In: subscriptions. Out: one event for each that fired, and only for those. All are read before any event is
//! written, so the two arrays may overlap. Time that a scheduler says it has waited counts as passed, and time that
//! it has skipped too, so that fake sleeps end.

use alloc::vec::Vec;

use ringzero::platform::{Clock, FileType, Interest, Readiness, SeekFrom, Wait, Waited};

use crate::{
    abi::{Awaited, EVENT_HANGUP, EVENT_SIZE, Event, SUBCLOCK_ABSTIME, SUBSCRIPTION_SIZE, Subscription},
    clock::ClockId,
    ctx::WasiCtx,
    errno::Errno,
    fd_io::store_count,
    memory::{GuestMemory, GuestPtr},
    table::{Descriptor, Table},
    wait::{Pause, Progress},
};

/// The most subscriptions in one call.
pub(crate) const MAX_SUBSCRIPTIONS: u32 = 4096;
/// How long to wait, at first and at most, before asking again a source that cannot wake anyone.
const FIRST_SLICE: u64 = 1_000_000;
const LAST_SLICE: u64 = 50_000_000;
/// Sources that are asked between two looks whether the guest shall stop.
const ASKED_AT_ONCE: usize = 64;

/// Waits until at least one subscription fires. None at all, or more than [`MAX_SUBSCRIPTIONS`], answers
/// `EINVAL`; a wait that could never end answers `EDEADLK`.
pub(crate) fn poll_oneoff(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    subscriptions: GuestPtr,
    events: GuestPtr,
    count: u32,
    fired: GuestPtr,
) -> Result<(), Errno> {
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Err(Errno::Inval);
    }
    let input = memory.check_array(subscriptions, count, SUBSCRIPTION_SIZE as u32)?;
    let output = memory.check_array(events, count, EVENT_SIZE as u32)?;
    let place = memory.place::<4>(fired)?;
    // What was interrupted goes on for the times that it began with, and asks everything once before it stops again.
    let (origin, waited, resumed) = match ctx.pause.progress() {
        Some(Progress::Poll { origin, waited }) => (origin, waited, true),
        _ => ([None; 2], 0, false),
    };
    let mut poll = Poll {
        table: &ctx.table,
        clock: &*ctx.clock,
        pause: &ctx.pause,
        subscriptions: Vec::new(),
        events: Vec::new(),
        origin,
        waited,
    };
    poll.decode(memory.bytes(input)?)?;
    if let Err(error) = poll.run(resumed) {
        let progress = Progress::Poll { origin: poll.origin, waited: poll.waited };
        ctx.pause.keep(progress);
        return Err(error);
    }
    let (slots, _) = memory.bytes_mut(output)?.as_chunks_mut::<EVENT_SIZE>();
    for (slot, event) in slots.iter_mut().zip(&poll.events) {
        *slot = event.encode();
    }
    store_count(memory, place, poll.events.len())
}

/// One subscription, with what it needs to be asked again and again.
struct Pending {
    user_data: u64,
    source: Source,
}

enum Source {
    /// Fires at `deadline` of `clock`, or when `remaining` nanoseconds have been waited.
    Clock {
        clock: ClockId,
        deadline: u64,
        remaining: u64,
    },
    Descriptor {
        fd: u32,
        interest: Interest,
    },
    /// Fires at once with this error.
    Failed {
        event_type: u8,
        error: Errno,
    },
}

struct Poll<'a> {
    table: &'a Table,
    clock: &'a dyn Clock,
    pause: &'a Pause,
    subscriptions: Vec<Pending>,
    events: Vec<Event>,
    /// What the monotonic clock and the wall clock showed when first read: one present for all subscriptions.
    origin: [Option<u64>; 2],
    /// Nanoseconds that the scheduler says it has waited.
    waited: u64,
}

/// What to wait for next.
struct Plan {
    waits: Vec<Wait>,
    /// Until the next clock fires.
    timeout: Option<u64>,
    /// Some source has to be asked again after a while.
    ask_again: bool,
}

impl Poll<'_> {
    fn decode(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        let (array, _) = bytes.as_chunks::<SUBSCRIPTION_SIZE>();
        let out_of_memory = |_| Errno::Nomem;
        self.subscriptions.try_reserve_exact(array.len()).map_err(out_of_memory)?;
        self.events.try_reserve_exact(array.len()).map_err(out_of_memory)?;
        for element in array {
            let subscription = Subscription::decode(element)?;
            let source = self.source(subscription.awaited);
            self.subscriptions.push(Pending { user_data: subscription.user_data, source });
        }
        Ok(())
    }

    fn source(&mut self, awaited: Awaited) -> Source {
        match awaited {
            Awaited::Read { fd } => Source::Descriptor { fd, interest: Interest::READ },
            Awaited::Write { fd } => Source::Descriptor { fd, interest: Interest::WRITE },
            Awaited::Clock { id, timeout, flags } => self
                .clock_source(id, timeout, flags)
                .unwrap_or_else(|error| Source::Failed { event_type: 0, error }),
        }
    }

    fn clock_source(&mut self, id: u32, timeout: u64, flags: u16) -> Result<Source, Errno> {
        let id = ClockId::from_number(id)?;
        match flags {
            // A duration is not stretched by setting the wall clock.
            0 => Ok(Source::Clock {
                clock: ClockId::Monotonic,
                deadline: self.start(ClockId::Monotonic).saturating_add(timeout),
                remaining: timeout,
            }),
            SUBCLOCK_ABSTIME => Ok(Source::Clock {
                clock: id,
                deadline: timeout,
                remaining: timeout.saturating_sub(self.start(id)),
            }),
            _ => Err(Errno::Inval),
        }
    }

    /// What clock `id` showed at the start.
    fn start(&mut self, id: ClockId) -> u64 {
        let slot = match id {
            ClockId::Monotonic => &mut self.origin[0],
            ClockId::Realtime => &mut self.origin[1],
        };
        *slot.get_or_insert_with(|| id.now(self.clock))
    }

    /// Asks and waits in turns until something has fired.
    fn run(&mut self, resumed: bool) -> Result<(), Errno> {
        let mut slice = FIRST_SLICE;
        let mut looks = !resumed;
        loop {
            let plan = self.ask(looks)?;
            looks = true;
            if !self.events.is_empty() {
                return Ok(());
            }
            let timeout = if plan.ask_again {
                Some(plan.timeout.map_or(slice, |timeout| timeout.min(slice)))
            } else {
                plan.timeout
            };
            slice = (slice * 2).min(LAST_SLICE);
            let passed = match self.pause.wait(&plan.waits, timeout)? {
                Waited::Woken => Some(0),
                Waited::TimedOut => timeout,
                // In fake time nothing happens between one question and the next.
                Waited::Skipped => plan.timeout,
            };
            self.waited = self.waited.saturating_add(passed.ok_or(Errno::Deadlk)?);
        }
    }

    /// Asks every source once, noting what fired, and plans the next wait.
    fn ask(&mut self, looks: bool) -> Result<Plan, Errno> {
        let mut plan = Plan { waits: Vec::new(), timeout: None, ask_again: false };
        let [monotonic, realtime] = self.times();
        for (position, pending) in self.subscriptions.iter().enumerate() {
            if looks && position % ASKED_AT_ONCE == ASKED_AT_ONCE - 1 {
                self.pause.check()?;
            }
            let event = match pending.source {
                Source::Failed { event_type, error } => Some(failed(event_type, error)),
                Source::Clock { clock, deadline, remaining } => {
                    let now = match clock {
                        ClockId::Monotonic => monotonic,
                        ClockId::Realtime => realtime,
                    };
                    let left = deadline.saturating_sub(now).min(remaining.saturating_sub(self.waited));
                    plan.timeout = Some(plan.timeout.map_or(left, |least: u64| least.min(left)));
                    (left == 0).then_some(Event {
                        user_data: 0,
                        error: None,
                        event_type: 0,
                        bytes: 0,
                        flags: 0,
                    })
                }
                Source::Descriptor { fd, interest } => ask_descriptor(self.table, fd, interest, &mut plan)?,
            };
            if let Some(event) = event {
                self.events.push(Event { user_data: pending.user_data, ..event });
            }
        }
        Ok(plan)
    }

    /// The present of both clocks; one that nobody waits for is not read.
    fn times(&self) -> [u64; 2] {
        [ClockId::Monotonic, ClockId::Realtime].map(|id| {
            let used =
                |pending: &Pending| matches!(pending.source, Source::Clock { clock, .. } if clock == id);
            if self.subscriptions.iter().any(used) { id.now(self.clock) } else { 0 }
        })
    }
}

fn failed(event_type: u8, error: Errno) -> Event {
    Event { user_data: 0, error: Some(error), event_type, bytes: 0, flags: 0 }
}

/// An event if the descriptor is ready or cannot be asked; otherwise its part in the next wait.
fn ask_descriptor(
    table: &Table,
    fd: u32,
    interest: Interest,
    plan: &mut Plan,
) -> Result<Option<Event>, Errno> {
    let event_type = if interest == Interest::READ { 1 } else { 2 };
    let descriptor = match table.get(fd) {
        Ok(descriptor) => descriptor,
        Err(error) => return Ok(Some(failed(event_type, error))),
    };
    match descriptor.ready(interest) {
        Err(error) => Ok(Some(failed(event_type, error.into()))),
        Ok(readiness) if readiness.ready => Ok(Some(Event {
            user_data: 0,
            error: None,
            event_type,
            bytes: available(descriptor, interest, readiness),
            flags: if readiness.hangup { EVENT_HANGUP } else { 0 },
        })),
        Ok(_) => {
            match descriptor.wait_handle() {
                Some(handle) => {
                    plan.waits.try_reserve(1).map_err(|_| Errno::Nomem)?;
                    plan.waits.push(Wait { handle, interest });
                }
                None => plan.ask_again = true,
            }
            Ok(None)
        }
    }
}

/// How many bytes can be read at once: of a regular file, what lies after the offset.
fn available(descriptor: &Descriptor, interest: Interest, readiness: Readiness) -> u64 {
    match descriptor.as_file() {
        Some(file) if readiness.bytes == 0 && interest == Interest::READ => {
            match (file.stat(), file.seek(SeekFrom::Current(0))) {
                (Ok(stat), Ok(offset)) if stat.file_type == FileType::Regular => {
                    stat.size.saturating_sub(offset)
                }
                _ => 0,
            }
        }
        _ => readiness.bytes,
    }
}
