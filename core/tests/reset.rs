//! Resetting an instance: what is new again, what is not, and when it is refused.

mod wasm;

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ringzero::platform::{ErrorKind, Platform, Protection, Result, VirtualMemory};
use ringzero::{
    Caller, Category, Config, Engine, Error, Extern, Func, Global, GlobalType, Instance, Linker, Memory,
    MemoryType, Mutability, RefType, ResumableCall, Store, StoreLimits, StoreLimitsBuilder, Table, TableType,
    Trap, Val, ValType,
};
use wasm::{instance, module};

const PAGE: usize = 65_536;

/// Address space made of allocations, whose pages can be discarded, or not.
#[derive(Default)]
struct Pages {
    refuses: bool,
    discarded: AtomicUsize,
    reservations: AtomicUsize,
    held: AtomicUsize,
}

// SAFETY: reservations are fresh allocations, exclusive until released, and never move; `commit` and `discard`
// zero.
#[expect(unsafe_code, reason = "the trait is unsafe to implement")]
unsafe impl VirtualMemory for Pages {
    fn page_size(&self) -> usize {
        4096
    }

    fn reserve(&self, len: usize) -> Result<NonNull<u8>> {
        if len > 1 << 24 {
            return Err(ErrorKind::OutOfMemory);
        }
        self.reservations.fetch_add(1, Ordering::Relaxed);
        self.held.fetch_add(1, Ordering::Relaxed);
        Ok(NonNull::from(Box::leak(vec![0xffu8; len].into_boxed_slice())).cast())
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: the caller's promise: the range lies in a reservation, which is an allocation.
        unsafe { start.write_bytes(0, len) };
        Ok(())
    }

    unsafe fn discard(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        assert_eq!((start.as_ptr() as usize | len) % 16, 0);
        self.discarded.fetch_add(len, Ordering::Relaxed);
        // What is refused may have happened in part.
        // SAFETY: as in `commit`.
        unsafe { start.write_bytes(if self.refuses { 0xee } else { 0 }, len) };
        if self.refuses { Err(ErrorKind::Io) } else { Ok(()) }
    }

    unsafe fn protect(&self, _: NonNull<u8>, _: usize, _: Protection) -> Result<()> {
        Ok(())
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        self.held.fetch_sub(1, Ordering::Relaxed);
        let slice = std::ptr::slice_from_raw_parts_mut(start.as_ptr(), len);
        // SAFETY: the caller's promise: it is a whole reservation, which was a box of this length.
        drop(unsafe { Box::from_raw(slice) });
    }
}

impl Platform for Pages {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(self)
    }
}

const EVERYTHING: &str = r#"(module
    (import "host" "started" (func $started))
    (memory (export "m") 2) (memory $none (export "none") 0)
    (table $t (export "t") 3 funcref) (table $u (export "u") 2 externref) (table $full (export "full") 4 20 funcref)
    (global $g (export "g") (mut i32) (i32.const 7)) (global $r (export "r") (mut funcref) (ref.func $two))
    (data (i32.const 3) "abc") (data $late "late") (data (i32.const 65534) "over")
    (elem (table $t) (i32.const 1) func $two) (elem (table $full) (i32.const 0) func $two $two $two $two)
    (elem $funcs func $two $two)
    (func $two (export "two") (result i32) (i32.const 2))
    (func $start (call $started) (i32.store8 (i32.const 100) (i32.const 1))) (start $start)
    (func (export "spoil") (param externref)
        (memory.fill (i32.const 0) (i32.const 0x55) (i32.const 131072))
        (drop (memory.grow (i32.const 3)))
        (memory.fill (i32.const 131072) (i32.const 0x66) (i32.const 196608))
        (drop (memory.grow $none (i32.const 1)))
        (i32.store8 $none (i32.const 9) (i32.const 9))
        (memory.init $late (i32.const 0) (i32.const 0) (i32.const 4))
        (data.drop $late)
        (drop (table.grow $t (ref.func $two) (i32.const 1000)))
        (table.set $u (i32.const 1) (local.get 0))
        (drop (table.grow $u (local.get 0) (i32.const 5)))
        (table.fill $full (i32.const 0) (ref.null func) (i32.const 4))
        (table.init $full $funcs (i32.const 1) (i32.const 0) (i32.const 1))
        (elem.drop $funcs)
        (global.set $g (i32.const 8)) (global.set $r (ref.null func)))
    (func (export "init") (memory.init $late (i32.const 200) (i32.const 0) (i32.const 4))
        (table.init $full $funcs (i32.const 0) (i32.const 0) (i32.const 2))))"#;

/// All that can be seen of the instance's items.
fn state(store: &Store<i32>, instance: Instance) -> String {
    let mut seen = String::new();
    for export in instance.exports(store) {
        let text = match export.into_extern() {
            Extern::Memory(memory) => {
                let bytes = memory.data(store);
                let used = bytes.iter().enumerate().filter(|(_, byte)| **byte != 0);
                format!("{} {:?}", bytes.len(), used.take(1000).collect::<Vec<_>>())
            }
            Extern::Table(table) => {
                let elements = (0..table.size(store)).map(|index| {
                    table
                        .get(store, index)
                        .is_some_and(|v| !matches!(v, Val::FuncRef(None) | Val::ExternRef(None)))
                });
                format!("{:?}", elements.collect::<Vec<_>>())
            }
            Extern::Global(global) => format!("{:?}", global.get(store)).replace("FuncRef(None)", "null"),
            _ => continue,
        };
        seen.push_str(&format!("{}: {text}\n", export.name()));
    }
    seen
}

#[test]
fn what_was_reset_is_as_when_it_was_new() {
    let pages = Arc::new(Pages::default());
    let refusing = Arc::new(Pages { refuses: true, ..Pages::default() });
    let platforms: [Arc<dyn Platform>; 3] =
        [Arc::new(ringzero::platform::NoPlatform), pages.clone(), refusing.clone()];
    for platform in platforms {
        let engine = Engine::new(&Config::new().platform(platform)).unwrap();
        let mut linker = Linker::new(&engine);
        linker.func_wrap("host", "started", |mut caller: Caller<'_, i32>| *caller.data_mut() += 1).unwrap();
        let mut store = Store::new(&engine, 0);
        let instance = linker.instantiate(&mut store, &module(&engine, EVERYTHING)).unwrap();
        let (new, usage) = (state(&store, instance), store.usage());
        let value = ringzero::ExternRef::new(&mut store, 5u8).unwrap();
        let spoil = instance.get_typed_func::<Option<ringzero::ExternRef>, ()>(&store, "spoil").unwrap();
        let init = instance.get_typed_func::<(), ()>(&store, "init").unwrap();
        let memory = instance.get_memory(&store, "m").unwrap();
        for round in 1..4 {
            assert_eq!(*store.data(), round);
            spoil.call(&mut store, Some(value)).unwrap();
            assert_ne!(state(&store, instance), new);
            assert_eq!(init.call(&mut store, ()).unwrap_err().trap(), Some(Trap::MemoryOutOfBounds));
            instance.reset(&mut store).unwrap();
            assert_eq!(state(&store, instance), new);
            let now = store.usage();
            assert_eq!(
                (now.memory_bytes, now.table_elements, now.functions),
                (usage.memory_bytes, usage.table_elements, usage.functions)
            );
            // What it grows by again is zero.
            memory.grow(&mut store, 3).unwrap();
            assert!(memory.data(&store)[2 * PAGE..].iter().all(|byte| *byte == 0));
            // Segments that were dropped are there.
            init.call(&mut store, ()).unwrap();
            instance.reset(&mut store).unwrap();
            *store.data_mut() -= 1;
        }
    }
    assert!(pages.discarded.load(Ordering::Relaxed) > 0 && refusing.discarded.load(Ordering::Relaxed) > 0);
}

#[test]
fn what_is_imported_is_not_reset_but_for_what_instantiation_writes() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let table =
        Table::new(&mut store, TableType::new(RefType::FUNCREF, 2, None), Val::FuncRef(None)).unwrap();
    let ty = GlobalType::new(ValType::I32, Mutability::Var);
    let global = Global::new(&mut store, ty, Val::I32(1)).unwrap();
    let text = r#"(module (import "" "m" (memory 1)) (import "" "t" (table 2 funcref))
        (import "" "g" (global $g (mut i32))) (global $own (mut i32) (i32.const 3))
        (data (i32.const 1) "x") (elem (i32.const 1) $f)
        (func $f) (func (export "own") (result i32) (global.get $own)))"#;
    let imports = [memory.into(), table.into(), global.into()];
    let instance = Instance::new(&mut store, &module(&engine, text), &imports).unwrap();
    memory.data_mut(&mut store)[..3].copy_from_slice(b"abc");
    memory.grow(&mut store, 1).unwrap();
    table.set(&mut store, 1, Val::FuncRef(None)).unwrap();
    global.set(&mut store, Val::I32(9)).unwrap();
    instance.reset(&mut store).unwrap();
    assert_eq!((&memory.data(&store)[..3], memory.size(&store)), (&b"axc"[..], 2));
    assert!(matches!(table.get(&store, 1), Some(Val::FuncRef(Some(_)))));
    assert!(matches!(global.get(&store), Val::I32(9)));
}

#[test]
fn it_is_refused_while_a_call_is_running_or_suspended() {
    let engine = Engine::new(&Config::new().fuel(true)).unwrap();
    let mut linker = Linker::<Option<Instance>>::new(&engine);
    linker
        .func_wrap("host", "reset", |mut caller: Caller<'_, Option<Instance>>| {
            let instance = caller.data().ok_or_else(|| Error::message("no instance"))?;
            instance.reset(&mut caller)
        })
        .unwrap();
    let text = r#"(module (import "host" "reset" (func $reset)) (global $g (export "g") (mut i32) (i32.const 1))
        (func (export "inside") (global.set $g (i32.const 2)) (call $reset))
        (func (export "add") (global.set $g (i32.add (global.get $g) (i32.const 1)))))"#;
    let mut store = Store::new(&engine, None);
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    *store.data_mut() = Some(instance);
    store.set_fuel(1000).unwrap();
    let global = instance.get_global(&store, "g").unwrap();
    let value = |store: &Store<Option<Instance>>| match global.get(store) {
        Val::I32(value) => value,
        _ => panic!("it is an i32"),
    };
    let inside = instance.get_typed_func::<(), ()>(&store, "inside").unwrap();
    assert_eq!(inside.call(&mut store, ()).unwrap_err().category(), Category::Misuse);
    assert_eq!(value(&store), 2);
    instance.reset(&mut store).unwrap();
    assert_eq!(value(&store), 1);

    let add: Func = instance.get_func(&store, "add").unwrap();
    let suspended = |store: &mut Store<Option<Instance>>| {
        store.set_fuel(0).unwrap();
        match add.call_resumable(&mut *store, &[], &mut []).unwrap() {
            ResumableCall::Suspended(suspension) => suspension,
            ResumableCall::Finished => panic!("there is no fuel"),
        }
    };
    let (one, two) = (suspended(&mut store), suspended(&mut store));
    assert_eq!(instance.reset(&mut store).unwrap_err().category(), Category::Misuse);
    drop(one);
    assert_eq!(instance.reset(&mut store).unwrap_err().category(), Category::Misuse);
    store.set_fuel(100).unwrap();
    assert!(matches!(two.resume(&mut store, &mut []).unwrap(), ResumableCall::Finished));
    assert_eq!(value(&store), 2);
    instance.reset(&mut store).unwrap();
    assert_eq!(value(&store), 1);

    let (mut other, foreign) = (Store::new(&engine, ()), instance);
    assert_eq!(foreign.reset(&mut other).unwrap_err().category(), Category::Misuse);
}

#[test]
fn what_was_grown_is_free_for_others() {
    let engine = Engine::default();
    let limits = StoreLimitsBuilder::new().total_memory(4 * PAGE as u64).total_table_elements(10).build();
    let mut store = Store::<StoreLimits>::new(&engine, limits);
    store.limiter(|limits| limits);
    let text = r#"(module (memory (export "m") 1) (table (export "t") 1 funcref))"#;
    let guest = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
    let (memory, table) = (guest.get_memory(&store, "m").unwrap(), guest.get_table(&store, "t").unwrap());
    for _ in 0..3 {
        memory.grow(&mut store, 3).unwrap();
        table.grow(&mut store, 9, Val::FuncRef(None)).unwrap();
        assert!(memory.grow(&mut store, 1).is_err());
        guest.reset(&mut store).unwrap();
    }
    let other = Memory::new(&mut store, MemoryType::new(3, None)).unwrap();
    assert!(memory.grow(&mut store, 1).is_err() && other.grow(&mut store, 1).is_err());
}

#[test]
fn what_ends_the_start_function_ends_the_reset_and_it_can_be_tried_again() {
    let text = r#"(module (memory 1) (global (export "fail") (mut i32) (i32.const 0))
        (func $start (if (i32.load8_u (i32.const 0)) (then unreachable))) (start $start)
        (data $zero (i32.const 0) "\00"))"#;
    let (mut store, guest) = instance(text);
    guest.reset(&mut store).unwrap();
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let text = r#"(module (import "" "m" (memory 1)) (global (export "g") (mut i32) (i32.const 4))
        (func $start (if (i32.load8_u (i32.const 0)) (then unreachable))) (start $start))"#;
    let guest = Instance::new(&mut store, &module(&engine, text), &[memory.into()]).unwrap();
    let global = guest.get_global(&store, "g").unwrap();
    global.set(&mut store, Val::I32(5)).unwrap();
    memory.data_mut(&mut store)[0] = 1;
    assert_eq!(guest.reset(&mut store).unwrap_err().trap(), Some(Trap::Unreachable));
    memory.data_mut(&mut store)[0] = 0;
    guest.reset(&mut store).unwrap();
    assert!(matches!(global.get(&store), Val::I32(4)));
}

#[test]
fn a_memory_from_the_pool_holds_no_byte_of_another_guest() {
    let pages = Arc::new(Pages::default());
    let refusing = Arc::new(Pages { refuses: true, ..Pages::default() });
    for platform in [pages.clone(), refusing.clone()] {
        let reserved = platform.clone();
        let config = Config::new().platform(platform.clone()).pooled_memories(2).max_memory(20 * PAGE as u64);
        let engine = Engine::new(&config).unwrap();
        let text = r#"(module (memory (export "m") 1) (table (export "t") 2 funcref)
            (memory (export "n") 0) (func $f) (elem declare func $f)
            (func (export "spoil") (param i32)
                (drop (memory.grow (local.get 0)))
                (memory.fill (i32.const 0) (i32.const 0xa5) (i32.mul (memory.size) (i32.const 65536)))
                (table.fill (i32.const 0) (ref.func $f) (i32.const 2))))"#;
        let module = module(&engine, text);
        for round in 0..12 {
            let mut store = Store::new(&engine, ());
            let guest = Instance::new(&mut store, &module, &[]).unwrap();
            let memory = guest.get_memory(&store, "m").unwrap();
            let zero = |store: &Store<()>| memory.data(store).iter().all(|byte| *byte == 0);
            assert!(zero(&store) && memory.size(&store) == 1);
            // As far as any guest before has grown, and further.
            memory.grow(&mut store, round % 5 + 10).unwrap();
            assert!(zero(&store));
            let table = guest.get_table(&store, "t").unwrap();
            assert!((0..2).all(|at| matches!(table.get(&store, at), Some(Val::FuncRef(None)))));
            let spoil = guest.get_typed_func::<i32, ()>(&store, "spoil").unwrap();
            spoil.call(&mut store, (round % 4) as i32).unwrap();
            assert!(!zero(&store));
            // Two stores at once need four reservations; two are kept.
            let mut other = Store::new(&engine, ());
            let guest = Instance::new(&mut other, &module, &[]).unwrap();
            assert!(guest.get_memory(&other, "m").unwrap().data(&other).iter().all(|byte| *byte == 0));
            guest.get_typed_func::<i32, ()>(&other, "spoil").unwrap().call(&mut other, 15).unwrap();
        }
        // Two rounds' worth, and then only what the pool has no room for.
        assert_eq!(reserved.reservations.load(Ordering::Relaxed), 4 + 11 * 2);
        assert_eq!(reserved.held.load(Ordering::Relaxed), 2);
        drop((module, engine, config));
        assert_eq!(reserved.held.load(Ordering::Relaxed), 0);
    }
}
