//! The embedding API: what a program that runs guests sees.
//!
//! In: bytes of modules, host functions, values. Out: instances, calls, errors. Handles ([`Func`], [`Memory`],
//! [`Table`], [`Global`], [`Instance`], [`ExternRef`]) are numbers that belong to one [`Store`]; a handle used
//! with another store is an error, or where a method returns none, what its documentation says: never a panic,
//! never another store's item. It does not know how code is run, nor any operating system.

mod backtrace;
#[cfg(test)]
#[expect(unsafe_code, reason = "runs code written by hand")]
mod builtin_tests;
mod caller;
#[cfg_attr(not(target_arch = "x86_64"), path = "not_compiled.rs")]
#[expect(unsafe_code, reason = "machine code is entered by address")]
mod compiled;
mod config;
mod engine;
mod error;
mod explain;
#[cfg(test)]
mod explain_tests;
mod extern_ref;
mod externs;
mod func;
mod future;
mod global;
mod growth;
mod host;
mod instance;
mod interrupt;
mod limits;
mod link;
mod linker;
mod memory;
mod module;
mod module_types;
mod pre;
mod profile;
#[expect(
    unsafe_code,
    reason = "a running guest reaches its store by a pointer without type; here it gets its type back"
)]
mod raw;
#[expect(unsafe_code, reason = "hands calls on to the engine that runs them")]
mod run;
mod store;
mod suspend;
mod table;
mod typed;
mod usage;
mod val;

pub use backtrace::{Backtrace, BacktraceFrame};
pub use caller::Caller;
pub use config::{Bounds, Compilation, Config, Strategy};
pub use engine::Engine;
pub use error::{Category, Error};
pub use explain::{Explanation, FirstWrong, Improvement};
pub use extern_ref::ExternRef;
pub use externs::{Export, Extern};
pub use func::Func;
pub use global::Global;
pub use host::{IntoFunc, WasmRet};
pub use instance::Instance;
pub use interrupt::{InterruptHandle, Interrupted, Interruption};
pub use limits::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};
pub use linker::Linker;
pub use memory::{Memory, MemoryAccessError};
pub use module::Module;
pub use module_types::{ExportType, ExternType, ImportType};
pub use pre::InstancePre;
pub use raw::StoreContextMut;
pub use store::{AsContext, AsContextMut, Store, StoreContext};
pub use suspend::{ResumableCall, SuspendReason, Suspension};
pub use table::Table;
pub use typed::{TypedFunc, WasmParams, WasmResults, WasmTy};
pub use usage::Usage;
pub use val::Val;
