//! Bytecode × vm → results or a trap.
//!
//! In: a function of a store and its arguments as slots. Out: its results, or why it stopped. It does not know
//! the embedding API.
//!
//! - [`machine`]: the registers of the interpreter, and reading operands.
//! - [`scalar`], [`vector`], [`other`]: one handler per operation, made from the table where the
//!   operation only computes. **A handler never calls**: what may allocate or take long leaves to the driver,
//!   and what calls the host jumps to the one function that does, and comes back by a jump. So a handler is a leaf.
//! - [`short`]: few bytes copied or filled, without leaving.
//! - [`out`]: the way to a host function and back.
//! - [`dispatch`]: how one handler gets to the next, by tail call or by loop.
//! - [`driver`]: enters the handlers and does what they leave for.
//! - [`suspend`]: sets a stopped call aside and puts it back.

mod access;
mod backtrace;
mod dispatch;
mod driver;
mod load;
mod machine;
mod meter;
mod other;
mod out;
mod scalar;
mod short;
mod slow;
mod suspend;
mod vector;

pub use dispatch::Dispatch;
pub(crate) use dispatch::heads;
pub(crate) use driver::{Progress, abandon, call, resume, start};
pub(crate) use load::{offset_of, translate_all};
pub(crate) use suspend::Suspended;
