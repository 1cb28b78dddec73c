//! Memories of compiled code: what is in bounds and what is not, whichever way that is found, and which memories may be
//! linked with what.

use crate::compare::compare;
use ringzero::platform::{FaultHook, Platform, Protection, Result as PlatformResult, VirtualMemory};
use ringzero::{
    Bounds, Category, Config, Engine, Extern, Instance, Linker, Memory, MemoryType, Module, Store, Strategy,
    Trap, Val,
};
use ringzero_platform_std::StdPlatform;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Accesses as parts of other instructions, and in the order in which they stand.
const PARTS: &str = r#"
        (func (export "parts") (param i32 i32) (result i32) (local $p i32)
            (local.set $p (call $near (local.get 0)))
            (i32.add (i32.sub (local.get 1) (i32.load offset=2 (local.get $p))) (i32.load offset=30 (local.get $p))))
        (func (export "float parts") (param i32 f64) (result f64) (local $p i32)
            (local.set $p (call $near (local.get 0)))
            (f64.mul (f64.add (local.get 1) (f64.load offset=2 (local.get $p))) (f64.load offset=40 (local.get $p))))
        (func (export "compared") (param i32 i32) (result i32) (local $p i32)
            (local.set $p (call $near (local.get 0)))
            (if (result i32) (i32.lt_s (local.get 1) (i32.load (local.get $p)))
                (then (i32.const 1))
                (else (i32.eq (i32.load offset=44 (local.get $p)) (i32.const 0)))))
        (func (export "changed") (param i32 i32) (local $p i32)
            (local.set $p (call $near (local.get 0)))
            (i32.store (local.get $p) (i32.add (i32.load (local.get $p)) (local.get 1)))
            (i64.store offset=8 (local.get $p) (i64.xor (i64.load offset=8 (local.get $p)) (i64.const 77)))
            (i32.store offset=40 (local.get $p) (i32.or (i32.load offset=40 (local.get $p)) (i32.const 1))))
        (func (export "changed elsewhere") (param i32 i32) (local $p i32)
            (local.set $p (call $near (local.get 0)))
            (i32.store offset=4 (local.get $p) (i32.add (i32.load (local.get $p)) (local.get 1))))
        (func (export "order of stores") (param i32 i32) (local $p i32)
            (local.set $p (call $near (local.get 0)))
            (i32.store8 (local.get $p) (i32.const 1)) (global.set $g (i32.const 1))
            (i32.store8 offset=40 (local.get $p) (i32.const 2)) (global.set $g (i32.const 2))
            (i32.store8 offset=20 (local.get $p) (i32.const 3)) (global.set $g (i32.const 3))
            (i64.store offset=60 (local.get $p) (i64.const 4)) (global.set $g (i32.const 4)))
        (func (export "load before store") (param i32 i32) (result i32) (local $p i32) (local $v i32)
            (local.set $p (call $near (local.get 0)))
            (local.set $v (i32.load offset=16 (local.get $p)))
            (i32.store (i32.const 128) (i32.const 9))
            (i32.add (local.get $v) (local.get 1)))
        (func (export "unused before trap") (param i32) (local $p i32)
            (local.set $p (call $near (local.get 0)))
            (drop (i32.load offset=32 (local.get $p)))
            (global.set $g (i32.const 11)) (unreachable))
        (func (export "divided") (param i32 i32) (result i32) (local $p i32)
            (local.set $p (call $near (local.get 0)))
            (i32.div_u (i32.load offset=16 (local.get $p)) (local.get 1)))
        (func (export "covered later") (param i32) (result i32) (local $p i32) (local $far i32) (local $near i32)
            (local.set $p (call $near (local.get 0)))
            (local.set $far (i32.load offset=32 (local.get $p)))
            (local.set $near (i32.load (local.get $p)))
            (i32.xor (i32.mul (local.get $near) (i32.const 3)) (local.get $far)))
        (func (export "in one way only") (param i32 i32) (result i32) (local $p i32)
            (local.set $p (call $near (local.get 0)))
            (if (i32.and (local.get 1) (i32.const 1)) (then (drop (i32.load offset=16 (local.get $p)))))
            (i32.load offset=12 (local.get $p)))
        (func (export "after a call") (param i32) (result i32)
            (call $near (local.get 0)) (i32.load offset=13))
        (func (export "loop") (param i32) (result i32) (local $p i32) (local $sum i32)
            (local.set $p (call $near (local.get 0)))
            (loop $again
                (i32.store8 (i32.const 64) (local.get $p))
                (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $p))))
                (local.set $p (i32.add (local.get $p) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $p) (i32.const 65540))))
            (local.get $sum))
        (func (export "grow and look") (param i32 i32) (result i32)
            (drop (memory.grow (i32.and (local.get 1) (i32.const 1))))
            (i32.store8 offset=65536 (i32.and (local.get 0) (i32.const 0x1fff)) (i32.const 1))
            (i32.add (memory.size) (i32.load8_u offset=131072 (i32.and (local.get 0) (i32.const 0x1fff))))))"#;

/// Every form of access, near a memory's end and far beyond: alone, unused, as a part of other instructions, before and
/// after others. A trap comes at the right operator, and nothing has been written that comes later.
#[test]
fn accesses_out_of_bounds() {
    let mut text = String::from(
        r#"(module (memory (export "memory") 1 3) (global $g (export "g") (mut i32) (i32.const 0))
        (func $near (param i32) (result i32) (i32.add (i32.and (local.get 0) (i32.const 0xff)) (i32.const 65480)))"#,
    );
    for (op, ty) in [
        ("i32.load", "i32"),
        ("i64.load", "i64"),
        ("f32.load", "f32"),
        ("f64.load", "f64"),
        ("i32.load8_s", "i32"),
        ("i32.load8_u", "i32"),
        ("i32.load16_s", "i32"),
        ("i32.load16_u", "i32"),
        ("i64.load8_u", "i64"),
        ("i64.load16_s", "i64"),
        ("i64.load32_s", "i64"),
        ("i64.load32_u", "i64"),
    ] {
        text += &format!(
            r#"(func (export "{op}") (param i32) (result {ty}) ({op} offset=3 (call $near (local.get 0))))
               (func (export "{op} unused") (param i32) (drop ({op} (call $near (local.get 0)))))
               (func (export "{op} leaf") (param i32) (result {ty}) ({op} offset=8 (local.get 0)))
               (func (export "{op} far") (param i32) (result {ty}) ({op} offset=0x7ffeffff (local.get 0)))
               (func (export "{op} farther") (param i32) (result {ty}) ({op} offset=0xffffffff (local.get 0)))"#
        );
    }
    for (op, ty) in [
        ("i32.store", "i32"),
        ("i64.store", "i64"),
        ("f32.store", "f32"),
        ("f64.store", "f64"),
        ("i32.store8", "i32"),
        ("i64.store16", "i64"),
        ("i64.store32", "i64"),
    ] {
        text += &format!(
            r#"(func (export "{op}") (param i32 {ty}) ({op} offset=3 (call $near (local.get 0)) (local.get 1)))
               (func (export "{op} const") (param i32) ({op} offset=9 (call $near (local.get 0)) ({ty}.const 5)))
               (func (export "{op} far") (param i32 {ty}) ({op} offset=0x80000001 (local.get 0) (local.get 1)))"#
        );
    }
    compare(&(text + PARTS));
}

/// Copies and fills of constant lengths, in pieces that overlap, with sources and targets that do.
#[test]
fn small_bulk_operations() {
    let mut text = String::from(
        r#"(module (memory (export "memory") 1) (memory $other (export "other") 1)
        (func (export "mark") (param i32 i32) (i32.store (i32.and (local.get 0) (i32.const 0xfffc)) (local.get 1)))
        (func $near (param i32) (result i32) (i32.add (i32.and (local.get 0) (i32.const 0xff)) (i32.const 65380)))"#,
    );
    for len in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100, 127, 128, 129] {
        text += &format!(
            r#"(func (export "copy {len}") (param i32 i32)
                 (memory.copy (i32.and (local.get 0) (i32.const 127)) (i32.and (local.get 1) (i32.const 127)) (i32.const {len})))
               (func (export "copy down {len}") (param i32 i32)
                 (memory.copy (i32.and (local.get 0) (i32.const 63)) (i32.add (i32.and (local.get 0) (i32.const 63)) (i32.const 5)) (i32.const {len})))
               (func (export "copy to the end {len}") (param i32 i32)
                 (memory.copy (call $near (local.get 0)) (local.get 1) (i32.const {len})))
               (func (export "copy from the end {len}") (param i32 i32)
                 (memory.copy (i32.and (local.get 1) (i32.const 0xfff)) (call $near (local.get 0)) (i32.const {len})))
               (func (export "copy over {len}") (param i32 i32)
                 (memory.copy $other 0 (call $near (local.get 0)) (call $near (local.get 1)) (i32.const {len}))
                 (memory.copy 0 $other (i32.const 300) (call $near (local.get 1)) (i32.const {len})))
               (func (export "fill {len}") (param i32 i32) (memory.fill (call $near (local.get 0)) (local.get 1) (i32.const {len})))
               (func (export "fill other {len}") (param i32) (memory.fill $other (call $near (local.get 0)) (i32.const -7) (i32.const {len})))"#
        );
    }
    compare(&(text + ")"));
}

/// Several memories, of all kinds: 64-bit addresses, pages of one byte; tables with 64-bit indices.
#[test]
fn other_memories_and_tables() {
    let mut text = String::from("(module ");
    let memories = [
        ("plain", "i32", "1 3"),
        ("wide", "i64", "i64 1 3"),
        ("bytes", "i32", "5 70 (pagesize 1)"),
        ("wide_bytes", "i64", "i64 40 90 (pagesize 1)"),
    ];
    for (name, _, ty) in memories {
        text += &format!(r#"(memory ${name} (export "{name}") {ty}) "#);
    }
    for (name, at, _) in memories {
        text += &format!(
            r#"(func (export "{name} load") (param {at}) (result i64) (i64.load32_u ${name} offset=2 (local.get 0)))
               (func (export "{name} near") (param {at}) (result i32)
                 (i32.load16_u ${name} offset=1 ({at}.and (local.get 0) ({at}.const 127))))
               (func (export "{name} far") (param {at}) (result f32) (f32.load ${name} offset=0xfffffff0 (local.get 0)))
               (func (export "{name} store") (param {at} i64)
                 (i64.store ${name} ({at}.and (local.get 0) ({at}.const 63)) (local.get 1)))
               (func (export "{name} twice") (param {at} i32) (result i32)
                 (i32.store ${name} (local.get 0) (local.get 1))
                 (i32.add (i32.load ${name} (local.get 0)) (i32.load8_s ${name} offset=3 (local.get 0))))
               (func (export "{name} changed") (param {at} i32) (result i32)
                 (i32.store ${name} offset=4 (local.get 0) (i32.add (i32.load ${name} offset=4 (local.get 0)) (local.get 1)))
                 (i32.load8_u ${name} offset=4 (local.get 0)))
               (func (export "{name} fixed") (result i32) (i32.load ${name} ({at}.const 2)))
               (func (export "{name} fixed far") (result i32) (i32.load ${name} ({at}.const 0x12345678)))
               (func (export "{name} size") (result {at}) (memory.size ${name}))
               (func (export "{name} grow") (param {at}) (result {at})
                 (memory.grow ${name} ({at}.and (local.get 0) ({at}.const 1))))
               (func (export "{name} fill") (param {at} i32) (memory.fill ${name} (local.get 0) (local.get 1) ({at}.const 13)))
               (func (export "{name} grown") (param {at} i32) (result i32) (local $before i32)
                 (local.set $before (i32.load8_u ${name} (local.get 0)))
                 (drop (memory.grow ${name} ({at}.const 1)))
                 (i32.store8 ${name} offset=1 (local.get 0) (local.get 1))
                 (i32.add (local.get $before) (i32.load8_u ${name} offset=1 (local.get 0))))"#
        );
    }
    text += r#"
        (func (export "wide end") (param i64) (result i32) (i32.load $wide offset=0xffffffffffffffff (local.get 0)))
        (func (export "wide over") (param i64) (result i32) (i32.load $wide offset=0xfffffffffffffff0 (local.get 0)))
        (func (export "across") (param i32 i64)
            (memory.copy $wide $plain (local.get 1) (local.get 0) (i32.const 40))
            (memory.copy $bytes $wide (local.get 0) (local.get 1) (i32.const 3)))
        (table $t (export "t") i64 5 9 funcref) (elem (table $t) (i64.const 1) func $one $two)
        (type $f (func (result i32)))
        (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
        (func (export "call") (param i64) (result i32) (call_indirect $t (type $f) (local.get 0)))
        (func (export "get") (param i64) (result i32) (ref.is_null (table.get $t (local.get 0))))
        (func (export "set") (param i64) (table.set $t (local.get 0) (ref.func $two)))
        (func (export "table size") (result i64) (table.size $t))
        (func (export "table grow") (param i64) (result i64) (table.grow $t (ref.null func) (i64.and (local.get 0) (i64.const 1))))
        (func (export "table fill") (param i64 i64) (table.fill $t (local.get 0) (ref.func $one) (local.get 1))))"#;
    compare(&text);
}

const POKE: &str = r#"(module (memory (export "m") 1 4)
    (func (export "at") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "put") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;

const IMPORTS: &str = r#"(module (import "a" "m" (memory 1))
    (func (export "at") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "put") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;

fn config(bounds: Bounds) -> Config {
    let config = Config::new().platform(Arc::new(StdPlatform)).strategy(Strategy::Compiled);
    config.bounds(bounds).check_compiler(true)
}

fn call(store: &mut Store<()>, instance: Instance, name: &str, args: &[i32]) -> Result<i32, Trap> {
    let func = instance.get_func(&mut *store, name).unwrap();
    let args: Vec<_> = args.iter().map(|arg| Val::I32(*arg)).collect();
    let mut results = vec![Val::I32(0); func.ty(&*store).results().len()];
    let called = func.call(&mut *store, &args, &mut results);
    called.map_err(|error| error.trap().unwrap())?;
    Ok(if let Some(Val::I32(result)) = results.first() { *result } else { 0 })
}

/// A memory is as long as it says: when it is new, when it has grown, when it was reset, and in the place of another.
#[test]
fn exactly_the_length_is_in_bounds() {
    const OUT: Result<i32, Trap> = Err(Trap::MemoryOutOfBounds);
    for bounds in [Bounds::Guard, Bounds::Explicit] {
        for pooled in [0, 4] {
            let engine = Engine::new(&config(bounds).pooled_memories(pooled)).unwrap();
            let module = Module::new(&engine, wat::parse_str(POKE).unwrap()).unwrap();
            for _ in 0..3 {
                let mut store = Store::new(&engine, ());
                let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
                for _ in 0..2 {
                    let store = &mut store;
                    assert_eq!(
                        [call(store, instance, "at", &[65532]), call(store, instance, "at", &[65533])],
                        [Ok(0), OUT]
                    );
                    assert_eq!(call(store, instance, "grow", &[2]), Ok(1));
                    let last = 3 * 65536 - 4;
                    assert_eq!(call(store, instance, "at", &[last]), Ok(0));
                    assert_eq!(call(store, instance, "put", &[last, 7]), Ok(0));
                    assert_eq!(
                        [call(store, instance, "at", &[last]), call(store, instance, "at", &[last + 1])],
                        [Ok(7), OUT]
                    );
                    assert_eq!(
                        [call(store, instance, "grow", &[2]), call(store, instance, "at", &[-1])],
                        [Ok(-1), OUT]
                    );
                    instance.reset(store).unwrap();
                }
            }
        }
    }
}

/// Instances share a memory, and each sees at once that another has let it grow.
#[test]
fn memories_are_shared_between_instances() {
    for bounds in [Bounds::Guard, Bounds::Explicit] {
        let engine = Engine::new(&config(bounds)).unwrap();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let owner = Module::new(&engine, wat::parse_str(POKE).unwrap()).unwrap();
        let owner = linker.instantiate(&mut store, &owner).unwrap();
        linker.instance(&mut store, "a", owner).unwrap();
        let user = Module::new(&engine, wat::parse_str(IMPORTS).unwrap()).unwrap();
        let user = linker.instantiate(&mut store, &user).unwrap();
        assert_eq!(call(&mut store, user, "at", &[65536]), Err(Trap::MemoryOutOfBounds));
        assert_eq!(call(&mut store, owner, "grow", &[1]), Ok(1));
        assert_eq!(call(&mut store, user, "put", &[65536, 3]), Ok(0));
        assert_eq!(call(&mut store, user, "grow", &[1]), Ok(2));
        assert_eq!(call(&mut store, owner, "at", &[65536]), Ok(3));
        assert_eq!(call(&mut store, owner, "at", &[131072]), Ok(0));
    }
}

/// What an importer has been promised is true when it is linked. The owner may be reset later.
#[test]
fn an_imported_memory_may_become_smaller_than_when_it_was_imported() {
    const USER: &str = r#"(module (import "a" "m" (memory 3))
        (func (export "at") (param i32) (result i32) (i32.load (local.get 0)))
        (func (export "fixed") (result i32) (i32.load (i32.const 70000)))
        (func (export "loop") (param i32) (result i32) (local i32)
            (loop $again
                (local.set 1 (i32.add (local.get 1) (i32.load8_u offset=66000 (local.get 0))))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1)))"#;
    for bounds in [Bounds::Guard, Bounds::Explicit] {
        let engine = Engine::new(&config(bounds)).unwrap();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let owner = Module::new(&engine, wat::parse_str(POKE).unwrap()).unwrap();
        let owner = linker.instantiate(&mut store, &owner).unwrap();
        linker.instance(&mut store, "a", owner).unwrap();
        assert_eq!(call(&mut store, owner, "grow", &[2]), Ok(1));
        let user = Module::new(&engine, wat::parse_str(USER).unwrap()).unwrap();
        let user = linker.instantiate(&mut store, &user).unwrap();
        let calls: [(&str, &[i32]); 3] = [("at", &[65536]), ("fixed", &[]), ("loop", &[9])];
        for (name, args) in calls {
            assert_eq!(call(&mut store, user, name, args), Ok(0), "{name}");
        }
        owner.reset(&mut store).unwrap();
        for (name, args) in calls {
            assert_eq!(call(&mut store, user, name, args), Err(Trap::MemoryOutOfBounds), "{name}");
        }
    }
}

/// A memory that the host makes has guards where the engine's memories do; one in the host's bytes has none.
#[test]
fn code_that_relies_on_guards_is_linked_with_guarded_memories_only() {
    for (bounds, bytes_fit) in [(Bounds::Guard, false), (Bounds::Explicit, true)] {
        let engine = Engine::new(&config(bounds)).unwrap();
        let module = Module::new(&engine, wat::parse_str(IMPORTS).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
        let instance = Instance::new(&mut store, &module, &[Extern::Memory(memory)]).unwrap();
        assert_eq!(call(&mut store, instance, "at", &[65533]), Err(Trap::MemoryOutOfBounds));
        let lent = Memory::new_static(&mut store, MemoryType::new(1, None), vec![0; 1 << 17].leak()).unwrap();
        let linked = Instance::new(&mut store, &module, &[Extern::Memory(lent)]);
        match linked {
            Ok(instance) => {
                assert_eq!(call(&mut store, instance, "at", &[65533]), Err(Trap::MemoryOutOfBounds));
            }
            Err(ref error) => {
                assert_eq!(error.category(), Category::Link);
                assert!(error.to_string().contains("`a::m`"), "{error}");
            }
        }
        assert_eq!(linked.is_ok(), bytes_fit);
    }
}

/// A platform with little address space.
#[derive(Default)]
pub(crate) struct Narrow {
    largest: AtomicUsize,
    /// Bytes that are reserved now.
    pub(crate) held: AtomicUsize,
}

/// The most that it reserves at once.
const LARGEST: usize = 4 << 30;

// SAFETY: that of the operating system, but for what it refuses.
#[expect(unsafe_code, reason = "the trait is unsafe to implement")]
unsafe impl VirtualMemory for Narrow {
    fn page_size(&self) -> usize {
        pages().page_size()
    }

    fn reserve(&self, len: usize) -> PlatformResult<NonNull<u8>> {
        self.largest.fetch_max(len, Ordering::Relaxed);
        if len > LARGEST {
            return Err(ringzero::platform::ErrorKind::OutOfMemory);
        }
        let start = pages().reserve(len)?;
        self.held.fetch_add(len, Ordering::Relaxed);
        Ok(start)
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> PlatformResult<()> {
        // SAFETY: the caller's promise.
        unsafe { pages().commit(start, len) }
    }

    unsafe fn protect(&self, start: NonNull<u8>, len: usize, protection: Protection) -> PlatformResult<()> {
        // SAFETY: the caller's promise.
        unsafe { pages().protect(start, len, protection) }
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        // SAFETY: the caller's promise.
        unsafe { pages().release(start, len) };
        self.held.fetch_sub(len, Ordering::Relaxed);
    }
}

fn pages() -> &'static dyn VirtualMemory {
    StdPlatform.virtual_memory().unwrap()
}

impl Platform for Narrow {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(self)
    }

    fn fault_hook(&self) -> Option<&dyn FaultHook> {
        StdPlatform.fault_hook()
    }
}

/// Where there is no room for guards code checks by itself, and memories in the host's bytes fit.
#[test]
fn without_room_for_guards_there_are_checks() {
    let platform = Arc::new(Narrow::default());
    let engine = Engine::new(&config(Bounds::Guard).platform(platform.clone())).unwrap();
    assert!(platform.largest.load(Ordering::Relaxed) > LARGEST, "nobody has asked for room");
    let module = Module::new(&engine, wat::parse_str(IMPORTS).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let lent = Memory::new_static(&mut store, MemoryType::new(1, None), vec![0; 1 << 17].leak()).unwrap();
    let own = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    for memory in [lent, own] {
        let instance = Instance::new(&mut store, &module, &[Extern::Memory(memory)]).unwrap();
        assert_eq!(call(&mut store, instance, "at", &[65532]), Ok(0));
        assert_eq!(call(&mut store, instance, "at", &[65533]), Err(Trap::MemoryOutOfBounds));
    }
}
