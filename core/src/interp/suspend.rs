//! Calls set aside: their part of the stack as data, to be put back later.
//!
//! In: a call that has stopped. Out: [`Suspended`], which any free place on the store's stack can take again,
//! since frames are linked by distances.

use alloc::vec::Vec;
use core::ptr::NonNull;

use super::driver::{Driver, Progress};
use super::machine::record;
use crate::bytecode::FRAME_AT;
use crate::support::{OutOfMemory, try_to_vec};
use crate::vm::{HostState, Place, Raised, Stop, VmFunc, VmInstance};
use crate::wasm::Trap;

/// A call set aside. Belongs to the store that it was running in.
#[derive(Debug)]
pub(crate) struct Suspended {
    slots: Vec<u64>,
    ip: *const u16,
    instance: NonNull<VmInstance>,
    /// Where the innermost frame starts.
    sp: usize,
    /// How many slots there were from the first frame to the stack's end. Each frame has been entered with all its
    /// slots below that end, and an outer one may still use some above the innermost.
    room: usize,
    /// How far the bulk operation at `ip` has come.
    progress: u64,
    waiting: Option<Waiting>,
}

/// The host function that asked to wait, or was interrupted.
#[derive(Debug)]
struct Waiting {
    func: NonNull<VmFunc>,
    handle: u32,
    /// Where its values start.
    values: usize,
    /// What it wants to know when it is called again.
    state: HostState,
}

// SAFETY: it is data that refers to its store; it is only used again with that store borrowed exclusively, which
// may move between threads itself.
unsafe impl Send for Suspended {}
// SAFETY: a shared one can only be looked at.
unsafe impl Sync for Suspended {}

impl Suspended {
    /// The handle of the host function that asked to wait, or was interrupted.
    pub(crate) fn waiting(&self) -> Option<u32> {
        self.waiting.as_ref().map(|waiting| waiting.handle)
    }
}

impl Driver {
    /// Takes the frames from slot `base` on off the stack, where a call with so many values has stopped.
    pub(super) fn suspend(&mut self, base: usize, values: usize, mut stop: Stop) -> Result<Progress, Raised> {
        let place = self.store().place;
        let instance = NonNull::new(place.instance).ok_or(Trap::Unreachable)?;
        let sp = self.number(place.sp);
        // SAFETY: the place is in finished code of a live instance.
        let mut end = (sp + unsafe { frame_slots(place) }).max(base + values);
        let mut waiting = None;
        let state = if let Stop::InHost(state) = &mut stop { state.take() } else { None };
        let in_host = matches!(stop, Stop::Wait(_) | Stop::InHost(_));
        if let (true, Some(callee)) = (in_host, NonNull::new(self.store().callee.cast_mut())) {
            let frame = self.store().callee_frame;
            let values = self.number(frame);
            // SAFETY: functions live as long as their store.
            let func = unsafe { callee.as_ref() };
            end = end.max(values + func.value_slots());
            waiting = Some(Waiting { func: callee, handle: func.handle, values: values - base, state });
        }
        let slots = self.store().stack.slots(base, end - base).ok_or(Trap::StackOverflow)?;
        let slots = try_to_vec(slots).map_err(|OutOfMemory| Trap::OutOfMemory)?;
        let (progress, room) = (self.store().progress, self.store().stack.len() - base);
        let suspended = Suspended { slots, ip: place.ip, instance, sp: sp - base, room, progress, waiting };
        Ok(Progress::Suspended(suspended, stop))
    }

    /// Puts the frames of a suspended call back, from slot `base` on.
    pub(super) fn restore(&mut self, base: usize, suspended: &Suspended) -> Result<(), Raised> {
        self.reserve(base + suspended.room)?;
        if let Some(slots) = self.store().stack.slots(base, suspended.slots.len()) {
            slots.copy_from_slice(&suspended.slots);
        }
        let sp = self.slot(base + suspended.sp);
        self.store().place = Place { ip: suspended.ip, sp, instance: suspended.instance.as_ptr() };
        self.store().progress = suspended.progress;
        Ok(())
    }

    /// Goes on where a call put back by [`restore`](Self::restore) stopped.
    pub(super) fn go_on(
        &mut self,
        suspended: &mut Suspended,
        base: usize,
        results: Option<&[u64]>,
    ) -> Result<Option<Stop>, Raised> {
        if let Some(waiting) = &mut suspended.waiting {
            // SAFETY: functions live as long as their store.
            let func = unsafe { waiting.func.as_ref() };
            let values = base + waiting.values;
            match (results, self.store().stack.slots(values, func.result_slots as usize)) {
                (Some(results), Some(slots)) => slots.copy_from_slice(results),
                _ => return self.call_again(func, values, waiting.state.take()),
            }
        }
        self.run()
    }

    /// Calls the host function that asked to wait once more.
    fn call_again(&mut self, func: &VmFunc, values: usize, state: HostState) -> Result<Option<Stop>, Raised> {
        self.store().host_state = state;
        let place = self.store().place;
        match self.call_out(func, values, place) {
            Ok(()) => self.run(),
            Err(Raised::Wait(error, _)) => Ok(Some(Stop::Wait(error))),
            Err(Raised::Interrupted(state)) => {
                self.fulfil();
                Ok(Some(Stop::InHost(state)))
            }
            Err(raised) => Err(self.with_frames(raised, true)),
        }
    }
}

/// How many slots the frame of the function that runs at a place has.
///
/// # Safety
/// The place is in finished code of a live instance.
unsafe fn frame_slots(place: Place) -> usize {
    // SAFETY: the caller's promise.
    let code = &unsafe { record(place.instance) }.module().code;
    // A call may be the last operation: then the place is behind the code.
    let ip = place.ip.wrapping_sub(1);
    let found = code.find(ip).or_else(|| code.find(place.ip));
    let body = found.and_then(|position| code.functions()[position].body());
    body.map_or(0, |body| usize::from(body.code[FRAME_AT]))
}
