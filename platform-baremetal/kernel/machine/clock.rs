//! Time: an HPET counts it, the real-time clock says where it starts.

use alloc::sync::Arc;
use core::ptr::{NonNull, without_provenance_mut};

use ringzero::platform::{Clock, Result};
use ringzero_platform_baremetal::clock::{HardwareClock, Hpet, Rtc};
use ringzero_platform_baremetal::device::{Mmio, Ports};

/// Where the first HPET of a PC has its registers; its ACPI table would say so.
const HPET: usize = 0xfed0_0000;
const HPET_BYTES: usize = 0x400;
/// Where the calendar of most machines has the century.
const CENTURY: u8 = 0x32;

/// The clock of this machine.
///
/// # Errors
/// It has no HPET. Without a calendar it is 1970.
pub(super) fn start(ports: Ports) -> Result<Arc<dyn Clock>> {
    let registers = NonNull::new(without_provenance_mut(HPET)).unwrap_or(NonNull::dangling());
    // SAFETY: boot.s has mapped the lowest 4 GiB, where nothing but an HPET is at this address; memory types are the
    // firmware's, which has made the range uncached.
    let hpet = Hpet::new(unsafe { Mmio::new(registers, HPET_BYTES) })?;
    let wall = Rtc::new(ports, Some(CENTURY)).now().unwrap_or(0);
    Ok(Arc::new(HardwareClock::new(hpet, wall)))
}
