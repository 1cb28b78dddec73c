//! Memories that start with an image of their data: as if it had been copied, however often, and whatever fails.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unsafe_code, reason = "the contract of mapped memory is unsafe")]

mod wasm;

use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ringzero::platform::testing::Faults;
use ringzero::platform::{ErrorKind, Image, Platform, Protection, Result, VirtualMemory};
use ringzero::{Config, Engine, Extern, Instance, Memory, MemoryType, Module, Store};
use wasm::module;

const PAGE: usize = 4096;

/// Address space made of allocations, with images that are copied to where they are shown.
#[derive(Clone, Default)]
struct Pages(Arc<State>);

#[derive(Default)]
struct State {
    /// Reservations that are not released.
    held: AtomicUsize,
    images: Mutex<Vec<Option<Vec<u8>>>>,
    /// Where images are shown, and their bytes.
    shown: Mutex<Vec<(usize, Vec<u8>)>>,
    /// How often one was shown.
    shows: AtomicUsize,
}

impl Pages {
    fn images(&self) -> usize {
        self.0.images.lock().unwrap().iter().flatten().count()
    }

    fn shows(&self) -> usize {
        self.0.shows.load(Ordering::Relaxed)
    }

    /// Forgets what is shown in a range.
    fn forget(&self, start: usize, len: usize) {
        self.0.shown.lock().unwrap().retain(|(at, _)| !(start..start + len).contains(at));
    }
}

// SAFETY: reservations are fresh allocations, exclusive until released, and never move; `commit` and `discard` write
// what they promise.
unsafe impl VirtualMemory for Pages {
    fn page_size(&self) -> usize {
        PAGE
    }

    fn reserve(&self, len: usize) -> Result<NonNull<u8>> {
        if len > 1 << 22 {
            return Err(ErrorKind::OutOfMemory);
        }
        self.0.held.fetch_add(1, Ordering::Relaxed);
        Ok(NonNull::from(Box::leak(vec![0xffu8; len].into_boxed_slice())).cast())
    }

    unsafe fn commit(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: the caller's promise: the range lies in a reservation, which is an allocation.
        unsafe { start.write_bytes(0, len) };
        Ok(())
    }

    unsafe fn discard(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        // SAFETY: as in `commit`.
        unsafe { start.write_bytes(0, len) };
        for (at, bytes) in &*self.0.shown.lock().unwrap() {
            if let Some(offset) = at.checked_sub(start.as_ptr().addr()).filter(|offset| *offset < len) {
                assert!(offset + bytes.len() <= len);
                // SAFETY: in the range.
                let to = unsafe { start.add(offset) };
                // SAFETY: as above; the copies are elsewhere.
                unsafe { to.copy_from_nonoverlapping(NonNull::from(&**bytes).cast(), bytes.len()) };
            }
        }
        Ok(())
    }

    unsafe fn protect(&self, _: NonNull<u8>, _: usize, _: Protection) -> Result<()> {
        Ok(())
    }

    unsafe fn release(&self, start: NonNull<u8>, len: usize) {
        self.forget(start.as_ptr().addr(), len);
        self.0.held.fetch_sub(1, Ordering::Relaxed);
        let slice = std::ptr::slice_from_raw_parts_mut(start.as_ptr(), len);
        // SAFETY: the caller's promise: it is a whole reservation, which was a box of this length.
        drop(unsafe { Box::from_raw(slice) });
    }

    fn make_image(&self, parts: &[&[u8]]) -> Result<Image> {
        assert!(parts.iter().all(|part| part.len().is_multiple_of(PAGE)));
        let mut images = self.0.images.lock().unwrap();
        images.push(Some(parts.concat()));
        Ok(Image(images.len() as u64 - 1))
    }

    unsafe fn show_image(&self, image: Image, offset: usize, start: NonNull<u8>, len: usize) -> Result<()> {
        let images = self.0.images.lock().unwrap();
        let bytes = images[image.0 as usize].as_ref().unwrap()[offset..offset + len].to_vec();
        // SAFETY: the caller's promise: the range is committed.
        unsafe { start.copy_from_nonoverlapping(NonNull::from(&*bytes).cast(), len) };
        self.0.shown.lock().unwrap().push((start.as_ptr().addr(), bytes));
        self.0.shows.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    unsafe fn hide_image(&self, start: NonNull<u8>, len: usize) -> Result<()> {
        self.forget(start.as_ptr().addr(), len);
        // SAFETY: the caller's promise: the range is committed.
        unsafe { start.write_bytes(0, len) };
        Ok(())
    }

    unsafe fn release_image(&self, image: Image) {
        assert!(self.0.images.lock().unwrap()[image.0 as usize].take().is_some());
    }
}

struct Machine<M>(M);

impl<M: VirtualMemory> Platform for Machine<M> {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(&self.0)
    }
}

fn engine(pages: impl VirtualMemory + 'static, pooled: usize) -> Engine {
    Engine::new(&Config::new().platform(Arc::new(Machine(pages))).pooled_memories(pooled)).unwrap()
}

/// What a module makes of its memories `m` and `n`, copied.
fn copied(text: &str) -> [Vec<u8>; 2] {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
    bytes(&store, instance)
}

fn bytes(store: &Store<()>, instance: Instance) -> [Vec<u8>; 2] {
    ["m", "n"]
        .map(|name| instance.get_memory(store, name).map_or(Vec::new(), |memory| memory.data(store).to_vec()))
}

/// Bytes as text in a segment.
fn text(byte: u8, len: usize) -> String {
    format!("\\{byte:02x}").repeat(len)
}

/// Segments that touch, overlap in both orders, and end where the memory does; a second memory with too little data.
fn overlapping() -> String {
    format!(
        r#"(module (memory (export "m") 3 8) (memory (export "n") 1)
            (data (i32.const 5000) "{}") (data (memory 1) (i32.const 9) "n") (data (i32.const 4990) "{}")
            (data (i32.const 12000) "{}") (data (i32.const 12005) "xyz") (data (i32.const 196600) "theend!!")
            (data (i32.const 45000) "") (data $passive "passive")
            (func (export "spoil") (param i32)
                (memory.fill (i32.const 0) (local.get 0) (i32.const 196608))
                (drop (memory.grow (i32.const 2)))
                (memory.fill (i32.const 196608) (local.get 0) (i32.const 131072))
                (memory.fill 1 (i32.const 0) (local.get 0) (i32.const 65536)))
            (func (export "init") (param i32) (memory.init $passive (i32.const 0) (local.get 0) (i32.const 1))))"#,
        text(1, 30000),
        text(2, 3000),
        text(3, 20000),
    )
}

#[test]
fn later_instances_start_with_what_the_first_have_copied() {
    let (pages, text) = (Pages::default(), overlapping());
    let expected = copied(&text);
    for pooled in [0, 2] {
        let engine = engine(pages.clone(), pooled);
        let module = module(&engine, &text);
        let before = pages.shows();
        for round in 0..6 {
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[]).unwrap();
            assert_eq!(bytes(&store, instance), expected, "instance {round}");
            assert_eq!(pages.images(), usize::from(round > 0));
            // Two parts, once per memory.
            assert_eq!(pages.shows() - before, 2 * usize::saturating_sub(round, 1));
            let images = store.usage().image_bytes;
            assert_eq!(images, if round > 0 { 9 * PAGE as u64 } else { 0 });
            let spoil = instance.get_typed_func::<i32, ()>(&store, "spoil").unwrap();
            spoil.call(&mut store, 0x55).unwrap();
            assert_ne!(bytes(&store, instance), expected);
        }
        drop((module, engine));
        assert_eq!((pages.images(), pages.0.held.load(Ordering::Relaxed)), (0, 0));
        assert!(pages.0.shown.lock().unwrap().is_empty());
    }
}

#[test]
fn what_is_reset_starts_with_it_again() {
    let (pages, text) = (Pages::default(), overlapping());
    let expected = copied(&text);
    let engine = engine(pages.clone(), 1);
    let module = module(&engine, &text);
    let mut store = Store::new(&engine, ());
    let first = Instance::new(&mut store, &module, &[]).unwrap();
    let second = Instance::new(&mut store, &module, &[]).unwrap();
    let third = Instance::new(&mut store, &module, &[]).unwrap();
    for round in 1..5 {
        for instance in [first, second, third] {
            let spoil = instance.get_typed_func::<i32, ()>(&store, "spoil").unwrap();
            spoil.call(&mut store, round).unwrap();
            instance.reset(&mut store).unwrap();
            assert_eq!(bytes(&store, instance), expected);
            // What it grows by is zero, and what was passive is there.
            let memory = instance.get_memory(&store, "m").unwrap();
            memory.grow(&mut store, 2).unwrap();
            assert!(memory.data(&store)[3 << 16..].iter().all(|byte| *byte == 0));
            let init = instance.get_typed_func::<i32, ()>(&store, "init").unwrap();
            init.call(&mut store, 6).unwrap();
            assert_eq!(memory.data(&store)[0], b'e');
        }
    }
    // Once in each memory, two parts.
    assert_eq!((pages.images(), pages.shows()), (1, 6));
}

#[test]
fn what_depends_on_more_than_the_module_or_is_not_worth_it_is_copied() {
    let data = |at: usize, len| format!(r#"(data (i32.const {at}) "{}")"#, text(7, len));
    let dense = data(100, 40000);
    let far: String = (0..5).map(|n| data(n * 200_000, 9000)).collect();
    let thin: String = (0..16).map(|n| data(n * 30_000, 50)).collect();
    let cases = [
        format!(r#"(module (memory (export "m") 1) {})"#, data(0, 3 * PAGE)),
        format!(r#"(module (memory (export "m") 16) {far})"#),
        format!(r#"(module (memory (export "m") 16) {thin})"#),
        format!(
            r#"(module (memory (export "m") 1) {dense} (data (offset (i32.add (i32.const 1) (i32.const 2))) "x"))"#
        ),
        format!(r#"(module (memory (export "m") 1) {dense} (data (i32.const 65535) "xy"))"#),
    ];
    for text in cases {
        let pages = Pages::default();
        let engine = engine(pages.clone(), 0);
        let module = module(&engine, &text);
        for _ in 0..4 {
            let mut store = Store::new(&engine, ());
            // One of them ends where its last segment does not fit.
            let instance = Instance::new(&mut store, &module, &[]);
            assert_eq!(instance.is_err(), text.contains("65535"));
            if let Ok(instance) = instance {
                assert_eq!(bytes(&store, instance), copied(&text));
            }
        }
        assert_eq!(pages.0.images.lock().unwrap().len(), 0, "{text:.100}");
    }
}

#[test]
fn what_is_imported_is_written_to() {
    let pages = Pages::default();
    let engine = engine(pages.clone(), 0);
    let text = format!(r#"(module (import "" "m" (memory 1)) (data (i32.const 100) "{}"))"#, text(7, 40000));
    let module = module(&engine, &text);
    for _ in 0..4 {
        let mut store = Store::new(&engine, ());
        let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
        memory.data_mut(&mut store)[99] = 9;
        Instance::new(&mut store, &module, &[memory.into()]).unwrap();
        assert_eq!(memory.data(&store)[98..102], [0, 9, 7, 7]);
    }
    assert_eq!(pages.0.images.lock().unwrap().len(), 0);
}

/// Elements come first: where one does not fit, functions that are in a table already find no data.
#[test]
fn data_is_not_there_before_its_turn() {
    let engine = engine(Pages::default(), 0);
    let owner = module(&engine, r#"(module (table (export "t") 4 funcref))"#);
    let text = format!(
        r#"(module (import "" "t" (table 4 funcref)) (import "" "at" (global $at i32)) (memory 1)
            (elem (i32.const 0) func $peek) (elem (global.get $at) func $peek) (data (i32.const 0) "{}")
            (func $peek (export "peek") (result i32) (i32.load8_u (i32.const 30000))))"#,
        text(7, 40000)
    );
    let module = module(&engine, &text);
    for (at, there) in [(1, 7), (2, 7), (3, 7), (4, 0), (3, 7)] {
        let mut store = Store::new(&engine, ());
        let table = Instance::new(&mut store, &owner, &[]).unwrap().get_table(&store, "t").unwrap();
        let ty = ringzero::GlobalType::new(ringzero::ValType::I32, ringzero::Mutability::Const);
        let global = ringzero::Global::new(&mut store, ty, ringzero::Val::I32(at)).unwrap();
        let instance = Instance::new(&mut store, &module, &[Extern::Table(table), global.into()]);
        assert_eq!(instance.is_err(), at == 4);
        let Some(ringzero::Val::FuncRef(Some(peek))) = table.get(&store, 0) else {
            panic!("it is a function")
        };
        assert_eq!(peek.typed::<(), i32>(&store).unwrap().call(&mut store, ()).unwrap(), there);
    }
}

/// Three instances and two resets, with what they should be; whoever refuses is heard or got around.
fn instances(
    engine: &Engine,
    module: &Module,
    expected: &[Vec<u8>; 2],
) -> std::result::Result<(), ringzero::Error> {
    for _ in 0..3 {
        let mut store = Store::new(engine, ());
        let instance = Instance::new(&mut store, module, &[])?;
        assert_eq!(bytes(&store, instance), *expected);
        let spoil = instance.get_typed_func::<i32, ()>(&store, "spoil")?;
        for _ in 0..2 {
            spoil.call(&mut store, 0x55)?;
            instance.reset(&mut store)?;
            assert_eq!(bytes(&store, instance), *expected);
        }
    }
    Ok(())
}

#[test]
fn whatever_fails_data_is_there_or_an_error_is() {
    let text = overlapping();
    let expected = copied(&text);
    let (mut told, mut nth) = (0, 0);
    loop {
        nth += 1;
        let (faults, pages) = (Faults::new(), Pages::default());
        let engine = engine(faults.memory(pages.clone()), 1);
        let module = module(&engine, &text);
        faults.fail(nth, ErrorKind::OutOfMemory);
        told += usize::from(instances(&engine, &module, &expected).is_err());
        if !faults.struck() {
            break;
        }
        // Afterwards all is well again.
        instances(&engine, &module, &expected).unwrap();
        drop((module, engine));
        assert_eq!((pages.images(), pages.0.held.load(Ordering::Relaxed)), (0, 0), "call {nth}");
    }
    println!("counts: images: {nth} calls of the platform, {told} of them told");
    assert!(nth > 20);
}

#[test]
fn an_engine_has_so_many_images_at_most() {
    let pages = Pages::default();
    let engine = engine(pages.clone(), 0);
    let text = overlapping();
    let expected = copied(&text);
    let modules: Vec<_> = (0..260).map(|_| module(&engine, &text)).collect();
    for module in modules.iter().chain(&modules) {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, module, &[]).unwrap();
        assert_eq!(bytes(&store, instance), expected);
    }
    assert_eq!(pages.images(), 256);
    drop(modules);
    assert_eq!(pages.images(), 0);
    let module = module(&engine, &text);
    instances(&engine, &module, &expected).unwrap();
    assert_eq!(pages.images(), 1);
}
