//! The structures that running code reads: instances, functions, globals, and the store's running state.
//!
//! In: what instantiation builds. Out: `repr(C)` layouts with stable addresses, linked by raw pointers. They
//! live as long as their store, which owns them all and never moves or frees one before it is dropped itself.
//! They do not know the embedding API: the store above reaches down, never the reverse, except through the
//! function pointers in [`VmStore`].

use alloc::{boxed::Box, sync::Arc};
use core::any::Any;
use core::ptr::{NonNull, null, null_mut};
use core::slice;

use super::{FuncCode, Machine, Pace, StopSignal, StopWords, ValueStack, VmMemory, VmTable};
use crate::wasm::{Trap, TypeId};

/// A function in a store: what a `funcref` points to. Never moves.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct VmFunc {
    /// Its canonical type.
    pub(crate) type_id: TypeId,
    /// Of a defined function, its position among its module's bodies; of a host function, its number in the
    /// store.
    pub(crate) index: u32,
    /// The instance that defines it; null for a host function.
    pub(crate) instance: *mut VmInstance,
    /// Its machine code; of a host function, what machine code calls on the host's stack; null where it has neither.
    pub(crate) code: *const u8,
    /// Slots of its parameters.
    pub(crate) param_slots: u16,
    /// Slots of its results.
    pub(crate) result_slots: u16,
    /// Its position in the store's list of functions, by which the embedding API names it.
    pub(crate) handle: u32,
}

/// Instances have one for each of their functions.
const _: () = assert!(size_of::<VmFunc>() <= 32);

// SAFETY: a record of numbers and an address, which is followed only while the store that owns both the function and
// the instance is borrowed exclusively, and which is null outside of stores.
unsafe impl Send for VmFunc {}
// SAFETY: as for Send; nothing in it changes once others see it.
unsafe impl Sync for VmFunc {}

impl VmFunc {
    /// The same function with another number.
    #[inline(always)]
    pub(super) fn copy_with(&self, handle: u32) -> Self {
        Self { handle, ..*self }
    }

    /// Slots that arguments and results share: the larger of the two.
    #[inline]
    pub(crate) fn value_slots(&self) -> usize {
        self.param_slots.max(self.result_slots) as usize
    }

    /// Whether the embedder wrote it.
    pub(crate) fn is_host(&self) -> bool {
        self.instance.is_null()
    }
}

/// A global's value: 16 bytes, of which smaller types use the low ones. References are stored as a table
/// stores them.
#[derive(Debug)]
#[repr(C, align(16))]
pub(crate) struct VmGlobal {
    pub(crate) bits: u128,
}

/// What running code sees of an instance. The arrays are boxed slices owned by the instance's record.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct VmInstance {
    /// The store it lives in.
    pub(crate) store: *mut VmStore,
    /// Code of the defined functions, by body position.
    pub(crate) code: *const FuncCode,
    /// All functions, by function index.
    pub(crate) functions: *const NonNull<VmFunc>,
    /// All globals, by global index.
    pub(crate) globals: *const NonNull<VmGlobal>,
    /// All memories, by memory index.
    pub(crate) memories: *const NonNull<VmMemory>,
    /// All tables, by table index.
    pub(crate) tables: *const NonNull<VmTable>,
    /// How many memories there are; the interpreter keeps memory 0 in registers if there is one.
    pub(crate) memory_count: u32,
    /// Where machine code looks whether it shall stop: in the store's signal.
    pub(crate) stop: *const StopWords,
    /// How many bytes machine code's builtins may copy or fill without asking anybody.
    pub(crate) at_once: u64,
    /// The first of `memories`, and its first byte if that never moves; null where it is not so. Those builtins cannot
    /// wait for one address after the other.
    pub(crate) first_memory: *const VmMemory,
    pub(crate) first_base: *mut u8,
}

/// What an interrupted host function wants to know when it is called again.
pub(crate) type HostState = Option<Box<dyn Any + Send + Sync>>;

/// How a call left the guest other than by returning.
#[derive(Debug)]
pub(crate) enum Raised {
    /// A trap, with where it happened innermost first.
    Trap(Trap, Box<[Frame]>),
    /// A host function asks to wait: the call can be suspended.
    Wait(Box<dyn core::error::Error + Send + Sync>, Box<[Frame]>),
    /// A host function has seen that the guest shall stop. It is called again when the call goes on.
    Interrupted(HostState),
    /// A host function's error, with the frames that led to it.
    Host(Box<dyn core::error::Error + Send + Sync>, Box<[Frame]>),
}

impl From<Trap> for Raised {
    fn from(trap: Trap) -> Self {
        Self::Trap(trap, Box::default())
    }
}

impl Raised {
    /// The same from these frames.
    pub(crate) fn with_frames(self, frames: Box<[Frame]>) -> Self {
        match self {
            Self::Trap(trap, _) => Self::Trap(trap, frames),
            Self::Host(error, _) => Self::Host(error, frames),
            Self::Wait(error, _) => Self::Wait(error, frames),
            interrupted @ Self::Interrupted(_) => interrupted,
        }
    }
}

/// Why running stopped before the end, with everything in place to go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The next stretch costs more than there is.
    OutOfFuel,
    /// The host wants the guest to stop.
    Interrupted,
    /// The same, and a host function has seen it.
    InHost(HostState),
    /// A host function asks to wait.
    Wait(Box<dyn core::error::Error + Send + Sync>),
}

impl Stop {
    /// What a call that cannot be suspended ends with.
    pub(crate) fn into_raised(self) -> Raised {
        match self {
            Self::OutOfFuel => Trap::OutOfFuel.into(),
            Self::Interrupted | Self::InHost(_) => Trap::Interrupted.into(),
            Self::Wait(error) => Raised::Wait(error, Box::default()),
        }
    }
}

/// The most frames of one call that are reported.
pub(crate) const MAX_FRAMES: usize = 32;

/// One frame of a backtrace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// The instance that it ran in.
    pub(crate) instance: NonNull<VmInstance>,
    /// The body position of its function.
    pub(crate) body: u32,
    /// Where in the function.
    pub(crate) at: At,
}

/// A place in a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// A unit of its bytecode. Which operator that is costs a translation to find out.
    Unit(u32),
    /// An operator's offset in the module's bytes; 0 where unknown.
    Offset(u32),
}

/// Where the values of a host call are: its arguments, and then its results. Two words, which are passed in registers:
/// what a handler hands over by reference would keep its frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values {
    /// The first slot, on the stack of machine code; otherwise null.
    at: *mut u64,
    /// How many there are; otherwise the first slot on the stack of values. That may move meanwhile (a nested call may
    /// grow it), so slots are numbers there, not addresses.
    number: usize,
}

impl Values {
    /// On the store's stack of values, from this slot on.
    pub(crate) fn on_stack(slot: usize) -> Self {
        Self { at: null_mut(), number: slot }
    }

    /// Elsewhere.
    ///
    /// # Safety
    /// Nobody else uses these slots, and they stay where they are, while this value or a copy of it is used.
    pub(crate) unsafe fn at(slots: NonNull<u64>, count: usize) -> Self {
        Self { at: slots.as_ptr(), number: count }
    }
}

/// What the store above offers to running code: whether the function returned. If not, the store has what it raised.
pub(crate) type HostCall =
    unsafe fn(store: NonNull<VmStore>, host: u32, caller: *mut VmInstance, values: Values) -> bool;

/// More of what the store above offers: growth, of which it may ask others. The size before, or `None` where
/// somebody said no.
pub(crate) type GrowCall = unsafe fn(store: NonNull<VmStore>, growth: Growth) -> Result<Option<u64>, Raised>;

/// Has the function with this body of an instance compiled. The address of its code.
pub(crate) type CompileCall =
    unsafe fn(store: NonNull<VmStore>, instance: NonNull<VmInstance>, body: u32) -> Result<usize, Raised>;

/// What is to grow, by its number in the store, and by how much.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Growth {
    /// A memory, by pages.
    Memory { handle: u32, delta: u64 },
    /// A table, by elements that are `init` at first.
    Table { handle: u32, delta: u64, init: u64 },
}

/// The part of a store that running code reaches. Boxed: never moves.
#[repr(C)]
pub(crate) struct VmStore {
    /// What machine code reads.
    pub(crate) machine: Machine,
    /// What the guest may still spend; machine code that runs has it in a register.
    pub(crate) fuel: u64,
    /// When to read the clock.
    pub(crate) pace: Pace,
    /// The interpreter's stack of values.
    pub(crate) stack: ValueStack,
    /// Calls a host function: results replace arguments.
    pub(crate) host_call: HostCall,
    /// Lets a memory or a table grow.
    pub(crate) grow: GrowCall,
    /// Has a function of an instance compiled that has not been called yet; the address of its code.
    pub(crate) compile: CompileCall,
    /// The end of the stack's slots, which every function's entry compares with.
    pub(crate) stack_end: *mut u64,
    /// Where running code stands whenever the interpreter is not inside its handlers.
    pub(crate) place: Place,
    /// Why the handlers were left; a number of the interpreter's.
    pub(crate) exit: u32,
    /// How many bytes the bulk operation at the place has done already.
    pub(crate) progress: u64,
    /// Whether the guest shall stop. Shared with who may ask for that, from anywhere.
    pub(crate) stop: Arc<StopSignal>,
    /// For the host function that is called again after an interruption, until it is called.
    pub(crate) host_state: HostState,
    /// What the host function has raised that did not return, until the interpreter takes it.
    pub(crate) raised: Option<Raised>,
    /// The function that a handler left to call, or that raised something, and the frame that its values are in.
    pub(crate) callee: *const VmFunc,
    pub(crate) callee_frame: *mut u64,
}

/// A place in running code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The next operation.
    pub(crate) ip: *const u16,
    /// The frame.
    pub(crate) sp: *mut u64,
    /// The instance.
    pub(crate) instance: *mut VmInstance,
}

impl VmStore {
    /// The running state of a new store.
    pub(crate) fn new(
        stack: ValueStack,
        host_call: HostCall,
        grow: GrowCall,
        compile: CompileCall,
        stop: Arc<StopSignal>,
    ) -> Self {
        let place = Place { ip: null(), sp: null_mut(), instance: null_mut() };
        Self {
            machine: Machine::new(),
            fuel: 0,
            pace: Pace::new(),
            stack,
            host_call,
            grow,
            compile,
            stack_end: null_mut(),
            place,
            exit: 0,
            progress: 0,
            stop,
            host_state: None,
            raised: None,
            callee: null(),
            callee_frame: null_mut(),
        }
    }

    /// The first of a host call's values; `None` if there are fewer.
    #[inline]
    pub(crate) fn values(&mut self, values: Values, len: usize) -> Option<&mut [u64]> {
        if values.at.is_null() {
            return self.stack.slots(values.number, len);
        }
        // SAFETY: whoever made the value promises that nobody else uses them; the borrow is as long as the store's.
        (len <= values.number).then(|| unsafe { slice::from_raw_parts_mut(values.at, len) })
    }

    /// From now on frames of machine code may reach down to here.
    #[inline]
    pub(crate) fn set_stack_limit(&mut self, limit: usize) {
        self.machine.stack_limit = limit;
        self.stop.set_limit(limit);
    }
}
