//! Copies and fills of compiled code beside a model: every short length, every kind of overlap, up to the last byte and
//! beyond; with what the processor has and with the least, paying for them or not, in three memories.

use ringzero::{Bounds, Config, Engine, Instance, Module, Store, Strategy, Trap, TypedFunc};
use ringzero_platform_std::StdPlatform;
use std::sync::Arc;

const SIZE: usize = 65_536;

/// Memories 0, 1 and 2, the last one with addresses of 64 bits; `copy n m` copies from m to n.
fn text() -> String {
    let address = |memory: usize| if memory == 2 { "i64" } else { "i32" };
    let widest = |n, m| if n == 2 && m == 2 { "i64" } else { "i32" };
    let mut text = String::from(
        r#"(module (memory (export "0") 1) (memory (export "1") 1) (memory (export "2") i64 1)"#,
    );
    let narrow = |ty: &str, local| match ty {
        "i64" => format!("(local.get {local})"),
        _ => format!("(i32.wrap_i64 (local.get {local}))"),
    };
    for n in 0..3 {
        for m in 0..3 {
            text.push_str(&format!(
                r#"(func (export "copy {n} {m}") (param i64 i64 i64) (memory.copy {n} {m} {} {} {}))"#,
                narrow(address(n), 0),
                narrow(address(m), 1),
                narrow(widest(n, m), 2)
            ));
        }
        text.push_str(&format!(
            r#"(func (export "fill {n}") (param i64 i64 i64) (memory.fill {n} {} (i32.wrap_i64 (local.get 1)) {}))"#,
            narrow(address(n), 0),
            narrow(address(n), 2)
        ));
    }
    text.push(')');
    text
}

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }

    fn len(&mut self) -> usize {
        match self.below(4) {
            0 => self.below(20),
            1 => self.below(300),
            2 => [0, 16, 17, 64, 65, 128, 129, 256, 257, 512, 1024, 4095, 4096, 4097, 5000][self.below(15)],
            _ => self.below(5000),
        }
    }

    /// Where a range begins: anywhere, or so that it ends at the end, or a little beyond.
    fn start(&mut self, len: usize) -> usize {
        match self.below(8) {
            0 => SIZE.saturating_sub(len),
            1 => SIZE.saturating_sub(len) + 1,
            2 => self.below(70),
            _ => self.below(SIZE - len),
        }
    }
}

/// An operation: on which memories, where to, where from or with which byte, how much.
#[derive(Clone, Copy, Debug)]
struct Operation {
    to: (usize, usize),
    from: Option<(usize, usize)>,
    byte: u8,
    len: usize,
}

impl Operation {
    fn new(numbers: &mut Numbers) -> Self {
        let len = numbers.len();
        let to = (numbers.below(3), numbers.start(len));
        let from = match numbers.below(6) {
            0 | 1 => None,
            2 => Some((numbers.below(3), numbers.start(len))),
            // It overlaps, or nearly so.
            _ => Some((to.0, (to.1 + 2 * len + 40).saturating_sub(numbers.below(3 * len + 80)).min(SIZE))),
        };
        Self { to, from, byte: numbers.below(256) as u8, len }
    }

    /// What it does; `None` where it is out of bounds.
    fn apply(&self, model: &mut [Vec<u8>; 3]) -> Option<()> {
        let Self { to: (memory, to), from, byte, len } = *self;
        model[memory].get(to..to + len)?;
        match from {
            None => model[memory][to..to + len].fill(byte),
            Some((source, from)) => {
                let bytes = model[source].get(from..from + len)?.to_vec();
                model[memory][to..to + len].copy_from_slice(&bytes);
            }
        }
        Some(())
    }
}

struct Guest {
    store: Store<()>,
    instance: Instance,
}

impl Guest {
    fn new(config: &Config, wasm: &[u8], model: &[Vec<u8>; 3]) -> Self {
        let config = config.clone().strategy(Strategy::Compiled).platform(Arc::new(StdPlatform));
        let engine = Engine::new(&config).unwrap();
        let mut store = Store::new(&engine, ());
        if config_pays(&engine) {
            store.set_fuel(u64::MAX / 2).unwrap();
        }
        let instance = Instance::new(&mut store, &Module::new(&engine, wasm).unwrap(), &[]).unwrap();
        for (name, bytes) in ["0", "1", "2"].iter().zip(model) {
            instance.get_memory(&store, name).unwrap().data_mut(&mut store).copy_from_slice(bytes);
        }
        Self { store, instance }
    }

    fn function(&mut self, name: &str) -> TypedFunc<(u64, u64, u64), ()> {
        self.instance.get_typed_func(&mut self.store, name).unwrap()
    }

    fn call(&mut self, operation: &Operation) -> Option<()> {
        let Operation { to: (memory, to), from, byte, len } = *operation;
        let (name, second) = match from {
            Some((source, from)) => (format!("copy {memory} {source}"), from as u64),
            None => (format!("fill {memory}"), u64::from(byte)),
        };
        match self.function(&name).call(&mut self.store, (to as u64, second, len as u64)) {
            Ok(()) => Some(()),
            Err(error) => {
                assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds));
                None
            }
        }
    }

    fn memory(&self, index: usize) -> &[u8] {
        self.instance.get_memory(&self.store, &index.to_string()).unwrap().data(&self.store)
    }
}

fn config_pays(engine: &Engine) -> bool {
    let mut store = Store::new(engine, ());
    store.set_fuel(1).is_ok()
}

#[test]
fn copies_and_fills_of_every_length_are_exact() {
    let wasm = wat::parse_str(text()).unwrap();
    let mut numbers = Numbers(1);
    let first: [Vec<u8>; 3] = std::array::from_fn(|_| (0..SIZE).map(|_| numbers.below(256) as u8).collect());
    let configs = [
        Config::new(),
        Config::new().least_processor(true),
        Config::new().fuel(true),
        Config::new().interruption(true).bounds(Bounds::Explicit),
    ];
    for (number, config) in configs.iter().enumerate() {
        let mut model = first.clone();
        let mut guest = Guest::new(config, &wasm, &model);
        let (mut numbers, mut refused) = (Numbers(number as u64), 0);
        for round in 0..12_000 {
            let operation = Operation::new(&mut numbers);
            let expected = operation.apply(&mut model);
            assert_eq!(guest.call(&operation), expected, "{number}, {round}: {operation:?}");
            assert!(
                guest.memory(operation.to.0) == model[operation.to.0],
                "{number}, {round}: {operation:?}"
            );
            refused += u32::from(expected.is_none());
        }
        for (index, bytes) in model.iter().enumerate() {
            assert!(guest.memory(index) == bytes);
        }
        assert!((500..6000).contains(&refused), "{refused} were out of bounds");
    }
}

/// Each length up to what registers hold, at each distance that overlaps.
#[test]
fn short_copies_that_overlap_are_exact() {
    let wasm = wat::parse_str(text()).unwrap();
    let first: Vec<u8> = (0..SIZE).map(|at| (at * 7 + at / 256) as u8).collect();
    let mut guest = Guest::new(&Config::new(), &wasm, &[first.clone(), first.clone(), first.clone()]);
    let copy = guest.function("copy 0 0");
    let mut model = first;
    for len in (0..290).chain([511, 640, 1000]) {
        for from in (1024 - len..=1024 + len).step_by(1 + len / 60) {
            model.copy_within(from..from + len, 1024);
            copy.call(&mut guest.store, (1024, from as u64, len as u64)).unwrap();
            assert!(guest.memory(0)[..4096] == model[..4096], "{len} bytes from {from} to 1024");
        }
    }
}

/// Addresses of 64 bits whose sum with a length is beyond the largest number.
#[test]
fn ranges_do_not_wrap_around() {
    let wasm = wat::parse_str(text()).unwrap();
    let first: [Vec<u8>; 3] = std::array::from_fn(|_| vec![5; SIZE]);
    let mut guest = Guest::new(&Config::new(), &wasm, &first);
    for (name, arguments) in [
        ("copy 2 2", (u64::MAX, 0, 1)),
        ("copy 2 2", (0, u64::MAX, 1)),
        ("copy 2 2", (u64::MAX - 7, u64::MAX - 7, 8)),
        ("copy 2 2", (0, 0, u64::MAX)),
        ("fill 2", (u64::MAX - 15, 1, 16)),
        ("fill 2", (SIZE as u64 + 1, 1, 0)),
        ("fill 0", (u64::from(u32::MAX), 1, 1)),
    ] {
        let error = guest.function(name).call(&mut guest.store, arguments).unwrap_err();
        assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds), "{name} {arguments:?}");
    }
    assert!((0..3).all(|index| guest.memory(index) == first[index]));
}
