//! The machine: its registers, its instructions, how a function is lowered to them and how they become bytes.
//!
//! In: SSA. Out: [`Code`] on virtual registers, and bytes once registers are allocated. Inside compiled code no
//! register is saved by who is called; `r15` is the instance, `r14` the first byte of memory 0, `rbp` the frame.

mod abi;
mod conditions;
#[cfg(any(test, feature = "decode-back"))]
mod decode_back;
mod emit;
mod emit_call;
mod emit_float;
mod emit_int;
mod emit_move;
mod emit_stop;
mod emit_vector;
mod encode;
mod gate;
mod inst;
mod lower;
mod lower_access;
mod lower_call;
mod lower_const;
mod lower_float;
mod lower_float_lanes;
mod lower_int;
mod lower_lanes;
mod lower_shuffle;
mod lower_vector;
mod reg;
mod text;
mod thunk;
mod trampoline;
mod xmm;

pub(crate) use abi::{ArgPlace, Places};
#[cfg(any(test, feature = "decode-back"))]
pub(crate) use decode_back::leads_to;
pub(crate) use emit::Emitter;
pub(crate) use inst::{Code, Constraint, Kept, MInst, MOp, ZERO};
pub(crate) use lower::Lower;
pub(crate) use reg::{PReg, RegSet, fixed, is_virtual};
pub(crate) use text::{Line, Lowered, Named, Operand};
