//! The one contract between machine code and the runtime: registers, layouts, sites.
//!
//! In: nothing. Out: numbers that the compiler puts into code and that the rooms above keep true: each offset is
//! compared with its structure when the crate is compiled ([`vm`](crate::vm)). It does not know an encoder, nor how
//! code is entered.
//!
//! # Registers on x86-64, at the entry of a function and at its return
//!
//! | register | holds |
//! |---|---|
//! | `r15` | the instance (`*mut VmInstance`) that the function runs in |
//! | `r14` | the first byte of that instance's memory 0; anything if it has none |
//! | `r13` | where guests look whether they shall stop ([`stop`]), in code that is interruptible |
//! | `r12` | the fuel that is left, in code that pays |
//! | `rsp` | the return address |
//! | `rbp` | the caller's frame: `[rbp]` is its caller's `rbp`, `[rbp + 8]` the return address; 0 ends the chain |
//! | others | arguments, results, or anything: no register is saved by the callee, and the direction flag is clear |
//!
//! Every function that calls, or whose frame is larger than [`LEAF_FRAME`], makes a link of the chain
//! (`push rbp; mov rbp, rsp`) and compares `rsp` less its frame with [`store::STACK_LIMIT`] first. Others need
//! neither. Below the limit are [`STACK_SLACK`] bytes, and below them what nobody can access, or not yet: a function that
//! needs more asks for it ([`builtin::STACK`]).
//!
//! What does not fit into registers lies above the return address: arguments, which the callee takes off the stack as it
//! returns (`ret n`), and above them room for results. So a function that ends by calling another one can put that one's
//! arguments, however many, where its own were.
//!
//! # Tail calls
//!
//! A function that ends by calling another one leaves the stack as its caller had it, and jumps: to the function, or to
//! the thunk of its type. A thunk that has to change the instance makes a frame in order to change it back, unless it would
//! return to a place that does not need that: such a place is marked ([`RETURN_MARK`]).
//!
//! # Entry from the host
//!
//! By a trampoline in the code, one per signature: `extern "sysv64" fn(instance, values: *mut u64, code)`. It sets
//! `r15` and `r14`, loads the arguments from `values` (the interpreter's slots: 64 bits each, two for a `v128`), calls
//! `code`, stores the results from `values[0]` on, and returns. When it is called `rbp` is 0, and `rsp + 8` a multiple of 16.
//!
//! # Builtins
//!
//! What machine code asks of the runtime. `call [table + 8 * number]`, the table being what [`store::BUILTINS`] points
//! to, with up to six arguments as in the System V convention, the first of which is `r15`; the result comes in
//! `rax`. `rsp`, `rbp` and `r13` to `r15` are kept, and nothing else; memory may have moved, and fuel may have been given,
//! in whatever the host has done meanwhile. So code whose memory 0 may move loads `r14` again, and code that pays stores
//! `r12` to [`store::FUEL`] before and loads it again behind. A builtin runs on the host's stack. It may not return: then the frames of machine code up to the
//! host's entry are gone.
//!
//! # Stopping
//!
//! Interruptible code compares `rsp` with the word that `r13` refers to, which is the limit of its stack, or more than any
//! address where somebody wants it to stop or there is a deadline; then it counts [`store::POLLS_LEFT`] down unless
//! [`stop::ASKED`], and asks [`builtin::POLL`] at zero. Code that pays subtracts from `r12` and asks
//! [`builtin::OUT_OF_FUEL`] where there is less.
//!
//! # Traps
//!
//! An instruction that faults (an access, a division, `ud2`) is a trap if there is a [`Site`] at its offset; any push
//! or store into the guard page below the stack is a [stack overflow](crate::wasm::Trap::StackOverflow), without a
//! site.

use crate::wasm::Trap;

/// Offsets in `VmInstance`.
pub(crate) mod instance {
    /// `*mut VmStore`.
    pub(crate) const STORE: usize = 0;
    /// Pointers to all functions, by index.
    pub(crate) const FUNCTIONS: usize = 16;
    /// Pointers to all globals, by index.
    pub(crate) const GLOBALS: usize = 24;
    /// Pointers to all memories, by index.
    pub(crate) const MEMORIES: usize = 32;
    /// Pointers to all tables, by index.
    pub(crate) const TABLES: usize = 40;
    /// How many memories there are: 32 bits.
    pub(crate) const MEMORY_COUNT: usize = 48;
    /// What `r13` is, in interruptible code: see [`stop`](super::stop).
    pub(crate) const STOP: usize = 56;
    /// How many bytes may be copied or filled at once: without paying, and without looking whether to stop. 64 bits.
    pub(crate) const AT_ONCE: usize = 64;
    /// The first memory's record; null where there is none.
    pub(crate) const FIRST_MEMORY: usize = 72;
    /// The first memory's first byte if it never moves; otherwise null.
    pub(crate) const FIRST_BASE: usize = 80;
}

/// Offsets in `StopWords`.
pub(crate) mod stop {
    /// What `rsp` is compared with. 64 bits.
    pub(crate) const LIMIT: usize = 0;
    /// Not zero where somebody has asked. 32 bits.
    pub(crate) const ASKED: usize = 8;
}

/// Offsets in `VmStore`.
pub(crate) mod store {
    /// The lowest address that a frame may reach down to. 64 bits.
    pub(crate) const STACK_LIMIT: usize = 8;
    /// The table of builtins.
    pub(crate) const BUILTINS: usize = 16;
    /// The fuel that is left, while code that pays does not run. 64 bits.
    pub(crate) const FUEL: usize = 24;
    /// Polls until the clock is read, where there is a deadline. 32 bits.
    pub(crate) const POLLS_LEFT: usize = 32;
}

/// Numbers of builtins, with their arguments behind the instance. Where a guest may be stopped in one, the same one is
/// asked again when the guest goes on. Indices of memories, tables and segments are the module's; two of them come in
/// one argument, the second in the upper half.
pub(crate) mod builtin {
    /// `(func: *const VmFunc, values: *mut u64)`: calls a function of the host with arguments in slots, where its
    /// results are afterwards.
    pub(crate) const HOST_CALL: usize = 0;
    /// `(trap)`: the trap with this number.
    pub(crate) const TRAP: usize = 1;
    /// `()`: looks whether the guest shall stop, and at the clock, if it is time.
    pub(crate) const POLL: usize = 2;
    /// `(cost)`: there is less fuel than that; asked again until there is as much, and then it is paid.
    pub(crate) const OUT_OF_FUEL: usize = 3;
    /// `(memory, delta) -> pages`: the size before, or -1 as 64 bits.
    pub(crate) const MEMORY_GROW: usize = 4;
    /// `(memory and segment, to, from, len)`.
    pub(crate) const MEMORY_INIT: usize = 5;
    /// `(to memory and from memory, to, from, len)`.
    pub(crate) const MEMORY_COPY: usize = 6;
    /// `(memory, to, byte, len)`.
    pub(crate) const MEMORY_FILL: usize = 7;
    /// `(segment)`.
    pub(crate) const DATA_DROP: usize = 8;
    /// `(table, delta, value) -> elements`: the size before, or -1 as 64 bits.
    pub(crate) const TABLE_GROW: usize = 9;
    /// `(table and segment, to, from, len)`.
    pub(crate) const TABLE_INIT: usize = 10;
    /// `(to table and from table, to, from, len)`.
    pub(crate) const TABLE_COPY: usize = 11;
    /// `(table, to, value, len)`.
    pub(crate) const TABLE_FILL: usize = 12;
    /// `(segment)`.
    pub(crate) const ELEM_DROP: usize = 13;
    /// `(bytes, sp)`: a frame of so many bytes is to be made below this address, which is beyond the limit.
    pub(crate) const STACK: usize = 14;
    /// `(body) -> code`: compiles a function that has not been called yet.
    pub(crate) const COMPILE: usize = 15;
    /// How many there are.
    pub(crate) const COUNT: usize = 16;
}

/// Offsets in `VmFunc`.
pub(crate) mod func {
    /// The canonical type: 32 bits.
    pub(crate) const TYPE_ID: usize = 0;
    /// The number among the module's bodies, or of a host function in its store: 32 bits.
    pub(crate) const INDEX: usize = 4;
    /// `*mut VmInstance`; null for a host function.
    pub(crate) const INSTANCE: usize = 8;
    /// Its machine code; of a host function, what the builtin calls; null for a function that is interpreted.
    pub(crate) const CODE: usize = 16;
}

/// `VmMemory`: offsets in it, and what lies behind its bytes.
pub(crate) mod memory {
    use crate::wasm::MemoryType;

    /// The first byte.
    pub(crate) const BASE: usize = 0;
    /// How many bytes there are: 64 bits.
    pub(crate) const LEN: usize = 8;

    /// The most that an instruction adds to an address, less the bytes that it accesses there.
    pub(crate) const MOST_OFFSET: u64 = 0x7fff_0000;
    /// Bytes of address space from the first byte of a guarded memory on that belong to it: what an address of 32
    /// bits and an offset reach. Those beyond its length cannot be accessed.
    pub(crate) const GUARDED: u64 = 6 << 30;
    const _: () = assert!((1 << 32) + MOST_OFFSET + 16 <= GUARDED);

    /// Whether a memory of this type is guarded where there are guards: its addresses have 32 bits, and its length is
    /// always one of whole pages of the machine.
    pub(crate) fn can_be_guarded(ty: MemoryType) -> bool {
        !ty.is_64() && ty.page_size_log2() == 16
    }
}

/// Offsets in `VmTable`.
pub(crate) mod table {
    /// The first element; each has 64 bits: the address of a `VmFunc`, a host value's number plus one, or 0 for null.
    pub(crate) const ELEMENTS: usize = 0;
    /// How many elements there are: 64 bits.
    pub(crate) const LEN: usize = 8;
}

/// Offsets in `VmGlobal`.
pub(crate) mod global {
    /// The value: 16 bytes, of which smaller types use the low ones.
    pub(crate) const BITS: usize = 0;
}

/// Bytes of a bulk operation that cost as much fuel as one operator.
pub(crate) const BYTES_PER_FUEL: u64 = 64;

/// Bytes from one gate to the next.
///
/// Where functions are compiled when they are first called, code goes to them by words: for each body one, which holds
/// the address of its code, or before that of the second part of its gate. A gate's first part goes where the word says;
/// the second part has the function compiled, with all arguments kept, and goes there.
pub(crate) const GATE: u32 = 24;
/// Bytes of a gate's first part.
pub(crate) const GATE_FIRST: u32 = 6;

/// The largest frame, in bytes, of a function that calls nothing and does not look at the limit.
pub(crate) const LEAF_FRAME: usize = 256;

/// The largest frame, in bytes, of a thunk that does not look at the limit.
pub(crate) const THUNK_FRAME: usize = 1024;

/// Bytes below the limit: for leaf functions, thunks and what they call, for return addresses of builtins, and for
/// whatever an operating system puts onto the stack that it interrupts.
pub(crate) const STACK_SLACK: usize = 16 << 10;

/// The bytes behind a call whose caller does not care in which instance the callee was, nor has been: an instruction that
/// does nothing, which the compiler emits nowhere else.
pub(crate) const RETURN_MARK: [u8; 7] = [0x0f, 0x1f, 0x80, 0x52, 0x45, 0x54, 0x00];

/// A place in code that the runtime knows something of: an instruction that may trap, or the one behind a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    /// Bytes from the start of the code. Sites are sorted by this, and no two are equal.
    pub(crate) code: u32,
    /// The operator's offset in the module's bytes.
    pub(crate) wasm: u32,
    /// What a fault there means; `None` for what follows a call.
    pub(crate) trap: Option<Trap>,
    /// Where the function's return address is: that many bytes above `rsp`, or [`LINKED`](Self::LINKED).
    pub(crate) return_at: u16,
}

impl Site {
    /// Above `rbp`, which the function has made its own link of the chain.
    pub(crate) const LINKED: u16 = u16::MAX;
}

/// Where the code of a function starts. It ends where the next one's does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FuncStart {
    /// Bytes from the start of the code. Functions are sorted by this.
    pub(crate) code: u32,
    pub(crate) owner: Owner,
}

/// Whose code it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The function with this position among its module's bodies.
    Body(u32),
    /// The way in from the host: the last frame.
    Trampoline,
    /// The way to a function that is known by reference. Its frame has the instance that it came from in the first word
    /// below `rbp`.
    Thunk,
    /// The way to a function of the host.
    ToHost,
    /// What has a function compiled while its arguments wait.
    Gate,
    /// What keeps all registers while it asks the runtime. Above its return address is one word, and above that what the
    /// function that asks has on the stack.
    Stop,
}

impl Owner {
    /// The body, of a function's code.
    pub(crate) const fn body(self) -> Option<u32> {
        match self {
            Self::Body(body) => Some(body),
            _ => None,
        }
    }
}
