//! Enters the handlers and does what they leave for: host calls, translation, growth, slow operations.
//!
//! In: a function and its arguments. Out: its results, or what was raised, with the frames that led there.
//! Between two stretches of handlers everything is data: the place in the store and the slots on its stack.

use core::convert::Infallible;
use core::ptr::{NonNull, null, null_mut};

use super::backtrace::frames;
use super::dispatch::{self, Dispatch, is_halt, is_switch_back, restores};
use super::load::translate_one;
use super::machine::{Exit, Machine, record};
use super::out;
use super::slow;
use super::suspend::Suspended;
use crate::bytecode::{HEAD_UNITS, HEADER_SLOTS, Op};
use crate::vm::{Place, Raised, Stop, VmFunc, VmStore};
use crate::wasm::Trap;

/// Slots under the frame of a tail call into another instance: instance, return address, distance, results.
pub(super) const SWITCH_SLOTS: usize = 4;

/// How far a call has come.
pub(crate) enum Progress {
    /// To its end: the results are in the values.
    Done,
    /// Not to its end.
    Suspended(Suspended, Stop),
}

/// Calls `func` with its arguments in `values`, where its results replace them.
///
/// # Errors
/// What the guest or the host raised; also where it would have to be suspended. Slots in `values` are then
/// unspecified.
///
/// # Safety
/// `store` is live and nobody else uses it meanwhile; `func` is a function of it; `values` has exactly its
/// slots, and references in it are of the store.
pub(crate) unsafe fn call(
    store: NonNull<VmStore>,
    func: NonNull<VmFunc>,
    values: &mut [u64],
    dispatch: Dispatch,
) -> Result<(), Raised> {
    let mut driver = Driver { store: store.as_ptr(), dispatch };
    driver.on_top(values, |driver, base, _| {
        // SAFETY: the caller's promise.
        let func = unsafe { func.as_ref() };
        match driver.call_at(func, base)? {
            None => Ok(()),
            Some(stop) => {
                let behind = !matches!(stop, Stop::OutOfFuel);
                Err(driver.with_frames(stop.into_raised(), behind))
            }
        }
    })
}

/// The same, but what would have to be suspended is.
///
/// # Errors
/// What the guest or the host raised.
///
/// # Safety
/// As for [`call`].
pub(crate) unsafe fn start(
    store: NonNull<VmStore>,
    func: NonNull<VmFunc>,
    values: &mut [u64],
    dispatch: Dispatch,
) -> Result<Progress, Raised> {
    let mut driver = Driver { store: store.as_ptr(), dispatch };
    driver.on_top(values, |driver, base, len| {
        // SAFETY: the caller's promise.
        let func = unsafe { func.as_ref() };
        match driver.call_at(func, base)? {
            None => Ok(Progress::Done),
            Some(stop) => driver.suspend(base, len, stop),
        }
    })
}

/// Goes on with a call. A host function that asked to wait is called again, unless `results`, as slots, are
/// given in its stead.
///
/// # Errors
/// What the guest or the host raised.
///
/// # Safety
/// As for [`call`]; the call was suspended in this store, and `values` and `results` have exactly its slots.
pub(crate) unsafe fn resume(
    store: NonNull<VmStore>,
    mut suspended: Suspended,
    values: &mut [u64],
    results: Option<&[u64]>,
    dispatch: Dispatch,
) -> Result<Progress, Raised> {
    let mut driver = Driver { store: store.as_ptr(), dispatch };
    driver.on_top(values, |driver, base, len| {
        driver.restore(base, &suspended)?;
        match driver.go_on(&mut suspended, base, results)? {
            None => Ok(Progress::Done),
            Some(stop) => driver.suspend(base, len, stop),
        }
    })
}

/// Ends a call with something raised, where it has stopped: that, with its frames. `behind`: the place is behind the
/// operator that it stopped at.
///
/// # Safety
/// `store` is live and nobody else uses it meanwhile; the call was suspended in it.
pub(crate) unsafe fn abandon(
    store: NonNull<VmStore>,
    suspended: Suspended,
    raised: Raised,
    behind: bool,
) -> Raised {
    let mut driver = Driver { store: store.as_ptr(), dispatch: Dispatch::default() };
    let ended = driver.on_top(&mut [], |driver, base, _| {
        driver.restore(base, &suspended)?;
        Err::<Infallible, _>(driver.with_frames(raised, behind))
    });
    match ended {
        Err(raised) => raised,
        Ok(never) => match never {},
    }
}

/// A stretch of running, from the host's call to its return.
pub(super) struct Driver {
    pub(super) store: *mut VmStore,
    dispatch: Dispatch,
}

impl Driver {
    /// The store's running part. Not to be held while handlers or the host run.
    pub(super) fn store(&mut self) -> &mut VmStore {
        // SAFETY: `call`'s caller promised that it is live and not used by others.
        unsafe { &mut *self.store }
    }

    /// Makes sure that the stack has so many slots.
    pub(super) fn reserve(&mut self, slots: usize) -> Result<(), Trap> {
        let store = self.store();
        let before = store.stack.base();
        store.stack.reserve(slots, store.stop.space())?;
        let after = store.stack.base();
        store.stack_end = after.wrapping_add(store.stack.len());
        // Everything that points into the stack moves with it.
        let moved = |place: *mut u64| {
            let distance = (place as usize).wrapping_sub(before as usize) / size_of::<u64>();
            after.wrapping_add(distance)
        };
        store.place.sp = moved(store.place.sp);
        store.callee_frame = moved(store.callee_frame);
        Ok(())
    }

    /// The number of a slot.
    pub(super) fn number(&mut self, slot: *mut u64) -> usize {
        (slot as usize - self.store().stack.base() as usize) / size_of::<u64>()
    }

    /// The address of a slot.
    pub(super) fn slot(&mut self, number: usize) -> *mut u64 {
        self.store().stack.base().wrapping_add(number)
    }

    /// Does something with values on top of the stack, and puts the stack back.
    fn on_top<T>(
        &mut self,
        values: &mut [u64],
        run: impl FnOnce(&mut Self, usize, usize) -> Result<T, Raised>,
    ) -> Result<T, Raised> {
        let base = self.store().stack.top;
        self.store().progress = 0;
        self.store().pace.host_ran();
        self.reserve(base + values.len() + HEADER_SLOTS)?;
        if let Some(slots) = self.store().stack.slots(base, values.len()) {
            slots.copy_from_slice(values);
        }
        let result = run(self, base, values.len());
        // Whoever called us for a guest puts that guest's place back: the stack may have moved.
        self.store().stack.top = base;
        if result.is_ok()
            && let Some(slots) = self.store().stack.slots(base, values.len())
        {
            values.copy_from_slice(slots);
        }
        result
    }

    /// Calls a function whose values start at slot `base`.
    fn call_at(&mut self, func: &VmFunc, base: usize) -> Result<Option<Stop>, Raised> {
        if func.is_host() {
            let place = Place { ip: null(), sp: self.slot(base), instance: null_mut() };
            return match self.call_out(func, base, place) {
                Err(Raised::Interrupted(_)) => {
                    self.fulfil();
                    Err(Trap::Interrupted.into())
                }
                result => result.map(|()| None),
            };
        }
        let sp = self.slot(base);
        let header = sp.wrapping_add(func.value_slots());
        // SAFETY: `call` has reserved the values and a header.
        unsafe { header.write(dispatch::halt(self.dispatch) as u64) }
        // SAFETY: as above.
        unsafe { header.wrapping_add(1).write(0) }
        self.store().place = Place { ip: entry_of(func), sp, instance: func.instance };
        self.run()
    }

    /// Runs until the frame that the host entered returns, or something stops it.
    pub(super) fn run(&mut self) -> Result<Option<Stop>, Raised> {
        loop {
            // SAFETY: the place is that of a frame entered as its function demands.
            let exit = unsafe { dispatch::run(self.store, self.dispatch) };
            let done = match exit {
                Exit::HALT => return Ok(None),
                Exit::OUT_OF_FUEL => return Ok(Some(Stop::OutOfFuel)),
                Exit::INTERRUPTED | Exit::LOOK => {
                    // Going on must get further than this poll, or a host that asks often would stop the guest.
                    let poll = self.store().place.ip;
                    self.store().place.ip = poll.wrapping_add(HEAD_UNITS);
                    if exit == Exit::INTERRUPTED || self.time_is_over() {
                        self.fulfil();
                        return Ok(Some(Stop::Interrupted));
                    }
                    Ok(())
                }
                Exit::RAISED => Err(self.take_raised()),
                Exit::HOST_CALL => self.leave_for_host(),
                // Where the operation names its own frame's header.
                Exit::TAIL_CALL => self.leave_for_tail_call(4),
                Exit::TAIL_CALL_INDIRECT => self.leave_for_tail_call(7),
                Exit::LAZY => self.translate(),
                Exit::GROW_STACK => self.grow_stack(),
                _ => match exit.slow_op() {
                    Some(op) => self.slow(op),
                    None => Err(exit.trap().unwrap_or(Trap::Unreachable).into()),
                },
            };
            match done {
                Ok(()) => {}
                Err(Raised::Wait(error, _)) => return Ok(Some(Stop::Wait(error))),
                Err(Raised::Trap(Trap::OutOfFuel, frames))
                    if frames.is_empty() && exit.slow_op().is_some() =>
                {
                    return Ok(Some(Stop::OutOfFuel));
                }
                Err(Raised::Trap(Trap::Interrupted, frames))
                    if frames.is_empty() && exit.slow_op().is_some() =>
                {
                    self.fulfil();
                    return Ok(Some(Stop::Interrupted));
                }
                Err(Raised::Interrupted(state)) => {
                    self.fulfil();
                    return Ok(Some(Stop::InHost(state)));
                }
                Err(raised) => {
                    // A trap is at its operation, but the place of a host call is already behind it.
                    let behind = [Exit::HOST_CALL, Exit::RAISED, Exit::TAIL_CALL, Exit::TAIL_CALL_INDIRECT]
                        .contains(&exit);
                    return Err(self.with_frames(raised, behind));
                }
            }
        }
    }

    /// The host's wish to stop is fulfilled: it does not stand any more.
    pub(super) fn fulfil(&mut self) {
        self.store().stop.fulfil();
    }

    /// Reads the clock, where there is a deadline.
    #[cold]
    fn time_is_over(&mut self) -> bool {
        let store = self.store();
        store.pace.read(&store.stop)
    }

    pub(super) fn with_frames(&mut self, raised: Raised, behind: bool) -> Raised {
        // SAFETY: the place and the stack are as the handlers left them.
        let frames = unsafe { frames(self.store().place, behind) };
        raised.with_frames(frames)
    }

    /// What the host function has raised that did not return.
    #[cold]
    fn take_raised(&mut self) -> Raised {
        self.store().raised.take().unwrap_or_else(|| Trap::Unreachable.into())
    }

    /// Calls the host function that a handler left for; running goes on behind the call.
    fn leave_for_host(&mut self) -> Result<(), Raised> {
        let (callee, frame) = (self.store().callee, self.store().callee_frame);
        let values = self.number(frame);
        let place = self.store().place;
        // SAFETY: handlers leave for functions of the store.
        self.call_out(unsafe { &*callee }, values, place)
    }

    /// Calls a host function whose values start at slot `values`, on behalf of a place, which is then the store's.
    pub(super) fn call_out(&mut self, func: &VmFunc, values: usize, mut place: Place) -> Result<(), Raised> {
        let frame = self.slot(values);
        let Some(store) = NonNull::new(self.store) else { return Ok(()) };
        // SAFETY: `call`'s caller promised that the store is live and not used by others; the function and the values
        // are of it, and the place is where a guest of it has left, or that of no guest.
        let returned = unsafe { out::call(store, &mut place, NonNull::from(func), frame) };
        self.store().place = place;
        if returned { Ok(()) } else { Err(self.take_raised()) }
    }

    /// Replaces the present frame by one of the host's or another instance's function.
    fn leave_for_tail_call(&mut self, header_at: usize) -> Result<(), Raised> {
        let (callee, frame) = (self.store().callee, self.store().callee_frame);
        // SAFETY: handlers leave for functions of the store.
        let func = unsafe { &*callee };
        let place = self.store().place;
        // SAFETY: the place is at the call.
        let machine = unsafe { Machine::at(place) };
        let header = usize::from(machine.unit(header_at));
        let (back, distance) = (self.read(place.sp, header), self.read(place.sp, header + 1));
        if func.is_host() {
            // The frame has returned, as it were, and its caller calls the host with values where it had its.
            // SAFETY: both lie on the stack, the arguments above.
            unsafe { core::ptr::copy(frame, place.sp, func.param_slots as usize) }
            let caller = place.sp.wrapping_sub(distance as usize);
            let values = self.number(place.sp);
            let place = Place { ip: back as *const u16, sp: caller, instance: place.instance };
            return self.call_out(func, values, place);
        }
        self.tail_switch(func, back, distance)
    }

    /// Tail-calls into another instance. Whoever we return to must find its own instance again: some places
    /// restore it themselves, for the others a few slots under the new frame do.
    fn tail_switch(&mut self, func: &VmFunc, back: u64, distance: u64) -> Result<(), Raised> {
        let base = self.store().place.sp;
        let base = self.number(base);
        let place = back as *const u16;
        // SAFETY: return addresses that are not stubs point to operations.
        let restores = is_halt(place) || is_switch_back(place) || unsafe { restores(place) };
        let under = if restores { 0 } else { SWITCH_SLOTS };
        self.reserve(base + under + func.value_slots() + HEADER_SLOTS)?;
        let place = self.store().place;
        let from = self.store().callee_frame;
        let sp = place.sp.wrapping_add(under);
        // SAFETY: both lie on the stack; they may overlap.
        unsafe { core::ptr::copy(from, sp, func.param_slots as usize) }
        let (mut callee_back, mut callee_distance) = (back, distance);
        if !restores {
            let record = [place.instance as u64, back, distance, u64::from(func.result_slots)];
            for (slot, value) in record.into_iter().enumerate() {
                self.write(place.sp, slot, value);
            }
            (callee_back, callee_distance) =
                (dispatch::switch_back(self.dispatch) as u64, SWITCH_SLOTS as u64);
        }
        self.write(sp, func.value_slots(), callee_back);
        self.write(sp, func.value_slots() + 1, callee_distance);
        self.store().place = Place { ip: entry_of(func), sp, instance: func.instance };
        Ok(())
    }

    fn read(&self, frame: *mut u64, slot: usize) -> u64 {
        // SAFETY: callers name slots of frames on the stack.
        unsafe { frame.wrapping_add(slot).read() }
    }

    fn write(&mut self, frame: *mut u64, slot: usize, value: u64) {
        // SAFETY: as for `read`.
        unsafe { frame.wrapping_add(slot).write(value) }
    }

    /// Translates the function whose stub was reached, and goes to its code.
    fn translate(&mut self) -> Result<(), Raised> {
        let place = self.store().place;
        // SAFETY: the place is at a stub of this instance.
        let machine = unsafe { Machine::at(place) };
        let body = machine.u32(1);
        // SAFETY: running code belongs to a live instance.
        let instance = unsafe { record(place.instance) };
        let module = instance.module();
        translate_one(module, body as usize)?;
        self.store().place.ip = module.code.functions()[body as usize].entry();
        Ok(())
    }

    fn grow_stack(&mut self) -> Result<(), Raised> {
        let place = self.store().place;
        // SAFETY: the place is at an `Enter`.
        let machine = unsafe { Machine::at(place) };
        let slots = self.number(place.sp) + usize::from(machine.unit(1));
        Ok(self.reserve(slots)?)
    }

    fn slow(&mut self, op: Op) -> Result<(), Raised> {
        let place = self.store().place;
        // SAFETY: the place is as the handlers left it.
        let mut machine = unsafe { Machine::at(place) };
        slow::run(&mut machine, op)?;
        self.store().place.ip = machine.ip;
        Ok(())
    }
}

fn entry_of(func: &VmFunc) -> *const u16 {
    // SAFETY: a defined function's instance is live.
    let code = unsafe { (*func.instance).code };
    // SAFETY: a defined function's index is a body of its module.
    unsafe { &*code.wrapping_add(func.index as usize) }.entry()
}
