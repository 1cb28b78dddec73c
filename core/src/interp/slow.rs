//! The operations that may allocate or take long: sizes, growth, bulk operations, segments.
//!
//! In: a machine that stands at the operation. Out: the machine behind it, or the trap.

use super::machine::{Flow, Machine, record};
use super::meter;
use crate::bytecode::Op;
use crate::vm::{Instance, Raised, bulk};
use crate::wasm::{MemoryIndex, TableIndex, Trap};

/// Carries out this operation, which is at `ip`.
///
/// # Errors
/// Its trap, or what stops a growth; nothing has then been written.
pub(super) fn run(machine: &mut Machine, op: Op) -> Result<(), Raised> {
    meter::charge(machine, op)?;
    // SAFETY: the machine's invariant: the instance is live.
    let instance = unsafe { record(machine.instance) };
    let three = |m: &Machine| (m.src::<u64>(1), m.src::<u64>(2), m.src::<u64>(3));
    let _: Flow = match op {
        Op::MemorySize => {
            machine.dst(1, instance.memory_size(machine.u32(2)));
            machine.advance(4)
        }
        Op::MemoryGrow => {
            let memory = machine.u32(3);
            let grown = instance.memory_grow(memory, machine.src(2))?;
            meter::drain_pages(machine, grown.is_some());
            let wide = instance.module().info.memories[MemoryIndex(memory)].is_64();
            machine.dst(1, or_minus_one(grown, wide));
            machine.advance(5)
        }
        Op::MemoryInit => {
            let (to, from, len) = three(machine);
            let (memory, segment) = (machine.u32(4), machine.u32(6));
            meter::in_pieces(machine, len, bulk::BYTES, |done, piece| {
                let (to, from) = (to.saturating_add(done), from.saturating_add(done));
                instance.memory_init(memory, segment, to, from, piece)
            })?;
            machine.advance(8)
        }
        Op::MemoryCopy => {
            let (to, from, len) = three(machine);
            let (target, source) = (machine.u32(4), machine.u32(6));
            // Pieces go the way that an overlap allows.
            let backward = to > from && instance.is_one_memory(target, source);
            meter::in_pieces(machine, len, bulk::BYTES, |done, piece| {
                let at = if backward { len - done - piece } else { done };
                instance.memory_copy(target, source, to.saturating_add(at), from.saturating_add(at), piece)
            })?;
            machine.advance(8)
        }
        Op::MemoryFill => {
            let (to, byte, len) = three(machine);
            let memory = machine.u32(4);
            meter::in_pieces(machine, len, bulk::BYTES, |done, piece| {
                instance.memory_fill(memory, to.saturating_add(done), byte as u8, piece)
            })?;
            machine.advance(6)
        }
        Op::DataDrop => {
            instance.data_drop(machine.u32(1));
            machine.advance(3)
        }
        _ => tables(machine, instance, op)?,
    };
    Ok(())
}

fn tables(machine: &mut Machine, instance: &Instance, op: Op) -> Result<Flow, Raised> {
    let (a, b, c) = match op {
        Op::TableFill | Op::TableCopy | Op::TableInit => {
            (machine.src::<u64>(1), machine.src::<u64>(2), machine.src::<u64>(3))
        }
        _ => (0, 0, 0),
    };
    Ok(match op {
        Op::TableSize => {
            machine.dst(1, instance.table_size(machine.u32(2)));
            machine.advance(4)
        }
        Op::TableGrow => {
            let table = machine.u32(4);
            let grown = instance.table_grow(table, machine.src(3), machine.src(2))?;
            meter::drain_elements(machine, grown.is_some());
            let wide = instance.module().info.tables[TableIndex(table)].ty.is_64();
            machine.dst(1, or_minus_one(grown, wide));
            machine.advance(6)
        }
        Op::TableFill => {
            let table = machine.u32(4);
            meter::in_pieces(machine, c, bulk::ELEMENTS, |done, piece| {
                instance.table_fill(table, a.saturating_add(done), b, piece)
            })?;
            machine.advance(6)
        }
        Op::TableCopy => {
            let (target, source) = (machine.u32(4), machine.u32(6));
            let backward = a > b && instance.is_one_table(target, source);
            meter::in_pieces(machine, c, bulk::ELEMENTS, |done, piece| {
                let at = if backward { c - done - piece } else { done };
                instance.table_copy(target, source, a.saturating_add(at), b.saturating_add(at), piece)
            })?;
            machine.advance(8)
        }
        Op::TableInit => {
            let (table, segment) = (machine.u32(4), machine.u32(6));
            meter::in_pieces(machine, c, bulk::COMPUTED, |done, piece| {
                let (to, from) = (a.saturating_add(done), b.saturating_add(done));
                instance.table_init(table, segment, to, from, piece)
            })?;
            machine.advance(8)
        }
        Op::ElemDrop => {
            instance.elem_drop(machine.u32(1));
            machine.advance(3)
        }
        _ => return Err(Trap::Unreachable.into()),
    })
}

/// A size before growth, or -1 in the width of the index.
fn or_minus_one(grown: Option<u64>, wide: bool) -> u64 {
    grown.unwrap_or(if wide { u64::MAX } else { u64::from(u32::MAX) })
}
