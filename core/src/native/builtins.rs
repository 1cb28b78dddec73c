//! The builtins of guests, by number: what [`abi::builtin`] lists.
//!
//! In: an instance and what machine code asks of it. Out: the answer; or the reason to stop, in the store, with the call
//! suspended where it can go on. They run on the host's stack.

use core::ptr::NonNull;

use super::call::reach;
use super::switch::leave_for_host;
use super::{Answer, builtin, short};
use crate::abi;
use crate::vm::bulk::{self, BYTES_PER_FUEL, ELEMENTS_PER_FUEL};
use crate::vm::{Instance, Raised, VmFunc, VmInstance, VmStore};
use crate::wasm::{MemoryIndex, Trap};

type Builtin = unsafe extern "sysv64" fn();

/// The table that a store's [`Machine::builtins`](crate::vm::Machine) points to.
pub(crate) static BUILTINS: [Builtin; abi::builtin::COUNT] = {
    let mut table = [builtin!(trap); abi::builtin::COUNT];
    table[abi::builtin::TRAP] = builtin!(trap);
    table[abi::builtin::HOST_CALL] = leave_for_host;
    table[abi::builtin::POLL] = builtin!(poll);
    table[abi::builtin::OUT_OF_FUEL] = builtin!(out_of_fuel);
    table[abi::builtin::MEMORY_GROW] = builtin!(memory_grow);
    table[abi::builtin::MEMORY_INIT] = builtin!(memory_init);
    table[abi::builtin::MEMORY_COPY] = short::copy;
    table[abi::builtin::MEMORY_FILL] = short::fill;
    table[abi::builtin::DATA_DROP] = builtin!(data_drop);
    table[abi::builtin::TABLE_GROW] = builtin!(table_grow);
    table[abi::builtin::TABLE_INIT] = builtin!(table_init);
    table[abi::builtin::TABLE_COPY] = builtin!(table_copy);
    table[abi::builtin::TABLE_FILL] = builtin!(table_fill);
    table[abi::builtin::COMPILE] = builtin!(compile);
    table[abi::builtin::ELEM_DROP] = builtin!(elem_drop);
    table[abi::builtin::STACK] = builtin!(stack);
    table
};

/// A builtin's view of whom it works for. Machine code has called it with the instance, so that instance and store are
/// live, and nobody refers to the store while it runs.
struct Guest {
    instance: NonNull<VmInstance>,
    /// The builtin, and its arguments, to be asked again.
    function: *const (),
    arguments: [u64; 5],
}

impl Guest {
    fn new(instance: NonNull<VmInstance>, function: *const (), arguments: [u64; 5]) -> Self {
        Self { instance, function, arguments }
    }

    fn record(&self) -> &Instance {
        // SAFETY: the instance's own pointer, which was made from a whole record.
        unsafe { Instance::of(self.instance) }
    }

    fn store(&self) -> *mut VmStore {
        // SAFETY: see the head of this type.
        unsafe { self.instance.as_ref() }.store
    }

    /// Does something with the store, of which nobody else holds a reference.
    fn with_store<R>(&self, work: impl FnOnce(&mut VmStore) -> R) -> R {
        // SAFETY: see the head of this type; the reference ends here.
        work(unsafe { &mut *self.store() })
    }

    /// The answer to what went well, or the end of the call, or its suspension.
    fn answer(&self, result: Result<u64, Raised>) -> Answer {
        match result {
            Ok(value) => Answer::value(value),
            Err(raised) => self.stop(raised),
        }
    }

    #[cold]
    fn stop(&self, raised: Raised) -> Answer {
        let later = matches!(raised, Raised::Trap(Trap::Interrupted | Trap::OutOfFuel, _));
        self.raise(raised, later)
    }

    fn raise(&self, raised: Raised, later: bool) -> Answer {
        self.with_store(|store| store.raised = Some(raised));
        match later {
            // SAFETY: what machine code has called, and with what.
            true => unsafe { Answer::again(self.instance, self.function, self.arguments) },
            false => Answer::raised(),
        }
    }

    /// A bulk operation: where it costs nothing and is not divided, at once; otherwise by `slowly`.
    #[inline(always)]
    fn at_once(
        instance: NonNull<VmInstance>,
        len: u64,
        work: impl FnOnce(&Instance) -> Result<(), Trap>,
        slowly: impl FnOnce() -> Answer,
    ) -> Answer {
        // SAFETY: see the head of this type.
        let record = unsafe { Instance::of(instance) };
        let options = record.module().options;
        if options.fuel || options.interruption && len > bulk::BYTES {
            return slowly();
        }
        match work(record) {
            Ok(()) => Answer::value(0),
            Err(trap) => Self::new(instance, core::ptr::null(), [0; 5]).stop(trap.into()),
        }
    }

    /// A bulk operation: pays for it, does it in pieces.
    fn bulk(
        &self,
        len: u64,
        per_fuel: u64,
        many: u64,
        piece: impl Fn(&Instance, u64, u64) -> Result<(), Trap>,
    ) -> Answer {
        let record = self.record();
        let options = record.module().options;
        let done = self.with_store(|store| {
            store.charge(options, len / per_fuel)?;
            store.in_pieces(options, len, many, |done, len| piece(record, done, len))
        });
        self.answer(done.map(|()| 0).map_err(Raised::from))
    }
}

/// Two indices in one argument.
fn pair(both: u64) -> (u32, u32) {
    (both as u32, (both >> 32) as u32)
}

extern "sysv64" fn trap(instance: NonNull<VmInstance>, code: u64) -> Answer {
    let guest = Guest::new(instance, trap as *const (), [code, 0, 0, 0, 0]);
    let trap = u8::try_from(code).ok().and_then(Trap::from_code).unwrap_or(Trap::Unreachable);
    guest.answer(Err(trap.into()))
}

extern "sysv64" fn poll(instance: NonNull<VmInstance>) -> Answer {
    let guest = Guest::new(instance, poll as *const (), [0; 5]);
    // Machine code counts by itself.
    let over =
        guest.with_store(|store| store.stop.asked() || store.pace.left == 0 && store.pace.read(&store.stop));
    if !over {
        return Answer::value(0);
    }
    guest.with_store(|store| store.raised = Some(Trap::Interrupted.into()));
    // Going on must get further than this poll, or a host that asks often would stop the guest.
    // SAFETY: what machine code has called this with.
    unsafe { Answer::suspend(instance) }
}

extern "sysv64" fn out_of_fuel(instance: NonNull<VmInstance>, cost: u64) -> Answer {
    let guest = Guest::new(instance, out_of_fuel as *const (), [cost, 0, 0, 0, 0]);
    let paid = guest.with_store(|store| match store.fuel.checked_sub(cost) {
        Some(rest) => {
            store.fuel = rest;
            Ok(0)
        }
        None => Err(Raised::from(Trap::OutOfFuel)),
    });
    guest.answer(paid)
}

/// What a function of the host answers that has raised something. It is called again when the call goes on, unless
/// whoever resumes puts its results into the slots.
///
/// # Safety
/// Machine code has called this function with the instance, and with the slots of its values.
#[cold]
pub(crate) unsafe fn host_raised(
    instance: NonNull<VmInstance>,
    func: NonNull<VmFunc>,
    values: NonNull<u64>,
    raised: Raised,
) -> Answer {
    // SAFETY: functions live as long as their store.
    let entry = unsafe { func.as_ref() }.code;
    let guest = Guest::new(instance, entry.cast(), [func.as_ptr() as u64, values.as_ptr() as u64, 0, 0, 0]);
    guest.with_store(|store| (store.callee, store.callee_frame) = (func.as_ptr(), values.as_ptr()));
    // A trap of the host's own is none of the guest's, whatever its name.
    let later = matches!(raised, Raised::Interrupted(_) | Raised::Wait(..));
    guest.raise(raised, later)
}

extern "sysv64" fn memory_grow(instance: NonNull<VmInstance>, memory: u64, delta: u64) -> Answer {
    let guest = Guest::new(instance, memory_grow as *const (), [memory, delta, 0, 0, 0]);
    let (record, index) = (guest.record(), memory as u32);
    let grown = record.memory_grow(index, delta);
    if let Ok(Some(_)) = grown {
        let module = record.module();
        let page = module.info.memories[MemoryIndex(index)].page_size();
        let cost = delta.saturating_mul(page) / BYTES_PER_FUEL;
        guest.with_store(|store| store.drain(module.options, cost));
    }
    guest.answer(grown.map(|before| before.unwrap_or(u64::MAX)))
}

extern "sysv64" fn memory_init(
    instance: NonNull<VmInstance>,
    both: u64,
    to: u64,
    from: u64,
    len: u64,
) -> Answer {
    let guest = Guest::new(instance, memory_init as *const (), [both, to, from, len, 0]);
    let (memory, segment) = pair(both);
    guest.bulk(len, BYTES_PER_FUEL, bulk::BYTES, |record, done, piece| {
        record.memory_init(memory, segment, to.saturating_add(done), from.saturating_add(done), piece)
    })
}

pub(super) extern "sysv64" fn memory_copy(
    instance: NonNull<VmInstance>,
    both: u64,
    to: u64,
    from: u64,
    len: u64,
) -> Answer {
    let (target, source) = pair(both);
    Guest::at_once(
        instance,
        len,
        |record| record.memory_copy(target, source, to, from, len),
        || copy_slowly(instance, both, [to, from, len]),
    )
}

#[cold]
fn copy_slowly(instance: NonNull<VmInstance>, both: u64, [to, from, len]: [u64; 3]) -> Answer {
    let guest = Guest::new(instance, memory_copy as *const (), [both, to, from, len, 0]);
    let (target, source) = pair(both);
    // Pieces go the way that an overlap allows.
    let backward = to > from && guest.record().is_one_memory(target, source);
    guest.bulk(len, BYTES_PER_FUEL, bulk::BYTES, |record, done, piece| {
        let at = if backward { len - done - piece } else { done };
        record.memory_copy(target, source, to.saturating_add(at), from.saturating_add(at), piece)
    })
}

pub(super) extern "sysv64" fn memory_fill(
    instance: NonNull<VmInstance>,
    memory: u64,
    to: u64,
    byte: u64,
    len: u64,
) -> Answer {
    Guest::at_once(
        instance,
        len,
        |record| record.memory_fill(memory as u32, to, byte as u8, len),
        || fill_slowly(instance, memory, [to, byte, len]),
    )
}

#[cold]
fn fill_slowly(instance: NonNull<VmInstance>, memory: u64, [to, byte, len]: [u64; 3]) -> Answer {
    let guest = Guest::new(instance, memory_fill as *const (), [memory, to, byte, len, 0]);
    guest.bulk(len, BYTES_PER_FUEL, bulk::BYTES, |record, done, piece| {
        record.memory_fill(memory as u32, to.saturating_add(done), byte as u8, piece)
    })
}

extern "sysv64" fn data_drop(instance: NonNull<VmInstance>, segment: u64) -> Answer {
    Guest::new(instance, data_drop as *const (), [segment, 0, 0, 0, 0]).record().data_drop(segment as u32);
    Answer::value(0)
}

extern "sysv64" fn table_grow(instance: NonNull<VmInstance>, table: u64, delta: u64, value: u64) -> Answer {
    let guest = Guest::new(instance, table_grow as *const (), [table, delta, value, 0, 0]);
    let record = guest.record();
    let grown = record.table_grow(table as u32, delta, value);
    if let Ok(Some(_)) = grown {
        guest.with_store(|store| store.drain(record.module().options, delta / ELEMENTS_PER_FUEL));
    }
    guest.answer(grown.map(|before| before.unwrap_or(u64::MAX)))
}

extern "sysv64" fn table_init(
    instance: NonNull<VmInstance>,
    both: u64,
    to: u64,
    from: u64,
    len: u64,
) -> Answer {
    let guest = Guest::new(instance, table_init as *const (), [both, to, from, len, 0]);
    let (table, segment) = pair(both);
    guest.bulk(len, ELEMENTS_PER_FUEL, bulk::COMPUTED, |record, done, piece| {
        record.table_init(table, segment, to.saturating_add(done), from.saturating_add(done), piece)
    })
}

extern "sysv64" fn table_copy(
    instance: NonNull<VmInstance>,
    both: u64,
    to: u64,
    from: u64,
    len: u64,
) -> Answer {
    let guest = Guest::new(instance, table_copy as *const (), [both, to, from, len, 0]);
    let (target, source) = pair(both);
    let backward = to > from && guest.record().is_one_table(target, source);
    guest.bulk(len, ELEMENTS_PER_FUEL, bulk::ELEMENTS, |record, done, piece| {
        let at = if backward { len - done - piece } else { done };
        record.table_copy(target, source, to.saturating_add(at), from.saturating_add(at), piece)
    })
}

extern "sysv64" fn table_fill(
    instance: NonNull<VmInstance>,
    table: u64,
    to: u64,
    value: u64,
    len: u64,
) -> Answer {
    let guest = Guest::new(instance, table_fill as *const (), [table, to, value, len, 0]);
    guest.bulk(len, ELEMENTS_PER_FUEL, bulk::ELEMENTS, |record, done, piece| {
        record.table_fill(table as u32, to.saturating_add(done), value, piece)
    })
}

extern "sysv64" fn compile(instance: NonNull<VmInstance>, body: u64) -> Answer {
    let guest = Guest::new(instance, compile as *const (), [body, 0, 0, 0, 0]);
    let compile = guest.with_store(|store| store.compile);
    let Some(store) = NonNull::new(guest.store()) else {
        return Answer::value(0);
    };
    // SAFETY: no reference into the store is held, and the instance is one of it.
    let code = unsafe { compile(store, instance, body as u32) };
    guest.answer(code.map(|address| address as u64))
}

extern "sysv64" fn elem_drop(instance: NonNull<VmInstance>, segment: u64) -> Answer {
    Guest::new(instance, elem_drop as *const (), [segment, 0, 0, 0, 0]).record().elem_drop(segment as u32);
    Answer::value(0)
}

extern "sysv64" fn stack(instance: NonNull<VmInstance>, bytes: u64, sp: u64) -> Answer {
    let guest = Guest::new(instance, stack as *const (), [bytes, sp, 0, 0, 0]);
    let lowest = sp.saturating_sub(bytes) as usize;
    // SAFETY: machine code runs in the store's innermost activation.
    let reached = guest.with_store(|store| unsafe { reach(store, lowest) });
    guest.answer(reached.map(|()| 0).map_err(Raised::from))
}
