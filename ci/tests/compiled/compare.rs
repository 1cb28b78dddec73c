//! One module in both engines: each exported function is called with many arguments, and must give the same results
//! or the same trap at the same offset; what is exported must be the same afterwards.

use ringzero::{
    Bounds, Compilation, Config, Engine, Error, ExternType, FuncType, Instance, Linker, Module, Store,
    Strategy, Trap, Val, ValType,
};
use ringzero_platform_std::StdPlatform;
use std::sync::Arc;

/// The engines: interpreted; compiled and checked, with all registers and with few, for this processor and for the least,
/// with guards behind memories and with checks before accesses.
pub(crate) fn engines(deterministic: bool) -> [Engine; 6] {
    let config = || Config::new().platform(Arc::new(StdPlatform)).deterministic(deterministic);
    let compiled = |bounds, few, least| {
        let config = config().strategy(Strategy::Compiled).bounds(bounds).check_compiler(true);
        let config = config.compilation(if few { Compilation::Eager } else { Compilation::Lazy });
        config.few_registers(few).least_processor(least)
    };
    let all = [
        config(),
        compiled(Bounds::Guard, false, false),
        compiled(Bounds::Explicit, false, false),
        compiled(Bounds::Guard, true, false),
        compiled(Bounds::Guard, false, true),
        compiled(Bounds::Explicit, true, true),
    ];
    all.map(|config| Engine::new(&config).unwrap())
}

/// An instance in a store of its own.
struct Side {
    store: Store<()>,
    instance: Instance,
}

/// Results, or a trap and where.
type Outcome = Result<Vec<Val>, (Trap, usize)>;

impl Side {
    fn new(engine: &Engine, wasm: &[u8]) -> Self {
        let module = Module::new(engine, wasm).unwrap();
        let mut store = Store::new(engine, ());
        let instance = Linker::new(engine).instantiate(&mut store, &module).unwrap();
        Self { store, instance }
    }

    fn call(&mut self, name: &str, args: &[Val]) -> Outcome {
        let func = self.instance.get_func(&mut self.store, name).unwrap();
        let ty = func.ty(&self.store);
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        match func.call(&mut self.store, args, &mut results) {
            Ok(()) => Ok(results),
            Err(error) => Err((error.trap().unwrap(), place_of(&error))),
        }
    }
}

fn place_of(error: &Error) -> usize {
    let frame = error.backtrace().and_then(|backtrace| backtrace.frames().first());
    frame.and_then(|frame| frame.module_offset()).unwrap_or(0)
}

/// Compares what every function of a module does in each engine; a NaN is as good as another.
pub(crate) fn compare(text: &str) {
    compare_in(text, false);
}

/// The same, bit by bit, where engines make NaNs canonical.
pub(crate) fn compare_exactly(text: &str) {
    compare_in(text, true);
}

fn compare_in(text: &str, exactly: bool) {
    let wasm = wat::parse_str(text).unwrap();
    let [interpreted, compiled @ ..] = engines(exactly);
    for engine in compiled {
        let module = Module::new(&engine, &wasm).unwrap();
        let (mut a, mut b) = (Side::new(&interpreted, &wasm), Side::new(&engine, &wasm));
        for export in module.exports() {
            if let ExternType::Func(ty) = export.ty() {
                for args in arguments(&ty) {
                    let (expected, found) = (a.call(export.name(), &args), b.call(export.name(), &args));
                    assert!(
                        same_outcome(&found, &expected, exactly),
                        "{}{args:?}: {found:?}, interpreted {expected:?}",
                        export.name()
                    );
                }
            }
        }
        compare_state(&module, &mut a, &mut b, exactly);
    }
}

fn compare_state(module: &Module, a: &mut Side, b: &mut Side, exactly: bool) {
    for export in module.exports() {
        match export.ty() {
            ExternType::Memory(_) => {
                let one = a.instance.get_memory(&mut a.store, export.name()).unwrap();
                let other = b.instance.get_memory(&mut b.store, export.name()).unwrap();
                assert!(one.data(&a.store) == other.data(&b.store), "memories differ");
            }
            ExternType::Global(_) => {
                let one = a.instance.get_global(&mut a.store, export.name()).unwrap().get(&a.store);
                let other = b.instance.get_global(&mut b.store, export.name()).unwrap().get(&b.store);
                assert!(same(&one, &other, exactly), "global {}: {one:?} and {other:?}", export.name());
            }
            _ => {}
        }
    }
}

fn same_outcome(a: &Outcome, b: &Outcome, exactly: bool) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, exactly)),
        // How deep a stack is differs, and so where it ends.
        (Err((Trap::StackOverflow, _)), Err((Trap::StackOverflow, _))) => true,
        (Err(a), Err(b)) => a == b,
        _ => false,
    }
}

/// The same bits, or two NaNs, in each lane of 32 or 64 bits.
fn same(a: &Val, b: &Val, exactly: bool) -> bool {
    let nan32 = |bits: u32| f32::from_bits(bits).is_nan();
    let nan64 = |bits: u64| f64::from_bits(bits).is_nan();
    match (a, b) {
        _ if exactly => format!("{a:?}") == format!("{b:?}"),
        (Val::F32(a), Val::F32(b)) if nan32(*a) => nan32(*b),
        (Val::F64(a), Val::F64(b)) if nan64(*a) => nan64(*b),
        (Val::V128(a), Val::V128(b)) => {
            let (narrow_a, narrow_b): ([u32; 4], [u32; 4]) = ((*a).into(), (*b).into());
            let (wide_a, wide_b): ([u64; 2], [u64; 2]) = ((*a).into(), (*b).into());
            let same32 = |(a, b): (&u32, &u32)| a == b || nan32(*a) && nan32(*b);
            let same64 = |(a, b): (&u64, &u64)| a == b || nan64(*a) && nan64(*b);
            narrow_a.iter().zip(&narrow_b).all(same32) || wide_a.iter().zip(&wide_b).all(same64)
        }
        _ => format!("{a:?}") == format!("{b:?}"),
    }
}

/// Lists of arguments: all combinations of samples, or many of them.
fn arguments(ty: &FuncType) -> Vec<Vec<Val>> {
    let lists: Vec<Vec<Val>> = ty.params().iter().map(|ty| samples(*ty)).collect();
    let rounds = lists.iter().map(Vec::len).product::<usize>().min(400);
    let pick = |round: usize| {
        let mut rest = round * 7919;
        let mut args = Vec::new();
        for list in &lists {
            args.push(list[rest % list.len()]);
            rest = rest / list.len() + round;
        }
        args
    };
    (0..rounds).map(pick).collect()
}

/// Some values of a type, edges among them.
fn samples(ty: ValType) -> Vec<Val> {
    match ty {
        ValType::I32 => {
            [0, 1, 2, 3, 5, 7, 31, 33, 100, i32::MAX, i32::MIN, -1, -2, 0x1234_5678].map(Val::I32).to_vec()
        }
        ValType::I64 => {
            [0, 1, 2, 3, 63, 65, 100, 0xffff_ffff, 1 << 32, i64::MIN, -1, i64::MAX, 0x1234_5678_9abc_def0]
                .map(Val::I64)
                .to_vec()
        }
        ValType::F32 => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.5,
            2.5,
            3e9,
            -3e9,
            1e20,
            -1e20,
            2147483648.0,
            4294967296.0,
            9.3e18,
            f32::NAN,
            f32::INFINITY,
            1e-40,
        ]
        .map(|x: f32| Val::F32(x.to_bits()))
        .to_vec(),
        ValType::V128 => vectors(),
        _ => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.5,
            2.5,
            3e9,
            -3e9,
            1e20,
            -1e20,
            2147483647.5,
            -2147483648.9,
            4294967295.9,
            9.2e18,
            1.8e19,
            f64::NAN,
            f64::NEG_INFINITY,
            1e-310,
        ]
        .map(|x: f64| Val::F64(x.to_bits()))
        .to_vec(),
    }
}

/// Vectors of floats, of integers around limits, and of any bytes.
fn vectors() -> Vec<Val> {
    let floats = [
        [0.0, -0.0, 1.5, -2.5],
        [f32::NAN, 1.0, f32::INFINITY, f32::NEG_INFINITY],
        [2147483648.0, -2147483904.0, 4294967296.0, 3e9],
        [1e-40, -1.0, 4294967040.0, 0.5],
        [-f32::NAN, f32::from_bits(0x7f80_0001), f32::from_bits(0xffc1_2345), -0.0],
    ];
    let doubles = [
        [0.0, -0.0],
        [f64::NAN, -1.5],
        [4294967295.9, -2147483648.9],
        [2147483647.5, 1e300],
        [f64::from_bits(0xfff0_0000_0000_0001), f64::INFINITY],
        [1e-310, 2.5],
    ];
    let integers: [[u32; 4]; 5] = [
        [0, 1, u32::MAX, 0x8000_0000],
        [0x7fff_ffff, 0x8000_8000, 0x7fff_7fff, 0x8080_8080],
        [0xff00_ff01, 0x0001_0203, 0x7f80_81fe, 0x0102_0408],
        [0xffff_ffff; 4],
        [0, 0x8000_0000, 0xffff_ffff, 0x7fff_ffff],
    ];
    let mut all: Vec<Val> = floats.map(|lanes| Val::V128(lanes.into())).to_vec();
    all.extend(doubles.map(|lanes| Val::V128(lanes.into())));
    all.extend(integers.map(|lanes| Val::V128(lanes.into())));
    let mut state = 1_u64;
    for _ in 0..8 {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state ^ state >> 29
        };
        all.push(Val::V128([next(), next()].into()));
    }
    all
}
