//! Handlers of the operations that do more than compute: moves, control, calls, globals, tables.
//!
//! In: operands. Out: the next place, or a reason to leave. Operations that may allocate or take long are
//! only announced here; [`slow`](super::slow) carries them out.

use super::dispatch::Handler;
use super::machine::{Exit, Flow, Machine, Slot};
use super::scalar::handler;
use crate::bytecode::{HEAD_UNITS, Op};
use crate::vm::{VmFunc, VmGlobal, VmTable};
use crate::wasm::{Trap, V128, num, simd};

/// Units of the operation that follows a call which may leave the instance.
const RESTORE_UNITS: usize = HEAD_UNITS + 1;

handler!(Copy, |m| {
    let value: u64 = m.src(2);
    m.dst(1, value);
    m.advance(3)
});
handler!(Copy128, |m| {
    let value = m.src_vector(2);
    m.dst_vector(1, value);
    m.advance(3)
});
handler!(CopyMany, |m| {
    let (to, from) = (usize::from(m.unit(1)), usize::from(m.unit(2)));
    // Upward, slot by slot: values only ever move down.
    for slot in 0..usize::from(m.unit(3)) {
        let value = m.read(from + slot);
        m.write_slowly(to + slot, value);
    }
    m.advance(4)
});
handler!(CopyTwo, |m| {
    let value: u64 = m.src(2);
    m.dst(1, value);
    let value: u64 = m.src(4);
    m.dst(3, value);
    m.advance(5)
});
handler!(CopyBr, |m| {
    let value: u64 = m.src(2);
    m.dst(1, value);
    m.branch(3)
});
handler!(Const32, |m| {
    let value = m.u32(2);
    m.dst(1, value);
    m.advance(4)
});
handler!(Const64, |m| {
    let value = m.u64(2);
    m.dst(1, value);
    m.advance(6)
});
handler!(Const128, |m| {
    let value = m.vector(2);
    m.dst_vector(1, value);
    m.advance(10)
});
handler!(Select, |m| {
    let value: u64 = if m.src::<u32>(2) != 0 { m.src(3) } else { m.src(4) };
    m.dst(1, value);
    m.advance(5)
});
handler!(SelectAcc, |m| {
    let value: u64 = if m.acc as u32 != 0 { m.src(3) } else { m.src(4) };
    m.dst(1, value);
    m.advance(5)
});
handler!(Select128, |m| {
    let value = if m.src::<u32>(2) != 0 { m.src_vector(3) } else { m.src_vector(4) };
    m.dst_vector(1, value);
    m.advance(5)
});

handler!(GlobalGet, |m| {
    // SAFETY: globals of a live instance are live.
    let value = unsafe { (*m.global(2)).bits } as u64;
    m.dst(1, value);
    m.advance(4)
});
handler!(GlobalSet, |m| {
    let value: u64 = m.src(1);
    // SAFETY: globals of a live instance are live, and nobody else writes meanwhile.
    unsafe { (*m.global(2)).bits = u128::from(value) }
    m.advance(4)
});
handler!(GlobalGet128, |m| {
    // SAFETY: as for `GlobalGet`.
    let bits = unsafe { (*m.global(2)).bits };
    m.dst_vector(1, V128::from(bits));
    m.advance(4)
});
handler!(GlobalSet128, |m| {
    let bits = u128::from_le_bytes(m.src_vector(1).to_bytes());
    // SAFETY: as for `GlobalSet`.
    unsafe { (*m.global(2)).bits = bits }
    m.advance(4)
});
handler!(RefFunc, |m| {
    let func = m.function(m.u32(2)) as u64;
    m.dst(1, func);
    m.advance(4)
});

handler!(Enter, |m| m.begin_frame());
handler!(Unreachable, |_m| Trap::Unreachable.into());
handler!(Br, |m| m.branch(1));
handler!(BrIf, |m| if m.src::<u32>(1) != 0 { m.branch(2) } else { m.advance(4) });
handler!(BrIfNot, |m| if m.src::<u32>(1) == 0 { m.branch(2) } else { m.advance(4) });
handler!(BrIfAcc, |m| if m.acc as u32 != 0 { m.branch(2) } else { m.advance(4) });
handler!(BrIfNotAcc, |m| if m.acc as u32 == 0 { m.branch(2) } else { m.advance(4) });
handler!(BrTable, |m| {
    let target = m.src::<u32>(1).min(m.u32(2)) as usize;
    m.branch(4 + 2 * target)
});
handler!(Return, |m| m.leave(usize::from(m.unit(1))));
handler!(ReturnSlot, |m| {
    let value: u64 = m.src(2);
    m.write(0, value);
    m.leave(usize::from(m.unit(1)))
});
handler!(ReturnAcc, |m| {
    let value = m.acc;
    m.write(0, value);
    m.leave(usize::from(m.unit(1)))
});
handler!(Call, |m| {
    // SAFETY: the code names bodies that its module has.
    let code = unsafe { m.instance().code.add(m.u32(1) as usize) };
    // SAFETY: as above; the map lives as long as the module, which the instance keeps.
    let entry = unsafe { &*code }.entry();
    m.enter(entry, usize::from(m.unit(3)), usize::from(m.unit(4)), 5)
});
handler!(CallImport, |m| {
    let callee = m.function(m.u32(1));
    m.call(callee, usize::from(m.unit(3)), usize::from(m.unit(4)), 5)
});
handler!(CallIndirect, |m| match m.table_callee(1) {
    Ok(callee) => m.call(callee, usize::from(m.unit(6)), usize::from(m.unit(8)), 9),
    Err(trap) => trap.into(),
});
handler!(ReturnCall, |m| {
    // SAFETY: the code names bodies that its module has.
    let code = unsafe { m.instance().code.add(m.u32(1) as usize) };
    // SAFETY: as above.
    let entry = unsafe { &*code }.entry();
    let (base, arguments) = (usize::from(m.unit(3)), usize::from(m.unit(4)));
    m.tail_enter(entry, base, arguments, usize::from(m.unit(5)), usize::from(m.unit(6)))
});
handler!(ReturnCallImport, |m| {
    let callee = m.function(m.u32(1));
    m.tail_call(callee, usize::from(m.unit(3)), usize::from(m.unit(4)), Exit::TAIL_CALL)
});
handler!(ReturnCallIndirect, |m| match m.table_callee(1) {
    Ok(callee) => {
        m.tail_call(callee, usize::from(m.unit(6)), usize::from(m.unit(7)), Exit::TAIL_CALL_INDIRECT)
    }
    Err(trap) => trap.into(),
});
handler!(RestoreInstance, |m| {
    let instance = m.read(usize::from(m.unit(1))) as *mut _;
    // SAFETY: the call before this operation has put the frame's own instance there.
    unsafe { m.switch(instance) }
    m.advance(2)
});
handler!(SwitchBack, |m| {
    // The driver has laid these four out under the frame that just returned.
    let instance = m.read(0) as *mut _;
    let (back, distance, results) = (m.read(1), m.read(2), m.read(3));
    for slot in 0..results as usize {
        let value = m.read(slot + super::driver::SWITCH_SLOTS);
        m.write_slowly(slot, value);
    }
    // SAFETY: the driver has put a live instance there.
    unsafe { m.switch(instance) }
    m.sp = m.sp.wrapping_sub(distance as usize);
    m.ip = back as *const u16;
    Flow::Next
});
handler!(Halt, |_m| Flow::Leave(Exit::HALT));
handler!(Lazy, |_m| Flow::Leave(Exit::LAZY));
handler!(Fuel, |m| {
    let store = m.instance().store;
    // SAFETY: the instance's store is live.
    let fuel = unsafe { (*store).fuel };
    match fuel.checked_sub(u64::from(m.u32(1))) {
        Some(rest) => {
            // SAFETY: as above, and the driver waits for the handlers.
            unsafe { (*store).fuel = rest }
            m.advance(3)
        }
        None => Flow::Leave(Exit::OUT_OF_FUEL),
    }
});
handler!(Poll, |m| {
    let store = m.instance().store;
    // SAFETY: the instance's store is live.
    let stop = unsafe { &(*store).stop };
    if stop.asked() {
        return Flow::Leave(Exit::INTERRUPTED);
    }
    // SAFETY: as above.
    let left = unsafe { (*store).pace.left }.wrapping_sub(1);
    // SAFETY: as above, and the driver waits for the handlers.
    unsafe { (*store).pace.left = left }
    if left == 0 { Flow::Leave(Exit::LOOK) } else { m.advance(1) }
});

macro_rules! slow {
    ($($name:ident)*) => { $(handler!($name, |_m| Flow::Leave(Exit::slow(Op::$name)));)* };
}
slow! {
    MemorySize MemoryGrow MemoryInit DataDrop
    TableSize TableGrow TableFill TableCopy TableInit ElemDrop
}

handler!(MemoryCopy, |m| {
    let (to, from, len) = (m.src(1), m.src(2), m.src(3));
    if m.u32(4) | m.u32(6) == 0 && m.copy_short(to, from, len) {
        return m.advance(8);
    }
    Flow::Leave(Exit::slow(Op::MemoryCopy))
});
handler!(MemoryFill, |m| {
    let (to, byte, len) = (m.src(1), m.src::<u32>(2) as u8, m.src(3));
    if m.u32(4) == 0 && m.fill_short(to, byte, len) {
        return m.advance(6);
    }
    Flow::Leave(Exit::slow(Op::MemoryFill))
});

handler!(TableGet, |m| match m.table_element(m.u32(3), m.src(2)) {
    Some(element) => {
        // SAFETY: `element` lies in the table.
        let value = unsafe { *element };
        m.dst(1, value);
        m.advance(5)
    }
    None => Trap::TableOutOfBounds.into(),
});
handler!(TableSet, |m| match m.table_element(m.u32(3), m.src(1)) {
    Some(element) => {
        let value: u64 = m.src(2);
        // SAFETY: `element` lies in the table, and nobody else uses it meanwhile.
        unsafe { *element = value }
        m.advance(5)
    }
    None => Trap::TableOutOfBounds.into(),
});

handler!(I32AddImmTwo, |m| {
    m.bump(1);
    m.bump(5);
    m.advance(9)
});
handler!(I32AddImmBrIf, |m| if m.bump(1) != 0 { m.branch(5) } else { m.advance(7) });
handler!(I32AddImmBrNe, |m| if m.bump(1) != m.src(5) { m.branch(6) } else { m.advance(8) });
handler!(I32AddImmBrNeImm, |m| if m.bump(1) != m.u32(5) as i32 { m.branch(7) } else { m.advance(9) });
handler!(I32AddImmBrLtSImm, |m| if m.bump(1) < m.u32(5) as i32 { m.branch(7) } else { m.advance(9) });
handler!(I32AddImmBrLtUImm, |m| if (m.bump(1) as u32) < m.u32(5) { m.branch(7) } else { m.advance(9) });
handler!(I32AddImmBrLtS, |m| if m.bump(1) < m.src(5) { m.branch(6) } else { m.advance(8) });
handler!(I32AddImmBrLtU, |m| if (m.bump(1) as u32) < m.src(5) { m.branch(6) } else { m.advance(8) });

/// A product, rounded, and then a sum or difference: `a * b + c`, `c - a * b`.
macro_rules! products {
    ($($ty:ty: $add:ident $add_acc:ident $sub:ident $sub_acc:ident $mul:ident $plus:ident $minus:ident;)*) => {
        $(handler!($add, |m| {
            let value: $ty = num::$plus(num::$mul(m.src(2), m.src(3)), m.src(4));
            m.dst(1, value);
            m.advance(5)
        });
        handler!($add_acc, |m| {
            let value: $ty = num::$plus(num::$mul(<$ty>::from_acc(m), m.src(3)), m.src(4));
            m.dst(1, value);
            m.advance(5)
        });
        handler!($sub, |m| {
            let value: $ty = num::$minus(m.src(4), num::$mul(m.src(2), m.src(3)));
            m.dst(1, value);
            m.advance(5)
        });
        handler!($sub_acc, |m| {
            let value: $ty = num::$minus(m.src(4), num::$mul(<$ty>::from_acc(m), m.src(3)));
            m.dst(1, value);
            m.advance(5)
        });)*
    };
}
products! {
    f32: F32MulAdd F32MulAddAcc F32MulSub F32MulSubAcc f32_mul f32_add f32_sub;
    f64: F64MulAdd F64MulAddAcc F64MulSub F64MulSubAcc f64_mul f64_add f64_sub;
}

handler!(F32x4MulAdd, |m| {
    let product = simd::f32x4_mul(m.src_vector(2), m.src_vector(3));
    let value = simd::f32x4_add(product, m.src_vector(4));
    m.dst_vector(1, value);
    m.advance(5)
});
handler!(F64x2MulAdd, |m| {
    let product = simd::f64x2_mul(m.src_vector(2), m.src_vector(3));
    let value = simd::f64x2_add(product, m.src_vector(4));
    m.dst_vector(1, value);
    m.advance(5)
});

handler!(I64Add128, |m| {
    let (low, high) = num::i64_add128(m.src(3), m.src(4), m.src(5), m.src(6));
    m.dst(1, low);
    m.dst(2, high);
    m.advance(7)
});
handler!(I64Sub128, |m| {
    let (low, high) = num::i64_sub128(m.src(3), m.src(4), m.src(5), m.src(6));
    m.dst(1, low);
    m.dst(2, high);
    m.advance(7)
});
handler!(I64MulWideS, |m| {
    let (low, high) = num::i64_mul_wide_s(m.src(3), m.src(4));
    m.dst(1, low);
    m.dst(2, high);
    m.advance(5)
});
handler!(I64MulWideU, |m| {
    let (low, high) = num::i64_mul_wide_u(m.src(3), m.src(4));
    m.dst(1, low);
    m.dst(2, high);
    m.advance(5)
});

handler!(I8x16Shuffle, |m| {
    let lanes = m.vector(4).to_bytes();
    let value = simd::i8x16_shuffle(m.src_vector(2), m.src_vector(3), lanes);
    m.dst_vector(1, value);
    m.advance(12)
});
handler!(V128Store, |m| {
    let value = m.src_vector(2).to_bytes();
    m.store(1, 3, value)
});
handler!(V128StoreSum, |m| {
    let value = m.src_vector(4).to_bytes();
    m.store_sum(1, 5, value)
});
handler!(V128StoreAny, |m| {
    let value = m.src_vector(2).to_bytes();
    m.store_any(1, 3, value)
});
handler!(CanonF32, |m| {
    let value = num::canonicalize_f32(m.src(1));
    m.dst(1, value);
    m.advance(2)
});
handler!(CanonF64, |m| {
    let value = num::canonicalize_f64(m.src(1));
    m.dst(1, value);
    m.advance(2)
});
handler!(CanonF32x4, |m| {
    let value = simd::canonicalize_f32x4(m.src_vector(1));
    m.dst_vector(1, value);
    m.advance(2)
});
handler!(CanonF64x2, |m| {
    let value = simd::canonicalize_f64x2(m.src_vector(1));
    m.dst_vector(1, value);
    m.advance(2)
});

impl Machine {
    /// Adds the constant behind two slots to the second and puts the sum, which it returns, into the first.
    #[inline(always)]
    fn bump(&mut self, at: usize) -> i32 {
        let sum = self.src::<i32>(at + 1).wrapping_add(self.u32(at + 2) as i32);
        self.dst(at, sum);
        sum
    }

    /// The vector at a distance from the operation's start.
    #[inline(always)]
    fn vector(&self, at: usize) -> V128 {
        V128::from(u128::from(self.u64(at)) | u128::from(self.u64(at + 4)) << 64)
    }

    /// The global whose number stands at a distance from the operation's start.
    #[inline(always)]
    fn global(&self, at: usize) -> *mut VmGlobal {
        // SAFETY: the code names globals that the instance has.
        let global = unsafe { self.instance().globals.add(self.u32(at) as usize) };
        // SAFETY: as above.
        unsafe { *global }.as_ptr()
    }

    /// A function of the instance.
    #[inline(always)]
    fn function(&self, number: u32) -> *const VmFunc {
        // SAFETY: the code names functions that the instance has.
        let func = unsafe { self.instance().functions.add(number as usize) };
        // SAFETY: as above.
        unsafe { *func }.as_ptr()
    }

    /// The place of a table's element.
    #[inline(always)]
    fn table_element(&self, table: u32, index: u64) -> Option<*mut u64> {
        // SAFETY: the code names tables that the instance has.
        let table = unsafe { self.instance().tables.add(table as usize) };
        // SAFETY: as above.
        let table: *const VmTable = unsafe { *table }.as_ptr();
        // SAFETY: tables of a live instance are live.
        if index >= unsafe { (*table).len } as u64 {
            return None;
        }
        // SAFETY: as above.
        let elements = unsafe { (*table).elements };
        // SAFETY: the index lies in the table.
        Some(unsafe { elements.add(index as usize) })
    }

    /// The function that an indirect call goes to, through the operands `table type index` at `at`.
    #[inline(always)]
    fn table_callee(&self, at: usize) -> Result<*const VmFunc, Trap> {
        let element = self.table_element(self.u32(at), self.src(at + 4)).ok_or(Trap::UndefinedElement)?;
        // SAFETY: `element` lies in the table.
        let callee = unsafe { *element } as *const VmFunc;
        if callee.is_null() {
            return Err(Trap::IndirectCallToNull);
        }
        // SAFETY: references to functions are null or point to functions of the store.
        if unsafe { (*callee).type_id.0 } != self.u32(at + 2) {
            return Err(Trap::BadSignature);
        }
        Ok(callee)
    }

    /// Calls a function of any kind. An operation that restores the instance follows the call.
    #[inline(always)]
    fn call(&mut self, callee: *const VmFunc, base: usize, home: usize, units: usize) -> Flow {
        // SAFETY: `callee` is a function of the store.
        let func = unsafe { &*callee };
        if func.is_host() {
            let frame = self.slot(base);
            self.advance(units + RESTORE_UNITS);
            return self.leave_to(callee, frame, Exit::HOST_CALL);
        }
        let same = func.instance == self.instance;
        let units = if same { units + RESTORE_UNITS } else { units };
        if !same {
            self.write(home, self.instance as u64);
            // SAFETY: the instance of a function of the store is live.
            unsafe { self.switch(func.instance) }
        }
        let header = base + func.value_slots();
        let entry = self.entry_of(func);
        self.enter(entry, base, header, units)
    }

    /// Tail-calls a function of any kind; another instance's, and the host's, through the driver.
    #[inline(always)]
    fn tail_call(&mut self, callee: *const VmFunc, base: usize, header: usize, exit: Exit) -> Flow {
        // SAFETY: `callee` is a function of the store.
        let func = unsafe { &*callee };
        if func.instance != self.instance {
            return self.leave_to(callee, self.slot(base), exit);
        }
        let entry = self.entry_of(func);
        self.tail_enter(entry, base, func.param_slots as usize, header, func.value_slots())
    }

    /// Where the code of a defined function starts.
    #[inline(always)]
    fn entry_of(&self, func: &VmFunc) -> *const u16 {
        // SAFETY: a defined function's instance is live.
        let code = unsafe { (*func.instance).code };
        // SAFETY: a defined function's index is a body of its module.
        let code = unsafe { code.add(func.index as usize) };
        // SAFETY: as above.
        unsafe { &*code }.entry()
    }

    /// Replaces this frame by the callee's: its arguments move down, its header returns where ours did.
    #[inline(always)]
    fn tail_enter(
        &mut self,
        entry: *const u16,
        base: usize,
        arguments: usize,
        header: usize,
        callee_header: usize,
    ) -> Flow {
        let (back, distance) = (self.read(header), self.read(header + 1));
        for slot in 0..arguments {
            let value = self.read(base + slot);
            self.write_slowly(slot, value);
        }
        self.write(callee_header, back);
        self.write(callee_header + 1, distance);
        self.ip = entry;
        Flow::Next
    }

    /// Leaves to the driver, which calls `callee` with the values at `frame`.
    #[inline(always)]
    fn leave_to(&mut self, callee: *const VmFunc, frame: *mut u64, exit: Exit) -> Flow {
        let store = self.instance().store;
        // SAFETY: the instance's store is live, and the driver waits for the handlers.
        unsafe { (*store).callee = callee }
        // SAFETY: as above.
        unsafe { (*store).callee_frame = frame }
        Flow::Leave(exit)
    }
}
