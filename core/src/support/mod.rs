//! Containers that know nothing of WebAssembly: typed `u32` indices, fallible growth, and memory in reserve for what
//! does not know how to fail.
//!
//! In: values. Out: the same values, or [`OutOfMemory`] where a guest-sized container could not grow.

mod entity;
mod fallible;
mod few;
pub mod reserve;

pub(crate) use entity::{Entity, EntityVec, entity};
pub use fallible::OutOfMemory;
pub(crate) use fallible::{TryPush, try_boxed, try_boxed_slice, try_string, try_to_vec};
pub(crate) use few::Few;
