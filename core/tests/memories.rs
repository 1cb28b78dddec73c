//! Linear memories: limits, growth, access by the host.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod wasm;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ringzero::platform::{ErrorKind, Platform, Protection, VirtualMemory};
use ringzero::{
    Caller, Category, Config, Dispatch, Engine, Error, Instance, Linker, Memory, MemoryType, Store, Trap,
};
use wasm::{instance, linked, module};

const GROWS: &str = r#"(module (memory (export "memory") 1 5)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "size") (result i32) (memory.size))
    (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))"#;

fn grows(engine: &Engine) {
    let mut store = Store::new(engine, ());
    let module = module(engine, GROWS);
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let grow = instance.get_typed_func::<u32, i32>(&store, "grow").unwrap();
    let size = instance.get_typed_func::<(), i32>(&store, "size").unwrap();
    let load = instance.get_typed_func::<u32, i32>(&store, "load").unwrap();
    let store8 = instance.get_typed_func::<(u32, i32), ()>(&store, "store").unwrap();
    let memory = instance.get_memory(&store, "memory").unwrap();

    store8.call(&mut store, (65535, 9)).unwrap();
    assert_eq!(grow.call(&mut store, 0).unwrap(), 1);
    assert!(load.call(&mut store, 65536).is_err());
    assert_eq!(grow.call(&mut store, 2).unwrap(), 1);
    assert_eq!((size.call(&mut store, ()).unwrap(), memory.size(&store)), (3, 3));
    assert_eq!(memory.data_size(&store), 3 * 65536);
    assert_eq!(load.call(&mut store, 65535).unwrap(), 9);
    assert!(memory.data(&store)[65536..].iter().all(|byte| *byte == 0));
    for too_much in [3, 1 << 16, u32::MAX] {
        assert_eq!(grow.call(&mut store, too_much).unwrap(), -1);
    }
    assert_eq!(memory.grow(&mut store, 2).unwrap(), 3);
    assert_eq!(memory.grow(&mut store, 1).unwrap_err().to_string(), "the memory cannot grow by 1 pages");
    store8.call(&mut store, (5 * 65536 - 1, 7)).unwrap();
    assert_eq!(memory.data(&store).last(), Some(&7));
    assert!(load.call(&mut store, 5 * 65536).is_err());
}

#[test]
fn memories_grow_within_their_type_on_the_heap() {
    grows(&Engine::default());
}

/// Address space made of the heap: whatever is not committed is poisoned with ones.
struct Pages {
    /// The most bytes that can be reserved at once.
    limit: AtomicUsize,
}

impl Pages {
    fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit: AtomicUsize::new(limit) })
    }
}

const PAGE: usize = 4096;

// SAFETY: reservations are fresh allocations, exclusive until released, and never move; `commit` zeroes.
#[expect(unsafe_code, reason = "the trait is unsafe to implement")]
unsafe impl VirtualMemory for Pages {
    fn page_size(&self) -> usize {
        PAGE
    }

    fn reserve(&self, len: usize) -> Result<std::ptr::NonNull<u8>, ErrorKind> {
        if len > self.limit.load(Ordering::Relaxed) {
            return Err(ErrorKind::OutOfMemory);
        }
        assert_eq!(len % PAGE, 0);
        let bytes = vec![0xffu8; len].into_boxed_slice();
        Ok(std::ptr::NonNull::from(Box::leak(bytes)).cast())
    }

    unsafe fn commit(&self, start: std::ptr::NonNull<u8>, len: usize) -> Result<(), ErrorKind> {
        assert_eq!(len % PAGE, 0);
        // SAFETY: the caller's promise: the range lies in a reservation, which is an allocation.
        unsafe { start.write_bytes(0, len) };
        Ok(())
    }

    unsafe fn protect(&self, _: std::ptr::NonNull<u8>, _: usize, _: Protection) -> Result<(), ErrorKind> {
        Ok(())
    }

    unsafe fn release(&self, start: std::ptr::NonNull<u8>, len: usize) {
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

#[test]
fn memories_grow_within_their_type_in_reserved_space() {
    // Without any space to reserve they live on the heap.
    for limit in [1 << 24, 0] {
        let config = Config::new().platform(Pages::new(limit));
        grows(&Engine::new(&config).unwrap());
    }
}

#[test]
fn reserved_memories_stay_where_they_are_while_they_can() {
    let pages = Pages::new(1 << 20);
    let engine = Engine::new(&Config::new().platform(pages.clone())).unwrap();
    let mut store = Store::new(&engine, ());
    // 4 GiB are refused: it gets what there is, 16 pages.
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let start = memory.data(&store).as_ptr();
    memory.grow(&mut store, 15).unwrap();
    assert_eq!(memory.data(&store).as_ptr(), start);
    assert!(memory.data(&store).iter().all(|byte| *byte == 0));
    // Beyond the reservation it moves, if there is room, and keeps its bytes.
    memory.data_mut(&mut store)[16 * 65536 - 1] = 5;
    assert!(memory.grow(&mut store, 1).is_err());
    assert_eq!((memory.size(&store), memory.data(&store).as_ptr()), (16, start));
    pages.limit.store(1 << 24, Ordering::Relaxed);
    assert_eq!(memory.grow(&mut store, 20).unwrap(), 16);
    let bytes = memory.data(&store);
    assert_ne!(bytes.as_ptr(), start);
    assert_eq!((bytes.len(), bytes[16 * 65536 - 1]), (36 * 65536, 5));
    assert!(bytes[16 * 65536..].iter().all(|byte| *byte == 0));
}

#[test]
fn pages_of_one_byte() {
    let (mut store, instance) = instance(
        r#"(module (memory (export "memory") 3 10 (pagesize 1))
            (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    let memory = instance.get_memory(&store, "memory").unwrap();
    assert_eq!((memory.page_size(&store), memory.size(&store), memory.data(&store).len()), (1, 3, 3));
    let load = instance.get_typed_func::<u32, i32>(&store, "load").unwrap();
    let grow = instance.get_typed_func::<u32, i32>(&store, "grow").unwrap();
    assert!(load.call(&mut store, 2).is_ok() && load.call(&mut store, 3).is_err());
    assert_eq!(grow.call(&mut store, 7).unwrap(), 3);
    assert_eq!(grow.call(&mut store, 1).unwrap(), -1);
    assert!(load.call(&mut store, 9).is_ok() && load.call(&mut store, 10).is_err());
}

#[test]
fn the_configured_limit_holds_for_every_memory() {
    let engine = Engine::new(&Config::new().max_memory(3 * 65536)).unwrap();
    let mut store = Store::new(&engine, ());
    let module = module(&engine, GROWS);
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let grow = instance.get_typed_func::<u32, i32>(&store, "grow").unwrap();
    assert_eq!(grow.call(&mut store, 3).unwrap(), -1);
    assert_eq!(grow.call(&mut store, 2).unwrap(), 1);
    let large = wasm::module(&engine, "(module (memory 4))");
    let error = Instance::new(&mut store, &large, &[]).unwrap_err();
    assert_eq!(error.category(), Category::Limit);
    assert!(Memory::new(&mut store, MemoryType::new(4, None)).is_err());
    Memory::new(&mut store, MemoryType::new(3, None)).unwrap();
}

#[test]
fn more_than_any_host_has_is_an_error() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let huge = module(&engine, "(module (memory i64 0x1_0000_0000_0000))");
    let error = Instance::new(&mut store, &huge, &[]).unwrap_err();
    assert!(matches!(error.category(), Category::OutOfMemory | Category::Limit), "{error}");
    for ty in [
        MemoryType::new(2, Some(1)),
        MemoryType::new(65537, None),
        MemoryType::new(0, None).with_page_size_log2(3),
    ] {
        assert_eq!(Memory::new(&mut store, ty).unwrap_err().category(), Category::Misuse);
    }
}

#[test]
fn the_host_reads_and_writes_within_bounds() {
    let mut store = Store::new(&Engine::default(), 10u8);
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    memory.write(&mut store, 65533, b"abc").unwrap();
    let mut buffer = [0; 3];
    memory.read(&store, 65533, &mut buffer).unwrap();
    assert_eq!(&buffer, b"abc");
    assert!(memory.read(&store, 65534, &mut buffer).is_err());
    assert!(memory.write(&mut store, usize::MAX, &buffer).is_err());
    assert!(memory.read(&store, 65536, &mut []).is_ok());
    let (bytes, data) = memory.data_and_store_mut(&mut store);
    bytes[65533] += *data;
    *data = bytes[65533];
    assert_eq!(*store.data(), b'a' + 10);
}

#[test]
fn a_caller_has_its_memory_and_the_data_at_once() {
    let engine = Engine::default();
    let mut linker = Linker::<Vec<u8>>::new(&engine);
    linker
        .func_wrap(
            "env",
            "take",
            |mut caller: Caller<'_, Vec<u8>>, at: u32, len: u32| -> Result<i32, Error> {
                let Some((memory, data)) = caller.memory_and_data() else { return Ok(-1) };
                let range = at as usize..at as usize + len as usize;
                data.extend_from_slice(memory.get(range).ok_or(ringzero::MemoryAccessError)?);
                memory[0] = b'!';
                Ok(data.len() as i32)
            },
        )
        .unwrap();
    let mut store = Store::new(&engine, Vec::new());
    let import = r#"(import "env" "take" (func $take (param i32 i32) (result i32)))"#;
    let call =
        r#"(func (export "run") (param i32 i32) (result i32) (call $take (local.get 0) (local.get 1)))"#;
    let with = linked(
        &mut store,
        &linker,
        &format!(
            r#"(module {import} (memory 1) (memory (export "memory") 1) (data (memory 1) (i32.const 4) "text") {call})"#
        ),
    );
    let run = with.get_typed_func::<(u32, u32), i32>(&store, "run").unwrap();
    assert_eq!(run.call(&mut store, (4, 4)).unwrap(), 4);
    assert_eq!(store.data(), b"text");
    assert_eq!(with.get_memory(&store, "memory").unwrap().data(&store)[0], b'!');
    let error = run.call(&mut store, (u32::MAX, 1)).unwrap_err();
    assert!(error.downcast_ref::<ringzero::MemoryAccessError>().is_some());
    let without = linked(&mut store, &linker, &format!("(module {import} (memory 1) {call})"));
    let run = without.get_typed_func::<(u32, u32), i32>(&store, "run").unwrap();
    assert_eq!(run.call(&mut store, (0, 0)).unwrap(), -1);
}

#[test]
fn a_host_function_may_grow_its_callers_memory() {
    let engine = Engine::default();
    let mut linker = Linker::<()>::new(&engine);
    linker
        .func_wrap("env", "grow", |mut caller: Caller<'_, ()>, pages: u32| -> Result<u32, Error> {
            let memory = caller.get_export("memory").and_then(|item| item.into_memory());
            let memory = memory.ok_or_else(|| Error::message("no `memory`"))?;
            let old = memory.grow(&mut caller, pages.into())?;
            memory.data_mut(&mut caller)[old as usize * 65536] = 7;
            Ok(old as u32)
        })
        .unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linked(
        &mut store,
        &linker,
        r#"(module
            (import "env" "grow" (func $grow (param i32) (result i32)))
            (memory (export "memory") 1)
            (func $inner (param i32) (result i32) (call $grow (local.get 0)))
            (func (export "run") (param i32) (result i32) (local i32)
                (i32.store8 (i32.const 0) (i32.const 3))
                (local.set 1 (i32.mul (call $inner (local.get 0)) (i32.const 65536)))
                (i32.store8 (i32.const 1) (i32.const 4))
                (i32.add (i32.load8_u (local.get 1))
                    (i32.add (i32.load8_u (i32.const 0)) (i32.load8_u (i32.const 1))))))"#,
    );
    let run = instance.get_typed_func::<u32, i32>(&store, "run").unwrap();
    for pages in [1, 100, 1000] {
        assert_eq!(run.call(&mut store, pages).unwrap(), 14);
    }
}

/// Few bytes are copied and filled another way than many: all lengths around the change, at all distances.
#[test]
fn short_copies_and_fills_are_exact() {
    let text = r#"(module (memory (export "memory") 1)
        (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
        (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2))))"#;
    for dispatch in [Dispatch::Tail, Dispatch::Loop] {
        let engine = Engine::new(&Config::new().dispatch(dispatch)).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        let copy = instance.get_typed_func::<(i32, i32, i32), ()>(&mut store, "copy").unwrap();
        let fill = instance.get_typed_func::<(i32, i32, i32), ()>(&mut store, "fill").unwrap();
        let start: Vec<u8> = (0..300u32).map(|i| (i * 7 + 1) as u8).collect();
        for len in 0..70 {
            for to in [0, 1, 30, 69, 70, 71, 100, 170] {
                let mut expected = start.clone();
                expected.copy_within(70..70 + len, to);
                memory.write(&mut store, 0, &start).unwrap();
                copy.call(&mut store, (to as i32, 70, len as i32)).unwrap();
                assert_eq!(memory.data(&store)[..300], expected, "{len} bytes to {to}");
                expected[to..to + len].fill(0xA5);
                fill.call(&mut store, (to as i32, 0x3A5, len as i32)).unwrap();
                assert_eq!(memory.data(&store)[..300], expected, "{len} bytes at {to}");
            }
            let end = 65536 - len as i32;
            copy.call(&mut store, (end, 0, len as i32)).unwrap();
            copy.call(&mut store, (0, end, len as i32)).unwrap();
            fill.call(&mut store, (end, 0, len as i32)).unwrap();
            for error in [
                copy.call(&mut store, (end + 1, 0, len as i32)),
                copy.call(&mut store, (0, end + 1, len as i32)),
                fill.call(&mut store, (end + 1, 0, len as i32)),
            ] {
                assert_eq!(error.unwrap_err().trap(), Some(Trap::MemoryOutOfBounds));
            }
        }
    }
}
