//! ringzero: a WebAssembly runtime for ring zero.
#![no_std]

extern crate alloc;

mod bytecode;
mod decode;
#[expect(unsafe_code, reason = "handlers read code, slots and guest memory by address")]
mod interp;
mod module;
pub mod platform;
mod runtime;
mod support;
mod translate;
#[expect(unsafe_code, reason = "what running code reads has stable addresses, linked by raw pointers")]
mod vm;
mod wasm;

pub use interp::Dispatch;
pub use runtime::{
    AsContext, AsContextMut, Backtrace, BacktraceFrame, Caller, Category, Compilation, Config, Engine, Error,
    Export, ExportType, Extern, ExternRef, ExternType, Func, Global, ImportType, Instance, IntoFunc, Linker,
    Memory, MemoryAccessError, Module, Store, StoreContext, StoreContextMut, Table, TypedFunc, Val, WasmParams,
    WasmResults, WasmRet, WasmTy,
};
pub use support::OutOfMemory;
pub use wasm::{
    Features, FuncType, GlobalType, HeapType, MemoryType, Mutability, RefType, TableType, Trap, V128, ValType,
};
