//! What the operating system, or the kernel, keeps of a processor's registers.
//!
//! In: nothing. Out: whether code may use the wide ones. What the processor has, the compiler asks it.

/// Whether the wide registers of AVX are kept for who is interrupted: who does not keep them must not allow them.
pub(crate) fn keeps_wide_registers() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{__cpuid, _xgetbv};

        const ALLOWED: u32 = 1 << 27;
        const VECTORS_AND_WIDE: u64 = 6;
        if __cpuid(1).ecx & ALLOWED == 0 {
            return false;
        }
        // SAFETY: the processor has just said that it may be asked.
        let kept = unsafe { _xgetbv(0) };
        kept & VECTORS_AND_WIDE == VECTORS_AND_WIDE
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}
