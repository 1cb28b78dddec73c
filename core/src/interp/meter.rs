//! What bulk operations cost, and how they stop in the middle.
//!
//! In: a machine that stands at a bulk operation. Out: the fuel is paid, the work done in pieces; or the reason
//! to stop, with how far it came noted in the store, so that the operation goes on from there.

use super::machine::{Machine, record};
use crate::bytecode::Op;
use crate::translate::Options;
use crate::vm::VmStore;
use crate::wasm::{MemoryIndex, Trap};

/// Bytes of a bulk operation that cost as much as one operator.
const BYTES_PER_FUEL: u64 = 64;
/// Elements of a bulk operation that cost as much as one operator.
const ELEMENTS_PER_FUEL: u64 = 8;
/// What is done between two looks at the host's wish to stop: well under a millisecond's work, even where each page
/// is touched for the first time.
pub(super) const BYTES: u64 = 1 << 18;
/// As above, in elements that are copied or filled.
pub(super) const ELEMENTS: u64 = 1 << 15;
/// As above, in elements that are computed.
pub(super) const COMPUTED: u64 = 1 << 12;

/// Pays for what this operation, which is at `ip`, touches, before it does anything.
///
/// # Errors
/// [`Trap::OutOfFuel`].
pub(super) fn charge(machine: &mut Machine, op: Op) -> Result<(), Trap> {
    if !options(machine).fuel {
        return Ok(());
    }
    let cost = match op {
        Op::MemoryFill | Op::MemoryCopy | Op::MemoryInit => machine.src::<u64>(3) / BYTES_PER_FUEL,
        Op::TableFill | Op::TableCopy | Op::TableInit => machine.src::<u64>(3) / ELEMENTS_PER_FUEL,
        _ => 0,
    };
    let store = store(machine);
    // What goes on has paid already.
    if store.progress == 0 {
        store.fuel = store.fuel.checked_sub(cost).ok_or(Trap::OutOfFuel)?;
    }
    Ok(())
}

/// Pays for elements that a table has grown by: as for pages.
pub(super) fn drain_elements(machine: &mut Machine, grown: bool) {
    if grown && options(machine).fuel {
        let cost = machine.src::<u64>(3) / ELEMENTS_PER_FUEL;
        let store = store(machine);
        store.fuel = store.fuel.saturating_sub(cost);
    }
}

/// Pays for pages that a memory has grown by, as far as there is fuel: growth that has happened cannot fail.
pub(super) fn drain_pages(machine: &mut Machine, grown: bool) {
    if grown && options(machine).fuel {
        // SAFETY: the machine's invariant: the instance is live.
        let module = unsafe { record(machine.instance) }.module();
        let page = module.info.memories[MemoryIndex(machine.u32(3))].page_size();
        let cost = machine.src::<u64>(2).saturating_mul(page) / BYTES_PER_FUEL;
        let store = store(machine);
        store.fuel = store.fuel.saturating_sub(cost);
    }
}

/// Does an operation on `len` bytes or elements: at once, or in pieces of so `many` where it can be interrupted.
/// `piece` gets how many are done and how many to do; a piece of 0 only checks that its place is in bounds.
///
/// # Errors
/// `piece`'s, before anything is written; [`Trap::Interrupted`].
pub(super) fn in_pieces(
    machine: &mut Machine,
    len: u64,
    many: u64,
    piece: impl Fn(u64, u64) -> Result<(), Trap>,
) -> Result<(), Trap> {
    if !options(machine).interruption || len <= many {
        return piece(0, len);
    }
    let store = store(machine);
    if store.progress == 0 {
        piece(len, 0)?;
        piece(0, 0)?;
    }
    while store.progress < len {
        let next = many.min(len - store.progress);
        piece(store.progress, next)?;
        store.progress += next;
        if store.progress < len && store.stop.due() {
            return Err(Trap::Interrupted);
        }
    }
    store.progress = 0;
    Ok(())
}

fn options(machine: &Machine) -> Options {
    // SAFETY: the machine's invariant: the instance is live.
    unsafe { record(machine.instance) }.module().options
}

fn store(machine: &mut Machine) -> &mut VmStore {
    // SAFETY: the instance's store is live, and the driver, who alone uses it, waits for the operation.
    unsafe { &mut *machine.instance().store }
}
