//! How an engine is to work.
//!
//! In: choices. Out: a value that [`Engine::new`](super::Engine::new) reads once. Nothing here can fail.

use alloc::sync::Arc;
use core::fmt;

use crate::decode::ModuleLimits;
use crate::interp::Dispatch;
use crate::platform::{NoPlatform, Platform, Profiler};
use crate::translate::Options;
use crate::vm::Limits;
use crate::wasm::Features;

/// When functions are translated to bytecode, or compiled. A module is validated as a whole when it is loaded, either
/// way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compilation {
    /// Each function when it is first called: large modules start at once.
    #[default]
    Lazy,
    /// All functions when the module is loaded: no call waits later.
    Eager,
}

/// What runs functions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The interpreter: starts at once, runs everywhere.
    #[default]
    Interpreter,
    /// [`Compiled`](Self::Compiled) where the compiler knows the processor and the platform has what it needs, otherwise
    /// [`Interpreter`](Self::Interpreter). An engine's configuration says which it is.
    Auto,
    /// Machine code. A function that has what the compiler does not know yet, or that is beyond its limits, is an error:
    /// of loading where all are compiled then, otherwise of the call. Needs a platform with pages to run code in, and with a hook for faults, on x86-64.
    Compiled,
}

/// How machine code finds that an access is beyond a memory's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bounds {
    /// It meets pages that cannot be accessed, and the platform's [fault hook](crate::platform::FaultHook) makes a trap
    /// of that: the access itself costs nothing. Each memory with 32-bit addresses and pages of 64 KiB then has 6 GiB
    /// of address space. Other memories are checked as with [`Bounds::Explicit`], and so are all of them where the
    /// platform has no address space for one when the engine is made, no hook, or pages larger than 64 KiB.
    #[default]
    Guard,
    /// It compares the address with the memory's length first, unless an earlier comparison has told. Memories may lie
    /// anywhere, and take no more address space than they may use.
    Explicit,
}

/// How an [`Engine`](super::Engine) works: a builder by value.
///
/// ```
/// use ringzero::{Compilation, Config, Engine, Features};
/// let config = Config::new().features(Features::WASM2).compilation(Compilation::Eager).max_stack(1 << 20);
/// let engine = Engine::new(&config)?;
/// # Ok::<(), ringzero::Error>(())
/// ```
#[derive(Clone)]
pub struct Config {
    pub(super) features: Features,
    pub(super) compilation: Compilation,
    pub(super) strategy: Strategy,
    pub(super) bounds: Bounds,
    pub(super) parallel_compilation: bool,
    pub(super) check_compiler: bool,
    pub(super) few_registers: bool,
    pub(super) least_processor: bool,
    pub(super) improvements: Option<(u32, u32)>,
    pub(super) dispatch: Dispatch,
    pub(super) options: Options,
    pub(super) max_stack: usize,
    pub(super) max_nesting: u32,
    pub(super) limits: Limits,
    pub(super) module_limits: ModuleLimits,
    pub(super) pooled_memories: usize,
    pub(super) platform: Arc<dyn Platform>,
    pub(super) profiler: Option<Arc<dyn Profiler>>,
}

impl Config {
    /// The default: every feature, lazy translation, 8 MiB of stack, no platform.
    pub fn new() -> Self {
        Self {
            features: Features::default(),
            compilation: Compilation::default(),
            strategy: Strategy::default(),
            bounds: Bounds::default(),
            parallel_compilation: true,
            check_compiler: false,
            few_registers: false,
            least_processor: false,
            improvements: None,
            dispatch: Dispatch::default(),
            options: Options::default(),
            max_stack: 8 << 20,
            max_nesting: 200,
            limits: Limits { memory_bytes: u64::MAX, table_elements: 10_000_000 },
            module_limits: ModuleLimits::default(),
            pooled_memories: 0,
            platform: Arc::new(NoPlatform),
            profiler: None,
        }
    }

    /// Which parts of WebAssembly modules may use. Default: all that are implemented.
    pub fn features(self, features: Features) -> Self {
        Self { features, ..self }
    }

    /// When functions are translated. Default: [`Compilation::Lazy`].
    pub fn compilation(self, compilation: Compilation) -> Self {
        Self { compilation, ..self }
    }

    /// What runs functions. Default: [`Strategy::Interpreter`].
    pub fn strategy(self, strategy: Strategy) -> Self {
        Self { strategy, ..self }
    }

    /// How machine code finds that an access is out of bounds. Default: [`Bounds::Guard`], where the platform can;
    /// a [`Memory::new_static`](super::Memory::new_static) cannot be linked with such code. The interpreter always
    /// compares.
    pub fn bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// Whether memories are to be guarded, if the platform can.
    pub(super) fn wants_guards(&self) -> bool {
        self.strategy == Strategy::Compiled
            && self.bounds == Bounds::Guard
            && self.platform.fault_hook().is_some()
    }

    /// Whether a module's functions are compiled at once on as many threads as the platform offers, where all are compiled
    /// when it is loaded. The code is the same either way. Default: yes.
    pub fn parallel_compilation(self, parallel_compilation: bool) -> Self {
        Self { parallel_compilation, ..self }
    }

    /// Whether the compiler checks itself after each pass, for tests: a mistake is then an error, not wrong code. With the
    /// feature `decode-back` of this crate the bytes are decoded again, too, and compared with what they are to be.
    /// Makes compiling several times slower. Default: no.
    pub fn check_compiler(self, check_compiler: bool) -> Self {
        Self { check_compiler, ..self }
    }

    /// Whether the compiler makes do with a few registers, for tests of what it does when they are short. Default: no.
    pub fn few_registers(self, few_registers: bool) -> Self {
        Self { few_registers, ..self }
    }

    /// Whether the compiler uses nothing that only some processors have (AVX, BMI2), for tests: code is the same on all then.
    /// Default: no.
    pub fn least_processor(self, least_processor: bool) -> Self {
        Self { least_processor, ..self }
    }

    /// Limits what the compiler does to make code better, for a search for the first such step that makes it wrong: functions
    /// before this one (by their index in the module) are improved as usual, this one by its first so many steps, which
    /// [`Module::explain`](super::Module::explain) lists in order, and later ones not at all. Default: no limit.
    pub fn limit_improvements(self, function: u32, count: u32) -> Self {
        Self { improvements: Some((function, count)), ..self }
    }

    /// How the interpreter goes from one operation to the next. Default: what is fastest in this build.
    pub fn dispatch(self, dispatch: Dispatch) -> Self {
        Self { dispatch, ..self }
    }

    /// Whether every run gives the same bits on every host: NaNs are made canonical. Default: no.
    pub fn deterministic(mut self, deterministic: bool) -> Self {
        self.options.deterministic = deterministic;
        self
    }

    /// Whether guests pay for what they run, from what [`Store::set_fuel`](crate::Store::set_fuel) gives them.
    /// Every operator costs 1, but `block`, `loop`, `else`, `end` and `nop`; bulk operations and
    /// growth cost 1 more for each 64 bytes or 8 elements. A stretch of operators is paid for when it is entered: the function's body, a
    /// loop's body, an arm of an `if`, what follows a block's end. Default: no, and then it costs nothing.
    pub fn fuel(mut self, fuel: bool) -> Self {
        self.options.fuel = fuel;
        self
    }

    /// Whether guests can be stopped from outside: by a [`Store::interrupt_handle`](crate::Store::interrupt_handle),
    /// or by a deadline, [`Store::set_deadline`](crate::Store::set_deadline). They look at each function's entry, at
    /// each turn of a loop, 8 operators after a call, after each 1,000 operators of other code, and in bulk operations and in growth after each 256 KiB, or 32,768 elements (4,096 of
    /// `table.init`). Host functions look by [`Caller::interruption`](crate::Caller::interruption), those of WASI do.
    /// Default: no, and then it costs nothing.
    ///
    /// On an operating system a guest stops within a millisecond: `ci/examples/latency.rs` measures it. Not divided are
    /// one call of a host function that does not look, one system call on a file, the translation of a function that
    /// is called for the first time ([`Compilation::Lazy`]), about 20 ms for each MiB of its body, and memory that moves
    /// as it grows, on the heap: linear memory, and without address space the guests' stack, half of
    /// [`max_stack`](Self::max_stack) at most. And operators in code that branches over the looks on its way add up.
    pub fn interruption(mut self, interruption: bool) -> Self {
        self.options.interruption = interruption;
        self
    }

    /// The most bytes that all frames of a store's guests may take together. A guest that needs more traps with
    /// [`Trap::StackOverflow`](crate::Trap::StackOverflow). The stack starts small and grows. Default: 8 MiB.
    pub fn max_stack(self, bytes: usize) -> Self {
        Self { max_stack: bytes, ..self }
    }

    /// How often a host function may call a guest that calls a host function, and so on: each round uses the
    /// host's own stack, about a kilobyte besides what the host functions take. One more traps with
    /// [`Trap::StackOverflow`](crate::Trap::StackOverflow). Default: 200.
    pub fn max_nested_calls(self, depth: u32) -> Self {
        Self { max_nesting: depth, ..self }
    }

    /// The most bytes that one linear memory may have. `memory.grow` beyond answers -1; a memory that starts
    /// larger is an error. Default: no limit but the type's.
    pub fn max_memory(mut self, bytes: u64) -> Self {
        self.limits.memory_bytes = bytes;
        self
    }

    /// The most elements that one table may have, at 8 bytes each. Default: 10,000,000.
    pub fn max_table_elements(mut self, elements: u64) -> Self {
        self.limits.table_elements = elements;
        self
    }

    /// How much a module may declare. Default: [`ModuleLimits::default`], which refuses no module that browsers
    /// load; [`ModuleLimits::strict`] is for modules from anyone.
    pub fn module_limits(self, module_limits: ModuleLimits) -> Self {
        Self { module_limits, ..self }
    }

    /// How many reservations of address space an engine keeps when memories are dropped, for memories of later
    /// stores: making one is then a few loads, not a few system calls. Each is made zero when it is kept, so that no
    /// guest finds a byte of another; its pages are [discarded](crate::platform::VirtualMemory::discard) where it
    /// had more than 64 KiB and the platform can, and stay with it up to that. It keeps its address space, 4 GiB for a memory with
    /// 32-bit addresses and no maximum, 6 GiB for one [with guards](Bounds::Guard), until the engine is dropped. Default: 0. Without a platform that has
    /// address space it has no effect.
    pub fn pooled_memories(self, count: usize) -> Self {
        Self { pooled_memories: count, ..self }
    }

    /// Where address space comes from, and what catches panics of host functions. Default:
    /// [`NoPlatform`], which offers neither: memories live on the heap.
    pub fn platform(self, platform: Arc<dyn Platform>) -> Self {
        Self { platform, ..self }
    }

    /// Who hears where machine code lies. Default: nobody.
    pub fn profiler(self, profiler: Arc<dyn Profiler>) -> Self {
        Self { profiler: Some(profiler), ..self }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("features", &self.features)
            .field("compilation", &self.compilation)
            .field("strategy", &self.strategy)
            .field("bounds", &self.bounds)
            .field("dispatch", &self.dispatch)
            .field("options", &self.options)
            .field("max_stack", &self.max_stack)
            .field("max_nesting", &self.max_nesting)
            .field("limits", &self.limits)
            .field("module_limits", &self.module_limits)
            .field("pooled_memories", &self.pooled_memories)
            .finish_non_exhaustive()
    }
}
