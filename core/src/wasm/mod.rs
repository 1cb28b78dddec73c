//! The nouns of the specification: types, values, limits, features, traps, and what each operator computes.
//!
//! In: nothing. Out: types that every room above shares. It does not know modules, code or stores.

mod features;
mod index;
pub(crate) mod num;
pub(crate) mod simd;
mod trap;
mod types;
mod v128;

pub use features::Features;
pub(crate) use index::{
    DataIndex, ElemIndex, FuncIndex, GlobalIndex, MemoryIndex, TableIndex, TypeId, TypeIndex,
};
pub use trap::Trap;
pub use types::{FuncType, GlobalType, HeapType, MemoryType, Mutability, RefType, TableType, ValType};
pub use v128::V128;
