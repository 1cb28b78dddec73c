//! A guide for kernel authors: what to implement, in which order, and what each step buys.
//!
//! Everything is optional but an allocator. A capability that is not there is answered for: by the heap, by an error that
//! a guest understands, by a clock that is made up. So a kernel can host its first program on its first day, and add the
//! rest where it hurts. `examples/board.rs` is a platform of less than 150 lines with steps 1 to 7; the tests host
//! programs on it. The folder `kernel` is a whole kernel.
//!
//! # The steps
//!
//! | | implement | what it buys | without it |
//! |---|---|---|---|
//! | 1 | a global allocator, best inside a [`ReservingAllocator`](ringzero::reserve::ReservingAllocator) | the interpreter, all of WASI, memories on the heap: [`Engine::default`](ringzero::Engine) works | nothing works; without the wrapper, a heap that is full while a module is loaded ends the kernel |
//! | 2 | [`Stream::write`](ringzero::platform::Stream::write), or a [`Serial`](crate::serial::Serial) | guests' output; with `read` their input | output is swallowed, input is at its end |
//! | 3 | [`Clock`](ringzero::platform::Clock): [`FixedClock`](crate::FixedClock) moved by a tick, or a [`HardwareClock`](crate::clock::HardwareClock) | guests know the time; given to the core, too, [deadlines](ringzero::Store::set_deadline) that need no interrupt | time is made up; only fuel bounds how long a guest runs |
//! | 4 | a timer interrupt that calls [`InterruptHandle::interrupt`](ringzero::InterruptHandle::interrupt) | a guest is stopped from outside, within a tenth of a millisecond as a rule: a shell's Ctrl-C, a watchdog; guests that [take turns](ringzero::ResumableCall) | a guest ends by itself, by fuel or by its deadline |
//! | 5 | [`Halt::halt_unless`](crate::schedule::Halt::halt_unless) for a [`HaltScheduler`](crate::schedule::HaltScheduler), or [`Scheduler`](ringzero::platform::Scheduler) on tasks of your own | guests sleep, and wait for input, while the processor rests or runs others | sleeps end at once; waiting for input is asking again and again |
//! | 6 | [`Dir`](ringzero::platform::Dir) and [`File`](ringzero::platform::File), if [`MemoryDir`](crate::MemoryDir) and [`Archive`](crate::Archive) do not do | files that stay; a disk | files in memory, with quotas |
//! | 7 | [`Entropy`](ringzero::platform::Entropy): [`HardwareEntropy`](crate::entropy::HardwareEntropy) | random numbers, which most language runtimes ask for at their start | `random_get` is an error |
//! | 8 | [`Platform::virtual_memory`](ringzero::platform::Platform::virtual_memory): an [`Arena`](crate::Arena) | memory of guests is apart from the kernel's heap, bounded, and grows without being moved | memories are on the heap; one that grows may be copied |
//! | 9 | the same, with an MMU: [`PagedMemory`](crate::paging::PagedMemory) | memories take frames as they grow, not before; thousands of guests with 4 GiB of addresses each; a stack that grows in place | as in step 8 |
//! | 10 | [`Protection::ReadExecute`](ringzero::platform::Protection::ReadExecute), which [`FourLevelTable`](crate::paging::FourLevelTable) has | pages for machine code, never writable and executable at once | every guest is interpreted |
//! | 11 | [`Platform::fault_hook`](ringzero::platform::Platform::fault_hook): [`Exceptions`](crate::fault::Exceptions), called by the handlers of page faults and others | guard pages: machine code need not compare before each access, and a stack that overflows is a trap | machine code compares; stacks have a limit that is checked |
//!
//! Steps 1 and 2 are a day's work on any processor. Steps 8 and 9 exclude each other. Steps 10 and 11 need an MMU, and
//! matter to machine code only; an [`Arena`](crate::Arena) must not be combined with a fault hook, since nothing faults
//! in it.
//!
//! # What is privileged
//!
//! The library executes `in` and `out` in [`Ports`](crate::device::Ports), and nothing else that ring 0 is needed for.
//! The rest is a kernel's:
//!
//! | for | instructions and registers |
//! |---|---|
//! | [`paging`](crate::paging) | `mov cr3`, `invlpg`; EFER.NXE and CR0.WP; an interrupt to other processors, in [`Flush`](crate::paging::Flush) |
//! | [`fault`](crate::fault) | the descriptor table, a stack per exception (IST), entry stubs, `iretq` |
//! | [`schedule`](crate::schedule) | `cli`, `sti`, `hlt`; an interrupt to other processors |
//! | [`serial`](crate::serial), [`clock`](crate::clock) | routing interrupts and acknowledging them; mapping the HPET |
//! | floats and vectors | CR4.OSFXSR and OSXMMEXCPT, CR0.MP; CR4.OSXSAVE and XCR0 for AVX: before any Rust runs, since compiled code uses them |
//!
//! # What a kernel must keep
//!
//! - **Interrupt handlers** do not allocate and do not call into stores. What they may call: [`FixedClock::advance`],
//!   [`Serial::interrupt`], [`InterruptHandle::interrupt`], [`Waker::wake`], [`Exceptions::dispatch`]; each says so.
//!   They save the vector registers if they are compiled code, and run on stacks of their own: code uses 128 bytes
//!   below its stack pointer.
//! - **Stacks.** Guests have stacks of their own, so endless recursion of theirs is no business of the kernel's. Booting
//!   the example, loading a program and running it takes less than 16 KiB of the caller's stack, which a test shows; a
//!   host function that calls a guest again adds to it.
//! - **Locks** are spin locks, held for the length of one call. On one processor without preemption nobody ever waits
//!   for one; with preemption, a task that is preempted in one makes others spin for as long.
//! - **Exhaustion is an answer.** Where the heap or the frames are used up, guests get -1, an errno or a trap. The
//!   calls that give back (`free`, `release`, dropping a store) need no memory.
//! - **Processors.** Engine and module are shared between them, a store belongs to one at a time. With several, `Flush`
//!   is what keeps them from using frames that are somebody else's by now.
//!
//! [`FixedClock::advance`]: crate::FixedClock::advance
//! [`Serial::interrupt`]: crate::serial::Serial::interrupt
//! [`InterruptHandle::interrupt`]: ringzero::InterruptHandle::interrupt
//! [`Waker::wake`]: ringzero::platform::Waker::wake
//! [`Exceptions::dispatch`]: crate::fault::Exceptions::dispatch
//!
//! # From frames to a guest's memory
//!
//! Steps 9 and 10 on a machine that is played by an array (in a kernel the window is where physical memory is mapped, the
//! root is CR3's, and `invlpg` stands in the closure):
//!
//! ```
//! use ringzero::platform::{Protection, VirtualMemory};
//! use ringzero_platform_baremetal::paging::{FourLevelTable, Frame, FramePool, PagedMemory, Window};
//!
//! #[repr(align(4096))]
//! struct Physical([u8; 64 * 4096]);
//! let machine = Box::leak(Box::new(Physical([0; 64 * 4096])));
//!
//! // The boot loader says: memory from 0 to 256 KiB. It is seen at this offset.
//! let window = unsafe { Window::new(machine.0.as_mut_ptr().expose_provenance()) };
//! let frames = FramePool::new(window);
//! // The first frame is the root of the page tables; all others are free.
//! unsafe { frames.add(4096..64 * 4096) };
//! let table = unsafe { FourLevelTable::new(Frame::containing(0), window, |_start, _len| {}) };
//!
//! // 1 TiB of the upper half, which nobody else uses.
//! let addresses = 0xffff_9000_0000_0000..0xffff_9100_0000_0000;
//! let memory = unsafe { PagedMemory::new(table, &frames, window, addresses) }?;
//!
//! // What the core does for a memory, and a compiler for code.
//! let guest = memory.reserve(4 << 30)?;
//! unsafe { memory.commit(guest, 65536) }?;
//! let code = memory.reserve(8192)?;
//! unsafe { memory.commit(code, 8192) }?;
//! unsafe { memory.protect(code, 8192, Protection::ReadExecute) }?;
//! let usage = memory.usage();
//! assert_eq!((usage.reserved_bytes, usage.committed_frames), ((4 << 30) + 8192, 18));
//!
//! unsafe { memory.release(code, 8192) };
//! unsafe { memory.release(guest, 4 << 30) };
//! assert_eq!(frames.free_frames(), 63);
//! # Ok::<(), ringzero::platform::ErrorKind>(())
//! ```
