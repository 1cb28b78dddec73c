//! How devices are reached: ports and registers in memory.
//!
//! In: numbers that the kernel has found out. Out: bytes and words. It knows no device.
//!
//! Drivers take [`PortIo`] and [`Registers`], so that they run against a double on any machine. The real ones,
//! [`Ports`] and [`Mmio`], are the only places where a device is touched. `in` and `out` are privileged.

use core::ptr::NonNull;

/// Ports of a byte each.
pub trait PortIo: Send + Sync {
    /// Reads a port. Many devices take notice of being read.
    fn read(&self, port: u16) -> u8;
    /// Writes to a port.
    fn write(&self, port: u16, value: u8);
}

impl<P: PortIo + ?Sized> PortIo for &P {
    fn read(&self, port: u16) -> u8 {
        (**self).read(port)
    }

    fn write(&self, port: u16, value: u8) {
        (**self).write(port, value);
    }
}

/// Registers of 64 bits in memory, by their offsets in bytes, which are multiples of 8.
pub trait Registers: Send + Sync {
    /// Reads a register, in one access.
    fn read(&self, offset: usize) -> u64;
    /// Writes a register, in one access.
    fn write(&self, offset: usize, value: u64);
}

/// The ports of an x86-64 processor.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub struct Ports(());

#[cfg(target_arch = "x86_64")]
impl Ports {
    /// The processor's ports.
    ///
    /// # Safety
    /// The code runs in ring 0 (or is permitted to use ports), and devices that this value or a copy of it is given to
    /// are where their drivers think they are: a port can do anything, such as writing to memory.
    pub const unsafe fn new() -> Self {
        Self(())
    }
}

#[cfg(target_arch = "x86_64")]
impl PortIo for Ports {
    fn read(&self, port: u16) -> u8 {
        let value: u8;
        // SAFETY: who made the value promised that ports may be used and that drivers know theirs.
        unsafe {
            core::arch::asm!("in al, dx", in("dx") port, out("al") value, options(nostack, preserves_flags));
        }
        value
    }

    fn write(&self, port: u16, value: u8) {
        // SAFETY: as for `read`.
        unsafe {
            core::arch::asm!("out dx, al", in("dx") port, in("al") value, options(nostack, preserves_flags));
        }
    }
}

/// Registers of a device that are mapped somewhere.
#[derive(Debug)]
pub struct Mmio {
    base: NonNull<u64>,
    len: usize,
}

// SAFETY: it stands for a device, not for data of a thread; each access is one instruction.
unsafe impl Send for Mmio {}
// SAFETY: as for Send.
unsafe impl Sync for Mmio {}

impl Mmio {
    /// The registers in the `len` bytes from `base` on.
    ///
    /// # Safety
    /// `base` is aligned to 8 bytes; the range is mapped, uncached, readable and writable, to a device, for as long as
    /// the value is used; what its driver does with it harms nobody.
    pub const unsafe fn new(base: NonNull<u8>, len: usize) -> Self {
        Self { base: base.cast(), len }
    }

    fn register(&self, offset: usize) -> *mut u64 {
        assert!(offset.is_multiple_of(8) && offset < self.len, "a driver knows the registers of its device");
        self.base.as_ptr().wrapping_byte_add(offset)
    }
}

impl Registers for Mmio {
    fn read(&self, offset: usize) -> u64 {
        // SAFETY: aligned, and in the range that the device is mapped to.
        unsafe { self.register(offset).read_volatile() }
    }

    fn write(&self, offset: usize, value: u64) {
        // SAFETY: as for `read`.
        unsafe { self.register(offset).write_volatile(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_read_and_written_where_they_are() {
        let mut words = [1_u64, 2, 3];
        let base = NonNull::from(&mut words).cast();
        // SAFETY: an array that takes part in nothing else while this is used.
        let registers = unsafe { Mmio::new(base, 24) };
        assert_eq!((registers.read(0), registers.read(16)), (1, 3));
        registers.write(8, 9);
        assert_eq!(registers.read(8), 9);
        assert_eq!(words, [1, 9, 3]);
    }
}
