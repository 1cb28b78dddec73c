//! Who may say no to growth: limiters, counts and totals, and what a store says of its use.

mod wasm;

use std::sync::Mutex;

use ringzero::{
    Category, Compilation, Config, Engine, Error, Global, GlobalType, Instance, Linker, Memory, MemoryType,
    Mutability, RefType, ResourceLimiter, Store, StoreLimits, StoreLimitsBuilder, Table, TableType, Trap,
    Val, ValType,
};
use wasm::{linked, module};

const PAGE: usize = 65536;

const GROWS: &str = r#"(module
    (memory $m (export "memory") 1 6) (table $t (export "table") 2 20 funcref)
    (func (export "memory_grow") (param i32) (result i32) (memory.grow $m (local.get 0)))
    (func (export "table_grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))"#;

fn limited(limits: StoreLimits) -> Store<StoreLimits> {
    let mut store = Store::new(&Engine::default(), limits);
    store.limiter(|limits| limits);
    store
}

fn instantiate<T>(store: &mut Store<T>, text: &str) -> Result<Instance, Error> {
    let module = module(store.engine(), text);
    Instance::new(store, &module, &[])
}

fn call<T>(store: &mut Store<T>, instance: Instance, name: &str, by: i32) -> Result<i32, Error> {
    instance.get_typed_func::<i32, i32>(&*store, name)?.call(store, by)
}

#[test]
fn a_guests_growth_ends_at_the_stores_limits() {
    let limits = StoreLimitsBuilder::new().memory_size(3 * PAGE).table_elements(5).build();
    let mut store = limited(limits);
    let guest = instantiate(&mut store, GROWS).unwrap();
    let answers =
        [("memory_grow", 3, -1), ("memory_grow", 2, 1), ("memory_grow", 0, 3), ("memory_grow", 1, -1)];
    for (name, by, answer) in answers {
        assert_eq!(call(&mut store, guest, name, by).unwrap(), answer, "{name} {by}");
    }
    for (by, answer) in [(4, -1), (3, 2), (0, 5), (1, -1)] {
        assert_eq!(call(&mut store, guest, "table_grow", by).unwrap(), answer, "table_grow {by}");
    }
    let memory = guest.get_memory(&store, "memory").unwrap();
    let error = memory.grow(&mut store, 1).unwrap_err();
    assert_eq!(error.category(), Category::Misuse);
    let table = guest.get_table(&store, "table").unwrap();
    assert_eq!(table.grow(&mut store, 1, Val::FuncRef(None)).unwrap_err().category(), Category::Misuse);
    assert_eq!((memory.size(&store), table.size(&store)), (3, 5));
}

#[test]
fn what_starts_too_large_is_not_made() {
    let limits = StoreLimitsBuilder::new().memory_size(PAGE).table_elements(5).build();
    let mut store = limited(limits);
    let before = store.usage();
    for text in ["(module (memory 1) (memory 2))", "(module (table 5 funcref) (table 6 externref))"] {
        let error = instantiate(&mut store, text).unwrap_err();
        assert_eq!(error.category(), Category::Limit, "{text}");
    }
    let memory = Memory::new(&mut store, MemoryType::new(2, None)).unwrap_err();
    let table = TableType::new(RefType::FUNCREF, 6, None);
    let table = Table::new(&mut store, table, Val::FuncRef(None)).unwrap_err();
    assert_eq!((memory.category(), table.category()), (Category::Limit, Category::Limit));
    assert_eq!(store.usage(), before);
    instantiate(&mut store, "(module (memory 1) (memory 1) (table 5 funcref))").unwrap();
}

#[test]
fn a_refused_growth_stops_the_guest_where_asked() {
    let limits = StoreLimitsBuilder::new().memory_size(3 * PAGE).trap_on_grow_failure(true);
    let mut store = limited(limits.total_table_elements(4).build());
    let guest = instantiate(&mut store, GROWS).unwrap();
    assert_eq!(call(&mut store, guest, "memory_grow", 1).unwrap(), 1);
    // Beyond the limiter's limit, beyond the type's, and beyond the total.
    for (name, by) in [("memory_grow", 2), ("memory_grow", 6), ("table_grow", 3), ("table_grow", 19)] {
        let error = call(&mut store, guest, name, by).unwrap_err();
        assert_eq!((error.category(), error.trap()), (Category::Limit, None), "{name} {by}: {error}");
        let frames = error.backtrace().map_or(0, |backtrace| backtrace.frames().len());
        assert_eq!(frames, 1, "{name} {by}");
    }
    assert_eq!(call(&mut store, guest, "memory_grow", 0).unwrap(), 2);
    assert_eq!(call(&mut store, guest, "table_grow", 2).unwrap(), 2);
}

#[test]
fn totals_are_over_all_memories_and_tables() {
    let limits = StoreLimitsBuilder::new().total_memory(5 * PAGE as u64).total_table_elements(10).build();
    let mut store = limited(limits);
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let guest = instantiate(&mut store, GROWS).unwrap();
    let other = instantiate(&mut store, GROWS).unwrap();
    assert_eq!(call(&mut store, guest, "memory_grow", 2).unwrap(), 1);
    assert_eq!(call(&mut store, other, "memory_grow", 1).unwrap(), -1);
    assert!(memory.grow(&mut store, 1).is_err());
    assert_eq!(call(&mut store, other, "table_grow", 7).unwrap(), -1);
    assert_eq!(call(&mut store, other, "table_grow", 6).unwrap(), 2);
    // Two memories of one module count together, before either is made.
    let error = instantiate(&mut store, "(module (memory 0) (memory 1))").unwrap_err();
    assert_eq!(error.category(), Category::Limit);
    instantiate(&mut store, "(module (memory 0))").unwrap();
}

#[test]
fn instances_memories_and_tables_are_counted() {
    let mut store = limited(StoreLimitsBuilder::new().instances(2).memories(2).tables(1).build());
    instantiate(&mut store, "(module (memory 0))").unwrap();
    for text in ["(module (memory 0) (memory 0))", "(module (table 0 funcref) (table 0 funcref))"] {
        assert_eq!(instantiate(&mut store, text).unwrap_err().category(), Category::Limit, "{text}");
    }
    let table = || TableType::new(RefType::EXTERNREF, 0, None);
    Table::new(&mut store, table(), Val::ExternRef(None)).unwrap();
    assert!(Table::new(&mut store, table(), Val::ExternRef(None)).is_err());
    instantiate(&mut store, "(module)").unwrap();
    let error = instantiate(&mut store, "(module)").unwrap_err();
    assert_eq!(error.to_string(), "the store may not hold more instances");
}

/// Writes down what it is asked; refuses by its own error beyond so many bytes.
#[derive(Default)]
struct Asked {
    questions: Vec<(usize, usize, Option<usize>)>,
    failures: Vec<Category>,
    refuse_above: usize,
    panic_above: Option<usize>,
}

impl ResourceLimiter for Asked {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error> {
        self.questions.push((current, desired, maximum));
        assert!(self.panic_above.is_none_or(|most| desired <= most), "a limiter's panic");
        if desired > self.refuse_above { Err(Error::host(Trap::NullReference)) } else { Ok(true) }
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<(), Error> {
        self.failures.push(error.category());
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error> {
        self.questions.push((current, desired, maximum));
        Ok(false)
    }
}

#[test]
fn a_limiter_hears_of_every_growth_and_may_fail_it() {
    let engine = Engine::new(&Config::new().max_memory(4 * PAGE as u64)).unwrap();
    let asked = Asked { refuse_above: 3 * PAGE, ..Asked::default() };
    let mut store = Store::new(&engine, (0u8, asked));
    store.limiter(|(_, asked)| asked);
    let text = r#"(module (memory (export "memory") 1)
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    let guest = instantiate(&mut store, text).unwrap();
    assert_eq!(call(&mut store, guest, "grow", 1).unwrap(), 1);
    assert_eq!(call(&mut store, guest, "grow", 0).unwrap(), 2);
    assert_eq!(call(&mut store, guest, "grow", 3).unwrap(), -1);
    let error = call(&mut store, guest, "grow", 2).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::NullReference));
    let memory = guest.get_memory(&store, "memory").unwrap();
    assert_eq!(memory.grow(&mut store, 2).unwrap_err().trap(), Some(Trap::NullReference));
    assert_eq!(memory.grow(&mut store, 1).unwrap(), 2);
    let most = Some(4 * PAGE);
    let steps = [(0, 1), (1, 2), (2, 4), (2, 4), (2, 3)];
    let questions = steps.map(|(from, to)| (from * PAGE, to * PAGE, most));
    assert_eq!(store.data().1.questions, questions);
    assert_eq!(store.data().1.failures, [Category::Limit]);
    let error = instantiate(&mut store, "(module (table 3 funcref))").unwrap_err();
    assert_eq!(error.category(), Category::Limit);
    assert_eq!(store.data().1.questions.last(), Some(&(0, 3, Some(10_000_000))));
}

/// Catches panics, and nothing else.
struct Catches;

impl ringzero::platform::Platform for Catches {
    fn guard(&self, run: &mut dyn FnMut()) -> Result<(), ringzero::platform::HostPanic> {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
        caught.map_err(|_| ringzero::platform::HostPanic)
    }
}

#[test]
fn a_limiters_panic_ends_the_call_alone() {
    let engine = Engine::new(&Config::new().platform(std::sync::Arc::new(Catches))).unwrap();
    let asked = Asked { refuse_above: usize::MAX, panic_above: Some(2 * PAGE), ..Asked::default() };
    let mut store = Store::new(&engine, asked);
    store.limiter(|asked| asked);
    let text = r#"(module (memory 1)
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    let guest = instantiate(&mut store, text).unwrap();
    assert_eq!(call(&mut store, guest, "grow", 2).unwrap_err().category(), Category::HostPanic);
    assert_eq!(call(&mut store, guest, "grow", 1).unwrap(), 1);
}

#[test]
fn usage_counts_what_is_there() {
    let engine = Engine::new(&Config::new().compilation(Compilation::Eager)).unwrap();
    let mut store = Store::new(&engine, ());
    let empty = store.usage();
    assert_eq!((empty.instances, empty.memory_bytes, empty.module_bytes, empty.stack_bytes), (0, 0, 0, 0));
    let bytes = wat::parse_str(GROWS).unwrap();
    let module = ringzero::Module::new(&engine, &bytes).unwrap();
    let guest = Instance::new(&mut store, &module, &[]).unwrap();
    let one = store.usage();
    assert_eq!((one.instances, one.memories, one.tables, one.functions), (1, 1, 1, 2));
    assert_eq!((one.memory_bytes, one.table_elements), (PAGE as u64, 2));
    assert_eq!(one.module_bytes, bytes.len() as u64);
    assert!(one.bytecode_bytes > 0);
    Instance::new(&mut store, &module, &[]).unwrap();
    assert_eq!(call(&mut store, guest, "memory_grow", 2).unwrap(), 1);
    assert_eq!(call(&mut store, guest, "table_grow", 2).unwrap(), 2);
    let two = store.usage();
    assert_eq!((two.instances, two.memory_bytes, two.table_elements), (2, 4 * PAGE as u64, 6));
    assert_eq!((two.module_bytes, two.bytecode_bytes), (one.module_bytes, one.bytecode_bytes));
    assert!(two.stack_bytes > 0);
}

#[test]
fn lazy_bytecode_is_counted_once_it_is_there() {
    let mut store = Store::new(&Engine::default(), ());
    let guest = instantiate(&mut store, GROWS).unwrap();
    assert_eq!(store.usage().bytecode_bytes, 0);
    call(&mut store, guest, "memory_grow", 0).unwrap();
    let first = store.usage().bytecode_bytes;
    call(&mut store, guest, "table_grow", 0).unwrap();
    assert!(0 < first && first < store.usage().bytecode_bytes);
}

#[test]
fn guests_import_what_the_host_defines() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(3))).unwrap();
    let table =
        Table::new(&mut store, TableType::new(RefType::FUNCREF, 2, None), Val::FuncRef(None)).unwrap();
    let ty = GlobalType::new(ValType::I64, Mutability::Var);
    let global = Global::new(&mut store, ty, Val::I64(40)).unwrap();
    let mut linker = Linker::new(&engine);
    linker.define(&store, "host", "memory", memory).unwrap();
    linker.define(&store, "host", "table", table).unwrap();
    linker.define(&store, "host", "global", global).unwrap();
    memory.write(&mut store, 8, &[7]).unwrap();
    let text = r#"(module
        (import "host" "memory" (memory 1 4)) (import "host" "table" (table 1 funcref))
        (import "host" "global" (global $g (mut i64)))
        (elem (table 0) (i32.const 1) func $seven) (func $seven (result i32) (i32.load8_u (i32.const 8)))
        (func (export "run") (param i32) (result i32)
            (global.set $g (i64.add (global.get $g) (i64.const 2)))
            (i32.store8 (i32.const 9) (i32.const 9))
            (drop (memory.grow (i32.const 1)))
            (call_indirect (result i32) (local.get 0))))"#;
    let guest = linked(&mut store, &linker, text);
    assert_eq!(call(&mut store, guest, "run", 1).unwrap(), 7);
    assert_eq!(call(&mut store, guest, "run", 0).unwrap_err().trap(), Some(Trap::IndirectCallToNull));
    assert_eq!(global.get(&store), Val::I64(44));
    assert_eq!((memory.size(&store), memory.data(&store)[9]), (3, 9));
    let Some(Val::FuncRef(Some(seven))) = table.get(&store, 1) else { panic!("the guest filled it") };
    let mut results = [Val::I32(0)];
    seven.call(&mut store, &[], &mut results).unwrap();
    assert_eq!(results, [Val::I32(7)]);
}

/// Bytes that are given for good. Their address is kept where a search for leaks finds it.
fn for_good(bytes: Vec<u8>) -> &'static mut [u8] {
    static GIVEN: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let bytes = bytes.leak();
    GIVEN.lock().expect("no holder panics").push(bytes.as_ptr() as usize);
    bytes
}

#[test]
fn a_memory_may_live_in_bytes_of_the_host() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let bytes = for_good(vec![5; 2 * PAGE + 100]);
    let (first, last) = (bytes.as_ptr() as usize, bytes.as_ptr_range().end as usize);
    let memory = Memory::new_static(&mut store, MemoryType::new(1, None), bytes).unwrap();
    let mut linker = Linker::new(&engine);
    linker.define(&store, "host", "memory", memory).unwrap();
    let text = r#"(module (import "host" "memory" (memory 1))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func (export "fill") (param i32) (result i32)
            (memory.fill (i32.const 0) (i32.const 9) (local.get 0)) (i32.const 0)))"#;
    let guest = linked(&mut store, &linker, text);
    assert_eq!(call(&mut store, guest, "load", 65535).unwrap(), 5);
    assert_eq!(call(&mut store, guest, "load", 65536).unwrap_err().trap(), Some(Trap::MemoryOutOfBounds));
    // 100 bytes behind the second page are not a page.
    assert_eq!(call(&mut store, guest, "grow", 2).unwrap(), -1);
    assert_eq!(call(&mut store, guest, "grow", 1).unwrap(), 1);
    assert_eq!(call(&mut store, guest, "grow", 1).unwrap(), -1);
    assert_eq!(call(&mut store, guest, "load", 65536).unwrap(), 0);
    call(&mut store, guest, "fill", 2 * PAGE as i32).unwrap();
    let data = memory.data(&store);
    assert!(data.iter().all(|byte| *byte == 9));
    assert_eq!((data.as_ptr() as usize, data.len()), (first, 2 * PAGE));
    assert!(data.as_ptr_range().end as usize + 100 == last);
    let few = for_good(vec![0; 100]);
    let error = Memory::new_static(&mut store, MemoryType::new(1, None), few).unwrap_err();
    assert_eq!(error.category(), Category::Limit);
    Memory::new_static(&mut store, MemoryType::new(0, None), &mut []).unwrap();
}

#[test]
fn a_module_of_100_000_tables_is_refused_when_it_is_loaded_or_instantiated() {
    let tables = |count| wat::parse_str(format!("(module {})", "(table 1 funcref)".repeat(count))).unwrap();
    let refused = |limits, count| {
        let engine = Engine::new(&Config::new().module_limits(limits)).unwrap();
        let error = ringzero::Module::new(&engine, tables(count)).unwrap_err();
        assert!(error.offset().is_some() && error.to_string().contains("tables"), "{error}");
    };
    refused(ringzero::ModuleLimits::strict(), 100_000);
    // What browsers load is loaded by default; whoever instantiates it has set limits, or has no need of them.
    refused(ringzero::ModuleLimits::default(), 100_001);
    let engine = Engine::default();
    let many = ringzero::Module::new(&engine, tables(100_000)).unwrap();
    let mut store = Store::new(&engine, StoreLimits::default());
    store.limiter(|limits| limits);
    assert_eq!(Instance::new(&mut store, &many, &[]).unwrap_err().category(), Category::Limit);
    assert_eq!(store.usage().tables, 0);
    // What one module may have, many instances may not.
    let some = ringzero::Module::new(&engine, tables(4_000)).unwrap();
    Instance::new(&mut store, &some, &[]).unwrap();
    Instance::new(&mut store, &some, &[]).unwrap();
    assert_eq!(Instance::new(&mut store, &some, &[]).unwrap_err().category(), Category::Limit);
    assert_eq!(store.usage().tables, 8_000);
}
