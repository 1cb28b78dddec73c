//! The registers of the interpreter, and how a handler reads its operands.
//!
//! In: a place in running code. Out: operands and results as typed values. A [`Machine`] can only be made by
//! unsafe code that promises the invariant; handlers then need no unsafe of their own to compute.

use crate::bytecode::{HEAD_UNITS, Op};
use crate::vm::{Instance, Place, VmInstance, VmMemory};
use crate::wasm::{Trap, V128};

/// Units of a head but one: handlers count it as one.
const MORE: usize = HEAD_UNITS - 1;

/// Where running code stands, with memory 0 at hand.
///
/// # Invariant
/// `ip` points to a well-formed operation of the running function's code, `sp` to a frame that has all slots
/// which that code names (its `Enter` has seen to that, and code comes from the translator alone), `instance`
/// to the live instance that the code belongs to, and `[memory, memory + memory_len)` is that instance's
/// memory 0, or empty. Nobody else touches the frame or the memory while handlers run.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) ip: *const u16,
    pub(super) sp: *mut u64,
    pub(super) memory: *mut u8,
    pub(super) memory_len: usize,
    pub(super) instance: *mut VmInstance,
    /// The last result that is an integer or a reference, as a slot holds it.
    pub(super) acc: u64,
    /// The last result that is a float; an `f32` in its low bits.
    pub(super) float_acc: f64,
    /// A result goes to its slot too, not only to the accumulator. A constant in each handler.
    pub(super) keep: bool,
}

/// What follows a handler.
pub(super) enum Flow {
    /// The operation at `ip`.
    Next,
    /// The driver.
    Leave(Exit),
}

/// Why the handlers were left: a trap's code, or one of the constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct Exit(pub(super) u32);

impl Exit {
    /// The frame that the host entered has returned.
    pub(super) const HALT: Self = Self(0x100);
    /// Call the host function in `callee`; running goes on at `ip`. Reaches the driver from the loop alone.
    pub(super) const HOST_CALL: Self = Self(0x101);
    /// Tail-call `callee`, which is not of this instance; `ip` is still at the call.
    pub(super) const TAIL_CALL: Self = Self(0x102);
    /// Translate the function of the stub at `ip`.
    pub(super) const LAZY: Self = Self(0x103);
    /// The frame does not fit; `ip` is at its `Enter`.
    pub(super) const GROW_STACK: Self = Self(0x104);
    /// Tail-call `callee` as for [`TAIL_CALL`](Self::TAIL_CALL), through a table.
    pub(super) const TAIL_CALL_INDIRECT: Self = Self(0x105);
    /// The stretch at `ip` costs more than there is.
    pub(super) const OUT_OF_FUEL: Self = Self(0x106);
    /// The host wants the guest to stop.
    pub(super) const INTERRUPTED: Self = Self(0x107);
    /// The poll at `ip` is the one that reads the clock.
    pub(super) const LOOK: Self = Self(0x108);
    /// The host function in `callee` has not returned; `ip` is behind its call.
    pub(super) const RAISED: Self = Self(0x109);

    /// Carry out this operation, which is at `ip`.
    pub(super) const fn slow(op: Op) -> Self {
        Self(0x1_0000 | op as u32)
    }

    /// The operation to carry out, if that is it.
    pub(super) fn slow_op(self) -> Option<Op> {
        self.0.checked_sub(0x1_0000).and_then(|number| Op::ALL.get(number as usize)).copied()
    }

    /// The trap, if it is one.
    pub(super) fn trap(self) -> Option<Trap> {
        u8::try_from(self.0).ok().and_then(Trap::from_code)
    }
}

impl From<Trap> for Flow {
    #[inline(always)]
    fn from(trap: Trap) -> Self {
        Self::Leave(Exit(u32::from(trap.code())))
    }
}

/// A value as it stands in a slot: 64 bits, smaller ones extended with zeros.
pub(super) trait Slot: Copy {
    fn from_slot(slot: u64) -> Self;
    fn into_slot(self) -> u64;
    /// From the accumulator of its kind.
    fn from_acc(machine: &Machine) -> Self;
    /// Into the accumulator of its kind.
    fn into_acc(self, machine: &mut Machine);
}

macro_rules! slots {
    ($($ty:ty: |$slot:ident| $from:expr, |$value:ident| $into:expr, $acc:ident;)*) => {
        $(impl Slot for $ty {
            #[inline(always)]
            fn from_slot($slot: u64) -> Self {
                $from
            }

            #[inline(always)]
            fn into_slot(self) -> u64 {
                let $value = self;
                $into
            }

            acc!($acc);
        })*
    };
}

/// How a value gets into an accumulator and out of it.
macro_rules! acc {
    (int) => {
        #[inline(always)]
        fn from_acc(machine: &Machine) -> Self {
            Self::from_slot(machine.acc)
        }

        #[inline(always)]
        fn into_acc(self, machine: &mut Machine) {
            machine.acc = self.into_slot();
        }
    };
    (float) => {
        #[inline(always)]
        fn from_acc(machine: &Machine) -> Self {
            Self::from_slot(machine.float_acc.to_bits())
        }

        #[inline(always)]
        fn into_acc(self, machine: &mut Machine) {
            machine.float_acc = f64::from_bits(self.into_slot());
        }
    };
}

slots! {
    i32: |slot| slot as i32, |value| u64::from(value as u32), int;
    u32: |slot| slot as u32, |value| u64::from(value), int;
    i64: |slot| slot as i64, |value| value as u64, int;
    u64: |slot| slot, |value| value, int;
    f32: |slot| f32::from_bits(slot as u32), |value| u64::from(value.to_bits()), float;
    f64: |slot| f64::from_bits(slot), |value| value.to_bits(), float;
    bool: |slot| slot as u32 != 0, |value| u64::from(value), int;
}

/// A value that stands in the code.
pub(super) trait Immediate: Copy {
    /// How many units it takes.
    const UNITS: usize;
    fn read(machine: &Machine, at: usize) -> Self;
}

macro_rules! immediates {
    ($($ty:ty: $units:literal, |$machine:ident, $at:ident| $read:expr;)*) => {
        $(impl Immediate for $ty {
            const UNITS: usize = $units;

            #[inline(always)]
            fn read($machine: &Machine, $at: usize) -> Self {
                $read
            }
        })*
    };
}

immediates! {
    i32: 2, |machine, at| machine.u32(at) as i32;
    f32: 2, |machine, at| f32::from_bits(machine.u32(at));
    i64: 4, |machine, at| machine.u64(at) as i64;
    f64: 4, |machine, at| f64::from_bits(machine.u64(at));
}

/// The record of a live instance.
///
/// # Safety
/// The instance is live; nobody holds an exclusive reference to its record.
pub(super) unsafe fn record<'a>(instance: *mut VmInstance) -> &'a Instance {
    // SAFETY: the caller's promise; running code's part is the record's first field.
    unsafe { &*instance.cast::<Instance>() }
}

impl Machine {
    /// Goes on at a place.
    ///
    /// # Safety
    /// The place fulfils the invariant.
    #[inline(always)]
    pub(super) unsafe fn at(place: Place) -> Self {
        let mut machine = Self {
            ip: place.ip,
            sp: place.sp,
            memory: core::ptr::null_mut(),
            memory_len: 0,
            instance: place.instance,
            acc: 0,
            float_acc: 0.0,
            keep: true,
        };
        machine.reload_memory();
        machine
    }

    /// The instance.
    #[inline(always)]
    pub(super) fn instance(&self) -> &VmInstance {
        // SAFETY: the invariant: it is live, and its fields do not change after instantiation.
        unsafe { &*self.instance }
    }

    /// Goes over to another instance.
    ///
    /// # Safety
    /// It is a live instance of the same store.
    #[inline(always)]
    pub(super) unsafe fn switch(&mut self, instance: *mut VmInstance) {
        self.instance = instance;
        self.reload_memory();
    }

    #[inline(always)]
    fn reload_memory(&mut self) {
        if self.instance().memory_count == 0 {
            self.memory_len = 0;
            return;
        }
        // SAFETY: there is a memory 0.
        let memory: *const VmMemory = unsafe { *self.instance().memories }.as_ptr();
        // SAFETY: memories of a live instance are live.
        self.memory = unsafe { (*memory).base };
        // SAFETY: as above.
        self.memory_len = unsafe { (*memory).len };
    }

    /// The operation's head, if that is its number.
    #[inline(always)]
    pub(super) fn number(&self) -> u16 {
        // SAFETY: the invariant: `ip` points to an operation.
        unsafe { *self.ip }
    }

    /// The unit at a distance from the operation's start, the head counted as one.
    #[inline(always)]
    pub(super) fn unit(&self, at: usize) -> u16 {
        // SAFETY: the invariant: operands follow the operation.
        let place = unsafe { self.ip.add(at + MORE) };
        // SAFETY: as above.
        unsafe { *place }
    }

    /// The 32-bit number at a distance from the operation's start.
    #[inline(always)]
    pub(super) fn u32(&self, at: usize) -> u32 {
        #[cfg(target_endian = "little")]
        {
            // SAFETY: the invariant: operands follow the operation.
            let place = unsafe { self.ip.add(at + MORE) };
            // SAFETY: as above; the read need not be aligned. The low unit comes first, as in memory.
            unsafe { place.cast::<u32>().read_unaligned() }
        }
        #[cfg(target_endian = "big")]
        {
            u32::from(self.unit(at)) | u32::from(self.unit(at + 1)) << 16
        }
    }

    /// The 64-bit number at a distance from the operation's start.
    #[inline(always)]
    pub(super) fn u64(&self, at: usize) -> u64 {
        u64::from(self.u32(at)) | u64::from(self.u32(at + 2)) << 32
    }

    /// The address of a slot.
    #[inline(always)]
    pub(super) fn slot(&self, number: usize) -> *mut u64 {
        // SAFETY: the invariant: the frame has all slots that its code names.
        unsafe { self.sp.add(number) }
    }

    /// The value of a slot.
    #[inline(always)]
    pub(super) fn read(&self, number: usize) -> u64 {
        // SAFETY: as for `slot`; slots are initialised (the stack is zeroed when it grows).
        unsafe { *self.slot(number) }
    }

    /// Sets a slot.
    #[inline(always)]
    pub(super) fn write(&mut self, number: usize, value: u64) {
        // SAFETY: as for `slot`.
        unsafe { *self.slot(number) = value }
    }

    /// Sets a slot, so that a loop of these does not become a call of `memmove`: handlers call nothing.
    #[inline(always)]
    pub(super) fn write_slowly(&mut self, number: usize, value: u64) {
        // SAFETY: as for `slot`.
        unsafe { self.slot(number).write_volatile(value) }
    }

    /// The value of the slot that is named at a distance from the operation's start.
    #[inline(always)]
    pub(super) fn src<T: Slot>(&self, at: usize) -> T {
        T::from_slot(self.read(usize::from(self.unit(at))))
    }

    /// Sets the accumulator and, unless only the next operation reads it, the slot that is named at a distance
    /// from the operation's start.
    #[inline(always)]
    pub(super) fn dst<T: Slot>(&mut self, at: usize, value: T) {
        value.into_acc(self);
        if self.keep {
            self.write(usize::from(self.unit(at)), value.into_slot());
        }
    }

    /// The vector in the two slots of which the first is named at a distance from the operation's start.
    #[inline(always)]
    pub(super) fn src_vector(&self, at: usize) -> V128 {
        let slot = self.slot(usize::from(self.unit(at)));
        // SAFETY: the invariant: a vector has two slots. They may be aligned to 8 bytes only.
        let bytes = unsafe { slot.cast::<[u8; 16]>().read_unaligned() };
        V128::from_bytes(bytes)
    }

    /// Sets the two slots of which the first is named at a distance from the operation's start.
    #[inline(always)]
    pub(super) fn dst_vector(&mut self, at: usize, value: V128) {
        let slot = self.slot(usize::from(self.unit(at)));
        // SAFETY: as for `src_vector`.
        unsafe { slot.cast::<[u8; 16]>().write_unaligned(value.to_bytes()) }
    }

    /// Ends the operation, which takes so many units, the head counted as one.
    #[inline(always)]
    pub(super) fn advance(&mut self, units: usize) -> Flow {
        // SAFETY: the invariant: another operation follows.
        self.ip = unsafe { self.ip.add(units + MORE) };
        Flow::Next
    }

    /// Goes to the target that stands at a distance from the operation's start.
    #[inline(always)]
    pub(super) fn branch(&mut self, at: usize) -> Flow {
        let distance = self.u32(at) as i32;
        // SAFETY: the invariant: targets lie in the same function's code.
        self.ip = unsafe { self.ip.offset(distance as isize) };
        Flow::Next
    }

    /// Calls code: its frame starts so many slots above this one's, its header so many; it returns to an
    /// operation so many units on.
    #[inline(always)]
    pub(super) fn enter(&mut self, entry: *const u16, base: usize, header: usize, units: usize) -> Flow {
        // SAFETY: the invariant: another operation follows.
        let back = unsafe { self.ip.add(units + MORE) };
        self.write(header, back as u64);
        self.write(header + 1, base as u64);
        self.sp = self.slot(base);
        self.ip = entry;
        // Whatever is called starts with an `Enter`: it needs no dispatch of its own.
        self.begin_frame()
    }

    /// Carries out the `Enter` at `ip`: makes sure that the frame fits, and sets its locals to zero.
    #[inline(always)]
    pub(super) fn begin_frame(&mut self) -> Flow {
        // The frame may end one past the stack's end or far behind it; the address is only compared.
        let end = self.sp.wrapping_add(usize::from(self.unit(1)));
        // SAFETY: the instance's store is live.
        if end > unsafe { (*self.instance().store).stack_end } {
            return Flow::Leave(Exit::GROW_STACK);
        }
        let mut slot = self.slot(usize::from(self.unit(2)));
        for _ in 0..self.unit(3) {
            // SAFETY: the slot lies in the frame. Volatile, so that the loop does not become a call of `memset`:
            // handlers call nothing.
            unsafe { slot.write_volatile(0) }
            slot = slot.wrapping_add(1);
        }
        self.advance(4)
    }

    /// Returns from the frame whose header is at this slot.
    #[inline(always)]
    pub(super) fn leave(&mut self, header: usize) -> Flow {
        let back = self.read(header) as *const u16;
        let distance = self.read(header + 1) as usize;
        // SAFETY: the header was written by `enter` or the driver: the caller's frame lies so far below.
        self.sp = unsafe { self.sp.sub(distance) };
        self.ip = back;
        Flow::Next
    }
}
