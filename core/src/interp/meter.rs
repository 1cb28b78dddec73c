//! What bulk operations cost, and how they stop in the middle, for the interpreter.
//!
//! In: a machine that stands at a bulk operation. Out: what [`bulk`](crate::vm::bulk) makes of its operands.

use super::machine::{Machine, record};
use crate::bytecode::Op;
use crate::translate::Options;
use crate::vm::VmStore;
use crate::vm::bulk::{BYTES_PER_FUEL, ELEMENTS_PER_FUEL};
use crate::wasm::{MemoryIndex, Trap};

/// Pays for what this operation, which is at `ip`, touches, before it does anything.
///
/// # Errors
/// [`Trap::OutOfFuel`].
pub(super) fn charge(machine: &mut Machine, op: Op) -> Result<(), Trap> {
    let options = options(machine);
    if !options.fuel {
        return Ok(());
    }
    let cost = match op {
        Op::MemoryFill | Op::MemoryCopy | Op::MemoryInit => machine.src::<u64>(3) / BYTES_PER_FUEL,
        Op::TableFill | Op::TableCopy | Op::TableInit => machine.src::<u64>(3) / ELEMENTS_PER_FUEL,
        _ => 0,
    };
    store(machine).charge(options, cost)
}

/// Pays for elements that a table has grown by: as for pages.
pub(super) fn drain_elements(machine: &mut Machine, grown: bool) {
    if grown {
        let (options, cost) = (options(machine), machine.src::<u64>(3) / ELEMENTS_PER_FUEL);
        store(machine).drain(options, cost);
    }
}

/// Pays for pages that a memory has grown by, as far as there is fuel: growth that has happened cannot fail.
pub(super) fn drain_pages(machine: &mut Machine, grown: bool) {
    let options = options(machine);
    if grown && options.fuel {
        // SAFETY: the machine's invariant: the instance is live.
        let module = unsafe { record(machine.instance) }.module();
        let page = module.info.memories[MemoryIndex(machine.u32(3))].page_size();
        let cost = machine.src::<u64>(2).saturating_mul(page) / BYTES_PER_FUEL;
        store(machine).drain(options, cost);
    }
}

/// Does an operation in pieces, as [`VmStore::in_pieces`] says.
///
/// # Errors
/// As there.
pub(super) fn in_pieces(
    machine: &mut Machine,
    len: u64,
    many: u64,
    piece: impl Fn(u64, u64) -> Result<(), Trap>,
) -> Result<(), Trap> {
    let options = options(machine);
    store(machine).in_pieces(options, len, many, piece)
}

fn options(machine: &Machine) -> Options {
    // SAFETY: the machine's invariant: the instance is live.
    unsafe { record(machine.instance) }.module().options
}

fn store(machine: &mut Machine) -> &mut VmStore {
    // SAFETY: the instance's store is live, and the driver, who alone uses it, waits for the operation.
    unsafe { &mut *machine.instance().store }
}
