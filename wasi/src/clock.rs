//! `clock_res_get` and `clock_time_get`.
//!
//! In: a clock's number. Out: nanoseconds in the guest's memory. There is no processor time: its clocks answer
//! `EINVAL`, as POSIX has it for a clock that does not exist.

use ringzero::platform::Clock;

use crate::{
    ctx::WasiCtx,
    errno::Errno,
    memory::{GuestMemory, GuestPtr},
};

/// A clock that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockId {
    /// Nanoseconds since 1970.
    Realtime,
    /// Nanoseconds since some point; never back.
    Monotonic,
}

impl ClockId {
    pub(crate) fn from_number(id: u32) -> Result<Self, Errno> {
        match id {
            0 => Ok(Self::Realtime),
            1 => Ok(Self::Monotonic),
            _ => Err(Errno::Inval),
        }
    }

    pub(crate) fn now(self, clock: &dyn Clock) -> u64 {
        match self {
            Self::Realtime => clock.wall(),
            Self::Monotonic => clock.monotonic(),
        }
    }
}

/// Stores the resolution of clock `id`.
pub(crate) fn clock_res_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    id: u32,
    resolution: GuestPtr,
) -> Result<(), Errno> {
    let id = ClockId::from_number(id)?;
    let place = memory.place::<8>(resolution)?;
    let value = match id {
        ClockId::Realtime => ctx.clock.wall_resolution(),
        ClockId::Monotonic => ctx.clock.monotonic_resolution(),
    };
    memory.store(place, value.to_le_bytes())
}

/// Stores the time of clock `id`. The precision that a guest would be content with is not used.
pub(crate) fn clock_time_get(
    ctx: &mut WasiCtx,
    memory: &mut GuestMemory<'_>,
    id: u32,
    _precision: u64,
    time: GuestPtr,
) -> Result<(), Errno> {
    let id = ClockId::from_number(id)?;
    let place = memory.place::<8>(time)?;
    memory.store(place, id.now(&*ctx.clock).to_le_bytes())
}
