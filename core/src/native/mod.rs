//! Machine code running: entered, left, stopped where it faults, suspended.
//!
//! In: published [code](crate::code) and a store. Out: results, or how else the code was left. It does not know the
//! embedding API, nor how code is made.
//!
//! **Two stacks.** Machine code runs on a [`Stack`] of its own, the host on the host's. A [`Call`] puts its record, the
//! [`Activation`](activation::Activation), on the wasm stack, above the first frame, so that a wasm stack is all there is
//! to know of a call that is suspended: its values are there, too, while those of a call that cannot be set aside stay where
//! the host has them ([`Record::enter`]). Whenever machine code asks for something, `switch::leave` goes back to where
//! the host's stack stood; a host function that calls a guest again puts a second activation below the frames that are
//! there.
//!
//! ```text
//!   host's stack                              wasm stack, highest address first
//!   ┌──────────────────────┐                  ┌──────────────────────────┐
//!   │ Rust: Record::enter  │                  │ values, if not elsewhere │
//!   │ saved registers      │◄──── host_sp ────│ Activation               │◄── Machine::activation
//!   ├──────────────────────┤                  │ return to switch::enter  │
//!   │ Rust: a builtin      │                  │ frames, linked by rbp    │
//!   │  (while one runs)    │                  │                          │◄── exit_sp, while a builtin runs
//!   └──────────────────────┘                  ├──────────────────────────┤◄── Machine::stack_limit
//!                                             │ slack                    │
//!                                             │ guard: no access         │
//!                                             └──────────────────────────┘
//! ```
//!
//! **Faults.** The handler (`fault`) finds the code by the address, the store by `r15`, and the activation by the store;
//! it writes down what happened and goes on at `switch::landing`, with the stack pointer at the host's saved registers:
//! `Record::enter` returns. No frame of machine code is unwound, since none has anything to give back. Nor is one where a host
//! function panics: the unwinder finds whoever has entered right above the builtin.

mod activation;
mod backtrace;
mod builtin;
mod builtins;
mod call;
mod fault;
mod processor;
mod short;
mod stack;
mod switch;

pub(crate) use activation::Faulted;
pub(crate) use backtrace::Place;
pub(crate) use builtin::{Answer, builtin};
pub(crate) use builtins::{BUILTINS, host_raised};
pub(crate) use call::{Call, Entry, Exit, Record};
pub(crate) use fault::install;
pub(crate) use processor::keeps_wide_registers;
pub(crate) use stack::Stack;
pub(crate) use switch::leave;
