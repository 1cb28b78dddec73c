//! Machine code in memory: published, found, taken back.
//!
//! In: bytes that can lie anywhere, and what is known of places in them. Out: pages that can be run and not written,
//! and from an address in them, what is known of it. Code is copied to pages that can be written and not run, which
//! become the reverse before anybody learns of them; there is no moment at which both is possible. It does not know
//! where the bytes come from, nor how they are entered.

mod memory;
mod registry;

pub(crate) use memory::{Code, CodeMemory};
pub(crate) use registry::find;
