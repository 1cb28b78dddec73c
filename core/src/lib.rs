//! ringzero: a WebAssembly runtime for ring zero.
//!
//! It loads WebAssembly modules, validates them and runs them, without an operating system: `no_std` with
//! `alloc`, no threads, no signals, no thread-local storage. What a guest asks for can fail, and then it is an
//! error or a trap; it is never a panic, and with a [`reserve::ReservingAllocator`] never an abort.
//!
//! # Example
//!
//! ```
//! use ringzero::{Caller, Engine, Linker, Module, Store};
//!
//! // A module calls `host.log` with a number.
//! let bytes = wat::parse_str(r#"
//!     (module
//!         (import "host" "log" (func $log (param i32)))
//!         (func (export "run") (param i32) (result i32)
//!             (call $log (local.get 0))
//!             (i32.mul (local.get 0) (i32.const 2))))"#).unwrap();
//!
//! let engine = Engine::default();
//! let module = Module::new(&engine, bytes)?;
//!
//! // A store holds instances, and data that host functions reach: here a list of numbers.
//! let mut store = Store::new(&engine, Vec::new());
//! let mut linker = Linker::new(&engine);
//! linker.func_wrap("host", "log", |mut caller: Caller<'_, Vec<i32>>, number: i32| {
//!     caller.data_mut().push(number);
//! })?;
//!
//! let instance = linker.instantiate(&mut store, &module)?;
//! let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
//! assert_eq!(run.call(&mut store, 21)?, 42);
//! assert_eq!(store.data(), &[21]);
//! # Ok::<(), ringzero::Error>(())
//! ```
//!
//! # Concepts
//!
//! The nouns are wasmtime's. An [`Engine`] holds a [`Config`]. A [`Module`] is loaded once and instantiated often.
//! A [`Store`] is what guests live in; [`Instance`], [`Func`], [`Memory`], [`Table`], [`Global`] and [`ExternRef`]
//! are handles into one. A [`Linker`] fills imports by name. Host functions are closures; a [`Caller`] gives them
//! their store back, so that they can call guests in turn. Everything that goes wrong is an [`Error`], of which a
//! [`Trap`] is one kind.
//!
//! # How to …
//!
//! Each of these pages has an example that the tests run.
//!
//! | … | see |
//! |---|---|
//! | give a guest a function of the host, with the guest's memory and the store's data | [`Linker::func_wrap`], [`Caller`] |
//! | bound what a guest may allocate | [`StoreLimits`], [`Store::limiter`] |
//! | bound what a module may declare, before it is loaded | [`ModuleLimits`], [`Config::module_limits`] |
//! | bound how long a guest runs, the same on every machine | [`Store::set_fuel`], [`Config::fuel`] |
//! | stop a guest from another thread, or from an interrupt handler | [`InterruptHandle`], [`Config::interruption`] |
//! | stop a guest when its time is over | [`Store::set_deadline_after`] |
//! | let a host function be stopped while it works or waits | [`Caller::interruption`], [`Interruption`] |
//! | end all that a store runs, now and later | [`InterruptHandle::close`], or drop the [`Store`] |
//! | instantiate a module again and again | [`Linker::instantiate_pre`], [`InstancePre`], [`Config::pooled_memories`] |
//! | use an instance again as if it were new | [`Instance::reset`] |
//! | let guests take turns on one thread | [`Suspension`], [`Func::call_resumable`] |
//! | let a host function wait without holding the thread | [`Error::wait`], [`Suspension::resume_with`] |
//! | write host functions as futures, and call guests as futures | [`Linker::func_wrap_async`], [`Func::call_async`] |
//! | share a thread's time among guests that are futures | [`Store::fuel_async_yield_interval`] |
//! | survive that there is no memory left, whatever allocates | [`reserve`] |
//! | give a guest files, streams, clocks | [`platform`], and the crate `ringzero-wasi` |
//!
//! # The surroundings
//!
//! What the surroundings offer (address space, clocks, files …) is described by the traits of [`platform`]. Each
//! has a safe default; the core itself asks only for [`platform::Platform`].
//!
//! # The map
//!
//! ```text
//!  &[u8]                                    the module's bytes
//!    │  decode      drives wasmparser: one visitor validates and translates
//!    ▼
//!  Decoded ── ModuleInfo                    what the module declares; bodies are ranges of its bytes
//!    │  translate   operators, found valid one by one, to operations
//!    ▼
//!  FuncBody                                 bytecode of one function: when loaded, or when first called
//!    │  vm          CodeMap publishes it; ModuleCode joins description, bytes and code
//!    ▼
//!  ModuleCode ── Instance, VmFunc           instances in an Arena, on one ValueStack per store
//!    │  interp      handlers run operations, and call the host
//!    ▼
//!  results, or Raised                       which runtime turns into values, or an Error
//! ```
//!
//! The rooms, from the bottom up. A room imports lower ones only; this file alone re-exports.
//!
//! | room | in → out | refuses to know |
//! |---|---|---|
//! | [`support`] | typed indices, fallible growth | WebAssembly |
//! | [`wasm`] | the specification's nouns: types, features, traps, and what each numeric operator computes | modules, code, stores |
//! | [`platform`] | what the outside world offers, as traits | WebAssembly, WASI, which system it is on |
//! | [`module`] | [`ModuleInfo`](module::ModuleInfo): what a module declares | bytecode, stores |
//! | [`abi`] | what machine code may rely on: registers, offsets, builtins | an encoder; how code is entered |
//! | [`decode`] | bytes → description and validated operators | what a sink makes of the operators |
//! | [`bytecode`] | the interpreter's operations as data: numbers, operands, text form | how they are carried out |
//! | [`translate`] | validated operators → [`FuncBody`](bytecode::FuncBody) | stores; it validates nothing itself |
//! | [`artifact`] | machine code at rest, with what is to be known of it | who made it, where it will lie |
//! | [`jit`] | validated operators → [`Artifact`](artifact::Artifact) | stores, platforms |
//! | [`code`] | machine code → pages that can be run and not written; an address → what is known of it | how it was made, how it is entered |
//! | [`vm`] | instances, functions, memories, tables, globals, the stack | the embedding API; how code is run |
//! | [`interp`] | bytecode × vm → results or a trap | the embedding API |
//! | [`native`] | published code × vm → results, a trap, or a call that is suspended | the embedding API; how code is made |
//! | [`conformance`] | a platform → whether machine code can run on it | which platform it is |
//! | [`runtime`] | the embedding API | operations; any operating system |
//!
//! Host functions are reached upwards by one function pointer in [`VmStore`](vm::VmStore), never by an import.
//! Unsafe code is in `code`, `vm`, `interp`, `native`, `conformance`, two files of `runtime`, three of `support`, and in
//! the declarations of `platform`; everywhere else it does not compile.
//!
//! # Features
//!
//! There are no cargo features: one build has everything. What modules may use is chosen at run time by
//! [`Config::features`]:
//!
//! | flag | default | in WebAssembly |
//! |---|---|---|
//! | [`MUTABLE_GLOBAL`](Features::MUTABLE_GLOBAL) | on | 1.0 |
//! | [`SIGN_EXTENSION`](Features::SIGN_EXTENSION) | on | 2.0 |
//! | [`SATURATING_FLOAT_TO_INT`](Features::SATURATING_FLOAT_TO_INT) | on | 2.0 |
//! | [`MULTI_VALUE`](Features::MULTI_VALUE) | on | 2.0 |
//! | [`BULK_MEMORY`](Features::BULK_MEMORY) | on | 2.0 |
//! | [`REFERENCE_TYPES`](Features::REFERENCE_TYPES) | on | 2.0 |
//! | [`SIMD`](Features::SIMD) | on | 2.0 |
//! | [`EXTENDED_CONST`](Features::EXTENDED_CONST) | on | 3.0 |
//! | [`TAIL_CALL`](Features::TAIL_CALL) | on | 3.0 |
//! | [`MULTI_MEMORY`](Features::MULTI_MEMORY) | on | 3.0 |
//! | [`MEMORY64`](Features::MEMORY64) | on | 3.0 |
//! | [`RELAXED_SIMD`](Features::RELAXED_SIMD) | on | 3.0, always with the deterministic choice |
//! | [`CUSTOM_PAGE_SIZES`](Features::CUSTOM_PAGE_SIZES) | on | proposal |
//! | [`WIDE_ARITHMETIC`](Features::WIDE_ARITHMETIC) | on | proposal |
//!
//! Typed function references, garbage collection, exceptions and threads are refused with a clear error.
#![no_std]
#![allow(rustdoc::private_intra_doc_links, reason = "the map names the rooms, which are private")]
#![cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, unused_imports, reason = "no code is made for this processor")
)]

extern crate alloc;

mod abi;
mod artifact;
mod bytecode;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "pages of code are written, protected and given back by address")]
mod code;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "enters code that it has written by hand")]
pub mod conformance;
mod decode;
#[expect(unsafe_code, reason = "handlers read code, slots and guest memory by address")]
mod interp;
mod jit;
mod module;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "switches stacks, and enters machine code")]
mod native;
pub mod platform;
mod runtime;
mod support;
mod translate;
#[expect(unsafe_code, reason = "what running code reads has stable addresses, linked by raw pointers")]
mod vm;
mod wasm;

pub use decode::ModuleLimits;
pub use interp::Dispatch;
pub use runtime::{
    AsContext, AsContextMut, Backtrace, BacktraceFrame, Bounds, Caller, Category, Compilation, Config,
    Engine, Error, Explanation, Export, ExportType, Extern, ExternRef, ExternType, FirstWrong, Func, Global,
    ImportType, Improvement, Instance, InstancePre, InterruptHandle, Interrupted, Interruption, IntoFunc,
    Linker, Memory, MemoryAccessError, Module, ResourceLimiter, ResumableCall, Store, StoreContext,
    StoreContextMut, StoreLimits, StoreLimitsBuilder, Strategy, SuspendReason, Suspension, Table, TypedFunc,
    Usage, Val, WasmParams, WasmResults, WasmRet, WasmTy,
};
pub use support::{OutOfMemory, reserve};
pub use wasm::{
    Features, FuncType, GlobalType, HeapType, MemoryType, Mutability, RefType, TableType, Trap, V128, ValType,
};
