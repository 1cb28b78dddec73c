//! What is known of one entry into machine code while it lasts.
//!
//! In: what the switches and the fault handler write. Out: the same, for the host. It lies on the wasm stack, above the
//! frames of its call, and never moves.

use super::stack::Extent;
use crate::wasm::Trap;

/// The record of a call. The switches read and write its first fields by their offsets.
#[repr(C, align(16))]
pub(super) struct Activation {
    /// The host's stack pointer while machine code runs: above it are the host's saved registers.
    pub(super) host_sp: usize,
    /// Registers of machine code while the host runs in between, or while the call is suspended. At `exit_sp` is the
    /// address to go on at.
    pub(super) exit_sp: usize,
    pub(super) exit_fp: usize,
    pub(super) exit_context: usize,
    pub(super) exit_base: usize,
    pub(super) exit_stop: usize,
    /// The register that has the fuel, where a fault was met.
    pub(super) exit_fuel: u64,
    /// What to ask again when the call goes on: a function and its six arguments; zeros where the call goes on with an
    /// answer.
    pub(super) again: [u64; 7],
    /// What its stack is now, at that one's top.
    pub(super) extent: *mut Extent,
    /// The activation around it in its store.
    pub(super) outer: *mut (),
    /// Where its values are, above it, and how many.
    pub(super) values: *mut u64,
    pub(super) value_count: usize,
    /// The last fault.
    pub(super) fault: Option<Faulted>,
}

/// A fault that was taken for a trap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faulted {
    pub(crate) trap: Trap,
    /// The instruction.
    pub(crate) pc: usize,
    /// Its stack pointer and its frame.
    pub(crate) sp: usize,
    pub(crate) fp: usize,
    /// Its instance.
    pub(crate) context: usize,
    /// What it could not access, if that is known.
    pub(crate) address: Option<usize>,
}
