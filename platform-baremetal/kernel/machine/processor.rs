//! What the processor is told once: which registers programs may use.

use core::arch::x86_64::__cpuid;

use x86_64::registers::control::{Cr4, Cr4Flags};
use x86_64::registers::xcontrol::{XCr0, XCr0Flags};

/// Lets code use the wide registers of AVX, where there are some.
pub(super) fn allow_wide_registers() {
    const XSAVE: u32 = 1 << 26;
    const AVX: u32 = 1 << 28;
    let features = __cpuid(1).ecx;
    if features & (XSAVE | AVX) != XSAVE | AVX {
        return;
    }
    // SAFETY: the processor has it; nobody's registers are saved in another form yet.
    unsafe { Cr4::update(|flags| flags.insert(Cr4Flags::OSXSAVE)) };
    // SAFETY: as above; the three parts that AVX consists of.
    unsafe { XCr0::write(XCr0Flags::X87 | XCr0Flags::SSE | XCr0Flags::AVX) };
}
