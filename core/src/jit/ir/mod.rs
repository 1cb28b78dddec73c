//! The intermediate representation: values in SSA form, in blocks with parameters.
//!
//! In: what the front says. Out: data, a text form and a verifier. It knows neither WebAssembly's stack nor
//! machine instructions.
//!
//! An instruction is 16 bytes and defines at most one value, which has the instruction's number; further results
//! are [`Op::Proj`]s of it. Blocks are numbered in reverse post-order, loops contiguous. Constants belong to no
//! block: they are made where they are used.

mod func;
mod op;
mod text;
mod vector;
mod verify;

pub(crate) use func::{Block, BlockData, Edge, Function, Inst, LoopData, NONE, Term, Value};
pub(crate) use op::{Access, Cond, Effect, FloatCond, Op, Ty};
pub(crate) use text::Listing;
pub(crate) use vector::{Vector, for_each_vector};
pub(crate) use verify::verify;
