//! The frames on the stack, read back after running has stopped.
//!
//! In: a place. Out: frames, innermost first. Headers lie where each function's code says; which function an
//! address belongs to is searched for, and which operator a place is, not yet: a guest that is stopped is to stop at
//! once.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::NonNull;

use super::dispatch::{is_halt, is_switch_back, restores};
use super::machine::record;
use crate::bytecode::HEAD_UNITS;
use crate::support::{TryPush, try_boxed_slice};
use crate::vm::{At, Frame, MAX_FRAMES, Place, VmInstance};

/// The frames from a place outward, as far as memory allows. `behind`: the place is behind the call that it is
/// at, as return addresses are.
///
/// # Safety
/// The place and the stack are as the handlers left them.
pub(super) unsafe fn frames(mut place: Place, mut behind: bool) -> Box<[Frame]> {
    let mut frames: Vec<Frame> = Vec::new();
    while frames.len() < MAX_FRAMES {
        // SAFETY: the place is in a live instance's code.
        let Some((frame, outer)) = (unsafe { step(place, behind) }) else { break };
        if frames.try_push(frame).is_err() {
            break;
        }
        behind = true;
        match outer {
            Some(outer) => place = outer,
            None => break,
        }
    }
    // Not `into_boxed_slice`, which would have to move what is left over, and cannot report that it failed.
    try_boxed_slice(frames.len(), |n| frames[n]).unwrap_or_default()
}

/// One frame, and the place that it returns to.
///
/// # Safety
/// As for [`frames`].
unsafe fn step(place: Place, behind: bool) -> Option<(Frame, Option<Place>)> {
    let pointer = NonNull::new(place.instance)?;
    // SAFETY: the caller's promise.
    let instance = unsafe { record(place.instance) };
    let module = instance.module();
    // A return address is behind its call, and may be behind the last operation.
    let ip = if behind { place.ip.wrapping_sub(1) } else { place.ip };
    let position = module.code.find(ip)?;
    let body = module.code.functions()[position].body()?;
    let unit = (ip as usize - body.code.as_ptr() as usize) / size_of::<u16>();
    let frame = Frame { instance: pointer, body: position as u32, at: At::Unit(unit as u32) };
    let header = usize::from(body.header);
    // SAFETY: the frame has its header there.
    Some((frame, unsafe { outer(place, header) }))
}

/// The place that a frame returns to; `None` for the host.
///
/// # Safety
/// The frame at the place has its header at this slot.
unsafe fn outer(place: Place, header: usize) -> Option<Place> {
    let read = |sp: *mut u64, slot: usize| {
        // SAFETY: headers and the slots under a switched frame lie on the stack.
        unsafe { sp.wrapping_add(slot).read() }
    };
    let mut ip = read(place.sp, header) as *const u16;
    let mut sp = place.sp.wrapping_sub(read(place.sp, header + 1) as usize);
    let mut instance = place.instance;
    if is_switch_back(ip) {
        instance = read(sp, 0) as *mut VmInstance;
        ip = read(sp, 1) as *const u16;
        sp = sp.wrapping_sub(read(sp, 2) as usize);
    }
    if is_halt(ip) {
        return None;
    }
    // SAFETY: return addresses point to operations.
    if unsafe { restores(ip) } {
        // SAFETY: its operand follows.
        let home = unsafe { *ip.wrapping_add(HEAD_UNITS) };
        instance = read(sp, usize::from(home)) as *mut VmInstance;
    }
    Some(Place { ip, sp, instance })
}
