//! `proc_exit`, `proc_raise` and `sched_yield`.
//!
//! In: an exit status or a signal's number. Out: the typed error that ends the guest. It does not know who
//! catches it.

use core::fmt;

use crate::{ctx::WasiCtx, errno::Errno};

/// The guest called `proc_exit` with this status: how a program ends, so 0 is success. It travels as an error
/// because nothing of the guest may run after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub u32);

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exited with status {}", self.0)
    }
}

impl core::error::Error for Exit {}

/// The last signal that the interface names (`SIGSYS`).
const LAST_SIGNAL: u32 = 30;

/// Raises a signal: `ENOSYS`, since there are none; the function has gone from later versions of WASI.
pub(crate) fn proc_raise(_ctx: &mut WasiCtx, signal: u32) -> Result<(), Errno> {
    if signal > LAST_SIGNAL {
        return Err(Errno::Inval);
    }
    Err(Errno::Nosys)
}

/// Lets others run.
pub(crate) fn sched_yield(ctx: &mut WasiCtx) -> Result<(), Errno> {
    ctx.pause.scheduler().yield_now();
    Ok(())
}
